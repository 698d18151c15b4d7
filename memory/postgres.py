"""The truth on PostgreSQL, where several machines write side by side."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, String, Text, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..errors import ConfigError, MemoryStoreError
from .database import Truth, empty_engine, first_line, outdated, tables_version
from .migrations import HEAD
from .schema import metadata, users

__all__ = ["Dialling", "PostgresTruth", "dialling", "make_safe", "parse_url", "safe_name"]

_SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/NAME"
_DRIVERS = {"postgres", "postgresql", "postgresql+psycopg"}
# How long a connection may take to be made or found broken, unless the URL says otherwise.
_CONNECT = {
    "application_name": "penchant",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# Nobody waits for ever for a machine that was cut off in the middle of an event.
_LIMITS = "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '10min'"
# Any number, the same on every machine: who brings the tables up to date has the others wait.
_MIGRATION_LOCK = 7_263_018_544_120_031
# What PostgreSQL stores in no text.
_UNSAFE = re.compile(r"[\x00\ud800-\udfff]")
# The same in JSON, but not where its backslash is itself escaped.
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class PostgresTruth(Truth):
    """A PostgreSQL database.

    Transactions that write lock their user's row, so that events of one user come one after the
    other, whichever machine they are from, and those of different users side by side. Reading
    ones see one moment. What is deleted is gone for every query at once, and its bytes when
    PostgreSQL next vacuums.

    Args:
        url: `postgresql://USER:PASSWORD@HOST:PORT/NAME`, with libpq's parameters as its query.
        read_only: Whether to write nothing; a role without the right to write will do then.

    Raises:
        ConfigError: The URL is malformed.
        MemoryStoreError: The driver is missing, the server cannot be reached, or the role may
            not do what is needed.
    """

    shared = True

    def __init__(self, url: str, *, read_only: bool) -> None:
        self._url = parse_url(url)
        self.name = f"the database {safe_name(self._url)!r}"
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise MemoryStoreError(
                f"{self.name} needs the driver psycopg, which does not load ({error}); "
                "python -m pip install 'penchant[postgres]'"
            ) from error
        self.engine = create_engine(
            self._url,
            # A server takes a hundred at once by default, and other machines have theirs.
            pool_size=8,
            max_overflow=8,
            # A server that was restarted in the meantime costs no event.
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_unless_given(self._url),
        )
        event.listen(self.engine, "connect", _prepare)
        try:
            self._open(read_only=read_only)
        except BaseException:
            self.engine.dispose()
            raise

    def _open(self, *, read_only: bool) -> None:
        try:
            connection = self.engine.connect()
        except DBAPIError as error:
            raise MemoryStoreError(
                f"cannot reach {self.name}: {first_line(error)}; "
                "start it, or mend database_url (PENCHANT_DATABASE_URL)"
            ) from error
        try:
            with connection:
                encoding = connection.scalar(text("SHOW server_encoding"))
                if encoding != "UTF8":
                    raise MemoryStoreError(
                        f"{self.name} has the encoding {encoding!r}, which holds no text of every "
                        "language; create one with ENCODING 'UTF8' TEMPLATE template0"
                    )
                version = tables_version(connection)
            if version != HEAD and not read_only:
                with self._connect(True) as connection, connection.begin():
                    # However long the one who was first takes.
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK}
                    )
                    self.migrate(connection, version)
                    _compare_bytewise(connection)
            elif version is None:
                self.engine.dispose()
                self.engine = empty_engine()
            elif version != HEAD:
                raise outdated(self.name, version)
            if not read_only:
                self._check_rights()
        except DBAPIError as error:
            raise MemoryStoreError(
                f"cannot use {self.name} as a store: {first_line(error)}; "
                "give its role the right to, or name another in database_url"
            ) from error

    def _check_rights(self) -> None:
        with self._connect(False) as connection:
            allowed = connection.scalar(
                text("SELECT has_table_privilege('users', 'INSERT') AND NOT pg_is_in_recovery()")
            )
        if not allowed:
            raise MemoryStoreError(
                f"{self.name} cannot be written by the role {self._url.username!r}; grant it the "
                "right (and name the primary, not a standby), or open it with read_only=True"
            )

    def identity(self) -> str:
        """From the identity of cluster, database and schema, however the URL names them."""
        query = (
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || ' ' ||"
            " (SELECT oid FROM pg_database WHERE datname = current_database())::text || ' ' ||"
            " current_schema()"
        )
        try:
            with self._connect(False) as connection, connection.begin():
                found = str(connection.scalar(text(query)))
        except DBAPIError:
            # A service that hides the cluster: then all machines must name it alike.
            found = safe_name(self._url)
        return sha256(found.encode()).hexdigest()[:16]

    def scrub(self, *, thoroughly: bool = False) -> None:
        """Does nothing: PostgreSQL reuses the room of what was deleted when it vacuums."""

    def _connect(self, writes: bool) -> Connection:
        connection = self.engine.connect()
        # A store that is not there is an empty one, and of another kind.
        if writes or connection.dialect.name == "sqlite":
            return connection
        return connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def _insert_user(self, connection: Connection, row: dict[str, object]) -> None:
        connection.execute(insert(users).on_conflict_do_nothing(), row)


def parse_url(url: str) -> URL:
    """A PostgreSQL URL, with the driver in use.

    Raises:
        ConfigError: It is malformed, or of another database; its text is not repeated, since it
            may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"database_url is malformed; give {_SHAPE}") from None
    if parsed.drivername not in _DRIVERS:
        raise ConfigError(
            f"database_url begins with {parsed.drivername!r}; give {_SHAPE}, "
            "or none for a SQLite file in the home"
        )
    return parsed.set(drivername="postgresql+psycopg")


def safe_name(url: URL) -> str:
    """A URL without password and parameters, which may hold one too."""
    return url.set(drivername="postgresql", password=None, query={}).render_as_string()


class Dialling(NamedTuple):
    """What psycopg connects with.

    Attributes:
        address: A libpq URL, with its password.
        options: Parameters besides.
    """

    address: str
    options: dict[str, Any]


def dialling(url: str) -> Dialling:
    """How to connect with psycopg itself, without SQLAlchemy.

    Raises:
        ConfigError: The URL is malformed.
    """
    parsed = parse_url(url)
    address = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    return Dialling(address, _unless_given(parsed))


def make_safe(connection: Any) -> None:
    """Has a psycopg connection write U+FFFD for what no text holds: NULs and lone surrogates.

    To look for them then finds nothing, and to store them fails nothing.
    """
    from psycopg.types.json import set_json_dumps
    from psycopg.types.string import StrDumper

    class SafeDumper(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(_UNSAFE.sub("\ufffd", obj))

    def dumps(value: Any) -> str:
        found = _UNSAFE.sub("\ufffd", json.dumps(value, ensure_ascii=False))
        return _ESCAPED_NUL.sub("\\1\ufffd", found)

    connection.adapters.register_dumper(str, SafeDumper)
    set_json_dumps(dumps, connection)


def _unless_given(url: URL) -> dict[str, Any]:
    return {name: value for name, value in _CONNECT.items() if name not in url.query}


def _prepare(connection: Any, _record: Any) -> None:
    make_safe(connection)
    connection.autocommit = True
    connection.execute(_LIMITS)
    connection.autocommit = False


def _compare_bytewise(connection: Connection) -> None:
    """Has ids and names compare byte by byte, as in SQLite, whatever the database's language.

    Languages order punctuation as if it were not there, and ranges of ids would take in others.
    """
    kept = {
        (row.table_name, row.column_name)
        for row in connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND collation_name = 'C'"
            )
        )
    }
    for table in metadata.sorted_tables:
        changes = [
            f'ALTER COLUMN "{column.name}" TYPE {column.type.compile(connection.dialect)}'
            ' COLLATE "C"'
            for column in table.columns
            if isinstance(column.type, String)
            and not isinstance(column.type, Text)
            and (table.name, column.name) not in kept
        ]
        if changes:
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" {", ".join(changes)}')
