"""The vectors of a user's preferences, as the truth keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, select

from ..errors import ModelError
from . import schema
from .base import Base, Transaction
from .checks import check_user_id
from .index import Near, mismatch
from .records import load_preferences
from .types import Preference, PreferenceDraft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["VectorIds", "Vectors", "embedding_text", "vector_of"]

# Longer queries say no more to an embedder, and cost it more.
_QUERY_CHARACTERS = 2_000
_EMBED_BATCH = 64
# Databases bound the parameters of one statement.
_CHUNK = 500
_BYTES = 4


def embedding_text(preference: Preference | PreferenceDraft) -> str:
    """The text of which a preference's vector is made: its description, with its scope."""
    scope = preference.scope
    return f"{preference.description} (for {scope})" if scope else preference.description


def vector_of(blob: bytes | None) -> NDArray[np.float32] | None:
    """The vector that the truth keeps as bytes."""
    import numpy as np

    return None if blob is None else np.frombuffer(blob, dtype="<f4")


class VectorIds(NamedTuple):
    """Which live preferences of a user have a vector, and the revision as of which that holds."""

    ids: frozenset[str]
    revision: int | None


class Vectors(Base):
    """An open store that embeds, and searches the truth exactly."""

    def _embed(self, user_id: str, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Unit vectors of shape `(len(texts), dimension)`, or None while there is no embedder.

        Raises:
            EmbedderMismatchError: The user's vectors are of another embedder.
        """
        check_user_id(user_id)
        if not texts:
            return None
        users, table = schema.users, schema.preferences
        size = (
            select(func.length(table.c.vector))
            .where(table.c.user_id == user_id, table.c.vector.is_not(None))
            .limit(1)
            .scalar_subquery()
        )
        with self._read() as connection:
            found = connection.execute(
                select(users.c.embedder, size.label("size")).where(users.c.id == user_id)
            ).first()
        signed = None if found is None else found.embedder
        if signed is not None and signed != self._embedder.id:
            raise mismatch(user_id, signed, self._embedder.id)
        try:
            vectors = self._made_vectors(texts)
        except ModelError as error:
            # Memory keeps working without a model: vectors are made once there is one.
            self._degraded = f"no search by meaning: {error}"
            return None
        self._degraded = ""
        if found is not None and found.size not in {None, _BYTES * vectors.shape[1]}:
            raise mismatch(
                user_id,
                f"{found.embedder} ({found.size // _BYTES} numbers)",
                f"{self._embedder.id} ({vectors.shape[1]} numbers)",
            )
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

    def _truth_vectors(
        self, user_id: str, ids: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """The vectors of a user's live preferences, or of those named."""
        table = schema.preferences
        query = select(table.c.id, table.c.vector).where(
            self._live(user_id), table.c.vector.is_not(None)
        )
        with self._read() as connection:
            if ids is None:
                rows = list(connection.execute(query).all())
            else:
                wanted = sorted(ids)
                rows = [
                    row
                    for start in range(0, len(wanted), _CHUNK)
                    for row in connection.execute(
                        query.where(table.c.id.in_(wanted[start : start + _CHUNK]))
                    )
                ]
        vectors: dict[str, NDArray[np.float32]] = {}
        for row in rows:
            vector = vector_of(row.vector)
            if vector is not None:
                vectors[row.id] = vector
        return vectors

    def _vector_ids(self, user_id: str) -> VectorIds:
        table = schema.preferences
        with self._read() as connection:
            revision = self._revision(connection, user_id)
            found = connection.scalars(
                select(table.c.id).where(self._live(user_id), table.c.vector.is_not(None))
            )
            return VectorIds(frozenset(found), revision)

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
        # Counted as a change, so that other machines' indexes learn of the vectors.
        with self._write(user_id) as transaction:
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
