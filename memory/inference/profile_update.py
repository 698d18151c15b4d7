"""The profile, updated from the one before and one event alone.

AlignXplore (Li et al. 2025, "Extended Inductive Reasoning for Personalized Preference Inference
from Behavioral Signals") streams: d_t = f(d_{t-1}, what is new). Here f proposes at most six
lines, from what was counted and from one small call to a chat model, tests each on the event and
on earlier ones that it was not made from, and keeps the best. What differs: the profile is lines
with an identity, so that the update is a list of operations; and no model is trained to write it.

PROSE refines a description until a text written under it matches the user's; here, if no proposal
explains the event, what was counted of the difference is put into words instead, at no call.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

from ...models.prompts import fence, render
from ...models.types import Message, Usage
from ..relevance import is_style
from ..types import (
    Add,
    Confirm,
    Context,
    Drop,
    Observation,
    Operation,
    Preference,
    PreferenceDraft,
    Retire,
    Revise,
)
from .lines import same_line, wider
from .prediction import Pair, Predictor, pairs_of, weighted_pairs
from .verification import MOST_PROPOSALS, Proposal, choose, reviewed
from .wording import orders, said

if TYPE_CHECKING:
    from ...models.types import ChatModel
    from ..store import Memory

__all__ = ["Asked", "Event", "ask_wishes", "gather", "placed", "update"]

_READ = 2_400
_LONGEST = 70
_MOST_WORDS = 8
_MOST_WISHES = 3
_ANSWER_TOKENS = 64
# Events that hold no pair leave gaps; so many are looked at to find some that do.
_LOOKED_AT = 64
_KINDS = ("edit", "choice", "reaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the update is made from: the event, earlier ones to test on, and the profile before it.

    Attributes:
        own: The pairs of the event.
        earlier: Pairs of earlier events from near contexts.
        scope: The event's occasion, if it has a name; what it teaches holds for that.
        live: The user's live preferences.
    """

    own: tuple[Pair, ...]
    earlier: tuple[Pair, ...]
    scope: str | None
    live: tuple[Preference, ...]


class Asked(NamedTuple):
    """What a chat model says of a rewriting, in phrases, and what asking cost."""

    phrases: tuple[str, ...]
    usage: Usage


class _Wishes(BaseModel):
    wants: list[Annotated[str, Field(max_length=_LONGEST)]] = Field(max_length=_MOST_WISHES)


async def gather(
    memory: Memory,
    user_id: str,
    observation: Observation,
    context: Context | None,
    *,
    occasion: Callable[[Context], str | None],
    evidence_id: str = "",
) -> Event:
    """Collects what an update needs; nothing is written.

    Args:
        memory: Where the user's events and preferences are.
        user_id: Whose.
        observation: The event.
        context: What the user was doing.
        occasion: Names the occasion of a context.
        evidence_id: The event's id, if it is recorded: it must not test what is made from it.

    Raises:
        EmbedderMismatchError: The user's memories were embedded with another embedder.
    """
    scope = None if context is None else occasion(context)
    near = (
        await memory.anear_evidence(
            user_id, context, kinds=_KINDS, limit=_LOOKED_AT, besides={evidence_id}
        )
        if context is not None
        else []
    )
    return Event(
        own=pairs_of(observation, evidence_id=evidence_id, scope=scope),
        earlier=weighted_pairs(near, scope=scope, occasion=occasion),
        scope=scope,
        live=tuple(await memory.aget_all(user_id)),
    )


async def ask_wishes(chat: ChatModel, pair: Pair) -> Asked:
    """Asks a chat model, with one small call, what a rewriting shows of its author's style.

    CIPHER's inference step. The model sees the two texts and nothing else: shown what was counted
    or what is known, a small model says that again.

    Args:
        chat: The chat model.
        pair: The text as it was, and as the user likes it; the ends of long ones are read.

    Returns:
        At most three phrases; what reads like an order, or is no phrase, is left out.

    Raises:
        ModelError: The call failed.
    """
    messages: list[Message] = []
    instruction = render(__package__, "wishes")
    for each in _examples():
        messages.append(_rewritten(each["before"], each["after"], instruction))
        told = json.dumps({"wants": each["wishes"]})
        messages.append(Message(role="assistant", content=told))
        instruction = ""
    messages.append(_rewritten(pair.rejected, pair.chosen))
    answer, usage = await chat.structured(
        messages, _Wishes, max_tokens=_ANSWER_TOKENS, background=True
    )
    found: dict[str, None] = {}
    for wish in answer.wants:
        phrase = None
        if len(wish) < _LONGEST and not set(wish) & set("{}[]<>|"):
            phrase = said(wish, longest=_LONGEST, most_words=_MOST_WORDS)
        if phrase is not None and not orders(phrase):
            found[phrase] = None
    return Asked(tuple(found), usage)


async def update(
    predictor: Predictor,
    event: Event,
    proposals: Sequence[Proposal],
    *,
    refinement: Sequence[Proposal] = (),
    held_out: bool = False,
    review: bool = True,
) -> tuple[Operation, ...]:
    """The operations that turn the profile before an event into the one after it.

    Args:
        predictor: Tests what is proposed.
        event: The event, and the profile before it.
        proposals: What it may say of the user, the most certain first.
        refinement: What to propose if none of those is kept; an earlier event must bear it out.
        held_out: As for `choose`.
        review: Whether live lines are confirmed and retired besides.

    Returns:
        At most `MOST_PROPOSALS` additions, revisions, confirmations and dropped proposals, and
        besides what is confirmed or retired of the profile.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    if not event.own:
        return ()
    tried = proposals[:MOST_PROPOSALS]
    done = await choose(predictor, tried, event.own, event.earlier, event.live, held_out=held_out)
    left = MOST_PROPOSALS - len(tried)
    if all(isinstance(each, Drop) for each in done) and left and refinement:
        done += await choose(
            predictor,
            refinement[:left],
            event.own,
            event.earlier,
            event.live,
            held_out=True,
        )
    if not review:
        return tuple(done)
    touched = {each.preference_id for each in done if isinstance(each, Confirm | Revise | Retire)}
    others = [line for line in event.live if line.id not in touched]
    return (*await reviewed(predictor, others, event.own, event.earlier), *done)


def placed(
    drafts: Sequence[PreferenceDraft], scope: str | None, live: Sequence[Preference]
) -> tuple[Operation, ...]:
    """What inferred drafts that need no test amount to, on an occasion.

    How a text is written holds for the occasion that it was shown on. Where inferred lines say the
    same for enough other occasions, and no line says the contrary, one line for all of them takes
    their place; see `lines.wider`.

    Args:
        drafts: What the user ordered by a word ("shorter"), inferred and soft.
        scope: The occasion, if it has a name.
        live: The user's live preferences.
    """
    operations: list[Operation] = []
    for each in drafts:
        draft = each
        if each.scope is None and each.lasts_hours is None and is_style(each.aspect):
            draft = replace(each, scope=scope)
        same = same_line(draft, live)
        found = wider(draft, live) if same is None else None
        if same is not None:
            # Taken in, it confirms that line.
            draft = replace(draft, scope=same.scope)
        if found is None:
            operations.append(Add(draft=draft, reason="what the user asked for shows it"))
            continue
        first, *others = found.lines
        reason = "holds on other occasions too"
        operations.append(Revise(preference_id=first.id, draft=found.draft, reason=reason))
        operations += [Retire(preference_id=other.id, reason=reason) for other in others]
    return tuple(operations)


def _rewritten(before: str, after: str, instruction: str = "") -> Message:
    text = render(
        __package__,
        "rewritten",
        before=fence(before, "before", limit=_READ),
        after=fence(after, "after", limit=_READ),
    )
    return Message(role="user", content=f"{instruction}\n\n{text}" if instruction else text)


@lru_cache(maxsize=1)
def _examples() -> list[dict[str, Any]]:
    raw = files(__package__).joinpath("wishes.toml").read_text("utf-8")
    return list(tomllib.loads(raw)["example"])
