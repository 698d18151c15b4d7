"""What each arm knows of the user when something is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...memory.prompt import MEMORY_TAG
from ...memory.types import Context
from ...models.prompts import fence
from ...policies.feedback import bearing_on, occasion_of
from ..tasks.timelines.truth import target, true_of
from ..tasks.timelines.types import Edited, Picked, Probe, Said, Timeline, Turn
from .living import picked_line
from .state import said

if TYPE_CHECKING:
    from ..runner.tools import Tools
    from .homes import Home

__all__ = ["ALONE", "ARMS", "Arm", "Known", "known_by_history", "known_by_oracle", "known_by_ours"]

Arm = Literal["no memory", "full history", "raw retrieval", "ours", "oracle", "memory only"]
ALONE: Arm = "memory only"
"""Learns without a chat model, and is asked nothing."""
ARMS: tuple[Arm, ...] = ("no memory", "full history", "raw retrieval", "ours", "oracle")
"""The arms that are asked something."""

_HISTORY_CHARACTERS = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an arm puts before the model.

    Attributes:
        block: As text, fenced; may be empty.
        hits: Whether the memories found say what decides, best first; None where nothing is
            searched.
    """

    block: str = ""
    hits: tuple[bool, ...] | None = None


class _Heard(NamedTuple):
    """A turn in words, and what it shows."""

    text: str
    shows: tuple[tuple[str, str], ...]


def _heard(timeline: Timeline, after: int) -> list[_Heard]:
    found = []
    for session in timeline.sessions[:after]:
        for turn in session.turns:
            found.append(_Heard(f"[{session.date}] {_words(turn)}", turn.shows))
    return found


def _words(turn: Turn) -> str:
    match turn:
        case Said():
            return f"User: {turn.say}\nAssistant: {turn.reply}"
        case Edited():
            why = f" ({turn.because})" if turn.because else ""
            return f"User: [rewrites the reply{why}] {turn.edit}"
        case Picked():
            return f"User: {picked_line(turn)}"


def known_by_history(
    tools: Tools, timeline: Timeline, probe: Probe, after: int, asked: str, *, nearest: int | None
) -> Known:
    """All turns so far, or those nearest to what is asked.

    Args:
        tools: Of the episode.
        timeline: Whose turns.
        probe: What is asked about.
        after: After how many sessions.
        asked: In words.
        nearest: How many turns, by the embedder; None takes all.
    """
    heard = _heard(timeline, after)
    if not heard:
        return Known(hits=None if nearest is None else ())
    if nearest is None:
        text = "\n".join(each.text for each in heard)
        return Known(block=fence(text, "conversations", limit=_HISTORY_CHARACTERS))
    import numpy as np

    vectors = tools.embedder.embed([*(each.text for each in heard), asked])
    order = np.argsort(-(vectors[:-1] @ vectors[-1]), kind="stable")[:nearest]
    wanted = target(timeline, probe, after)
    hits = tuple((wanted.key, wanted.value) in heard[place].shows for place in map(int, order))
    text = "\n".join(heard[place].text for place in sorted(map(int, order)))
    return Known(block=fence(text, "conversations"), hits=hits)


def known_by_oracle(timeline: Timeline, after: int) -> Known:
    """What holds, said or not: what is yet to be said was true before."""
    keys = dict.fromkeys(taste.key for taste in timeline.tastes)
    true = [taste for key in keys if (taste := true_of(timeline, key, after)) is not None]
    return Known(block=fence("\n".join(f"- {taste.says}" for taste in true), MEMORY_TAG))


def known_by_ours(home: Home, timeline: Timeline, probe: Probe, after: int, asked: str) -> Known:
    """What the product's memory recalls for what is asked, as a turn would.

    Args:
        home: Whose memory.
        timeline: Whose it is.
        probe: What is asked about.
        after: After how many sessions.
        asked: In words.
    """
    workspace = home.workspace
    about = Context(text=asked)
    occasion = occasion_of(about)
    found = workspace.memory.context(
        timeline.user,
        Context(text=asked, tags=() if occasion is None else (occasion,)),
        limit=workspace.settings.recall_limit,
        token_budget=workspace.settings.recall_tokens,
        count_tokens=home.chat.count_tokens,
        bearing=bearing_on(about),
    )
    wanted = target(timeline, probe, after)
    hits = tuple(wanted.said_by(said(each.preference)) for each in found.recalled)
    return Known(block=found.text, hits=hits)
