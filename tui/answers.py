"""Reads what a user types as the answer to a question or as a pick."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..agent.types import Choosing
    from ..policies.types import Question

__all__ = ["read_answer", "read_pick"]


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
