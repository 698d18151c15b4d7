"""Stores to test; tests marked `backends` run on every kind of truth and of index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penchant.errors import EmbedderError
from penchant.memory import Memory
from penchant.models.hash_embedder import HashEmbedder

BACKENDS = ("sqlite", "postgres", "sqlite+server", "postgres+server")


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where truth and index are; None is in the home."""

    database: str | None = None
    index: str | None = None


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


class NoEmbedder:
    """An embedder whose model has not been pulled; it has the id of the one that will be."""

    id = HashEmbedder(256).id
    dimension = 256

    def embed(self, texts: object) -> object:
        raise EmbedderError("the model 'minilm' is not here; run `penchant models pull minilm`")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder(256)


@pytest.fixture
def no_embedder() -> NoEmbedder:
    return NoEmbedder()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "store"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("backends")
    if marker is not None and "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", marker.args or BACKENDS, indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    truth, _, index = getattr(request, "param", "sqlite").partition("+")
    return Backend(
        database=request.getfixturevalue("postgres_url") if truth == "postgres" else None,
        index=request.getfixturevalue("chroma_url") if index == "server" else None,
    )


@pytest.fixture
def open_memory(
    backend: Backend, home: Path, embedder: HashEmbedder, clock: Clock
) -> Iterator[Callable[..., Memory]]:
    """Opens the test's store, again and again; what is open at the end is closed."""
    opened: list[Memory] = []

    def open_again(*, home: Path = home, embedder: object = embedder, **options: object) -> Memory:
        where = {"database": backend.database, "index": backend.index, "clock": clock}
        memory = Memory(home, embedder, **(where | options))
        opened.append(memory)
        return memory

    yield open_again
    for memory in opened:
        memory.close()


@pytest.fixture
def named_by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the index name memories even where there are so few that all would be compared."""
    monkeypatch.setattr(Memory, "exact_limit", 0)


@pytest.fixture
def memory(open_memory: Callable[..., Memory]) -> Memory:
    return open_memory()
