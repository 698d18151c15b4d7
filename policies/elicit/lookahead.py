"""Looks two steps ahead: ask, or answer and learn from how the answer is taken.

A tree over what can be done now and next (after Xie et al., 2024, "Monte Carlo Tree Search Boosts
Reasoning via Iterative Preference Learning", with expected values at its leaves instead of
rollouts, since the posterior gives them). It sees what EVOI of one question misses: two questions
of which neither alone changes what is offered, and a reply whose reception teaches as much as a
question would, at no cost.

All beliefs are over the utilities of a fixed set of rows, where an answer moves means and
covariances by one Newton step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .acquisition import choice_probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Outlook", "Plans", "after", "plan_ahead", "question_values"]


class Outlook(NamedTuple):
    """A belief over the utilities of some rows, options and candidates together.

    Attributes:
        mean: Shape `(n,)`.
        covariance: Shape `(n, n)`.
    """

    mean: Floats
    covariance: Floats


class Plans(NamedTuple):
    """What each plan is expected to gain over answering now and learning nothing, in logits.

    Attributes:
        answer: Answer now and learn from the reaction; not negative.
        ask: Ask each question first, then do the best of what is left, shape `(q,)`.
        one: Ask each question and then answer, without a second question, shape `(q,)`.
    """

    answer: float
    ask: Floats
    one: Floats

    @property
    def best(self) -> int | None:
        """The question to ask, or None if answering now is as good."""
        if not len(self.ask) or float(self.ask.max()) <= self.answer:
            return None
        return int(self.ask.argmax())


def after(outlook: Outlook, options: Sequence[int], picked: int) -> Outlook:
    """The belief after a pick: one Newton step of multinomial logit.

    Args:
        outlook: Before.
        options: Places of the rows to pick from.
        picked: Which of them.
    """
    import numpy as np

    shown = list(options)
    chances = choice_probabilities(outlook.mean[shown])
    curvature = np.diag(chances) - np.outer(chances, chances)
    cross = outlook.covariance[:, shown]
    inner = np.linalg.inv(np.eye(len(shown)) + curvature @ cross[shown])
    residual = -chances
    residual[picked] += 1.0
    mean = outlook.mean + cross @ (inner @ residual)
    return Outlook(mean, outlook.covariance - cross @ (inner @ curvature) @ cross.T)


def question_values(
    outlook: Outlook, questions: Sequence[Sequence[int]], candidates: Sequence[int]
) -> Floats:
    """EVOI of each question: how much the best candidate's mean rises on average.

    Args:
        outlook: The belief.
        questions: Places of the rows that each offers.
        candidates: Places of the rows that can be offered in the end.

    Returns:
        Logits, not negative, shape `(q,)`.
    """
    import numpy as np

    goal = list(candidates)
    now = float(outlook.mean[goal].max())
    gains = np.zeros(len(questions))
    for size in {len(each) for each in questions}:
        places = [place for place, each in enumerate(questions) if len(each) == size]
        shown = np.array([questions[place] for place in places])
        chances = choice_probabilities(outlook.mean[shown])
        curvature = chances[:, :, None] * (np.eye(size) - chances[:, None, :])
        within = outlook.covariance[shown[:, :, None], shown[:, None, :]]
        inner = np.linalg.inv(np.eye(size) + curvature @ within)
        cross = outlook.covariance[np.array(goal)[None, :, None], shown[:, None, :]]
        # Column y of the residual is the unit vector of y less the chances.
        residual = np.eye(size)[None] - chances[:, :, None]
        moved = outlook.mean[goal][None, :, None] + cross @ inner @ residual
        gains[places] = (chances * moved.max(axis=1)).sum(axis=1) - now
    return np.maximum(gains, 0.0)


def plan_ahead(
    outlook: Outlook,
    questions: Sequence[Sequence[int]],
    candidates: Sequence[int],
    *,
    costs: Sequence[float],
    reaction: Sequence[int] | None = None,
    reuses: float = 1.0,
) -> Plans:
    """Values the plans of two steps: answer, ask and answer, ask twice and answer.

    Answering now is taken well or badly, as if compared with an ordinary thing, which teaches for
    the next time; an answer given after questions does so too.

    Args:
        outlook: The belief over options, candidates and the ordinary thing.
        questions: Places of the rows that each offers; a dozen of the best, since all pairs of
            them are tried.
        candidates: Places of the rows that can be offered.
        costs: What each question costs, in logits; the second costs the same.
        reaction: Places of rows of which the answer's reception picks one: the ordinary thing
            (the answer itself comes first, by itself). None if reactions are not read.
        reuses: How many later requests what is learned will serve, besides this one.

    Raises:
        InputError: There is no candidate, costs are not as many as questions, or a number is not
            finite.
    """
    import numpy as np

    if not len(candidates) or len(costs) != len(questions):
        raise InputError(
            f"{len(candidates)} candidates, {len(questions)} questions and {len(costs)} costs; "
            "give at least one candidate, and a cost for each question"
        )
    if not (np.isfinite(outlook.mean).all() and np.isfinite(outlook.covariance).all()):
        raise InputError("the belief holds a number that is not finite; mend what made it")
    price = np.asarray(costs, dtype=np.float64)
    goal = list(candidates)
    worth = 1.0 + reuses

    def reception(belief: Outlook) -> float:
        """What the reaction to answering teaches for later requests."""
        if reaction is None or not reuses:
            return 0.0
        offered = goal[int(belief.mean[goal].argmax())]
        return reuses * float(question_values(belief, [[offered, *reaction]], goal)[0])

    now = float(outlook.mean[goal].max())
    one, ask = np.zeros(len(questions)), np.zeros(len(questions))
    for place, options in enumerate(questions):
        chances = choice_probabilities(outlook.mean[list(options)])
        for picked, chance in enumerate(chances):
            then = after(outlook, options, picked)
            best = float(then.mean[goal].max())
            answered = worth * best + reception(then)
            second = question_values(then, questions, goal)
            second[place] = 0.0
            again = worth * (best + second) - price
            one[place] += chance * answered
            ask[place] += chance * max(answered, float(again.max()))
    return Plans(reception(outlook), ask - price - worth * now, one - price - worth * now)
