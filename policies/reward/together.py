"""What a taste is in one vector, and several people's tastes as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import InputError
from .features import TextFeatures
from .posterior import Posterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["taste_vector", "together"]


def taste_vector(posterior: Posterior, features: TextFeatures, block: str = "item") -> Floats:
    """The direction of an embedding that a user likes, from a few pairs.

    After PPD ("Personalized Preference Fine-tuning of Diffusion Models"), whose user vector is the
    mean of a learned function of the embeddings of each pair, `u = mean ρ([e_w, e_l])`. Here it is
    the posterior mean of the block's weights. Under a wide prior that is a weighted mean of
    `e_w - e_l` after few pairs, and what tells winners from losers best after many; nothing is
    trained on other people.

    Args:
        posterior: The user's.
        features: Those that it is about.
        block: "item" for the candidates' own embeddings, "meaning" for the texts'.

    Returns:
        Array of shape `(dimension of the block,)`, of length 1, or zeros if nothing is known.

    Raises:
        InputError: The posterior is about other features, or there is no such block.
    """
    import numpy as np

    if posterior.feature_set != features.id:
        raise InputError(
            f"the posterior is about {posterior.feature_set!r} and the features are "
            f"{features.id!r}; fit it again with these features"
        )
    columns = features.blocks.get(block)
    if columns is None or columns.stop == columns.start:
        raise InputError(
            f"these features have no block {block!r}; they have "
            f"{[name for name, each in features.blocks.items() if each.stop > each.start]!r}"
        )
    found = posterior.mean[columns]
    return np.asarray(found / max(float(np.linalg.norm(found)), 1e-300))


def together(posteriors: Sequence[Posterior], shares: Sequence[float] | None = None) -> Posterior:
    """One posterior for several people: each of them is the one who judges, with their share.

    Its mean lies between theirs, as PPD's vectors of two users are interpolated; its probabilities
    are theirs, averaged, so that what one of them cannot stand does not win by the other's wish.

    Args:
        posteriors: At least one, fitted under one prior.
        shares: How much each counts, positive; by default alike.

    Raises:
        InputError: There are none, they are about other features or fitted under another prior, or
            the shares are not as many positive numbers.
    """
    import numpy as np

    weights = np.ones(len(posteriors)) if shares is None else np.asarray(shares, dtype=np.float64)
    if not posteriors or weights.shape != (len(posteriors),) or not (weights > 0).all():
        raise InputError(
            f"{len(posteriors)} posteriors and shares={shares!r}; give at least one posterior, and "
            "a positive share for each"
        )
    first = posteriors[0]
    for each in posteriors:
        if each.feature_set != first.feature_set or not _same(each, first):
            raise InputError(
                f"posteriors about {first.feature_set!r} and {each.feature_set!r}; they must be "
                "about the same features and fitted under the same prior"
            )
    weights = weights / weights.sum()
    none = np.zeros(0)
    return replace(
        first,
        components=tuple(
            replace(part, share=float(weight) * part.share, alpha=none, mode=None)
            for weight, each in zip(weights, posteriors, strict=True)
            for part in each.components
        ),
        comparisons=sum(each.comparisons for each in posteriors),
        observations=sum(each.observations for each in posteriors),
    )


def _same(one: Posterior, other: Posterior) -> bool:
    import numpy as np

    factors = (one.prior.factor, other.prior.factor)
    if (factors[0] is None) != (factors[1] is None):
        return False
    both = [(one.prior.variance, other.prior.variance)]
    if factors[0] is not None and factors[1] is not None:
        both.append((factors[0], factors[1]))
    return all(x.shape == y.shape and np.array_equal(x, y) for x, y in both)
