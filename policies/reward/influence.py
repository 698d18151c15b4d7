"""What each piece of a user's evidence adds to the utility of a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .posterior import Posterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Grounds", "Influence", "influences"]


class Grounds(NamedTuple):
    """What a posterior was fitted to, in the order in which it was fitted.

    Attributes:
        rows: Differences of the comparisons, then one row for each stored preference's
            observation, shape `(n, d)`.
        sources: The event or the preference that each row comes from; several rows may share one.
    """

    rows: Floats
    sources: tuple[str, ...]


class Influence(NamedTuple):
    """What one source adds to one candidate's utility.

    Attributes:
        source: The event or preference.
        effect: In logits; negative holds the candidate back.
    """

    source: str
    effect: float


def influences(
    posterior: Posterior, grounds: Grounds, features: Floats, count: int
) -> list[tuple[Influence, ...]]:
    """The sources that move each candidate most.

    The posterior mean is `m + Σ αᵢ Σ zᵢ` over the rows z of the evidence, with the dual weights α
    of the fit, so that a candidate x gets `αᵢ zᵢᵀΣx` from row i and `mᵀx` from the prior: nothing
    is approximated, and the parts sum to the utility. This is the representer decomposition of Yeh
    et al., 2018 ("Representer Point Selection for Explaining Deep Neural Networks"), of a model
    that is linear, so that it explains the model itself and not its last layer. It says how the
    utility is made up as things are; without a source the others would be weighed a little anew.

    Args:
        posterior: The user's.
        grounds: What it was fitted to.
        features: The candidates' rows, shape `(m, d)`, as `Posterior.utility` takes them.
        count: How many to name for each candidate.

    Returns:
        For each candidate at most `count` sources, the largest effect in size first; those without
        any effect are left out.

    Raises:
        InputError: The grounds are those of another posterior.
    """
    import numpy as np

    names = list(dict.fromkeys(grounds.sources))
    effects = shares(posterior, grounds, features)
    summed = np.zeros((len(names), len(features)))
    place = {name: row for row, name in enumerate(names)}
    np.add.at(summed, [place[source] for source in grounds.sources], effects)
    largest = np.argsort(-np.abs(summed), axis=0, kind="stable")[:count]
    return [
        tuple(
            Influence(names[row], float(summed[row, column]))
            for row in largest[:, column].tolist()
            if abs(summed[row, column]) > _NOTHING
        )
        for column in range(len(features))
    ]


_NOTHING = 1e-9


def shares(posterior: Posterior, grounds: Grounds, features: Floats) -> Floats:
    """What each row of the evidence adds to each candidate's utility.

    Their sum over rows, and what the prior's means say by themselves, is the utility's mean.

    Returns:
        Array of shape `(n, m)`, in logits.

    Raises:
        InputError: The grounds are those of another posterior.
    """
    import numpy as np

    count = len(grounds.sources)
    fitted = posterior.components[0].alpha.shape[0]
    if grounds.rows.shape != (count, len(posterior.mean)) or fitted != count:
        raise InputError(
            f"the grounds have rows of shape {grounds.rows.shape!r} and {count} sources, but the "
            f"posterior rests on {fitted} rows of {len(posterior.mean)} columns; give those that "
            "it was fitted to"
        )
    weight = sum((each.share * each.alpha for each in posterior.components), np.zeros(count))
    return np.asarray(weight[:, None] * (posterior.prior.spread(grounds.rows) @ features.T))


def grounds_of(
    comparison_rows: Floats,
    comparison_sources: Sequence[str],
    observed: Sequence[tuple[str, int]],
) -> Grounds:
    """Puts comparisons and observations in the order in which `fit_rows` takes them.

    Args:
        comparison_rows: Shape `(n, d)`.
        comparison_sources: The event of each.
        observed: For each observation the preference and the column that it observes.
    """
    import numpy as np

    pseudo = np.zeros((len(observed), comparison_rows.shape[1]))
    for place, (_, column) in enumerate(observed):
        pseudo[place, column] = 1.0
    return Grounds(
        np.vstack([comparison_rows, pseudo]),
        (*comparison_sources, *(source for source, _ in observed)),
    )
