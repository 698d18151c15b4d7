"""Notes to write e-mails and summaries from: raw facts, of this project's own writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import InputError

if TYPE_CHECKING:
    import yaml

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
    notes: list[Any] = Field(min_length=1)


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
        for place, note in _read(path):
            if note.id in notes:
                raise InputError(f"{place}: id: {note.id!r} is given twice; ids are unique")
            notes[note.id] = note
    return tuple(notes.values())


class _Placed(NamedTuple):
    place: str
    note: Note


def _read(path: Path) -> Iterator[_Placed]:
    import yaml

    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise InputError(_message(path, node, error, ())) from error
    for index, value in enumerate(file.notes):
        try:
            entry = _Entry.model_validate(value)
        except ValidationError as error:
            raise InputError(_message(path, node, error, ("notes", index))) from error
        line = _line(node, ("notes", index))
        yield _Placed(
            f"line {line} of {str(path)!r}",
            Note(
                id=entry.id,
                domain=file.domain,
                kind=entry.kind,
                text=" ".join(entry.text.split()),
                to=entry.to,
            ),
        )


def _message(
    path: Path, node: yaml.Node | None, error: ValidationError, under: tuple[str | int, ...]
) -> str:
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"])) or "the entry"
    line = _line(node, (*under, *first["loc"]))
    return f"line {line} of {str(path)!r}: {field}: {first['msg']}, not {first['input']!r:.80}"


def _line(node: yaml.Node | None, location: Sequence[str | int]) -> int:
    """The line, from 1, of what a location names; of what holds it where it is missing."""
    import yaml

    line = 1
    for step in location:
        if node is None:
            break
        line = node.start_mark.line + 1
        below: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            below = node.value[step] if step < len(node.value) else None
        if below is None:
            return line
        node = below
    return line if node is None else node.start_mark.line + 1
