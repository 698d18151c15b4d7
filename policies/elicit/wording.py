"""Words the clarifying question about an aspect."""

from __future__ import annotations

import re
from uuid import uuid4

from ..types import Aspect, Question

__all__ = ["question_for"]

_MOST_OPTIONS = 4
_MOST_WORDS = 24


def question_for(aspect: Aspect, request: str) -> Question:
    """The question about an aspect: the written one if it passes the checks, else a template.

    A question asks one thing, is a question, names its aspect and offers two to four options
    without repetition; "something else" and "skip" go without saying.

    Args:
        aspect: What to ask about; its values become the options.
        request: The request that the question is about.

    Returns:
        The question, with an id of its own.
    """
    text = (aspect.question or "").strip()
    if not _passes(text, aspect):
        text = f"Which {aspect.name} would you like?"
    why = (aspect.why or "").strip().rstrip(".") or "good answers differ most on this"
    seen: dict[str, str] = {}
    for value in aspect.values:
        seen.setdefault(" ".join(value.casefold().split()), " ".join(value.split()))
    return Question(
        id=uuid4().hex,
        text=text,
        why=why,
        aspect=aspect.key,
        options=tuple(seen.values())[:_MOST_OPTIONS],
    )


def _passes(text: str, aspect: Aspect) -> bool:
    """Whether a written question asks one thing, and the right one."""
    if text.count("?") != 1 or not text.endswith("?") or len(text.split()) > _MOST_WORDS:
        return False
    named = set(
        re.findall(r"[\w-]{3,}", f"{aspect.name} {aspect.key}".casefold().replace("_", " "))
    )
    said = {w.removesuffix("s") for w in re.findall(r"[\w-]{3,}", text.casefold())}
    return not named or any(w.removesuffix("s") in said for w in named)
