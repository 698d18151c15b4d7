"""Profiles drawn from a seed: sparse weights, wants that go together.

The drawing is that of `prefdisco/people.py`: four traits run through everybody, explain part of
what is wanted of each aspect (`Recipe.correlation`) and of which aspects matter, and a stick broken
at random weighs the few that do. What is added here is a person to hold it: a name, a temper, a
phrase for each preference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.types import Aspect
from .schema import Change, Domain, Preference, Profile, Temperament

if TYPE_CHECKING:
    import numpy as np

    from ..prefdisco.people import Person, Recipe

__all__ = ["generate_profiles"]

_DOMAINS: Mapping[str, Domain] = {
    "trip": "travel",
    "dish": "food",
    "learn": "learning",
    "buy": "shopping",
}
_CALLED = (
    "Abena Ximena Luka Farida Oisin Noor Dae Milena Tariq Solveig Baptiste Keiko Ramon Zuri "
    "Anselm Priya Joost Hana Emeka Ilse Mateus Yara Callum Sunniva"
)
_NAMES = _CALLED.split()
_WHO = (
    "{name} works in {work} and moved to a new town {when}.",
    "{name} is new here. Days are spent in {work}; the rest of the week is nobody's business.",
    "Someone from {work}, who has used an assistant {when} at most.",
    "{name}, from {work}; writes on the phone, often with one thumb.",
)
_WORK = (
    "a bakery",
    "the land registry",
    "a veterinary clinic",
    "a recording studio",
    "bus scheduling",
    "a seed bank",
    "shipbuilding",
    "a call centre",
)
_WHEN = ("last winter", "a few years ago", "once or twice", "in the spring")
_PHRASES = (
    "{name}: {value}, please",
    "as for {name}, I'd go for {value}",
    "{value} when it comes to {name}",
    "{value} is what I want for {name}",
    "with {name} I always end up at {value}",
)
_FEWEST = 0.01
_SESSIONS = 6


def generate_profiles(
    count: int, *, seed: int, recipe: Recipe | None = None, group: int = 3
) -> tuple[Profile, ...]:
    """Draws profiles.

    Args:
        count: How many, at least 1.
        seed: Of the world and of everybody in it; people of one seed share the same correlations.
        recipe: How sparse, correlated and noisy they are; by default as in the prefdisco track.
        group: People of different groups are different people of the same world.

    Returns:
        Profiles that the schema accepts and `profiles_to_yaml` writes.

    Raises:
        InputError: None are asked for.
    """
    import numpy as np

    from ..prefdisco.people import Recipe, World

    if count < 1:
        raise InputError(f"count is {count!r}; it must be 1 or more")
    recipe = recipe or Recipe()
    people = World(recipe, seed=seed).people(count, group=group)
    rng = np.random.default_rng([seed, 4, group])
    return tuple(_profile(person, recipe, seed, group, rng) for person in people)


def _profile(
    person: Person, recipe: Recipe, seed: int, group: int, rng: np.random.Generator
) -> Profile:
    name = str(rng.choice(_NAMES))
    persona = str(rng.choice(_WHO)).format(
        name=name, work=rng.choice(_WORK), when=rng.choice(_WHEN)
    )
    preferences = tuple(
        _preference(aspect, aspect.values[int(wanted)], float(weight), rng)
        for aspect, weight, wanted in zip(
            person.task.aspects, person.weights, person.wanted, strict=True
        )
        if weight > 0
    )
    drift = float(rng.choice([0.0, 0.05]))
    return Profile(
        id=f"drawn-{seed}-{group}-{person.number}",
        name=name,
        domain=_DOMAINS[person.task.name],
        persona=persona,
        temperament=Temperament(
            talk="chatty" if person.chatty else "terse",
            patience="patient" if person.patient else "impatient",
            noise=recipe.slip,
            drift=drift,
        ),
        preferences=preferences,
        changes=_changes(preferences, drift, rng),
    )


def _preference(aspect: Aspect, value: str, weight: float, rng: np.random.Generator) -> Preference:
    return Preference(
        aspect=aspect.key,
        name=aspect.name,
        wants=value,
        others=tuple(each for each in aspect.values if each != value),
        ordered=aspect.ordered,
        values=aspect.values if aspect.ordered else (),
        weight=round(max(weight, _FEWEST), 3),
        in_words=_phrase(aspect.name, value, rng),
    )


def _changes(
    preferences: tuple[Preference, ...], drift: float, rng: np.random.Generator
) -> tuple[Change, ...]:
    """Each preference changes with the chance of drift from a session to the next, once at most."""
    found: list[Change] = []
    for each in preferences:
        changes = [s for s in range(2, _SESSIONS + 1) if rng.random() < drift]
        value = str(rng.choice(each.others))
        if changes:
            found.append(
                Change(
                    from_session=changes[0],
                    aspect=each.aspect,
                    wants=value,
                    in_words=_phrase(each.name, value, rng),
                )
            )
    return tuple(found)


def _phrase(name: str, value: str, rng: np.random.Generator) -> str:
    return str(rng.choice(_PHRASES)).format(name=name, value=value)
