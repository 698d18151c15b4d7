"""What every verb of memory stands on: the open store, its transactions, its vectors."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from ..errors import EmbedderMismatchError, MemoryStoreError, ModelError, ReadOnlyError
from . import schema
from .checks import check_user_id
from .database import open_truth
from .ids import new_id as sortable_id
from .index import Near, VectorIndex, mismatch
from .lock import WriterLock
from .records import Erased, Stored, insert_preferences, load_preferences
from .types import Change, Preference, PreferenceDraft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..models.types import Embedder

__all__ = ["Core", "Transaction", "embedding_text", "vector_of"]

_log = logging.getLogger(__name__)

# Longer queries say no more to an embedder, and cost it more.
_QUERY_CHARACTERS = 2_000
_EMBED_BATCH = 64


def _utc_now() -> datetime:
    return datetime.now(UTC)


def embedding_text(preference: Preference | PreferenceDraft) -> str:
    """The text of which a preference's vector is made: its description, with its scope."""
    scope = preference.scope
    return f"{preference.description} (for {scope})" if scope else preference.description


def vector_of(blob: bytes | None) -> NDArray[np.float32] | None:
    """The vector that the truth keeps as bytes."""
    import numpy as np

    return None if blob is None else np.frombuffer(blob, dtype="<f4")


@dataclass(slots=True)
class Transaction:
    """One user's event on its way into the truth.

    Attributes:
        connection: The open database transaction.
        user_id: Whose event it is.
        now: The moment of all its rows.
        put: Vectors that the index gains once the truth has committed.
        removed: Preferences that the index loses then.
    """

    connection: Connection
    user_id: str
    now: datetime
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


class Core:
    """An open store; `Memory` adds the verbs."""

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        *,
        read_only: bool = False,
        clock: Callable[[], datetime] = _utc_now,
        new_id: Callable[[], str] = sortable_id,
    ) -> None:
        """Opens the store in a directory, made first if needed.

        Args:
            home: The store's directory.
            embedder: Turns descriptions and queries into vectors; first used when needed.
            read_only: Open beside a writer; every verb that writes then fails.
            clock: Tells the time, with a time zone.
            new_id: Makes ids, each larger than the last.

        Raises:
            StoreLockedError: Another process has the store open for writing.
            MemoryStoreError: The directory cannot be written, or the files are no store that
                this Penchant can read.
        """
        self.home = Path(home)
        self.read_only = read_only
        self._embedder = embedder
        self._clock = clock
        self._new_id = new_id
        self._degraded = ""
        self._closed = False
        self._copies: dict[str, LiveCopy] = {}
        self._trash: OrderedDict[str, tuple[Erased, ...]] = OrderedDict()
        self._writing = threading.RLock()
        self._lock: WriterLock | None = None
        if not read_only:
            try:
                self.home.mkdir(parents=True, exist_ok=True)
                self._lock = WriterLock(self.home)
            except OSError as error:
                raise MemoryStoreError(
                    f"cannot write to the home {str(self.home)!r}: {error.strerror or error}; "
                    "name another with --home or PENCHANT_HOME, or mend its rights"
                ) from error
        try:
            self._engine = open_truth(self.home / "memory.db", read_only=read_only)
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise
        self._index = VectorIndex(self.home / "index")

    @property
    def degraded(self) -> str:
        """Why search by meaning is off at present, in one sentence; empty if it works."""
        return self._degraded

    def close(self) -> None:
        """Lets go of the store; safe to call twice."""
        with self._writing:
            if self._closed:
                return
            self._closed = True
            self._index.close()
            self._engine.dispose()
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

    def users(self) -> list[str]:
        """Every user that something was ever kept for, in order of id."""
        with self._read() as connection:
            return list(connection.scalars(select(schema.users.c.id).order_by(schema.users.c.id)))

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        self._check_open()
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _write(self, user_id: str, *, preferences: bool = True) -> Iterator[Transaction]:
        """One transaction for one event; the index follows once the truth has committed.

        Args:
            user_id: Whose event.
            preferences: Whether the event may change preferences.
        """
        check_user_id(user_id)
        with self._writing:
            with self._begin() as connection:
                transaction = Transaction(connection, user_id, self._now())
                self._ensure_user(transaction)
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
        self._check_open()
        if self.read_only:
            raise ReadOnlyError(
                f"the store {str(self.home)!r} is open for reading only; "
                "open it without read_only=True to change anything"
            )
        # Threads wait here, in turn, and not in the database, which lets the luckiest go first.
        with (
            self._writing,
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def _scrub(self) -> None:
        """Overwrites what the log of recent writes still holds of erased text."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            # A reader elsewhere may hold the log open; the next checkpoint then does it.
            cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute("PRAGMA busy_timeout = 10000")

    def _check_open(self) -> None:
        if self._closed:
            raise MemoryStoreError(f"the store {str(self.home)!r} is closed; open it again")

    @property
    def now(self) -> datetime:
        """The present moment by this store's clock, in UTC."""
        return self._now()

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _ensure_user(self, transaction: Transaction) -> None:
        users, user_id = schema.users, transaction.user_id
        known = transaction.connection.scalar(select(users.c.id).where(users.c.id == user_id))
        if known is None:
            transaction.connection.execute(
                users.insert(), {"id": user_id, "created_at": transaction.now, "revision": 0}
            )

    def _count_revision(self, transaction: Transaction) -> None:
        users = schema.users
        transaction.connection.execute(
            users.update()
            .where(users.c.id == transaction.user_id)
            .values(revision=users.c.revision + 1)
        )

    def _note(
        self,
        transaction: Transaction,
        operation: Literal["add", "revise", "retire", "delete", "restore"],
        preference: Preference,
        reason: str,
        *,
        described: bool = True,
    ) -> Change:
        change = Change(
            at=transaction.now,
            operation=operation,
            preference_id=preference.id,
            description=preference.description if described else "",
            reason=reason,
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
            },
        )
        return change

    def _live(self, user_id: str, at: datetime | None = None) -> ColumnElement[bool]:
        """The condition of being live now.

        It does not look at `valid_from`, so that a clock which steps back hides nothing.
        """
        table = schema.preferences
        return (table.c.user_id == user_id) & or_(
            table.c.valid_to.is_(None), table.c.valid_to > (at or self._now())
        )

    # Vectors

    def _embed(self, user_id: str, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Unit vectors of shape `(len(texts), dimension)`, or None while there is no embedder.

        Raises:
            EmbedderMismatchError: The user's vectors are of another embedder.
        """
        check_user_id(user_id)
        if not texts:
            return None
        with self._read() as connection:
            found = connection.scalar(
                select(schema.users.c.embedder).where(schema.users.c.id == user_id)
            )
        if found is not None and found != self._embedder.id:
            raise mismatch(user_id, found, self._embedder.id)
        try:
            vectors = self._made_vectors(texts)
        except ModelError as error:
            # Memory keeps working without a model: vectors are made once there is one.
            self._degraded = f"no search by meaning: {error}"
            return None
        self._degraded = ""
        return vectors

    def _made_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts; raises what the embedder raises."""
        import numpy as np

        batches = [
            self._embedder.embed(texts[start : start + _EMBED_BATCH])
            for start in range(0, len(texts), _EMBED_BATCH)
        ]
        return np.ascontiguousarray(np.concatenate(batches), dtype="<f4")

    def _embed_query(self, user_id: str, text: str) -> NDArray[np.float32] | None:
        vectors = self._embed(user_id, [text[:_QUERY_CHARACTERS]]) if text.strip() else None
        return None if vectors is None else vectors[0]

    def _sign_vectors(self, transaction: Transaction) -> None:
        """Notes which embedder made this user's vectors."""
        users = schema.users
        transaction.connection.execute(
            users.update()
            .where(users.c.id == transaction.user_id, users.c.embedder.is_(None))
            .values(embedder=self._embedder.id)
        )

    def _truth_vectors(self, user_id: str) -> dict[str, NDArray[np.float32]]:
        table = schema.preferences
        with self._read() as connection:
            rows = connection.execute(
                select(table.c.id, table.c.vector).where(
                    self._live(user_id), table.c.vector.is_not(None)
                )
            ).all()
        vectors: dict[str, NDArray[np.float32]] = {}
        for row in rows:
            vector = vector_of(row.vector)
            if vector is not None:
                vectors[row.id] = vector
        return vectors

    def _nearest(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """The live preferences nearest to a unit vector, best first; may name ones just gone."""
        if not self.read_only:
            try:
                if not self._index.opened(user_id):
                    with self._writing:
                        self._fill_vectors(user_id)
                        self._index.open(
                            user_id,
                            self._embedder.id,
                            vector.shape[0],
                            self._truth_vectors(user_id),
                        )
                return self._index.query(user_id, vector, limit)
            except EmbedderMismatchError:
                raise
            except Exception:  # noqa: BLE001
                # Whatever ails the index (damage, a full disk), the truth answers exactly.
                _log.warning("the index of memories failed; searching the truth", exc_info=True)
                self._index.forget(user_id)
        return self._exactly_nearest(user_id, vector, limit)

    def _exactly_nearest(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        import numpy as np

        vectors = self._truth_vectors(user_id)
        ids = [each for each in vectors if vectors[each].shape == vector.shape]
        if not ids:
            return []
        scores = np.stack([vectors[each] for each in ids]) @ vector
        best = np.argsort(-scores, kind="stable")[:limit]
        return [Near(ids[index], float(scores[index])) for index in best]

    def _fill_vectors(self, user_id: str) -> None:
        """Embeds the live preferences that were added while there was no embedder."""
        with self._read() as connection:
            bare = load_preferences(
                connection, self._live(user_id), schema.preferences.c.vector.is_(None)
            )
        self._store_vectors(user_id, [each.preference for each in bare])

    def _store_vectors(self, user_id: str, preferences: Sequence[Preference]) -> None:
        vectors = self._embed(user_id, [embedding_text(each) for each in preferences])
        if vectors is None:
            return
        with self._write(user_id, preferences=False) as transaction:
            self._sign_vectors(transaction)
            self._write_vectors(transaction, preferences, vectors)

    def _write_vectors(
        self,
        transaction: Transaction,
        preferences: Sequence[Preference],
        vectors: NDArray[np.float32],
    ) -> None:
        table = schema.preferences
        transaction.connection.execute(
            table.update().where(table.c.id == bindparam("the_id")),
            [
                {"the_id": each.id, "vector": vector.tobytes()}
                for each, vector in zip(preferences, vectors, strict=True)
            ],
        )

    def _index_follows(self, transaction: Transaction) -> None:
        user_id = transaction.user_id
        if not self._index.opened(user_id):
            # The first touch brings it in line with the truth.
            return
        try:
            self._index.remove(user_id, transaction.removed)
            self._index.put(user_id, transaction.put)
        except Exception:  # noqa: BLE001
            # The event is in the truth; the next touch brings the index in line.
            _log.warning("the index of memories failed; it is mended later", exc_info=True)
            self._index.forget(user_id)

    def _insert(self, transaction: Transaction, stored: Stored) -> None:
        """Adds a preference, with its vector."""
        insert_preferences(transaction.connection, [stored])
        vector = vector_of(stored.vector)
        if vector is not None:
            self._sign_vectors(transaction)
            transaction.put[stored.preference.id] = vector
