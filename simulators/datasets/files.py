"""What the loaders share: finding files, reading them, saying what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import InputError

__all__ = ["found", "parse_json", "read", "validated"]

Model = TypeVar("Model", bound=BaseModel)


def found(folder: Path, suffix: str) -> tuple[Path, ...]:
    """The files of a folder with a suffix, in the order of their names; none if it is missing."""
    return tuple(sorted(folder.glob(f"*{suffix}"))) if folder.is_dir() else ()


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
