"""What a user would leave behind in files, and the search for it.

Before a user is erased, their texts, the ids of their rows and their vectors are noted; afterwards
the bytes of every file of the home are searched for them. What others said too is theirs to keep:
it is not looked for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, select

from . import schema
from .index import digest

if TYPE_CHECKING:
    from sqlalchemy import Table

__all__ = ["Remnant", "Scan", "Traces", "collect", "of_others", "scan_files", "search_bytes"]

# Shorter ones stand in any file; that no row is left is looked up, not searched for.
_LEAST = 8
# Databases break long values into pages: of those, a piece in every stretch.
_PIECE, _STRETCH = 64, 1_024
_CHUNK = 16 * 1024 * 1024
_ROWS = 1_000
_SHOWN = 40
# Columns that hold the user's words or names; the others hold words of Penchant's own.
_TEXTS = {
    "sessions": ("id", "title"),
    "turns": ("id", "text"),
    "evidence": ("id", "session_id"),
    "preferences": ("id", "description", "scope", "value"),
    "changes": ("id", "description"),
    "comparisons": ("id",),
    "jobs": ("id", "error"),
}
_JSONS = {"evidence": ("observation", "context"), "jobs": ("details",)}
_NUMBERS = {
    "evidence": "vector",
    "preferences": "vector",
    "comparisons": "vector",
    "posteriors": "data",
}
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_OWN_WORDS = {"kind", "sentiment", "category", "aspect", "strength", "judge", "reader"}


class Remnant(NamedTuple):
    """Something of an erased user that is still there.

    Attributes:
        where: A file, a table, or an index.
        what: What it is, in a few words.
    """

    where: str
    what: str


class Scan(NamedTuple):
    """What a search of files found.

    Attributes:
        left: What is still there.
        files: How many files were searched.
        bytes: How large they are together.
    """

    left: list[Remnant]
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What to look for once a user is erased.

    Attributes:
        user_id: Whose.
        pieces: What each sequence of bytes is, in a few words.
    """

    user_id: str
    pieces: Mapping[bytes, str]

    def __repr__(self) -> str:
        return f"Traces(user_id={self.user_id!r}, {len(self.pieces)} pieces)"


def collect(connection: Connection, user_id: str) -> Traces:
    """Notes everything by which a user could be found in a file."""
    pieces: dict[bytes, str] = {}

    def note(found: Iterable[bytes], what: str) -> None:
        for each in found:
            if len(each) >= _LEAST:
                pieces.setdefault(each, what)

    note(_names_of(user_id), "the user's id")
    for table in _owned():
        for row in _rows(connection, table, user_id):
            for name in _TEXTS.get(table.name, ()):
                note(_pieces_of(row[name]), _words(table.name, name, row[name]))
            for name in _JSONS.get(table.name, ()):
                for text in _strings(row[name]):
                    note(_pieces_of(text), _words(table.name, name, text))
            numbers = row[_NUMBERS[table.name]] if table.name in _NUMBERS else None
            note(_pieces_of_numbers(numbers), f"numbers of {table.name}")
    return Traces(user_id=user_id, pieces=pieces)


def of_others(connection: Connection, traces: Traces, files: Iterable[Path] = ()) -> set[bytes]:
    """Which traces others have left too, who are still there.

    Args:
        connection: An open transaction.
        traces: What is looked for.
        files: SQLite files, all of whose rows are others'.
    """
    found: set[bytes] = set()
    wanted = traces.pieces.keys()
    for table in _owned():
        for block in _blocks(_rows(connection, table, None)):
            found |= search_bytes(block, wanted)
    names = connection.scalars(select(schema.users.c.id))
    found |= search_bytes(
        b"\0".join(b"\0".join(_names_of(each)) for each in names), traces.pieces.keys()
    )
    for file in files:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as raw:
            for (name,) in raw.execute(_TABLES).fetchall():
                cursor = raw.execute(f'SELECT * FROM "{name}"')
                for block in _blocks(dict(enumerate(row)) for row in cursor):
                    found |= search_bytes(block, wanted)
    return found


def scan_files(home: Path, traces: Traces, but: Collection[bytes] = ()) -> Scan:
    """Searches the bytes of every file in and below a directory.

    Args:
        home: The directory.
        traces: What is looked for.
        but: Traces that others have left too.
    """
    wanted = {each: what for each, what in traces.pieces.items() if each not in but}
    longest = max(map(len, wanted), default=1)
    left: dict[Remnant, None] = {}
    files = size = 0
    for file in sorted(home.rglob("*")) if home.exists() else ():
        if not file.is_file():
            continue
        files += 1
        with file.open("rb") as stream:
            kept = b""
            while block := stream.read(_CHUNK):
                size += len(block)
                for each in search_bytes(kept + block, wanted.keys()):
                    left[Remnant(str(file.relative_to(home)), wanted[each])] = None
                kept = (kept + block)[-(longest - 1) :] if longest > 1 else b""
    return Scan(list(left), files, size)


def search_bytes(data: bytes, pieces: Set[bytes]) -> set[bytes]:
    """Which of many sequences, of eight bytes or more each, stand anywhere in some bytes.

    The first eight bytes of each are compared with those at every place at once, and what they
    name is looked at.
    """
    import numpy as np

    heads: dict[int, set[int]] = {}
    for each in pieces:
        heads.setdefault(int.from_bytes(each[:_LEAST], "little"), set()).add(len(each))
    if not heads:
        return set()
    keys = np.array(sorted(heads), dtype=np.uint64)
    may_begin = np.zeros(1 << 16, dtype=np.bool_)
    may_begin[(keys & np.uint64(0xFFFF)).astype(np.intp)] = True
    found: set[bytes] = set()
    for shift in range(_LEAST):
        count = (len(data) - shift) // _LEAST
        if count < 1:
            break
        words = np.frombuffer(data, dtype="<u8", count=count, offset=shift)
        rough = np.flatnonzero(may_begin[(words & np.uint64(0xFFFF)).astype(np.intp)])
        for place in rough[np.isin(words[rough], keys)].tolist():
            start = place * _LEAST + shift
            # Ids begin alike, and are as long as each other.
            for length in heads[int(words[place])]:
                if (each := data[start : start + length]) in pieces:
                    found.add(each)
    return found


def _names_of(user_id: str) -> tuple[bytes, ...]:
    """A user's id as it is, as the index of words has it, and as the index of vectors does."""
    plain = user_id.encode()
    return plain, plain.hex().upper().encode(), digest(user_id).encode()


def _owned() -> list[Table]:
    return [table for table in schema.metadata.sorted_tables if "user_id" in table.c]


def _rows(connection: Connection, table: Table, user_id: str | None) -> Iterator[Mapping[str, Any]]:
    """A user's rows of a table, or everybody's."""
    query = select(table)
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    result = connection.execute(query, execution_options={"yield_per": _ROWS})
    for row in result.mappings():
        yield dict(row)


def _blocks(rows: Iterable[Mapping[Any, Any]]) -> Iterator[bytes]:
    """All texts and bytes of rows, in large blocks."""
    parts: list[bytes] = []
    size = 0
    for row in rows:
        for found in row.values():
            if isinstance(found, str):
                parts.append(found.encode("utf-8", "surrogatepass"))
            elif isinstance(found, bytes):
                parts.append(found)
            else:
                continue
            size += len(parts[-1])
        if size > _CHUNK:
            yield b"\0".join(parts)
            parts, size = [], 0
    yield b"\0".join(parts)


def _strings(text: str | None) -> Iterator[str]:
    """The user's own strings in some JSON."""

    def walk(found: object) -> Iterator[str]:
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            for name, each in found.items():
                if name not in _OWN_WORDS:
                    yield from walk(each)
        elif isinstance(found, list):
            for each in found:
                yield from walk(each)

    return walk(None if text is None else json.loads(text))


def _pieces_of(text: str | None) -> Iterator[bytes]:
    """A text as files hold it: as it is, and as JSON in ASCII; of a long one, pieces."""
    if text is None:
        return
    plain = text.encode("utf-8", "surrogatepass")
    for form in dict.fromkeys((plain, json.dumps(text)[1:-1].encode())):
        for start in range(0, len(form), _STRETCH):
            yield form[start : start + _PIECE]


def _pieces_of_numbers(numbers: bytes | None) -> Iterator[bytes]:
    for start in range(0, len(numbers or b""), _STRETCH):
        piece = (numbers or b"")[start : start + _PIECE]
        # Where nearly all are zero, others' are alike.
        if len(set(piece)) > _LEAST:
            yield piece


def _words(table: str, column: str, text: str | None) -> str:
    if column in ("id", "session_id"):
        return f"the id {text!r} of {table}"
    shown = " ".join((text or "").split())
    return f"“{shown[:_SHOWN]}{'…' if len(shown) > _SHOWN else ''}” of {table}"
