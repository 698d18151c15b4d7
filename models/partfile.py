"""A file while it arrives: appended to, counted and hashed, kept when the download breaks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from ..errors import SourceError
from .catalog import CatalogFile

__all__ = ["PartFile", "sha256_of"]

_CHUNK = 1 << 20


class PartFile:
    """What has arrived of a file, open for appending.

    Bytes of an earlier try are kept and hashed anew, so that the digest covers the whole file.

    Args:
        path: Where the bytes are collected; created if missing.
        file: What they must become.
        show: Called with the bytes that are here, whenever there are more.
    """

    def __init__(self, path: Path, file: CatalogFile, show: Callable[[int], None]) -> None:
        self._file = file
        self._show = show
        self._stream = path.open("ab+")
        self._hash = hashlib.sha256()
        self._offset = 0
        self._stream.seek(0)
        while self._offset <= file.size and (chunk := self._stream.read(_CHUNK)):
            self._hash.update(chunk)
            self._offset += len(chunk)
        if self._offset > file.size:
            self.restart()
        show(self._offset)

    def __enter__(self) -> PartFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    @property
    def offset(self) -> int:
        """Bytes that are here."""
        return self._offset

    @property
    def complete(self) -> bool:
        """Whether all bytes are here, right or wrong."""
        return self._offset == self._file.size

    def write(self, data: bytes) -> None:
        """Appends bytes.

        Raises:
            SourceError: They are more than the file has; nothing is kept.
            OSError: They cannot be written.
        """
        if self._offset + len(data) > self._file.size:
            self.restart()
            raise SourceError(f"{self._file.name!r} is longer than {self._file.size:,} bytes")
        self._stream.write(data)
        self._hash.update(data)
        self._offset += len(data)
        self._show(self._offset)

    def expect(self, arrived: int) -> None:
        """Shows bytes that have arrived but are not written yet."""
        self._show(min(self._offset + arrived, self._file.size))

    def restart(self) -> None:
        """Throws away what is here."""
        self._stream.truncate(0)
        self._hash = hashlib.sha256()
        self._offset = 0
        self._show(0)

    def digest(self) -> str:
        """Brings the bytes to the disk and returns their SHA-256 in hexadecimal."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self._hash.hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
