"""The truth: opens the database that holds it, and hides which kind it is."""

from __future__ import annotations

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    StaticPool,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ..errors import InputError, MemoryStoreError
from .migrations import HEAD
from .schema import metadata, users

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "SqliteTruth",
    "Truth",
    "empty_engine",
    "first_line",
    "open_truth",
    "outdated",
    "tables_version",
]

_BUSY_MS = 10_000
_IMMUTABLE = {"uri": "true", "mode": "ro", "immutable": "1"}
# Where a new user's revisions begin.
_REVISION_BITS = 30


class Truth(ABC):
    """The open database; one subclass for each kind.

    Attributes:
        name: What messages call it; never with a secret.
        shared: Whether other processes may write to it while it is open.
        engine: Its connections.
    """

    name: str
    shared: bool
    engine: Engine

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """One transaction; a reading one sees a single moment of the database.

        Raises:
            MemoryStoreError: The database does not answer, or refuses.
            InputError: A value does not fit its column.
        """
        try:
            with self._connect(writes) as connection, connection.begin():
                yield connection
        except DataError as error:
            raise InputError(
                f"a value does not fit the database: {first_line(error)}; shorten or mend it"
            ) from error
        except UnicodeEncodeError as error:
            raise InputError(
                f"{error.object[:40]!r} holds half a character (a lone surrogate), which no "
                "database stores; remove it"
            ) from error
        except IntegrityError:
            # Two writers who chose one id: neither the database's fault, nor lost.
            raise
        except DBAPIError as error:
            raise MemoryStoreError(f"{self.name} failed: {first_line(error)}; try again") from error
        except PoolTimeoutError as error:
            raise MemoryStoreError(
                f"{self.name} is busy: all connections of this process are in use; try again, "
                "with fewer threads at once"
            ) from error

    def claim_user(self, connection: Connection, user_id: str, now: datetime) -> int:
        """Makes the user known, and this transaction the only one that writes for them.

        Returns:
            Their revision.
        """
        query = select(users.c.revision).where(users.c.id == user_id).with_for_update()
        revision: int | None = connection.scalar(query)
        while revision is None:
            # Who is erased and comes again must not repeat revisions that copies still carry.
            row = {"id": user_id, "created_at": now, "revision": secrets.randbits(_REVISION_BITS)}
            self._insert_user(connection, row)
            revision = connection.scalar(query)
        return revision

    @abstractmethod
    def identity(self) -> str:
        """Tells this store's truth from every other, for as long as it lives: 16 hex digits."""

    @abstractmethod
    def scrub(self, *, thoroughly: bool = False) -> None:
        """Overwrites what the database's own log still holds of erased text, where it can.

        Args:
            thoroughly: Write the database anew, so that it holds nothing but what is in it.
        """

    @abstractmethod
    def _connect(self, writes: bool) -> Connection: ...

    @abstractmethod
    def _insert_user(self, connection: Connection, row: dict[str, object]) -> None:
        """Adds a row of `users`, unless another transaction was first."""

    def migrate(self, connection: Connection, version: str | None) -> None:
        """Brings the tables to the present version, in the transaction that is open.

        Raises:
            MemoryStoreError: They are of a version that this Penchant does not know.
        """
        # Alembic takes a quarter of a second to import, and most openings do not need it.
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        steps = Path(__file__).parent / "migrations"
        config = Config()
        config.set_main_option("script_location", str(steps).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise MemoryStoreError(
                f"{self.name} has tables of version {version!r}, unknown to this "
                "Penchant; install the version that made it, or a later one"
            ) from error

    def close(self) -> None:
        """Lets go of the connections; safe to call twice."""
        self.engine.dispose()


class SqliteTruth(Truth):
    """A SQLite file, written to by one process at a time.

    Transactions that write begin as `BEGIN IMMEDIATE`, so that a writer waits for its turn at the
    start and never fails half-way.

    Args:
        file: The file; missing and opened read-only, it reads as an empty store, and is not made.
        read_only: Whether to write nothing.
    """

    shared = False

    def __init__(self, file: Path, *, read_only: bool) -> None:
        self.name = f"the store {str(file)!r}"
        self._file = file
        if read_only and not file.exists():
            self.engine = empty_engine()
            return
        self.engine = create_engine(
            _address(file, read_only=read_only),
            pool_size=16,
            max_overflow=16,
            hide_parameters=True,
        )
        self._listen(read_only=read_only)
        try:
            with self.engine.connect() as connection:
                version = tables_version(connection)
            if version != HEAD:
                if read_only:
                    raise outdated(self.name, version)
                self._bring_up_to_date(version)
        except DatabaseError as error:
            self.engine.dispose()
            raise MemoryStoreError(
                f"cannot open {str(file)!r} as a store: {error.orig}; "
                "restore it from a backup, or move it away to start afresh"
            ) from error
        except BaseException:
            self.engine.dispose()
            raise

    def identity(self) -> str:
        """From a number drawn once and kept beside the file, and from the file's path.

        A copy elsewhere is another store.
        """
        kept = self._file.with_name("store.id")
        if not kept.exists():
            kept.write_text(secrets.token_hex(16), encoding="ascii")
        drawn = kept.read_text(encoding="ascii").strip()
        return sha256(f"{drawn} {self._file.resolve()}".encode()).hexdigest()[:16]

    def scrub(self, *, thoroughly: bool = False) -> None:
        """Empties the write-ahead log into the file, where what was deleted is overwritten.

        Rows are; but what was moved from page to page may leave a copy of its key, so that only
        writing the file anew does away with all of it.
        """
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            if thoroughly:
                cursor.execute("VACUUM")
            # A reader elsewhere may hold the log open; the next checkpoint then does it.
            cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")

    def _bring_up_to_date(self, version: str | None) -> None:
        """Runs the steps, all of them or none.

        SQLite alters a table by making another and dropping the first, and to drop a table deletes
        its rows: whatever refers to them would go with them, were foreign keys enforced.
        """
        with self._connect(True) as connection:
            _enforce_foreign_keys(connection, False)
            try:
                with connection.begin():
                    self.migrate(connection, version)
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    if broken is not None:
                        raise MemoryStoreError(
                            f"{self.name} has rows of {broken[0]!r} that belong to nothing, and is "
                            "left as it was; restore it from a backup"
                        )
            finally:
                _enforce_foreign_keys(connection, True)

    def _connect(self, writes: bool) -> Connection:
        return self.engine.connect().execution_options(writes=writes)

    def _insert_user(self, connection: Connection, row: dict[str, object]) -> None:
        connection.execute(users.insert(), row)

    def _listen(self, *, read_only: bool) -> None:
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

        event.listen(self.engine, "connect", connect)
        event.listen(self.engine, "begin", begin)


def open_truth(home: Path, url: str | None, *, read_only: bool) -> Truth:
    """Opens the database, made or migrated first if it is not read-only.

    Args:
        home: Where the SQLite file lies, if there is no `url`.
        url: A PostgreSQL database (`postgresql://USER:PASSWORD@HOST:PORT/NAME`).
        read_only: Whether to write nothing; a store that is not there reads as an empty one.

    Raises:
        ConfigError: The URL is malformed.
        MemoryStoreError: It is no database or cannot be reached, was made by a newer Penchant,
            or is older than this one and open for reading only.
    """
    if url is None:
        return SqliteTruth(home / "memory.db", read_only=read_only)
    from .postgres import PostgresTruth

    return PostgresTruth(url, read_only=read_only)


def tables_version(connection: Connection) -> str | None:
    """The version of the tables; None if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def outdated(name: str, version: str | None) -> MemoryStoreError:
    """The error for tables that cannot be brought up to date, since the store is read-only."""
    return MemoryStoreError(
        f"{name} has tables of version {version!r}, not {HEAD!r}; "
        "open it once for writing to bring it up to date"
    )


def first_line(error: DBAPIError) -> str:
    """What the driver said, without the statement and its values."""
    return str(error.orig).strip().partition("\n")[0]


def empty_engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    return engine


def _enforce_foreign_keys(connection: Connection, on: bool) -> None:
    # Past SQLAlchemy, which would begin a transaction, where SQLite ignores this.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
    cursor.close()


def _address(file: Path, *, read_only: bool) -> URL:
    """Where SQLite finds the file, and how a reader opens it.

    Beside a write-ahead log SQLite keeps a small file of shared memory, even for readers. Where
    none can be made, and nobody can have written since the log was emptied, it does without.
    """
    log = file.with_name(f"{file.name}-wal")
    writable = os.access(file.parent, os.W_OK) and os.access(file, os.W_OK)
    if not read_only or writable or (log.exists() and log.stat().st_size):
        return URL.create("sqlite", database=str(file))
    return URL.create("sqlite", database=file.resolve().as_uri(), query=_IMMUTABLE)
