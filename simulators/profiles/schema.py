"""What a profile file may hold: a person, their temper, and the preferences they hide.

The page `docs/simulated-users.md` describes the same for whoever writes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

__all__ = [
    "DOMAINS",
    "Change",
    "Consent",
    "Domain",
    "EditStyle",
    "Offer",
    "Preference",
    "Profile",
    "Temperament",
]

Domain = Literal[
    "travel",
    "food",
    "work writing",
    "learning",
    "shopping",
    "entertainment",
    "fitness and health",
    "home",
    "money",
    "parenting",
    "technology",
    "hobbies",
]
DOMAINS: tuple[Domain, ...] = get_args(Domain)

_WORD = re.compile(r"\w+")
# A value this short ("low", "none") may stand in a sentence about anything.
_TELLING = 5


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("must be on one line")
    return text


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=240, strip_whitespace=True),
    AfterValidator(_one_line),
]
Prose = Annotated[str, StringConstraints(min_length=10, max_length=600, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Session = Annotated[int, Field(ge=2, le=10_000)]


class _Part(BaseModel):
    """Keys are written with spaces in files and with underscores in code."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", " "),
        validate_by_name=True,
        serialize_by_alias=True,
    )


class Temperament(_Part):
    """How someone talks and what they bear.

    Attributes:
        talk: Says as little as will do, or more than was asked.
        patience: How many questions they bear.
        noise: Share of answers that are any value at all.
        drift: Chance that a preference changes from one session to the next.
    """

    talk: Literal["terse", "chatty"] = "terse"
    patience: Literal["patient", "impatient"] = "patient"
    noise: Share = 0.0
    drift: Share = 0.0


class Preference(_Part):
    """What someone wants of one aspect, and how much it matters.

    Attributes:
        aspect: Stable short name, the same over profiles ("pace").
        name: How a question names it ("pace of the day").
        wants: The value wanted.
        others: What it could be instead, 1 to 11 values.
        ordered: The values lie in the order of `values`, from little to much, so that the next
            one is half right.
        values: All values in that order; only where `ordered`.
        weight: How much it matters beside the others, in (0, 1]; weights need not sum to 1.
        hard: Must be met (an allergy), rather than should.
        in_words: How the person says it.
        occasion: When it holds, if not always ("on work days").
    """

    aspect: Key
    name: Text
    wants: Text
    others: tuple[Text, ...] = Field(min_length=1, max_length=11)
    ordered: bool = False
    values: tuple[Text, ...] = ()
    weight: float = Field(gt=0.0, le=1.0, allow_inf_nan=False)
    hard: bool = False
    in_words: Text
    occasion: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Preference:
        every = [_plain(value) for value in (self.wants, *self.others)]
        if len(set(every)) < len(every):
            raise ValueError("others: names a value twice, or the one wanted")
        if self.ordered != bool(self.values):
            raise ValueError("values: belongs to an ordered aspect, and only there")
        if self.values and sorted(map(_plain, self.values)) != sorted(every):
            raise ValueError("values: must be the value wanted and the others, in their order")
        return self

    @property
    def options(self) -> tuple[str, ...]:
        """All values: in their order where they have one, else by the alphabet."""
        # The order must not tell which one is wanted.
        return self.values or tuple(sorted((self.wants, *self.others), key=str.casefold))

    def wanting(self, value: str, in_words: str) -> Preference:
        """The same with another value wanted."""
        others = tuple(each for each in self.options if _plain(each) != _plain(value))
        wants = next(each for each in self.options if _plain(each) == _plain(value))
        return self.model_copy(update={"wants": wants, "others": others, "in_words": in_words})


class EditStyle(_Part):
    """How someone edits what is written for them.

    Attributes:
        style: Name of a style.
        texts: The kind of text it holds for ("emails"); None is all.
        in_words: How the person says it.
    """

    style: Text
    texts: Text | None = None
    in_words: Text


class Offer(_Part):
    """Something the assistant might do unasked.

    Attributes:
        offer: What ("book a table").
        in_words: How the person answers it.
        occasion: When that holds, if not always.
    """

    offer: Text
    in_words: Text
    occasion: Text | None = None


class Consent(_Part):
    """What may be done unasked.

    Attributes:
        welcome: Offers that please.
        ask_first: Offers that are fine once they are asked about.
        refused: Offers that were turned down, and must not come again.
    """

    welcome: tuple[Offer, ...] = ()
    ask_first: tuple[Offer, ...] = ()
    refused: tuple[Offer, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Consent:
        if not (self.welcome or self.ask_first or self.refused):
            raise ValueError("names no offer; leave it out")
        seen: set[tuple[str, str | None]] = set()
        for each in (*self.welcome, *self.ask_first, *self.refused):
            if (_plain(each.offer), each.occasion) in seen:
                raise ValueError(f"names the offer {each.offer!r} twice for the same occasion")
            seen.add((_plain(each.offer), each.occasion))
        return self


class Change(_Part):
    """A preference that changes.

    Attributes:
        from_session: The first session in which the new value is wanted; the first of all is 1.
        aspect: Key of the preference.
        occasion: Its occasion, if it has one.
        wants: The new value, one of the preference's.
        in_words: How the person says it now.
    """

    from_session: Session
    aspect: Key
    occasion: Text | None = None
    wants: Text
    in_words: Text


class Profile(_Part):
    """A person with hidden preferences.

    Attributes:
        id: Unique among the profiles loaded together.
        name: What the person is called.
        domain: What they come for.
        persona: Who they are, in a sentence or two that give no preference away.
        temperament: How they talk.
        preferences: The few aspects that matter to them.
        edits: How they edit.
        consent: What may be done unasked.
        changes: What changes from which session on.
    """

    id: Id
    name: Text
    domain: Domain
    persona: Prose
    temperament: Temperament = Temperament()
    preferences: tuple[Preference, ...] = Field(min_length=1, max_length=24)
    edits: tuple[EditStyle, ...] = ()
    consent: Consent | None = None
    changes: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        known: dict[tuple[str, str | None], Preference] = {}
        for each in self.preferences:
            if (each.aspect, each.occasion) in known:
                raise ValueError(f"preferences: {each.aspect!r} stands twice for one occasion")
            known[each.aspect, each.occasion] = each
        last: dict[tuple[str, str | None], int] = {}
        for change in self.changes:
            place = change.aspect, change.occasion
            preference = known.get(place)
            if preference is None:
                raise ValueError(f"changes: no preference of {place!r} that could change")
            if _plain(change.wants) not in map(_plain, preference.options):
                raise ValueError(f"changes: {change.wants!r} is no value of {change.aspect!r}")
            if change.from_session <= last.get(place, 1):
                raise ValueError(f"changes: those of {change.aspect!r} must go forward in time")
            last[place] = change.from_session
        given = given_away(self.persona, self.preferences)
        if given is not None:
            raise ValueError(f"persona: gives away {given!r}, which is for the user to disclose")
        return self

    @property
    def shares(self) -> Mapping[tuple[str, str | None], float]:
        """How much each preference matters, by aspect and occasion; sums to 1."""
        total = sum(each.weight for each in self.preferences)
        return {(p.aspect, p.occasion): p.weight / total for p in self.preferences}

    def at(self, session: int) -> Profile:
        """The profile as it stands in a session, with no changes left.

        Args:
            session: From 1.
        """
        held = {(each.aspect, each.occasion): each for each in self.preferences}
        for change in self.changes:
            if change.from_session <= session:
                place = change.aspect, change.occasion
                held[place] = held[place].wanting(change.wants, change.in_words)
        return self.model_copy(update={"preferences": tuple(held.values()), "changes": ()})


def given_away(persona: str, preferences: Sequence[Preference]) -> str | None:
    """The first value wanted, or phrase, that stands in a description word for word."""
    said = f" {_plain(persona)} "
    for each in preferences:
        for text in (each.wants, each.in_words):
            plain = _plain(text)
            if len(plain) >= _TELLING and f" {plain} " in said:
                return text
    return None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
