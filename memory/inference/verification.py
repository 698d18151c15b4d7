"""Testing what is said of a user against what they did, before it is kept.

AlignXplore rewards a description with `1[a judge that reads it picks the held-out choice]`, and
PROSE (Aroca-Ouellette et al. 2025, "Aligning LLMs by Predicting Preferences from User Writing
Samples") verifies the parts of a description against other samples. Here both cost no language
model by default: a `Predictor` measures. The event itself says whether a description explains it;
earlier events of near contexts, which it was not made from, say whether it holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..checks import fold
from ..scopes import covers
from ..types import Add, Confirm, Drop, Operation, Preference, PreferenceDraft, Retire, Revise
from .assessment import WORSE, Assessment, assess, pruned
from .lines import as_draft, is_movable, rival, same_line, wider
from .prediction import Pair, Predictor
from .wording import is_wording

__all__ = ["MOST_PROPOSALS", "Proposal", "choose", "reviewed"]

MOST_PROPOSALS = 6
"""How many proposals an event may make; the best on each topic is kept."""

_EXPLAINS = 0.55
# Up to here a predictor only guesses, and earlier events must bear the guess out.
_GUESS = 0.6
# From here on an event speaks for a line that it was not made from.
_BEARS_OUT = 0.75
_HOLDS = 0.53
_CONTRADICTED = 0.35
_LEAST_PAIRS = 2
# What no description predicts: mean log P(chosen).
_NONE = math.log(0.5)
# A line that an event would have taught is surer by more than one that merely fits it.
_SHOWN_AGAIN = 0.3
_SUREST = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What may be said of a user.

    Attributes:
        draft: The line, inferred and soft.
        supported: It was counted in the event, so that only others have to bear it out.
    """

    draft: PreferenceDraft
    supported: bool = False


async def choose(
    predictor: Predictor,
    proposals: Sequence[Proposal],
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    live: Sequence[Preference] = (),
    *,
    held_out: bool = False,
) -> list[Operation]:
    """Keeps the best of some proposals on each topic, if it is better than what it replaces.

    A proposal must explain the event, must not predict earlier choices worse than no description
    does (0.5), and must predict all of them together better than the line that it replaces. One
    that the predictor only guesses at must predict an earlier event too. What was counted need
    only predict the event and earlier ones together. An aspect ("length") is a
    topic; what names none competes for one place. Where a line says the same, it is surer for the
    event; where enough other occasions' lines say the same (`lines.wider`), and no event of any
    speaks against it, one line for all of them takes their place.

    Args:
        predictor: Says what a description predicts.
        proposals: The most certain first; those beyond `MOST_PROPOSALS` are not looked at.
        own: The pairs of the event, of one occasion.
        earlier: Pairs of earlier events from near contexts, without those of the event.
        live: The user's live preferences.
        held_out: Nothing new is kept that no earlier event bears out: for events, such as a pick
            among drafts, whose texts differ in much that was not chosen.

    Returns:
        The operations to apply, with the numbers as their reasons; what was dropped is among
        them.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    soft = [line for line in live if not line.hard]
    best: dict[str, _Judged] = {}
    dropped: list[Operation] = []
    for proposal in proposals[:MOST_PROPOSALS]:
        judged = await _judged(predictor, proposal, own, earlier, soft, held_out=held_out)
        if isinstance(judged.operation, Drop):
            dropped.append(judged.operation)
            continue
        topic = "" if is_wording(judged.draft) else fold(judged.draft.aspect)
        other = best.setdefault(topic, judged)
        if other is not judged:
            best[topic] = max(other, judged, key=lambda each: each.total)
            loser = other if best[topic] is judged else judged
            dropped.append(_outdone(loser, best[topic].total))
    changes = [each.operation for each in best.values()]
    besides = [operation for each in best.values() for operation in each.besides]
    # An addition may supersede a line, which then cannot be revised or retired.
    additions = [each for each in changes if isinstance(each, Add)]
    return [*dropped, *(each for each in changes if each not in additions), *besides, *additions]


async def reviewed(
    predictor: Predictor,
    live: Sequence[Preference],
    own: Sequence[Pair],
    earlier: Sequence[Pair],
) -> list[Operation]:
    """What an event says of live lines that hold on its occasion.

    Those that it bears out are confirmed; inferred ones that it and earlier events together
    contradict are retired.

    Args:
        predictor: Says what a line predicts.
        live: The lines.
        own: The pairs of the event, of one occasion.
        earlier: Pairs of earlier events from near contexts, without those of the event.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    occasion = own[0].scope if own else None
    found: list[Operation] = []
    for line in live:
        if line.hard or not covers(line.scope, occasion):
            continue
        result = await assess(predictor, as_draft(line), own, earlier)
        contradicted = max(result.explains, result.holds) < _CONTRADICTED
        if result.explains >= _BEARS_OUT and result.holds >= 0.5 - WORSE:
            found.append(Confirm(preference_id=line.id, reason=f"predicts {result}"))
        elif is_movable(line) and result.pairs >= _LEAST_PAIRS and contradicted:
            found.append(Retire(preference_id=line.id, reason=f"predicts {result}"))
    return found


class _Judged(NamedTuple):
    """What becomes of a proposal.

    Attributes:
        operation: What it amounts to.
        draft: What it says, as far as it is kept.
        total: How well that predicts: mean log P(chosen).
        besides: What else it amounts to.
    """

    operation: Operation
    draft: PreferenceDraft
    total: float = 0.0
    besides: tuple[Retire, ...] = ()


async def _judged(
    predictor: Predictor,
    proposal: Proposal,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    live: Sequence[Preference],
    *,
    held_out: bool,
) -> _Judged:
    draft = await pruned(predictor, proposal.draft, own, earlier)
    if draft is None:
        reason = "each of its parts predicts the wrong choice"
        return _Judged(_drop(proposal.draft, reason), proposal.draft)
    result = await assess(predictor, draft, own, earlier, counted=proposal.supported)
    replaced = None if same_line(draft, live) is not None else rival(draft, live)
    # Where what was counted speaks against a line, the better of the two is kept.
    contest = replaced is not None and proposal.supported
    why = None if contest else _fails(result, supported=proposal.supported, held_out=held_out)
    if why is not None:
        return _Judged(_drop(draft, f"{why}: predicts {result}"), draft, result.total)
    widened = await _widened(predictor, draft, own, earlier, live)
    if widened is not None:
        return widened
    if replaced is not None:
        return await _against(predictor, draft, result, replaced, own=own, earlier=earlier)
    return _kept(draft, result, live)


def _kept(draft: PreferenceDraft, result: Assessment, live: Sequence[Preference]) -> _Judged:
    """A proposal that replaces nothing: a line of its own, or support for one."""
    same = same_line(draft, live)
    if same is not None:
        confirmed = Confirm(
            preference_id=same.id,
            reason=f"shown again: predicts {result}",
            weight=_SHOWN_AGAIN,
            most=_SUREST,
        )
        return _Judged(confirmed, draft, result.total)
    return _Judged(Add(draft=draft, reason=f"predicts {result}"), draft, result.total)


async def _against(
    predictor: Predictor,
    draft: PreferenceDraft,
    result: Assessment,
    replaced: Preference,
    *,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
) -> _Judged:
    """A proposal against the line in whose place it would stand."""
    before = await assess(predictor, as_draft(replaced), own, earlier)
    numbers = f"predicts {result}, against {before}"
    if result.total <= before.total:
        drop = Drop(
            description=draft.description,
            reason=f"no better than what is known: {numbers}",
            preference_id=replaced.id,
        )
        return _Judged(drop, draft, result.total)
    revised = Revise(preference_id=replaced.id, draft=draft, reason=numbers)
    return _Judged(revised, draft, result.total)


def _fails(result: Assessment, *, supported: bool, held_out: bool) -> str | None:
    """Why a proposal is not kept; None if it is."""
    borne_out = result.pairs > 0 and result.holds >= _HOLDS
    if held_out and not borne_out:
        return "no earlier event bears it out"
    if supported:
        # Counted, the event itself is evidence like the others.
        return "worse than none" if result.total < _NONE - WORSE else None
    if result.explains < _EXPLAINS:
        return "does not explain the event"
    if result.holds < 0.5 - WORSE:
        return "worse than none"
    if result.explains <= _GUESS and not borne_out:
        return "only guessed, and no earlier event bears it out"
    return None


async def _widened(
    predictor: Predictor,
    draft: PreferenceDraft,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    live: Sequence[Preference],
) -> _Judged | None:
    """One line for a wider occasion, or for always, where other occasions' lines say the same."""
    found = wider(draft, live)
    if found is None:
        return None
    result = await assess(predictor, found.draft, own, earlier)
    if result.holds < 0.5 - WORSE:
        return None
    first, *others = found.lines
    reason = f"holds on other occasions too: predicts {result}"
    revised = Revise(preference_id=first.id, draft=found.draft, reason=reason)
    besides = tuple(
        Retire(preference_id=each.id, reason="holds on other occasions too") for each in others
    )
    return _Judged(revised, found.draft, result.total, besides)


def _drop(draft: PreferenceDraft, reason: str) -> Drop:
    return Drop(description=draft.description, reason=reason)


def _outdone(judged: _Judged, by: float) -> Drop:
    """A proposal that passed its test, but another one did better."""
    operation = judged.operation
    return Drop(
        description=judged.draft.description,
        reason=f"another one predicts better: mean log {by:.2f} against {judged.total:.2f}",
        preference_id=operation.preference_id if isinstance(operation, Revise) else "",
    )
