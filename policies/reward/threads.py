"""Keeps small linear algebra on one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["one_thread"]

_lock = threading.Lock()
_inside = 0
_limit: Any = None


@cache
def _controller() -> Any:
    import numpy as np  # noqa: F401  (its library must be there to be found)
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Has numpy's linear algebra run on one thread within the block.

    A system of a few hundred equations takes a millisecond on one core. Split over several, its
    parts wait for each other: on a machine whose cores a local chat model keeps busy that takes
    hundreds of times as long. It also makes sums come out the same whatever the number of cores.

    The limit holds for the whole process until the last of several threads has left its block.
    """
    global _inside, _limit  # noqa: PLW0603
    with _lock:
        if _inside == 0:
            _limit = _controller().limit(limits=1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _limit.restore_original_limits()
                _limit = None
