"""Asks simulated people questions, and measures what is known of them after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

from ...policies.elicit.gaussian import Gaussian, Picked, Rated, Response, learn
from ...policies.reward.threads import one_thread
from .arms import Arm, Asked, Moment
from .world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "QUESTIONS", "Bayesian", "Course", "Learner", "Measures", "run_arm"]

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

    def ask(self, asked: frozenset[str], rng: np.random.Generator) -> Asked:
        """The next question, none of those whose keys are given."""
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
        arm: What chooses the questions.
        items: What can be offered, shape `(n, d)`.
    """

    def __init__(self, prior: Gaussian, arm: Arm, items: Floats) -> None:
        self._prior, self._belief = prior, prior
        self._arm = arm
        self._items = items
        self._responses: list[Response] = []

    def ask(self, asked: frozenset[str], rng: np.random.Generator) -> Asked:
        """See `Learner`."""
        return self._arm(Moment(self._belief, self._items, asked, rng))

    def learn(self, response: Response) -> None:
        """See `Learner`."""
        self._responses.append(response)
        self._belief = learn(self._prior, self._responses)

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
    """One arm's questions to everybody.

    Attributes:
        measures: By name, each of shape `(u, questions + 1)`; the first column is before any.
        nats: How much less unsure each answer left the arm, shape `(u, questions)`.
        milliseconds: To choose each question and to take up its answer, shape `(u, questions)`.
        asked: The questions, one list for each person.
    """

    measures: Mapping[str, Floats]
    nats: Floats
    milliseconds: Floats
    asked: Sequence[Sequence[Asked]]

    def first(self, people: int, questions: int) -> Course:
        """The first people and the first questions to them."""
        return Course(
            measures={name: each[:people, : questions + 1] for name, each in self.measures.items()},
            nats=self.nats[:people, :questions],
            milliseconds=self.milliseconds[:people, :questions],
            asked=[each[:questions] for each in self.asked[:people]],
        )


def run_arm(
    world: World,
    meet: Callable[[Floats, Floats], Learner],
    *,
    seed: int,
    people: int | None = None,
    questions: int = QUESTIONS,
) -> Course:
    """Runs an arm on everybody.

    Args:
        world: The people.
        meet: What asks somebody with these items and fresh items.
        seed: Of the arm's chances and the answers' noise.
        people: Only so many, the first; by default all.
        questions: For each person.
    """
    count = len(world.tastes) if people is None else min(people, len(world.tastes))
    with one_thread():
        return _run(world, meet, seed=seed, count=count, questions=questions)


def _run(
    world: World,
    meet: Callable[[Floats, Floats], Learner],
    *,
    seed: int,
    count: int,
    questions: int,
) -> Course:
    import numpy as np

    rows: list[list[Measures]] = []
    nats, took = np.zeros((count, questions)), np.zeros((count, questions))
    everything: list[list[Asked]] = []
    for person in range(count):
        taste, items, fresh = world.tastes[person], world.items[person], world.fresh[person]
        choosing = np.random.default_rng((seed, person, 0))
        answering = np.random.default_rng((seed, person, 1))
        learner = meet(items, fresh)
        asked: list[Asked] = []
        known = [measure(learner, taste, items, fresh)]
        before = learner.entropy
        for turn in range(questions):
            keys = frozenset(each.key for each in asked)
            began = time.perf_counter()
            question = learner.ask(keys, choosing)
            chosen = time.perf_counter()
            response = answer(question, taste, answering)
            answered = time.perf_counter()
            learner.learn(response)
            took[person, turn] = 1000.0 * (time.perf_counter() - answered + chosen - began)
            asked.append(question)
            nats[person, turn], before = before - learner.entropy, learner.entropy
            known.append(measure(learner, taste, items, fresh))
        rows.append(known)
        everything.append(asked)
    return Course(
        measures={
            name: np.array([[getattr(each, name) for each in known] for known in rows])
            for name in MEASURES
        },
        nats=nats,
        milliseconds=took,
        asked=everything,
    )


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

    first, second = np.triu_indices(len(true), 1)
    apart = np.sign(true[first] - true[second])
    right = np.sign(said[first] - said[second]) == apart
    return float(right[apart != 0].mean()) if (apart != 0).any() else 1.0
