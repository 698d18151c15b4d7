"""An embedder that is looked for when it is first used, so that memory opens without one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..config import Settings
    from .types import Embedder

__all__ = ["DeferredEmbedder"]


class DeferredEmbedder:
    """The embedder that settings name; every use raises ModelStoreError while it is not here.

    Memory can be listed, corrected and deleted meanwhile, and an embedder that is pulled while
    the chat is open is taken up.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: Embedder | None = None
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Names the model and its version."""
        return self._embedder().id

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._embedder().dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts: array of shape `(len(texts), dimension)`, rows of length 1."""
        return self._embedder().embed(texts)

    def _embedder(self) -> Embedder:
        from .embedder import open_embedder

        with self._lock:
            if self._found is None:
                self._found = open_embedder(self._settings)
            return self._found
