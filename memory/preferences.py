"""Reading and correcting preferences, and the history of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection, select

from ..errors import InputError, NotFoundError
from . import schema
from .belief import believed, next_change
from .checks import check_draft, check_user_id
from .core import Core, LiveCopy, Transaction, embedding_text, vector_of
from .records import Stored, load_preferences
from .types import Polarity, Preference, PreferenceDraft

__all__ = ["KEEP", "Keep", "PreferenceVerbs", "ends_at"]

_COPIES = 64


class Keep(Enum):
    """Marks a field that `update` leaves as it is."""

    KEEP = "keep"


KEEP = Keep.KEEP


def ends_at(draft: PreferenceDraft, now: datetime) -> datetime | None:
    """When a preference proposed now ends by itself."""
    return None if draft.lasts_hours is None else now + timedelta(hours=draft.lasts_hours)


class PreferenceVerbs(Core):
    """The verbs about single preferences."""

    def get(self, user_id: str, preference_id: str) -> Preference:
        """One preference, live or not.

        Raises:
            NotFoundError: This user has no such preference.
        """
        check_user_id(user_id)
        with self._read() as connection:
            stored = self._one(connection, user_id, preference_id)
        return believed(stored.preference, self._now())

    def get_all(
        self, user_id: str, *, live_only: bool = True, as_of: datetime | None = None
    ) -> list[Preference]:
        """A user's preferences, oldest first, each with the belief of now (see `belief`).

        Args:
            user_id: Whose.
            live_only: Leave out what no longer holds.
            as_of: Those that held at this moment, instead, with the belief of then; what was
                erased since is gone.
        """
        check_user_id(user_id)
        table = schema.preferences
        condition = table.c.user_id == user_id
        if as_of is not None:
            if as_of.tzinfo is None:
                raise InputError(f"as_of is {as_of!r}; give a moment with a time zone")
            condition = self._live(user_id, as_of) & (table.c.valid_from <= as_of)
        elif live_only:
            return list(self._live_preferences(user_id))
        with self._read() as connection:
            found = [each.preference for each in load_preferences(connection, condition)]
            if as_of is not None:
                return self._as_believed(connection, user_id, found, as_of)
        now = self._now()
        return [believed(each, now) for each in found]

    def _as_believed(
        self,
        connection: Connection,
        user_id: str,
        preferences: Sequence[Preference],
        at: datetime,
    ) -> list[Preference]:
        """Preferences with the belief of a moment in the past, as the history tells it."""
        table = schema.changes
        rows = connection.execute(
            select(table.c.preference_id, table.c.at, table.c.confidence)
            .where(table.c.user_id == user_id, table.c.at <= at, table.c.confidence.is_not(None))
            .order_by(table.c.id)
        )
        told = {row.preference_id: row for row in rows}
        found = []
        for each in preferences:
            last = told.get(each.id)
            since = each.supported_at if last is None else last.at
            sure = each.confidence if last is None else last.confidence
            then = replace(each, confidence=sure, supported_at=since, valid_to=None)
            found.append(replace(each, confidence=believed(then, at).confidence))
        return found

    def _live_preferences(self, user_id: str) -> tuple[Preference, ...]:
        """A user's live preferences, read again only if they may have changed.

        Every turn looks at all of them several times, and loading a thousand takes 15 ms. The copy
        holds until one ends by itself or beliefs change.
        """
        now, users = self._now(), schema.users
        with self._read() as connection:
            revision = connection.scalar(select(users.c.revision).where(users.c.id == user_id))
            copy = self._copies.get(user_id)
            if copy is None or copy.revision != revision or not copy.since <= now < copy.until:
                found = load_preferences(connection, self._live(user_id))
                live = tuple(believed(each.preference, now) for each in found)
                ends = [p.valid_to for p in live if p.valid_to is not None]
                copy = LiveCopy(revision, now, min([next_change(now), *ends]), live)
                self._copies[user_id] = copy
                while len(self._copies) > _COPIES:
                    self._copies.pop(next(iter(self._copies)), None)
        return copy.preferences

    def update(
        self,
        user_id: str,
        preference_id: str,
        description: str | None = None,
        *,
        polarity: Polarity | None = None,
        hard: bool | None = None,
        strength: float | None = None,
        scope: str | Keep | None = KEEP,
        aspect: str | Keep | None = KEEP,
        value: str | Keep | None = KEEP,
        lasts_hours: float | Keep | None = KEEP,
    ) -> Preference:
        """Corrects a live preference by hand: a new version supersedes it.

        Fields that are not given stay, but for `value`, which may not fit a new description and
        is dropped with the old one unless it is given too.

        Returns:
            The new version, stated by the user, with the evidence of the old.

        Raises:
            NotFoundError: This user has no such preference.
            InputError: It no longer holds, or a new field cannot be used.
        """
        check_user_id(user_id)
        with self._read() as connection:
            before = self._one_live(connection, user_id, preference_id).preference
        if value is KEEP and description is not None and description != before.description:
            value = None
        draft = check_draft(
            PreferenceDraft(
                description=before.description if description is None else description,
                polarity=polarity or before.polarity,
                hard=before.hard if hard is None else hard,
                strength=before.strength if strength is None else strength,
                confidence=max(before.confidence, 0.95),
                scope=before.scope if scope is KEEP else scope,
                aspect=before.aspect if aspect is KEEP else aspect,
                value=before.value if value is KEEP else value,
                lasts_hours=None if lasts_hours is KEEP else lasts_hours,
            )
        )
        vectors = self._embed(user_id, [embedding_text(draft)])
        with self._write(user_id) as transaction:
            # Read again: another thread may have been here since.
            old = self._one_live(transaction.connection, user_id, preference_id)
            expires_at = old.expires_at
            if lasts_hours is not KEEP:
                expires_at = ends_at(draft, transaction.now)
            new = Preference(
                id=self._new_id(),
                user_id=user_id,
                description=draft.description,
                polarity=draft.polarity,
                hard=draft.hard,
                strength=draft.strength,
                origin="stated",
                confidence=draft.confidence,
                scope=draft.scope,
                aspect=draft.aspect,
                value=draft.value,
                evidence_ids=old.preference.evidence_ids,
                valid_from=transaction.now,
                valid_to=expires_at,
                supersedes=preference_id,
                revised=True,
                supported_at=transaction.now,
            )
            self._retire(transaction, old.preference)
            self._note(transaction, "retire", old.preference, f"superseded by {new.id}")
            self._insert(
                transaction,
                Stored(
                    preference=new,
                    expires_at=expires_at,
                    vector=None if vectors is None else vectors[0].tobytes(),
                ),
            )
            self._note(
                transaction, "revise", new, f"corrected by hand, in place of {preference_id}"
            )
        return new

    def _one(self, connection: Connection, user_id: str, preference_id: str) -> Stored:
        table = schema.preferences
        found = load_preferences(
            connection, table.c.user_id == user_id, table.c.id == preference_id, vectors=True
        )
        if not found:
            raise NotFoundError(
                f"user {user_id!r} has no preference {preference_id!r}; "
                "`get_all` lists those there are"
            )
        return found[0]

    def _one_live(self, connection: Connection, user_id: str, preference_id: str) -> Stored:
        """A preference that holds now, with the belief of now."""
        stored = self._one(connection, user_id, preference_id)
        ended = stored.preference.valid_to
        if ended is not None and ended <= self._now():
            raise InputError(
                f"preference {preference_id!r} ceased to hold at {ended.isoformat()}; "
                "change the one that took its place, or add it anew"
            )
        return replace(stored, preference=believed(stored.preference, self._now()))

    def _retire(self, transaction: Transaction, preference: Preference) -> None:
        table = schema.preferences
        transaction.connection.execute(
            table.update().where(table.c.id == preference.id).values(valid_to=transaction.now)
        )
        transaction.removed.append(preference.id)

    def _revive(self, transaction: Transaction, stored: Stored) -> Preference:
        table = schema.preferences
        transaction.connection.execute(
            table.update()
            .where(table.c.id == stored.preference.id)
            .values(valid_to=stored.expires_at)
        )
        vector = vector_of(stored.vector)
        if vector is not None:
            transaction.put[stored.preference.id] = vector
        return replace(stored.preference, valid_to=stored.expires_at)
