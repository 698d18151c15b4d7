"""The items nearest to a query: exactly from the truth, or through Chroma where that pays.

A namespace of few vectors is searched exactly; it takes a few milliseconds, and spares each
small namespace a collection (0.4 MB and 35 ms on the first touch). A namespace with more has a
Chroma collection of its own, so that the cost follows the namespaces searched, never the store.
What Chroma proposes is weighed again with the vectors of the truth.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, and_, func, select

from ...errors import EmbedderMismatchError
from .. import schema
from .namespaces import namespace_of, ordered, under
from .rows import Place, Vector, unexpired

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..store import Memory

__all__ = ["EXACT", "Nearest", "Scored"]

_log = logging.getLogger(__name__)

EXACT = 1_000
"""Vectors up to which a namespace is searched without Chroma."""

_CHUNK = 400
# The index computes in single precision, in an order of its own.
_SAME_SCORE = 1e-4
_items, _vectors = schema.items, schema.item_vectors


class Scored(NamedTuple):
    """An item and the cosine of its nearest part with the query."""

    place: Place
    score: float


class Nearest:
    """Searches items by their vectors, and keeps Chroma's collections of them."""

    def __init__(self, memory: Memory, embedder: str) -> None:
        self._memory = memory
        self._embedder = embedder

    def search(self, path: str, query: NDArray[np.float32], wanted: int) -> list[Scored]:
        """The nearest items in or below a namespace, best first; ties by place.

        Raises:
            EmbedderMismatchError: Their vectors are of another embedder.
        """
        large = () if self._memory.read_only else self._large(path)
        if not wanted:
            return []
        best: dict[Place, float] = {}
        for each in large:
            best |= self._through_chroma(each, query, wanted)
        with self._memory._read() as connection:
            rows = self._of(connection, path, besides=large)
        best |= self._scores(rows, query)
        return _sorted(best)[:wanted]

    def among(
        self, places: Collection[Place], path: str, query: NDArray[np.float32]
    ) -> list[Scored]:
        """These items as far as they have vectors, best first, all weighed exactly."""
        with self._memory._read() as connection:
            rows = self._of(connection, path)
        return _sorted(self._scores([row for row in rows if _place(row) in places], query))

    def follow(self, gone: Iterable[Vector], new: Iterable[Vector]) -> None:
        """Brings opened collections in line with what was written."""
        index = self._memory._index
        removed, added = _by_path(gone), _by_path(new)
        for path in removed.keys() | added.keys():
            name = _collection(path)
            if not index.opened(name):
                # The first touch brings it in line with the truth.
                continue
            fresh = added.get(path, [])
            if any(not row.embedder for row in fresh):
                index.forget(name)
                continue
            try:
                index.remove(name, [_id(row) for row in removed.get(path, [])])
                index.put(name, {_id(row): _array(row) for row in fresh})
            except Exception:  # noqa: BLE001
                # The items are in the truth; the next touch brings the index in line.
                _log.warning("the index of items failed; it is mended later", exc_info=True)
                index.forget(name)

    def drop(self, paths: Iterable[str]) -> None:
        """Deletes the collections of namespaces, as far as they have one."""
        for path in paths:
            self._memory._index.drop(_collection(path))

    def _large(self, path: str) -> tuple[str, ...]:
        with self._memory._read() as connection:
            return tuple(
                connection.scalars(
                    select(_vectors.c.path)
                    .where(under(connection, _vectors.c.path, path))
                    .group_by(_vectors.c.path)
                    .having(func.count() > EXACT)
                    .order_by(ordered(connection, _vectors.c.path))
                )
            )

    def _through_chroma(
        self, path: str, query: NDArray[np.float32], wanted: int
    ) -> dict[Place, float]:
        index, name = self._memory._index, _collection(path)
        found: dict[Place, float] = {}
        try:
            if not self._in_line(path):
                with self._memory._turn(""):
                    self._open(path, query.shape[0])
            # An item may have many parts, and what has expired still has its own.
            limit = 2 * wanted + 8
            while True:
                near = index.query(name, query, limit)
                keys = {str(json.loads(each.preference_id)[0]) for each in near}
                found = self._weigh(path, sorted(keys), query)
                # Whatever is as near as the last one wanted must be among those named, for
                # places decide between them.
                if len(near) < limit or near[-1].score < _last(found, wanted) - _SAME_SCORE:
                    return found
                limit *= 2
        except EmbedderMismatchError:
            raise
        except Exception:  # noqa: BLE001
            # Whatever ails the index (damage, a full disk), the truth answers exactly.
            _log.warning("the index of items failed; searching the truth", exc_info=True)
            index.forget(name)
            return self._weigh(path, None, query)

    def _in_line(self, path: str) -> bool:
        """Whether a namespace's collection holds what the truth holds."""
        index, name = self._memory._index, _collection(path)
        if not index.opened(name):
            return False
        # Elsewhere others may have written to the truth.
        return not self._memory._truth.shared or index.revision(name) == self._revision(path)

    def _revision(self, path: str) -> int:
        """A number that is another one when the items of a namespace are others."""
        with self._memory._read() as connection:
            count, last = connection.execute(
                select(func.count(), func.max(_items.c.updated_at)).where(_items.c.path == path)
            ).one()
        return hash((count, last))

    def _open(self, path: str, dimension: int) -> None:
        revision = self._revision(path)
        with self._memory._read() as connection:
            rows = self._of(connection, path, alone=True)
        self._check(rows)
        truth = {_id(row): row for row in rows}
        name = _collection(path)
        self._memory._index.open(
            name,
            self._embedder,
            dimension,
            truth.keys(),
            lambda missing: {each: _array(truth[each]) for each in missing},
        )
        self._memory._index.mark(name, revision)

    def _weigh(
        self, path: str, keys: Sequence[str] | None, query: NDArray[np.float32]
    ) -> dict[Place, float]:
        with self._memory._read() as connection:
            if keys is None:
                return self._scores(self._of(connection, path, alone=True), query)
            rows: list[Vector] = []
            for start in range(0, len(keys), _CHUNK):
                rows += self._of(connection, path, keys=keys[start : start + _CHUNK])
        return self._scores(rows, query)

    def _of(
        self,
        connection: Connection,
        path: str,
        *,
        besides: Sequence[str] = (),
        keys: Sequence[str] | None = None,
        alone: bool = False,
    ) -> list[Vector]:
        """The vectors in or below a namespace that are made, of items still there."""
        query = (
            select(_vectors)
            .join(_items, and_(_items.c.path == _vectors.c.path, _items.c.key == _vectors.c.key))
            .where(_vectors.c.embedder != "", unexpired(self._memory.now))
        )
        if alone or keys is not None:
            query = query.where(_vectors.c.path == path)
        else:
            query = query.where(under(connection, _vectors.c.path, path))
        if besides:
            query = query.where(_vectors.c.path.not_in(besides))
        if keys is not None:
            query = query.where(_vectors.c.key.in_(keys))
        return [Vector._make(row) for row in connection.execute(query)]

    def _scores(self, rows: Sequence[Vector], query: NDArray[np.float32]) -> dict[Place, float]:
        import numpy as np

        if not rows:
            return {}
        self._check(rows)
        matrix = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4")
        best: dict[Place, float] = {}
        # Row by row, and rounded, so that a score is the same whatever else is weighed with it:
        # pages rely on it.
        products = np.einsum("ij,j->i", matrix.reshape(len(rows), -1), query, dtype=np.float64)
        scores = np.round(products, 6)
        for row, score in zip(rows, scores.tolist(), strict=True):
            place = _place(row)
            best[place] = max(score, best.get(place, -2.0))
        return best

    def _check(self, rows: Iterable[Vector]) -> None:
        for row in rows:
            if row.embedder != self._embedder:
                raise EmbedderMismatchError(
                    f"items of the namespace {namespace_of(row.path)!r} were embedded with "
                    f"{row.embedder!r}, and the embedder in use is {self._embedder!r}; call "
                    "reindex() of the store, or go back to the former embedder"
                )


def _sorted(best: Mapping[Place, float]) -> list[Scored]:
    return sorted(
        (Scored(*each) for each in best.items()), key=lambda each: (-each.score, each.place)
    )


def _last(best: Mapping[Place, float], wanted: int) -> float:
    """The score of the last one wanted; below every score while there are fewer."""
    scores = sorted(best.values(), reverse=True)
    return scores[wanted - 1] if wanted <= len(scores) else -2.0


def _by_path(rows: Iterable[Vector]) -> dict[str, list[Vector]]:
    grouped: dict[str, list[Vector]] = {}
    for row in rows:
        grouped.setdefault(row.path, []).append(row)
    return grouped


def _place(row: Vector) -> Place:
    return Place(row.path, row.key)


def _array(row: Vector) -> NDArray[np.float32]:
    import numpy as np

    return np.frombuffer(row.vector, dtype="<f4")


def _id(row: Vector) -> str:
    # Another vector has another id, so that equal sets of ids are equal collections.
    digest = hashlib.sha256(row.vector).hexdigest()[:16]
    return json.dumps([row.key, row.field, digest])


def _collection(path: str) -> str:
    # No user's id holds a control character, so that this is no user's collection.
    return f"\x1f{path}"
