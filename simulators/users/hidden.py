"""What a person behind a gate will answer, drawn once from their profile and a seed.

Noise is decided here and not when a question comes: whoever is asked twice says the same twice, and
two arms that put the same question to the same person get the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.elicit.answering import INDIFFERENT
from ...policies.types import Aspect
from ..profiles.schema import Preference, Profile
from .temperaments import manner_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Hidden", "aspect_of", "aspects_of", "hidden_of"]

_CANDOUR = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hidden:
    """What a gate guards; follows `Guarded`.

    Attributes:
        aspects: What may be asked about, `J` of them, those that do not matter included.
        patient: Bears many questions.
        weights: How much each aspect matters, shape `(J,)`, sums to 1; most may be 0.
        wanted: Place of the value wanted of each, shape `(J,)`.
        grades: How well each value serves, in [0, 1], shape `(J, V)`.
        answers: What they will say to a question about each: a place or `INDIFFERENT`.
        names: The aspects named when asked what matters, weightier ones likelier first.
        names_at_once: How many of these at a time.
        volunteered: The aspect on which they say what they want with the request, if any.
        skips: Whether they pass over the first, second, … question.
        preferences: The preference behind each aspect, None where it does not matter.
    """

    aspects: tuple[Aspect, ...]
    patient: bool
    weights: Floats
    wanted: NDArray[np.int64]
    grades: Floats
    answers: NDArray[np.int64]
    names: tuple[int, ...]
    names_at_once: int
    volunteered: int | None
    skips: NDArray[np.bool_]
    preferences: tuple[Preference | None, ...]

    def alignment(self, reply: Sequence[int | None]) -> float:
        """PrefAlign of a reply: the weighted mean of how well each aspect's value serves.

        `sum_j w_j g_j / sum_j w_j`, after PREFDISCO (arXiv 2510.00177).

        Args:
            reply: The place of each aspect's value in the reply; None where it settles none,
                which serves nobody.
        """
        if len(reply) != len(self.aspects):
            raise InputError(f"got {len(reply)} values for {len(self.aspects)} aspects")
        return sum(
            float(self.weights[place] * self.grades[place, value])
            for place, value in enumerate(reply)
            if value is not None
        )


def aspect_of(preference: Preference, *, importance: float = 0.5) -> Aspect:
    """The aspect that a preference is about, which tells nothing of what is wanted.

    Args:
        preference: The preference.
        importance: The share of people to whom it matters, as far as is known.
    """
    return Aspect(
        key=preference.aspect,
        name=preference.name,
        values=preference.options,
        importance=importance,
        hard=preference.hard,
        ordered=preference.ordered,
    )


def aspects_of(profiles: Sequence[Profile]) -> tuple[Aspect, ...]:
    """All that people of a kind may be asked about, each aspect once, for `hidden_of`'s others.

    How important an aspect is follows from how many of them it matters to.

    Args:
        profiles: The people, usually of one domain.

    Raises:
        InputError: Two of them mean different things by one key.
    """
    found: dict[str, Aspect] = {}
    holders: dict[str, set[str]] = {}
    for profile in profiles:
        for preference in profile.preferences:
            aspect = aspect_of(preference)
            known = found.setdefault(aspect.key, aspect)
            if {*known.values} != {*aspect.values}:
                raise InputError(
                    f"profile {profile.id!r} gives {aspect.key!r} the values {aspect.values!r}, "
                    f"another one {known.values!r}; use one key for one aspect"
                )
            holders.setdefault(aspect.key, set()).add(profile.id)
    count = max(1, len(profiles))
    return tuple(
        replace(aspect, importance=len(holders[key]) / count) for key, aspect in found.items()
    )


def hidden_of(
    profile: Profile,
    *,
    seed: int,
    occasion: str | None = None,
    others: Sequence[Aspect] = (),
    questions: int = 24,
) -> Hidden:
    """Draws what someone will answer.

    An aspect with a preference for the occasion takes that one, else the one without an occasion;
    preferences for other occasions do not matter. Someone to whom an aspect does not matter says so
    in seven of ten cases and else names a value all the same, as in `prefdisco/people.py`.

    Args:
        profile: As it stands in the session, see `Profile.at`.
        seed: Of all draws.
        occasion: The occasion of the request.
        others: Aspects that may be asked about beside those of the profile; they weigh nothing.
        questions: Up to how many questions it is drawn which are passed over.

    Raises:
        InputError: No preference holds on this occasion.
    """
    import numpy as np

    held = _held(profile, occasion)
    if not held:
        raise InputError(
            f"profile {profile.id!r} has no preference for {occasion!r}; name one of its occasions"
        )
    spare = [each for each in others if each.key not in {p.aspect for p in held}]
    aspects = (*map(aspect_of, held), *spare)
    rng = np.random.default_rng(seed)
    count, width = len(aspects), max(len(aspect.values) for aspect in aspects)
    # The order of aspects must not tell which of them matter.
    order = rng.permutation(count)
    weights, wanted = np.zeros(count), np.zeros(count, dtype=np.int64)
    grades, answers = np.zeros((count, width)), np.zeros(count, dtype=np.int64)
    preferences: list[Preference | None] = []
    manner = manner_of(profile.temperament)
    for place, number in enumerate(order):
        aspect, preference = aspects[number], held[number] if number < len(held) else None
        size = len(aspect.values)
        preferences.append(preference)
        if preference is not None:
            weights[place] = preference.weight
            wanted[place] = aspect.values.index(preference.wants)
        else:
            wanted[place] = rng.integers(size)
        steps = np.abs(np.arange(size) - wanted[place])
        partly = aspect.ordered and not aspect.hard
        grades[place, :size] = 1.0 - steps / (size - 1) if partly else steps == 0
        slips, mute = rng.random() < manner.noise, rng.random() < _CANDOUR
        answers[place] = rng.integers(size) if slips else wanted[place]
        if preference is None and mute:
            answers[place] = INDIFFERENT
    weights /= weights.sum()
    names = rng.choice(count, size=len(held), replace=False, p=weights)
    tells = rng.random() < manner.volunteers
    spoken = int(rng.choice(count, p=weights))
    return Hidden(
        aspects=tuple(aspects[number] for number in order),
        patient=profile.temperament.patience == "patient",
        weights=weights,
        wanted=wanted,
        grades=grades,
        answers=answers,
        names=tuple(map(int, names)),
        names_at_once=manner.names_at_once,
        volunteered=spoken if tells else None,
        skips=rng.random(questions) < manner.skips,
        preferences=tuple(preferences),
    )


def _held(profile: Profile, occasion: str | None) -> list[Preference]:
    found: dict[str, Preference] = {}
    for each in profile.preferences:
        fits = each.occasion is None or each.occasion == occasion
        if fits and (each.aspect not in found or each.occasion is not None):
            found[each.aspect] = each
    return list(found.values())
