"""Counting tokens without a tokenizer: an estimate that errs on the high side."""

from __future__ import annotations

from collections.abc import Sequence

from .types import Message

__all__ = ["MESSAGE_OVERHEAD", "estimate_prompt_tokens", "estimate_tokens"]

MESSAGE_OVERHEAD = 6
"""Tokens that chat templates spend on the frame of one message."""

_CHARACTERS_PER_TOKEN = 3
_FIRST_DENSE = 0x0370


def estimate_tokens(text: str) -> int:
    """Estimates the tokens of a text, never far below the truth.

    Latin script counts a token for every three characters (English takes one for about four),
    every other character counts as a token of its own.

    Args:
        text: Any text.

    Returns:
        The estimate; 0 for the empty text.
    """
    dense = 0 if text.isascii() else sum(ord(character) >= _FIRST_DENSE for character in text)
    return dense + -(-(len(text) - dense) // _CHARACTERS_PER_TOKEN)


def estimate_prompt_tokens(messages: Sequence[Message]) -> int:
    """Estimates the tokens of a prompt, the frames of its messages included."""
    return sum(estimate_tokens(message.content) + MESSAGE_OVERHEAD for message in messages)
