"""When to stop asking about items: what a question costs, and the rule's constants, in one place.

On the scale of utility, in logits. Questions about the aspects of a chat's request are weighed on
the scale of a reply's fit instead, with constants of their own (`costs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from ...errors import InputError

__all__ = ["StopRule", "Verdict", "patience"]

_HELD = 4.0


class Verdict(NamedTuple):
    """Whether to ask.

    Attributes:
        ask: True if a question pays.
        reason: Half a sentence.
        worth: What it is expected to bring over all its uses, in logits.
        threshold: What it costs, in logits.
    """

    ask: bool
    reason: str
    worth: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """Asks while `EVOI · reuses` exceeds the cost, and while it is unclear what is best.

    The value of one question is often 0 where that of two is not, since no single answer changes
    what is offered. So a question is also asked while the best candidate is less than `sure` to be
    the best and an answer says more than `least` nats. Costs are in logits of utility: an item that
    is 0.1 logits better is preferred 52 times in 100.

    Attributes:
        turn: What any question costs: the answer comes a turn later.
        read: What each word to read adds.
        write: What each word to write adds.
        annoy: What each question asked before in this session adds; a skipped one counts `skip`
            times.
        nat: What a nat is worth while something is to be learned besides the answer at hand.
        reuses: How often an answer is expected to serve.
        sure: P(the best candidate is the best) from which on nothing needs clearing up.
        least: Nats below which an answer clears nothing up.
        skip: How many asked questions a skipped one weighs as much as.
        cap: The most questions of a session.
    """

    turn: float = 0.1
    read: float = 0.002
    write: float = 0.02
    annoy: float = 0.05
    nat: float = 0.3
    reuses: float = 3.0
    sure: float = 0.8
    least: float = 0.05
    skip: float = 2.0
    cap: int = 5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                raise InputError(
                    f"the stop rule has {field.name}={value!r}; it must be finite and not negative"
                )

    def cost(
        self,
        *,
        read: float = 0.0,
        write: float = 0.0,
        asked: int = 0,
        skipped: int = 0,
        patience: float = 1.0,
    ) -> float:
        """What a question costs now.

        Args:
            read: Words of question and options.
            write: Words that the answer takes to type.
            asked: Questions asked before in this session, skipped ones among them.
            skipped: How many of them were skipped.
            patience: The user's, above 0; see `patience`.

        Returns:
            Logits.
        """
        weighed = asked + (self.skip - 1.0) * skipped
        plain = self.turn + self.read * read + self.write * write + self.annoy * weighed
        return plain / patience

    def decide(
        self, *, value: float, information: float, sure: float, cost: float, asked: int
    ) -> Verdict:
        """Whether the best question pays.

        Args:
            value: Its EVOI, in logits.
            information: What it is expected to say, in nats.
            sure: P(the best candidate is the best), in [0, 1].
            cost: What it costs; see `cost`.
            asked: Questions asked before in this session.
        """
        worth = value * self.reuses
        if asked >= self.cap:
            reason = f"the most questions of a session ({self.cap}) are asked"
            return Verdict(False, reason, worth, cost)
        if worth > cost:
            return Verdict(True, f"worth {worth:.2f}, costs {cost:.2f}", worth, cost)
        if sure < self.sure and information > self.least:
            reason = (
                f"what is best is only {sure:.0%} sure, and it would say {information:.2f} nats"
            )
            return Verdict(True, reason, worth, cost)
        return Verdict(False, f"worth {worth:.2f}, costs {cost:.2f}", worth, cost)


def patience(answered: int, skipped: int, *, rule: StopRule | None = None) -> float:
    """How patient a user is with questions, from how they met earlier ones.

    The share of questions answered, skipped ones counting `skip` times, with four answered ones
    taken on trust.

    Args:
        answered: Questions they answered, ever.
        skipped: Questions they skipped, ever.
        rule: Whose `skip` counts.

    Returns:
        In (0, 1]; costs are divided by it.
    """
    weight = (rule or StopRule()).skip
    return (_HELD + answered) / (_HELD + answered + weight * skipped)
