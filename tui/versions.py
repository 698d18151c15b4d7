"""How a preference came to be what it is, in lines that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from .text import describe, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from ..memory.types import Choice, Evidence, Observation, Preference

__all__ = ["day", "quote", "version", "version_lines"]

_QUOTED = 60


def version_lines(
    chain: Sequence[Preference], evidence: Mapping[str, Evidence] | None = None
) -> list[str]:
    """One line for each version: "short → long on 3 May 2026, because …".

    Args:
        chain: The versions, oldest first.
        evidence: Events by id, as far as they are at hand, to say why.
    """
    known = evidence or {}
    lines = []
    for place, here in enumerate(chain):
        before = chain[place - 1] if place else None
        if before is None:
            line = f"{version(here)} since {day(here.valid_from)}"
        else:
            line = f"{version(before, here)} → {version(here, before)} on {day(here.valid_from)}"
        why = _why(here, before, known)
        lines.append(f"{line}, {why}" if why else line)
    return lines


def version(preference: Preference, beside: Preference | None = None) -> str:
    """A version in few words: its value, where the aspect says the rest."""
    if (
        preference.aspect
        and preference.value
        and (beside is None or _same_topic(preference, beside))
    ):
        return one_line(preference.value)
    return describe(preference)


def quote(observation: Observation) -> str:
    """What the user did or said, in a few words."""
    match observation.kind:
        case "statement" | "command" | "reaction":
            return _quoted(observation.text)
        case "answer":
            return "a question skipped" if observation.value is None else _quoted(observation.value)
        case "edit":
            return f"an edit to {_quoted(observation.after)}"
        case "choice":
            return _choice(observation)
        case "rating":
            return f"a rating of {observation.value:+.1f}"
        case "artefact":
            return f"the example {_quoted(observation.text)}"
        case _:
            assert_never(observation)


def _choice(observation: Choice) -> str:
    if observation.picked is None:
        return "suggestions passed over" if observation.ignored else "a choice of none"
    if not 0 <= observation.picked < len(observation.shown):
        return "a choice"
    return f"the choice of {_quoted(observation.shown[observation.picked])}"


def day(moment: datetime) -> str:
    """A date as people write it."""
    return f"{moment.day} {moment:%b %Y}"


def _why(here: Preference, before: Preference | None, evidence: Mapping[str, Evidence]) -> str:
    if here.revised:
        return "corrected by hand"
    old = () if before is None else before.evidence_ids
    new = [each for each in here.evidence_ids if each not in old and each in evidence]
    return f"because of {quote(evidence[new[0]].observation)}" if new else ""


def _same_topic(one: Preference, other: Preference) -> bool:
    return one.aspect == other.aspect and bool(other.value)


def _quoted(text: str) -> str:
    return f"“{one_line(text, _QUOTED)}”"
