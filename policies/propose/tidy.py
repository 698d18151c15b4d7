"""Puts right what small models get wrong: orders said back, lists on one line, length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Tidied", "tidy", "unechoed"]

# "- one. - two. - three": items that should stand on lines of their own.
_INLINE_ITEM = re.compile(r"(?<=[.!?:;)\w*])\s+(?=(?:[-*•]|\d{1,2}[.)])\s+\S)")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9*_\"'“(])")
_FENCE = "```"
_LEEWAY = 1.2
_LABEL = r"(?:draft\s+\w+\W{1,3})?"


class Tidied(NamedTuple):
    """A draft put right.

    Attributes:
        text: The text.
        dropped: Words left out at its end to keep it within its limit.
    """

    text: str
    dropped: int


def tidy(text: str, word_limit: int | None = None) -> Tidied:
    """Breaks inline lists into lines, and cuts a draft at an item or sentence near its limit.

    Args:
        text: A draft in Markdown; one that holds a code block is left as it is.
        word_limit: The words that the user likes at most; a fifth more is let pass, and so is a
            first item or sentence of any length.

    Returns:
        The text, and how many words were left out.
    """
    stripped = text.strip()
    if _FENCE in stripped:
        return Tidied(stripped, 0)
    lines = _lines(stripped)
    if word_limit is None or _count(stripped) <= word_limit * _LEEWAY:
        return Tidied("\n".join(lines), 0)
    kept: list[str] = []
    words = 0
    for line in lines:
        pieces = [line] if _ITEM.match(line) else _SENTENCE.split(line)
        fitting: list[str] = []
        for piece in pieces:
            if words and words + _count(piece) > word_limit:
                break
            fitting.append(piece)
            words += _count(piece)
        if fitting:
            kept.append(" ".join(fitting))
        if len(fitting) < len(pieces):
            break
    # A line that introduces what was cut away introduces nothing.
    while len(kept) > 1 and (not kept[-1].strip() or kept[-1].rstrip().endswith(":")):
        kept.pop()
    result = "\n".join(kept).strip()
    return Tidied(result, _count(stripped) - _count(result))


def unechoed(text: str, instructions: Sequence[str]) -> str:
    """Takes an order off the beginning of a draft that says it before doing it.

    Args:
        text: A draft.
        instructions: What drafts were told to be ("the whole text, brief and plain").

    Returns:
        The rest, which is empty if the draft says nothing else.
    """
    for instruction in instructions:
        words = re.findall(r"\w+", instruction)
        if not words:
            continue
        said = r"\W+".join(map(re.escape, words))
        found = re.match(rf"\W*{_LABEL}{said}\b[\s.:;,)*–—-]*", text, re.IGNORECASE)
        if found is not None:
            rest = text[found.end() :]
            return rest[:1].upper() + rest[1:]
    return text


def _lines(text: str) -> list[str]:
    if len(_INLINE_ITEM.findall(text)) < 1 or not _ITEM.match(text.lstrip()):
        return text.split("\n")
    return [part for line in text.split("\n") for part in _INLINE_ITEM.split(line)]


def _count(text: str) -> int:
    return sum(1 for word in text.split() if any(c.isalnum() for c in word))
