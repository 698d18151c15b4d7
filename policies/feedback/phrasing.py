"""Words preferences the way memory keeps them: third person, plain, one thing each."""

from __future__ import annotations

import re

from ...memory.types import PreferenceDraft
from .lexicon import Style, fold

__all__ = ["item_key", "items", "style_draft", "third_person", "verb_s"]

_MOST_CHARACTERS = 160
_MOST_KEY_WORDS = 4

_PERSONS = (
    (r"\bi am\b|\bi'm\b", "they are"),
    (r"\bi've\b|\bi have\b", "they have"),
    (r"\bi was\b", "they were"),
    (r"\bi'd\b", "they would"),
    (r"\bi\b", "they"),
    (r"\bmyself\b", "themselves"),
    (r"\bmine\b", "theirs"),
    (r"\bmy\b", "their"),
    (r"\bme\b", "them"),
    (r"\bwe're\b|\bwe are\b", "they are"),
    (r"\bwe\b", "they"),
    (r"\bour\b", "their"),
    (r"\bus\b(?!-)(?<!US)", "them"),
    (r"\byour\b", "the assistant's"),
    (r"\byou\b", "the assistant"),
)
_PATTERNS = tuple((re.compile(p, re.IGNORECASE), to) for p, to in _PERSONS)
_TAIL = re.compile(
    r"(?:\s+(?:a lot|so much|very much|too|at all|as well|more than anything|the most|please|"
    r"though|anyway|btw|by the way|if possible|lol|haha))+$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|any|some|all|most|eating|having)\s+", re.IGNORECASE)
_LIST = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|nor|&)\s+", re.IGNORECASE)
# "Crowded, densely populated cities" are one thing: a list has a word before its last.
_ADJECTIVES = re.compile(r"^(?!.*\s(?:and|or|nor|&)\s)[^,]+,\s*[^,\s]+\s[^,]+$", re.IGNORECASE)
_TOGETHER = frozenset(
    {
        "fish and chips",
        "mac and cheese",
        "rock and roll",
        "drum and bass",
        "gin and tonic",
        "peanut butter and jelly",
        "rhythm and blues",
        "black and white",
    }
)
_IRREGULAR = {"have": "has", "do": "does", "go": "goes", "am": "is", "are": "is", "be": "is"}


def third_person(text: str) -> str:
    """Rewrites words that a user says of themselves into words about the user.

    Args:
        text: Such as "my coffee black".

    Returns:
        Such as "their coffee black"; one line, at most 160 characters.
    """
    text = re.sub(r"\s+", " ", text[: 2 * _MOST_CHARACTERS]).strip(" .!?,;:\"'()\u2003")
    for pattern, to in _PATTERNS:
        text = pattern.sub(to, text)
    text = _TAIL.sub("", text)
    return text[:_MOST_CHARACTERS].strip()


def verb_s(verb: str) -> str:
    """The third person singular of a verb, particles kept ("listen to" → "listens to")."""
    head, _, rest = verb.partition(" ")
    if head in _IRREGULAR:
        head = _IRREGULAR[head]
    elif head.endswith(("s", "sh", "ch", "x", "z", "o")):
        head += "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        head = head[:-1] + "ies"
    elif not head.startswith(("can", "could", "must")):
        head += "s"
    return f"{head} {rest}".strip()


def items(text: str) -> tuple[str, ...]:
    """Parts a list of things ("olives, capers and blue cheese"); other texts stay whole.

    Args:
        text: The object of a verb of taste.

    Returns:
        At most six things in the third person.
    """
    whole = third_person(text)
    if whole.casefold() in _TOGETHER:
        return (whole,)
    parts = [p for p in (third_person(part) for part in _LIST.split(whole)) if p]
    if len(parts) < 2 or any(len(p.split()) > 3 for p in parts) or _ADJECTIVES.match(whole):
        return (whole,) if whole else ()
    return tuple(dict.fromkeys(parts))[:6]


def item_key(kind: str, item: str) -> str | None:
    """The aspect key of a taste for one thing ("avoid:seafood"); None for longer wordings.

    Args:
        kind: "like" or "avoid".
        item: The thing.

    Returns:
        The key, folded and without article.
    """
    name = fold(_ARTICLE.sub("", item))
    words = name.split()
    if words[:1] == ["their"]:
        return None
    return f"{kind}:{name}" if 0 < len(words) <= _MOST_KEY_WORDS else None


def style_draft(
    style: Style, *, strength: float, confidence: float = 0.92, inferred: bool = False
) -> PreferenceDraft:
    """A preference for how replies read."""
    return PreferenceDraft(
        description=style.says,
        strength=strength,
        confidence=confidence,
        origin="inferred" if inferred else "stated",
        aspect=style.aspect,
        value=style.value,
    )
