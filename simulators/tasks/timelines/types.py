"""What a timeline is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from .denial import mentions

__all__ = [
    "Decoy",
    "Distraction",
    "Edited",
    "Fit",
    "How",
    "Part",
    "Picked",
    "Probe",
    "Said",
    "Session",
    "Taste",
    "Timeline",
    "Turn",
]

How = Literal["stated", "passing", "choice", "complaint", "edit"]
"""How a turn shows a preference."""
Distraction = Literal["other", "once", "occasion"]
"""What a turn that looks like a preference is: somebody else's, a one-off, or bound to an
occasion."""
Part = Literal["open", "aside"]
"""Whether a timeline may be looked at while memory is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """One value of one preference.

    Attributes:
        key: What it is about; of one key, one value holds at a time.
        value: The value, by its name in the file.
        says: In plain words, third person, as an oracle would tell it.
        told: Matches what a memory says that says the same, where nothing denies it; may be None.
        denies: Matches what a memory denies that says the same; may be None.
    """

    key: str
    value: str
    says: str
    told: re.Pattern[str] | None = None
    denies: re.Pattern[str] | None = None

    def said_by(self, text: str) -> bool:
        """Whether a memory's text says the same, such as "no longer eats meat" or "is vegetarian".

        Args:
            text: What it says, in the third person.
        """
        return any(
            mention.denied == denied
            for pattern, denied in ((self.told, False), (self.denies, True))
            if pattern is not None
            for mention in mentions(pattern, text)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """What somebody who listens badly would take for a preference.

    Attributes:
        what: In plain words.
        told: Matches what a memory says that fell for it.
    """

    what: str
    told: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What turns have in common.

    Attributes:
        shows: The preferences that begin to hold with it, as (key, value).
        ends: Those that cease with it, besides earlier values of the same keys.
        how: How it shows them.
        distracts: What it is, if it only looks like a preference.
    """

    shows: tuple[tuple[str, str], ...] = ()
    ends: tuple[tuple[str, str], ...] = ()
    how: How | None = None
    distracts: Distraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(_Shown):
    """A message of the user, and the assistant's reply to it.

    Attributes:
        say: The message.
        reply: The reply, the same whoever remembers.
    """

    say: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(_Shown):
    """The user rewrites the last reply.

    Attributes:
        edit: What they make of it.
        because: Why, in their words, if they say so.
    """

    edit: str
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked(_Shown):
    """The user picks one of two answers.

    Attributes:
        pick: The one they take.
        over: The other one.
        request: What was asked for.
        because: Why, in their words, if they say so.
    """

    pick: str
    over: str
    request: str
    because: str | None = None


Turn: TypeAlias = Said | Edited | Picked


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sitting.

    Attributes:
        date: When.
        turns: What happens, in order.
    """

    date: date
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What can be checked of a reply.

    Attributes:
        has: Must be found in it.
        lacks: Must not be found in it.
        least_words: It has at least so many words.
        most_words: It has at most so many.
    """

    has: re.Pattern[str] | None = None
    lacks: re.Pattern[str] | None = None
    least_words: int | None = None
    most_words: int | None = None

    def holds(self, reply: str) -> bool:
        """Whether a reply is as it must be; an empty one is not."""
        words = len(reply.split())
        return (
            words > 0
            and (self.has is None or self.has.search(reply) is not None)
            and (self.lacks is None or self.lacks.search(reply) is None)
            and (self.least_words is None or words >= self.least_words)
            and (self.most_words is None or words <= self.most_words)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Something asked at several points of a timeline.

    Attributes:
        about: The key of the preference that decides.
        after: After how many sessions it is asked as a multiple choice, ascending; 0 is before
            anything was said.
        question: What is asked.
        options: The option that fits each value.
        others: Options that fit none; with `options` there are four.
        open: After how many sessions the request is made.
        request: What is asked for in the open; None if nothing is.
        fits: What can be checked of a reply, by value.
        wrong: What the user says to a reply that misses, by value.
    """

    about: str
    after: tuple[int, ...]
    question: str
    options: Mapping[str, str]
    others: tuple[str, ...]
    open: tuple[int, ...] = ()
    request: str | None = None
    fits: Mapping[str, Fit]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One user over some months.

    Attributes:
        name: The file's name.
        user: The user.
        domain: What it is about.
        part: Whether it may be looked at while memory is worked on.
        tastes: All values that hold at some point.
        decoys: What only looks like one.
        sessions: In order of their dates.
        probes: What is asked.
    """

    name: str
    user: str
    domain: str
    part: Part
    tastes: tuple[Taste, ...]
    decoys: tuple[Decoy, ...]
    sessions: tuple[Session, ...]
    probes: tuple[Probe, ...]

    def taste(self, key: str, value: str) -> Taste:
        """The value of a key, by their names."""
        return next(each for each in self.tastes if (each.key, each.value) == (key, value))
