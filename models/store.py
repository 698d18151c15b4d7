"""The model store: the catalogue's files on this machine, fetched once and checked."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from filelock import FileLock, Timeout

from ..errors import DiskSpaceError, ModelStoreError
from .catalog import (
    Catalog,
    CatalogModel,
    HubSpec,
    ModelRole,
    PackagesSpec,
    load_catalog,
)
from .export import EXPORTED_FILES, export_onnx
from .packages import PackageSource, Pip
from .partfile import sha256_of
from .progress import Progress, SilentProgress
from .pull import Pull
from .record import Record
from .sources import Hub, HubSource, Source

if TYPE_CHECKING:
    from ..config import Settings

__all__ = ["ModelInfo", "ModelStore", "VerifyResult", "needed"]

_SCRATCH = ".packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """One model of the catalogue, and whether it is here.

    Attributes:
        name: What the store calls it.
        title: The model's own name.
        purpose: What it is for here.
        role: Which part of Penchant runs it.
        licence: SPDX identifier of the weights' licence.
        size: Bytes of its files.
        installed: Whether all of it is here and was verified.
        path: The file, or the directory of a model of several files, once installed.
    """

    name: str
    title: str
    purpose: str
    role: ModelRole
    licence: str
    size: int
    installed: bool
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """What reading one file again showed.

    Attributes:
        model: The model's name.
        file: The file within the model's directory.
        problem: What is wrong with it; None if its bytes are the right ones.
    """

    model: str
    file: str
    problem: str | None

    @property
    def ok(self) -> bool:
        """Whether the bytes are the right ones."""
        return self.problem is None


class ModelStore:
    """Model files in a directory of this machine.

    A file is used only after its SHA-256 was found right; until then it has another name. Several
    processes may use one directory: one of them downloads, the others wait.

    Args:
        directory: Where files are kept; made when first needed.
        catalog: What can be fetched; None takes the catalogue that ships with Penchant.
        hub: How the model hub is reached.
        pip: How Python packages are fetched.
    """

    def __init__(
        self,
        directory: Path,
        *,
        catalog: Catalog | None = None,
        hub: Hub | None = None,
        pip: Pip | None = None,
    ) -> None:
        self.directory = directory
        self.catalog = catalog if catalog is not None else load_catalog()
        self._hub = hub if hub is not None else Hub()
        self._pip = pip if pip is not None else Pip()

    def list(self) -> tuple[ModelInfo, ...]:
        """All models of the catalogue, installed or not, in its order."""
        return tuple(
            ModelInfo(
                name=name,
                title=model.title,
                purpose=model.purpose,
                role=model.role,
                licence=model.licence,
                size=model.size,
                installed=self.installed(name),
                path=self._path(name, model),
            )
            for name, model in self.catalog.models.items()
        )

    def installed(self, name: str) -> bool:
        """Whether all files of a model are here, verified and unchanged since; takes no time.

        Raises:
            ModelStoreError: The catalogue has no such model.
        """
        model = self.catalog.model(name)
        record = Record(self.directory / name)
        return all(record.holds(file.name, file.sha256) for file in model.files) and (
            model.export is None or all(record.holds(file) for file in EXPORTED_FILES)
        )

    def path(self, name: str) -> Path:
        """Where an installed model is: its file, or its directory if it has several.

        Raises:
            ModelStoreError: The model is unknown or not installed.
        """
        model = self.catalog.model(name)
        if not self.installed(name):
            raise ModelStoreError(
                f"model {name!r} is not installed; `penchant models pull {name}` fetches it"
                f" ({model.size / 1e6:,.0f} MB)"
            )
        return self._path(name, model)

    def pull(self, name: str, *, progress: Progress | None = None) -> Path:
        """Makes sure that a model is installed, and fetches what is missing.

        What has arrived when a pull breaks off, even by a kill, is kept, and the next one goes on
        from there.

        Args:
            name: A model of the catalogue.
            progress: Told what happens; None for silence.

        Returns:
            The same as `path`.

        Raises:
            ChecksumError: The bytes delivered are not the catalogue's; they were removed.
            DiskSpaceError: The disk cannot hold the model.
            SourceError: No source delivers; the message gives each one's reason.
            ModelStoreError: The model is unknown, or its files cannot be written or exported.
        """
        model = self.catalog.model(name)
        if self.installed(name):
            return self._path(name, model)
        report = progress if progress is not None else SilentProgress()
        directory = self.directory / name
        with _disk_errors(directory), self._lock(name, report):
            directory.mkdir(parents=True, exist_ok=True)
            self._fetch_files(name, model, report)
            if model.export is not None:
                self._export(name, model, report)
        return self._path(name, model)

    def verify(self, name: str | None = None) -> tuple[VerifyResult, ...]:
        """Reads files again and compares their digests; a wrong file counts as not installed.

        Args:
            name: A model of the catalogue; None takes all of which anything is here.

        Raises:
            ModelStoreError: The catalogue has no such model.
        """
        names = [name] if name is not None else [n for n in self.catalog.models if self._any(n)]
        with _disk_errors(self.directory):
            return tuple(result for n in names for result in self._verify(n))

    def remove(self, name: str) -> int:
        """Deletes a model's files.

        Returns:
            Bytes freed; 0 if nothing was here.

        Raises:
            ModelStoreError: The model is unknown or its files cannot be deleted.
        """
        self.catalog.model(name)
        directory = self.directory / name
        if not directory.exists():
            return 0
        with _disk_errors(directory), self._lock(name, SilentProgress()):
            freed = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
            shutil.rmtree(directory)
        return freed

    def _path(self, name: str, model: CatalogModel) -> Path:
        directory = self.directory / name
        return directory / model.files[0].name if len(model.files) == 1 else directory

    def _any(self, name: str) -> bool:
        directory = self.directory / name
        return any((directory / file.name).exists() for file in self.catalog.model(name).files)

    def _source(self, spec: HubSpec | PackagesSpec, scratch: Path) -> Source:
        match spec:
            case HubSpec():
                return HubSource(spec=spec, hub=self._hub)
            case PackagesSpec():
                return PackageSource(spec=spec, pip=self._pip, scratch=scratch)
            case _:
                assert_never(spec)

    def _fetch_files(self, name: str, model: CatalogModel, report: Progress) -> None:
        directory = self.directory / name
        scratch = directory / _SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            sources = [self._source(spec, scratch) for spec in model.sources]
            Pull(name=name, model=model, directory=directory, sources=sources, report=report).run()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _export(self, name: str, model: CatalogModel, report: Progress) -> None:
        directory = self.directory / name
        record = Record(directory)
        digests = {f: known.sha256 for f, known in record.files.items() if f in EXPORTED_FILES}
        right = [f for f, sha256 in digests.items() if _problem(directory / f, sha256) is None]
        if len(right) < len(EXPORTED_FILES):
            weights = model.files[0]
            identity = f"{name}@{weights.sha256[:8]}"
            digests = export_onnx(directory, weights.name, identity, say=report.say)
        for file, sha256 in digests.items():
            record.add(file, sha256)

    def _verify(self, name: str) -> Iterator[VerifyResult]:
        model = self.catalog.model(name)
        directory = self.directory / name
        record = Record(directory)
        expected: dict[str, str | None] = {file.name: file.sha256 for file in model.files}
        if model.export is not None:
            known = record.files
            expected |= {f: known[f].sha256 if f in known else None for f in EXPORTED_FILES}
        for file, sha256 in expected.items():
            problem = _problem(directory / file, sha256)
            if problem is not None or sha256 is None:
                record.drop(file)
                problem = f"{problem}; `penchant models pull {name}` mends it"
            else:
                record.add(file, sha256)
            yield VerifyResult(model=name, file=file, problem=problem)

    @contextmanager
    def _lock(self, name: str, report: Progress) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.directory / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report.say(f"{name}: another process works on it; waiting")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _problem(path: Path, sha256: str | None) -> str | None:
    if sha256 is None:
        return "it was never verified"
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return None if found == sha256 else f"its SHA-256 should be {sha256} and is {found}"


@contextmanager
def _disk_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskSpaceError(
                f"no space left in {str(directory)!r}; what has arrived is kept:"
                " make room and pull again, or set PENCHANT_CACHE to another disk"
            ) from error
        raise ModelStoreError(
            f"cannot keep models in {str(directory)!r}: {error}; set PENCHANT_CACHE to a directory"
            " that can be written"
        ) from error


def needed(settings: Settings, *, store: ModelStore | None = None) -> tuple[str, ...]:
    """Names the catalogue's models that settings ask for and this machine lacks.

    Args:
        settings: Their `model` and `embedder` are looked at.
        store: Where to look; None takes the settings' own directory.
    """
    store = store if store is not None else ModelStore(settings.models_dir)
    kind, _, chat = settings.model.partition("/")
    wanted = ([chat] if kind == "local" else []) + [settings.embedder]
    return tuple(
        n for n in dict.fromkeys(wanted) if n in store.catalog.models and not store.installed(n)
    )
