"""Rows of measurements as tables, one for each kind of row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Table", "as_markdown", "escape", "group", "tables"]

_LOW, _HIGH = "_low", "_high"
_APART = ("setting", "what", "data", "file", "measure")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose cells are text already.

    Attributes:
        columns: Their names, for people.
        rows: Cells, as many in each row as there are columns.
        numeric: Which columns hold numbers.
        shared: What is the same in all rows and therefore no column, by name.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[bool]
    shared: Mapping[str, str]


def group(rows: Sequence[Row]) -> list[Table]:
    """One table for each kind of row, in the order in which kinds first appear.

    Rows are of a kind if they agree in what they are about (`what`, `data`, `file`, …) or, where
    they do not say, have the same names. A name with a `_low` and a `_high` beside it is shown
    with its interval; what is the same in all rows of a table is told apart from it.

    Args:
        rows: What was measured, by name.
    """
    kinds: dict[object, list[Row]] = {}
    for row in rows:
        about = tuple(str(row.get(name, "")) for name in _APART)
        kinds.setdefault(about if any(about) else frozenset(row), []).append(row)
    return [_table(each) for each in kinds.values()]


def tables(rows: Sequence[Row]) -> str:
    """The tables of `group` as Markdown; what all rows share stands above each.

    Args:
        rows: What was measured, by name.
    """
    return "\n".join(as_markdown(each) for each in group(rows))


def as_markdown(table: Table) -> str:
    """A table as Markdown, ending with a line break."""
    lines = []
    if table.shared:
        told = "; ".join(f"{escape(name)}: {escape(cell)}" for name, cell in table.shared.items())
        lines += [told + ".", ""]
    lines.append("| " + " | ".join(map(escape, table.columns)) + " |")
    lines.append("|" + "|".join("--:" if number else "---" for number in table.numeric) + "|")
    lines += ["| " + " | ".join(map(escape, row)) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that stays within its cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def _table(rows: Sequence[Row]) -> Table:
    every = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in every if not any(_is_bound(name, row) for row in rows)]
    shared = [
        name for name in names if len(rows) > 1 and len({repr(row.get(name)) for row in rows}) == 1
    ]
    columns = [name for name in names if name not in shared]
    if not columns:
        columns, shared = names, []
    return Table(
        columns=[_spaced(name) for name in columns],
        rows=[[_cell(row, name) for name in columns] for row in rows],
        numeric=[all(isinstance(r.get(name, 0), int | float) for r in rows) for name in columns],
        shared={_spaced(name): _cell(rows[0], name) for name in shared},
    )


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
    return _spaced(str(value))


def _spaced(name: str) -> str:
    return name.replace("_", " ")
