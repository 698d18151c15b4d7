"""Names of a package that load on first use (PEP 562), so that importing it stays instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

__all__ = ["Lazy", "lazy"]


class Lazy(NamedTuple):
    """A package's `__getattr__` and `__dir__`."""

    getattr: Callable[[str], Any]
    dir: Callable[[], list[str]]


def lazy(package: str, names: Sequence[str], homes: Mapping[str, str]) -> Lazy:
    """Makes the two functions by which a package loads names on first use.

    Args:
        package: The package's `__name__`.
        names: Its `__all__`.
        homes: For each name that is not imported at once, its module, relative to the package.
    """

    def load(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home, package), name)
        setattr(import_module(package), name, value)
        return value

    return Lazy(load, lambda: list(names))
