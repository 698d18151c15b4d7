"""Asks one simulated person questions, and measures what is known of them after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...policies.elicit.gaussian import Gaussian, Picked, Rated, Response, learn
from ...policies.reward.threads import one_thread
from .arms import Arm, Asked, Moment
from .world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "QUESTIONS", "Bayesian", "Course", "Learner", "Measures", "answer", "hold"]

QUESTIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How well a person is known.

    Attributes:
        accuracy: Share of all pairs of their items that are ordered rightly; a tie is wrong.
        fresh_accuracy: The same for items that no question was about.
        regret: How far the item that would be offered falls short of their best, on the scale
            from their worst item, 0, to their best, 1.
        regret_over_average: The same from their average item, 0, to their best, 1.
        regret_logits: The same in logits.
    """

    accuracy: float
    fresh_accuracy: float
    regret: float
    regret_over_average: float
    regret_logits: float


MEASURES = tuple(field.name for field in fields(Measures))


class Learner(Protocol):
    """What asks one person, and learns from the answers."""

    def ask(self, asked: frozenset[str], rng: np.random.Generator) -> Asked | None:
        """The next question, none of those whose keys are given; None leaves the person alone."""
        ...

    def learn(self, response: Response) -> None:
        """Takes up an answer."""
        ...

    def utilities(self, rows: Floats) -> Floats:
        """What is believed of items or fresh items on average, shape `(n,)`."""
        ...

    @property
    def entropy(self) -> float:
        """How unsure it is, in nats, up to a constant; not a number if it cannot say."""
        ...


class Bayesian:
    """An arm on a belief that starts from a prior.

    Args:
        prior: What is believed of somebody new.
        arm: What chooses the questions; None never asks, and knows the prior.
        items: What can be offered, shape `(n, d)`.
    """

    def __init__(self, prior: Gaussian, arm: Arm | None, items: Floats) -> None:
        self._prior, self._belief = prior, prior
        self._arm = arm
        self._items = items
        self._responses: list[Response] = []

    def ask(self, asked: frozenset[str], rng: np.random.Generator) -> Asked | None:
        """See `Learner`."""
        if self._arm is None:
            return None
        return self._arm(Moment(self._belief, self._items, asked, rng))

    def learn(self, response: Response) -> None:
        """See `Learner`."""
        self._responses.append(response)
        self._belief = learn(self._prior, self._responses, near=self._belief)

    def utilities(self, rows: Floats) -> Floats:
        """See `Learner`."""
        import numpy as np

        return np.asarray(rows @ self._belief.mean)

    @property
    def entropy(self) -> float:
        """See `Learner`."""
        import numpy as np

        values = np.linalg.eigvalsh(self._belief.matrix)
        return 0.5 * float(np.log(np.maximum(values, 1e-12)).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """One arm's questions to one person.

    Attributes:
        known: What was known before any question and after each, `questions + 1` of them.
        nats: How much less unsure each answer left the arm.
        milliseconds: To choose each question and to take up its answer.
        asked: The questions; none if the arm never asks.
        answers: What was said to each: the place of a pick, or a rating.
    """

    known: Sequence[Measures]
    nats: Sequence[float]
    milliseconds: Sequence[float]
    asked: Sequence[Asked]
    answers: Sequence[float]


class _Turn(NamedTuple):
    """A question, what was said to it, and how long the arm took, in milliseconds."""

    question: Asked
    response: Response
    took: float


def hold(
    world: World,
    person: int,
    meet: Callable[[Floats, Floats], Learner],
    *,
    seed: int,
    questions: int = QUESTIONS,
) -> Course:
    """Has one person asked.

    Args:
        world: The people.
        person: Which of them, from 0.
        meet: What asks somebody with these items and fresh items.
        seed: Of the arm's chances and the answers' noise, which differ by person and not by arm.
        questions: How many.
    """
    with one_thread():
        return _hold(world, person, meet, seed=seed, questions=questions)


def _hold(
    world: World,
    person: int,
    meet: Callable[[Floats, Floats], Learner],
    *,
    seed: int,
    questions: int,
) -> Course:
    import numpy as np

    taste, items, fresh = world.tastes[person], world.items[person], world.fresh[person]
    choosing = np.random.default_rng((seed, person, 0))
    answering = np.random.default_rng((seed, person, 1))
    learner = meet(items, fresh)
    turns: list[_Turn] = []
    keys: frozenset[str] = frozenset()
    known = [measure(learner, taste, items, fresh)]
    nats: list[float] = []
    before = learner.entropy
    for _ in range(questions):
        began = time.perf_counter()
        question = learner.ask(keys, choosing)
        chosen = time.perf_counter()
        if question is None:
            known.append(known[-1])
            continue
        response = answer(question, taste, answering)
        answered = time.perf_counter()
        learner.learn(response)
        took = 1000.0 * (time.perf_counter() - answered + chosen - began)
        turns.append(_Turn(question, response, took))
        keys |= {question.key}
        after = learner.entropy
        nats.append(before - after)
        before = after
        known.append(measure(learner, taste, items, fresh))
    return Course(
        known=known,
        nats=nats,
        milliseconds=[turn.took for turn in turns],
        asked=[turn.question for turn in turns],
        answers=[
            float(
                turn.response.picked if isinstance(turn.response, Picked) else turn.response.value
            )
            for turn in turns
        ],
    )


def _said(response: Response) -> float:
    return float(response.picked) if isinstance(response, Picked) else response.value


def answer(question: Asked, taste: Floats, rng: np.random.Generator) -> Response:
    """What a person with a taste says: a noisy pick (logistic), or a noisy rating."""
    import numpy as np

    utilities = question.rows @ taste
    # As many draws whatever the form, so that arms meet the same luck.
    gumbel, normal = rng.gumbel(size=8), float(rng.standard_normal())
    if question.noise is not None:
        value = float(utilities[0]) + question.noise * normal
        return Rated(question.rows[0], value, question.noise)
    return Picked(question.rows, int(np.argmax(utilities + gumbel[: len(utilities)])))


def measure(learner: Learner, taste: Floats, items: Floats, fresh: Floats) -> Measures:
    """Measures what a learner believes against a true taste.

    Args:
        learner: What asked.
        taste: What is true, shape `(d,)`.
        items: Shape `(n, d)`.
        fresh: Other items, shape `(m, d)`.
    """
    true, said = items @ taste, learner.utilities(items)
    lost = float(true.max() - true[int(said.argmax())])
    return Measures(
        accuracy=_ordered(said, true),
        fresh_accuracy=_ordered(learner.utilities(fresh), fresh @ taste),
        regret=lost / max(float(true.max() - true.min()), 1e-12),
        regret_over_average=lost / max(float(true.max() - true.mean()), 1e-12),
        regret_logits=lost,
    )


def _ordered(said: Floats, true: Floats) -> float:
    """Share of pairs ordered as they truly are; pairs that are truly equal do not count."""
    import numpy as np

    first, second = _pairs(len(true))
    apart = np.sign(true[first] - true[second])
    right = np.sign(said[first] - said[second]) == apart
    return float(right[apart != 0].mean()) if (apart != 0).any() else 1.0


@lru_cache(maxsize=8)
def _pairs(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of the first and the second of all pairs."""
    import numpy as np

    first, second = np.triu_indices(count, 1)
    return first, second
