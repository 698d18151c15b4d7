"""Descriptions of how texts are written, as memory keeps them; what a chat model said, cleaned."""

from __future__ import annotations

import re

from ...models.prompts import one_line
from ..checks import fold
from ..types import Preference, PreferenceDraft

__all__ = ["LEAD", "is_wording", "orders", "said", "wording"]

LEAD = "prefers this style: "
"""How a description of style begins that answers no aspect with a value."""

_KEY = "style:"
_MOST_KEY = 120
_LEAD_IN = re.compile(
    r"^(?:(?:the |this )?(?:user|writer|author|text|they|it)\b\s*)?(?:(?:also|really)\s+)?"
    r"(?:(?:likes?|prefers?|wants?|uses?|is written|should be)\b\s*)?",
    re.IGNORECASE,
)
# A description of how texts are written gives no orders and speaks of no assistant.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|override|obey|execute|reveal|forget)\b|\b(?:system|previous|above|prior)"
    r" (?:prompt|instructions?|messages?)\b|\binstructions?\b|\b(?:as an ai|you are now|api key|"
    r"password|other users?)\b|\bhttps?:",
    re.IGNORECASE,
)


def said(text: str, *, longest: int, most_words: int) -> str | None:
    """What a chat model said of somebody's style, without "the user prefers" before it.

    Args:
        text: The model's words.
        longest: The most characters; what is longer is cut.
        most_words: The most words.

    Returns:
        A phrase on one line, in lower case at its start; None if it is no phrase of that size.
    """
    phrase = one_line(text, limit=longest).strip(" .\"'“”")
    phrase = _LEAD_IN.sub("", phrase).strip()
    if not 1 <= len(phrase.split()) <= most_words or not any(c.isalpha() for c in phrase):
        return None
    return phrase[:1].lower() + phrase[1:]


def orders(text: str) -> bool:
    """Whether a text reads like an order to a machine rather than words about a text."""
    return _ORDERS.search(text) is not None


def wording(
    phrase: str,
    *,
    lead: str = LEAD,
    scope: str | None = None,
    strength: float = 0.5,
    confidence: float = 0.45,
) -> PreferenceDraft:
    """A description of style that answers no aspect with a value.

    Its aspect is its own, so that a user may have any number of them.

    Args:
        phrase: Such as "small concrete details".
        lead: How the description begins.
        scope: When it applies; None is always.
        strength: How much it matters, in (0, 1].
        confidence: Belief that it is true, in (0, 1].
    """
    return PreferenceDraft(
        description=f"{lead}{phrase}",
        strength=strength,
        origin="inferred",
        confidence=confidence,
        scope=scope,
        aspect=f"{_KEY}{fold(phrase)[:_MOST_KEY]}",
    )


def is_wording(line: Preference | PreferenceDraft) -> bool:
    """Whether a line is such a description."""
    return line.aspect is not None and line.aspect.startswith(_KEY)
