"""How people answer questions, given what they want: slips, shrugs, and what they name unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["INDIFFERENT", "UNASKED", "Answering", "Gained", "gained"]

UNASKED = -1
INDIFFERENT = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The chances of answers. They are assumed, not fitted: round numbers for careful people.

    Attributes:
        slip: P(an answer is any value at all rather than the one wanted).
        candour: P("I don't mind" | the aspect does not matter).
        shrug: P("I don't mind" | it does).
        names: How many aspects someone names when asked what matters most.
        stray: P(a certain aspect is named | it does not matter).
        stays: P(someone who answered a question takes the next one too), so that what helps at
            once goes before what helps only with the next question.
    """

    slip: float = 0.05
    candour: float = 0.7
    shrug: float = 0.05
    names: float = 2.0
    stray: float = 0.002
    stays: float = 0.85

    def __post_init__(self) -> None:
        for name in ("slip", "candour", "shrug", "stray", "stays"):
            chance = getattr(self, name)
            if not 0.0 <= chance <= 1.0:
                raise InputError(f"{name} is {chance!r}; it must be a probability")
        if self.candour <= self.shrug:
            raise InputError(
                f"candour is {self.candour!r} and shrug {self.shrug!r}; people for whom an aspect "
                "does not matter must be the likelier ones not to mind"
            )

    def table(self, size: int, width: int) -> Floats:
        """P(answer | value wanted, whether it matters).

        Args:
            size: How many values the aspect has.
            width: How many columns the table shall have for values, at least `size`.

        Returns:
            Shape `(width, 2, width + 1)` as `[value, matters, answer]`; the last answer is "I
            don't mind". Beyond `size` all is 0.
        """
        import numpy as np

        said = np.zeros((width, width))
        said[:size, :size] = self.slip / size + (1.0 - self.slip) * np.eye(size)
        table = np.zeros((width, 2, width + 1))
        for matters, shrugs in enumerate((self.candour, self.shrug)):
            table[:size, matters, :width] = (1.0 - shrugs) * said[:size]
            table[:size, matters, width] = shrugs
        return table

    def named(self, named: NDArray[np.bool_], expected: float | Floats) -> Floats:
        """Likelihoods of what was named when someone was asked what matters most.

        An approximation that keeps aspects independent: each of the `expected` aspects that
        matter is named with the same chance.

        Args:
            named: Which aspects were named, shape `(..., J)`.
            expected: How many aspects matter on average, of those not named before.

        Returns:
            P(named or not | does not matter, matters), shape `(..., J, 2)`.
        """
        import numpy as np

        count = named.sum(axis=-1, keepdims=True)
        chance = np.clip(count / np.maximum(expected, 1e-9), 0.05, 0.9)
        matters = np.where(named, chance, 1.0 - chance)
        idle = np.where(named, self.stray, 1.0 - self.stray) * np.ones_like(matters)
        return np.stack([idle, matters], axis=-1)


class Gained(NamedTuple):
    """Weights of aspects that matter, relative to their mean, once some were named.

    Attributes:
        named: Of the first, second, … that was named.
        other: Of one that matters but was not named.
    """

    named: tuple[float, ...]
    other: float


def gained(count: int, expected: float) -> Gained:
    """What the order in which aspects are named says about their weights.

    Weights are taken as a stick broken at random into `expected` pieces, and the weightier pieces
    as named sooner: each time one of the `n` left, whose lengths sum to `rest`, is named with a
    chance in proportion to its length, so that its mean length is `2 rest / (n + 1)`.

    Args:
        count: How many were named.
        expected: How many matter on average; at least one more than were named is assumed.
    """
    pieces = max(expected, count + 1.0)
    rest, named = 1.0, []
    for place in range(count):
        length = 2.0 * rest / (pieces - place + 1.0)
        named.append(length * pieces)
        rest -= length
    return Gained(tuple(named), rest / (pieces - count) * pieces)
