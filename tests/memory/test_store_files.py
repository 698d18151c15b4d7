"""The store on disk: locks, crashes, migrations, the index."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest

from penchant.errors import (
    EmbedderMismatchError,
    MemoryStoreError,
    ReadOnlyError,
    StoreLockedError,
)
from penchant.memory import Context, Memory
from penchant.memory.ids import SortableIds
from penchant.memory.index import VectorIndex
from penchant.memory.migrations import HEAD
from penchant.models.hash_embedder import HashEmbedder

WRITER = """
import sys
from pathlib import Path
from penchant.memory import Memory
from penchant.models.hash_embedder import HashEmbedder
memory = Memory(Path(sys.argv[1]), HashEmbedder(256))
memory.add("ana", "likes tea")
print("open", flush=True)
sys.stdin.readline()
"""


def descriptions(found):
    return [getattr(each, "preference", each).description for each in found]


class TestLock:
    def test_second_writer_is_told_who_holds_it(self, open_memory, home):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdout.readline().strip() == "open"
            holder = rf"process {other.pid} on {re.escape(platform.node())} .*read_only=True"
            with pytest.raises(StoreLockedError, match=holder):
                open_memory()
            reader = open_memory(read_only=True)
            assert descriptions(reader.search("ana", "tea")) == ["likes tea"]
            assert descriptions(reader.recall("ana", Context(text="likes tea"))) == ["likes tea"]
            other.kill()
        # A holder that died has let go, and what it had acknowledged is there.
        writer = open_memory()
        writer.add("ana", "likes coffee")
        assert set(descriptions(reader.get_all("ana"))) == {"likes tea", "likes coffee"}
        assert set(descriptions(reader.search("ana", "likes"))) == {"likes tea", "likes coffee"}

    def test_same_process(self, memory, open_memory):
        with pytest.raises(StoreLockedError, match="this process"):
            open_memory()
        memory.close()
        open_memory().add("ana", "likes tea")

    def test_read_only_refuses_to_write(self, memory, open_memory):
        added = memory.add("ana", "likes tea")
        reader = open_memory(read_only=True)
        for call in (
            lambda: reader.add("ana", "x"),
            lambda: reader.update("ana", added.id, "x"),
            lambda: reader.delete("ana", added.id),
            lambda: reader.delete_all("ana"),
            lambda: reader.undo("ana", added.id),
            lambda: reader.start_session("ana"),
            lambda: reader.import_("ana", []),
            reader.reindex,
        ):
            with pytest.raises(ReadOnlyError, match="read_only"):
                call()

    def test_read_only_of_nothing_is_empty_and_makes_nothing(self, open_memory, home):
        reader = open_memory(read_only=True)
        assert reader.get_all("ana") == []
        assert reader.recall("ana", Context(text="tea")) == []
        assert not home.exists()

    def test_read_only_media_are_read_without_the_log(self, memory, open_memory, home, monkeypatch):
        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        memory.close()
        files = {file.name for file in home.iterdir()}
        assert not {"memory.db-wal", "memory.db-shm"} & files
        real = os.access
        monkeypatch.setattr(
            os, "access", lambda path, mode, **kw: mode != os.W_OK and real(path, mode, **kw)
        )
        reader = open_memory(read_only=True)
        assert descriptions(reader.search("ana", "tea")) == ["likes tea"]
        assert len(reader.get_all("ana")) == 1
        # Not even the small files beside the log, which such media refuse.
        assert {file.name for file in home.iterdir()} == files

    def test_a_home_whose_name_is_odd(self, open_memory, tmp_path):
        home = tmp_path / "50% of #all? & more"
        for read_only in (False, True):
            memory = open_memory(home=home, read_only=read_only)
            if not read_only:
                memory.add("ana", "likes tea")
            assert descriptions(memory.get_all("ana")) == ["likes tea"]
            memory.close()
        assert (home / "memory.db").exists()

    @pytest.mark.usefixtures("named_by_index")
    def test_a_reader_leaves_the_index_of_a_writer_alone(self, memory, open_memory):
        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        reader = open_memory(read_only=True)
        assert descriptions(reader.search("ana", "tea")) == ["likes tea"]
        assert reader._index._client is None
        with pytest.raises(ReadOnlyError, match="index"):
            reader.verify_index()
        memory.add("ana", "likes coffee")
        assert len(reader.search("ana", "likes")) == 2
        assert memory.verify_index().agrees

    def test_closed(self, memory):
        memory.close()
        memory.close()
        with pytest.raises(MemoryStoreError, match="closed"):
            memory.get_all("ana")


class TestIndex:
    @pytest.fixture(autouse=True)
    def _ask_the_index(self, monkeypatch):
        """Few memories are compared without it."""
        monkeypatch.setattr(Memory, "exact_limit", 0)

    def test_reading_and_adding_need_no_chroma(self, home):
        code = (
            "import sys; from pathlib import Path\n"
            "from penchant.memory import Memory, Context\n"
            "from penchant.models.hash_embedder import HashEmbedder\n"
            f"home = Path({str(home)!r})\n"
            "with Memory(home, HashEmbedder(256)) as memory: memory.add('ana', 'likes tea')\n"
            "with Memory(home, HashEmbedder(256), read_only=True) as memory:\n"
            "    assert memory.search('ana', 'tea')\n"
            "    memory.recall('ana', Context(text='tea'))\n"
            "print('chromadb' in sys.modules, 'alembic' in sys.modules)\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert run.stdout.split() == ["False", "True"]

    def test_a_crash_between_truth_and_index_is_healed(self, open_memory, monkeypatch):
        memory = open_memory()
        kept, dropped = memory.add("ana", "likes tea"), memory.add("ana", "plays chess")
        memory.search("ana", "tea")

        def die(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(type(memory), "_index_follows", die)
            with pytest.raises(KeyboardInterrupt):
                memory.add("ana", "likes coffee")
            with pytest.raises(KeyboardInterrupt):
                memory.delete("ana", dropped.id)
        memory.close()
        memory = open_memory()
        assert kept.id in memory._index.ids("ana")
        memory.search("ana", "tea")
        assert memory._index.ids("ana") == {each.id for each in memory.get_all("ana")}
        assert descriptions(memory.search("ana", "coffee", limit=1)) == ["likes coffee"]
        assert kept.id in {each.id for each in memory.get_all("ana")}

    def test_a_broken_index_falls_back_on_the_truth_and_heals(self, memory, monkeypatch):
        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        with monkeypatch.context() as patch:

            def fail(*_, **__):
                raise RuntimeError("disk I/O error")

            patch.setattr(VectorIndex, "query", fail)
            patch.setattr(VectorIndex, "put", fail)
            memory.add("ana", "likes coffee")
            assert descriptions(memory.search("ana", "coffee", limit=1)) == ["likes coffee"]
        assert descriptions(memory.search("ana", "coffee", limit=1)) == ["likes coffee"]
        assert memory._index.opened("ana")

    def test_reindex_gives_the_same_results(self, memory, home):
        for number in range(30):
            memory.add("ana", f"likes thing{number} and thing{number + 1}")
        memory.add("bo", "likes tea")
        before = memory.search("ana", "thing7", limit=2)
        assert memory.reindex() == 31
        assert memory.search("ana", "thing7", limit=2) == before
        assert memory.reindex("bo") == 1
        assert descriptions(memory.search("bo", "tea")) == ["likes tea"]

    def test_the_index_can_be_deleted(self, memory, open_memory, home):
        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        memory.close()
        for file in sorted((home / "index").rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        assert descriptions(open_memory().search("ana", "tea")) == ["likes tea"]

    def test_another_embedder_is_refused_until_reindexed(self, memory, open_memory):
        memory.add("ana", "likes tea")
        memory.search("ana", "tea")
        memory.close()
        other = open_memory(embedder=HashEmbedder(128))
        for call in (
            lambda: other.search("ana", "tea"),
            lambda: other.recall("ana", Context(text="tea")),
            lambda: other.add("ana", "likes coffee"),
        ):
            with pytest.raises(EmbedderMismatchError, match=r"hash-256.*hash-128.*reindex"):
                call()
        assert descriptions(other.get_all("ana")) == ["likes tea"]
        other.add("bo", "likes cake")
        assert other.reindex() == 2
        assert descriptions(other.search("ana", "tea")) == ["likes tea"]


class TestTruth:
    def test_a_new_store_is_migrated_and_opening_again_changes_nothing(self, memory, home):
        memory.close()
        file = home / "memory.db"
        with sqlite3.connect(file) as raw:
            assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
            assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            before = raw.execute("SELECT sql FROM sqlite_master").fetchall()
        raw.close()
        type(memory)(home, HashEmbedder(256)).close()
        with sqlite3.connect(file) as raw:
            assert raw.execute("SELECT sql FROM sqlite_master").fetchall() == before
        raw.close()

    def test_the_steps_lead_to_the_tables_in_use(self, memory):
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        from penchant.memory import database, schema

        with memory._engine.connect() as connection:
            # The index of words is SQLite's own kind of table.
            ours = {
                "compare_type": True,
                "include_name": lambda name, _kind, _parents: "preferences_words" not in str(name),
            }
            context = MigrationContext.configure(connection, opts=ours)
            assert compare_metadata(context, schema.metadata) == []
        steps = ScriptDirectory(str(database.Path(database.__file__).parent / "migrations"))
        assert steps.get_current_head() == HEAD

    def test_a_store_from_the_future_is_refused(self, memory, open_memory, home):
        memory.close()
        with sqlite3.connect(home / "memory.db") as raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.close()
        with pytest.raises(MemoryStoreError, match="9999"):
            open_memory()
        with pytest.raises(MemoryStoreError, match="9999"):
            open_memory(read_only=True)

    def test_no_database(self, open_memory, home):
        home.mkdir()
        (home / "memory.db").write_bytes(b"not a database at all" * 100)
        with pytest.raises(MemoryStoreError, match="backup"):
            open_memory()

    def test_times_are_exact_and_in_utc(self, memory, clock):
        added = memory.add("ana", "likes tea")
        assert memory.get("ana", added.id).valid_from == clock.now
        assert clock.now.microsecond == 123456
        assert memory.get("ana", added.id).valid_from.tzinfo == UTC

    def test_a_clock_that_steps_back_hides_nothing(self, memory, clock):
        memory.add("ana", "likes tea")
        clock.pass_hours(-5)
        assert len(memory.get_all("ana")) == 1


def test_ids_are_sortable_and_unique():
    make = SortableIds()
    ids = [make() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert UUID(ids[0]).version == 7
    assert abs((UUID(ids[0]).int >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_the_vocabulary_needs_no_database():
    code = (
        "import sys; from penchant.memory import Context, Preference, Profile, as_prompt_data\n"
        "heavy = {'sqlalchemy', 'chromadb', 'numpy', 'alembic', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
