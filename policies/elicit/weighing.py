"""Scores every question that could be asked now, and holds the constants of the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..types import QuestionForm
from .beliefs import Belief
from .gains import ahead, gains, open_information

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["OPEN", "Scored", "score"]

OPEN = "matters"
"""The key of the question what matters most."""


class Scored(NamedTuple):
    """A question with what it would bring.

    Attributes:
        key: The aspect, or `OPEN`.
        form: What it asks for.
        eig: Expected information gain, in nats.
        evoi: Expected gain of the best reply's fit.
        ahead: What the best questions after it are expected to gain beyond their costs.
    """

    key: str
    form: QuestionForm
    eig: float
    evoi: float
    ahead: float

    @property
    def worth(self) -> float:
        """What asking is worth: now and with the next question."""
        return self.evoi + self.ahead


def score(
    belief: Belief,
    *,
    askable: Sequence[bool],
    may_open: bool,
    next_costs: Sequence[float] = (),
    hinges: Floats | float = 1.0,
) -> list[Scored]:
    """Scores the questions that may be asked.

    Args:
        belief: What is known of the user.
        askable: Which aspects may be asked about.
        may_open: Whether it may be asked what matters most.
        next_costs: What the questions after this one would cost; as many as may follow.
        hinges: Factors on what each aspect's answer gains.

    Returns:
        One for each, best first; ties by the order of the aspects.
    """
    import numpy as np

    aspects = belief.tendencies.aspects
    mask = np.array(askable, dtype=np.float64) * hinges
    now = gains(belief)
    then = ahead(belief, next_costs, mask)
    found = [
        Scored(
            aspect.key,
            "value",
            float(now.eig[place]),
            float(now.evoi[place] * mask[place]),
            float(then.values[place]),
        )
        for place, aspect in enumerate(aspects)
        if askable[place]
    ]
    if may_open:
        found.append(Scored(OPEN, "open", open_information(belief), 0.0, then.open))
    return sorted(found, key=lambda each: -round(each.worth, 12))
