"""Orders candidates for one user: hard constraints first, then the personal reward model."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError
from ..memory.types import Preference
from .constraints import violations
from .reward import Posterior, TextFeatures, win_rates
from .types import Candidate, Ranked

_TOP = 5


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
    there is only one. Beyond 512 candidates, scores are exact for the best only, and the others'
    error is bounded (`reward/winrate.py`).

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
    scores = win_rates(posterior, described)
    parts = posterior.top_contributions(rows, _TOP)
    ranked = [
        Ranked(
            candidate=candidate,
            index=place,
            score=score,
            utility=mean,
            sd=sd,
            contributions=contributions,
            violations=violations(candidate.text, constraints) if constraints else (),
        )
        for place, (candidate, score, mean, sd, contributions) in enumerate(
            zip(
                candidates,
                scores.tolist(),
                utility.mean.tolist(),
                utility.sd.tolist(),
                parts,
                strict=True,
            )
        )
    ]
    return tuple(sorted(ranked, key=_place))


def _place(ranked: Ranked) -> tuple[bool, bool, float, int]:
    candidate = ranked.candidate
    says_nothing = (
        not candidate.text.strip() and candidate.embedding is None and not candidate.features
    )
    # Rounded, so that rounding errors do not order what is equal.
    return bool(ranked.violations), says_nothing, -round(ranked.score, 10), ranked.index
