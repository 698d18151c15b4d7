"""Sentences, words and their stems, for telling what a text is about without a model."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["contains", "content", "sentences", "stem", "words"]

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”')]*\s+|\n+")
_ENDINGS = ("ations", "ation", "ingly", "iness", "ings", "edly", "ness", "ies", "ing", "ers")
_SHORT_ENDINGS = ("ed", "er", "es", "ly", "s", "y", "e")
_SAY_LITTLE = (
    "a about all also am an and any are as at be been being but by can could did do does for from "
    "get go got had has have having he her here him his how i i'd i'll i'm i've if in into is it "
    "it's its just like may me might more most much my no nor not now of off on one only or other "
    "our out please prefer rather she should so some such than that that's the their them then "
    "there these they this those to too up us very was we were what what's when where which while "
    "who why will with would you you'd you're your yours want wants"
)
_EMPTY = frozenset(_SAY_LITTLE.split())


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, lines of a list each by itself."""
    return tuple(part.strip() for part in _SENTENCE.split(text) if _WORD.search(part))


def words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters."""
    return tuple(each.replace("’", "'") for each in _WORD.findall(text.casefold()))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its ending, so that forms of one word are mostly alike."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    for ending in _SHORT_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word


def content(text: str) -> tuple[str, ...]:
    """Stems of the words that say something, in their order."""
    return tuple(stem(word) for word in words(text) if word not in _EMPTY)


def contains(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Whether a run of stems stands within another, unbroken."""
    size = len(part)
    return size > 0 and any(
        whole[place : place + size] == part for place in range(len(whole) - size + 1)
    )
