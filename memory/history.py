"""What happened to preferences: line by line, version by version, and how far they drifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean

from sqlalchemy import Connection, select

from ..errors import InputError
from . import schema
from .belief import believed
from .checks import check_user_id, fold
from .preferences import PreferenceVerbs
from .records import load_preferences
from .removal import erasures_of
from .types import Change, Drift, Preference, Shift

__all__ = ["HistoryVerbs"]

_DRIFT_DAYS = 30


class HistoryVerbs(PreferenceVerbs):
    """The verbs that tell how preferences came to be what they are."""

    def history(self, user_id: str, preference_id: str | None = None) -> list[Change]:
        """What happened to a user's preferences, or to one of them, oldest first.

        Lines about erased preferences stay, without their text. Of a user who was erased
        altogether there is one line, that it happened.
        """
        check_user_id(user_id)
        with self._read() as connection:
            changes = _changes(connection, user_id, preference_id)
            erasures = [] if preference_id is not None else erasures_of(connection, user_id)
            return [*erasures, *changes]

    def chain(self, user_id: str, preference_id: str) -> list[Preference]:
        """Every version of a preference, from the first to the present one.

        Args:
            user_id: Whose.
            preference_id: Any of the versions.

        Raises:
            NotFoundError: This user has no such preference.
        """
        check_user_id(user_id)
        table = schema.preferences
        with self._read() as connection:
            self._one(connection, user_id, preference_id)
            rows = connection.execute(
                select(table.c.id, table.c.supersedes)
                .where(table.c.user_id == user_id)
                .order_by(table.c.valid_from, table.c.id)
            ).all()
            before = {row.id: row.supersedes for row in rows}
            after = {row.supersedes: row.id for row in rows if row.supersedes in before}
            line = [preference_id]
            # Each step stops at a version it has seen: imported lines may go in a circle.
            while (older := before.get(line[0])) in before and older not in line:
                line.insert(0, str(older))
            while (newer := after.get(line[-1])) is not None and newer not in line:
                line.append(newer)
            found = load_preferences(connection, table.c.user_id == user_id, table.c.id.in_(line))
        versions = {each.preference.id: each.preference for each in found}
        now = self._now()
        return [believed(versions[each], now) for each in line]

    def drift(self, user_id: str, *, since: datetime | None = None) -> Drift:
        """How far a user's preferences moved since a moment, as far as it is not erased.

        Args:
            user_id: Whose.
            since: That moment; 30 days ago by default.

        Raises:
            InputError: The moment has no time zone, or lies in the future.
        """
        check_user_id(user_id)
        now = self._now()
        start = now - timedelta(days=_DRIFT_DAYS) if since is None else since
        if start.tzinfo is None or start > now:
            raise InputError(f"since is {start!r}; give a moment in the past, with a time zone")
        with self._read() as connection:
            everything = [
                each.preference
                for each in load_preferences(connection, schema.preferences.c.user_id == user_id)
            ]
            held = [each for each in everything if _holds(each, start)]
            before = {e.id: e for e in self._as_believed(connection, user_id, held, start)}
            changes = _changes(connection, user_id)
        after = {e.id: believed(e, now) for e in everything if _holds(e, now)}
        moved = {
            each.id: abs(_sure(after, each.id) - _sure(before, each.id))
            for each in everything
            if each.id in before or each.id in after
        }
        recent = [each for each in changes if each.at >= start]
        shifts = [
            _shift(topic, before=before, after=after, moved=moved, recent=recent)
            for topic in _topics(everything)
        ]
        happened = [each for each in shifts if each.changes]
        return Drift(
            since=start,
            until=now,
            change=fmean(moved.values()) if moved else 0.0,
            shifts=tuple(sorted(happened, key=lambda s: s.changes[0].at, reverse=True)),
        )


def _changes(
    connection: Connection, user_id: str, preference_id: str | None = None
) -> list[Change]:
    table = schema.changes
    query = select(
        table.c.at,
        table.c.operation,
        table.c.preference_id,
        table.c.description,
        table.c.reason,
        table.c.confidence,
        table.c.evidence_id,
    ).where(table.c.user_id == user_id)
    if preference_id is not None:
        query = query.where(table.c.preference_id == preference_id)
    rows = connection.execute(query.order_by(table.c.id)).mappings()
    return [Change(**row) for row in rows]


def _holds(preference: Preference, at: datetime) -> bool:
    ended = preference.valid_to
    return preference.valid_from <= at and (ended is None or at < ended)


def _sure(beliefs: Mapping[str, Preference], preference_id: str) -> float:
    return beliefs[preference_id].confidence if preference_id in beliefs else 0.0


def _topics(preferences: Sequence[Preference]) -> list[list[Preference]]:
    """Preferences by topic: versions of one line, and whatever answers one aspect of one scope."""
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while (higher := above.get(key, key)) != key:
            above[key] = above.get(higher, higher)
            key = higher
        return key

    for each in preferences:
        if each.supersedes is not None:
            above[top(each.supersedes)] = top(each.id)
        if each.aspect is not None:
            above[top(f"{fold(each.aspect)} for {fold(each.scope)}")] = top(each.id)
    topics: dict[str, list[Preference]] = {}
    for each in preferences:
        topics.setdefault(top(each.id), []).append(each)
    return list(topics.values())


def _shift(
    topic: Sequence[Preference],
    *,
    before: Mapping[str, Preference],
    after: Mapping[str, Preference],
    moved: Mapping[str, float],
    recent: Sequence[Change],
) -> Shift:
    ids = {each.id for each in topic}
    latest = max(topic, key=lambda p: (p.id in after, p.valid_from, p.id))
    there = [moved[each] for each in ids if each in moved]
    return Shift(
        topic=latest.aspect or latest.description,
        scope=latest.scope,
        before=tuple(before[each.id] for each in topic if each.id in before),
        after=tuple(after[each.id] for each in topic if each.id in after),
        change=fmean(there) if there else 0.0,
        changes=tuple(each for each in reversed(recent) if each.preference_id in ids),
    )
