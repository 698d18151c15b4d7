"""Identifiers that are unique and sort by the moment they were made."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

__all__ = ["SortableIds", "new_id"]

_COUNTER_BITS = 12


class SortableIds:
    """A factory of UUIDs of version 7, strictly increasing within a process.

    Milliseconds since 1970, then a counter that tells ids of the same millisecond apart, then 62
    random bits. A clock that steps back keeps the last millisecond until it is overtaken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """Returns the next id, 36 characters long."""
        with self._lock:
            now = (time.time_ns() // 1_000_000) << _COUNTER_BITS
            self._last = tick = max(now, self._last + 1)
        milliseconds, counter = tick >> _COUNTER_BITS, tick & ((1 << _COUNTER_BITS) - 1)
        bits = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64
        return str(uuid.UUID(int=bits | 0b10 << 62 | secrets.randbits(62)))


new_id = SortableIds()
