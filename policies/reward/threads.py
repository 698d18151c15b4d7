"""Keeps small linear algebra on one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["one_thread", "one_thread_of_scipy"]

_lock = threading.Lock()
_inside = 0
_limits: list[Any] = []
_with_scipy = False


@cache
def _controller(*, with_scipy: bool) -> Any:
    import numpy as np  # noqa: F401  (its library must be there to be found)

    if with_scipy:
        import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Has linear algebra, numpy's and scipy's, run on one thread within the block.

    A system of a few hundred equations takes a millisecond on one core. Split over several, its
    parts wait for each other: on a machine whose cores a local chat model keeps busy that takes
    hundreds of times as long. It also makes sums come out the same whatever the number of cores.

    The limit holds for the whole process until the last of several threads has left its block.
    """
    global _inside  # noqa: PLW0603
    with _lock:
        if _inside == 0:
            _limits.append(_controller(with_scipy=_with_scipy).limit(limits=1))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                while _limits:
                    _limits.pop().restore_original_limits()


def one_thread_of_scipy() -> None:
    """Has blocks hold for scipy's library from now on, those included that have begun.

    It is a library of its own, beside numpy's, and takes a fifth of a second to load.
    """
    global _with_scipy  # noqa: PLW0603
    with _lock:
        _with_scipy = True
        limit = _controller(with_scipy=True)
        if _inside:
            _limits.append(limit.limit(limits=1))
