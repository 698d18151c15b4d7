"""What must be caught: a memory that is everybody's, and prompts without a fence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from ...memory import Memory, UserMemory

__all__ = ["SharedMemory", "unfenced"]

_EVERYBODY = "everybody"


class SharedMemory(Memory):
    """A store that pays no heed to whose memories it is asked for: a leak on purpose."""

    def import_(self, user_id: str, lines: Iterable[str]) -> int:
        """Takes lines of anybody as everybody's."""
        return super().import_(user_id, [_taken_over(line) for line in lines])


def _taken_over(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    return json.dumps(record | {"user_id": _EVERYBODY}) if isinstance(record, dict) else line


def _shared(verb: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(verb)
    def of_everybody(self: SharedMemory, _user_id: str, *args: Any, **options: Any) -> Any:
        return verb(self, _EVERYBODY, *args, **options)

    return of_everybody


# Every verb that a user's memory has, takes the user first.
for _name in vars(UserMemory):
    if not _name.startswith("_") and callable(getattr(Memory, _name, None)):
        setattr(SharedMemory, _name, _shared(getattr(SharedMemory, _name)))


def unfenced(prompt: str, stored: list[str]) -> str:
    """A prompt as it would be with memories pasted into it as they are."""
    bare = prompt.replace("<known_preferences>\n", "").replace("\n</known_preferences>", "")
    return "\n".join([*stored, bare])
