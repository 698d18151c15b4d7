"""LangGraph's `BaseStore` over Penchant's memory."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, assert_never

from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    InvalidNamespaceError,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)
from sqlalchemy import and_, or_, select

from ...errors import EmbedderError, InputError, MemoryStoreError
from .. import schema
from .embedding import (
    Embedding,
    Part,
    Texts,
    Vectors,
    check_field,
    open_embedding,
    parts_of,
    path_in,
)
from .filters import passes
from .namespaces import check_key, matches, namespace_of, path_of, under
from .nearest import Nearest
from .rows import (
    Place,
    Row,
    Vector,
    delete_items,
    expiry,
    find,
    item_of,
    json_of,
    list_rows,
    paths,
    put_items,
    refresh,
    search_item_of,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..store import Memory

__all__ = ["ChromaStore"]

_log = logging.getLogger(__name__)

_BATCH = 256
_MENDED = 10_000
_items, _vectors = schema.items, schema.item_vectors


@dataclass(slots=True)
class _Plan:
    """A batch, checked.

    Attributes:
        ops: What was asked for, in order.
        puts: The last write of each place.
        parts: What of each item written is embedded.
    """

    ops: list[Op]
    puts: dict[Place, PutOp] = field(default_factory=dict)
    values: dict[Place, str] = field(default_factory=dict)
    parts: dict[Place, list[Part]] = field(default_factory=dict)

    @property
    def texts(self) -> Texts:
        """What has to be embedded."""
        documents = (part.text for parts in self.parts.values() for part in parts)
        queries = (op.query for op in self.ops if isinstance(op, SearchOp) and op.query)
        return Texts(tuple(dict.fromkeys(documents)), tuple(dict.fromkeys(queries)))


class ChromaStore(BaseStore):
    """LangGraph's store of items, kept in a `Memory`: its database is the truth, Chroma its index.

    Namespaces are matched by whole labels: `("user1",)` never finds `("user10",)`. Within a
    batch, reads see what was there before it, and of several writes to one place the last counts,
    as in LangGraph's own stores. Overwriting an item keeps its `created_at`.

    A search without a query lists what was updated last first, then by namespace and key. With
    one, items come by score (the cosine of the nearest of their indexed parts), ties by namespace
    and key; items without vectors follow, without a score. Both orders are total, so that pages of
    `limit` and `offset` neither overlap nor leave anything out while nothing is written.

    Expired items are never returned, swept or not. Safe for threads and for asyncio. Close it
    before its memory, if a sweeper was started.

    Args:
        memory: The open store of memories; it stays the caller's to close.
        index: As in LangGraph; without `embed`, the memory's own embedder is used, and while its
            model is missing, items are kept and get their vectors later. By default whole values
            are indexed with it; False makes no vectors.
        ttl: As in LangGraph; `omit_expired` makes no difference.

    Raises:
        InputError: The index or the time to live is malformed.

    Example:
        >>> store = ChromaStore(memory)  # doctest: +SKIP
        >>> store.put(("memories", "ana"), "diet", {"text": "is vegetarian"})  # doctest: +SKIP
        >>> graph = builder.compile(store=store)  # doctest: +SKIP
    """

    supports_ttl = True

    def __init__(
        self,
        memory: Memory,
        *,
        index: IndexConfig | Literal[False] | None = None,
        ttl: TTLConfig | None = None,
    ) -> None:
        self.memory = memory
        self.ttl_config = ttl
        if ttl is not None:
            _check_ttl(ttl.get("default_ttl"))
        self._embedding: Embedding | None = None
        self._nearest: Nearest | None = None
        if index is not False:
            self._embedding = open_embedding(index or {}, memory._embedder)
            self._nearest = Nearest(memory, self._embedding.id)
        # Namespaces known to have no items that wait for their vectors.
        self._mended: set[str] = set()
        self._sweeper: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def degraded(self) -> str:
        """Why search by meaning is off at present, in one sentence; empty if it works."""
        return "" if self._embedding is None else self._embedding.degraded

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Runs operations; see the class for what reads of a batch see.

        Raises:
            InvalidNamespaceError: A label is empty or holds a dot or a NUL.
            InputError: A key, value, filter, field, limit or time to live cannot be used.
            EmbedderMismatchError: What is searched was embedded with another embedder.
            ReadOnlyError: There is something to write, and the memory is open for reading only.
        """
        plan = self._plan(ops)
        vectors = Vectors({}, {})
        if self._embedding is not None:
            vectors = self._embedding.make(plan.texts)
        return self._run(plan, vectors)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """The async twin of `batch`: it waits in another thread."""
        plan = self._plan(ops)
        vectors = Vectors({}, {})
        if self._embedding is not None:
            vectors = await self._embedding.amake(plan.texts)
        return await asyncio.to_thread(self._run, plan, vectors)

    def reindex(self, namespace_prefix: tuple[str, ...] = ()) -> int:
        """Makes the vectors anew that are missing or of another embedder, and drops the index.

        Chroma's collections are built again on the next search that needs them.

        Returns:
            How many items in or below the namespace have vectors.

        Raises:
            EmbedderError: The embedder does not work.
        """
        if self._embedding is None or self._nearest is None:
            return 0
        path = path_of(namespace_prefix)
        while self._mend(path, self._embedding, self._nearest, others=True):
            pass
        with self.memory._read() as connection:
            inside = under(connection, _vectors.c.path, path)
            places = connection.execute(
                select(_vectors.c.path, _vectors.c.key).where(inside).distinct()
            ).all()
        if self.memory._index.exists:
            self._nearest.drop({place.path for place in places})
        return len(places)

    # Time to live

    def sweep_ttl(self) -> int:
        """Deletes what has expired.

        Returns:
            How many items.
        """
        now = self.memory.now
        with self.memory._turn(""):
            with self.memory._begin() as connection:
                expired = _items.c.expires_at <= now
                places = [
                    Place(*row)
                    for row in connection.execute(
                        select(_items.c.path, _items.c.key).where(expired)
                    )
                ]
                gone = self._vectors_at(connection, places)
                delete_items(connection, places)
            if self._nearest is not None:
                self._nearest.follow(gone, ())
        if places:
            self.memory._scrub()
        return len(places)

    def start_ttl_sweeper(self, sweep_interval_minutes: float | None = None) -> Future[None]:
        """Sweeps from now on, from a thread, until `stop_ttl_sweeper` or `close`.

        Args:
            sweep_interval_minutes: How often; by default as the `ttl` says, else every five.

        Returns:
            A future that is done when the sweeper has ended; cancelling it ends the sweeper.
        """
        ended: Future[None] = Future()
        if self.ttl_config is None:
            ended.set_result(None)
            return ended
        configured = self.ttl_config.get("sweep_interval_minutes")
        interval = float(sweep_interval_minutes or configured or 5)
        ended.add_done_callback(lambda each: self._stop.set() if each.cancelled() else None)
        if self._sweeper is not None and self._sweeper.is_alive():
            return ended
        self._stop.clear()

        def sweep() -> None:
            while not self._stop.wait(interval * 60):
                try:
                    self.sweep_ttl()
                except MemoryStoreError:
                    # A closed or locked memory; what has expired stays hidden meanwhile.
                    _log.warning("expired items could not be swept", exc_info=True)
            if ended.set_running_or_notify_cancel():
                ended.set_result(None)

        self._sweeper = threading.Thread(target=sweep, name="penchant-sweeper", daemon=True)
        self._sweeper.start()
        return ended

    def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:
        """Ends the sweeper.

        Args:
            timeout: Seconds to wait for it; None waits until it has ended.

        Returns:
            Whether it has ended, or never ran.
        """
        self._stop.set()
        if self._sweeper is not None:
            self._sweeper.join(timeout)
            if self._sweeper.is_alive():
                return False
            self._sweeper = None
        return True

    def close(self) -> None:
        """Ends the sweeper; the memory stays open."""
        self.stop_ttl_sweeper()

    # One batch

    def _plan(self, ops: Iterable[Op]) -> _Plan:
        plan = _Plan(list(ops))
        for op in plan.ops:
            if not isinstance(op, GetOp | SearchOp | PutOp | ListNamespacesOp):
                raise InputError(f"{op!r} is no operation of a store")
            validate_op_namespace(op)
            if isinstance(op, SearchOp | ListNamespacesOp):
                for name in ("limit", "offset"):
                    if getattr(op, name) < 0:
                        raise InputError(f"{name} is {getattr(op, name)!r}; give 0 or more")
            elif isinstance(op, PutOp):
                if not op.namespace:
                    raise InvalidNamespaceError("the namespace is empty; give at least one label")
                place = Place(path_of(op.namespace), check_key(op.key))
                plan.puts.pop(place, None)
                plan.puts[place] = op
        for place, op in plan.puts.items():
            if op.value is None:
                continue
            _check_ttl(op.ttl)
            plan.values[place] = json_of(op.value)
            if self._embedding is not None and op.index is not False:
                fields = self._embedding.fields if op.index is None else op.index
                plan.parts[place] = parts_of(dict(op.value), [check_field(each) for each in fields])
        return plan

    def _run(self, plan: _Plan, vectors: Vectors) -> list[Result]:
        read: dict[Place, Row] = {}
        results: list[Result] = []
        for op in plan.ops:
            if isinstance(op, GetOp):
                row = self._get(op)
                if row is not None and op.refresh_ttl:
                    read[row.place] = row
                results.append(None if row is None else item_of(row))
            elif isinstance(op, SearchOp):
                rows = self._search(op, vectors)
                if op.refresh_ttl:
                    read |= {row.place: row for row, _score in rows}
                results.append([search_item_of(row, score) for row, score in rows])
            elif isinstance(op, ListNamespacesOp):
                results.append(self._list(op))
            elif isinstance(op, PutOp):
                results.append(None)
            else:
                assert_never(op)
        refreshed = [row for row in read.values() if row.ttl_minutes is not None]
        if plan.puts or (refreshed and not self.memory.read_only):
            self._write(plan, vectors, refreshed)
        return results

    def _get(self, op: GetOp) -> Row | None:
        place = Place(path_of(op.namespace), check_key(op.key))
        with self.memory._read() as connection:
            return find(connection, [place], self.memory.now).get(place)

    def _list(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        conditions = op.match_conditions or ()
        # What begins in a known way need not be looked for elsewhere.
        known: tuple[str, ...] = max(
            (_literal(each.path) for each in conditions if each.match_type == "prefix"),
            key=len,
            default=(),
        )
        with self.memory._read() as connection:
            found = [
                namespace_of(path) for path in paths(connection, path_of(known), self.memory.now)
            ]
        chosen = {each[: op.max_depth] for each in found if matches(each, conditions)}
        return sorted(chosen)[op.offset : op.offset + op.limit]

    def _search(self, op: SearchOp, vectors: Vectors) -> list[tuple[Row, float | None]]:
        path, end = path_of(op.namespace_prefix), op.offset + op.limit
        query = None
        if op.query and self._embedding is not None and vectors.queries is not None:
            query = vectors.queries[op.query]
        if query is None or self._nearest is None or self._embedding is None:
            return [(row, None) for row in self._listed(path, op)]
        self._catch_up(path, self._embedding, self._nearest)
        if not op.filter:
            scored = self._nearest.search(path, query, end)
            page = scored[op.offset : end]
            with self.memory._read() as connection:
                now = self.memory.now
                rows = find(connection, [each.place for each in page], now)
                rest: list[Row] = []
                if len(scored) < end:
                    # The scored ones are all there are.
                    bare = list_rows(connection, path, now, bare=True)
                    skip = max(0, op.offset - len(scored))
                    bare = bare.limit(op.limit - len(page)).offset(skip)
                    rest = [Row._make(row) for row in connection.execute(bare)]
            found = [(rows[each.place], each.score) for each in page if each.place in rows]
            return [*found, *((row, None) for row in rest)]
        kept = {row.place: row for row in self._passing(path, op.filter)}
        ranked = self._nearest.among(kept.keys(), path, query)
        best = {each.place: each.score for each in ranked}
        order = [*best, *(place for place in kept if place not in best)]
        return [(kept[place], best.get(place)) for place in order[op.offset : end]]

    def _listed(self, path: str, op: SearchOp) -> Sequence[Row]:
        if op.filter:
            return list(islice(self._passing(path, op.filter), op.offset, op.offset + op.limit))
        with self.memory._read() as connection:
            query = list_rows(connection, path, self.memory.now)
            rows = connection.execute(query.limit(op.limit).offset(op.offset))
            return [Row._make(row) for row in rows]

    def _passing(self, path: str, wanted: Mapping[str, Any]) -> Iterable[Row]:
        with self.memory._read() as connection:
            rows = connection.execute(list_rows(connection, path, self.memory.now))
            for row in map(Row._make, rows):
                if passes(row.content, wanted):
                    yield row

    def _write(self, plan: _Plan, vectors: Vectors, refreshed: Sequence[Row]) -> None:
        deleted = [place for place, op in plan.puts.items() if op.value is None]
        with self.memory._turn(""):
            with self.memory._begin() as connection:
                now = self.memory.now
                refresh(connection, refreshed, now)
                gone = self._vectors_at(connection, plan.puts)
                delete_items(connection, deleted)
                rows = [
                    Row(
                        path=place.path,
                        key=place.key,
                        value=value,
                        created_at=now,
                        updated_at=now,
                        ttl_minutes=plan.puts[place].ttl,
                        expires_at=expiry(now, plan.puts[place].ttl),
                    )
                    for place, value in plan.values.items()
                ]
                new = [each for place in plan.parts for each in self._made(plan, place, vectors)]
                put_items(connection, rows, new, now)
            if self._nearest is not None:
                self._nearest.follow(gone, new)
        if deleted:
            self.memory._scrub()

    def _made(self, plan: _Plan, place: Place, vectors: Vectors) -> list[Vector]:
        assert self._embedding is not None, "there are parts only where something embeds them"
        if vectors.documents is None:
            self._mended.clear()
            waiting = dict.fromkeys(path_in(part.field) for part in plan.parts[place])
            return [Vector(*place, each, "", b"") for each in waiting]
        return [
            Vector(*place, part.field, self._embedding.id, vectors.documents[part.text].tobytes())
            for part in plan.parts[place]
        ]

    def _vectors_at(self, connection: Connection, places: Iterable[Place]) -> list[Vector]:
        """The vectors of items about to change, where an index may hold them."""
        if self._nearest is None or not self.memory._index.exists:
            return []
        found: list[Vector] = []
        for place in places:
            at = and_(_vectors.c.path == place.path, _vectors.c.key == place.key)
            found += [Vector._make(row) for row in connection.execute(select(_vectors).where(at))]
        return found

    def _catch_up(self, path: str, embedding: Embedding, nearest: Nearest) -> None:
        """Embeds what was written in a namespace while the embedder's model was missing."""
        if self.memory.read_only or path in self._mended:
            return
        while self._mend(path, embedding, nearest, others=False):
            pass
        if not embedding.degraded:
            if len(self._mended) >= _MENDED:
                self._mended.clear()
            self._mended.add(path)

    def _mend(self, path: str, embedding: Embedding, nearest: Nearest, *, others: bool) -> bool:
        """Embeds some of what waits for its vectors; tells whether there may be more."""
        wanted = _vectors.c.embedder == ""
        if others:
            wanted = or_(wanted, _vectors.c.embedder != embedding.id)
        with self.memory._read() as connection:
            chosen = (
                select(_vectors.c.path, _vectors.c.key)
                .where(under(connection, _vectors.c.path, path), wanted)
                .distinct()
                .limit(_BATCH)
            )
            places = [Place(*row) for row in connection.execute(chosen)]
            if not places:
                return False
            now = self.memory.now
            fields: dict[Place, dict[str, None]] = {}
            for row in self._rows_of(connection, places):
                fields.setdefault(Place(row.path, row.key), {})[path_in(row.field)] = None
            items = find(connection, places, now)
        parts = {place: parts_of(items[place].content, list(fields[place])) for place in items}
        texts = dict.fromkeys(part.text for each in parts.values() for part in each)
        made = embedding.make(Texts(tuple(texts), ())).documents
        if made is None:
            if others:
                raise EmbedderError(embedding.degraded)
            return False
        with self.memory._turn(""):
            with self.memory._begin() as connection:
                gone = self._rows_of(connection, places)
                # Read again: another thread may have been here since.
                same = {
                    place
                    for place, row in find(connection, places, now).items()
                    if place in items and row.value == items[place].value
                }
                new = [
                    Vector(*place, part.field, embedding.id, made[part.text].tobytes())
                    for place in same
                    for part in parts[place]
                ]
                for place in places:
                    if place in same or place not in items:
                        connection.execute(
                            _vectors.delete().where(
                                _vectors.c.path == place.path, _vectors.c.key == place.key
                            )
                        )
                if new:
                    connection.execute(_vectors.insert(), [each._asdict() for each in new])
            nearest.follow(gone, new)
        return len(places) == _BATCH

    def _rows_of(self, connection: Connection, places: Iterable[Place]) -> list[Vector]:
        found: list[Vector] = []
        for place in places:
            at = and_(_vectors.c.path == place.path, _vectors.c.key == place.key)
            found += [Vector._make(row) for row in connection.execute(select(_vectors).where(at))]
        return found


def _literal(path: Sequence[str]) -> tuple[str, ...]:
    """The labels of a path up to its first wildcard."""
    return tuple(path[: list(path).index("*")]) if "*" in path else tuple(path)


def _check_ttl(minutes: float | None) -> None:
    if minutes is None:
        return
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise InputError(f"ttl is {minutes!r}; give minutes, or None to keep for ever")
    if not (math.isfinite(minutes) and minutes > 0):
        raise InputError(f"ttl is {minutes!r}; give a positive number of minutes, or None")
