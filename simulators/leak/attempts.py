"""What an attempt is, and what an attack makes of a world."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .world import World

__all__ = ["Attack", "Attempt", "Hold", "found_in", "told"]

_SHOWN = 300


class Attempt(NamedTuple):
    """One try to make something reach where it must not.

    Attributes:
        what: What was tried, in a few words.
        leaked: What got through, in words; None if nothing did.
    """

    what: str
    leaked: str | None


Hold: TypeAlias = "Callable[[World], AsyncIterator[Attempt]]"


class Attack(NamedTuple):
    """A kind of attempts.

    Attributes:
        name: Its name, one row of the report.
        hold: Makes the attempts in a world.
        needs_model: A real chat model answers.
    """

    name: str
    hold: Hold
    needs_model: bool = False


def told(found: object) -> str:
    """Everything that a result says, as one text."""
    if isinstance(found, bytes):
        return found.decode("utf-8", errors="replace")
    if isinstance(found, str):
        return found
    if is_dataclass(found) and not isinstance(found, type):
        return told(asdict(found))
    if isinstance(found, dict):
        return " ".join(f"{told(key)} {told(value)}" for key, value in found.items())
    if isinstance(found, Iterable):
        return " ".join(told(each) for each in found)
    return str(found)


def found_in(found: object, canaries: Iterable[str]) -> str | None:
    """The first canary in a result, however it is written, with some of what is around it."""
    text = unicodedata.normalize("NFKC", told(found)).casefold()
    for canary in canaries:
        at = text.find(canary.casefold())
        if at >= 0:
            return text[max(0, at - _SHOWN // 3) : at + _SHOWN // 3]
    return None
