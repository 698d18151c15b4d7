"""What a question about things described by features is, before anybody words it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from .stopping import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Form", "Proposal", "Purpose", "Weighing", "question_key"]

Form: TypeAlias = Literal["pair", "slate", "value", "rating", "edge", "open"]
"""The better of two; the best of several; the level of a factor; the rating of a factor's weight;
whether a thing would do, against an ordinary one; what matters most, in the user's own words."""

Purpose: TypeAlias = Literal["learn", "answer", "both"]
"""To know the user, to offer the best thing now, or both."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """A question that could be asked.

    Attributes:
        form: What it asks for.
        rows: What its options are described by, shape `(k, d)`; for a rating, the one thing rated.
        items: Places of candidates, one for each option; empty for designed options.
        profiles: Levels of designed options, shape `(k, factors)`; None for candidates.
        factor: The factor of a value or a rating.
        noise: τ of a rating, in logits; 0 for a pick.
        read: Words to read.
        write: Words to write.
        information: What the answer is expected to say, in nats.
        value: EVOI, in logits.
        eubo: Expected utility of the best option less that of the best candidate, in logits.
        cost: In logits.
        score: What it brings, for the purpose at hand, less its cost.
    """

    form: Form
    rows: Floats
    items: tuple[int, ...] = ()
    profiles: Ints | None = None
    factor: int | None = None
    noise: float = 0.0
    read: float = 0.0
    write: float = 0.0
    information: float
    value: float
    eubo: float = 0.0
    cost: float = 0.0
    score: float = 0.0

    @property
    def key(self) -> str:
        """The same for the same question; see `question_key`."""
        return question_key(self.form, self.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighing:
    """What could be asked now.

    Attributes:
        proposals: The best of each form, best first; empty if there is nothing to ask about.
        sure: P(the candidate with the best mean is the best); 0 without candidates.
        best: Its place, or None without candidates.
        at_stake: How much better the truly best candidate is expected to be, in logits; None
            without candidates.
        unclear: Entropy of which candidate is the best, in nats.
        verdict: Whether the first proposal should be asked.
    """

    proposals: tuple[Proposal, ...]
    sure: float
    best: int | None
    at_stake: float | None
    unclear: float
    verdict: Verdict


def question_key(form: Form, rows: Floats) -> str:
    """Names a question by what it offers, in any order.

    Args:
        form: Picks from the same options are the same question, whatever they are called.
        rows: Shape `(k, d)`.
    """
    import numpy as np

    kind = form if form in ("rating", "open") else "pick"
    # Adding 0 turns a minus 0 into a 0.
    parts = sorted((np.round(row, 6) + 0.0).tobytes() for row in rows)
    return f"{kind}:{hashlib.blake2b(b'|'.join(parts), digest_size=12).hexdigest()}"
