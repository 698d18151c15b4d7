"""What is recalled, as data for a prompt: fenced, and unable to leave the fence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .types import Preference, Recalled

__all__ = ["MEMORY_TAG", "as_prompt_data", "inert", "prompt_line"]

MEMORY_TAG = "known_preferences"
"""The name of the tags around the block; a system prompt says what stands between them."""

# Characters that fences, chat templates and Markdown give a meaning, and harmless likenesses.
_LIKENESSES = str.maketrans(
    {"<": "‹", ">": "›", "`": "'", "[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "#": "＃"}
)
_ROLE = re.compile(
    r"\b(system|assistant|user|human|developer|tool|ai|instructions?)\s*[:：]", re.IGNORECASE
)
_NEGATIVE = re.compile(
    r"(dislikes?|hates?|avoids?|refuses?|rejects?|never|no|not|without|cannot|can't|doesn't|don't"
    r"|won't|does not|do not|will not|is allergic|is not|isn't|allergic)\b",
    re.IGNORECASE,
)


def as_prompt_data(recalled: Iterable[Recalled | Preference]) -> str:
    """The fenced block that tells a model what is known of the user; empty if nothing is.

    One line each. A text can neither close the fence nor start a line, a role or a markup of its
    own; what it says remains readable.
    """
    lines = [
        prompt_line(each.preference if isinstance(each, Recalled) else each) for each in recalled
    ]
    return "\n".join((f"<{MEMORY_TAG}>", *lines, f"</{MEMORY_TAG}>")) if lines else ""


def inert(text: str) -> str:
    """A text of the user's on one line, without anything that prompts give a meaning."""
    seen = "".join(
        " " if c.isspace() or unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        # Invisible and text-turning characters hide words from people, not from models.
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"}
    )
    plain = " ".join(seen.translate(_LIKENESSES).split())
    return _ROLE.sub(r"\1 -", plain).lstrip("-*=_~ ")


def prompt_line(preference: Preference) -> str:
    """The line of the block that is about one preference."""
    description = inert(preference.description)
    # "dislikes: dislikes crowds" would read as its contrary.
    against = preference.polarity == "dislike" and not _NEGATIVE.match(description)
    match (preference.hard, against):
        case (True, True):
            mark = "must avoid: "
        case (True, False):
            mark = "must hold: "
        case (False, True):
            mark = "dislikes: "
        case _:
            mark = ""
    scope = f" (only for: {inert(preference.scope)})" if preference.scope else ""
    return f"- {mark}{description}{scope}"
