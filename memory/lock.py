"""Lets one process at a time write to a store."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import StoreLockedError

__all__ = ["WriterLock"]


class WriterLock:
    """Held from construction until `release`; the system releases it if the process dies.

    Raises:
        StoreLockedError: Another store object holds it, here or in another process.
    """

    def __init__(self, home: Path) -> None:
        # Not in the lock file itself, which other systems do not let others read while it is held.
        self._holder = home / "writer.pid"
        self._lock = FileLock(home / "writer.lock", timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreLockedError(self._message(home)) from None
        self._holder.write_text(f"{os.getpid()} {platform.node()}", encoding="utf-8")

    def release(self) -> None:
        """Gives the store free; safe to call twice."""
        if self._lock.is_locked:
            self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _message(self, home: Path) -> str:
        try:
            pid, _, host = self._holder.read_text(encoding="utf-8").strip().partition(" ")
        except OSError:
            pid, host = "", ""
        who = f"process {pid} on {host or 'this machine'}" if pid else "another process"
        if (pid, host) == (str(os.getpid()), platform.node()):
            who = f"this process ({pid}), through another Memory,"
        return (
            f"the store {str(home)!r} is already open for writing: {who} holds it; "
            "close that one first, or use another home (in code, read_only=True reads beside it)"
        )
