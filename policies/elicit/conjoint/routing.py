"""Whom to have label what: a person, whose time is short, or a simulated judge, which costs little.

After "Hybrid Preferences: Learning to Route Instances for Human vs. AI Feedback" (Miranda et al.,
2024), which learns from features of instances how much better a mix of labels trains a reward
model, and has people label those with the largest gain. Here what is learned is the gain of one
person's label over the judge's, measured on a pilot that both have labelled: how often the judge
was wrong, or any other gain that the caller measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Router", "Routing", "route"]

_LEAST_PILOT = 10
_PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Routing:
    """Who labels what.

    Attributes:
        people: Places of the instances for people, the largest gain first.
        judge: Places of the others.
        gains: The expected gain of a person's label, for every instance, shape `(n,)`.
        expected: The sum over the instances for people.
    """

    people: Ints
    judge: Ints
    gains: Floats
    expected: float


class Router:
    """Predicts the gain of a person's label from features of an instance.

    A ridge regression on features, their squares and products, with its penalty chosen by leaving
    one out: pilots are small.

    Args:
        features: Of the pilot's instances (length, how far apart the two texts are, how sure the
            judge is, its topic), shape `(n, f)`, at least ten of them.
        gains: What a person's label gained over the judge's on each, shape `(n,)`: 1 where the
            judge was wrong and 0 elsewhere, for example.

    Raises:
        InputError: Shapes disagree, the pilot is too small, or a number is not finite.
    """

    def __init__(self, features: Floats, gains: Floats) -> None:
        import numpy as np
        from sklearn.linear_model import RidgeCV  # type: ignore[import-untyped]
        from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
        from sklearn.preprocessing import (  # type: ignore[import-untyped]
            PolynomialFeatures,
            StandardScaler,
        )

        rows = _checked(features)
        target = np.asarray(gains, dtype=np.float64)
        if target.shape != (len(rows),) or not np.isfinite(target).all():
            raise InputError(
                f"gains have shape {target.shape!r}; give {len(rows)} finite numbers, one for each "
                "instance of the pilot"
            )
        if len(rows) < _LEAST_PILOT:
            raise InputError(
                f"the pilot has {len(rows)} instances; have at least {_LEAST_PILOT} labelled by "
                "people and by the judge"
            )
        self._width = rows.shape[1]
        self._model: Any = make_pipeline(
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            StandardScaler(),
            RidgeCV(_PENALTIES),
        )
        self._model.fit(rows, target)

    def gains(self, features: Floats) -> Floats:
        """The expected gain of a person's label on each instance, shape `(n,)`.

        Raises:
            InputError: The features have another width than the pilot's, or are not finite.
        """
        import numpy as np

        rows = _checked(features)
        if rows.shape[1] != self._width:
            raise InputError(
                f"instances have {rows.shape[1]} features; the pilot's have {self._width}"
            )
        if not len(rows):
            return np.zeros(0)
        return np.asarray(self._model.predict(rows), dtype=np.float64)


def route(router: Router, features: Floats, budget: int, *, costs: Floats | None = None) -> Routing:
    """Gives people the instances on which their labels are expected to gain most.

    Args:
        router: Fitted to a pilot.
        features: Of the instances to label, shape `(n, f)`.
        budget: How many people can label, or what they can spend, if costs are given.
        costs: What a person's label of each instance costs (minutes), above 0, shape `(n,)`.

    Returns:
        Who labels what. Nobody is given an instance on which the judge is expected to be as good.

    Raises:
        InputError: The budget is negative, or shapes disagree.
    """
    import numpy as np

    gains = router.gains(features)
    price = np.ones(len(gains)) if costs is None else np.asarray(costs, dtype=np.float64)
    if budget < 0 or price.shape != gains.shape or not (np.isfinite(price) & (price > 0)).all():
        raise InputError(
            f"the budget is {budget!r} and costs have shape {price.shape!r}; the budget must not "
            "be "
            f"negative, and there must be {len(gains)} costs above 0"
        )
    left = float(budget)
    people: list[int] = []
    for place in np.argsort(-gains / price, kind="stable").tolist():
        if gains[place] > 0 and price[place] <= left + 1e-12:
            people.append(place)
            left -= float(price[place])
    people.sort(key=lambda place: -gains[place])
    chosen = np.array(people, dtype=np.int64)
    return Routing(
        people=chosen,
        judge=np.setdiff1d(np.arange(len(gains)), chosen),
        gains=gains,
        expected=float(gains[chosen].sum()),
    )


def _checked(features: Floats) -> Floats:
    import numpy as np

    rows = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or not rows.shape[1] or not np.isfinite(rows).all():
        raise InputError(f"features have shape {rows.shape!r}; they must be finite, as (n, f)")
    return rows
