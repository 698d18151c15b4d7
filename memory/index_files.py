"""Embedded Chroma, with its files in the home."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .index import VectorIndex, chroma_settings, digest

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["EmbeddedIndex"]


class EmbeddedIndex(VectorIndex):
    """The index under one directory, which one process at a time may open."""

    def __init__(self, directory: Path) -> None:
        # Files must not be closed or deleted under a call.
        super().__init__(threading.RLock())
        self._directory = directory

    @property
    def name(self) -> str:
        return f"embedded Chroma in {str(self._directory)!r}"

    @property
    def exists(self) -> bool:
        return self._directory.exists()

    def destroy(self) -> None:
        with self._calls:
            self.close()
            shutil.rmtree(self._directory, ignore_errors=True)

    def close(self) -> None:
        with self._calls:
            super().close()

    def _connect(self) -> ClientAPI:
        settings = chroma_settings()
        import chromadb

        self._directory.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(self._directory), settings)

    def _collection_name(self, user_id: str) -> str:
        return f"user-{digest(user_id)}"
