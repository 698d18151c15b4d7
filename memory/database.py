"""Opens the truth: a SQLite file in the store's directory, brought to the present tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from ..errors import MemoryStoreError
from .migrations import HEAD
from .schema import metadata

if TYPE_CHECKING:
    import sqlite3

__all__ = ["open_truth"]

_BUSY_MS = 10_000


def open_truth(file: Path, *, read_only: bool) -> Engine:
    """Opens the database, made or migrated first if it is not read-only.

    Transactions begin as `BEGIN IMMEDIATE` on connections with the execution option
    `writes=True`, so that a writer waits for its turn at the start and never fails half-way.
    A missing file opened read-only reads as an empty store, and is not made.

    Raises:
        MemoryStoreError: The file is no database, was made by a newer Penchant, or is older than
            this one and open for reading only.
    """
    if read_only and not file.exists():
        engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(engine)
        return engine
    engine = create_engine(f"sqlite:///{file}", pool_size=16, max_overflow=16)
    _listen(engine, read_only=read_only)
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version != HEAD:
            if read_only:
                raise MemoryStoreError(
                    f"the store {str(file)!r} has tables of version {version!r}, not {HEAD!r}; "
                    "open it once for writing to bring it up to date"
                )
            _migrate(engine, file, version)
    except DatabaseError as error:
        engine.dispose()
        raise MemoryStoreError(
            f"cannot open {str(file)!r} as a store: {error.orig}; "
            "restore it from a backup, or move it away to start afresh"
        ) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _listen(engine: Engine, *, read_only: bool) -> None:
    def connect(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver opens no transactions of its own accord: `begin` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA journal_mode = WAL")
            # What is erased is overwritten in the file.
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


def _version(connection: Connection) -> str | None:
    known = connection.execute(
        text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
    ).scalar()
    if not known:
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def _migrate(engine: Engine, file: Path, version: str | None) -> None:
    # Alembic takes a quarter of a second to import, and most openings do not need it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    steps = Path(__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise MemoryStoreError(
                f"the store {str(file)!r} has tables of version {version!r}, unknown to this "
                "Penchant; install the version that made it, or a later one"
            ) from error
