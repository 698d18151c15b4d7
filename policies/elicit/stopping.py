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
    """Asks while `EVOI · reuses` exceeds the cost, or much is at stake that it would clear up.

    The value of one question can be 0 where that of two is not, since no single answer changes what
    is offered. So one that falls short is asked all the same while the best candidate is less than
    `sure` to be the best, an answer says more than `least` nats, and what is at stake (how much
    better the truly best is expected to be), times the share of what is unclear that the answer
    clears up, times `hope` and the reuses, exceeds the cost. Without that last condition a rule
    asks until its cap, since among many items the best is seldom sure: in `penchant eval elicit`
    that costs twice as much and offers nothing better.

    Costs are in logits of utility: an item that is 0.1 logits better is preferred 52 times in 100.

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
        hope: How much of what an answer would clear up is counted on.
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
    hope: float = 0.5
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
        self,
        *,
        value: float,
        information: float,
        sure: float,
        cost: float,
        asked: int,
        at_stake: float | None = None,
        unclear: float = 0.0,
    ) -> Verdict:
        """Whether the best question pays.

        Args:
            value: Its EVOI, in logits.
            information: What it is expected to say, in nats.
            sure: P(the best candidate is the best), in [0, 1].
            cost: What it costs; see `cost`.
            asked: Questions asked before in this session.
            at_stake: How much better than the best candidate the truly best one is expected to be,
                in logits. None where there is nothing to offer, only something to learn: then
                costs do not count.
            unclear: Entropy of which candidate is the best, in nats.
        """
        worth = value * self.reuses
        if asked >= self.cap:
            reason = f"the most questions of a session ({self.cap}) are asked"
            return Verdict(False, reason, worth, cost)
        if worth > cost:
            return Verdict(True, f"worth {worth:.2f}, costs {cost:.2f}", worth, cost)
        if sure < self.sure and information > self.least:
            if at_stake is None:
                return Verdict(True, f"it would say {information:.2f} nats", worth, cost)
            cleared = min(1.0, information / unclear) if unclear > 0.0 else 0.0
            hoped = self.hope * self.reuses * at_stake * cleared
            if hoped > cost:
                reason = f"only {sure:.0%} sure what is best; it would clear up {cleared:.0%} of it"
                return Verdict(True, reason, max(worth, hoped), cost)
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
