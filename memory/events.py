"""Evidence, verbatim and append-only, and the comparisons that a reward model is fitted to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..errors import InputError, NotFoundError
from . import schema
from .checks import MAX_TEXT, check_user_id, clean_text
from .core import Transaction
from .jobs import JobVerbs
from .records import evidence_of, insert_evidence
from .types import Comparisons, Context, Evidence, Observation, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EventVerbs"]


class EventVerbs(JobVerbs):
    """The verbs about what was observed."""

    def record(
        self,
        user_id: str,
        observation: Observation,
        *,
        context: Context | None = None,
        session_id: str | None = None,
        source: Source = "chat",
        infer: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Evidence:
        """Appends one observed event.

        Args:
            user_id: Whose.
            observation: What was observed.
            context: What the user was doing.
            session_id: The conversation.
            source: The door it came through.
            infer: The kind of inference that the event awaits; `jobs` has it from now on.
            details: What that inference needs besides the event.

        Raises:
            InputError: The user id cannot be used, or the texts exceed a million characters.
            ReadOnlyError: The store is open for reading only.
        """
        with self._write(user_id, preferences=False) as transaction:
            evidence = self._append(transaction, observation, context, session_id, source)
            if infer is not None:
                self._enqueue(transaction, evidence, infer, details or {})
            return evidence

    def evidence(
        self,
        user_id: str,
        *,
        kind: str | None = None,
        session_id: str | None = None,
        limit: int | None = None,
    ) -> list[Evidence]:
        """A user's events, oldest first; with `limit`, the last so many.

        Args:
            user_id: Whose.
            kind: Only of this kind ("statement", "edit", …).
            session_id: Only of this conversation.
            limit: At most so many.
        """
        table = schema.evidence
        check_user_id(user_id)
        query = select(table).where(table.c.user_id == user_id)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if session_id is not None:
            query = query.where(table.c.session_id == session_id)
        query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
        with self._read() as connection:
            return [evidence_of(row) for row in connection.execute(query).mappings()][::-1]

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

        Raises:
            NotFoundError: This user has no such event.
            InputError: A number is not finite or out of its range, or the vector is misshapen.
        """
        import numpy as np

        row = np.asarray(vector, dtype="<f4")
        if row.ndim != 1 or not row.size or not np.isfinite(row).all():
            raise InputError(f"vector has shape {row.shape}; give one row of finite numbers")
        if not (math.isfinite(weight) and weight > 0):
            raise InputError(f"weight is {weight!r}; give a positive number")
        if not (0.0 <= target <= 1.0 and 0.0 <= flip < 0.5):
            raise InputError(
                f"target is {target!r} and flip {flip!r}; they lie in [0, 1] and [0, 0.5)"
            )
        table = schema.evidence
        with self._write(user_id, preferences=False) as transaction:
            known = transaction.connection.scalar(
                select(table.c.id).where(table.c.id == evidence_id, table.c.user_id == user_id)
            )
            if known is None:
                raise NotFoundError(f"user {user_id!r} has no evidence {evidence_id!r}")
            transaction.connection.execute(
                schema.comparisons.insert(),
                {
                    "id": self._new_id(),
                    "user_id": user_id,
                    "evidence_id": evidence_id,
                    "features_id": features_id,
                    "vector": row.tobytes(),
                    "weight": float(weight),
                    "target": float(target),
                    "flip": float(flip),
                },
            )

    def comparisons(self, user_id: str, features_id: str) -> Comparisons:
        """Everything that a user's reward model is fitted to, oldest first."""
        import numpy as np

        table = schema.comparisons
        check_user_id(user_id)
        with self._read() as connection:
            rows = connection.execute(
                select(
                    table.c.vector,
                    table.c.weight,
                    table.c.target,
                    table.c.flip,
                    table.c.evidence_id,
                )
                .where(table.c.user_id == user_id, table.c.features_id == features_id)
                .order_by(table.c.id)
            ).all()
        vectors = [np.frombuffer(row.vector, dtype="<f4") for row in rows]
        return Comparisons(
            vectors=np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32),
            weights=np.array([row.weight for row in rows], dtype=np.float64),
            targets=np.array([row.target for row in rows], dtype=np.float64),
            flips=np.array([row.flip for row in rows], dtype=np.float64),
            evidence_ids=tuple(row.evidence_id for row in rows),
        )

    def _append(
        self,
        transaction: Transaction,
        observation: Observation | Evidence,
        context: Context | None,
        session_id: str | None,
        source: Source,
    ) -> Evidence:
        """Appends an event; one that is there already is returned as it is."""
        if isinstance(observation, Evidence):
            return self._adopt(transaction, observation)
        evidence = Evidence(
            id=self._new_id(),
            user_id=transaction.user_id,
            observation=_clean(observation),
            context=_clean_context(context),
            session_id=session_id,
            source=source,
            created_at=transaction.now,
        )
        insert_evidence(transaction.connection, evidence)
        return evidence

    def _adopt(self, transaction: Transaction, evidence: Evidence) -> Evidence:
        table = schema.evidence
        if evidence.user_id != transaction.user_id:
            raise InputError(
                f"evidence {evidence.id!r} belongs to user {evidence.user_id!r}, "
                f"not to {transaction.user_id!r}; learn it for its own user"
            )
        row = (
            transaction.connection.execute(select(table).where(table.c.id == evidence.id))
            .mappings()
            .first()
        )
        if row is None:
            evidence = replace(
                evidence,
                observation=_clean(evidence.observation),
                context=_clean_context(evidence.context),
            )
            insert_evidence(transaction.connection, evidence)
            return evidence
        if row["user_id"] != transaction.user_id:
            raise InputError(
                f"evidence {evidence.id!r} is another user's; give it an id of its own"
            )
        return evidence_of(row)


def _clean(observation: Observation) -> Observation:
    changed: dict[str, Any] = {}
    total = 0
    for field in fields(observation):
        found = getattr(observation, field.name)
        texts = found if isinstance(found, tuple) else (found,)
        clean = tuple(
            clean_text(each, field.name, MAX_TEXT) if isinstance(each, str) else each
            for each in texts
        )
        total += sum(len(each) for each in clean if isinstance(each, str))
        changed[field.name] = clean if isinstance(found, tuple) else clean[0]
    if total > MAX_TEXT:
        raise InputError(
            f"this {observation.kind} has {total:,} characters; at most {MAX_TEXT:,} fit"
        )
    return replace(observation, **changed)


def _clean_context(context: Context | None) -> Context | None:
    if context is None:
        return None
    return Context(
        text=clean_text(context.text, "context"),
        tags=tuple(clean_text(tag, "tag", 200) for tag in context.tags),
    )
