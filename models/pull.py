"""One pull: brings the files of one model into its directory, source by source."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ChecksumError, DiskSpaceError, ModelStoreError, SourceError
from .catalog import CatalogFile, CatalogModel
from .partfile import PartFile, sha256_of
from .progress import Progress
from .record import Record
from .sources import Source

__all__ = ["Pull"]

_SLACK = 64 << 20


@dataclass(kw_only=True)
class Pull:
    """Fetches what a model lacks; the caller holds the model's lock.

    Attributes:
        name: What the store calls the model.
        model: Its catalogue entry.
        directory: Where its files go.
        sources: Where they come from, best first.
        report: Told what happens.
    """

    name: str
    model: CatalogModel
    directory: Path
    sources: Sequence[Source]
    report: Progress
    _delivering: Source | None = field(default=None, init=False)

    def run(self) -> None:
        """Fetches and records every file that is not here and verified.

        Raises:
            ChecksumError: The bytes delivered are not the catalogue's; they were removed.
            DiskSpaceError: The disk cannot hold the model.
            SourceError: No source delivers; the message gives each one's reason.
            OSError: A file cannot be written.
        """
        record = Record(self.directory)
        for file in self.model.files:
            if record.holds(file.name, file.sha256):
                continue
            target = self.directory / file.name
            if _size(target) != file.size or sha256_of(target) != file.sha256:
                self._check_space()
                target.parent.mkdir(parents=True, exist_ok=True)
                self._obtain(file)
            record.add(file.name, file.sha256)

    def _check_space(self) -> None:
        here = sum(
            max(_size(self.directory / file.name), _size(self._part(file)))
            for file in self.model.files
        )
        export = 0 if self.model.export is None else self.model.files[0].size
        wanted = max(self.model.size + export - here, 0) + _SLACK
        free = shutil.disk_usage(self.directory).free
        if free < wanted:
            raise DiskSpaceError(
                f"model {self.name!r} needs {wanted / 1e6:,.0f} MB in {str(self.directory)!r},"
                f" where {free / 1e6:,.0f} MB are free; make room or set PENCHANT_CACHE to another"
                " disk"
            )

    def _obtain(self, file: CatalogFile) -> None:
        """Brings one file here from the first source that has it; what delivered comes first."""
        order = sorted(self.sources, key=lambda source: source is not self._delivering)
        failures: list[ModelStoreError] = []
        for index, source in enumerate(order):
            if source is not self._delivering and not failures:
                self.report.say(f"{self.name}: fetching from {source.title}")
            try:
                self._fetch(file, source)
            except (SourceError, ChecksumError) as error:
                failures.append(error)
                if index + 1 < len(order):
                    self.report.say(f"{self.name}: {error}; trying {order[index + 1].title}")
            else:
                self._delivering = source
                return
        reasons = "; ".join(str(error) for error in failures)
        what = f"cannot get {file.name!r} of model {self.name!r}: {reasons}"
        if any(isinstance(error, ChecksumError) for error in failures):
            raise ChecksumError(f"{what}; pull again, or from another network")
        raise SourceError(f"{what}; check the network and pip's configuration, then pull again")

    def _fetch(self, file: CatalogFile, source: Source) -> None:
        def show(done: int) -> None:
            self.report.show(f"{self.name}/{file.name}", done, file.size)

        path = self._part(file)
        while True:
            with PartFile(path, file, show) as part:
                resumed = part.offset > 0
                source.fetch(file, part)
                found = part.digest()
            if found == file.sha256:
                os.replace(path, self.directory / file.name)
                return
            path.unlink()
            if not resumed:
                raise ChecksumError(
                    f"the SHA-256 of {file.name!r} from {source.title} should be {file.sha256}"
                    f" and is {found}; the file was removed"
                )
            # The wrong bytes may be those kept from before, so the source gets a clean start.
            self.report.say(f"{self.name}: what was left of {file.name} is wrong; starting over")

    def _part(self, file: CatalogFile) -> Path:
        return self.directory / f"{file.name}.part"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
