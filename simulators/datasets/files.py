"""What the loaders share: finding files, reading them, saying what is wrong with one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import InputError

__all__ = [
    "found",
    "json_array",
    "json_lines",
    "named",
    "parse_json",
    "read",
    "validated",
]

Model = TypeVar("Model", bound=BaseModel)


def found(folder: Path, suffix: str) -> tuple[Path, ...]:
    """The files of a folder with a suffix, in the order of their names; none if it is missing."""
    return tuple(sorted(folder.glob(f"*{suffix}"))) if folder.is_dir() else ()


def named(path: Path, suffix: str, what: str) -> tuple[Path, ...]:
    """A file itself, or the files of a folder with a suffix.

    Args:
        path: The file, or the folder.
        suffix: What the names of a folder's files end in.
        what: What such files hold, for the message.

    Raises:
        InputError: There is no such file, or the folder has none.
    """
    if path.is_file():
        return (path,)
    files = found(path, suffix)
    if not files:
        problem = f"holds no *{suffix}" if path.is_dir() else "does not exist"
        raise InputError(f"{str(path)!r} {problem}; name a file, or a folder of files, of {what}")
    return files


def json_lines(path: Path, model: type[Model]) -> Iterator[Model]:
    """The objects of a file with one a line; blank lines are passed over.

    Raises:
        InputError: A line does not fit; the message names file, line and field.
    """
    # Not `splitlines`: JSON strings may hold other line separators as they are.
    for number, line in enumerate(read(path).split("\n"), 1):
        if line.strip():
            place = f"line {number} of {str(path)!r}"
            yield validated(model, parse_json(line, place), place)


def read(path: Path) -> str:
    """A file's text.

    Raises:
        InputError: It cannot be read or is not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def parse_json(text: str, place: str) -> object:
    """A JSON document.

    Raises:
        InputError: It is none; the message names the place.
    """
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{place} is not JSON: {error}") from error
    return value


def validated(model: type[Model], value: object, place: str) -> Model:
    """A value as a model.

    Raises:
        InputError: It does not fit; the message names the place and the first field at fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "it"
        raise InputError(f"{place}: {field}: {first['msg']}, not {first['input']!r:.80}") from error


def json_array(path: Path, model: type[Model]) -> Iterator[Model]:
    """The objects of a file that is one JSON list, in order.

    Raises:
        InputError: It is no list, or an entry does not fit; the message names file, index from 0
            and field.
    """
    document = parse_json(read(path), repr(str(path)))
    if not isinstance(document, list):
        raise InputError(f"{str(path)!r} is no list; it must be a JSON list of objects")
    for index, value in enumerate(document):
        yield validated(model, value, f"entry {index} of {str(path)!r}")
