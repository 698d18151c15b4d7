"""Whether a proposed preference is new, says what is known, or contradicts it.

An aspect key stands for one value at a time: "diet" is vegetarian or vegan. What a user may hold
several of at once gets a key for each item ("avoid:nuts", "like:jazz") or none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .checks import fold
from .relevance import content_words
from .types import Origin, Polarity, PreferenceDraft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SAME_MEANING", "Confirms", "IsNew", "Known", "Supersedes", "Verdict", "Yields", "judge"]

SAME_MEANING = 0.92

_STEM = 4

# Embeddings hardly see these, and they turn a meaning round.
_TELLING = re.compile(
    r"\d+|\b(?:no|not|never|without|nor|none|un\w+|less|more|except|only)\b|n['’]t\b", re.IGNORECASE
)


class Known(NamedTuple):
    """What judging a draft needs of a live preference; a tuple, for there may be thousands.

    Attributes:
        id: Its id.
        description: Its description.
        polarity: Liked or disliked.
        hard: A constraint that must hold.
        origin: Stated or inferred.
        scope: When it applies.
        aspect: The aspect it answers.
        value: The value of that aspect.
        passing: It ends by itself.
        vector: float32 bytes of its unit vector, if it has one.
    """

    id: str
    description: str
    polarity: Polarity
    hard: bool
    origin: Origin
    scope: str | None
    aspect: str | None
    value: str | None
    passing: bool
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class IsNew:
    """Nothing live says the same or the contrary."""


@dataclass(frozen=True, slots=True)
class Confirms:
    """The live preference `id` says the same."""

    id: str


@dataclass(frozen=True, slots=True)
class Supersedes:
    """The draft takes the place of the live preference `id`, or is its stricter form."""

    id: str
    same: bool


@dataclass(frozen=True, slots=True)
class Yields:
    """The live preference `id` contradicts the draft, and stays."""

    id: str


Verdict: TypeAlias = IsNew | Confirms | Supersedes | Yields


def judge(
    draft: PreferenceDraft, vector: NDArray[np.float32] | None, known: Sequence[Known]
) -> Verdict:
    """Places a draft among the live preferences of its user.

    Only preferences of the same scope are compared. A passing need and a lasting preference never
    contradict each other: both live, and recall lets the newer one speak.

    Args:
        draft: The proposal.
        vector: Unit vector of its description, of shape `(dimension,)`, if there is one.
        known: The live preferences.

    Returns:
        The verdict; the newest of several contradicted preferences is the one named.
    """
    scope = fold(draft.scope)
    passing = draft.lasts_hours is not None
    same_scope = [each for each in known if fold(each.scope) == scope]
    same = next((each for each in reversed(same_scope) if _agrees(draft, each)), None)
    if same is None and vector is not None:
        same = _nearest(draft, vector, same_scope)
    if same is not None and not (same.passing and not passing):
        stricter = draft.hard and not same.hard and not passing
        return Supersedes(same.id, same=True) if stricter else Confirms(same.id)
    for each in reversed(same_scope):
        if each.passing == passing and _contradicts(draft, each):
            if draft.origin == "stated" or each.origin == "inferred":
                return Supersedes(each.id, same=False)
            return Yields(each.id)
    if same is not None:
        # A need of the moment turns out to last.
        return Supersedes(same.id, same=True)
    return IsNew()


def _agrees(draft: PreferenceDraft, each: Known) -> bool:
    if draft.polarity != each.polarity:
        return False
    if _same_aspect(draft, each):
        return _value(draft) == _value(each)
    if draft.aspect is not None and each.aspect is not None:
        return False
    return fold(draft.description) == fold(each.description)


def _contradicts(draft: PreferenceDraft, each: Known) -> bool:
    if _same_aspect(draft, each):
        return not _agrees(draft, each)
    if draft.aspect is not None and each.aspect is not None:
        return False
    return draft.polarity != each.polarity and fold(draft.description) == fold(each.description)


def _same_aspect(draft: PreferenceDraft, each: Known) -> bool:
    return draft.aspect is not None and fold(draft.aspect) == fold(each.aspect)


def _value(one: PreferenceDraft | Known) -> str:
    return fold(one.value) or fold(one.description)


def _nearest(
    draft: PreferenceDraft, vector: NDArray[np.float32], known: Sequence[Known]
) -> Known | None:
    import numpy as np

    near = [
        each
        for each in known
        if each.vector is not None
        and len(each.vector) == vector.nbytes
        and each.polarity == draft.polarity
        and (draft.aspect is None or each.aspect is None)
    ]
    if not near:
        return None
    joined = b"".join(each.vector for each in near if each.vector is not None)
    scores = np.frombuffer(joined, dtype="<f4").reshape(len(near), -1) @ vector
    for index in map(int, np.argsort(-scores, kind="stable")):
        if scores[index] < SAME_MEANING:
            return None
        if not _differs(draft.description, near[index].description):
            return near[index]
    return None


def _differs(left: str, right: str) -> bool:
    """Whether two descriptions with near vectors mean different things all the same.

    They do if one denies or counts what the other does not, or has another word in the place of
    one of the other's ("short replies", "long replies"). Two entries for one thing are clutter;
    one entry for two things is a loss.
    """
    if _telling(left) != _telling(right):
        return True
    ours, theirs = content_words(left), content_words(right)
    only_ours, only_theirs = ours - theirs, theirs - ours
    return any(not any(_kin(one, other) for other in only_theirs) for one in only_ours) and bool(
        only_theirs
    )


def _kin(one: str, other: str) -> bool:
    """Whether two words look like forms of one ("recipe", "recipes"; "cook", "cooking")."""
    return one[:_STEM] == other[:_STEM] and min(len(one), len(other)) >= _STEM


def _telling(description: str) -> list[str]:
    return sorted(_TELLING.findall(description.casefold()))
