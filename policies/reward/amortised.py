"""A prior read off a person's first pairs, for people of whom little is known.

Which prior serves a person best can be told, a little, from the first things they prefer. A small
network reads those pairs and moves the population's prior: its means, its widths, and how likely
each prototype is. It is trained on many people through the fit itself (`meta.py`), so that it
learns what helps a fit to a few pairs and leaves to the fit what the fit does anyway.

After FSPO ("FSPO: Few-Shot Preference Optimization of Synthetic Preference Data in LLMs Elicits
Effective Personalization to Real Users"), which trains on few-shot episodes, and PPD ("Personalized
Preference Fine-tuning of Diffusion Models"), whose user vector is the mean of a function of each
pair, `u = mean ρ([e_w, e_l])`. What differs: both adapt a generator, this a prior of a Bayesian
logistic regression; and here a pair is its row of differences, and the mean counts one empty pair
besides, so that u grows with the number of pairs and nothing at all is read off none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from .answers import Answers
from .population import predict
from .prior import Population, Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Amortised", "predict_amortised"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Amortised:
    """Maps first pairs to a prior over `d` weights.

    A pair, turned so that its preferred side comes first, is read as `r` coordinates x, and `h`
    numbers tanh(inner x + offset) are summed over the first pairs and divided by one more than
    their number. `outer` makes of these: shifts of the means along `r` directions, logarithms of
    gains of the standard deviations of `g` groups of columns, and logits of `p` prototypes.

    Attributes:
        base: The population's prior, with `p` prototypes of one covariance.
        groups: Which group each column belongs to, shape `(d,)`.
        gains: Logarithms of gains that hold for everybody, shape `(g,)`.
        reading: Rows to coordinates, shape `(r, d)`.
        moving: Directions of the means, shape `(r, d)`.
        inner: Shape `(h, r)`.
        offset: Shape `(h,)`.
        outer: Shape `(r + g + p, h)`.
        first: How many pairs are read at most.
    """

    base: Population
    groups: NDArray[np.int64]
    gains: Floats
    reading: Floats
    moving: Floats
    inner: Floats
    offset: Floats
    outer: Floats
    first: int

    def __post_init__(self) -> None:
        width = self.base.prototypes[0].mean.shape[0]
        rank, groups = len(self.reading), len(self.gains)
        hidden, prototypes = len(self.offset), len(self.base.prototypes)
        wanted = {
            "groups": (width,),
            "reading": (rank, width),
            "moving": (rank, width),
            "inner": (hidden, rank),
            "outer": (rank + groups + prototypes, hidden),
        }
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} has shape {getattr(self, name).shape!r}, not {shape!r}")

    def population(self, rows: Floats, target: Floats | None = None) -> Population:
        """The prior for somebody with these first pairs.

        Args:
            rows: Preferred minus other, oldest first, shape `(n, d)`; those beyond `first` are not
                read.
            target: Probabilities that the labels are right, shape `(n,)`; by default 1.

        Raises:
            InputError: A shape is wrong, or a number is not finite.
        """
        import numpy as np

        width = len(self.groups)
        if rows.ndim != 2 or rows.shape[1] != width or not np.isfinite(rows).all():
            raise InputError(f"rows has shape {rows.shape!r}; it must be finite and {width} wide")
        some = rows[: self.first]
        sure = np.ones(len(some)) if target is None else 2.0 * target[: self.first] - 1.0
        coordinates = (some * sure[:, None]) @ self.reading.T
        read = np.tanh(coordinates @ self.inner.T + self.offset).sum(axis=0) / (1.0 + len(some))
        rank, groups = len(self.reading), len(self.gains)
        out = self.outer @ read
        shift = out[:rank] @ self.moving
        gain = np.exp(self.gains + out[rank : rank + groups])[self.groups]
        router = self.base.router.copy()
        router[:, -1] += out[rank + groups :]
        return Population(
            prototypes=tuple(_moved(each, shift, gain) for each in self.base.prototypes),
            router=router,
        )


def _moved(prior: Prior, shift: Floats, gain: Floats) -> Prior:
    factor = None if prior.factor is None else prior.factor * gain
    return Prior(mean=prior.mean + shift, variance=prior.variance * gain**2, factor=factor)


def predict_amortised(amortised: Amortised, seen: Answers, rows: Floats) -> Floats:
    """P(label 1) of new rows of people whose answers are given, each under their own prior.

    Args:
        amortised: What makes the priors.
        seen: What each person has answered.
        rows: Shape `(u, q, d)`.

    Returns:
        Array of shape `(u, q)`.
    """
    import numpy as np

    found = []
    for person in range(len(rows)):
        own = seen.people(np.array([person]))
        given = own.weight[0] > 0.0
        prior = amortised.population(own.rows[0][given], own.target[0][given])
        found.append(predict(prior, own, rows[person : person + 1])[0])
    return np.array(found)
