"""What `penchant doctor` looks at.

Nothing here shows a secret, or uses the network but to ask the servers that the settings name.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import ConfigError, MemoryStoreError, ModelError, StoreLockedError

if TYPE_CHECKING:
    from ..config import Settings

__all__ = ["Check", "examine"]

PROVIDER_KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
}
_PACKAGES = ("chromadb", "langgraph", "litellm", "onnxruntime", "textual", "torch", "xllamacpp")
_LOW_DISK = 500 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at.

    Attributes:
        name: What was looked at.
        state: "problem" stops something needed, "note" is worth knowing.
        detail: What was found.
        fix: What to do about a problem; empty if there is nothing to do.
    """

    name: str
    state: Literal["ok", "note", "problem"]
    detail: str
    fix: str = ""


def examine(*, home: Path | None = None, model: str | None = None) -> list[Check]:
    """Looks at everything that Penchant needs on this machine."""
    from ..config import Settings

    checks = [_python(), *_versions()]
    try:
        settings = Settings.load(home=home, model=model)
    except ConfigError as error:
        return [*checks, Check(name="settings", state="problem", detail=str(error), fix="mend it")]
    checks.append(Check(name="chat model", state="ok", detail=settings.model))
    for name, path in (("home", settings.home), ("cache", settings.cache)):
        checks += _directory(name, path)
    checks += [
        *_models(settings),
        *_local_server(settings),
        _embedder(settings),
        _store(settings),
        _database(settings),
        _index(settings),
        _terminal(),
        _keys(settings),
    ]
    return checks


def _python() -> Check:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check(name="python", state="ok", detail=detail)


def _versions() -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, version

    from .. import __version__

    found, missing = [], []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    yield Check(name="versions", state="ok", detail=f"penchant {__version__}, " + ", ".join(found))
    # xllamacpp is an extra, and is judged with the chat model.
    for package in missing:
        if package != "xllamacpp":
            yield Check(
                name="versions",
                state="problem",
                detail=f"{package} is not installed",
                fix="python -m pip install 'penchant[local]'",
            )


def _directory(name: str, path: Path) -> Iterator[Check]:
    existing = next(p for p in (path, *path.parents) if p.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        yield Check(
            name=name,
            state="problem",
            detail=f"{path} cannot be written",
            fix=f"set PENCHANT_{name.upper()} to a directory that can",
        )
        return
    free = shutil.disk_usage(existing).free
    detail = f"{path}, {free / 1e9:.1f} GB free"
    if free < _LOW_DISK:
        yield Check(name=name, state="problem", detail=detail, fix="make room on this disk")
    else:
        yield Check(name=name, state="ok", detail=detail)


def _models(settings: Settings) -> Iterator[Check]:
    from ..models.store import ModelStore, needed

    store = ModelStore(settings.models_dir)
    wanted = needed(settings, store=store)
    for info in store.list():
        if info.installed:
            yield Check(name="model", state="ok", detail=f"{info.name}: here and verified")
        else:
            yield Check(
                name="model",
                state="problem" if info.name in wanted else "note",
                detail=f"{info.name}: not here ({info.size / 1e6:.0f} MB, {info.purpose})",
                fix=f"penchant models pull {info.name}" if info.name in wanted else "",
            )


def _local_server(settings: Settings) -> Iterator[Check]:
    from importlib.util import find_spec

    if not settings.model.startswith("local/"):
        return
    if find_spec("xllamacpp") is None:
        yield Check(
            name="xllamacpp",
            state="problem",
            detail=f"not installed, and {settings.model!r} runs on it",
            fix="python -m pip install 'penchant[local]', or choose a provider's model",
        )
    else:
        yield Check(name="xllamacpp", state="ok", detail="installed")


def _embedder(settings: Settings) -> Check:
    from ..models.embedder import open_embedder

    try:
        embedder = open_embedder(settings)
        dimension = embedder.embed(["a text"]).shape[1]
    except ModelError as error:
        return Check(
            name="embedder",
            state="problem",
            detail=str(error),
            fix=f"penchant models pull {settings.embedder}",
        )
    return Check(name="embedder", state="ok", detail=f"{embedder.id}, {dimension} dimensions")


def _store(settings: Settings) -> Check:
    from ..memory.lock import WriterLock

    if not settings.home.exists():
        return Check(name="store", state="ok", detail="none yet; the first chat makes it")
    try:
        WriterLock(settings.home).release()
    except StoreLockedError as error:
        return Check(name="store", state="note", detail=str(error))
    except OSError as error:
        return Check(
            name="store", state="problem", detail=str(error), fix="check the rights of the home"
        )
    return Check(name="store", state="ok", detail="free for writing")


def _database(settings: Settings) -> Check:
    from ..memory.database import open_truth

    try:
        truth = open_truth(settings.home, settings.database_url, read_only=True)
    except (ConfigError, MemoryStoreError) as error:
        return Check(
            name="database", state="problem", detail=str(error), fix="mend it, or database_url"
        )
    truth.close()
    kind = "SQLite" if settings.database_url is None else "PostgreSQL"
    return Check(name="database", state="ok", detail=f"{kind}: {truth.name} answers")


def _index(settings: Settings) -> Check:
    from ..memory.index import open_index

    index = open_index(settings.home, settings.index_url, str)
    if settings.index_url is None:
        # Opening it is left to the one process that may.
        made = "" if index.exists else ", made when it is first needed"
        return Check(name="index", state="ok", detail=f"{index.name}{made}")
    try:
        index.check()
    except MemoryStoreError as error:
        return Check(
            name="index",
            state="problem",
            detail=f"{error}; until then the store is searched instead",
            fix="start it, or mend index_url",
        )
    return Check(name="index", state="ok", detail=f"{index.name} answers")


def _terminal() -> Check:
    on_terminal = all(s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr))
    size = shutil.get_terminal_size()
    term, encoding = os.environ.get("TERM", "not set"), sys.stdout.encoding
    detail = f"TERM {term}, {size.columns}x{size.lines}, {encoding}"
    if not on_terminal or term == "dumb":
        return Check(name="terminal", state="note", detail=f"{detail}; chat goes by lines here")
    if size.columns < 80 or size.lines < 24:
        return Check(name="terminal", state="note", detail=f"{detail}; 80x24 is more comfortable")
    return Check(name="terminal", state="ok", detail=detail)


def _keys(settings: Settings) -> Check:
    present = [name for name in PROVIDER_KEYS.values() if os.environ.get(name)]
    detail = "present: " + (", ".join(present) or "none")
    wanted = PROVIDER_KEYS.get(settings.model.partition("/")[0])
    if wanted is not None and wanted not in present and settings.api_base is None:
        return Check(
            name="keys",
            state="problem",
            detail=f"{detail}; {settings.model!r} needs {wanted}",
            fix=f"export {wanted}=…, or use a local model",
        )
    return Check(name="keys", state="ok", detail=detail)
