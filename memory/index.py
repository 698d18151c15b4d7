"""The vector index: one Chroma collection for each user, rebuildable from the truth."""

from __future__ import annotations

import hashlib
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import EmbedderMismatchError

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection
    from chromadb.config import Settings
    from numpy.typing import NDArray

__all__ = [
    "DroppedError",
    "Near",
    "VectorIndex",
    "chroma_settings",
    "digest",
    "mismatch",
    "open_index",
]

# Chroma bounds the records of one call by what its database takes.
_BATCH = 1_000


# One user's descriptions are much alike ("likes …"), and on such clusters the default graph
# misses even exact matches among two hundred; this one costs half a millisecond more.
_HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "max_neighbors": 64,
    "ef_construction": 400,
    "ef_search": 500,
}


class Near(NamedTuple):
    """A preference near a vector; `score` is 1 - cosine distance."""

    preference_id: str
    score: float


class DroppedError(LookupError):
    """A collection is not there any more; to bring it in line makes it anew."""


@dataclass(slots=True)
class _Opened:
    """A user's collection, and the revision of the truth that it holds."""

    collection: ChromaCollection
    revision: int | None = None


def mismatch(user_id: str, found: str, wanted: str) -> EmbedderMismatchError:
    """The error for vectors of another embedder than the one in use."""
    return EmbedderMismatchError(
        f"the memories of user {user_id!r} were embedded with {found!r}, and the embedder in use "
        f"is {wanted!r}; run `penchant memory reindex`, or go back to the former embedder"
    )


def open_index(home: Path, url: str | None, identity: Callable[[], str]) -> VectorIndex:
    """The index of a store; nothing is made, imported or reached before its first use.

    Args:
        home: Where embedded Chroma keeps its files, if there is no `url`.
        url: A Chroma server, `http://HOST:PORT`.
        identity: Tells the store from others on that server.

    Raises:
        ConfigError: The URL is malformed.
    """
    if url is None:
        from .index_files import EmbeddedIndex

        return EmbeddedIndex(home / "index")
    from .index_server import IndexServer

    return IndexServer(url, identity)


def chroma_settings() -> Settings:
    """Chroma's settings, without telemetry."""
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


class VectorIndex(ABC):
    """Collections that were brought in line with the truth; thread-safe.

    Chroma is imported and opened on first use.

    Args:
        calls: Held during each call of Chroma; None lets calls run side by side.
    """

    def __init__(self, calls: AbstractContextManager[object] | None = None) -> None:
        self._lock = threading.RLock()
        self._calls = nullcontext() if calls is None else calls
        self._client: ClientAPI | None = None
        self._collections: dict[str, _Opened] = {}

    @property
    @abstractmethod
    def name(self) -> str:
        """What messages call it; never with a secret."""

    @property
    @abstractmethod
    def exists(self) -> bool:
        """Whether there may be anything in it."""

    def check(self) -> None:
        """Opens it.

        Raises:
            MemoryStoreError: A server does not answer.
        """
        self._chroma()

    def opened(self, user_id: str) -> bool:
        """Whether this user's collection has been brought in line in this process."""
        with self._lock:
            return user_id in self._collections

    def revision(self, user_id: str) -> int | None:
        """The revision of the truth that an opened collection holds."""
        with self._lock:
            opened = self._collections.get(user_id)
            return None if opened is None else opened.revision

    def mark(self, user_id: str, revision: int | None) -> None:
        """Notes the revision of the truth that an opened collection holds."""
        with self._lock:
            if user_id in self._collections:
                self._collections[user_id].revision = revision

    def open(
        self,
        user_id: str,
        embedder: str,
        dimension: int,
        truth: Collection[str],
        load: Callable[[Sequence[str]], Mapping[str, NDArray[np.float32]]],
    ) -> None:
        """Makes a user's collection hold exactly the vectors of the truth.

        A vector never changes under its id, so that equal sets of ids are equal collections: what
        a crash between truth and index left undone is done here.

        Args:
            user_id: Whose.
            embedder: The id of the embedder in use.
            dimension: How many numbers its vectors have.
            truth: The ids that the truth has a vector for.
            load: Reads vectors of the truth; called with the ids that are missing, if any are.

        Raises:
            EmbedderMismatchError: The collection was built with another embedder.
        """
        with self._calls:
            collection = self._collection(user_id, embedder, dimension)
            present = set(collection.get(include=[])["ids"])
            surplus = sorted(present.difference(truth))
            missing = [each for each in truth if each not in present]
            _remove(collection, surplus)
            if missing:
                _put(collection, load(missing))
        with self._lock:
            self._collections[user_id] = _Opened(collection)

    def ids(self, user_id: str) -> set[str]:
        """What a user's collection holds at present, in line or not; nothing if there is none."""
        with self._calls:
            collection = self._present(user_id)
            return set() if collection is None else set(collection.get(include=[])["ids"])

    def query_as_is(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """The nearest of a collection, in line or not; nothing if there is none."""
        with self._calls:
            collection = self._present(user_id)
            return [] if collection is None else _nearest(collection, vector, limit)

    def put(self, user_id: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Adds vectors to an opened collection."""
        with self._calls:
            _put(self._opened(user_id), vectors)

    def remove(self, user_id: str, ids: Sequence[str]) -> None:
        """Takes vectors out of an opened collection; one that others dropped holds none."""
        from chromadb.errors import NotFoundError

        with self._calls, suppress(NotFoundError, DroppedError):
            _remove(self._opened(user_id), ids)

    def query(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """The nearest of an opened collection, best first.

        Raises:
            DroppedError: Another thread or machine has deleted it since.
        """
        from chromadb.errors import NotFoundError

        with self._calls:
            try:
                return _nearest(self._opened(user_id), vector, limit)
            except NotFoundError as error:
                self.forget(user_id)
                raise DroppedError(user_id) from error

    def forget(self, user_id: str) -> None:
        """Makes the next touch bring this user's collection in line again."""
        with self._lock:
            self._collections.pop(user_id, None)

    def drop(self, user_id: str) -> None:
        """Deletes a user's collection, if there is one."""
        from chromadb.errors import NotFoundError

        self.forget(user_id)
        with self._calls:
            try:
                self._chroma().delete_collection(self._collection_name(user_id))
            except NotFoundError:
                return

    def erase(self, user_id: str) -> None:
        """Deletes a user's collection, and what files still hold of it.

        Raises:
            MemoryStoreError: A server does not answer.
        """
        self.drop(user_id)

    def holds(self, user_id: str) -> bool:
        """Whether there is a collection of this user."""
        with self._calls:
            return self._present(user_id) is not None

    @abstractmethod
    def destroy(self) -> None:
        """Deletes this store's whole index; it is made anew on the next touch."""

    def close(self) -> None:
        """Lets go of files and connections; safe to call twice."""
        with self._lock:
            self._collections.clear()
            if self._client is not None:
                self._client.close()  # type: ignore[attr-defined]
                self._client = None

    def _opened(self, user_id: str) -> ChromaCollection:
        with self._lock:
            opened = self._collections.get(user_id)
            if opened is None:
                raise DroppedError(user_id)
            return opened.collection

    def _present(self, user_id: str) -> ChromaCollection | None:
        from chromadb.errors import NotFoundError

        try:
            return self._chroma().get_collection(
                self._collection_name(user_id), embedding_function=None
            )
        except NotFoundError:
            return None

    def _chroma(self) -> ClientAPI:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    @abstractmethod
    def _connect(self) -> ClientAPI: ...

    @abstractmethod
    def _collection_name(self, user_id: str) -> str: ...

    def _collection(self, user_id: str, embedder: str, dimension: int) -> ChromaCollection:
        collection = self._chroma().get_or_create_collection(
            self._collection_name(user_id),
            configuration={"hnsw": _HNSW},
            metadata={"user_id": user_id, "embedder": embedder, "dimension": dimension},
            embedding_function=None,
        )
        found = collection.metadata or {}
        if found.get("embedder") != embedder or found.get("dimension") != dimension:
            raise mismatch(
                user_id,
                f"{found.get('embedder')} ({found.get('dimension')} numbers)",
                f"{embedder} ({dimension} numbers)",
            )
        return collection


def _put(collection: ChromaCollection, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    import numpy as np

    ids = list(vectors)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        collection.upsert(ids=batch, embeddings=np.stack([vectors[each] for each in batch]))


def _remove(collection: ChromaCollection, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), _BATCH):
        collection.delete(ids=list(ids[start : start + _BATCH]))


def _nearest(collection: ChromaCollection, vector: NDArray[np.float32], limit: int) -> list[Near]:
    found = collection.query(
        query_embeddings=vector[None, :], n_results=limit, include=["distances"]
    )
    distances = found["distances"] or [[]]
    return [
        Near(each, 1.0 - float(distance))
        for each, distance in zip(found["ids"][0], distances[0], strict=True)
    ]


def digest(user_id: str) -> str:
    """A user's part of a collection's name, for which Chroma allows less than user ids do."""
    return hashlib.sha256(user_id.encode("utf-8")).hexdigest()
