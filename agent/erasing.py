"""Erasing a user from everything that Penchant keeps, and proving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..memory.traces import Remnant, Scan
from .checkpoints import CHECKPOINTS, count_checkpoints, erase_checkpoints

if TYPE_CHECKING:
    from ..memory import Memory
    from ..memory.removal import Removed

__all__ = ["Erasure", "erase_user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What became of a user's data.

    Attributes:
        user_id: Whose.
        removed: What was erased from truth and index.
        open_turns: How many conversations had a question open.
        scan: What the proof found; None if none was asked for.
    """

    user_id: str
    removed: Removed
    open_turns: int
    scan: Scan | None

    @property
    def proven(self) -> bool:
        """Whether a search for what is left found nothing."""
        return self.scan is not None and not self.scan.left


def erase_user(memory: Memory, user_id: str, *, verify: bool = False) -> Erasure:
    """Erases a user from truth, index, checkpoints and reward posteriors, and nobody else.

    Args:
        memory: The store, open for writing.
        user_id: Whose.
        verify: Search tables, index and files afterwards for what is left.

    Raises:
        InputError: The user id cannot be used.
        ReadOnlyError: The store is open for reading only.
        MemoryStoreError: A database, file or server does not let itself be erased from or searched.
    """
    traces = memory.traces(user_id) if verify else None
    turns = erase_checkpoints(memory.home, user_id, database=memory.database)
    removed = memory.erase(user_id)
    scan = None
    if traces is not None:
        file = memory.home / CHECKPOINTS
        kept = count_checkpoints(memory.home, user_id, database=memory.database)
        beside = [file] if file.exists() and memory.database is None and not kept else []
        scan = memory.remnants(user_id, traces, beside=beside)
        if kept:
            left = Remnant("checkpoints", f"{kept} conversations with an open question")
            scan = scan._replace(left=[left, *scan.left])
    return Erasure(user_id=user_id, removed=removed, open_turns=turns, scan=scan)
