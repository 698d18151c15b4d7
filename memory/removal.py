"""Taking a user out of the store altogether, and proving it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from . import schema, words
from .checks import check_user_id
from .known import KnownVerbs
from .recall import RecallVerbs
from .traces import Remnant, Scan, Traces, collect, of_others, scan_files
from .types import Change

__all__ = ["RemovalVerbs", "Removed", "erasures_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was erased with a user.

    Attributes:
        preferences: How many preferences, live or not.
        rows: How many rows of each table there were, as far as there were any.
    """

    preferences: int
    rows: Mapping[str, int]


class RemovalVerbs(KnownVerbs, RecallVerbs):
    """The verbs that make it as if a user had never been."""

    def erase(self, user_id: str) -> Removed:
        """Erases a user from truth and index: all that was kept, the id, and the history of it.

        Unlike `delete_all` it leaves no row that names the user. That somebody was erased then is
        kept, under a salted digest of the id: `history` of the same id tells of it. Nothing brings
        the rest back. A SQLite file is written anew, which takes a second for every few hundred
        megabytes. Open turns and what apps keep in LangGraph's store are not touched; `erase`
        of an `Agent`, and `penchant memory erase`, erase open turns too.

        Raises:
            InputError: The user id cannot be used.
            ReadOnlyError: The store is open for reading only.
            MemoryStoreError: The index server does not answer; nothing is erased then.
        """
        with self._write(user_id) as transaction:
            connection = transaction.connection
            rows = _counts(connection, user_id)
            if self._index.exists:
                # Before the truth commits: see `delete_all`.
                self._index.erase(user_id)
            for table in reversed(schema.metadata.sorted_tables):
                column = _owner(table)
                if column is not None:
                    connection.execute(table.delete().where(column == user_id))
            words.forget(connection)
            preferences = rows.get("preferences", 0)
            if rows.keys() != {schema.users.name}:
                salt = secrets.token_hex(16)
                connection.execute(
                    schema.erasures.insert(),
                    {
                        "digest": _digest(salt, user_id),
                        "salt": salt,
                        "at": transaction.now,
                        "preferences": preferences,
                    },
                )
        self._forget_copies(user_id)
        self._scrub(thoroughly=True)
        self._tell_erased(user_id, None)
        return Removed(preferences=preferences, rows=rows)

    def traces(self, user_id: str) -> Traces:
        """Notes by what a user could be found in files; call it before `erase`, for `remnants`."""
        check_user_id(user_id)
        with self._read() as connection:
            return collect(connection, user_id)

    def remnants(self, user_id: str, traces: Traces, *, beside: Sequence[Path] = ()) -> Scan:
        """Looks for what is left of a user: in every table, the index, and the files of the home.

        Searched are the bytes of all files, for texts, ids and vectors, as far as nobody else has
        the same. The bytes of a PostgreSQL database and of a Chroma server cannot be seen from
        here: PostgreSQL reuses the room of what was deleted when it vacuums.

        Args:
            user_id: The erased user.
            traces: What `traces` noted before.
            beside: SQLite files in the home, all of whose rows are others' by now.

        Raises:
            MemoryStoreError: The index server does not answer.
        """
        check_user_id(user_id)
        left: list[Remnant] = []
        with self._read() as connection:
            for table, count in _counts(connection, user_id).items():
                left.append(Remnant(f"table {table}", f"{count} rows of the user"))
            if words.holds_owner(connection, user_id):
                left.append(Remnant("index of words", "entries of the user"))
            for namespace, count in _items_of(connection, user_id).items():
                left.append(Remnant("table items", f"{count} items in the namespace {namespace!r}"))
            others = of_others(connection, traces, beside)
        if not self.read_only and self._index.exists and self._index.holds(user_id):
            left.append(Remnant(self._index.name, "a collection of the user"))
        scan = scan_files(self.home, traces, others)
        return scan._replace(left=[*left, *scan.left])

    def _forget_copies(self, user_id: str) -> None:
        """Lets go of what this process remembers."""
        self._copies.pop(user_id, None)
        self._sheets.forget(user_id)
        self._known_copies.forget(user_id)
        self._index.forget(user_id)
        for each, erased in list(self._trash.items()):
            if erased[0].stored.preference.user_id == user_id:
                self._trash.pop(each, None)


def erasures_of(connection: Connection, user_id: str) -> list[Change]:
    """When a user of this id was erased altogether."""
    rows = connection.execute(select(schema.erasures).order_by(schema.erasures.c.at)).mappings()
    return [
        Change(
            at=row["at"],
            operation="delete",
            preference_id="",
            description="",
            reason=f"the user was erased, with everything ({row['preferences']} preferences)",
        )
        for row in rows
        if row["digest"] == _digest(row["salt"], user_id)
    ]


def _digest(salt: str, user_id: str) -> str:
    return sha256(f"{salt} {user_id}".encode()).hexdigest()


def _counts(connection: Connection, user_id: str) -> dict[str, int]:
    """How many rows of each table belong to a user, where there are any."""
    counts: dict[str, int] = {}
    for table in schema.metadata.sorted_tables:
        column = _owner(table)
        if column is None:
            continue
        count = connection.scalar(select(func.count()).select_from(table).where(column == user_id))
        if count:
            counts[table.name] = int(count)
    return counts


def _owner(table: Table) -> ColumnElement[str] | None:
    """The column that says whose a row is."""
    return table.c.id if table is schema.users else table.c.get("user_id")


def _items_of(connection: Connection, user_id: str) -> dict[tuple[str, ...], int]:
    """Items that apps keep through LangGraph's store where a namespace names the user."""
    table = schema.items
    label = f"{user_id}."
    rows = connection.execute(
        select(table.c.path, func.count())
        .where(
            or_(
                table.c.path.startswith(label, autoescape=True),
                table.c.path.contains(f".{label}", autoescape=True),
            )
        )
        .group_by(table.c.path)
    )
    found = {tuple(path.split(".")[:-1]): int(count) for path, count in rows}
    # Not every database tells upper from lower case here.
    return {namespace: count for namespace, count in found.items() if user_id in namespace}
