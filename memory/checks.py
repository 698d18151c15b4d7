"""What memory accepts: user ids, texts and numbers, checked or cleaned on entry."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from ..errors import InputError
from .types import PreferenceDraft

__all__ = [
    "MAX_DESCRIPTION",
    "MAX_SESSION_ID",
    "MAX_TEXT",
    "MAX_TITLE",
    "MAX_USER_ID",
    "check_draft",
    "check_user_id",
    "clean_line",
    "clean_text",
    "fold",
]

MAX_USER_ID = 256
MAX_SESSION_ID = 256
MAX_DESCRIPTION = 2_000
MAX_LABEL = 500
MAX_TITLE = 200
MAX_TEXT = 1_048_576

_UNSAFE = re.compile(r"[\x00\ud800-\udfff]")
_WORD = re.compile(r"\w+(?:['’]\w+)?")


def check_user_id(user_id: str) -> str:
    """Returns a usable user id unchanged.

    Raises:
        InputError: It is no text, empty, longer than 256 characters, or carries characters that
            cannot be seen or stored.
    """
    if not isinstance(user_id, str):
        raise InputError(f"user_id is {user_id!r}; give a non-empty text that names the user")
    if not user_id.strip():
        raise InputError(f"user_id is {user_id!r}; give a non-empty text that names the user")
    if len(user_id) > MAX_USER_ID:
        raise InputError(
            f"user_id {user_id[:40]!r}… has {len(user_id)} characters; at most {MAX_USER_ID} fit"
        )
    bad = next((c for c in user_id if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}), None)
    if bad is not None:
        raise InputError(f"user_id {user_id!r} carries the control character {bad!r}; remove it")
    return user_id


def clean_text(text: str, name: str, limit: int = MAX_TEXT) -> str:
    """Returns a text as it was given, but for what no database stores.

    NULs and lone surrogates become U+FFFD.

    Raises:
        InputError: It is no text, or longer than `limit` characters.
    """
    if not isinstance(text, str):
        raise InputError(f"{name} is {text!r}; give a text")
    if len(text) > limit:
        raise InputError(
            f"{name} has {len(text):,} characters (it starts {text[:40]!r}); "
            f"at most {limit:,} fit: shorten or split it"
        )
    return _UNSAFE.sub("\ufffd", text)


def clean_line(text: str, name: str, limit: int) -> str:
    """Returns a text on one line: control characters and runs of blanks become one blank.

    Raises:
        InputError: It is no text, too long, or nothing is left of it.
    """
    line = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in clean_text(text, name, limit)
    )
    line = " ".join(line.split())
    if not line.strip("\ufffd "):
        raise InputError(f"{name} is {text!r}; give some words")
    return line


@lru_cache(maxsize=16_384)
def fold(text: str | None) -> str:
    """The words of a text without case and punctuation, to tell whether two say the same."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text or "").casefold()))


def check_draft(draft: PreferenceDraft) -> PreferenceDraft:
    """Returns a draft with clean texts.

    Raises:
        InputError: A text is empty or too long, or a number is out of its range.
    """
    for name, allowed in (("polarity", ("like", "dislike")), ("origin", ("stated", "inferred"))):
        if getattr(draft, name) not in allowed:
            raise InputError(f"{name} is {getattr(draft, name)!r}; use one of {allowed}")
    for name in ("strength", "confidence"):
        number = getattr(draft, name)
        if not (isinstance(number, int | float) and 0 < number <= 1):
            raise InputError(f"{name} is {number!r}; give a number in (0, 1]")
    lasts = draft.lasts_hours
    if lasts is not None and not (math.isfinite(lasts) and 0 < lasts <= 24 * 365 * 100):
        raise InputError(f"lasts_hours is {lasts!r}; give a positive number of hours, or None")
    return PreferenceDraft(
        description=clean_line(draft.description, "description", MAX_DESCRIPTION),
        polarity=draft.polarity,
        hard=bool(draft.hard),
        strength=float(draft.strength),
        origin=draft.origin,
        confidence=float(draft.confidence),
        scope=_label(draft.scope, "scope"),
        aspect=_label(draft.aspect, "aspect"),
        value=_label(draft.value, "value"),
        lasts_hours=lasts,
    )


def _label(text: str | None, name: str) -> str | None:
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    return clean_line(text, name, MAX_LABEL)
