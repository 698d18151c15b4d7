"""Notes to write e-mails and summaries from: raw facts, of this project's own writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from ..datasets.marked import load_marked

__all__ = ["Kind", "Note", "NoteLike", "load_notes"]

Kind = Literal["email", "summary"]


class NoteLike(Protocol):
    """What can be written from: these notes, or documents of another collection."""

    @property
    def id(self) -> str:
        """Names it, uniquely in its collection."""
        ...

    @property
    def domain(self) -> str:
        """Where it comes from ("meetings"); a user's style depends on it."""
        ...

    @property
    def kind(self) -> Kind:
        """What is to be written from it."""
        ...

    @property
    def text(self) -> str:
        """The facts."""
        ...

    @property
    def to(self) -> str:
        """Whom an e-mail goes to; empty if nobody is named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Facts to write something from; see `NoteLike`."""

    id: str
    domain: str
    kind: Kind
    text: str
    to: str = ""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    kind: Kind
    to: str = ""
    text: str = Field(min_length=1)

    @model_validator(mode="after")
    def _addressed(self) -> _Entry:
        if (self.kind == "email") != bool(self.to):
            raise ValueError("an email names whom it goes to in `to`, a summary does not")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    licence: str
    domain: str = Field(min_length=1)
    notes: list[_Entry] = Field(min_length=1)


def load_notes(path: Path | None = None) -> tuple[Note, ...]:
    """Loads notes.

    Args:
        path: A YAML file, or a folder of files `notes_*.yaml`; None for those that come with
            Penchant (8 domains; their licence is Penchant's own).

    Raises:
        InputError: There is no file, or an entry does not fit; the message names file, line and
            field.
    """
    if path is None:
        return _shipped()
    found = [path] if path.is_file() else sorted(path.glob("notes_*.yaml")) if path.is_dir() else []
    if not found:
        problem = "holds no notes_*.yaml" if path.is_dir() else "does not exist"
        raise InputError(
            f"{str(path)!r} {problem}; name a YAML file of notes, a folder of them, or none for "
            "those that come with Penchant"
        )
    return _unique(found)


@cache
def _shipped() -> tuple[Note, ...]:
    folder = Path(str(files(__package__)))
    return _unique(sorted(folder.glob("notes_*.yaml")))


def _unique(paths: Sequence[Path]) -> tuple[Note, ...]:
    notes: dict[str, Note] = {}
    for path in paths:
        file, marked = load_marked(path, _File)
        for place, entry in enumerate(file.notes):
            if entry.id in notes:
                raise marked.error(
                    ("notes", place, "id"), f"{entry.id!r} is given twice; ids are unique"
                )
            notes[entry.id] = Note(
                id=entry.id,
                domain=file.domain,
                kind=entry.kind,
                text=" ".join(entry.text.split()),
                to=entry.to,
            )
    return tuple(notes.values())
