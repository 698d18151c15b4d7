"""Whether a sentence about a user says a thing of them or denies it.

"Drinks coffee" and "has given up coffee" hold the same word. What a memory says is told apart here
by words that deny, and by how far they reach: to the end of their clause. It is a reading of short
sentences in the third person, kept apart from the one that memory itself does, which it scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Mention", "mentions"]

# Of "and", only one that begins another statement ends the reach of what denies.
_VERBS = (
    "likes|loves|prefers|enjoys|wants|needs|asks|drinks|eats|uses|wears|reads|writes|takes|plays|"
    "goes|buys|keeps|listens|watches|travels|stays|sits|works|trains|is|has|does|now|instead"
)
_BOUNDARY = re.compile(
    rf"[,;:.()—–]|\b(?:but|though|although)\b|\b(?:and|or|while)\s+(?=(?:{_VERBS})\b)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"""
      \bno\b(?!\s+(?:more|longer|later|fewer|less)\s+than\b|\s+(?:problem|objection|matter)\b)
    | \bnot\b(?!\s+(?:only|just|mind|least)\b|\s+(?:more|longer|later|less)\s+than\b)
    | n['’]t\b(?!\s+mind\b)
    | \b(?:cannot|never|without|neither|nor|none)\b
    | \bnothing\b(?!\s+but\b)
    | \b(?:avoid|dislik|loath|detest|refus|reject)\w*
    | \bhat(?:e|es|ed|ing)\b
    | \b(?:skip|stop|drop)(?:s|ped|ping)?\b
    | \bquit(?:s|ting)?\b | \bceas\w+ | \bg(?:ave|ives?|iven|iving)\s+up\b
    | \b(?:tired|sick|weary|enough)\s+of\b | \b(?:fed\s+up|done)\s+with\b
    | \ballerg\w+\s+to\b | \bintoleran\w+ | \bagainst\b | \bexcept\b
    | \b(?:instead\s+of|rather\s+than)\b
    | \bprefers?\b[^,;.()]*?\bover\b
    | \b(?:less|fewer)\b(?!\s+than\b)
    | (?<!is\ )(?<!are\ )(?<!got\ )(?<!gets\ )\bused\s+to\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What somebody leaves, up to what they come to.
_LEAVES = re.compile(
    r"\b(?:turn|mov|switch|chang|gone|went)\w*(?:\s+\w+){0,2}?\s+from\b", re.IGNORECASE
)
_TO = re.compile(r"\bto\b", re.IGNORECASE)
_DENIES_BEFORE = re.compile(
    r"\b(?:(?:is|are)\s+(?:not|no\s+longer|out|off|over|unwanted|forbidden)"
    r"|no\s+(?:longer|more)|any\s*more|any\s+longer)\b(?!\s+than\b)",
    re.IGNORECASE,
)
_FREE = re.compile(r"[- ]free\b", re.IGNORECASE)


class Mention(NamedTuple):
    """Something that a text mentions.

    Attributes:
        words: As it stands there.
        denied: Whether something outside of these words denies it.
    """

    words: str
    denied: bool


class _Reach(NamedTuple):
    start: int
    end: int


def mentions(pattern: re.Pattern[str], text: str) -> Iterator[Mention]:
    """Where a pattern is found in a text, and whether what it finds is denied there.

    Args:
        pattern: What is looked for. A denial that it matches itself does not count as one.
        text: Short statements in the third person, such as a memory's.
    """
    reaches = _reaches(text)
    for found in pattern.finditer(text):
        denied = any(reach.start <= found.start() < reach.end for reach in reaches)
        yield Mention(found[0], denied or _FREE.match(text, found.end()) is not None)


@lru_cache(maxsize=4096)
def _reaches(text: str) -> tuple[_Reach, ...]:
    ends = [found.start() for found in _BOUNDARY.finditer(text)]
    found = [
        _Reach(each.end(), _next(ends, each.end(), len(text))) for each in _DENIES.finditer(text)
    ]
    for each in _LEAVES.finditer(text):
        to = _TO.search(text, each.end())
        end = _next(ends, each.end(), len(text))
        found.append(_Reach(each.end(), end if to is None else min(end, to.start())))
    for each in _DENIES_BEFORE.finditer(text):
        starts = [end for end in ends if end < each.start()]
        found.append(_Reach(max(starts, default=-1) + 1, each.start()))
    return tuple(found)


def _next(ends: list[int], start: int, last: int) -> int:
    return next((end for end in ends if end >= start), last)
