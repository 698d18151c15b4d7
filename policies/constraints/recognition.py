"""Tells from a person's words which known constraints they have, and who has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .english import subject_words
from .lexicon import Known, Phrase, lexicon
from .text import Words, phrase, split_words

Subject = Literal["user", "other", "unclear"]


_WAYS_OF_EATING = frozenset({"vegetarian", "vegan", "pescatarian"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownConstraint:
    """A known constraint that a message says someone has.

    Attributes:
        key: Its key in the lexicon ("vegetarian", "nut-allergy").
        description: As a preference describes it ("is vegetarian").
        aspect: The aspect a preference answers with it: "diet" for ways of eating that rule each
            other out, "diet:" with the key for those held beside one, else "avoid:" with the key.
        value: The value of that aspect: the key.
        subject: The speaker, someone else ("my wife is vegan"), or unclear ("a vegan recipe").
        matched: The words that say so.
        start: Where they begin.
        end: Where they end.
    """

    key: str
    description: str
    aspect: str
    value: str
    subject: Subject
    matched: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mention:
    first: int
    end: int
    known: Known
    role: Literal["name", "condition", "food"]


@lru_cache(maxsize=1)
def _mentions() -> dict[
    str, tuple[tuple[Phrase, Known, Literal["name", "condition", "food"]], ...]
]:
    index: dict[str, list[tuple[Phrase, Known, Literal["name", "condition", "food"]]]] = {}
    for known in lexicon().constraints.values():
        for words in known.names:
            index.setdefault(words[0], []).append((words, known, "name"))
        for words in known.conditions:
            index.setdefault(words[0], []).append((words, known, "condition"))
        for words in known.foods:
            index.setdefault(words[0], []).append((words, known, "food"))
    return {
        first: tuple(sorted(entries, key=lambda entry: -len(entry[0])))
        for first, entries in index.items()
    }


def known_by_name(words: str, *, avoided: bool) -> Known | None:
    """Looks a name up: "vegetarian", "coeliac", and, if avoided, "peanuts" or "seafood".

    Args:
        words: A whole value such as a preference stores, not a sentence.
        avoided: Whether the value is known to be something the person avoids.

    Returns:
        The known constraint, or None.
    """
    text = words.strip().lower().replace("_", "-")
    known = lexicon().constraints
    if text in known and (known[text].diet or avoided or "-" in text):
        return known[text]
    folded = phrase(text)
    while folded and folded[0] in {
        "a",
        "an",
        "strictly",
        "strict",
        "the",
        "any",
        "all",
        "is",
        "no",
    }:
        avoided = avoided or folded[0] == "no"
        folded = folded[1:]
    for each in known.values():
        if folded in each.names or folded in each.conditions:
            return each
    if avoided:
        for each in known.values():
            if folded in each.foods:
                return each
    if len(folded) > 2 and folded[:2] in {("allergic", "to"), ("intolerant", "to")}:
        return known_by_name(" ".join(folded[2:]), avoided=True)
    return None


def canonical_diet(text: str) -> KnownConstraint | None:
    """The first known constraint that a person's words give them, if any.

    Args:
        text: A name ("veggie", "coeliac") or a sentence ("I'm a vegetarian").
    """
    known = known_by_name(text, avoided=False)
    if known is not None:
        return _constraint(known, "user", text, 0, len(text))
    return next((found for found in recognise(text) if found.subject == "user"), None)


def recognise(text: str) -> tuple[KnownConstraint, ...]:
    """Finds known constraints that a message says someone has, in its order.

    Denials ("I'm not vegetarian", "I used to be vegan") are left out. A mere mention ("a vegan
    recipe, please") has the subject "unclear". English only.

    Args:
        text: A message, at any length.

    Returns:
        At most one entry per constraint and subject.
    """
    words = split_words(text)
    found: dict[tuple[str, Subject], KnownConstraint] = {}
    for mention in _find(words):
        subject = _subject(words, mention)
        if subject is None:
            continue
        key = (mention.known.key, subject)
        if key not in found:
            start, end = words.starts[mention.first], words.ends[mention.end - 1]
            found[key] = _constraint(mention.known, subject, text[start:end], start, end)
    return tuple(found.values())


def _aspect(known: Known) -> str:
    """One aspect for what rules each other out, one each for what people hold side by side."""
    if known.key in _WAYS_OF_EATING:
        return "diet"
    return f"diet:{known.key}" if known.diet else f"avoid:{known.key}"


def _constraint(
    known: Known, subject: Subject, matched: str, start: int, end: int
) -> KnownConstraint:
    return KnownConstraint(
        key=known.key,
        description=known.description,
        aspect=_aspect(known),
        value=known.key,
        subject=subject,
        matched=matched,
        start=start,
        end=end,
    )


def _find(words: Words) -> Iterator[_Mention]:
    index = _mentions()
    place = 0
    while place < len(words.folded):
        for each, known, role in index.get(words.folded[place], ()):
            if words.matches(place, each):
                yield _Mention(place, place + len(each), known, role)
                place += len(each) - 1
                break
        place += 1


def _subject(words: Words, mention: _Mention) -> Subject | None:
    """Who has it; None if it is denied, or a food that nobody is said to avoid."""
    raw = words.raw
    begin = mention.first
    while begin > 0 and words.sentence[begin - 1] == words.sentence[mention.first]:
        begin -= 1
    before = list(raw[begin : mention.first])
    after = [
        word
        for index, word in enumerate(raw[mention.end : mention.end + 3], mention.end)
        if words.sentence[index] == words.sentence[mention.first]
    ]
    subject = _who(before, after)
    if mention.role == "food":
        return _avoids(before, after, subject)
    return _has(before, after, subject, mention)


def _who(before: Sequence[str], after: Sequence[str]) -> Subject:
    """The nearest person named before a mention, or right after it."""
    english = subject_words()
    for index in range(len(before) - 1, -1, -1):
        word = before[index]
        if word in english.others or word.removesuffix("'s") in english.others:
            return "other"
        if word in english.speaker:
            return "user"
        if (
            word == "my"
            and before[index + 1 : index + 2]
            and (before[index + 1] not in english.mine)
        ):
            return "other"
    if after and after[0] in english.others:
        return "other"
    return "user" if not before and (not after or after[0] == "here") else "unclear"


def _has(
    before: Sequence[str], after: Sequence[str], subject: Subject, mention: _Mention
) -> Subject | None:
    """Who is ("name") or has ("condition") what is mentioned."""
    english = subject_words()
    tail = before[-6:]
    if "if" in tail or any(word in english.denied for word in tail[-3:]):
        return None
    if after and after[0] in english.others:
        return "other"
    framed = _leads_up(tail)
    habit = any(word in english.habits for word in tail)
    requested = bool(after) and after[0] in english.requested and not habit
    found: Subject = "unclear"
    if any(word in english.unsure for word in tail):
        pass
    elif subject == "other":
        found = "other" if framed or mention.role == "condition" else "unclear"
    elif subject == "unclear":
        # "As a vegan, what should I cook?"
        found = "user" if framed and "as" in tail[-3:] else "unclear"
    elif mention.role == "condition" or (not requested and (framed or habit or not before)):
        found = "user"
    return found


def _leads_up(tail: Sequence[str]) -> bool:
    """Whether words lead up to being something: "I'm a strict", "as a", "we are both"."""
    english = subject_words()
    for word in reversed(tail):
        if word in english.being or word.endswith("'s"):
            return True
        if word not in english.soft and not word.endswith("ly"):
            return False
    return False


def _avoids(before: Sequence[str], after: Sequence[str], subject: Subject) -> Subject | None:
    """Who avoids the food that is mentioned; None if nobody is said to."""
    english = subject_words()
    for index in range(len(before) - 1, max(-1, len(before) - 9), -1):
        word = before[index]
        if word in english.avoiding or word.endswith("n't"):
            return _avoiding(word, index, before, after, subject)
        if word not in english.eating:
            return None
    return None


def _avoiding(
    word: str, index: int, before: Sequence[str], after: Sequence[str], subject: Subject
) -> Subject | None:
    """Who avoids the food, given the word that says that it is avoided."""
    english = subject_words()
    found: Subject | None = subject
    if word in {"no", "not", "without"} and subject != "other":
        # "No nuts, I'm allergic" is a rule; "a dinner with no meat" is a request.
        rule = "allergic" in after or (word == "no" and index == 0)
        found = "user" if rule else "unclear"
    elif word in {"skip", "off"}:
        found = "unclear"
    elif word == "never" and index == 0:
        found = "user"
    elif word in {"don't", "dont"}:
        # "Don't put pork in it" is about one dish.
        found = subject if set(before[index:]) & english.taking else None
    elif any(each in english.denied for each in before[max(0, index - 3) : index]):
        found = None
    return found
