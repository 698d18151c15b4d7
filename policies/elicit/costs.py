"""The constants of the decision whether to ask, in one place, and what a question costs."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError

__all__ = ["Costs", "Patience"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a user took the questions that they were asked so far, in all sessions.

    Attributes:
        answered: Questions that were answered.
        skipped: Questions that were skipped or passed over.
    """

    answered: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The constants of the decision, on the scale of a reply's fit: 1 is all that is at stake.

    The stop rule of active elicitation: ask while the expected value of information, for every
    time the answer will serve, exceeds `turn + annoy x asked + read x words`. A single answer
    often changes no reply by itself, so that a question which falls a little short is asked all
    the same while the best reply is likely wrong somewhere and the question tells much.

    Attributes:
        turn: What any question costs: the answer comes a turn later.
        annoy: What each question asked before in this session adds; one that was skipped adds it
            twice.
        read: What each word of question and options adds.
        skim: What each word of a draft to pick from adds.
        most_at_stake: Importance that the aspects of a request may have together before each of
            them counts for less: a reply to a request with two or three aspects hinges on each,
            one with thirty on few.
        hard: How much more a wrong guess weighs where it does harm.
        related: Chance that an aspect is still unknown when memory only knows something near.
        reuses: How often an answer that lasts is expected to serve; one that holds for an
            occasion serves once.
        sure: P(the best reply gets nothing wrong that matters) from which it is good enough.
        least_eig: Information in nats from which a question tells much.
        stretch: By what factor the worth of such a question may fall short of its cost.
        trial: How many questions a user must take before their patience counts as much as
            everybody's.
        most_patience: The least that patience leaves of a question's cost.
        least_patience: The most that impatience multiplies it by.
    """

    turn: float = 0.23
    annoy: float = 0.1
    read: float = 0.003
    skim: float = 0.0015
    most_at_stake: float = 2.5
    hard: float = 3.0
    related: float = 0.35
    reuses: float = 1.2
    sure: float = 0.8
    least_eig: float = 0.05
    stretch: float = 1.05
    trial: float = 4.0
    most_patience: float = 0.8
    least_patience: float = 2.5

    def __post_init__(self) -> None:
        for name in ("turn", "annoy", "read", "skim", "least_eig"):
            if not getattr(self, name) >= 0.0:
                raise InputError(f"{name} is {getattr(self, name)!r}; a cost is 0 or more")
        for name in ("hard", "reuses", "stretch", "most_at_stake"):
            if not getattr(self, name) >= 1.0:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be 1 or more")

    def of(self, words: int, asked: int, patience: Patience) -> float:
        """What a question costs.

        Args:
            words: Words of the question and its options.
            asked: Questions asked before in this session, skipped ones counted twice.
            patience: How the user took questions so far.
        """
        interruption = self.turn + self.annoy * asked
        return interruption * self.impatience(patience) + self.read * words

    def impatience(self, patience: Patience) -> float:
        """The factor on what an interruption costs: 1 for someone new.

        A skipped question raises it twice as much as an answered one lowers it.
        """
        skipped = self.trial + 2.0 * patience.skipped
        factor = skipped / (self.trial + patience.answered)
        return min(max(factor, self.most_patience), self.least_patience)
