"""Testing what is said of a user against what they did, before it is kept.

AlignXplore rewards a description with `1[a judge that reads it picks the held-out choice]`, and
PROSE (Aroca-Ouellette et al. 2025, "Aligning LLMs by Predicting Preferences from User Writing
Samples") verifies the parts of a description against other samples. Here both cost no language
model by default: a `Predictor` measures. The event itself says whether a description explains it;
earlier events of near contexts say whether it holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ..checks import fold
from ..types import Add, Drop, Operation, Preference, PreferenceDraft, Retire, Revise
from .prediction import Pair, Predictor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Proposal", "Tested", "as_draft", "choose", "pruned", "tested"]

_EXPLAINS = 0.55
_SILENT = 0.02
_WORSE = 0.02
_CONTRADICTED = 0.35
_LEAST_PAIRS = 2
_PARTS = re.compile(r"\s*(?:[;,]|\band\b|&)\s*", re.IGNORECASE)
_FLOOR = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What may be said of a user.

    Attributes:
        draft: The line, inferred and soft.
        replaces: The live line in whose place it would stand; None if in nobody's.
        supported: The user's own words in the event speak for it, whatever a predictor says.
    """

    draft: PreferenceDraft
    replaces: Preference | None = None
    supported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How well a description predicts; 0.5 is what no description predicts.

    Attributes:
        explains: Geometric mean of P(chosen) over the event's own pairs.
        holds: The same over earlier pairs, weighted by the nearness of their contexts.
        pairs: How many earlier pairs it says anything about.
        total: Mean log P(chosen) over all of them.
    """

    explains: float
    holds: float
    pairs: int
    total: float

    def __str__(self) -> str:
        earlier = f", {self.holds:.2f} over {self.pairs} earlier" if self.pairs else ""
        return f"{self.explains:.2f} for this event{earlier}"


async def tested(
    predictor: Predictor,
    description: str | PreferenceDraft,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
) -> Tested:
    """Tests a description on an event and on earlier ones.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    import numpy as np

    agreement = await predictor.agreement(description, [*own, *earlier])
    mine, theirs = agreement[: len(own)], agreement[len(own) :]
    weights = np.array([pair.weight for pair in (*own, *earlier)])
    logs = np.log(np.clip(agreement, _FLOOR, 1.0))
    return Tested(
        explains=_mean(mine, weights[: len(own)]),
        holds=_mean(theirs, weights[len(own) :]),
        pairs=int((np.abs(theirs - 0.5) > _SILENT).sum()),
        total=float(weights @ logs / weights.sum()) if len(logs) else float(np.log(0.5)),
    )


async def pruned(
    predictor: Predictor, draft: PreferenceDraft, own: Sequence[Pair], earlier: Sequence[Pair]
) -> PreferenceDraft | None:
    """Drops the parts of a description that the event or earlier ones contradict.

    Parts stand between commas, semicolons and "and". A description of one part stays as it is.

    Returns:
        The draft with the parts that are left; None if none is.
    """
    head, colon, body = draft.description.partition(": ")
    if not colon:
        head, body = "", draft.description
    parts = [part for part in _PARTS.split(body) if part.strip()]
    if len(parts) < 2:
        return draft
    kept = []
    for part in parts:
        result = await tested(predictor, replace(draft, description=part), own, earlier)
        if result.explains >= 0.5 - _SILENT and result.holds >= 0.5 - _WORSE:
            kept.append(part)
    if not kept:
        return None
    if len(kept) == len(parts):
        return draft
    return replace(draft, description=f"{head}{colon}{' and '.join(kept)}")


async def choose(
    predictor: Predictor,
    proposals: Sequence[Proposal],
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    lines: Sequence[Preference] = (),
) -> list[Operation]:
    """Keeps the best of some proposals, if it is better than what it replaces and than nothing.

    A proposal must explain the event (or quote it, where nothing measured speaks), must not
    predict earlier choices worse than no description does, and must predict all of them together
    better than the line that it replaces. Lines that the event and earlier ones together
    contradict are retired.

    Args:
        predictor: Says what a description predicts.
        proposals: At most a few, most certain first.
        own: The pairs of the event.
        earlier: Pairs of earlier events from near contexts, without those of the event.
        lines: Live lines, inferred and soft, that events like these taught.

    Returns:
        The operations to apply, with the numbers as their reasons; what was dropped is among
        them.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    operations: list[Operation] = []
    best: Add | Revise | None = None
    best_total = float("-inf")
    for proposal in proposals:
        operation, total = await _judged(predictor, proposal, own, earlier, lines)
        if not isinstance(operation, Add | Revise):
            operations.append(operation)
        elif best is None or total > best_total:
            if best is not None:
                operations.append(_outdone(best, best_total, total))
            best, best_total = operation, total
        else:
            operations.append(_outdone(operation, total, best_total))
    if best is not None:
        operations.append(best)
    replaced = best.preference_id if isinstance(best, Revise) else None
    for line in lines:
        if line.id == replaced:
            continue
        result = await tested(predictor, as_draft(line), own, earlier)
        if result.pairs >= _LEAST_PAIRS and max(result.explains, result.holds) < _CONTRADICTED:
            operations.append(Retire(preference_id=line.id, reason=f"predicts {result}"))
    return operations


class _Judged(NamedTuple):
    """What becomes of a proposal, and how well it predicts: mean log P(chosen)."""

    operation: Operation
    total: float


async def _judged(
    predictor: Predictor,
    proposal: Proposal,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    lines: Sequence[Preference],
) -> _Judged:
    draft = await pruned(predictor, proposal.draft, own, earlier)
    if draft is None:
        reason = "each of its parts predicts the wrong choice"
        return _Judged(_drop(proposal.draft, reason), 0.0)
    result = await tested(predictor, draft, own, earlier)
    quotes = proposal.supported and result.explains > 0.5 - _SILENT
    if result.explains < _EXPLAINS and not quotes:
        reason = f"does not explain the event: predicts {result}"
        return _Judged(_drop(draft, reason), result.total)
    if result.holds < 0.5 - _WORSE:
        reason = f"worse than none, which predicts 0.50: predicts {result}"
        return _Judged(_drop(draft, reason), result.total)
    replaced = proposal.replaces or _same_aspect(draft, lines)
    if replaced is None:
        return _Judged(Add(draft=draft, reason=f"predicts {result}"), result.total)
    before = await tested(predictor, as_draft(replaced), own, earlier)
    if result.total <= before.total:
        reason = f"no better than {replaced.id}: predicts {result}, against {before}"
        return _Judged(_drop(draft, reason, replaced), result.total)
    reason = f"predicts {result}, against {before} of {replaced.id}"
    revised = Revise(preference_id=replaced.id, draft=draft, reason=reason)
    return _Judged(revised, result.total)


def _same_aspect(draft: PreferenceDraft, lines: Sequence[Preference]) -> Preference | None:
    """The live line that answers the same aspect in the same scope, or says the same."""
    for line in reversed(lines):
        if fold(line.scope) != fold(draft.scope):
            continue
        if draft.aspect is not None and fold(line.aspect) == fold(draft.aspect):
            return line if fold(line.value) != fold(draft.value) else None
    return None


def _drop(draft: PreferenceDraft, reason: str, replaced: Preference | None = None) -> Drop:
    return Drop(
        description=draft.description,
        reason=reason,
        preference_id="" if replaced is None else replaced.id,
    )


def _outdone(operation: Add | Revise, total: float, by: float) -> Drop:
    """A proposal that passed its test, but another one did better."""
    return Drop(
        description=operation.draft.description,
        reason=f"another one predicts better: mean log {by:.2f} against {total:.2f}",
        preference_id=operation.preference_id if isinstance(operation, Revise) else "",
    )


def as_draft(line: Preference) -> PreferenceDraft:
    """A live line as it was proposed."""
    return PreferenceDraft(
        description=line.description,
        polarity=line.polarity,
        hard=line.hard,
        strength=line.strength,
        origin=line.origin,
        confidence=line.confidence,
        scope=line.scope,
        aspect=line.aspect,
        value=line.value,
    )


def _mean(agreement: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The weighted geometric mean; 0.5 of nothing."""
    import numpy as np

    if not len(agreement):
        return 0.5
    logs = np.log(np.clip(agreement, _FLOOR, 1.0))
    return float(np.exp(weights @ logs / weights.sum()))
