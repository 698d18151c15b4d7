"""Everything kept about one user as JSON Lines, and back.

Each line is one row: `kind` names the table, `user_id` its owner, the rest are the columns.
Vectors are left out, since they can be made again.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    select,
)

from ..errors import InputError
from . import schema
from .checks import MAX_TEXT, check_draft, check_user_id, clean_text
from .core import Core, Transaction
from .records import context_of, link_evidence, load_preferences, observation_of
from .types import PreferenceDraft

__all__ = ["TransferVerbs"]

# In the order in which rows depend on each other.
_TABLES: Mapping[str, Table] = {
    "session": schema.sessions,
    "turn": schema.turns,
    "evidence": schema.evidence,
    "preference": schema.preferences,
    "comparison": schema.comparisons,
    "change": schema.changes,
    "job": schema.jobs,
}
# What a row may only name if it belongs to the same user.
_OWNED = {
    "turn": ("session_id", "session"),
    "comparison": ("evidence_id", "evidence"),
    "job": ("evidence_id", "evidence"),
}
_CHOICES = {
    "role": ("user", "assistant", "question"),
    "operation": ("add", "revise", "retire", "delete", "restore", "drop"),
    "source": ("chat", "api", "cli", "import"),
}
# What a column of whole numbers holds.
_MOST = 2**31
_DRAFTED = (
    "description",
    "polarity",
    "hard",
    "strength",
    "origin",
    "confidence",
    "scope",
    "aspect",
    "value",
)


class TransferVerbs(Core):
    """The verbs that carry a user's memory from store to store."""

    def export(self, user_id: str) -> Iterator[str]:
        """A user's whole memory as JSON Lines, of one moment.

        Importing the lines into an empty store and exporting again gives the same lines.
        """
        check_user_id(user_id)
        lines: list[str] = []
        with self._read() as connection:
            for kind, table in _TABLES.items():
                support = _support(connection, user_id) if kind == "preference" else {}
                rows = connection.execute(_of_user(table, user_id).order_by(table.c.id)).mappings()
                for row in rows:
                    line: dict[str, object] = {"kind": kind, "user_id": user_id}
                    line |= {
                        name: _to_json(row[column.name]) for name, column in _columns(table).items()
                    }
                    if kind == "preference":
                        line["evidence_ids"] = list(support.get(row["id"], ()))
                    lines.append(json.dumps(line))
        return iter(lines)

    def import_(self, user_id: str, lines: Iterable[str]) -> int:
        """Adds exported lines to a user's memory, all of them or, if one is wrong, none.

        Lines that are there already are skipped, so that importing twice does no harm.

        Returns:
            How many lines were added.

        Raises:
            InputError: A line is malformed, or names another user; the message has its number.
        """
        check_user_id(user_id)
        added = 0
        with self._write(user_id) as transaction:
            mine = {kind: _ids(transaction, table) for kind, table in _TABLES.items()}
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    added += _import_line(transaction, line, mine)
                except (InputError, ValidationError, ValueError, KeyError, TypeError) as error:
                    raise InputError(
                        f"line {number} cannot be imported: {error}; nothing was imported"
                    ) from error
        self._index.forget(user_id)
        # Without an embedder at hand this is made up for by the first search.
        self._fill_vectors(user_id)
        return added


def _columns(table: Table) -> dict[str, Column[object]]:
    """What a line says of a row besides its kind and its user, by name."""
    left_out = {"user_id"}
    if table is schema.preferences:
        left_out.add("vector")
    if table is schema.evidence:
        # The kind of an observation stands in the observation.
        left_out |= {"kind", "vector"}
    # A line's own kind names the table.
    names = {"kind": "infer"} if table is schema.jobs else {}
    return {
        names.get(column.name, column.name): column
        for column in table.columns
        if column.name not in left_out
    }


def _of_user(table: Table, user_id: str) -> Select[tuple[object, ...]]:
    return select(table).where(table.c.user_id == user_id)


def _ids(transaction: Transaction, table: Table) -> set[str]:
    query = _of_user(table, transaction.user_id).with_only_columns(table.c.id)
    return {str(each) for each in transaction.connection.scalars(query)}


def _support(connection: Connection, user_id: str) -> dict[str, tuple[str, ...]]:
    found = load_preferences(connection, schema.preferences.c.user_id == user_id)
    return {each.preference.id: each.preference.evidence_ids for each in found}


def _import_line(transaction: Transaction, line: str, mine: Mapping[str, set[str]]) -> bool:
    """Adds one line, unless it is there; tells whether it did."""
    record = json.loads(line)
    if not isinstance(record, dict):
        raise InputError(f"it is {line[:40]!r}; each line is one JSON object")
    kind = record.pop("kind", None)
    if kind not in _TABLES:
        raise InputError(f"kind is {kind!r}; use one of {', '.join(_TABLES)}")
    owner = record.pop("user_id", None)
    if owner != transaction.user_id:
        raise InputError(f"it belongs to user {owner!r}, not to {transaction.user_id!r}")
    table = _TABLES[kind]
    support = record.pop("evidence_ids", []) if kind == "preference" else []
    columns = _columns(table)
    _complete(kind, record)
    if record.keys() != columns.keys():
        odd = sorted(record.keys() ^ columns.keys())
        raise InputError(f"{odd} are missing from this {kind}, or unknown")
    row = {columns[name].name: _from_json(columns[name], found) for name, found in record.items()}
    if row["id"] in mine[kind]:
        return False
    # Ids of sessions are the app's own and need be unique for their user only.
    taken = select(table.c.id).where(table.c.id == row["id"])
    if kind != "session" and transaction.connection.scalar(taken):
        raise InputError(f"its id {row['id']!r} is in use for another user")
    _check_row(kind, row, support, mine)
    if kind == "evidence":
        row["kind"] = observation_of(str(row["observation"])).kind
    row["user_id"] = owner
    transaction.connection.execute(table.insert(), row)
    link_evidence(transaction.connection, str(row["id"]), support)
    mine[kind].add(str(row["id"]))
    return True


def _complete(kind: str, record: dict[str, Any]) -> None:
    """Fills in what the first version of these lines did not have."""
    if kind == "change":
        record.setdefault("confidence", None)
        record.setdefault("evidence_id", None)
    if kind == "comparison":
        # The reward model drops it and reads it off its event anew.
        record.setdefault("source", "")
        record.setdefault("key", "unnamed")
        record.setdefault("against_id", None)
    if kind == "preference" and "valid_from" in record:
        record.setdefault("supported_at", record["valid_from"])


def _check_row(
    kind: str,
    row: dict[str, object],
    support: Sequence[str],
    mine: Mapping[str, set[str]],
) -> None:
    if kind in _OWNED:
        name, owned = _OWNED[kind]
        if row[name] not in mine[owned]:
            raise InputError(f"{name} is {row[name]!r}, which this user does not have")
    for name, choices in _CHOICES.items():
        # A comparison's source is a kind of event, of which apps may have their own.
        if name in row and kind != "comparison" and row[name] not in choices:
            raise InputError(f"{name} is {row[name]!r}; use one of {choices}")
    against = row.get("against_id")
    if against is not None and against not in mine["evidence"]:
        raise InputError(f"against_id is {against!r}, which this user does not have")
    strange = [each for each in support if each not in mine["evidence"]]
    if strange:
        raise InputError(f"evidence_ids has {strange[0]!r}, which this user does not have")
    if kind == "preference":
        drafted: dict[str, Any] = {name: row[name] for name in _DRAFTED}
        clean = check_draft(PreferenceDraft(**drafted))
        for name in _DRAFTED:
            row[name] = getattr(clean, name)
    if kind == "evidence" and isinstance(row["context"], str):
        context_of(row["context"])
    if kind == "job":
        details = json.loads(str(row["details"]))
        if not isinstance(details, dict) or not all(isinstance(v, str) for v in details.values()):
            raise InputError(f"details is {row['details']!r}; give one JSON object of texts")


def _is_whole(kind: object, value: int) -> bool:
    if isinstance(value, bool):
        return isinstance(kind, Boolean)
    return isinstance(kind, Integer) and 0 <= value < _MOST


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _from_json(column: Column[object], value: object) -> object:
    if value is None and column.nullable:
        return None
    name, kind = column.name, column.type
    match value:
        case bool() | int() if _is_whole(kind, value):
            return value
        case int() | float() if isinstance(kind, Float) and math.isfinite(value):
            return float(value)
        case str() if isinstance(kind, LargeBinary):
            try:
                return base64.b64decode(value, validate=True)
            except binascii.Error as error:
                raise InputError(f"{name} is no base64: {error}") from error
        case str() if isinstance(kind, schema.UtcDateTime | DateTime):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise InputError(f"{name} is {value!r}; give a moment with a time zone")
            return moment.astimezone(UTC)
        case str() if isinstance(kind, String):
            # JSON of evidence escapes what databases do not store, and takes more room for it.
            return clean_text(value, name, kind.length or 6 * MAX_TEXT)
    raise InputError(f"{name} is {value!r}, which is no {kind}")
