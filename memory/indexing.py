"""Building the index anew from the truth, and comparing the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..errors import ReadOnlyError
from . import schema
from .checks import check_user_id
from .core import Core, Transaction, embedding_text
from .index import Near
from .records import load_preferences
from .types import Preference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["IndexCheck", "IndexVerbs"]

# Vectors of each user whose neighbours are compared, and how many neighbours.
_SAMPLE = 10
_NEIGHBOURS = 10
# The index computes in single precision, in an order of its own.
_SAME_SCORE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCheck:
    """What a comparison of index and truth found.

    Attributes:
        users: How many users were compared.
        preferences: Live preferences whose vectors the truth holds.
        indexed: Of those, how many the index holds.
        surplus: What the index holds besides.
        neighbours: For a sample of vectors, how many nearest ones the truth has, ten for each.
        found: Of those, how many the index names among its nearest ten.
    """

    users: int
    preferences: int
    indexed: int
    surplus: int
    neighbours: int
    found: int

    @property
    def agrees(self) -> bool:
        """Whether index and truth hold and find the same."""
        return (
            self.indexed == self.preferences and self.surplus == 0 and self.found == self.neighbours
        )

    def __add__(self, other: IndexCheck) -> IndexCheck:
        return IndexCheck(
            users=self.users + other.users,
            preferences=self.preferences + other.preferences,
            indexed=self.indexed + other.indexed,
            surplus=self.surplus + other.surplus,
            neighbours=self.neighbours + other.neighbours,
            found=self.found + other.found,
        )


class IndexVerbs(Core):
    """The verbs about the index as a whole."""

    def reindex(self, user_id: str | None = None) -> int:
        """Rebuilds the index from the truth, for one user or for all.

        Vectors that the truth holds are used again; those of another embedder, or missing, are
        made anew. On a server, other stores' collections stay as they are.

        Returns:
            How many live preferences are indexed.

        Raises:
            EmbedderError: Vectors have to be made, and the embedder does not work.
            ReadOnlyError: The store is open for reading only.
            MemoryStoreError: The index server does not answer.
        """
        self._check_writable()
        owners = self.users() if user_id is None else [check_user_id(user_id)]
        if user_id is None:
            self._index.destroy()
        return sum(self._reindex(owner) for owner in owners)

    def verify_index(self, user_id: str | None = None) -> IndexCheck:
        """Compares index and truth as they are, for one user or for all; mends nothing.

        Compared are the ids, and for a sample of each user's vectors the nearest ten that the
        index names with the exact ones.

        Raises:
            ReadOnlyError: The store is open for reading only, and the index may be in use.
            MemoryStoreError: The index server does not answer.
        """
        self._check_open()
        if self.read_only:
            raise ReadOnlyError(
                f"the store {str(self.home)!r} is open for reading only, which leaves the index "
                "alone; open it without read_only=True to verify the index"
            )
        owners = self.users() if user_id is None else [check_user_id(user_id)]
        total = IndexCheck(users=0, preferences=0, indexed=0, surplus=0, neighbours=0, found=0)
        return sum((self._verify(owner) for owner in owners), total)

    def _reindex(self, user_id: str) -> int:
        self._vectors_anew(user_id)
        with self._turn(user_id):
            self._index.drop(user_id)
            vectors = self._truth_vectors(user_id)
            if vectors:
                dimension = next(iter(vectors.values())).shape[0]
                self._bring_in_line(user_id, dimension)
        return len(vectors)

    def _vectors_anew(self, user_id: str) -> None:
        """Has every vector in the truth be of the embedder in use."""
        made: dict[str, NDArray[np.float32]] = {}
        while True:
            with self._write(user_id) as transaction:
                stale = self._stale(transaction)
                lacking = [each for each in stale if each.id not in made]
                if not lacking:
                    self._take_vectors(transaction, stale, made)
                    return
            # Outside of the transaction: embedding takes long, and others want to write.
            vectors = self._made_vectors([embedding_text(each) for each in lacking])
            made |= {each.id: vector for each, vector in zip(lacking, vectors, strict=True)}

    def _stale(self, transaction: Transaction) -> list[Preference]:
        """The preferences without a vector of the embedder in use."""
        table = schema.preferences
        condition = [table.c.user_id == transaction.user_id]
        if self._embedder_of(transaction) == self._embedder.id:
            condition.append(table.c.vector.is_(None))
        return [each.preference for each in load_preferences(transaction.connection, *condition)]

    def _take_vectors(
        self,
        transaction: Transaction,
        preferences: list[Preference],
        made: dict[str, NDArray[np.float32]],
    ) -> None:
        """Keeps vectors, and lets go of those that another embedder made."""
        import numpy as np

        users, events = schema.users, schema.evidence
        if self._embedder_of(transaction) not in {None, self._embedder.id}:
            # Those of events are made again when they are next wanted.
            transaction.connection.execute(
                events.update().where(events.c.user_id == transaction.user_id).values(vector=None)
            )
            transaction.connection.execute(
                users.update().where(users.c.id == transaction.user_id).values(embedder=None)
            )
        if preferences:
            self._sign_vectors(transaction)
            vectors = np.stack([made[each.id] for each in preferences])
            self._write_vectors(transaction, preferences, vectors)

    def _embedder_of(self, transaction: Transaction) -> str | None:
        users = schema.users
        found: str | None = transaction.connection.scalar(
            select(users.c.embedder).where(users.c.id == transaction.user_id)
        )
        return found

    def _verify(self, user_id: str) -> IndexCheck:
        truth = self._truth_vectors(user_id)
        present = self._index.ids(user_id)
        neighbours = found = 0
        step = max(1, len(truth) // _SAMPLE)
        for each in sorted(truth)[::step][:_SAMPLE] if present else ():
            exact = self._exactly_nearest(user_id, truth[each], len(truth))
            named = self._index.query_as_is(user_id, truth[each], _NEIGHBOURS)
            neighbours += min(_NEIGHBOURS, len(exact))
            found += _agreeing(exact, named)
        return IndexCheck(
            users=1,
            preferences=len(truth),
            indexed=len(present & truth.keys()),
            surplus=len(present - truth.keys()),
            neighbours=neighbours,
            found=found,
        )


def _agreeing(exact: list[Near], named: list[Near]) -> int:
    """How many of the nearest ten are named, or something equally near in their place."""
    scores = {each.preference_id: each.score for each in exact}
    found = sorted((scores.get(each.preference_id, -2.0) for each in named), reverse=True)
    return sum(
        abs(score - each.score) <= _SAME_SCORE
        for score, each in zip(found, exact[:_NEIGHBOURS], strict=False)
    )
