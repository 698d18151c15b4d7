"""Messages in which a simulated user stops being one, told by code.

Small models that are to play a user slip into the assistant's part: they answer the request, offer
help, or repeat what they were told to do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from .words import contains, words

__all__ = ["Slip", "role_slip"]

Slip: TypeAlias = Literal["empty", "assistant", "answers", "echo"]
"""What went wrong: nothing was said; it speaks as an assistant; it writes the answer that the user
came for; it repeats its instructions."""

_LONGEST = 90
_ITEMS = 2
_ECHO = 7
_ASSISTANT = re.compile(
    r"\bas an? (?:ai|a\.i\.|(?:large )?language model|(?:virtual|digital) assistant)\b"
    # An assistant nurse is a user.
    r"|\b(?:as|i(?:'m| am)) an? (?:ai\b|language model\b"
    r"|(?:virtual |digital )?assistant(?: (?:who|that|here|designed|and)\b|\s*[.,!;:]|\s*$))"
    r"|\b(?:how (?:can|may) i (?:help|assist)|happy to (?:help|assist)|here to (?:help|assist)"
    r"|pleasure to (?:help|assist))\b"
    r"|\bi(?:'d| would|'ll| will| can) (?:be (?:happy|glad) to |gladly )?"
    r"(?:help|assist|recommend|suggest) (?:you|to you)\b"
    r"|\bi(?:'d| would) (?:recommend|suggest|be (?:happy|glad) to (?:help|assist))\b"
    r"|\b(?:let me|i'll|i will|i can) (?:help you|assist you|provide you|give you|create|draft"
    r"|put together|outline|walk you)\b"
    r"|\b(?:let me know|feel free to (?:ask|reach)|don't hesitate to)\b.{0,60}"
    r"\b(?:help|questions?|assist\w*|anything else|adjust\w*|need)\b"
    r"|\bis there anything else i can\b|\bcould you (?:please )?(?:provide|tell me|clarify|share)\b"
    r"|\bwhat (?:are|is) your (?:preference|preferred|budget|favou?rite|goal|requirement)s?\b"
    r"|\bbased on your (?:preferences?|request|needs)\b",
    re.IGNORECASE | re.DOTALL,
)
_OPENERS = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely|great (?:question|choice))\b[^.!?\n]{0,20}"
    r"[,.!:]\s*)?(?:here(?:'s| is| are)|below (?:is|are)|i(?:'ve| have) (?:created|drafted|prepared"
    r"|put together)|to (?:help|assist) you|(?:sure|certainly|absolutely)[!,.]? (?:i can|i'd be"
    r"|let me|here))\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W*(?:assistant|ai|bot|system)\s*:", re.IGNORECASE | re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+\S", re.MULTILINE)
# People write no tags; data in prompts stands between them.
_TAG = re.compile(r"</?[a-z_]+>", re.IGNORECASE)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*\n]+\*\*:?\s*$)|```", re.MULTILINE)


def role_slip(text: str, instructions: Sequence[str] = ()) -> Slip | None:
    """What is wrong with a message as a user's, if anything.

    Args:
        text: The message.
        instructions: What the model was told that is not for the user to say; seven words in a row
            of it are an echo.

    Returns:
        None if it could be a user's.
    """
    said, plain = words(text), text.replace("’", "'")
    if not said:
        return "empty"
    if _LABEL.search(text) or _ASSISTANT.search(plain):
        return "assistant"
    listed = len(_ITEM.findall(text)) > _ITEMS or _HEADING.search(text)
    if _OPENERS.search(plain) or listed or len(said) > _LONGEST:
        return "answers"
    if _TAG.search(text) or any(_echoes(said, words(each)) for each in instructions):
        return "echo"
    return None


def _echoes(said: tuple[str, ...], told: tuple[str, ...]) -> bool:
    runs = (told[place : place + _ECHO] for place in range(len(told) - _ECHO + 1))
    return any(contains(said, run) for run in runs)
