"""What the track holds: arms by name, settings of the recipe, worlds and what is known there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...policies.elicit.beliefs import Belief
from ...policies.elicit.tendencies import Tendencies
from .arms import Arm, Fixed, Follow, Never, Ours, Pep, Random, Unfair, Weighty
from .episodes import Course
from .people import Person, Recipe, World, answers_of

__all__ = [
    "AFTER",
    "ASKING",
    "COSTS",
    "EVERY",
    "FLOOR",
    "GENERIC",
    "KNOWS_WEIGHTS",
    "NEVER",
    "ORACLE",
    "OURS",
    "SENSITIVITY_USERS",
    "SETTINGS",
    "SETTINGS_ARMS",
    "Setup",
    "arms_of",
    "costing",
    "course_without_questions",
    "prepare_setup",
]

AFTER = (1, 3, 5)
SENSITIVITY_USERS = 200

NEVER, OURS, KNOWS_WEIGHTS = Never().name, Ours().name, Weighty().name
GENERIC, ORACLE = "generic answer", "oracle"
FLOOR = (GENERIC, ORACLE)
"""Arms that ask nothing: the reply that suits people at large, and the one that suits this one."""

ASKING = (
    NEVER,
    "random",
    "fixed questions",
    "PEP-style",
    "PEP-style, other aspects only",
    "open, then what was named",
    OURS,
    "ours, never asking what matters",
    "ours, not looking ahead",
    KNOWS_WEIGHTS,
    "oracle questions",
)
COSTS: Mapping[str, float] = {
    f"ours, a question costs {cost}": cost for cost in (0.01, 0.02, 0.04, 0.08)
}
EVERY = (*ASKING, *FLOOR, *COSTS)
SETTINGS: Mapping[str, Recipe] = {
    "2 to 4 aspects matter": Recipe(mattering=(2, 4)),
    "5 to 10 aspects matter": Recipe(mattering=(5, 10)),
    "correlation 0.2": Recipe(correlation=0.2),
    "correlation 0.8": Recipe(correlation=0.8),
    "no slips": Recipe(slip=0.0),
    "slips in 15 of 100": Recipe(slip=0.15),
    "terse people name two": Recipe(terse_names=2),
}
SETTINGS_ARMS = (NEVER, "random", "PEP-style", OURS, "oracle questions")

_PEOPLE, _TESTED = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A world, who is tested in it, and what was learned of the others.

    Attributes:
        people: Who is tested.
        priors: What is believed of a stranger, by task.
        orders: Aspects by how many people they matter to, by task.
    """

    people: Sequence[Person]
    priors: Mapping[str, Belief]
    orders: Mapping[str, Sequence[str]]


def prepare_setup(recipe: Recipe, *, seed: int, users: int, population: int) -> Setup:
    """Draws the world and fits what the population tells.

    Args:
        recipe: How people are drawn.
        seed: Of the world and everybody in it.
        users: How many are tested.
        population: How many others answered everything.
    """
    import numpy as np

    world = World(recipe, seed=seed)
    others = world.people(population, group=_PEOPLE)
    priors, orders = {}, {}
    for task in world.tasks:
        answers = answers_of([person for person in others if person.task is task])
        tendencies = Tendencies.fit(task.aspects, answers, seed=seed)
        priors[task.name] = Belief.of(tendencies)
        often = tendencies.shares @ tendencies.matters
        orders[task.name] = [task.aspects[place].key for place in np.argsort(-often)]
    return Setup(people=world.people(users, group=_TESTED), priors=priors, orders=orders)


def arms_of(setup: Setup, *, seed: int) -> Mapping[str, Arm]:
    """The arms that ask, by name."""
    arms: Sequence[Arm] = (
        Never(),
        Random(seed),
        Fixed(setup.orders),
        Pep(),
        Pep("PEP-style, other aspects only", only_others=True),
        Follow(setup.orders),
        Ours(),
        Ours("ours, never asking what matters", opens=0),
        Ours("ours, not looking ahead", looks_ahead=False),
        Weighty(),
        Unfair(),
    )
    return {arm.name: arm for arm in arms}


def costing(name: str) -> Arm:
    """The arm to which a question costs what its name says."""
    return Ours(name, cost=COSTS[name])


def course_without_questions(name: str, person: Person, prior: Belief, *, budget: int) -> Course:
    """What the generic answer, or the one of whoever knows everything, is worth.

    Args:
        name: One of `FLOOR`.
        person: Who is answered.
        prior: What is believed of a stranger.
        budget: How many questions the other arms may ask.
    """
    generic = prior.best()
    reply = generic
    if name == ORACLE:
        reply = {a.key: a.values[w] for a, w in zip(person.aspects, person.wanted, strict=True)}

    def worth(values: Mapping[str, str]) -> float:
        return person.alignment([a.values.index(values[a.key]) for a in person.aspects])

    return Course(
        person=person,
        alignments=(worth(reply),) * (budget + 1),
        generic=worth(generic),
        history=(),
        chosen=(),
        disclosures=(),
        reply=reply,
        stop="arm",
    )
