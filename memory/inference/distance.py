"""What an edit costs: how many words were inserted, deleted or replaced."""

from __future__ import annotations

import re

__all__ = ["edit_distance", "words_of"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


def words_of(text: str) -> list[str]:
    """The words and marks of a text, in order."""
    return _WORD.findall(text)


def edit_distance(before: str, after: str) -> int:
    """Levenshtein distance between two texts in words and marks; PRELUDE's cost of an edit.

    PRELUDE counts the tokens of one language model's tokeniser; words need no model.
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(words_of(before), words_of(after))
