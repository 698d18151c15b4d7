"""What a clause comes to, and the tastes that its object names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...memory.types import PreferenceDraft
from .lexicon import Style, lexicon
from .phrasing import item_key, items, style_draft, third_person

__all__ = ["TOO_VAGUE", "Said", "soft", "styled", "tastes"]


TOO_VAGUE = frozenset(
    re.findall(
        r"\S+",
        """
        it that this them much a lot enough out in anything something there here so more
        less too time problem question idea yes no well
        """,
    )
)
"""Objects that name nothing one could like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of one clause.

    Attributes:
        drafts: Preferences stated.
        uncertain: It speaks of a taste in a way that the rules do not understand.
        forget: What no longer holds ("I'm no longer vegan").
    """

    drafts: tuple[PreferenceDraft, ...] = ()
    uncertain: bool = False
    forget: str | None = None


def soft(
    description: str, aspect: str | None, value: str | None, strength: float
) -> PreferenceDraft:
    return PreferenceDraft(
        description=description, strength=strength, confidence=0.9, aspect=aspect, value=value
    )


def styled(styles: tuple[Style, ...], *, bad: bool, strength: float) -> list[PreferenceDraft]:
    drafts = []
    for style in styles:
        wanted = lexicon().opposite(style) if bad else style
        if wanted is not None:
            drafts.append(style_draft(wanted, strength=strength))
    return drafts


def tastes(verb: str, what: str, *, dislike: bool, strength: float) -> list[PreferenceDraft]:
    over = re.match(
        r"(?P<a>.{2,40}?)\s+(?:over|to|rather than|instead of|more than(?! (?:\d|an? |one |"
        r"two |three |four |five |six |ten )))\s+(?!\w+ing\b|be\b)(?P<b>.{2,40})$",
        what,
        re.I,
    )
    if verb.startswith("prefer") and re.match(r"not to\b", what, re.IGNORECASE) is not None:
        refused = third_person(what)
        draft = soft(f"{verb} {refused}", None, None, strength)
        return [replace(draft, polarity="dislike")]
    if verb.startswith("prefer") and over is not None:
        a, b = third_person(over["a"]), third_person(over["b"])
        return [soft(f"prefers {a} to {b}", item_key("like", a), a, strength)]
    return [
        PreferenceDraft(
            description=f"{verb} {item}",
            polarity="dislike" if dislike else "like",
            strength=strength,
            confidence=0.9,
            aspect=item_key("avoid" if dislike else "like", item),
            value=item if item_key("like", item) else None,
        )
        for item in items(what)
    ]
