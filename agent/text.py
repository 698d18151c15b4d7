"""Makes a message fit to be handled: no control characters, not empty, not boundless."""

from __future__ import annotations

import re

from ..errors import InputError

__all__ = ["MAX_MESSAGE", "clean_message"]

MAX_MESSAGE = 1_000_000

# Control characters but for tab and newline, lone surrogates, and the bidirectional overrides
# that make a text read otherwise than it is stored.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_message(text: str) -> str:
    """Drops what no message needs.

    Args:
        text: Whatever came in.

    Returns:
        The text without control characters, stripped.

    Raises:
        InputError: Nothing is left, or more than a million characters are.
    """
    if not isinstance(text, str):
        raise InputError(f"a message is a text, not {type(text).__name__!r}")
    cleaned = _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not cleaned:
        raise InputError(f"the message {text[:40]!r} is empty; write something")
    if len(cleaned) > MAX_MESSAGE:
        raise InputError(
            f"the message has {len(cleaned):,} characters; send at most {MAX_MESSAGE:,}"
        )
    return cleaned
