"""The words for when a preference holds: which occasions they cover, and what they have in common.

A scope names a kind of text ("emails"), and may say more of it: before the kind for whom or what
for ("work emails", "thank-you letters"), after it what it is made from ("summaries of meeting
minutes"). Occasions are named in the same words, so that words decide, and no model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .checks import fold

__all__ = ["SORTS", "common_scope", "covers", "kind_of", "tail_of"]

SORTS = (
    "work",
    "business",
    "formal",
    "official",
    "private",
    "personal",
    "thank-you",
    "apology",
    "love",
    "marketing",
    "sales",
    "complaint",
    "condolence",
    "application",
    "resignation",
    "congratulation",
    "reminder",
    "invitation",
    "farewell",
)
"""What stands before a kind of text and makes a kind of the kind."""

_FOLDED_SORTS = frozenset(word for sort in SORTS for word in fold(sort).split())
_PREPOSITION = re.compile(r"\s+(?:of|from|to|for|about|on|with|in)\s+", re.IGNORECASE)


class _Parts(NamedTuple):
    base: frozenset[str]
    tail: frozenset[str]


def covers(scope: str | None, occasion: str | None) -> bool:
    """Whether what holds in a scope holds on an occasion.

    "emails" covers "work emails", and "summaries" covers "summaries of reports"; "reports" does
    not.
    """
    if scope is None:
        return True
    wide, narrow = _parts(scope), _parts(occasion)
    return wide.base <= narrow.base and wide.tail <= narrow.tail


def kind_of(scope: str | None) -> str | None:
    """The kind of text alone: "emails" of "work emails" and of "emails from travel notes"."""
    if scope is None:
        return None
    base = _PREPOSITION.split(scope.strip(), maxsplit=1)[0]
    words = [word for word in base.split() if not set(fold(word).split()) <= _FOLDED_SORTS]
    return " ".join(words).casefold() or base.casefold()


def tail_of(scope: str) -> str:
    """What stands after the kind: "meeting minutes" of "summaries of meeting minutes"."""
    parts = _PREPOSITION.split(scope.strip(), maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def common_scope(scopes: Iterable[str | None]) -> str | None:
    """The narrowest scope that covers some; None, always, if they are of several kinds.

    Of "emails" and "work emails" it is "emails"; so it is of "work emails" and "private emails".
    """
    found = list(scopes)
    wide = next((one for one in found if all(covers(one, each) for each in found)), None)
    if wide is not None or None in found:
        return wide
    kinds = {kind_of(each) for each in found}
    return kinds.pop() if len(kinds) == 1 else None


def _parts(scope: str | None) -> _Parts:
    if not scope:
        return _Parts(frozenset(), frozenset())
    base, *tail = _PREPOSITION.split(scope.strip(), maxsplit=1)
    return _Parts(frozenset(fold(base).split()), frozenset(fold(" ".join(tail)).split()))
