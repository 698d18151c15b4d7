"""Where turns wait that want an answer or a pick, and how they are erased.

With the truth on PostgreSQL they wait beside it, in tables of LangGraph's own; else in a SQLite
file in the home.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from ..errors import MemoryStoreError

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = [
    "CHECKPOINTS",
    "count_checkpoints",
    "erase_checkpoints",
    "open_checkpoints",
    "open_threads",
    "thread_id",
]

CHECKPOINTS = "checkpoints.db"
"""The file's name in the home directory."""

_TABLES = ("checkpoints", "writes")
_POSTGRES_TABLES: tuple[LiteralString, ...] = (
    "checkpoints",
    "checkpoint_blobs",
    "checkpoint_writes",
)
_BUSY_S = 10.0
# Many agents write checkpoints at once, each for milliseconds.
_TURN_BUSY_S = 30.0
# Any number, the same on every machine: one at a time makes LangGraph's tables.
_SETUP_LOCK = 7_263_018_544_120_032
_SETUP_WAIT_S = 0.05
_making = threading.Lock()
# Below every character that an id may hold, so that one user's threads lie side by side.
_SEPARATOR, _AFTER_SEPARATOR = "\x1f", "\x20"


def thread_id(user_id: str, session_id: str) -> str:
    """The name under which the graph keeps a session's open turn."""
    return f"{user_id}{_SEPARATOR}{session_id}"


@asynccontextmanager
async def open_checkpoints(
    home: Path, database: str | None, *, made: bool = False
) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """Opens LangGraph's checkpointer for one turn.

    Args:
        home: The home directory, where the file lies if there is no `database`.
        database: The PostgreSQL database of the truth, if it is one.
        made: Whether its tables are known to be there.

    Raises:
        MemoryStoreError: The database cannot be reached or fails, or a package is missing.
    """
    if database is None:
        try:
            async with _open_file(home, made) as saver:
                yield saver
        except sqlite3.Error as error:
            raise _file_failed("keep open turns in", home / CHECKPOINTS, error) from error
        return
    remote = await _connect(database)
    from psycopg import Error

    try:
        async with remote:
            kept = _saver(remote)
            if not made:
                await _make_tables(remote, kept)
            yield kept
    except Error as error:
        raise _failed("keep open turns in", database, error) from error


def erase_checkpoints(
    home: Path, user_id: str, session_id: str | None = None, *, database: str | None = None
) -> int:
    """Erases the open turns of one session, or of all sessions of a user, and of no other.

    What is erased is overwritten in the file and in its log. Works beside other connections to
    the file, of this process or another, and needs neither models nor an open store.

    Args:
        home: The home directory.
        user_id: Whose turns.
        session_id: Only this session's; None for all.
        database: The PostgreSQL database of the truth, if it is one.

    Returns:
        How many sessions had a turn kept.

    Raises:
        MemoryStoreError: The file is damaged, cannot be written, or stays locked; the database
            does not answer.
    """
    if database is not None:
        return len(_in_postgres(database, user_id, session_id, erase=True))
    file = Path(home) / CHECKPOINTS
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            threads = _in_file(connection, user_id, session_id, erase=True)
            connection.execute("COMMIT")
            # A reader elsewhere may hold the log open; the last connection to close empties it.
            connection.execute("PRAGMA busy_timeout = 100")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise _file_failed("erase open questions from", file, error) from error
    return len(threads)


def count_checkpoints(home: Path, user_id: str, *, database: str | None = None) -> int:
    """How many sessions of a user have a turn kept.

    Args:
        home: The home directory.
        user_id: Whose turns.
        database: The PostgreSQL database of the truth, if it is one.

    Raises:
        MemoryStoreError: The file is damaged, or the database does not answer.
    """
    return len(open_threads(home, user_id, database=database))


def open_threads(home: Path, user_id: str, *, database: str | None = None) -> set[str]:
    """The threads of a user that have a turn kept.

    Args:
        home: The home directory.
        user_id: Whose turns.
        database: The PostgreSQL database of the truth, if it is one.

    Raises:
        MemoryStoreError: The file is damaged, or the database does not answer.
    """
    if database is not None:
        return _in_postgres(database, user_id, None, erase=False)
    file = Path(home) / CHECKPOINTS
    if not file.exists():
        return set()
    try:
        with closing(sqlite3.connect(file, timeout=_BUSY_S)) as connection:
            return _in_file(connection, user_id, None, erase=False)
    except sqlite3.Error as error:
        raise _file_failed("look for open questions in", file, error) from error


def _in_file(
    connection: sqlite3.Connection, user_id: str, session_id: str | None, *, erase: bool
) -> set[str]:
    """The threads of a user, or of one session; erases them if so told."""
    if session_id is not None:
        condition = "thread_id = ?"
        values: tuple[str, ...] = (thread_id(user_id, session_id),)
    else:
        condition = "thread_id >= ? AND thread_id < ?"
        values = (user_id + _SEPARATOR, user_id + _AFTER_SEPARATOR)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found} & set(_TABLES)
    threads: set[str] = set()
    for table in sorted(tables):
        rows = connection.execute(
            f"SELECT DISTINCT thread_id FROM {table} WHERE {condition}", values
        )
        threads |= {thread for (thread,) in rows}
        if erase:
            connection.execute(f"DELETE FROM {table} WHERE {condition}", values)
    return threads


@asynccontextmanager
async def _open_file(home: Path, made: bool) -> AsyncIterator[BaseCheckpointSaver[str]]:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    if not (made and (home / CHECKPOINTS).exists()):
        await asyncio.to_thread(_make_file, home)
    async with aiosqlite.connect(home / CHECKPOINTS, timeout=_TURN_BUSY_S) as connection:
        # What is dropped is overwritten in the file.
        await connection.execute("PRAGMA secure_delete = ON")
        saver = AsyncSqliteSaver(connection, serde=_plain())
        await saver.setup()
        yield saver


def _make_file(home: Path) -> None:
    """Makes the file, with the log in which LangGraph's checkpointer writes.

    Beside another connection a change of the kind of log fails at once, however long that one is
    ready to wait: so one at a time, and again.
    """
    home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _TURN_BUSY_S
    with (
        _making,
        closing(sqlite3.connect(home / CHECKPOINTS, timeout=_TURN_BUSY_S)) as connection,
    ):
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_SETUP_WAIT_S)


def _plain() -> JsonPlusSerializer:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    # Plain data only: a checkpoint must not be able to name code to import.
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)


async def _connect(database: str) -> Any:
    from ..memory.postgres import dialling, make_safe

    address, options = dialling(database)
    try:
        from psycopg import AsyncConnection, OperationalError
        from psycopg.rows import dict_row
    except ImportError as error:
        raise _missing(error) from error
    try:
        connection = await AsyncConnection.connect(
            address, autocommit=True, prepare_threshold=0, row_factory=dict_row, **options
        )
    except OperationalError as error:
        raise _failed("reach", database, error) from error
    make_safe(connection)
    return connection


def _saver(connection: Any) -> AsyncPostgresSaver:
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    except ImportError as error:
        raise _missing(error) from error
    return AsyncPostgresSaver(connection, serde=_plain())


async def _make_tables(connection: Any, saver: AsyncPostgresSaver) -> None:
    # It builds indexes beside running transactions, and would wait for one that waits for it:
    # so others ask again, instead of waiting in the database.
    while True:
        found = await connection.execute("SELECT pg_try_advisory_lock(%s) AS taken", (_SETUP_LOCK,))
        if (await found.fetchone())["taken"]:
            break
        await asyncio.sleep(_SETUP_WAIT_S)
    try:
        await saver.setup()
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))


def _in_postgres(database: str, user_id: str, session_id: str | None, *, erase: bool) -> set[str]:
    """As `_in_file`, on PostgreSQL."""
    from ..memory.postgres import dialling, make_safe

    address, options = dialling(database)
    try:
        import psycopg
    except ImportError as error:
        raise _missing(error) from error
    # Whole ids and no patterns, in which `_` and `%` would stand for other users' letters.
    condition: LiteralString = "thread_id = %s"
    value = thread_id(user_id, session_id or "")
    if session_id is None:
        condition = "starts_with(thread_id, %s)"
    threads: set[str] = set()
    try:
        with psycopg.connect(address, **options) as connection:
            make_safe(connection)
            for table in _POSTGRES_TABLES:
                there = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
                if there is None or there[0] is None:
                    continue
                query: LiteralString = f"SELECT thread_id FROM {table} WHERE {condition}"
                if erase:
                    query = f"DELETE FROM {table} WHERE {condition} RETURNING thread_id"
                threads |= {thread for (thread,) in connection.execute(query, (value,))}
    except psycopg.Error as error:
        what = "erase open questions from" if erase else "look for open questions in"
        raise _failed(what, database, error) from error
    return threads


def _missing(error: ImportError) -> MemoryStoreError:
    return MemoryStoreError(
        f"open turns on PostgreSQL need a package that does not load ({error}); "
        "python -m pip install 'penchant[postgres]'"
    )


def _file_failed(what: str, file: Path, error: sqlite3.Error) -> MemoryStoreError:
    return MemoryStoreError(
        f"cannot {what} {str(file)!r}: {error}; "
        "close what uses it and try again, or delete the file: it holds nothing else"
    )


def _failed(what: str, database: str, error: Exception) -> MemoryStoreError:
    from ..memory.postgres import parse_url, safe_name

    reason = str(error).strip().partition("\n")[0]
    return MemoryStoreError(
        f"cannot {what} {safe_name(parse_url(database))!r}: {reason}; "
        "start it, or mend database_url (PENCHANT_DATABASE_URL)"
    )
