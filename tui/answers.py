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
    r"(?:for|when(?: it is| it's)?|in|at|on|during)\s+(?P<scope>.+)",
    re.IGNORECASE | re.DOTALL,
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

    A number, "old", "new", "both", "both for work emails", or "later".
    """
    text = text.strip()
    if (scoped := _SCOPED.fullmatch(text)) is not None:
        return Settling("both", scoped["scope"].strip())
    match text.casefold().rstrip(".! ").removeprefix("keep ").removeprefix("take "):
        case "1" | "o" | "old" | "the old" | "the old one":
            return Settling("old")
        case "2" | "n" | "new" | "the new" | "the new one":
            return Settling("new")
        case "3" | "b" | "both" | "both hold" | "both for":
            return Settling("both")
        case "skip" | "later":
            return Settling(None)
        case _:
            return None
