"""What events say to a reward model as comparisons, and the model that was fitted to them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..errors import InputError, NotFoundError
from . import schema
from .checks import check_user_id
from .jobs import JobVerbs
from .types import ComparisonKey, Comparisons, KeptPosterior, NewComparison

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OWN", "ComparisonVerbs"]

OWN = "own:"
"""How the keys of comparisons begin that an app adds by itself."""

_LONGEST_KEY = 128
_LONGEST_SOURCE = 32


class ComparisonVerbs(JobVerbs):
    """The verbs about comparisons and fitted reward models."""

    def add_comparison(
        self,
        user_id: str,
        evidence_id: str,
        features_id: str,
        vector: NDArray[np.float32],
        weight: float,
        *,
        target: float = 1.0,
        flip: float = 0.0,
        source: str = "",
    ) -> None:
        """Keeps what an event says to the reward model; it goes when its event goes.

        Args:
            user_id: Whose.
            evidence_id: The event.
            features_id: Names the features and their version.
            vector: Features of the preferred minus those of the other, of shape `(d,)`.
            weight: How much it counts, positive.
            target: Probability that the preferred is really better, in [0, 1].
            flip: Probability that the label is the wrong way round, in [0, 0.5).
            source: What kind of event it comes from; the rate of wrong labels is learned for each.

        Raises:
            NotFoundError: This user has no such event.
            InputError: A number is not finite or out of its range, or the vector is misshapen.
        """
        row = NewComparison(
            evidence_id=evidence_id,
            key=f"{OWN}{self._new_id()}",
            vector=vector,
            weight=weight,
            target=target,
            flip=flip,
            source=source,
        )
        if not self._put(user_id, features_id, [row], (), counts=True):
            raise NotFoundError(f"user {user_id!r} has no evidence {evidence_id!r}")

    def put_comparisons(
        self,
        user_id: str,
        features_id: str,
        add: Sequence[NewComparison],
        *,
        drop: Iterable[ComparisonKey] = (),
    ) -> int:
        """Brings a user's comparisons in line with their events, in one transaction.

        What is there already is not added again, nor what belongs to an event that has been erased
        meanwhile.

        Args:
            user_id: Whose.
            features_id: Names the features and their version.
            add: Comparisons to keep.
            drop: Those that no event says any longer.

        Returns:
            How many were added.

        Raises:
            InputError: A number is not finite or out of its range, or a vector is misshapen.
        """
        return self._put(user_id, features_id, add, drop, counts=False)

    def _put(
        self,
        user_id: str,
        features_id: str,
        add: Sequence[NewComparison],
        drop: Iterable[ComparisonKey],
        *,
        counts: bool,
    ) -> int:
        """As `put_comparisons`; what counts gives the user another revision."""
        rows = [(each, _row(each)) for each in add]
        table, events = schema.comparisons, schema.evidence
        with self._write(user_id, preferences=counts) as transaction:
            connection = transaction.connection
            mine = (table.c.user_id == user_id) & (table.c.features_id == features_id)
            for event, key in drop:
                connection.execute(
                    table.delete().where(mine, table.c.evidence_id == event, table.c.key == key)
                )
            known = {
                ComparisonKey(*row)
                for row in connection.execute(select(table.c.evidence_id, table.c.key).where(mine))
            }
            there = set(connection.scalars(select(events.c.id).where(events.c.user_id == user_id)))
            new = [
                {
                    "id": self._new_id(),
                    "user_id": user_id,
                    "evidence_id": each.evidence_id,
                    "features_id": features_id,
                    "vector": row.tobytes(),
                    "weight": float(each.weight),
                    "target": float(each.target),
                    "flip": float(each.flip),
                    "source": each.source,
                    "key": each.key,
                    "against_id": each.against_id,
                }
                for each, row in rows
                if ComparisonKey(each.evidence_id, each.key) not in known
                and each.evidence_id in there
                and (each.against_id is None or each.against_id in there)
            ]
            if new:
                connection.execute(table.insert(), new)
        return len(new)

    def comparisons(self, user_id: str, features_id: str) -> Comparisons:
        """Everything that a user's reward model is fitted to, in the order of the events."""
        import numpy as np

        table, events = schema.comparisons, schema.evidence
        check_user_id(user_id)
        with self._read() as connection:
            rows = connection.execute(
                select(
                    table.c.vector,
                    table.c.weight,
                    table.c.target,
                    table.c.flip,
                    table.c.evidence_id,
                    table.c.source,
                    table.c.key,
                    events.c.session_id,
                )
                .join(events, events.c.id == table.c.evidence_id)
                .where(table.c.user_id == user_id, table.c.features_id == features_id)
                .order_by(events.c.created_at, events.c.id, table.c.key)
            ).all()
        vectors = [np.frombuffer(row.vector, dtype="<f4") for row in rows]
        return Comparisons(
            vectors=np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32),
            weights=np.array([row.weight for row in rows], dtype=np.float64),
            targets=np.array([row.target for row in rows], dtype=np.float64),
            flips=np.array([row.flip for row in rows], dtype=np.float64),
            evidence_ids=tuple(row.evidence_id for row in rows),
            sources=tuple(row.source for row in rows),
            keys=tuple(row.key for row in rows),
            sessions=tuple(row.session_id for row in rows),
        )

    def posterior(self, user_id: str, features_id: str) -> KeptPosterior:
        """The reward model that is kept for a user, and whether it is still of today.

        It is if `revision` and `current` are equal: nothing about the user has changed since.
        """
        table, users = schema.posteriors, schema.users
        check_user_id(user_id)
        with self._read() as connection:
            current = connection.scalar(select(users.c.revision).where(users.c.id == user_id))
            row = connection.execute(
                select(table.c.revision, table.c.basis, table.c.data).where(
                    table.c.user_id == user_id, table.c.features_id == features_id
                )
            ).first()
        if row is None:
            return KeptPosterior(revision=None, basis="", data=b"", current=current)
        return KeptPosterior(revision=row.revision, basis=row.basis, data=row.data, current=current)

    def keep_posterior(
        self, user_id: str, features_id: str, *, revision: int, basis: str, data: bytes
    ) -> bool:
        """Keeps a fitted reward model in the place of the one before.

        Args:
            user_id: Whose.
            features_id: Names the features and their version.
            revision: The user's revision when it was fitted.
            basis: What else it was fitted to, in at most 64 characters.
            data: The model.

        Returns:
            Whether it was kept: not if the user has another revision by now.
        """
        table = schema.posteriors
        with self._write(user_id, preferences=False) as transaction:
            if transaction.revision != revision:
                return False
            transaction.connection.execute(
                table.delete().where(table.c.user_id == user_id, table.c.features_id == features_id)
            )
            transaction.connection.execute(
                table.insert(),
                {
                    "user_id": user_id,
                    "features_id": features_id,
                    "revision": revision,
                    "basis": basis,
                    "data": data,
                },
            )
        return True


def _row(comparison: NewComparison) -> NDArray[np.float32]:
    """A comparison's vector, once its numbers are in their ranges."""
    import numpy as np

    row = np.asarray(comparison.vector, dtype="<f4")
    if row.ndim != 1 or not row.size or not np.isfinite(row).all():
        raise InputError(f"vector has shape {row.shape}; give one row of finite numbers")
    weight, target, flip = comparison.weight, comparison.target, comparison.flip
    if not (math.isfinite(weight) and weight > 0):
        raise InputError(f"weight is {weight!r}; give a positive number")
    if not (0.0 <= target <= 1.0 and 0.0 <= flip < 0.5):
        raise InputError(f"target is {target!r} and flip {flip!r}; they lie in [0, 1] and [0, 0.5)")
    for name, most in (("key", _LONGEST_KEY), ("source", _LONGEST_SOURCE)):
        if len(getattr(comparison, name)) > most:
            raise InputError(f"{name} is {getattr(comparison, name)!r}; at most {most} fit")
    return row
