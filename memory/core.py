"""What every verb of memory stands on: the open store, and the index that follows its truth."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..errors import EmbedderMismatchError, MemoryStoreError
from .base import LiveCopy, Transaction
from .index import DroppedError, Near
from .records import Stored, insert_preferences
from .vectors import Vectors, embedding_text, vector_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Core", "LiveCopy", "Transaction", "embedding_text", "vector_of"]

_log = logging.getLogger(__name__)

# Other machines may write while an index is brought in line; it is tried again so many times.
_ROUNDS = 5


class Core(Vectors):
    """An open store; `Memory` adds the verbs."""

    _index_trouble = ""

    @property
    def degraded(self) -> str:
        """What works less well at present than it could, in one sentence; empty if nothing does.

        Without an embedder there is no search by meaning. Without the index there is, exact,
        but slower the more a user has.
        """
        return self._degraded or self._index_trouble

    def _nearest(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """The live preferences nearest to a unit vector, best first; may name ones just gone."""
        if not self.read_only:
            try:
                found = self._ask_index(user_id, vector, limit)
                self._index_trouble = ""
                return found
            except EmbedderMismatchError:
                raise
            except Exception as error:  # noqa: BLE001
                # Whatever ails the index (damage, a full disk, a server that is down), the truth
                # answers exactly.
                self._index_failed(user_id, error)
        return self._exactly_nearest(user_id, vector, limit)

    def _ask_index(self, user_id: str, vector: NDArray[np.float32], limit: int) -> list[Near]:
        """What the index names, once it is in line with the truth."""
        for _ in range(_ROUNDS):
            if not self._in_line(user_id):
                with self._turn(user_id):
                    self._bring_in_line(user_id, vector.shape[0])
            try:
                return self._index.query(user_id, vector, limit)
            except DroppedError:
                # Somebody builds it anew at this moment.
                continue
        raise MemoryStoreError(f"{self._index.name} is being built anew; try again")

    def _in_line(self, user_id: str) -> bool:
        """Whether the index holds what the truth holds, as far as can be told at no cost."""
        if not self._index.opened(user_id):
            return False
        if not self._truth.shared:
            return True
        with self._read() as connection:
            return self._revision(connection, user_id) == self._index.revision(user_id)

    def _bring_in_line(self, user_id: str, dimension: int) -> None:
        """Makes the index hold what the truth holds, whoever wrote either in the meantime."""
        self._fill_vectors(user_id)
        for _ in range(_ROUNDS):
            truth = self._vector_ids(user_id)
            self._index.open(
                user_id,
                self._embedder.id,
                dimension,
                truth.ids,
                lambda missing: self._truth_vectors(user_id, missing),
            )
            self._index.mark(user_id, truth.revision)
            if self._in_line(user_id):
                return

    def _index_follows(self, transaction: Transaction) -> None:
        user_id = transaction.user_id
        if not self._index.opened(user_id):
            # The first touch brings it in line with the truth.
            return
        # Others wrote in between: the next touch brings it in line, but what is erased goes now.
        behind = self._truth.shared and self._index.revision(user_id) != transaction.revision
        try:
            self._index.remove(user_id, transaction.removed)
            if behind:
                self._index.forget(user_id)
            else:
                self._index.put(user_id, transaction.put)
                self._index.mark(user_id, transaction.changed)
        except DroppedError:
            # Built anew by somebody else; the next touch finds it.
            return
        except Exception as error:  # noqa: BLE001
            # The event is in the truth; the next touch brings the index in line.
            self._index_failed(user_id, error)

    def _index_failed(self, user_id: str, error: Exception) -> None:
        trouble = (
            f"the index of memories failed, and the truth is searched instead: {error} "
            "(if it stays so, `penchant memory reindex` builds it anew)"
        )
        if trouble != self._index_trouble:
            _log.warning("%s", trouble, exc_info=error)
        self._index_trouble = trouble
        self._index.forget(user_id)

    def _insert(self, transaction: Transaction, stored: Stored) -> None:
        """Adds a preference, with its vector."""
        insert_preferences(transaction.connection, [stored])
        vector = vector_of(stored.vector)
        if vector is not None:
            self._sign_vectors(transaction)
            transaction.put[stored.preference.id] = vector
