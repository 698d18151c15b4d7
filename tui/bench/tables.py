"""Rows of measurements as Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["tables"]

_LOW, _HIGH = "_low", "_high"
_APART = ("setting", "what", "data", "file", "measure")

Row = Mapping[str, object]


def tables(rows: Sequence[Row]) -> str:
    """One table for each kind of row, in the order in which kinds first appear.

    Rows are of a kind if they agree in what they are about (`what`, `data`, `file`, …) or, where
    they do not say, have the same names. A name with a `_low` and a `_high` beside it is shown
    with its interval; what is the same in all rows of a table stands above it.

    Args:
        rows: What was measured, by name.
    """
    kinds: dict[object, list[Row]] = {}
    for row in rows:
        about = tuple(str(row.get(name, "")) for name in _APART)
        kinds.setdefault(about if any(about) else frozenset(row), []).append(row)
    return "\n".join(_table(each) for each in kinds.values())


def _table(rows: Sequence[Row]) -> str:
    every = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in every if not any(_is_bound(name, row) for row in rows)]
    shared = [
        name for name in names if len(rows) > 1 and len({repr(row.get(name)) for row in rows}) == 1
    ]
    columns = [name for name in names if name not in shared] or names
    lines = []
    if shared and columns != names:
        told = "; ".join(f"{_plain(name)}: {_cell(rows[0], name)}" for name in shared)
        lines += [told + ".", ""]
    lines.append("| " + " | ".join(_plain(name) for name in columns) + " |")
    numeric = [all(isinstance(r.get(name, 0), int | float) for r in rows) for name in columns]
    lines.append("|" + "|".join("--:" if number else "---" for number in numeric) + "|")
    lines += ["| " + " | ".join(_cell(row, name) for name in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _is_bound(name: str, row: Row) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in row for end in (_LOW, _HIGH))


def _cell(row: Row, name: str) -> str:
    if name not in row:
        return ""
    if row[name] is None:
        return "–"
    value = _number(row[name])
    if name + _LOW in row and name + _HIGH in row:
        value += f" ({_number(row[name + _LOW])} to {_number(row[name + _HIGH])})"
    return value


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if math.isfinite(value) else "–"
    return _plain(str(value))


def _plain(text: str) -> str:
    return text.replace("_", " ").replace("|", "\\|").replace("\n", " ")
