"""How tempers show in numbers: what is named, what is skipped, what is borne, what drifts.

The numbers are assumed, not fitted; they are those of the people of `prefdisco/people.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...errors import InputError
from ..profiles.schema import Preference, Profile, Temperament
from ..runner.seeds import derive

__all__ = ["TEMPERAMENTS", "Manner", "drifted", "manner_of", "tempered"]

TEMPERAMENTS: Mapping[str, Temperament] = MappingProxyType(
    {
        "terse": Temperament(talk="terse", patience="patient"),
        "chatty": Temperament(talk="chatty", patience="patient"),
        "impatient": Temperament(talk="terse", patience="impatient"),
        "noisy": Temperament(talk="chatty", patience="patient", noise=0.2),
        "drifting": Temperament(talk="chatty", patience="patient", drift=0.15),
    }
)
"""Tempers by name, for runs that put the same people through each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """A temper in numbers.

    Attributes:
        names_at_once: Aspects named when asked what matters.
        volunteers: P(one thing is said unasked with the request).
        skips: P(a question is passed over).
        noise: P(an answer is any value at all).
    """

    names_at_once: int
    volunteers: float
    skips: float
    noise: float


def manner_of(temperament: Temperament) -> Manner:
    """A temper in numbers; how many questions are borne is the gate's."""
    chatty = temperament.talk == "chatty"
    return Manner(
        names_at_once=3 if chatty else 1,
        volunteers=0.3 if chatty else 0.0,
        skips=0.02 if temperament.patience == "patient" else 0.1,
        noise=temperament.noise,
    )


def tempered(profile: Profile, name: str) -> Profile:
    """The same person with another temper.

    Args:
        profile: The person.
        name: One of `TEMPERAMENTS`.

    Raises:
        InputError: There is no such temper.
    """
    if name not in TEMPERAMENTS:
        raise InputError(f"no temperament {name!r}; there are {sorted(TEMPERAMENTS)!r}")
    return profile.model_copy(update={"temperament": TEMPERAMENTS[name]})


def drifted(profile: Profile, session: int, *, seed: int) -> Profile:
    """The profile as it stands in a session: with its changes, and with what drifted by itself.

    From one session to the next each preference moves with the chance `drift`: an ordered one to
    the next value, another to any. What the file changes in a session holds from there on and may
    drift again. Sessions agree: what holds in the third is where the fourth starts. What must be
    met (`hard`) does not drift.

    Args:
        profile: The person.
        session: From 1.
        seed: Of what drifts.

    Returns:
        A profile without changes.

    Raises:
        InputError: The session is before the first.
    """
    if session < 1:
        raise InputError(f"session is {session!r}; the first is 1")
    held = {(each.aspect, each.occasion): each for each in profile.preferences}
    for number in range(2, session + 1):
        for place, preference in held.items():
            draw = derive(seed, profile.id, "drift", number, *place)
            if not preference.hard and draw % 10_000 < profile.temperament.drift * 10_000:
                held[place] = _moved(preference, draw // 10_000)
        for change in profile.changes:
            if change.from_session == number:
                place = change.aspect, change.occasion
                held[place] = held[place].wanting(change.wants, change.in_words)
    return profile.model_copy(update={"preferences": tuple(held.values()), "changes": ()})


def _moved(preference: Preference, draw: int) -> Preference:
    options = preference.options
    if preference.ordered:
        here = options.index(preference.wants)
        near = [place for place in (here - 1, here + 1) if 0 <= place < len(options)]
        value = options[near[draw % len(near)]]
    else:
        value = preference.others[draw % len(preference.others)]
    return preference.wanting(value, f"{value} by now, as for {preference.name}")
