"""What judging a draft needs of a user's live preferences, kept from one event to the next.

Reading a thousand of them from the database takes longer than everything else in learning does.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import or_, select

from . import schema
from .base import Transaction
from .conflict import Known
from .erasure import ErasureVerbs
from .types import Preference

__all__ = ["KnownVerbs", "known_of"]

# With vectors of 384 numbers, 50 MB.
_MOST = 32_768


class _Copy(NamedTuple):
    """Live preferences, and the user's revision as of which they are all there are."""

    revision: int
    known: Sequence[Known]


class _Copies:
    """Of the users last learned about; bounded, and thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._size = 0

    def get(self, user_id: str, revision: int) -> Sequence[Known] | None:
        with self._lock:
            found = self._copies.get(user_id)
            if found is None or found.revision != revision:
                return None
            self._copies.move_to_end(user_id)
            return found.known

    def put(self, user_id: str, copy: _Copy) -> None:
        with self._lock:
            self._drop(user_id)
            self._copies[user_id] = copy
            self._size += len(copy.known)
            while self._size > _MOST:
                self._drop(next(iter(self._copies)))

    def forget(self, user_id: str) -> None:
        with self._lock:
            self._drop(user_id)

    def _drop(self, user_id: str) -> None:
        gone = self._copies.pop(user_id, None)
        if gone is not None:
            self._size -= len(gone.known)


class KnownVerbs(ErasureVerbs):
    """What taking in stands on."""

    @cached_property
    def _known_copies(self) -> _Copies:
        return _Copies()

    def _known_at_first(self, transaction: Transaction) -> list[Known]:
        """As `_known`, at the beginning of a transaction, before it changes any preference."""
        copy = self._known_copies.get(transaction.user_id, transaction.revision)
        return self._known(transaction) if copy is None else list(copy)

    def _keep_known(self, transaction: Transaction, known: Sequence[Known]) -> None:
        """Keeps what is live after a transaction that has committed, for the next one."""
        # What ends by itself may have ended by then.
        if not any(each.passing for each in known):
            copy = _Copy(transaction.changed, known)
            self._known_copies.put(transaction.user_id, copy)

    def _known(self, transaction: Transaction) -> list[Known]:
        """The live preferences of a transaction's user, oldest first."""
        table = schema.preferences
        ends = or_(table.c.expires_at.is_not(None), table.c.valid_to.is_not(None))
        rows = transaction.connection.execute(
            select(
                table.c.id,
                table.c.description,
                table.c.polarity,
                table.c.hard,
                table.c.origin,
                table.c.scope,
                table.c.aspect,
                table.c.value,
                ends.label("passing"),
                table.c.confidence,
                table.c.supported_at,
                table.c.vector,
            )
            .where(self._live(transaction.user_id, transaction.now))
            .order_by(table.c.valid_from, table.c.id)
        ).all()
        return [Known._make(row) for row in rows]


def known_of(preference: Preference, vector: bytes | None) -> Known:
    """What judging needs of a preference just made."""
    return Known(
        id=preference.id,
        description=preference.description,
        polarity=preference.polarity,
        hard=preference.hard,
        origin=preference.origin,
        scope=preference.scope,
        aspect=preference.aspect,
        value=preference.value,
        passing=preference.valid_to is not None,
        confidence=preference.confidence,
        supported_at=preference.supported_at or preference.valid_from,
        vector=vector,
    )
