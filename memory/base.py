"""An open store: its truth, its transactions, its clock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from ..errors import MemoryStoreError, ReadOnlyError
from . import schema
from .checks import check_user_id
from .database import Truth, open_truth
from .ids import new_id as sortable_id
from .index import VectorIndex, open_index
from .lock import WriterLock
from .records import Erased
from .types import Change, Preference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..models.types import Embedder

__all__ = ["Base", "ErasureWatcher", "LiveCopy", "Transaction"]

ErasureWatcher: TypeAlias = Callable[[str, Sequence[Preference] | None], None]
"""Is told whose preferences were erased, and which; None is everything of that user."""

# Locks that the users of a shared truth have between them.
_TURNS = 64


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Transaction:
    """One user's event on its way into the truth.

    Attributes:
        connection: The open database transaction.
        user_id: Whose event it is.
        now: The moment of all its rows.
        revision: The user's revision before it.
        changed: The user's revision once it has committed.
        put: Vectors that the index gains then.
        removed: Preferences that the index loses then.
    """

    connection: Connection
    user_id: str
    now: datetime
    revision: int = 0
    changed: int = 0
    put: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


class LiveCopy(NamedTuple):
    """A user's live preferences as they were read, and how long that holds.

    Attributes:
        revision: The user's revision then; another one means that they may have changed.
        since: When they were read.
        until: When the first of them ends by itself.
        preferences: Oldest first.
    """

    revision: int | None
    since: datetime
    until: datetime
    preferences: tuple[Preference, ...]


class Base:
    """An open store without verbs."""

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        *,
        database: str | None = None,
        index: str | None = None,
        read_only: bool = False,
        clock: Callable[[], datetime] = _utc_now,
        new_id: Callable[[], str] = sortable_id,
    ) -> None:
        """Opens the store in a directory, made first if needed.

        Args:
            home: The store's directory.
            embedder: Turns descriptions and queries into vectors; first used when needed.
            database: A PostgreSQL database as the truth, `postgresql://USER:PASSWORD@HOST:PORT/
                NAME`, which several machines may write, each with a home of its own; by default
                a SQLite file in the home.
            index: A Chroma server as the index, `http://HOST:PORT`; by default Chroma runs
                embedded, with its files in the home.
            read_only: Open beside a writer; every verb that writes then fails, and searches read
                the truth.
            clock: Tells the time, with a time zone.
            new_id: Makes ids, each larger than the last.

        Raises:
            StoreLockedError: Another process has the store open for writing.
            ConfigError: An address is malformed.
            MemoryStoreError: The directory cannot be written, the files or tables are no store
                that this Penchant can read, or the database cannot be reached.
        """
        self.home = Path(home)
        self.read_only = read_only
        self.database = database
        self._embedder = embedder
        self._clock = clock
        self._new_id = new_id
        self._degraded = ""
        self._closed = False
        self._copies: dict[str, LiveCopy] = {}
        self._trash: OrderedDict[str, tuple[Erased, ...]] = OrderedDict()
        self._watchers: dict[str, ErasureWatcher] = {}
        self._writing = threading.RLock()
        self._turns = tuple(threading.RLock() for _ in range(_TURNS))
        self._lock: WriterLock | None = None
        # With both elsewhere, the home holds nothing that two processes could write.
        if not read_only and (database is None or index is None):
            self._lock = self._own_home()
        try:
            self._truth: Truth = open_truth(self.home, database, read_only=read_only)
            try:
                self._index: VectorIndex = open_index(self.home, index, self._truth.identity)
            except BaseException:
                self._truth.close()
                raise
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise

    def _own_home(self) -> WriterLock:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return WriterLock(self.home)
        except OSError as error:
            raise MemoryStoreError(
                f"cannot write to the home {str(self.home)!r}: {error.strerror or error}; "
                "name another with --home or PENCHANT_HOME, or mend its rights"
            ) from error

    @property
    def _engine(self) -> Engine:
        return self._truth.engine

    def close(self) -> None:
        """Lets go of the store; safe to call twice."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            self._index.close()
            self._truth.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def watch_erasures(self, name: str, watcher: ErasureWatcher) -> None:
        """Has somebody told of each erasure, for what they keep beside this store.

        Args:
            name: Who watches; a second one of the same name takes the place of the first.
            watcher: Called after the truth was written, before the verb returns.
        """
        self._watchers[name] = watcher

    def _tell_erased(self, user_id: str, erased: Sequence[Preference] | None) -> None:
        for watcher in tuple(self._watchers.values()):
            watcher(user_id, erased)

    def users(self) -> list[str]:
        """Every user that something was ever kept for, in order of id."""
        with self._read() as connection:
            return list(connection.scalars(select(schema.users.c.id).order_by(schema.users.c.id)))

    @property
    def now(self) -> datetime:
        """The present moment by this store's clock, in UTC."""
        return self._now()

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """A look at the truth as it is at one moment."""
        self._check_open()
        with self._truth.begin(writes=False) as connection:
            yield connection

    @contextmanager
    def _write(self, user_id: str, *, preferences: bool = True) -> Iterator[Transaction]:
        """One transaction for one event; the index follows once the truth has committed.

        Args:
            user_id: Whose event.
            preferences: Whether the event may change preferences.
        """
        check_user_id(user_id)
        self._check_writable()
        with self._turn(user_id):
            with self._truth.begin(writes=True) as connection:
                now = self._now()
                revision = self._truth.claim_user(connection, user_id, now)
                transaction = Transaction(connection, user_id, now, revision, revision)
                yield transaction
                if preferences:
                    self._count_revision(transaction)
            self._index_follows(transaction)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        """A transaction that writes, whatever it is about.

        Raises:
            ReadOnlyError: The store is open for reading only.
        """
        self._check_writable()
        with self._turn(""), self._truth.begin(writes=True) as connection:
            yield connection

    def _turn(self, user_id: str) -> threading.RLock:
        """Held while this process writes for a user.

        A file has one writer: threads wait here, in turn, and not in the database, which lets
        the luckiest go first. A shared database takes the events of different users at once.
        """
        if self._truth.shared:
            return self._turns[hash(user_id) % _TURNS]
        return self._writing

    def _index_follows(self, transaction: Transaction) -> None:
        """Does for the index what a transaction that has committed did to the truth."""
        raise NotImplementedError

    def _scrub(self, *, thoroughly: bool = False) -> None:
        """Overwrites what the log of recent writes still holds of erased text."""
        if not thoroughly:
            self._truth.scrub()
            return
        with self._turn(""):
            self._truth.scrub(thoroughly=True)

    def _check_open(self) -> None:
        if self._closed:
            raise MemoryStoreError(f"the store {str(self.home)!r} is closed; open it again")

    def _check_writable(self) -> None:
        self._check_open()
        if self.read_only:
            raise ReadOnlyError(
                f"the store {str(self.home)!r} is open for reading only; "
                "open it without read_only=True to change anything"
            )

    def _count_revision(self, transaction: Transaction) -> None:
        users = schema.users
        transaction.changed = transaction.revision + 1
        transaction.connection.execute(
            users.update()
            .where(users.c.id == transaction.user_id)
            .values(revision=transaction.changed)
        )

    def _note(
        self,
        transaction: Transaction,
        operation: Literal["add", "revise", "retire", "delete", "restore"],
        preference: Preference,
        reason: str,
        *,
        described: bool = True,
        evidence_id: str | None = None,
    ) -> Change:
        """Writes a line of history; the preference comes with the belief that the change left."""
        change = Change(
            at=transaction.now,
            operation=operation,
            preference_id=preference.id,
            description=preference.description if described else "",
            reason=reason,
            confidence=None if operation == "delete" else preference.confidence,
            evidence_id=evidence_id,
        )
        transaction.connection.execute(
            schema.changes.insert(),
            {
                "id": self._new_id(),
                "user_id": transaction.user_id,
                "at": change.at,
                "operation": change.operation,
                "preference_id": change.preference_id,
                "description": change.description,
                "reason": change.reason,
                "confidence": change.confidence,
                "evidence_id": change.evidence_id,
            },
        )
        return change

    def _revision(self, connection: Connection, user_id: str) -> int | None:
        """How often this user's preferences may have changed, whoever wrote."""
        users = schema.users
        found: int | None = connection.scalar(select(users.c.revision).where(users.c.id == user_id))
        return found

    def _live(self, user_id: str, at: datetime | None = None) -> ColumnElement[bool]:
        """The condition of being live now.

        It does not look at `valid_from`, so that a clock which steps back hides nothing.
        """
        table = schema.preferences
        return (table.c.user_id == user_id) & or_(
            table.c.valid_to.is_(None), table.c.valid_to > (at or self._now())
        )
