"""People with hidden, sparse preferences over the aspects of a task, drawn by code from a seed.

What is drawn, and what the defaults of `Recipe` mean:

- Four traits run through everybody, standard normal. Half the variance of what someone wants of an
  aspect comes from the traits (`correlation`), along a direction that is the same for all people;
  the other half is their own. An ordered aspect cuts that number at thresholds; for others the
  value with the largest such number is wanted.
- Of the 24 aspects of a task, 3 to 6 matter to a person (`mattering`); which, depends on the aspect
  (some matter more often than others), on the traits, and on chance. Their weights are a stick
  broken at random; all others weigh nothing.
- Half of the people are persona users: one value is wanted, the next of an ordered one serves half
  as well. Half are utility users: every value has a utility of its own, and they answer by a noisy
  logistic choice, so that two near values are easily confused.
- An answer is any value at all in one of twenty cases (`slip`). Someone to whom an aspect does not
  matter says so in seven of ten cases and else names a value all the same; someone to whom it does
  says that they do not mind in one of twenty.
- Half are terse: asked what matters most, or what else does, they name one aspect; the others are
  chatty and name three, and in three of ten cases say one thing unasked with their request. The
  weightier aspects are likelier to come first; one name in fifty is astray. Half are patient.

The population that arms may learn from are other people of the same world, who answered every
question of the task, as noisily; nobody of them is tested on. None of this is a mixture of types,
which is what the tested policy assumes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...policies.elicit.answering import INDIFFERENT
from ...policies.elicit.tendencies import Answers
from ...policies.types import Aspect
from .tasks import Task, load_tasks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Person", "Recipe", "World", "answers_of"]

_TRAITS = 4
_CONFUSION = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The parameters of the generator.

    Attributes:
        mattering: The fewest and the most aspects of a task that matter to a person.
        correlation: Share of the variance of a want that traits explain, in [0, 1).
        slip: P(an answer is any value at all).
        candour: P("I don't mind" | the aspect does not matter).
        shrug: P("I don't mind" | it does).
        terse_names: Aspects that a terse person names when asked what matters most.
        chatty_names: Aspects that a chatty person names.
        volunteers: P(a chatty person says one thing with the request).
        stray: P(a named aspect is one drawn at random).
    """

    mattering: tuple[int, int] = (3, 6)
    correlation: float = 0.5
    slip: float = 0.05
    candour: float = 0.7
    shrug: float = 0.05
    terse_names: int = 1
    chatty_names: int = 3
    volunteers: float = 0.3
    stray: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Person:
    """What one person wants of one task, and how they will answer; all hidden from the arms.

    A gate can stand before them: they follow `Guarded`.

    Attributes:
        number: Who it is.
        task: The task.
        kind: "persona" or "utility".
        chatty: Names much and volunteers.
        patient: Bears many questions.
        weights: How much each aspect matters, shape `(J,)`, sums to 1; most are 0.
        wanted: Place of the value wanted of each aspect, shape `(J,)`.
        grades: How well each value serves, in [0, 1], shape `(J, V)`.
        answers: What they will say to a question about each aspect: a place or `INDIFFERENT`.
        names: The aspects they name when asked what matters, in their order.
        names_at_once: How many of these they name at a time.
        volunteered: The aspect on which they say what they want with the request, if any.
        skips: Whether they pass over the first, second, … question, shape `(questions,)`.
    """

    number: int
    task: Task
    kind: str
    chatty: bool
    patient: bool
    weights: Floats
    wanted: NDArray[np.int64]
    grades: Floats
    answers: NDArray[np.int64]
    names: tuple[int, ...]
    names_at_once: int
    volunteered: int | None
    skips: NDArray[np.bool_]

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What may be asked about."""
        return self.task.aspects

    def alignment(self, reply: Sequence[int] | NDArray[np.int64]) -> float:
        """PrefAlign of a reply: the weighted mean of how well each aspect's value serves."""
        import numpy as np

        rows = np.arange(len(self.weights))
        return float(self.weights @ self.grades[rows, np.asarray(reply)])


class World:
    """How traits show in wants: the same for everybody, drawn once.

    Args:
        recipe: The parameters.
        seed: Of the world and of everybody in it.
    """

    def __init__(self, recipe: Recipe, *, seed: int) -> None:
        import numpy as np

        self.recipe = recipe
        self.seed = seed
        low, high = recipe.mattering
        self.tasks = load_tasks(importance=(low + high) / 2 / 24)
        rng = np.random.default_rng([seed, 1])
        self._pulls: dict[str, Floats] = {}
        self._cuts: dict[str, Floats] = {}
        self._matters: dict[str, Floats] = {}
        for task in self.tasks:
            for aspect in task.aspects:
                if aspect.key in self._pulls:
                    continue
                size = len(aspect.values)
                pulls = rng.standard_normal((1 if aspect.ordered else size, _TRAITS))
                self._pulls[aspect.key] = pulls / np.linalg.norm(pulls, axis=1, keepdims=True)
                shares = rng.dirichlet(np.full(size, 3.0))
                self._cuts[aspect.key] = _quantiles(np.cumsum(shares)[:-1])
                self._matters[aspect.key] = np.concatenate(
                    [rng.normal(0.0, 0.8, 1), rng.normal(0.0, 0.35, _TRAITS)]
                )

    def people(self, count: int, *, group: int, questions: int = 8) -> list[Person]:
        """Draws people, each with one task in turn.

        Args:
            count: How many.
            group: A number of their own: people of different groups are different people.
            questions: Up to how many questions their patience is drawn for.
        """
        import numpy as np

        rng = np.random.default_rng([self.seed, 2, group])
        return [
            self._person(number, self.tasks[number % len(self.tasks)], rng, questions)
            for number in range(count)
        ]

    def _person(self, number: int, task: Task, rng: np.random.Generator, questions: int) -> Person:
        import numpy as np

        recipe = self.recipe
        traits = rng.standard_normal(_TRAITS)
        kind = "persona" if rng.random() < 0.5 else "utility"
        chatty, patient = rng.random() < 0.5, rng.random() < 0.5
        count = len(task.aspects)
        width = max(len(aspect.values) for aspect in task.aspects)
        wanted = np.zeros(count, dtype=np.int64)
        grades = np.zeros((count, width))
        answers = np.zeros(count, dtype=np.int64)
        drawn = np.zeros(count)
        for place, aspect in enumerate(task.aspects):
            size = len(aspect.values)
            shared = self._pulls[aspect.key] @ traits
            own = rng.standard_normal(shared.shape)
            score = np.sqrt(recipe.correlation) * shared + np.sqrt(1 - recipe.correlation) * own
            if aspect.ordered:
                wanted[place] = int((score[0] > self._cuts[aspect.key]).sum())
            else:
                wanted[place] = int(score.argmax())
            grades[place, :size] = _grades(size, int(wanted[place]), aspect.ordered, kind, rng)
            matters = self._matters[aspect.key]
            drawn[place] = matters[0] + matters[1:] @ traits + rng.gumbel()
        chosen = np.argsort(-drawn)[: rng.integers(recipe.mattering[0], recipe.mattering[1] + 1)]
        weights = np.zeros(count)
        weights[chosen] = rng.dirichlet(np.ones(len(chosen)))
        for place, aspect in enumerate(task.aspects):
            answers[place] = _answer(recipe, grades[place, : len(aspect.values)], kind, rng)
            if rng.random() < (recipe.shrug if weights[place] > 0 else recipe.candour):
                answers[place] = INDIFFERENT
        wish = rng.random() < recipe.volunteers
        return Person(
            number=number,
            task=task,
            kind=kind,
            chatty=bool(chatty),
            patient=bool(patient),
            weights=weights,
            wanted=wanted,
            grades=grades,
            answers=answers,
            names=_names(recipe, weights, rng),
            names_at_once=recipe.chatty_names if chatty else recipe.terse_names,
            volunteered=int(rng.choice(count, p=weights)) if chatty and wish else None,
            skips=rng.random(questions) < (0.02 if patient else 0.1),
        )


def answers_of(people: Sequence[Person]) -> Answers:
    """What people of one task say when each is asked everything."""
    import numpy as np

    named = np.zeros((len(people), len(people[0].weights)), dtype=bool)
    for row, person in zip(named, people, strict=True):
        row[list(person.names[: person.names_at_once])] = True
    return Answers(np.stack([person.answers for person in people]), named)


def _grades(size: int, wanted: int, ordered: bool, kind: str, rng: np.random.Generator) -> Floats:
    """How well each value serves: 1 for the one wanted, 0 for the worst."""
    import numpy as np

    steps = np.abs(np.arange(size) - wanted)
    plain = 1.0 - steps / (size - 1) if ordered else (steps == 0).astype(np.float64)
    if kind == "persona":
        return np.asarray(plain)
    # A steeper or flatter fall for each person, and others that are not quite useless.
    grades = plain ** rng.uniform(0.7, 1.5) if ordered else plain
    grades = np.where(steps == 0, 1.0, np.minimum(0.9, grades + rng.uniform(0.0, 0.3, size)))
    low = grades.min()
    return np.asarray((grades - low) / (1.0 - low))


def _answer(recipe: Recipe, grades: Floats, kind: str, rng: np.random.Generator) -> int:
    import numpy as np

    slipped = rng.random() < recipe.slip
    if slipped:
        return int(rng.integers(len(grades)))
    if kind == "persona":
        return int(grades.argmax())
    chances = np.exp((grades - 1.0) / _CONFUSION)
    return int(rng.choice(len(grades), p=chances / chances.sum()))


def _names(recipe: Recipe, weights: Floats, rng: np.random.Generator) -> tuple[int, ...]:
    """Aspects named when asked what matters, the weightier ones likelier and sooner."""
    left = weights.copy()
    names: list[int] = []
    while left.sum() > 0:
        if rng.random() < recipe.stray:
            name = int(rng.integers(len(weights)))
        else:
            name = int(rng.choice(len(weights), p=left / left.sum()))
        left[name] = 0.0
        if name not in names:
            names.append(name)
    return tuple(names)


def _quantiles(shares: Floats) -> Floats:
    """Standard normal quantiles."""
    from statistics import NormalDist

    import numpy as np

    return np.array([NormalDist().inv_cdf(float(min(max(s, 1e-6), 1 - 1e-6))) for s in shares])
