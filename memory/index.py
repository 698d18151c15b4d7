"""The vector index: one Chroma collection for each user, rebuildable from the truth."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import EmbedderMismatchError

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

__all__ = ["Near", "VectorIndex", "mismatch"]

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


def mismatch(user_id: str, found: str, wanted: str) -> EmbedderMismatchError:
    """The error for vectors of another embedder than the one in use."""
    return EmbedderMismatchError(
        f"the memories of user {user_id!r} were embedded with {found!r}, and the embedder in use "
        f"is {wanted!r}; run `penchant memory reindex`, or go back to the former embedder"
    )


class VectorIndex:
    """Embedded Chroma under one directory; made and imported on first use. Thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.RLock()
        self._client: ClientAPI | None = None
        self._collections: dict[str, Collection] = {}

    @property
    def exists(self) -> bool:
        """Whether there is anything on disk."""
        return self._directory.exists()

    def opened(self, user_id: str) -> bool:
        """Whether this user's collection has been brought in line in this process."""
        with self._lock:
            return user_id in self._collections

    def open(
        self,
        user_id: str,
        embedder: str,
        dimension: int,
        truth: Mapping[str, NDArray[np.float32]],
    ) -> None:
        """Makes a user's collection hold exactly the vectors of the truth.

        A vector never changes under its id, so that equal sets of ids are equal collections: what
        a crash between truth and index left undone is done here.

        Raises:
            EmbedderMismatchError: The collection was built with another embedder.
        """
        with self._lock:
            collection = self._collection(user_id, embedder, dimension)
            present = set(collection.get(include=[])["ids"])
            self._collections[user_id] = collection
            self.remove(user_id, sorted(present - truth.keys()))
            self.put(user_id, {each: truth[each] for each in truth if each not in present})

    def put(self, user_id: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Adds vectors to an opened collection."""
        import numpy as np

        ids = list(vectors)
        with self._lock:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                self._collections[user_id].upsert(
                    ids=batch, embeddings=np.stack([vectors[each] for each in batch])
                )

    def remove(self, user_id: str, ids: Sequence[str]) -> None:
        """Takes vectors out of an opened collection."""
        with self._lock:
            for start in range(0, len(ids), _BATCH):
                self._collections[user_id].delete(ids=list(ids[start : start + _BATCH]))

    def query(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """The nearest of an opened collection, best first."""
        with self._lock:
            found = self._collections[user_id].query(
                query_embeddings=vector[None, :], n_results=limit, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [
            Near(each, 1.0 - float(distance))
            for each, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def forget(self, user_id: str) -> None:
        """Makes the next touch bring this user's collection in line again."""
        with self._lock:
            self._collections.pop(user_id, None)

    def drop(self, user_id: str) -> None:
        """Deletes a user's collection, if there is one."""
        from chromadb.errors import NotFoundError

        with self._lock:
            self._collections.pop(user_id, None)
            try:
                self._chroma().delete_collection(_name(user_id))
            except NotFoundError:
                return

    def destroy(self) -> None:
        """Deletes the whole index from disk; it is made anew on the next touch."""
        with self._lock:
            self.close()
            shutil.rmtree(self._directory, ignore_errors=True)

    def close(self) -> None:
        """Lets go of the files; safe to call twice."""
        with self._lock:
            self._collections.clear()
            if self._client is not None:
                self._client.close()  # type: ignore[attr-defined]
                self._client = None

    def _chroma(self) -> ClientAPI:
        if self._client is None:
            os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
            import chromadb
            from chromadb.config import Settings

            self._directory.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(
                str(self._directory), Settings(anonymized_telemetry=False)
            )
        return self._client

    def _collection(self, user_id: str, embedder: str, dimension: int) -> Collection:
        collection = self._chroma().get_or_create_collection(
            _name(user_id),
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


def _name(user_id: str) -> str:
    # Chroma's names allow less than user ids do.
    return "user-" + hashlib.sha256(user_id.encode("utf-8")).hexdigest()
