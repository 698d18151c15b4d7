"""A fake embedder for tests and examples: word overlap, and no model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["HashEmbedder"]

_WORD = re.compile(r"\w+")
_BIGRAM_WEIGHT = 0.5


class _Slot(NamedTuple):
    place: int
    sign: int


class HashEmbedder:
    """Hashes words and pairs of neighbouring words into signed counts of unit length.

    The cosine of two texts grows with the words they share, in any order, and a little more with
    those in the same order; texts without a common word are near 0. The same on every machine.
    After Weinberger et al. (2009), "Feature Hashing for Large Scale Multitask Learning".

    Args:
        dimension: The length of a vector, at least 2; more means fewer words that collide.
    """

    def __init__(self, dimension: int = 64) -> None:
        if dimension < 2:
            raise InputError(f"dimension is {dimension!r}; it must be 2 or more")
        self._dimension = dimension

    @property
    def id(self) -> str:
        """Names the kind and its dimension."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts; one without words gets a fixed vector.

        Returns:
            Array of shape `(len(texts), dimension)`, rows of length 1.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            words = _WORD.findall(text.casefold())
            pairs = [f"{first} {second}" for first, second in pairwise(words)]
            for features, weight in ((words, 1.0), (pairs, _BIGRAM_WEIGHT)):
                for feature in features:
                    slot = _slot(feature, self._dimension)
                    vectors[row, slot.place] += slot.sign * weight
            length = float(np.linalg.norm(vectors[row]))
            if length == 0.0:
                vectors[row, 0] = length = 1.0
            vectors[row] /= length
        return vectors


@lru_cache(maxsize=65536)
def _slot(feature: str, dimension: int) -> _Slot:
    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    return _Slot(place=(number >> 1) % dimension, sign=1 if number & 1 else -1)
