"""Embedded Chroma, with its files in the home."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from .index import VectorIndex, chroma_settings, digest

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["EmbeddedIndex"]

_DATABASE = "chroma.sqlite3"


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

    def erase(self, user_id: str) -> None:
        """Deletes a user's collection, and overwrites what Chroma's files still hold of it.

        Chroma keeps ids and vectors in free pages of its database, and the directories of deleted
        collections.
        """
        with self._calls:
            self.drop(user_id)
            # Another SQLite must not open the file beside Chroma's own in this process.
            self.close()
            with closing(sqlite3.connect(self._directory / _DATABASE)) as connection:
                connection.execute("VACUUM")
                used = {each for (each,) in connection.execute("SELECT id FROM segments")}
            for found in self._directory.iterdir():
                if found.is_dir() and found.name not in used:
                    shutil.rmtree(found, ignore_errors=True)

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
