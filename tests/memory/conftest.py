from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penchant.errors import EmbedderError
from penchant.memory import Memory
from penchant.models.hash_embedder import HashEmbedder


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


@pytest.fixture
def open_memory(
    home: Path, embedder: HashEmbedder, clock: Clock
) -> Iterator[Callable[..., Memory]]:
    """Opens the test's store, again and again; what is open at the end is closed."""
    opened: list[Memory] = []

    def open_again(*, embedder: object = embedder, **options: object) -> Memory:
        memory = Memory(home, embedder, clock=clock, **options)
        opened.append(memory)
        return memory

    yield open_again
    for memory in opened:
        memory.close()


@pytest.fixture
def memory(open_memory: Callable[..., Memory]) -> Memory:
    return open_memory()
