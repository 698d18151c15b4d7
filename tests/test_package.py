"""The package as it is shipped: what a wheel holds, what a name costs, what is exported."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import penchant

ROOT = Path(penchant.__file__).parent
FOLDERS = ("agent", "memory", "models", "policies", "simulators", "tui")
SHIPPED = (".py", ".toml", ".yaml", ".md", ".tcss", ".css", ".jinja")


def _tree() -> set[str]:
    """Files of the package, as a wheel names them."""
    found = set()
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in SHIPPED and "__pycache__" not in file.parts:
                found.add("penchant/" + file.relative_to(ROOT).as_posix())
    for file in ROOT.glob("*.py"):
        found.add(f"penchant/{file.name}")
    return found | {"penchant/py.typed"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "penchant"
    _copy_tracked(source)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", target, source],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = target.glob("*.whl")
    return built


def _copy_tracked(source: Path) -> None:
    """Copies what a checkout holds, so that building leaves nothing behind in this one."""
    names = [*_tree()]
    for name in names:
        file = ROOT / name.removeprefix("penchant/")
        target = source / name.removeprefix("penchant/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())


def test_a_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    version = penchant.__version__
    info = f"penchant-{version}.dist-info"
    assert {name.split("/")[0] for name in names} == {"penchant", info}
    assert {name for name in names if name.startswith("penchant/")} == _tree()


def test_a_wheel_installs_and_its_command_runs(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", place], check=True, capture_output=True)
    python = place / "bin" / "python"
    packages = Path(_run(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
    before = {path.name for path in packages.iterdir()}
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    installed = {path.name for path in packages.iterdir()} - before
    assert installed == {"penchant", f"penchant-{penchant.__version__}.dist-info"}
    # Dependencies come from the environment that runs the tests; a path alone brings no
    # editable install along.
    (packages / "dependencies.pth").write_text(str(_site_packages()) + "\n")
    home = str(packages / "penchant")
    assert _run(python, "-c", "import penchant; print(penchant.__path__[0])").strip() == home
    command = place / "bin" / "penchant"
    assert "chat" in _run(command, "--help")
    assert _run(command, "--version").strip().endswith(penchant.__version__)
    models = _run(command, "models", "list", "--json")
    assert "smollm2-135m" in models
    added = _run(command, "memory", "list", "--user", "ana", "--home", tmp_path / "h", "--json")
    assert added.strip().startswith("{")


def _run(*command: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _site_packages() -> Path:
    return Path(importlib.import_module("pydantic").__file__ or "").parent.parent


def test_every_folder_is_listed_as_a_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    there = {"penchant"} | {
        ".".join(("penchant", *file.parent.relative_to(ROOT).parts))
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("__init__.py")
    }
    assert listed == there


@pytest.mark.parametrize("name", ["", *(f".{folder}" for folder in FOLDERS)])
def test_what_is_exported_is_there(name: str) -> None:
    module = importlib.import_module(f"penchant{name}")
    assert module.__doc__
    for each in getattr(module, "__all__", []):
        assert getattr(module, each) is not None


def test_import_penchant_loads_nothing_heavy() -> None:
    code = "import sys, penchant, penchant.tui.cli; print('\\n'.join(sys.modules))"
    loaded = set(_run(sys.executable, "-c", code).split())
    heavy = {
        "torch",
        "chromadb",
        "litellm",
        "sentence_transformers",
        "textual",
        "langgraph",
        "sqlalchemy",
        "numpy",
        "onnxruntime",
    }
    assert loaded & heavy == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        penchant.nothing  # noqa: B018
