"""Decisions as they are kept beside a conversation: with their numbers, without anybody's words.

What a decision quotes of memory or of a message would outlive what the user erases; the numbers and
the kinds of reasons do not tell it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from pydantic import ValidationError

from ..policies.types import Decision
from .state import pack, unpack

__all__ = ["kept", "read_kept"]

# What follows these quotes somebody.
_QUOTES = re.compile(r"\b(answers it|memory guesses|your choices suggest): .*", re.DOTALL)


def kept(decision: Decision) -> str:
    """A decision as JSON in ASCII, without quotations."""
    plain = replace(
        decision,
        reason=_unquoted(decision.reason),
        weighed=tuple(replace(each, reason=_unquoted(each.reason)) for each in decision.weighed),
        aspect=None,
        probe="",
    )
    return json.dumps(pack(plain))


def read_kept(text: str) -> Decision | None:
    """A decision that was kept; None if it is of a form that is no longer known."""
    try:
        return unpack(Decision, json.loads(text))
    except (ValidationError, ValueError):
        return None


def _unquoted(reason: str) -> str:
    return _QUOTES.sub(r"\1", reason)
