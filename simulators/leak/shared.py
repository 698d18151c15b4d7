"""What must be caught: a memory that is everybody's, and prompts without a fence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ...memory import Memory, UserMemory

__all__ = ["SharedMemory", "unfenced"]

_EVERYBODY = "everybody"


class SharedMemory(Memory):
    """A store that pays no heed to whose memories it is asked for: a leak on purpose."""


def _shared(verb: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(verb)
    def of_everybody(self: SharedMemory, _user_id: str, *args: Any, **options: Any) -> Any:
        return verb(self, _EVERYBODY, *args, **options)

    return of_everybody


# Every verb that a user's memory has, takes the user first.
for _name in vars(UserMemory):
    if not _name.startswith("_") and callable(getattr(Memory, _name, None)):
        setattr(SharedMemory, _name, _shared(getattr(Memory, _name)))


def unfenced(prompt: str, stored: list[str]) -> str:
    """A prompt as it would be with memories pasted into it as they are."""
    bare = prompt.replace("<known_preferences>\n", "").replace("\n</known_preferences>", "")
    return "\n".join([*stored, bare])
