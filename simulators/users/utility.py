"""Utility users: weights over the features of things; they answer, pick and rate with noise.

Nothing here takes a chat model: a pick is a few multiplications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.elicit.answering import INDIFFERENT
from ...policies.types import Aspect
from ..profiles.schema import Temperament
from ..runner.seeds import derive
from .gate import Gate
from .hidden import Hidden
from .naming import Naming
from .talking import Talker
from .temperaments import manner_of
from .types import Rating, Said
from .wording import TemplateWording, Wording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LEVELS", "UtilityUser"]

LEVELS = ("as little as possible", "no matter how much", "as much as possible")
"""What can be wanted of a feature."""

# Standard deviations of utility at which a rating goes up by one: five classes with about 7, 24,
# 38, 24 and 7 in a hundred things, where utilities are normal.
_CUTS = (-1.5, -0.5, 0.5, 1.5)
_WORDS = (
    "No, that's not for me.",
    "Not really my thing.",
    "It's all right.",
    "I like it.",
    "Yes, exactly that!",
)


class UtilityUser:
    """Someone with a weight on each feature; follows `SimulatedUser` and `Chooser`.

    Utility is `w . x`. A pick is a noisy logistic choice, `P(k) = exp(u_k) / sum_j exp(u_j)`
    (Luce; with two options, Bradley and Terry), or at the temperament's noise rate any option at
    all. A rating cuts `u` plus logistic noise, on the scale of `spread`, into five classes. Asked
    about a feature, the user says which way they want it, a weak weight being easily taken for
    none: the level is a noisy logistic choice, too, drawn once for each feature.

    Args:
        weights: In nats for one unit of each feature, shape `(D,)`.
        features: Their names, `D` of them, all different.
        seed: Of all noise; the same calls in the same order get the same answers.
        id: Names the user.
        spread: The standard deviation of utility over things that may be offered; by default that
            of things whose features are independent with variance 1.
        temperament: How they talk and what they bear.
        wording: Puts words to what is released; by default templates.

    Raises:
        InputError: Weights and names do not go together, or no weight differs from 0.
    """

    def __init__(
        self,
        weights: Floats,
        features: Sequence[str],
        *,
        seed: int,
        id: str = "utility",  # noqa: A002
        spread: float | None = None,
        temperament: Temperament | None = None,
        wording: Wording | None = None,
    ) -> None:
        import numpy as np

        self.weights = np.asarray(weights, dtype=np.float64)
        if self.weights.shape != (len(features),) or len(set(features)) < len(features):
            raise InputError(
                f"weights have shape {self.weights.shape!r} and {len(features)} features are "
                f"named, {list(features)!r}; give each weight one name of its own"
            )
        if not np.isfinite(self.weights).all() or not self.weights.any():
            raise InputError(f"weights are {weights!r}; they must be finite and not all 0")
        self.id = id
        self.features = tuple(features)
        self.temperament = temperament or Temperament()
        self._spread = float(np.linalg.norm(self.weights)) if spread is None else spread
        if not self._spread > 0:
            raise InputError(f"spread is {spread!r}; it must be more than 0")
        self._rng = np.random.default_rng(derive(seed, id, "choices"))
        self.hidden = _hidden(
            self.weights, self.features, self.temperament, seed=derive(seed, id, "answers")
        )
        self._talker = Talker(
            hidden=self.hidden,
            wording=wording or TemplateWording(),
            talk=self.temperament.talk,
            seed=derive(seed, id, "talk"),
            naming=Naming(aspects=self.hidden.aspects),
        )

    @property
    def profile(self) -> Mapping[str, str]:
        """See `SimulatedUser.profile`: the weights."""
        return {
            name: f"{weight:.3f}" for name, weight in zip(self.features, self.weights, strict=True)
        }

    @property
    def gate(self) -> Gate:
        """What was disclosed so far, and what patience is left."""
        return self._talker.gate

    async def open(self, request: str) -> Said:
        """See `SimulatedUser.open`."""
        return await self._talker.open(request)

    async def answer(self, message: str, *, about: str | None = None) -> Said:
        """See `SimulatedUser.answer`; aspects are the features, by name, values are `LEVELS`."""
        return await self._talker.answer(message, about=about)

    def utility(self, features: Floats) -> float:
        """See `Chooser.utility`; in nats."""
        return float(self._utilities(features[None])[0])

    def pick(self, options: Floats) -> int:
        """See `Chooser.pick`."""
        import numpy as np

        utilities = self._utilities(options)
        if len(utilities) < 2:
            raise InputError(f"got {len(utilities)} options; a pick takes at least 2")
        if self._rng.random() < self.temperament.noise:
            return int(self._rng.integers(len(utilities)))
        # The largest of utilities with Gumbel noise is a logistic choice.
        return int(np.argmax(utilities + self._rng.gumbel(size=len(utilities))))

    def rate(self, features: Floats) -> Rating:
        """See `Chooser.rate`."""
        import numpy as np

        if self._rng.random() < self.temperament.noise:
            value = int(self._rng.integers(1, len(_WORDS) + 1))
        else:
            felt = (self.utility(features) + self._rng.logistic()) / self._spread
            value = 1 + int(np.searchsorted(_CUTS, felt))
        return Rating(value, _WORDS[value - 1])

    def _utilities(self, options: Floats) -> Floats:
        import numpy as np

        rows = np.asarray(options, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.weights):
            raise InputError(
                f"options have shape {rows.shape!r}; they must be (K, {len(self.weights)})"
            )
        return np.asarray(rows @ self.weights)


def _hidden(
    weights: Floats, features: Sequence[str], temperament: Temperament, *, seed: int
) -> Hidden:
    """The weights as aspects with three levels each."""
    import numpy as np

    rng = np.random.default_rng(seed)
    manner = manner_of(temperament)
    count, size = len(features), len(LEVELS)
    # Less, no matter, more: worth -w, 0 and w.
    worth = weights[:, None] * np.array([-1.0, 0.0, 1.0])
    wanted = np.where(weights > 0, 2, np.where(weights < 0, 0, 1))
    answers = (worth + rng.gumbel(size=worth.shape)).argmax(axis=1)
    slips = rng.random(count) < manner.noise
    answers = np.where(slips, rng.integers(size, size=count), answers)
    shares = np.abs(weights) / np.abs(weights).sum()
    # Who does not mind how much of it says so.
    answers = np.where(answers == 1, INDIFFERENT, answers)
    low, high = worth.min(axis=1, keepdims=True), worth.max(axis=1, keepdims=True)
    grades = (worth - low) / np.where(high > low, high - low, 1.0)
    tells, spoken = rng.random() < manner.volunteers, int(rng.choice(count, p=shares))
    return Hidden(
        aspects=tuple(
            Aspect(key=name, name=name, values=LEVELS, ordered=True) for name in features
        ),
        patient=temperament.patience == "patient",
        weights=shares,
        wanted=wanted,
        grades=grades,
        answers=answers,
        names=tuple(
            map(
                int,
                rng.choice(count, size=int((shares > 0).sum()), replace=False, p=shares),
            )
        ),
        names_at_once=manner.names_at_once,
        volunteered=spoken if tells else None,
        skips=rng.random(24) < manner.skips,
        preferences=(None,) * count,
    )
