"""Preference pairs: two answers to one prompt, of which somebody preferred one, and where from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...memory.types import Choice, Edit, Evidence, Reaction
from ..runner.episodes import Json

if TYPE_CHECKING:
    from ..reports import Run

__all__ = ["NO_LICENCE", "Origin", "PreferencePair", "pairs_of_evidence", "pairs_of_run"]

NO_LICENCE = "NOASSERTION"
"""SPDX's word for a licence that nobody has stated."""

Origin = Literal["edit", "choice", "repair", "simulated", "degraded"]

# As margins of a ranking loss, after the three grades of Llama 2's human annotations
# (arXiv 2307.09288, table 27, the smaller ones): 1, 2/3, 1/3, 0.
_STRENGTHS = {"much better": 1.0, "better": 2 / 3, "slightly better": 1 / 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair:
    """Two answers to one prompt.

    Attributes:
        prompt: What was asked.
        chosen: The answer that was preferred.
        rejected: The other.
        user: Whose preference it is.
        strength: How far the chosen one is ahead, in (0, 1]; None if nothing tells.
        rationale: Why, in words, if something tells.
        origin: How the preference showed: the user rewrote the one into the other, picked it, had
            it repaired, or is simulated; or nobody's, as the other says less ("degraded").
        licence: SPDX expression for the texts.
        provenance: Where it is from: ids, times, models, hashes.
    """

    prompt: str
    chosen: str
    rejected: str
    user: str
    strength: float | None = None
    rationale: str | None = None
    origin: Origin
    licence: str = NO_LICENCE
    provenance: Mapping[str, Json]


def pairs_of_evidence(
    evidence: Iterable[Evidence], *, licence: str = NO_LICENCE
) -> Iterator[PreferencePair]:
    """The pairs in what was observed of users: edits, picks, and replies repaired on request.

    Picks by a chat model are left out, since they are no user's; so are edits to nothing,
    picks of none, and answers "about the same".

    Args:
        evidence: Events, of any kinds and users.
        licence: SPDX expression for the texts, if their owners gave one.
    """
    for event in evidence:
        for chosen, rejected, strength, why, origin in _compared(event):
            if not chosen.strip() or not rejected.strip() or chosen == rejected:
                continue
            yield PreferencePair(
                prompt="" if event.context is None else event.context.text,
                chosen=chosen,
                rejected=rejected,
                user=event.user_id,
                strength=strength,
                rationale=why,
                origin=origin,
                licence=licence,
                provenance={
                    "evidence": event.id,
                    "session": event.session_id,
                    "source": event.source,
                    "created_at": event.created_at.isoformat(),
                },
            )


def _compared(event: Evidence) -> Iterator[tuple[str, str, float | None, str | None, Origin]]:
    """What an event says is better than what: chosen, rejected, strength, why, how it showed."""
    match event.observation:
        case Edit() as edit:
            yield edit.after, edit.before, None, edit.reason, "edit"
        case Choice(picked=int() as picked, judge=None) as choice:
            strength = None if choice.strength is None else _STRENGTHS.get(choice.strength)
            for place, shown in enumerate(choice.shown):
                if place != picked:
                    yield choice.shown[picked], shown, strength, choice.reason, "choice"
        case Reaction(instead_of=str() as before, sentiment="satisfied") as reaction:
            yield reaction.reply, before, None, reaction.about, "repair"
        case _:
            return


def pairs_of_run(run: Run, *, licence: str = NO_LICENCE) -> Iterator[PreferencePair]:
    """The pairs in a run's episodes, as their tracks kept them; episodes that failed have none.

    Args:
        run: The run.
        licence: SPDX expression for the texts.
    """
    for episode in run.episodes:
        for pair in episode.pairs:
            yield PreferencePair(
                prompt=pair.prompt,
                chosen=pair.chosen,
                rejected=pair.rejected,
                user=episode.key.user,
                strength=pair.strength,
                rationale=pair.rationale,
                origin="simulated",
                licence=licence,
                provenance={
                    "track": episode.key.track,
                    "arm": episode.key.arm,
                    "task": episode.key.task,
                    "trial": episode.key.trial,
                    "run": run.hash,
                    "seed": run.seed,
                    "penchant": run.version,
                    "models": dict(run.models),
                },
            )
