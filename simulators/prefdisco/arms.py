"""The arms of the track: who asks what next.

All arms but the first two compose the reply from the same belief, so that they differ in their
questions only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...policies.elicit.beliefs import Belief
from ...policies.elicit.weighing import score
from ..users.gate import OPEN, Asked
from .people import Person

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Arm",
    "Chosen",
    "Fixed",
    "Follow",
    "Never",
    "Ours",
    "Pep",
    "Random",
    "Situation",
    "Unfair",
    "Weighty",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an arm may look at when it chooses a question.

    Attributes:
        person: Whose episode it is; only the two oracles look beyond its number and task.
        belief: What is known so far.
        history: What was asked and said, oldest first, the request's own words among it.
        left: How many questions may still be asked, this one included.
    """

    person: Person
    belief: Belief
    history: Sequence[Asked]
    left: int

    @property
    def open(self) -> list[str]:
        """Aspects that were neither asked about nor answered."""
        done = {each.question for each in self.history}
        return [a.key for a in self.belief.tendencies.aspects if a.key not in done]

    @property
    def opened(self) -> int:
        """How often it was asked what matters most, or what else does."""
        return sum(each.question == OPEN for each in self.history)


class Chosen(NamedTuple):
    """What an arm chose to do.

    Attributes:
        question: Key of an aspect, or `OPEN`; None answers.
        worth: What the question is worth to the arm, on its own scale, if it reckons that.
        failures: What went wrong in choosing, by kind.
    """

    question: str | None
    worth: float | None = None
    failures: Mapping[str, int] = MappingProxyType({})


class Arm(Protocol):
    """Chooses questions."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    async def choose(self, now: Situation) -> Chosen:
        """The next question, or the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Never:
    """Never asks."""

    name: str = "never ask"

    async def choose(self, now: Situation) -> Chosen:
        return Chosen(None)


@dataclass(frozen=True, slots=True)
class Random:
    """Asks about any aspect."""

    seed: int
    name: str = "random"

    async def choose(self, now: Situation) -> Chosen:
        import numpy as np

        if not now.open:
            return Chosen(None)
        rng = np.random.default_rng([self.seed, 3, now.person.number, len(now.history)])
        return Chosen(str(rng.choice(now.open)))


@dataclass(frozen=True, slots=True)
class Fixed:
    """Asks everybody about the aspects that matter to the most people, in that order."""

    orders: Mapping[str, Sequence[str]]
    name: str = "fixed questions"

    async def choose(self, now: Situation) -> Chosen:
        done = {each.question for each in now.history}
        order = self.orders[now.person.task.name]
        return Chosen(next((key for key in order if key not in done), None))


@dataclass(frozen=True, slots=True)
class Pep:
    """PEP-style: correlations of the population, and the most information gained.

    After `select_binary_ig` in the authors' code (github.com/stellalisy/PrefDisco, folder `pep`),
    which asks about what tells most of which other aspects matter. Here the answer's value counts
    too, and so does what it tells of its own aspect: without either it does worse.

    Attributes:
        name: What reports call it.
        only_others: Count only what an answer tells of whether the other aspects matter.
    """

    name: str = "PEP-style"
    only_others: bool = False

    async def choose(self, now: Situation) -> Chosen:
        keys = [aspect.key for aspect in now.belief.tendencies.aspects]
        open_to = set(now.open)
        found = information(now.belief, only_others=self.only_others).round(12).tolist()
        best = [(gain, -place) for place, gain in enumerate(found) if keys[place] in open_to]
        if not best:
            return Chosen(None)
        gain, place = max(best)
        return Chosen(keys[-place], gain)


def information(belief: Belief, *, only_others: bool = False) -> Floats:
    """What an answer about each aspect tells of all aspects, in nats, shape `(J,)`.

    Args:
        belief: What is known of the user.
        only_others: Count only whether the other aspects matter, and not what is wanted.
    """
    import numpy as np

    count, width = belief.likely.shape[:2]
    kinds = len(belief.types)
    given = belief.given_type.sum(axis=2) if only_others else belief.given_type
    given = given.reshape(kinds, count, -1)
    # P(type, answer), one row for each aspect and answer.
    said = np.einsum("kjvm,jvma->kja", belief.given_type, belief.tables)
    rows = (belief.types[:, None, None] * said).reshape(kinds, -1).T
    chances = rows.sum(axis=1)
    after = (rows @ given.reshape(kinds, -1)).reshape(-1, count, given.shape[2])
    aspect = np.repeat(np.arange(count), width + 1)
    own = np.einsum("jvm,jvma->javm", belief.chances, belief.tables).reshape(len(aspect), width, 2)
    after[np.arange(len(aspect)), aspect] = (
        0.0 if only_others else own.reshape(len(aspect), 2 * width)
    )
    after /= np.maximum(chances, 1e-300)[:, None, None]
    left = -(after * np.log(np.maximum(after, 1e-300))).sum(axis=(1, 2))
    expected = np.zeros(count)
    np.add.at(expected, aspect, chances * left)
    now = np.tensordot(belief.types, given, axes=1)
    entropy = -(now * np.log(np.maximum(now, 1e-300))).sum(axis=1)
    before = entropy.sum() - (entropy if only_others else 0.0)
    return np.asarray(before - expected)


@dataclass(frozen=True, slots=True)
class Follow:
    """A rule of thumb: ask what matters most, then about what was named, then about the usual."""

    orders: Mapping[str, Sequence[str]]
    name: str = "open, then what was named"

    async def choose(self, now: Situation) -> Chosen:
        if not now.opened:
            return Chosen(OPEN)
        named = [name for each in now.history for name in each.names]
        done = {each.question for each in now.history}
        wanted = [*named, *self.orders[now.person.task.name]]
        return Chosen(next((key for key in wanted if key not in done), None))


@dataclass(frozen=True, slots=True)
class Ours:
    """The product's policy: the value of an answer to the reply, with a look ahead.

    Attributes:
        name: What reports call it.
        opens: How often it may ask what matters.
        looks_ahead: Plan for the questions after this one.
        cost: What a question costs; by default nothing, so that it asks as long as an answer may
            change the reply.
    """

    name: str = "ours"
    opens: int = 2
    looks_ahead: bool = True
    cost: float = 0.0

    async def choose(self, now: Situation) -> Chosen:
        open_to = set(now.open)
        found = score(
            now.belief,
            askable=[a.key in open_to for a in now.belief.tendencies.aspects],
            may_open=now.opened < self.opens,
            next_costs=(self.cost,) * (now.left - 1 if self.looks_ahead else 0),
        )
        if not found:
            return Chosen(None)
        best = found[0]
        return Chosen(best.key if best.worth > max(self.cost, 1e-9) else None, best.worth)


@dataclass(frozen=True, slots=True)
class Weighty:
    """Knows how much each aspect matters to the person, but not what they want of it."""

    name: str = "oracle of what matters"

    async def choose(self, now: Situation) -> Chosen:
        weights, done = now.person.weights, {each.question for each in now.history}
        left = [
            (float(weights[place]), -place)
            for place, aspect in enumerate(now.person.task.aspects)
            if aspect.key not in done
        ]
        weight, place = max(left)
        return Chosen(now.person.task.aspects[-place].key if weight > 0 else None, weight)


@dataclass(frozen=True, slots=True)
class Unfair:
    """Knows the person, and asks about what would mend the reply most: the ceiling of questions."""

    name: str = "oracle questions"

    async def choose(self, now: Situation) -> Chosen:
        person, best = now.person, now.belief.best()
        done = {each.question for each in now.history}
        gains = [
            (
                person.weights[place] * (1 - person.grades[place, a.values.index(best[a.key])]),
                -place,
            )
            for place, a in enumerate(person.task.aspects)
            if a.key not in done
        ]
        gain, place = max(gains)
        return Chosen(person.task.aspects[-place].key if gain > 0 else None, float(gain))
