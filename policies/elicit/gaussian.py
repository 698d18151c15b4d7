"""What is believed of a user's weights, and what answers to questions say about them.

Every form of question is answered in one of two ways: an option is picked, each described by a row
of features, or something described by a row is rated. Both have their Laplace approximation here,
in the weights themselves: a designed question has tens of columns, where the reward model's own
posterior (`policies/reward`) has hundreds and works in the dual. Questions are scored against
either, through `UtilityBelief`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from ...errors import InputError
from ..reward.posterior import Utility

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..reward.prior import Prior

    Floats = NDArray[np.float64]

__all__ = ["Gaussian", "Picked", "Rated", "Response", "UtilityBelief", "learn", "rating_noise"]

_STEPS = 50
_HALVINGS = 40
_TOLERANCE = 1e-8
_MOST = 1e6


class UtilityBelief(Protocol):
    """A posterior over linear utilities: the reward model's, or a `Gaussian`."""

    @property
    def mean(self) -> Floats:
        """Of the weights, shape `(d,)`."""
        ...

    def utility(self, features: Floats) -> Utility:
        """Means and deviations of rows' utilities; rows have the shape `(n, d)`."""
        ...

    def covariance(self, features: Floats, others: Floats | None = None) -> Floats:
        """Covariance of rows' utilities with other rows', by default the same; `(n, k)`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaussian:
    """A plain Gaussian belief.

    Attributes:
        mean: Of the weights, shape `(d,)`.
        matrix: Their covariance, shape `(d, d)`, positive semidefinite.
    """

    mean: Floats
    matrix: Floats

    @classmethod
    def of(cls, mean: Floats, matrix: Floats) -> Gaussian:
        """Checks what it is given.

        Raises:
            InputError: Shapes disagree, a number is not finite, or a variance is negative.
        """
        import numpy as np

        mean, matrix = np.asarray(mean, dtype=np.float64), np.asarray(matrix, dtype=np.float64)
        if mean.ndim != 1 or matrix.shape != (len(mean), len(mean)):
            raise InputError(
                f"a belief has a mean of shape {mean.shape!r} and a covariance of shape "
                f"{matrix.shape!r}; they must be (d,) and (d, d)"
            )
        if not (np.isfinite(mean).all() and np.isfinite(matrix).all()):
            raise InputError("a belief's mean and covariance must be finite; mend what made them")
        if len(mean) and float(np.diag(matrix).min()) < 0.0:
            raise InputError(
                f"a belief has the variance {float(np.diag(matrix).min())!r}; none may be negative"
            )
        return cls(mean=mean, matrix=0.5 * (matrix + matrix.T))

    @classmethod
    def from_prior(cls, prior: Prior) -> Gaussian:
        """The reward model's prior as it stands."""
        import numpy as np

        matrix = np.diag(prior.variance)
        if prior.factor is not None:
            matrix = matrix + prior.factor.T @ prior.factor
        return cls.of(prior.mean, matrix)

    def utility(self, features: Floats) -> Utility:
        """See `UtilityBelief`."""
        import numpy as np

        variance = ((features @ self.matrix) * features).sum(axis=1)
        return Utility(features @ self.mean, np.sqrt(np.maximum(variance, 0.0)))

    def covariance(self, features: Floats, others: Floats | None = None) -> Floats:
        """See `UtilityBelief`."""
        import numpy as np

        right = features if others is None else others
        return np.asarray(features @ self.matrix @ right.T)


class Picked(NamedTuple):
    """An option was picked.

    Attributes:
        rows: What the options are described by, shape `(k, d)`; "none of these" is a row of its
            own, of zeros for an ordinary thing.
        picked: The place of the pick.
    """

    rows: Floats
    picked: int


class Rated(NamedTuple):
    """Something was rated, in logits.

    Attributes:
        row: What is rated, shape `(d,)`: a unit vector for an attribute's weight.
        value: The rating.
        noise: τ, its deviation from what is meant, above 0.
    """

    row: Floats
    value: float
    noise: float


Response: TypeAlias = Picked | Rated


class _Stacked(NamedTuple):
    """All answers as arrays, in coordinates in which the prior is standard normal.

    Attributes:
        rows: Of `t` picks' options, shape `(t, k, r)`, padded with zeros.
        base: Their utilities at the prior mean, shape `(t, k)`; minus infinity for padding.
        picked: The picks, shape `(t,)`.
        rated: What was rated, shape `(n, r)`, over the noise.
        values: The ratings less what the prior expects, shape `(n,)`, over the noise.
    """

    rows: Floats
    base: Floats
    picked: NDArray[np.int64]
    rated: Floats
    values: Floats


class _Fit(NamedTuple):
    loss: float
    slope: Floats
    curvature: Floats


def learn(
    prior: Gaussian, responses: Sequence[Response], *, near: Gaussian | None = None
) -> Gaussian:
    """The posterior after answers, always from the prior: Laplace, by backtracked Newton steps.

    A pick is multinomial logit (McFadden, 1974); contradictions only bring the picks' chances
    together, and however many there are, the posterior stays finite, since the prior is proper.

    Args:
        prior: What was believed before the first answer.
        responses: All answers so far, in any order.
        near: Where to look first, such as what was believed before the last answer; the posterior
            is the same, to the tolerance of the steps, and found sooner.

    Raises:
        InputError: A row has another width or is not finite and below a million, a pick is not
            among its options, or a noise is not above 0.
    """
    import numpy as np

    for each in responses:
        _check(each, len(prior.mean))
    if not responses or not len(prior.mean):
        return prior
    # Directions without variance keep their mean.
    values, vectors = np.linalg.eigh(prior.matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    stacked = _stack(responses, prior.mean, root)
    place = np.zeros(root.shape[1])
    if near is not None:
        known = values > values.max() * 1e-12
        place[known] = ((near.mean - prior.mean) @ vectors[:, known]) / np.sqrt(values[known])
    here = _fit(stacked, place)
    for _ in range(_STEPS):
        step = np.linalg.solve(here.curvature, -here.slope)
        size = 1.0
        for _ in range(_HALVINGS):
            there = _fit(stacked, place + size * step)
            if there.loss <= here.loss + 1e-12 * (1.0 + abs(here.loss)):
                break
            size *= 0.5
        else:
            break
        place, here = place + size * step, there
        if float(np.abs(step).max()) < _TOLERANCE * (1.0 + float(np.abs(place).max())):
            break
    inverse = np.linalg.inv(here.curvature)
    return Gaussian(
        mean=prior.mean + root @ place, matrix=root @ (0.5 * (inverse + inverse.T)) @ root.T
    )


def _stack(responses: Sequence[Response], mean: Floats, root: Floats) -> _Stacked:
    import numpy as np

    picks = [each for each in responses if isinstance(each, Picked)]
    ratings = [each for each in responses if isinstance(each, Rated)]
    most = max((len(each.rows) for each in picks), default=0)
    rows = np.zeros((len(picks), most, root.shape[1]))
    base = np.full((len(picks), most), -np.inf)
    for place, each in enumerate(picks):
        rows[place, : len(each.rows)] = each.rows @ root
        base[place, : len(each.rows)] = each.rows @ mean
    noise = np.array([each.noise for each in ratings])
    rated = np.array([each.row for each in ratings]).reshape(len(ratings), len(mean))
    values = np.array([each.value for each in ratings])
    return _Stacked(
        rows=rows,
        base=base,
        picked=np.array([each.picked for each in picks], dtype=np.int64),
        rated=(rated @ root) / noise[:, None],
        values=(values - rated @ mean) / noise,
    )


def _fit(stacked: _Stacked, place: Floats) -> _Fit:
    """The loss and its derivatives, under a standard normal prior."""
    import numpy as np

    away = stacked.rated @ place - stacked.values
    loss = 0.5 * float(place @ place) + 0.5 * float(away @ away)
    slope = place + away @ stacked.rated
    curvature = np.eye(len(place)) + stacked.rated.T @ stacked.rated
    if len(stacked.picked):
        utilities = stacked.base + stacked.rows @ place
        top = utilities.max(axis=1)
        taken = np.take_along_axis(utilities, stacked.picked[:, None], axis=1)[:, 0]
        raised = np.exp(utilities - top[:, None])
        total = raised.sum(axis=1)
        loss += float((top + np.log(total) - taken).sum())
        chances = raised / total[:, None]
        average = (chances[:, :, None] * stacked.rows).sum(axis=1)
        slope = slope + (average - stacked.rows[np.arange(len(top)), stacked.picked]).sum(axis=0)
        scaled = np.sqrt(chances)[:, :, None] * (stacked.rows - average[:, None, :])
        flat = scaled.reshape(-1, len(place))
        curvature = curvature + flat.T @ flat
    return _Fit(loss, slope, curvature)


def _check(response: Response, width: int) -> None:
    import numpy as np

    if isinstance(response, Rated):
        rows, what = response.row[None], "a rating"
        if not (response.noise > 0 and np.isfinite(response.value)):
            raise InputError(
                f"a rating has the value {response.value!r} and the noise {response.noise!r}; "
                "they must be finite, and the noise above 0"
            )
    else:
        rows, what = response.rows, "a pick"
        if not 0 <= response.picked < len(rows):
            raise InputError(
                f"option {response.picked!r} was picked of {len(rows)}; count from 0 and give "
                "only answers to this question"
            )
    if rows.shape[-1] != width or not (np.abs(rows) <= _MOST).all():
        raise InputError(
            f"{what} has rows of shape {rows.shape!r}; they must be finite, below {_MOST:g} and "
            f"{width} wide"
        )


def rating_noise(
    ratings: Sequence[Rated], belief: UtilityBelief, *, usual: float = 1.5, weight: float = 4.0
) -> float:
    """How far a user's ratings lie from what they mean: τ, learned for each user.

    The mean square of what the ratings miss, less what is not known of the rated weights, under an
    inverse-gamma prior. `belief` must come from the other answers, or the ratings judge themselves.

    Args:
        ratings: The user's.
        belief: What their other answers say.
        usual: τ before anything is known of the user, in logits.
        weight: How many ratings the usual one counts for.

    Returns:
        τ, above 0.
    """
    import numpy as np

    if not ratings:
        return usual
    found = belief.utility(np.array([each.row for each in ratings]))
    missed = np.array([each.value for each in ratings]) - found.mean
    excess = float(np.maximum(np.square(missed) - np.square(found.sd), 0.0).sum())
    return float(np.sqrt((weight * usual**2 + excess) / (weight + len(ratings))))
