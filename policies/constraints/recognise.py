"""Tells from a person's words which known constraints they have, and who has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .lexicon import Known, Phrase, lexicon
from .text import Words, phrase, split_words

Subject = Literal["user", "other", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownConstraint:
    """A known constraint that a message says someone has.

    Attributes:
        key: Its key in the lexicon ("vegetarian", "nut-allergy").
        description: As a preference describes it ("is vegetarian").
        aspect: The aspect a preference answers with it: "diet", or "avoid:" with the key.
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


_SELF = frozenset(["i", "i'm", "im", "i've", "ive", "i'd", "id", "i'll", "we", "we're", "we've", "our", "me", "myself", "ourselves", "us", "i'am"])  # fmt: skip
_OTHERS = frozenset(
    ["friend", "friends", "wife", "husband", "partner", "son", "sons", "daughter", "daughters", "kid", "kids", "child", "children", "mum", "mom", "mother", "dad", "father", "parents", "sister", "brother", "boyfriend", "girlfriend", "colleague", "colleagues", "guest", "guests", "boss", "neighbour", "neighbor", "roommate", "flatmate", "aunt", "uncle", "cousin", "nephew", "niece", "grandma", "grandpa", "grandmother", "grandfather", "client", "clients", "customer", "customers", "teammate", "dog", "cat", "baby", "toddler", "he", "she", "they", "he's", "she's", "they're", "someone", "somebody", "everyone", "people", "others", "who", "fiance", "fiancee", "spouse", "family", "cousins", "boys", "girls", "boy", "girl", "student", "students", "mates", "mate", "date", "coworker", "visitor", "visitors", "teenager", "in-laws", "team"]
)
_BEING = frozenset(["am", "i'm", "im", "be", "being", "been", "become", "becoming", "became", "turned", "turning", "went", "gone", "going", "now", "both", "all", "mostly", "we're", "i've", "are", "raised", "stay", "staying", "keep", "keeping", "eat", "eats", "follow", "following", "been's", "i'am"])  # fmt: skip
_SOFT = frozenset(
    ["a", "an", "the", "also", "and", "now", "both", "all", "mostly", "strictly", "strict", "pretty", "basically", "actually", "really", "currently", "completely", "fully", "totally", "always", "lifelong", "proud", "very", "quite", "recently", "newly", "just", "committed", "devoted", "practising", "practicing", "on", "diet", "diets", "severely", "mildly", "highly", "deathly", "technically", "happily,", "happily", "only", "since", "been", "as", "well", "too", "still", "committed", "semi", "by", "way", "vegetarian", "vegan", "coeliac", "celiac", "diabetic"]
)
_NOT = frozenset(["not", "no", "never", "isn't", "aren't", "ain't", "wasn't", "weren't", "don't", "doesn't", "longer", "used", "formerly", "ex", "non", "neither", "nor", "without", "if", "were", "stopped", "quit", "hardly"])  # fmt: skip
_NOT_AVOID = frozenset(["no", "not", "never", "don't", "doesn't", "can't", "cannot", "cant", "dont", "doesnt", "won't", "wont", "avoid", "avoids", "avoiding", "without", "allergic", "intolerant", "allergy", "hate", "dislike", "refuse", "off", "skip", "stopped", "quit", "gave", "abstain"])  # fmt: skip
_EATING = frozenset(
    ["eat", "eats", "eating", "have", "having", "do", "drink", "drinking", "touch", "consume", "tolerate", "digest", "stand", "like", "want", "use", "cook", "include", "add", "serve", "any", "of", "to", "the", "a", "an", "red", "fresh", "more", "anything", "with", "containing", "even", "actually", "really", "ever", "currently", "please", "eggs", "all", "up", "from", "kinds", "or", "and", "most", "tree"]
)
_DENIED = frozenset(["not", "never", "isn't", "aren't", "wasn't", "don't", "doesn't", "no", "longer"])


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


def _constraint(
    known: Known, subject: Subject, matched: str, start: int, end: int
) -> KnownConstraint:
    return KnownConstraint(
        key=known.key,
        description=known.description,
        aspect="diet" if known.diet else f"avoid:{known.key}",
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


def _who(before: list[str], after: list[str]) -> Subject:
    for index in range(len(before) - 1, -1, -1):
        word = before[index].removesuffix("'s") if before[index] not in _OTHERS else before[index]
        if word in _OTHERS:
            return "other"
        if word in _SELF:
            return "user"
        if word == "my" and index + 1 < len(before) and before[index + 1] not in {
            "doctor", "diet", "own", "religion", "health", "body", "stomach",
        }:  # fmt: skip
            return "other"
    if after and after[0] in _OTHERS:
        return "other"
    if not before and after[:1] in (["here"], []):
        return "user"
    return "unclear"


def _has(
    before: list[str], after: list[str], subject: Subject, mention: _Mention
) -> Subject | None:
    tail = before[-6:]
    if after and after[0] in _OTHERS:
        return "other"
    frame = _frame(tail)
    if any(word in _DENIED for word in tail[-3:]) or "used" in tail[-3:] or "were" in tail[-3:]:
        return None
    if (
        "if" in tail
        or "should" in tail
        or "thinking" in tail
        or "might" in tail
        or "trying" in tail
    ):
        return None if "if" in tail else "unclear"
    if subject == "other":
        return "other" if frame or mention.role == "condition" else "unclear"
    if subject != "user":
        return "user" if frame and "as" in tail[-3:] else "unclear"
    if mention.role == "condition":
        return "user"
    if after and after[0] in {"recipe", "recipes", "food", "dish", "dishes", "dinner", "option",
                              "options", "restaurant", "restaurants", "meal", "meals", "menu",
                              "lunch", "cuisine", "cooking", "place", "places", "version",
                              "snack", "snacks", "breakfast", "chef", "cookbook",
                              "ideas"} and not _habit(tail):  # fmt: skip
        return "unclear"
    return "user" if frame or not before or _habit(tail) else "unclear"


def _habit(tail: list[str]) -> bool:
    return any(
        word in {"only", "always", "follow", "eat", "eating", "keep", "keeping"} for word in tail
    )


def _frame(tail: list[str]) -> bool:
    """Whether the words lead up to being something: "I'm a strict", "as a", "we are both"."""
    for word in reversed(tail):
        if word in _BEING or word in {"is", "he's", "she's", "they're", "who's", "as", "was"}:
            return True
        if word.endswith("'s") or word.endswith("ly"):
            if word.endswith("'s"):
                return True
            continue
        if word not in _SOFT:
            return False
    return False


def _avoids(before: list[str], after: list[str], subject: Subject) -> Subject | None:
    for index in range(len(before) - 1, max(-1, len(before) - 9), -1):
        word = before[index]
        if word in _NOT_AVOID or word.endswith("n't"):
            denied = set(before[max(0, index - 3) : index]) & (_DENIED | {"n't", "used"})
            if word in {"allergic", "intolerant", "avoid", "hate", "dislike", "allergy"} and denied:
                return None
            if word in {"no", "not", "without"} and subject != "other":
                # "No nuts, I'm allergic" is a rule; "a dinner with no meat" is a request.
                if "allergic" in after or (word == "no" and index == 0):
                    return "user"
                return "unclear"
            if word in {"skip", "off"}:
                return "unclear"
            if word in {"don't", "dont"} and not set(before[index:]) & {
                "eat", "drink", "have", "like", "do", "touch", "consume", "tolerate", "digest", "stand",
            }:  # fmt: skip
                return None
            return "user" if word == "never" and index == 0 else subject
        if word not in _EATING and word not in {"peanuts", "nuts", "dairy", "gluten", "shellfish",
                                                "soy", "pork", "beef", "meat", "fish", "alcohol",
                                                "seafood", "wheat", "milk", "sesame",
                                                "egg"}:  # fmt: skip
            return None
    return None
