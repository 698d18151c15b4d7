"""Reads what a user types as the answer to a question or as a pick."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..agent.types import Choosing
    from ..memory.types import Settled
    from ..policies.types import Question

__all__ = ["Settling", "read_answer", "read_pick", "read_settled"]

_SCOPED = re.compile(
    r"both(?: hold)?[\s,:;]*(?:but )?(?:(?:the )?new (?:one )?)?(?:only )?"
    r"(?P<how>for|when(?: it is| it's)?|in|at|on|during)\s+(?P<scope>.+)",
    re.IGNORECASE | re.DOTALL,
)
_KEPT = re.compile(
    r"(?:please )?(?:(?:keep|take|use|go with|it's|it is)\s+)?(?:the )?"
    r"(?:(?P<old>1|o|old|first|former|previous|before)|(?P<new>2|n|new|newer|second|latter|now)|"
    r"(?P<both>3|b|both|both hold|both for|(?:both[\s,;:]*)?it depends)|(?P<later>skip|later))"
    r"(?: one)?(?:,? please)?[.! ]*",
    re.IGNORECASE,
)


class Settling(NamedTuple):
    """What the user typed about a contradiction."""

    keep: Settled | None
    scope: str | None = None


def read_answer(question: Question, text: str) -> int | str | None:
    """An option's number gives its index, "skip" gives None, all else is the user's own words.

    The words of an option give its index too.
    """
    text = text.strip()
    if text.lower() == "skip":
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(question.options):
        return int(text) - 1
    for index, option in enumerate(question.options):
        if option.casefold() == text.casefold():
            return index
    return text


def read_pick(choosing: Choosing, text: str) -> int | None:
    """A candidate's number gives its index, "skip" or "none" gives None.

    Raises:
        ValueError: The text is neither.
    """
    text = text.strip().lower()
    if text in {"skip", "none"}:
        return None
    count = len(choosing.candidates)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= count:
        return int(text) - 1
    raise ValueError(f"{text!r} is not a number from 1 to {count}, nor 'none'")


def read_settled(text: str) -> Settling | None:
    """What a text says about an open contradiction; None if it is about something else.

    A number, "keep the old one", "the new one", "both, it depends", "both for work emails", or
    "later".
    """
    text = text.strip()
    if (scoped := _SCOPED.fullmatch(text)) is not None:
        scope = scoped["scope"].strip(" .!")
        if scoped["how"].casefold() == "when" and scope.split()[0].casefold() in {"i", "i'm", "we"}:
            from ..policies.feedback.phrasing import third_person

            # As scopes are kept: "when they travel".
            scope = f"when {third_person(scope)}"
        return Settling("both", scope)
    kept = _KEPT.fullmatch(text)
    match None if kept is None else kept.lastgroup:
        case "old":
            return Settling("old")
        case "new":
            return Settling("new")
        case "both":
            return Settling("both")
        case "later":
            return Settling(None)
        case _:
            return None
