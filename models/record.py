"""Which files of a model were verified, and how they looked then: kept beside them as JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["Record", "Verified"]

_NAME = ".verified.json"


class Verified(BaseModel):
    """How a file looked when its digest was last computed."""

    model_config = ConfigDict(frozen=True)

    size: int
    mtime_ns: int
    sha256: str


class _Document(BaseModel):
    files: dict[str, Verified] = {}


class Record:
    """The verified files of one model's directory.

    A file that has changed in size or time since it was verified no longer counts, so that asking
    takes no time and a replaced file is noticed. A record that cannot be read is an empty one:
    the files are then verified anew.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            text = (directory / _NAME).read_text(encoding="utf-8")
            self._files = _Document.model_validate_json(text).files
        except (OSError, UnicodeDecodeError, ValidationError):
            self._files = {}

    @property
    def files(self) -> Mapping[str, Verified]:
        """What is recorded, by file name."""
        return self._files

    def holds(self, file: str, sha256: str | None = None) -> bool:
        """Whether a file is as it was when it was verified, and, if given, has this digest."""
        known = self._files.get(file)
        if known is None or (sha256 is not None and known.sha256 != sha256):
            return False
        try:
            found = (self._directory / file).stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (known.size, known.mtime_ns)

    def add(self, file: str, sha256: str) -> None:
        """Notes that a file was just found to have this digest."""
        found = (self._directory / file).stat()
        verified = Verified(size=found.st_size, mtime_ns=found.st_mtime_ns, sha256=sha256)
        if self._files.get(file) != verified:
            self._files[file] = verified
            self._write()

    def drop(self, file: str) -> None:
        """Forgets a file, so that it counts as not verified."""
        if self._files.pop(file, None) is not None:
            self._write()

    def _write(self) -> None:
        fresh = self._directory / f"{_NAME}.new"
        fresh.write_text(_Document(files=self._files).model_dump_json(indent=1), encoding="utf-8")
        os.replace(fresh, self._directory / _NAME)
