"""Makes untrusted text safe to show: what users, models and memories say is only ever text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..memory.types import Preference, PreferenceDraft

__all__ = ["Rewording", "clean", "describe", "one_line", "rewording", "with_scope"]

_ESCAPE_SEQUENCES = re.compile(
    "\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    "|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # OSC, DCS and the like: titles, clipboard
    "|[ -/]*[0-~]"
    ")"
)
# C0 and C1 controls but tab and newline, and the marks that reorder or hide what is shown.
_DROPPED = dict.fromkeys(
    [
        *(code for code in range(32) if chr(code) not in "\t\n"),
        *range(127, 160),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)


_SCOPED = re.compile(r"(?P<told>.*\S)\s*\((?:only )?for (?P<scope>[^()]+)\)\s*", re.DOTALL)


class Rewording(NamedTuple):
    """A preference in the words of its owner.

    Attributes:
        description: What is true.
        scope: What for; None is always.
    """

    description: str
    scope: str | None


def clean(text: str) -> str:
    """Drops terminal escape sequences, control characters and lone surrogates.

    Tabs and newlines stay; a carriage return with a newline is one newline.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ESCAPE_SEQUENCES.sub("", text).translate(_DROPPED)
    return text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str, width: int | None = None) -> str:
    """The text cleaned, on one line, cut to a width in characters with an ellipsis."""
    line = " ".join(clean(text).split())
    if width is not None and len(line) > width:
        return line[: max(width - 1, 0)].rstrip() + "…"
    return line


def with_scope(preference: Preference) -> str:
    """A preference as its owner rewrites it: `prefers bullet points (for summaries)`."""
    scope = f" (for {one_line(preference.scope)})" if preference.scope else ""
    return f"{preference.description}{scope}"


def rewording(text: str) -> Rewording:
    """Reads what `with_scope` shows, rewritten: without the words in brackets it holds always."""
    found = _SCOPED.fullmatch(text.strip())
    if found is None:
        return Rewording(text.strip(), None)
    return Rewording(found["told"], found["scope"].strip())


def describe(preference: Preference | PreferenceDraft) -> str:
    """A preference on one line: `must: is vegetarian (for dinners)`."""
    text = one_line(preference.description)
    if preference.hard:
        text = f"must: {text}"
    if preference.scope:
        text += f" (for {one_line(preference.scope)})"
    return text
