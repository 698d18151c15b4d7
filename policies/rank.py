"""Orders candidates for one user: hard constraints first, then the personal reward model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import InputError
from ..memory.types import Preference
from .constraints import violations
from .reward import Posterior, TextFeatures
from .types import Candidate, Ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOP = 5
_ALL_PAIRS = 512
_OPPONENTS = 256


def rank(
    posterior: Posterior,
    features: TextFeatures,
    candidates: Sequence[Candidate],
    constraints: Sequence[Preference] = (),
) -> tuple[Ranked, ...]:
    """Orders candidates, best first.

    Those that break a hard constraint come below all that do not; within either, those that say
    nothing come last; then by mean probability of beating the others, the win rate against the set
    (Swamy et al., 2024, "A Minimaximalist Approach"). Ties keep the given order. Utilities,
    deviations and contributions are relative to the average candidate, or to an ordinary text if
    there is only one. Beyond 512 candidates, each meets 256 opponents spread over all utilities.

    Args:
        posterior: The user's posterior.
        features: The features that the posterior is about.
        candidates: What to order; the same one may occur twice.
        constraints: Hard constraints; preferences that are not hard are passed over.

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
    rows = described - described.mean(axis=0) if len(candidates) > 1 else described
    utility = posterior.utility(rows)
    scores = _scores(posterior, described, utility.mean)
    ranked = [
        Ranked(
            candidate=candidate,
            index=place,
            score=float(scores[place]),
            utility=float(utility.mean[place]),
            sd=float(utility.sd[place]),
            contributions=_top(posterior.contributions(rows[place])),
            violations=violations(candidate.text, constraints),
        )
        for place, candidate in enumerate(candidates)
    ]
    return tuple(sorted(ranked, key=_place))


def _place(ranked: Ranked) -> tuple[bool, bool, float, int]:
    candidate = ranked.candidate
    says_nothing = (
        not candidate.text.strip() and candidate.embedding is None and not candidate.features
    )
    # Rounded, so that rounding errors do not order what is equal.
    return bool(ranked.violations), says_nothing, -round(ranked.score, 10), ranked.index


def _scores(
    posterior: Posterior, rows: NDArray[np.float64], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    import numpy as np

    count = len(rows)
    if count == 1:
        return np.array([0.5])
    if count <= _ALL_PAIRS:
        chances = posterior.probabilities(rows)
        return np.asarray((chances.sum(axis=1) - 0.5) / (count - 1))
    order = np.argsort(means, kind="stable")
    chosen = order[np.linspace(0, count - 1, _OPPONENTS).round().astype(int)]
    return np.asarray(posterior.probabilities(rows, rows[chosen]).mean(axis=1))


def _top(parts: Mapping[str, float]) -> Mapping[str, float]:
    """The largest contributions, and the sum of the rest as "other"."""
    largest = dict(list(parts.items())[:_TOP])
    return {**largest, "other": sum(list(parts.values())[_TOP:])}
