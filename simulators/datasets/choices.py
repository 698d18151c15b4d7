"""Real people's choices between two things described by attributes (bayesm's bank cards)."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from .files import found, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Choices", "load_choice_file", "load_choices"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choices:
    """One file.

    Attributes:
        name: The file's.
        attributes: Names of the `d` columns.
        rows: For each person, attributes of the left thing minus the right's, shape `(n, d)`, in
            the order in which they were asked.
        picked: For each person, 1 where the left was picked and 0 elsewhere, shape `(n,)`.
        people: Each person's id.
    """

    name: str
    attributes: tuple[str, ...]
    rows: tuple[Floats, ...]
    picked: tuple[Floats, ...]
    people: tuple[str, ...]


def load_choices(folder: Path) -> tuple[Choices, ...]:
    """Reads every `*.csv` of a folder that has the columns `id` and `choice`.

    Other tables, of demographics for example, are passed over.

    Returns:
        One entry per file, named after it; nothing if the folder is missing.

    Raises:
        InputError: A file is malformed; the message says where.
    """
    loaded = (load_choice_file(path) for path in found(folder, ".csv"))
    return tuple(each for each in loaded if each is not None)


def load_choice_file(path: Path) -> Choices | None:
    """Reads one table; None if it lacks the columns `id` and `choice`.

    Raises:
        InputError: It is malformed; the message says where.
    """
    import numpy as np

    table = list(csv.reader(io.StringIO(read(path))))
    header = table[0] if table else []
    if not {"id", "choice"} <= set(header):
        return None
    attributes = tuple(name for name in header if name not in {"id", "choice"})
    if not attributes:
        raise InputError(f"{str(path)!r} has no columns of attributes beside id and choice")
    rows: dict[str, list[list[float]]] = {}
    picked: dict[str, list[float]] = {}
    for number, line in enumerate(table[1:], 2):
        place = f"line {number} of {str(path)!r}"
        if len(line) != len(header):
            raise InputError(f"{place} has {len(line)} cells; the header has {len(header)}")
        cells = dict(zip(header, line, strict=True))
        values = [_number(cells[name], place, name) for name in attributes]
        choice = _number(cells["choice"], place, "choice")
        if choice not in (0.0, 1.0):
            raise InputError(f"{place}: choice is {cells['choice']!r}; it must be 0 or 1")
        rows.setdefault(cells["id"], []).append(values)
        picked.setdefault(cells["id"], []).append(choice)
    if not rows:
        raise InputError(f"{str(path)!r} has a header and no choices")
    return Choices(
        name=path.stem,
        attributes=attributes,
        rows=tuple(np.array(each) for each in rows.values()),
        picked=tuple(np.array(each) for each in picked.values()),
        people=tuple(picked),
    )


def _number(cell: str, place: str, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{place}: {column} is {cell!r}; it must be a finite number")
    return value
