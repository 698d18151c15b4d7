"""Erases what the checkpoint file holds of a user: turns that wait for an answer or a pick."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ..errors import MemoryStoreError

__all__ = ["CHECKPOINTS", "erase_checkpoints", "thread_id"]

CHECKPOINTS = "checkpoints.db"
"""The file's name in the home directory."""

_TABLES = ("checkpoints", "writes")
_BUSY_S = 10.0
# Below every character that an id may hold, so that one user's threads lie side by side.
_SEPARATOR, _AFTER_SEPARATOR = "\x1f", "\x20"


def thread_id(user_id: str, session_id: str) -> str:
    """The name under which the graph keeps a session's open turn."""
    return f"{user_id}{_SEPARATOR}{session_id}"


def erase_checkpoints(home: Path, user_id: str, session_id: str | None = None) -> int:
    """Erases the open turns of one session, or of all sessions of a user, and of no other.

    What is erased is overwritten in the file and in its log. Works beside other connections to
    the file, of this process or another, and needs neither models nor an open store.

    Args:
        home: The home directory.
        user_id: Whose turns.
        session_id: Only this session's; None for all.

    Returns:
        How many sessions had a turn kept.

    Raises:
        MemoryStoreError: The file is damaged, cannot be written, or stays locked.
    """
    file = Path(home) / CHECKPOINTS
    if not file.exists():
        return 0
    if session_id is not None:
        condition = "thread_id = ?"
        values: tuple[str, ...] = (thread_id(user_id, session_id),)
    else:
        condition = "thread_id >= ? AND thread_id < ?"
        values = (user_id + _SEPARATOR, user_id + _AFTER_SEPARATOR)
    try:
        with closing(sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            return _erase(connection, condition, values)
    except sqlite3.Error as error:
        raise MemoryStoreError(
            f"cannot erase open questions from {str(file)!r}: {error}; "
            "close what uses it and try again, or delete the file: it holds nothing else"
        ) from error


def _erase(connection: sqlite3.Connection, condition: str, values: tuple[str, ...]) -> int:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found} & set(_TABLES)
    threads: set[str] = set()
    connection.execute("BEGIN IMMEDIATE")
    for table in sorted(tables):
        rows = connection.execute(
            f"SELECT DISTINCT thread_id FROM {table} WHERE {condition}", values
        )
        threads |= {thread for (thread,) in rows}
        connection.execute(f"DELETE FROM {table} WHERE {condition}", values)
    connection.execute("COMMIT")
    # A reader elsewhere may hold the log open; the last connection to close empties it then.
    connection.execute("PRAGMA busy_timeout = 100")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return len(threads)
