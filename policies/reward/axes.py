"""Contrast axes: directions of an embedding between phrases that differ in one respect."""

from __future__ import annotations

import math
import threading
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

_SPREAD = 1.5


class Axis(NamedTuple):
    """A direction between phrases that differ in one respect.

    Attributes:
        name: What the attribute is called ("warm").
        low: What its low end is called ("cold").
        high: What its high end is called.
        pairs: Phrases at the low and at the high end.
    """

    name: str
    low: str
    high: str
    pairs: tuple[tuple[str, str], ...]


class _Vectors(NamedTuple):
    directions: NDArray[np.float64]
    centres: NDArray[np.float64]


@lru_cache(maxsize=1)
def axes() -> tuple[Axis, ...]:
    """Reads the contrast axes; later calls return the same object."""
    return read_axes(files(__package__).joinpath("attributes.toml").read_text("utf-8"))


def read_axes(text: str) -> tuple[Axis, ...]:
    """Reads contrast axes of an app's own, to give to `TextFeatures`.

    Args:
        text: TOML, for each axis `[axes."spicy"]` with `low`, `high` and `pairs`, a list of
            `[low phrase, high phrase]` that differ in this only.

    Raises:
        InputError: An axis is malformed; the message names it.
    """
    try:
        entries = dict(tomllib.loads(text).get("axes", {}))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the axes are not TOML: {error}") from error
    found = []
    for name, entry in entries.items():
        try:
            pairs = tuple((str(low), str(high)) for low, high in entry["pairs"])
            axis = Axis(name, str(entry["low"]), str(entry["high"]), pairs)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"axis {name!r} is malformed ({error!r}); it needs low, high, and pairs of phrases"
            ) from error
        if not axis.pairs:
            raise InputError(f"axis {name!r} has no pairs of phrases")
        found.append(axis)
    return tuple(found)


class AxisReader:
    """Where embedded texts lie on axes.

    A direction is the mean difference between the two sides' phrases, at length 1, and its zero the
    middle of them. Units are 1.5/√dimension, about the spread of unit embeddings along a direction
    that means something. Thread-safe.

    Args:
        embedder: Embeds the phrases, at the first reading.
        chosen: The axes.
    """

    def __init__(self, embedder: Embedder, chosen: Sequence[Axis]) -> None:
        self._embedder = embedder
        self._axes = tuple(chosen)
        self._vectors: _Vectors | None = None
        self._lock = threading.Lock()

    def read(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of unit embeddings on the axes.

        Args:
            vectors: Shape `(n, dimension)`.

        Returns:
            Array of shape `(n, axes)`.
        """
        import numpy as np

        with self._lock:
            if self._vectors is None:
                self._vectors = self._embedded()
            known = self._vectors
        unit = math.sqrt(self._embedder.dimension) / _SPREAD
        with one_thread():
            return np.asarray((vectors @ known.directions.T - known.centres) * unit)

    def _embedded(self) -> _Vectors:
        import numpy as np

        phrases = [phrase for axis in self._axes for pair in axis.pairs for phrase in pair]
        vectors = self._embedder.embed(phrases).astype(np.float64)
        directions, centres, at = [], [], 0
        for axis in self._axes:
            ends = vectors[at : at + 2 * len(axis.pairs)].reshape(len(axis.pairs), 2, -1)
            at += 2 * len(axis.pairs)
            direction = (ends[:, 1] - ends[:, 0]).mean(axis=0)
            direction /= max(float(np.linalg.norm(direction)), 1e-12)
            directions.append(direction)
            centres.append(float(ends.mean(axis=(0, 1)) @ direction))
        return _Vectors(np.array(directions), np.array(centres))
