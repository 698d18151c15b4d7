"""Evidence, verbatim and append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args

from sqlalchemy import select

from ..errors import InputError
from . import schema
from .checks import MAX_SESSION_ID, MAX_TEXT, check_user_id, clean_line, clean_text
from .comparisons import ComparisonVerbs
from .core import Transaction
from .records import evidence_of, insert_evidence
from .types import Choice, Context, Evidence, Observation, Source, Strength

__all__ = ["EventVerbs"]

_MAX_ID = 64


class EventVerbs(ComparisonVerbs):
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
        # Counted like what changes preferences, since a fitted reward model rests on it too.
        with self._write(user_id) as transaction:
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
            session_id=_clean_id(session_id, "session_id", MAX_SESSION_ID),
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
                id=_clean_id(evidence.id, "id", _MAX_ID) or "",
                observation=_clean(evidence.observation),
                context=_clean_context(evidence.context),
                session_id=_clean_id(evidence.session_id, "session_id", MAX_SESSION_ID),
            )
            insert_evidence(transaction.connection, evidence)
            return evidence
        if row["user_id"] != transaction.user_id:
            raise InputError(
                f"evidence {evidence.id!r} is another user's; give it an id of its own"
            )
        return evidence_of(row)


def _clean(observation: Observation) -> Observation:
    if isinstance(observation, Choice) and observation.strength not in (None, *get_args(Strength)):
        raise InputError(
            f"strength is {observation.strength!r}; use one of {get_args(Strength)}, or None"
        )
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


def _clean_id(given: str | None, name: str, limit: int) -> str | None:
    """An id of an app's own, which is one in any database, or none.

    Raises:
        InputError: It is empty or too long, or holds what no database stores.
    """
    if given is None:
        return None
    clean = clean_line(given, name, limit)
    if clean != given:
        raise InputError(f"{name} is {given!r}; give an id without blanks and controls around it")
    return clean


def _clean_context(context: Context | None) -> Context | None:
    if context is None:
        return None
    return Context(
        text=clean_text(context.text, "context"),
        tags=tuple(clean_text(tag, "tag", 200) for tag in context.tags),
    )
