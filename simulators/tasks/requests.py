"""Open requests, to which many answers are good: which one depends on who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..datasets.marked import load_marked
from ..profiles.schema import Domain

__all__ = ["Request", "load_requests"]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Text
    domain: Domain
    text: Text
    aspects: dict[Text, Annotated[list[Text], Field(min_length=2)]] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requests: list[_Entry] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something that somebody asks.

    Attributes:
        id: Names it, uniquely in its file.
        domain: What it is about.
        text: What is asked, in the asker's words.
        aspects: On what good answers differ, with at least two values each.
    """

    id: str
    domain: Domain
    text: str
    aspects: Mapping[str, tuple[str, ...]]


def load_requests(path: Path | None = None) -> tuple[Request, ...]:
    """Reads requests.

    Args:
        path: A YAML file with a list `requests`, each with `id`, `domain`, `text` and `aspects`;
            by default the one that is shipped.

    Raises:
        InputError: A field does not fit, or an id, a value or a text stands twice; the message
            names file, line and field.
    """
    shipped = Path(str(files(__package__).joinpath("requests.yaml")))
    file, marked = load_marked(shipped if path is None else path, _File)
    ids: set[str] = set()
    texts: set[str] = set()
    for place, entry in enumerate(file.requests):
        for field, value, known in (("id", entry.id, ids), ("text", entry.text, texts)):
            if value in known:
                raise marked.error(
                    ("requests", place, field), f"{value!r} is a request already; leave one out"
                )
            known.add(value)
        for aspect, values in entry.aspects.items():
            if len(set(values)) < len(values):
                raise marked.error(
                    ("requests", place, "aspects", aspect), f"{values!r} has a value twice"
                )
    return tuple(
        Request(
            id=entry.id,
            domain=entry.domain,
            text=entry.text,
            aspects=MappingProxyType({key: tuple(vs) for key, vs in entry.aspects.items()}),
        )
        for entry in file.requests
    )
