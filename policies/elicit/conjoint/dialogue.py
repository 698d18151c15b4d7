"""Scores whole conversations by what they left out of reach, and what they cost.

Regret as the measure of behaviour that people judge by (Knox et al., 2024, "Models of human
preference for learning reward functions"): `V*(s₀) - ΣR - V*(s_T)`, here with what questions cost
in the rewards, which that paper does not have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ....errors import InputError

__all__ = ["Exchange", "dialogue_regret", "prefer_dialogue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of a conversation, from asking to the answer.

    Attributes:
        best: Utility of the best answer that could have been given, in logits.
        given: Utility of the answer that was given; None if the conversation ended before.
        reachable: Utility of the best answer that could still be given, where none was given.
            None says that nothing can be given any more, as when the user left.
        costs: What each question cost, in logits.
    """

    best: float
    given: float | None
    reachable: float | None = None
    costs: tuple[float, ...] = ()


def dialogue_regret(conversation: Sequence[Exchange], *, worst: float = 0.0) -> float:
    """How far a conversation fell short of the best one, in logits.

    The best one gives the best answer to every request at once and asks nothing. What an unfinished
    conversation can still reach is not held against it; what it has made unreachable is.

    Args:
        conversation: All requests, in order.
        worst: Utility of no answer at all.

    Returns:
        Not negative; 0 for the best conversation.

    Raises:
        InputError: A number is not finite, an answer is better than the best, or a cost is
            negative.
    """
    total = 0.0
    for place, each in enumerate(conversation):
        reached = each.given
        if reached is None:
            reached = each.reachable if each.reachable is not None else worst
        numbers = (each.best, reached, worst, *each.costs)
        if not all(map(math.isfinite, numbers)) or min(each.costs, default=0.0) < 0:
            raise InputError(
                f"exchange {place} has best={each.best!r}, given={each.given!r}, "
                f"reachable={each.reachable!r} and costs={each.costs!r}; they must be finite, and "
                "costs not negative"
            )
        if reached > each.best + 1e-9:
            raise InputError(
                f"exchange {place} reached {reached!r}, better than the best, {each.best!r}; give "
                "the utility of the best answer there is"
            )
        total += max(0.0, each.best - reached) + sum(each.costs)
    return total


def prefer_dialogue(first: float, second: float) -> float:
    """P(the first of two conversations is preferred), from their regrets: `σ(reg₂ - reg₁)`.

    Args:
        first: Regret of the first, in logits.
        second: Of the second.
    """
    return 0.5 * (1.0 + math.tanh(0.5 * (second - first)))
