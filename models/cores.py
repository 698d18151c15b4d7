"""How many threads are worth starting for arithmetic."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["usable_cores"]

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(*, topology: Path = _TOPOLOGY, quota: Path = _QUOTA) -> int:
    """Counts physical cores that this process may use; hyper-threads only slow llama.cpp down.

    Args:
        topology: Where Linux describes the processors.
        quota: Where Linux keeps a container's share of them.

    Returns:
        At least 1. Where the topology is unknown, every logical processor counts.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on macOS and Windows
        return max(1, os.cpu_count() or 1)
    siblings = {
        _text(topology / f"cpu{n}/topology/thread_siblings_list") or str(n) for n in allowed
    }
    cores = len(siblings)
    share, _, period = _text(quota).partition(" ")
    if share.isdigit() and period.isdigit() and int(period) > 0:
        cores = min(cores, -(-int(share) // int(period)))
    return max(1, cores)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
