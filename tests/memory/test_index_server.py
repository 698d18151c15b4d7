"""The index on a Chroma server: shared by stores, down for a while, compared with the truth."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from penchant.errors import ConfigError, MemoryStoreError
from penchant.memory import Memory, index_server, schema
from penchant.models.hash_embedder import HashEmbedder

pytestmark = pytest.mark.usefixtures("named_by_index")

Open = Callable[..., Memory]


def descriptions(found: list[Any]) -> list[str]:
    return [each.preference.description for each in found]


def collections(memory: Memory) -> set[str]:
    return {each.name for each in memory._index._chroma().list_collections()}


@pytest.mark.parametrize("url", ["hush", "http://", "ftp://h:1", "http://h:x"])
def test_a_malformed_address_is_refused(open_memory: Open, url: str) -> None:
    with pytest.raises(ConfigError, match="http://HOST:PORT"):
        open_memory(index=url)


def test_stores_share_a_server_without_meeting(
    open_memory: Open, chroma_url: str, tmp_path: Path
) -> None:
    stores = [open_memory(home=tmp_path / name, index=chroma_url) for name in ("one", "two")]
    for number, store in enumerate(stores):
        store.add("ana", f"likes tea of store{number}")
        store.search("ana", "tea")
    one, two = stores
    assert len(collections(one)) == 2
    assert descriptions(one.search("ana", "tea")) == ["likes tea of store0"]
    assert one.reindex() == 1
    assert one.delete_all("ana") == 1
    assert len(collections(two)) == 1
    assert two.verify_index().agrees
    assert descriptions(two.search("ana", "tea")) == ["likes tea of store1"]


def test_machines_of_one_truth_share_its_collections(
    open_memory: Open, chroma_url: str, postgres_url: str, tmp_path: Path
) -> None:
    # With truth and index elsewhere, the home holds nothing that two could write.
    first = open_memory(home=tmp_path / "one", index=chroma_url, database=postgres_url)
    again = postgres_url.replace("127.0.0.1", "localhost")
    second = open_memory(home=tmp_path / "one", index=chroma_url, database=again)
    assert not (tmp_path / "one").exists()
    tea = first.add("ana", "likes tea")
    for store in (first, second):
        assert descriptions(store.search("ana", "tea")) == ["likes tea"]
    assert len(collections(first)) == 1
    second.add("ana", "likes coffee")
    first.delete("ana", tea.id)
    for store in (second, first):
        assert descriptions(store.search("ana", "likes")) == ["likes coffee"]
        assert store.verify_index("ana").agrees
    # A handle on a collection that another machine deleted is of no use, and is let go.
    first.delete_all("ana")
    assert second.search("ana", "likes") == []
    second.add("ana", "likes cake")
    assert descriptions(first.search("ana", "likes")) == ["likes cake"]
    assert second.degraded == first.degraded == ""


def test_while_it_is_down_the_truth_answers(
    open_memory: Open, own_chroma: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_server, "_RETRY_S", 0.0)
    memory = open_memory(index=own_chroma.url)
    tea = memory.add("ana", "likes tea")
    assert descriptions(memory.search("ana", "tea")) == ["likes tea"]
    assert memory.degraded == ""
    own_chroma.stop()
    memory.add("ana", "likes coffee")
    assert own_chroma.url in memory.degraded
    assert "truth is searched" in memory.degraded
    memory.delete("ana", tea.id)
    assert descriptions(memory.search("ana", "likes", limit=3)) == ["likes coffee"]
    assert "does not answer" in memory.degraded
    for verb in (memory.reindex, memory.verify_index, lambda: memory.delete_all("ana")):
        with pytest.raises(MemoryStoreError, match=r"does not answer.*index_url"):
            verb()
    # Nothing was erased by halves.
    assert len(memory.get_all("ana")) == 1
    own_chroma.start()
    assert not memory.verify_index("ana").agrees
    assert descriptions(memory.search("ana", "likes", limit=3)) == ["likes coffee"]
    assert memory.degraded == ""
    assert memory.verify_index("ana").agrees


def test_a_server_that_is_down_is_left_alone_for_a_while(
    open_memory: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    asked: list[str] = []

    def refuse(url: str, **_: object) -> None:
        asked.append(url)
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx, "get", refuse)
    monkeypatch.setattr(index_server, "_RETRY_S", 3600.0)
    memory = open_memory(index="http://ana:hush@127.0.0.1:1/base")
    memory.add("ana", "likes tea")
    for _ in range(3):
        assert descriptions(memory.search("ana", "tea")) == ["likes tea"]
    assert len(asked) == 1
    assert "http://127.0.0.1:1/base" in memory.degraded
    assert "hush" not in memory.degraded


@pytest.mark.backends
class TestEveryIndex:
    def test_it_may_be_rebuilt_while_others_search(self, memory: Memory) -> None:
        for number in range(20):
            memory.add("ana", f"likes thing{number}")
        failures: list[BaseException] = []
        done = threading.Event()

        def search() -> None:
            try:
                while not done.is_set():
                    assert descriptions(memory.search("ana", "thing7", limit=1)) == ["likes thing7"]
                    memory.add("ana", "likes thing3")
            except BaseException as error:  # noqa: BLE001 - told to the main thread
                failures.append(error)

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(6):
            memory.reindex("ana" if number % 2 else None)
        done.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(memory.search("ana", "thing", limit=50)) == 20
        assert memory.verify_index().agrees
        assert memory.degraded == ""

    def test_dropped_and_rebuilt_it_finds_the_same(self, memory: Memory) -> None:
        for number in range(40):
            memory.add("ana", f"likes thing{number} and thing{number + 1}")
        memory.add("bo", "likes tea")
        queries = [f"thing{number}" for number in range(0, 40, 5)]
        before = [memory.search("ana", query, limit=3) for query in queries]
        check = memory.verify_index("ana")
        assert (check.preferences, check.indexed, check.neighbours) == (40, 40, 100)
        memory._index.destroy()
        assert memory._index.ids("ana") == set()
        assert not memory.verify_index("ana").agrees
        assert memory.reindex() == 41
        whole = memory.verify_index()
        assert whole.agrees
        assert (whole.users, whole.preferences, whole.found) == (2, 41, 101)
        assert [memory.search("ana", query, limit=3) for query in queries] == before

    def test_what_differs_is_counted_and_mended(self, memory: Memory) -> None:
        added = [memory.add("ana", f"likes thing{number}") for number in range(12)]
        memory.search("ana", "thing")
        memory._index.remove("ana", [added[0].id, added[1].id])
        memory._index.put("ana", {"stray": np.ones(256, np.float32) / 16})
        check = memory.verify_index("ana")
        assert (check.preferences, check.indexed, check.surplus) == (12, 10, 1)
        assert check.found < check.neighbours
        assert not check.agrees
        assert memory.reindex("ana") == 12
        assert memory.verify_index("ana").agrees

    def test_a_crash_before_the_index_followed_is_mended(
        self, open_memory: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        memory = open_memory()
        dropped = memory.add("ana", "plays chess")
        memory.search("ana", "chess")

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(type(memory), "_index_follows", die)
            with pytest.raises(KeyboardInterrupt):
                memory.add("ana", "likes coffee")
            with pytest.raises(KeyboardInterrupt):
                memory.delete("ana", dropped.id)
        assert not memory.verify_index("ana").agrees
        memory.close()
        memory = open_memory()
        assert descriptions(memory.search("ana", "coffee")) == ["likes coffee"]
        assert memory.verify_index("ana").agrees

    def test_another_embedder_is_refused_until_reindexed(
        self, memory: Memory, open_memory: Open
    ) -> None:
        from penchant.errors import EmbedderMismatchError

        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        memory.close()
        for embedder, found, wanted in (
            (HashEmbedder(128), "hash-256", "hash-128"),
            (Grown(), r"hash-256 \(256 numbers\)", r"hash-256 \(64 numbers\)"),
        ):
            other = open_memory(embedder=embedder)
            for call in (
                lambda store=other: store.search("ana", "tea"),
                lambda store=other: store.add("ana", "likes coffee"),
            ):
                with pytest.raises(EmbedderMismatchError, match=f"{found}.*{wanted}.*reindex"):
                    call()
            assert len(other.get_all("ana")) == 1
            other.close()
        other = open_memory(embedder=HashEmbedder(128))
        other.add("bo", "likes cake")
        assert other.reindex() == 2
        assert descriptions(other.search("ana", "tea")) == ["likes tea"]
        assert other.verify_index().agrees

    def test_vectors_of_events_are_of_one_embedder_too(
        self, memory: Memory, open_memory: Open
    ) -> None:
        tea = memory.add("ana", "likes tea")
        with memory._write("ana") as transaction:
            table = schema.evidence
            transaction.connection.execute(table.update().values(vector=b"0" * 1024))
            transaction.connection.execute(
                schema.preferences.delete().where(schema.preferences.c.id == tea.id)
            )
        memory.close()
        other = open_memory(embedder=HashEmbedder(128))
        assert other.reindex() == 0
        with other._read() as connection:
            assert connection.scalar(select(schema.evidence.c.vector)) is None
        other.add("ana", "likes coffee")
        assert descriptions(other.search("ana", "coffee")) == ["likes coffee"]


class Grown:
    """An embedder whose vectors changed their size under its name."""

    id = HashEmbedder(256).id
    dimension = 64

    def embed(self, texts: Any) -> Any:
        return HashEmbedder(64).embed(texts)
