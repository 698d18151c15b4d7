"""What an edit costs: how many words were inserted, deleted or replaced."""

from __future__ import annotations

import re

__all__ = ["edit_distance", "words_of"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_MOST = 2_000


def words_of(text: str) -> list[str]:
    """The words and marks of a text, in order; the first 2,000."""
    return [match[0] for match in _WORD.finditer(text)][:_MOST]


def edit_distance(before: str, after: str) -> int:
    """Levenshtein distance between two texts in words and marks; PRELUDE's cost of an edit.

    PRELUDE counts the tokens of one language model's tokeniser; words need no model.
    """
    left, right = words_of(before), words_of(after)
    # What two texts begin and end with alike costs nothing.
    while left and right and left[-1] == right[-1]:
        left.pop()
        right.pop()
    same = next(
        (place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
        min(len(left), len(right)),
    )
    left, right = left[same:], right[same:]
    row = list(range(len(right) + 1))
    for place, word in enumerate(left, start=1):
        above, row[0] = row[0], place
        for column, other in enumerate(right, start=1):
            cost = min(row[column] + 1, row[column - 1] + 1, above + (word != other))
            above, row[column] = row[column], cost
    return row[-1]
