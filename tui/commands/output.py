"""How commands print: lines for people, or one JSON document."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import typer

__all__ = ["Json", "note", "print_json", "print_table", "say", "to_json"]

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


def to_json(value: object) -> Json:
    """Records, times and paths as what JSON knows; arrays (embeddings) are left out as null."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, datetime | Path):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, Sequence | Set):
        return [to_json(item) for item in value]
    return None


def print_json(value: object) -> None:
    """Prints one JSON document on one line."""
    typer.echo(json.dumps(to_json(value), ensure_ascii=False))


def say(text: str = "") -> None:
    """Prints a line on standard output, without what could steer a terminal."""
    from ..text import clean

    typer.echo(clean(text))


def note(text: str) -> None:
    """Prints a line on standard error."""
    from ..text import clean

    typer.echo(clean(text), err=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints aligned columns; the last one may be of any length."""
    from ..text import one_line

    cleaned = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cleaned]) for i in range(len(header))]
    for row in [list(header), *cleaned]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())
