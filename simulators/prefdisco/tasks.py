"""The kinds of requests of the track, each with its aspects."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from ...policies.types import Aspect

__all__ = ["Task", "load_tasks"]


class _AspectFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    values: tuple[str, ...]
    ordered: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    aspect: dict[str, _AspectFile]
    task: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A kind of request.

    Attributes:
        name: Its name ("trip").
        request: How people ask for it.
        aspects: What good answers differ on.
    """

    name: str
    request: str
    aspects: tuple[Aspect, ...]


@cache
def load_tasks(importance: float) -> tuple[Task, ...]:
    """The tasks; aspects without a task's prefix belong to all of them.

    Args:
        importance: The share of people to whom an aspect matters, as far as is known beforehand.
    """
    file = _File.model_validate(
        tomllib.loads((files(__package__) / "tasks.toml").read_text(encoding="utf-8"))
    )
    prefixes = tuple(f"{name}_" for name in file.task)
    return tuple(
        Task(
            name=name,
            request=request,
            aspects=tuple(
                Aspect(
                    key=key,
                    name=aspect.name,
                    values=aspect.values,
                    importance=importance,
                    ordered=aspect.ordered,
                )
                for key, aspect in file.aspect.items()
                if key.startswith(f"{name}_") or not key.startswith(prefixes)
            ),
        )
        for name, request in file.task.items()
    )
