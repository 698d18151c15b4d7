"""The known diets and allergies that a statement about the user names, as hard preferences."""

from __future__ import annotations

from ...memory.types import PreferenceDraft
from ..constraints import recognise
from .lexicon import lexicon

__all__ = ["known_constraints"]


def known_constraints(text: str) -> tuple[PreferenceDraft, ...]:
    """Reads hard constraints that the speaker has.

    Args:
        text: A statement in the first person ("I'm vegetarian", "I don't eat pork").

    Returns:
        One draft for each known constraint of the user's own.
    """
    return tuple(
        PreferenceDraft(
            description=_described(known.description, known.key),
            polarity="dislike" if known.aspect.startswith("avoid:") else "like",
            hard=True,
            strength=1.0,
            confidence=0.97,
            aspect=known.aspect,
            value=known.value,
        )
        for known in recognise(text)
        if known.subject == "user"
    )


def _described(description: str, key: str) -> str:
    meaning = lexicon().meaning(key)
    return description if meaning is None else f"{description}: {meaning}"
