"""What the reason says that a user gives with an edit, a pick or a rating."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .lexicon import lexicon
from .phrasing import style_draft
from .reading import merge, read_message

__all__ = ["read_reason"]

# In a message, "shorter" is an order that may be meant for once; with an edit or a pick that does
# it, it says how the user likes such texts.
_GIVEN = 0.65
_READ = 400
_PARTS = re.compile(r"\s*(?:[;.,]|\band\b|\bbut\b)\s*", re.IGNORECASE)
# What says only which text is spoken of.
_SPOKEN_OF = re.compile(
    r"^\W*(?:because\s+|since\s+|as\s+)?(?:(?:it|this|that|the (?:other|first|second|third|last)s?"
    r"(?: (?:one|draft|text|version|option)s?)?|others?|they|these)(?:'s|\s+(?:is|are|was|were|"
    r"sounds?|feels?|reads?|looks?)))\s+",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"(?:(?:a (?:bit|little)|far|much|way)\s+)?(?:too|more|less|\w{3,}er)\b", re.I)
_NOT_ENOUGH = re.compile(r"^\W*not\s+(?P<what>[\w -]{3,30}?)\s+enough\W*$", re.IGNORECASE)
_ALL_TOO = re.compile(
    r"^\W*(?:way |far |much )?too (?:many|much)\s+(?P<what>[\w -]{3,30})\W*$", re.I
)


def read_reason(reason: str | None, text: str) -> tuple[PreferenceDraft, ...]:
    """Reads a reason as a message about a text would be read, by rules.

    What is stated ("never write Best") is stated; what only names a change ("too long", "the
    others are too formal") is inferred, and surer than an order.

    Args:
        reason: In the user's words; None or empty says nothing.
        text: The text that they speak of.

    Returns:
        Preferences without a scope unless the reason names one; none for what is about content.
    """
    if reason is None or not reason.strip():
        return ()
    said = reason[:_READ]
    wishes = [plain for part in _PARTS.split(said) if (plain := _wish(part))]
    whole = _wish(said)
    found: list[PreferenceDraft] = []
    for plain in dict.fromkeys([*([] if whole is None else [whole]), *wishes]):
        found += read_message(plain, last_reply=text or "…").preferences
        excess = _ALL_TOO.match(plain)
        if excess is not None:
            found += _without(excess["what"])
    return merge([
        each if each.origin == "stated" else replace(each, confidence=max(each.confidence, _GIVEN))
        for each in found
    ])  # fmt: skip


def _wish(said: str) -> str | None:
    """A reason as an order: "it is not friendly enough" is "more friendly".

    None of what only describes a text ("it is in bullet points"): whether that is good or bad, it
    does not say.
    """
    plain = _SPOKEN_OF.sub("", said).strip()
    lacking = _NOT_ENOUGH.match(plain)
    if lacking is not None:
        return f"more {lacking['what']}"
    described = plain != said.strip() and _DEGREE.match(plain) is None
    return None if described or not plain else plain


def _without(what: str) -> list[PreferenceDraft]:
    """Of what there is too much: the style that does without it, if it has a name."""
    return [
        style_draft(style, strength=0.4, confidence=_GIVEN, inferred=True)
        for style in lexicon().styles(f"no {what}")
    ]
