"""Whether a proposed preference is new, says what is known, or contradicts it; and who wins.

An aspect key stands for one value at a time: "diet" is vegetarian or vegan. What a user may hold
several of at once gets a key for each item ("avoid:nuts", "like:jazz") or none. Without a common
key, the words of two descriptions must leave no doubt (see `subject`). Only preferences of the
same scope are compared, and a passing need never contradicts a lasting preference: both live, and
recall lets the newer one speak.

Who wins a contradiction:

| live | proposed | verdict |
|---|---|---|
| passing need | passing need | the newer supersedes |
| stated, or hard | inferred | the live one stays and loses some belief; ask when it is often |
| inferred, soft | anything | the newer supersedes |
| hard | stated, hard, in words of change ("no longer") | the newer supersedes |
| hard | stated otherwise | ask: a taste does not lift a constraint |
| stated, soft | stated, hard | the newer supersedes: what is stricter holds at once |
| stated, soft | stated, in words of change, or either is doubtful | the newer supersedes |
| stated, soft | stated | ask |

Where nobody can be asked, the newer statement supersedes, except that a taste that shares no key
with a constraint lives beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..errors import InputError
from .belief import belief
from .checks import check_draft, fold
from .relevance import content_words
from .subject import claim, contradict, gives_up
from .types import (
    Answer,
    Command,
    Conflict,
    Observation,
    Origin,
    Polarity,
    PreferenceDraft,
    Settled,
    Statement,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CONFLICT",
    "PATIENCE",
    "SAME_MEANING",
    "TOLD",
    "Asks",
    "Confirms",
    "IsNew",
    "Known",
    "Supersedes",
    "Verdict",
    "Yields",
    "judge",
    "settled_draft",
    "settled_words",
    "tells_of_change",
]

SAME_MEANING = 0.92

# So many inferences against one statement, with nothing in between that speaks for it, are no
# accident any more.
PATIENCE = 3

# What the user says when asked is surer than what is read from a message.
TOLD = 0.95

# The aspect of an answer that settles a contradiction.
CONFLICT = "conflict"

# Below this, two statements need no question: one of them is half forgotten or half meant.
_SURE = 0.6

_STEM = 4

_CHANGE = re.compile(
    r"\b(?:no longer|not any ?(?:more|longer)|any ?more|actually|instead|from now on|now|nowadays|"
    r"these days|lately|changed my mind|i changed|i(?: have|['’]ve) changed|"
    r"correction|i meant|scratch that|used to|switched|became|become|stopped|started|quit|"
    r"gave up|given up|turns out|going forward|henceforth)\b",
    re.IGNORECASE,
)

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
        confidence: How sure memory was at its last support.
        supported_at: When that was.
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
    confidence: float
    supported_at: datetime
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


@dataclass(frozen=True, slots=True)
class Asks:
    """Only the user can say whether the draft or the live preference `id` holds.

    Attributes:
        id: The live preference.
        reason: Why, in one plain sentence.
        otherwise: What happens where nobody can be asked.
    """

    id: str
    reason: str
    otherwise: Supersedes | IsNew


Verdict: TypeAlias = IsNew | Confirms | Supersedes | Yields | Asks


def tells_of_change(observation: Observation) -> bool:
    """Whether the user says that something is different from before.

    A command and an answer to a question do: they are meant to change what comes next.
    """
    match observation:
        case Command() | Answer():
            return True
        case Statement(text=text):
            return _CHANGE.search(text) is not None
        case _:
            return False


def judge(
    draft: PreferenceDraft,
    vector: NDArray[np.float32] | None,
    known: Sequence[Known],
    *,
    now: datetime,
    changed: bool = False,
) -> Verdict:
    """Places a draft among the live preferences of its user, by the rules of this module.

    Args:
        draft: The proposal.
        vector: Unit vector of its description, of shape `(dimension,)`, if there is one.
        known: The live preferences.
        now: The present moment.
        changed: The user says that something is different from before.

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
        if each.passing == passing and _contradicts(draft, each, changed=changed):
            return _who_wins(draft, each, now=now, changed=changed)
    if same is not None:
        # A need of the moment turns out to last.
        return Supersedes(same.id, same=True)
    return IsNew()


def _forbids_no_less(new: str, old: str) -> bool:
    """Whether an old rule ("never meat, fish") forbids nothing that a new one does not."""
    before, now = _forbidden(old), _forbidden(new)
    return bool(before) and before <= now


def _forbidden(description: str) -> set[str]:
    _, never, things = description.casefold().partition("never ")
    parts = re.split(r",|\bor\b|\band\b", things) if never else []
    return {part.strip(" .") for part in parts if part.strip(" .")}


def _who_wins(
    draft: PreferenceDraft, each: Known, *, now: datetime, changed: bool
) -> Supersedes | Yields | Asks:
    newer = Supersedes(each.id, same=False)
    if draft.origin == "inferred":
        return Yields(each.id) if each.origin == "stated" or each.hard else newer
    if each.passing:
        return newer
    if each.hard:
        if draft.hard and (changed or _forbids_no_less(draft.description, each.description)):
            return newer
        keyed = _same_aspect(draft, each) or fold(draft.description) == fold(each.description)
        return Asks(
            each.id,
            "It would lift something that must hold.",
            newer if draft.hard or keyed else IsNew(),
        )
    sure = belief(
        each.confidence, since=each.supported_at, now=now, hard=each.hard, origin=each.origin
    )
    if each.origin == "inferred" or draft.hard or changed or min(sure, draft.confidence) < _SURE:
        return newer
    return Asks(each.id, "You have said both, and neither seems to be a slip.", newer)


def _agrees(draft: PreferenceDraft, each: Known) -> bool:
    if draft.polarity != each.polarity:
        return False
    if _same_aspect(draft, each):
        return _value(draft) == _value(each)
    if draft.aspect is not None and each.aspect is not None:
        return False
    return fold(draft.description) == fold(each.description)


def _contradicts(draft: PreferenceDraft, each: Known, *, changed: bool) -> bool:
    if _same_aspect(draft, each):
        return not _agrees(draft, each)
    if (
        changed
        and draft.origin == "stated"
        and gives_up(draft.description, draft.polarity, each.description, each.polarity)
    ):
        return True
    if fold(draft.description) == fold(each.description):
        return draft.polarity != each.polarity
    return _claims_clash(draft, each)


def _claims_clash(draft: PreferenceDraft, each: Known) -> bool:
    return contradict(
        claim(draft.description, draft.polarity), claim(each.description, each.polarity)
    )


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
        near_one = near[index]
        if not (
            _differs(draft.description, near_one.description) or _claims_clash(draft, near_one)
        ):
            return near_one
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


def settled_words(keep: Settled, scope: str | None = None) -> str:
    """An answer to `Conflict.question` in words."""
    match keep:
        case "old":
            return "the old one"
        case "new":
            return "the new one"
        case "both":
            return f"both: the new one for {scope}" if scope else "both"
        case _:
            raise InputError(f"keep is {keep!r}; use 'old', 'new' or 'both', or None")


def settled_draft(conflict: Conflict, keep: Settled | None, scope: str | None) -> PreferenceDraft:
    """The draft as the user's word makes it: stated, and of the scope that they name."""
    draft = replace(conflict.new, origin="stated", confidence=max(conflict.new.confidence, TOLD))
    if scope is not None and keep != "both":
        raise InputError(f"scope is {scope!r}; it goes with keep='both' only")
    if keep == "both":
        same_key = fold(draft.aspect) == fold(conflict.old.aspect)
        if scope is not None:
            if fold(scope) == fold(conflict.old.scope):
                raise InputError(f"scope is {scope!r}, like that of the old one; name another")
            draft = replace(draft, scope=scope)
        elif same_key:
            draft = replace(draft, aspect=None, value=None)
    return check_draft(draft)
