"""Orders candidates for one user: hard constraints first, then the personal reward model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError
from ..memory.types import Preference
from .constraints import Pair, Ruling, unsure, violations
from .reward import Posterior, TextFeatures
from .reward.thompson import thompson_slots
from .reward.threads import one_thread
from .reward.winrate import standing
from .types import Candidate, MemoryEffect, Ranked, Unchecked, Violation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Explain", "by_constraints", "rank", "ruled", "unjudged"]

_TOP = 5
_EXPLAINED = 100
_NOT_ASKED = "words alone cannot tell, and no chat model was asked"

Explain = Callable[["Floats"], Sequence[tuple[MemoryEffect, ...]]]
"""Takes rows as `Posterior.utility` does; says for each which memories moved it."""


def rank(
    posterior: Posterior,
    features: TextFeatures,
    candidates: Sequence[Candidate],
    constraints: Sequence[Preference] = (),
    *,
    explain: Explain | None = None,
    explore: bool = False,
    seed: int | None = None,
) -> tuple[Ranked, ...]:
    """Orders candidates, best first.

    Those that break a hard constraint come below all that do not; within either, those that say
    nothing come last; then by mean probability of beating the others, the win rate against the set
    (Swamy et al., 2024, "A Minimaximalist Approach"), or, to explore, by Thompson draws. Ties keep
    the given order. Utilities, deviations and contributions are relative to the average candidate,
    or to an ordinary text if there is only one. Beyond 512 candidates, scores are exact for the
    best only, and the others' error is bounded (`reward/winrate.py`).

    Args:
        posterior: The user's posterior.
        features: The features that the posterior is about.
        candidates: What to order; the same one may occur twice.
        constraints: Hard constraints; preferences that are not hard are passed over. Those that
            words cannot decide leave every candidate unchecked.
        explain: Says which memories moved a candidate; asked of the first hundred.
        explore: Order by draws from the posterior, a fresh one for each place
            (`reward/thompson.py`), so that what is uncertain gets a chance. Scores stay what they
            are.
        seed: Of those draws; None takes fresh ones.

    Returns:
        All candidates. The score of an only candidate is 0.5.

    Raises:
        InputError: There are no candidates, the posterior is about other features, or a
            candidate's features or embedding cannot be used.
        EmbedderError: The embedder cannot be loaded or run.
    """
    if not candidates:
        raise InputError("candidates is empty; give at least one to rank")
    if posterior.feature_set != features.id:
        raise InputError(
            f"the posterior is about {posterior.feature_set!r} and the features are "
            f"{features.id!r}; fit it again with these features"
        )
    described = features.transform(candidates)
    with one_thread():
        return _ordered(
            posterior,
            described,
            candidates,
            constraints,
            explain=explain,
            explore=explore,
            seed=seed,
        )


def _ordered(
    posterior: Posterior,
    described: Floats,
    candidates: Sequence[Candidate],
    constraints: Sequence[Preference],
    *,
    explain: Explain | None,
    explore: bool,
    seed: int | None,
) -> tuple[Ranked, ...]:
    """Orders candidates whose rows are at hand, and centres the rows."""
    import numpy as np

    centre, scores, utility = standing(posterior, described)
    parts = posterior.top_contributions(described, _TOP)
    unchecked = unjudged(constraints)
    # Rounded, so that rounding errors do not order what is equal.
    order = np.argsort(-np.round(scores, 10), kind="stable").tolist()
    if explore:
        drawn = thompson_slots(posterior, described[order] + centre, seed)
        order = [order[place] for place in drawn]
    numbers = zip(
        order,
        scores[order].tolist(),
        utility.mean[order].tolist(),
        utility.sd[order].tolist(),
        strict=True,
    )
    ranked = [
        Ranked(
            candidate=candidates[place],
            index=place,
            score=score,
            utility=mean,
            sd=sd,
            contributions=parts[place],
            violations=violations(candidates[place].text, constraints) if constraints else (),
            unchecked=unchecked,
        )
        for place, score, mean, sd in numbers
    ]
    ordered = by_constraints(ranked)
    if explain is not None:
        first = ordered[:_EXPLAINED]
        moved = explain(described[[each.index for each in first]])
        told = (replace(each, memories=by) for each, by in zip(first, moved, strict=True))
        ordered = (*told, *ordered[_EXPLAINED:])
    return ordered


def by_constraints(ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Puts those first that keep every constraint, then those that may, then those that break one.

    Within each, those that say nothing come last; otherwise the given order stays.
    """
    if not any(map(_below, ranked)):
        return tuple(ranked)
    return tuple(sorted(ranked, key=_below))


def unjudged(constraints: Sequence[Preference], reason: str = _NOT_ASKED) -> tuple[Unchecked, ...]:
    """The constraints that words cannot hold a text to, as not checked.

    Args:
        constraints: Any preferences.
        reason: Why nothing better than words checked them.
    """
    return tuple(
        Unchecked(preference_id=each.id, description=each.description, reason=reason)
        for each in unsure(constraints)
    )


def ruled(ranked: Sequence[Ranked], ruling: Ruling) -> tuple[Ranked, ...]:
    """Takes in what a chat model said of the constraints that words cannot decide.

    Args:
        ranked: Candidates in order, in which the ruling numbers their texts.
        ruling: What it said.

    Returns:
        The same candidates: what breaks a constraint below what may, that below what keeps all.
    """
    judged = []
    for place, each in enumerate(ranked):
        broken: list[Violation] = []
        open_still: list[Unchecked] = []
        for one in each.unchecked:
            verdict = ruling.breaks.get(Pair(place, one.preference_id))
            if verdict is None:
                reason = ruling.unknown.get(Pair(place, one.preference_id))
                open_still.append(replace(one, reason=reason or one.reason))
            elif verdict:
                broken.append(
                    Violation(
                        preference_id=one.preference_id,
                        description=one.description,
                        found="",
                        start=0,
                        end=0,
                    )
                )
        judged.append(
            replace(
                each,
                violations=(*each.violations, *broken),
                unchecked=tuple(open_still),
            )
        )
    return by_constraints(judged)


def _below(ranked: Ranked) -> int:
    """How far below the others a candidate belongs, whatever its score; 0 if nowhere."""
    return 4 * bool(ranked.violations) + 2 * bool(ranked.unchecked) + bool(_blank(ranked.candidate))


def _blank(candidate: Candidate) -> bool:
    """Whether a candidate says nothing."""
    return candidate.embedding is None and not candidate.features and not candidate.text.strip()
