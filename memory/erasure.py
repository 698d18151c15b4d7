"""Erasing what a user wants forgotten, and taking an erasure back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import RowMapping, Table, exists, func, or_, select

from ..errors import InputError
from . import schema, words
from .belief import believed
from .core import Transaction
from .preferences import PreferenceVerbs
from .records import Erased, Stored, insert_preferences
from .types import Preference, Undone

__all__ = ["ErasureVerbs"]

# Deletions that `restore` can still take back whole.
_TRASH = 64


class ErasureVerbs(PreferenceVerbs):
    """The verbs that make things gone."""

    def delete(self, user_id: str, preference_id: str) -> Preference:
        """Erases a preference, its earlier versions, and the evidence that supported only them.

        The text is gone from truth and index, and comparisons go with their evidence; the history
        keeps that there was a deletion. While this object lives, `restore` takes it back.

        Returns:
            What was erased.

        Raises:
            NotFoundError: This user has no such preference.
        """
        with self._write(user_id) as transaction:
            erased: list[Erased] = []
            following: str | None = preference_id
            while following is not None:
                stored = self._one(transaction.connection, user_id, following)
                erased.append(self._erase(transaction, stored, "deleted by the user"))
                following = self._predecessor(transaction, stored)
            self._relink(transaction, preference_id, None)
            words.forget(transaction.connection)
        self._trash[preference_id] = tuple(erased)
        while len(self._trash) > _TRASH:
            self._trash.popitem(last=False)
        self._scrub()
        self._tell_erased(user_id, [each.stored.preference for each in erased])
        return believed(erased[0].stored.preference, self._now())

    def restore(self, user_id: str, preference: Preference) -> Preference:
        """Puts a deleted preference back.

        Earlier versions, evidence and comparisons come back with it if this object deleted it;
        else the preference alone does, with such of its evidence as is still there.

        Raises:
            InputError: It belongs to another user, or is there already.
        """
        if preference.user_id != user_id:
            raise InputError(
                f"preference {preference.id!r} belongs to user {preference.user_id!r}, "
                f"not to {user_id!r}"
            )
        table = schema.preferences
        with self._write(user_id) as transaction:
            connection = transaction.connection
            if connection.scalar(select(table.c.id).where(table.c.id == preference.id)):
                raise InputError(f"preference {preference.id!r} is there; nothing to restore")
            erased = self._trash.get(preference.id) or (self._bare(transaction, preference),)
            for each in erased:
                _insert_rows(transaction, schema.evidence, each.evidence)
                _insert_rows(transaction, schema.comparisons, each.comparisons)
            # All evidence first: versions share it.
            for each in erased:
                insert_preferences(connection, [each.stored])
                back = believed(each.stored.preference, transaction.now)
                self._note(transaction, "restore", back, "brought back")
        self._trash.pop(preference.id, None)
        # The next touch of the index embeds what has no vector and brings it in line.
        self._index.forget(user_id)
        return believed(erased[0].stored.preference, self._now())

    def undo(self, user_id: str, preference_id: str) -> Undone:
        """Takes back what was learned, as if the events behind it had not been.

        Erases the preference, makes live again the one that it replaced, and erases the evidence
        and comparisons that supported nothing else.

        Raises:
            NotFoundError: This user has no such preference.
        """
        restored: Preference | None = None
        with self._write(user_id) as transaction:
            stored = self._one(transaction.connection, user_id, preference_id)
            replaced = stored.preference.valid_to != stored.expires_at
            self._erase(transaction, stored, "taken back by the user")
            before = self._predecessor(transaction, stored)
            self._relink(transaction, preference_id, before)
            if before is not None and not replaced:
                old = self._one(transaction.connection, user_id, before)
                restored = believed(self._revive(transaction, old), transaction.now)
                self._note(transaction, "restore", restored, f"{preference_id} was taken back")
            words.forget(transaction.connection)
        self._scrub()
        self._tell_erased(user_id, [stored.preference])
        return Undone(believed(stored.preference, self._now()), restored)

    def delete_all(self, user_id: str) -> int:
        """Erases everything kept about one user, and about no other.

        Preferences, evidence, comparisons, sessions, turns, history and vectors go. One line of
        history, without any text, tells that it happened.

        Returns:
            How many preferences were erased.
        """
        table = schema.preferences
        with self._write(user_id) as transaction:
            connection = transaction.connection
            if self._index.exists:
                # Before the truth commits: a crash here leaves an index that the next touch
                # rebuilds, and never vectors without an owner.
                try:
                    self._index.drop(user_id)
                except Exception:  # noqa: BLE001
                    # Erasing must not fail for damage to what can be rebuilt.
                    self._index.destroy()
            count = connection.scalar(
                select(func.count()).select_from(table).where(table.c.user_id == user_id)
            )
            for owned in (
                schema.posteriors,
                schema.comparisons,
                schema.preferences,
                schema.evidence,
                schema.sessions,
                schema.changes,
            ):
                connection.execute(owned.delete().where(owned.c.user_id == user_id))
            words.forget(connection)
            connection.execute(
                schema.users.update().where(schema.users.c.id == user_id).values(embedder=None)
            )
            connection.execute(
                schema.changes.insert(),
                {
                    "id": self._new_id(),
                    "user_id": user_id,
                    "at": transaction.now,
                    "operation": "delete",
                    "preference_id": "",
                    "description": "",
                    "reason": f"everything erased by the user ({count} preferences)",
                },
            )
        for each, erased in list(self._trash.items()):
            if erased[0].stored.preference.user_id == user_id:
                self._trash.pop(each, None)
        self._scrub()
        self._tell_erased(user_id, None)
        return int(count or 0)

    def _erase(self, transaction: Transaction, stored: Stored, reason: str) -> Erased:
        """Erases one preference, its words in the history, and the evidence of it alone."""
        connection, preference = transaction.connection, stored.preference
        links, evidence, comparisons = (
            schema.preference_evidence,
            schema.evidence,
            schema.comparisons,
        )
        connection.execute(
            schema.preferences.delete().where(schema.preferences.c.id == preference.id)
        )
        alone = [
            each
            for each in preference.evidence_ids
            if not connection.scalar(select(exists().where(links.c.evidence_id == each)))
        ]
        erased = Erased(
            stored=stored,
            evidence=tuple(
                connection.execute(select(evidence).where(evidence.c.id.in_(alone))).mappings()
            ),
            comparisons=tuple(
                connection.execute(
                    select(comparisons).where(comparisons.c.evidence_id.in_(alone))
                ).mappings()
            ),
        )
        for each in alone:
            connection.execute(evidence.delete().where(evidence.c.id == each))
        connection.execute(comparisons.delete().where(comparisons.c.against_id.in_(alone)))
        # Fitted to what is gone.
        connection.execute(
            schema.posteriors.delete().where(schema.posteriors.c.user_id == transaction.user_id)
        )
        # What was decided rests on it too.
        connection.execute(
            schema.decisions.delete().where(schema.decisions.c.user_id == transaction.user_id)
        )
        connection.execute(
            schema.changes.update()
            .where(
                schema.changes.c.user_id == transaction.user_id,
                # Proposals that were dropped quote the event behind them.
                or_(
                    schema.changes.c.preference_id == preference.id,
                    (schema.changes.c.operation == "drop")
                    & schema.changes.c.evidence_id.in_(alone),
                ),
            )
            .values(description="")
        )
        self._note(transaction, "delete", preference, reason, described=False)
        transaction.removed.append(preference.id)
        return erased

    def _predecessor(self, transaction: Transaction, stored: Stored) -> str | None:
        """The id of the version before, unless it has been erased."""
        table = schema.preferences
        found: str | None = transaction.connection.scalar(
            select(table.c.id).where(
                table.c.user_id == transaction.user_id,
                table.c.id == stored.preference.supersedes,
            )
        )
        return found

    def _relink(self, transaction: Transaction, gone: str, before: str | None) -> None:
        table = schema.preferences
        transaction.connection.execute(
            table.update()
            .where(table.c.user_id == transaction.user_id, table.c.supersedes == gone)
            .values(supersedes=before)
        )

    def _bare(self, transaction: Transaction, preference: Preference) -> Erased:
        """A deletion of which nothing but the preference itself is known."""
        table = schema.evidence
        there = set(
            transaction.connection.scalars(
                select(table.c.id).where(
                    table.c.user_id == transaction.user_id,
                    table.c.id.in_(preference.evidence_ids),
                )
            )
        )
        kept = tuple(each for each in preference.evidence_ids if each in there)
        return Erased(
            stored=Stored(
                # What the caller has holds the belief of now.
                preference=replace(preference, evidence_ids=kept, supported_at=transaction.now),
                expires_at=preference.valid_to,
                vector=None,
            )
        )


def _insert_rows(transaction: Transaction, table: Table, rows: Sequence[RowMapping]) -> None:
    if rows:
        transaction.connection.execute(table.insert(), [dict(row) for row in rows])
