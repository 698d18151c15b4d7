"""The truth on PostgreSQL: addresses and rights, many machines, restarts, the order of ids."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from penchant import Settings
from penchant.errors import (
    ConfigError,
    InputError,
    MemoryStoreError,
    NotFoundError,
    ReadOnlyError,
    StoreLockedError,
)
from penchant.memory import Context, Evidence, Memory, Statement
from penchant.memory.migrations import HEAD
from penchant.models.hash_embedder import HashEmbedder

DOWN = "postgresql://ana:hush%40@127.0.0.1:1/truth"

pytestmark = pytest.mark.usefixtures("named_by_index")

Open = Callable[..., Memory]


def descriptions(found: list[Any]) -> list[str]:
    return [getattr(each, "preference", each).description for each in found]


@pytest.fixture
def machine(open_memory: Open, postgres_url: str, tmp_path: Path) -> Open:
    """Opens a store of one database, each time with another home."""
    homes: list[Path] = []

    def open_another(**options: Any) -> Memory:
        homes.append(tmp_path / f"machine{len(homes)}")
        options = {"home": homes[-1], "database": postgres_url} | options
        memory = open_memory(**options)
        return memory

    return open_another


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "hush",
            "mysql://ana:hush@h/db",
            "postgresql+asyncpg://ana:hush@h/d",
            "postgresql://h:x/d",
        ],
    )
    def test_a_malformed_one_is_refused_without_repeating_it(self, machine: Open, url: str) -> None:
        with pytest.raises(ConfigError, match="postgresql://USER") as failed:
            machine(database=url)
        assert "hush" not in str(failed.value)

    def test_in_the_settings_too(self, tmp_path: Path) -> None:
        for given in ({"database_url": "mysql://ana:hush@h/db"}, {"index_url": "ftp://hush@h"}):
            with pytest.raises(ConfigError, match="no such address") as failed:
                Settings.load(home=tmp_path, **given)
            assert "hush" not in str(failed.value)
        assert "hush" not in repr(Settings.load(home=tmp_path, database_url=DOWN))

    def test_a_server_that_is_down(self, machine: Open) -> None:
        with pytest.raises(MemoryStoreError, match=r"127\.0\.0\.1:1/truth.*refused") as failed:
            machine(database=DOWN)
        assert "hush" not in str(failed.value)

    def test_a_wrong_password(self, machine: Open, postgres: Any) -> None:
        url = postgres.url("truth").replace("%2Frd", "hush")
        with pytest.raises(MemoryStoreError, match="authentication failed") as failed:
            machine(database=url)
        assert "hush" not in str(failed.value)

    def test_without_the_driver_the_extra_is_named(
        self, machine: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "psycopg", None)
            with pytest.raises(MemoryStoreError, match=r"penchant\[postgres\]"):
                machine(database=DOWN)

    def test_other_encodings_are_refused(self, machine: Open, postgres: Any) -> None:
        with postgres.connect() as connection:
            connection.execute(
                "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
                " TEMPLATE template0"
            )
        with pytest.raises(MemoryStoreError, match=r"LATIN1.*UTF8"):
            machine(database=postgres.url("latin"))
        with postgres.connect() as connection:
            connection.execute("DROP DATABASE latin")


class TestTables:
    def test_many_machines_may_be_the_first(
        self, postgres: Any, new_database: Callable[[], str], tmp_path: Path
    ) -> None:
        url, failures = postgres.url(new_database()), []

        def work(number: int) -> None:
            try:
                home = tmp_path / f"home{number}"
                with Memory(home, HashEmbedder(256), database=url) as memory:
                    memory.add("ana", f"likes thing{number}")
            except Exception as error:  # noqa: BLE001 - told to the main thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with Memory(tmp_path / "home0", HashEmbedder(256), database=url) as memory:
            assert len(memory.get_all("ana")) == 4

    def test_the_steps_lead_to_the_tables_in_use(self, machine: Open) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        from penchant.memory import schema

        with machine()._engine.connect() as connection:
            ours = {
                "compare_type": True,
                "include_name": lambda name, kind, _parents: (
                    kind != "table" or name in schema.metadata.tables
                ),
                "include_object": lambda _object, name, kind, *_: (
                    kind != "index" or name != "ix_preferences_words"
                ),
            }
            context = MigrationContext.configure(connection, opts=ours)
            assert compare_metadata(context, schema.metadata) == []

    def test_a_store_from_the_future_is_refused(
        self, machine: Open, postgres: Any, new_database: Callable[[], str]
    ) -> None:
        name = new_database()
        machine(database=postgres.url(name)).close()
        with postgres.connect(name) as connection:
            assert connection.execute("SELECT * FROM alembic_version").fetchone() == (HEAD,)
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        for read_only in (False, True):
            with pytest.raises(MemoryStoreError, match="9999"):
                machine(database=postgres.url(name), read_only=read_only)

    def test_read_only_of_nothing_is_empty_and_makes_nothing(
        self, machine: Open, postgres: Any, new_database: Callable[[], str]
    ) -> None:
        name = new_database()
        reader = machine(database=postgres.url(name), read_only=True)
        assert reader.get_all("ana") == []
        assert not reader.home.exists()
        with postgres.connect(name) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
        assert count == 0


class TestRights:
    @pytest.fixture
    def reader_url(self, machine: Open, postgres: Any) -> Iterator[str]:
        machine().add("ana", "likes tea")
        with postgres.connect("truth") as connection:
            connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{postgres.password}'")
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        yield postgres.url("truth", user="reader")
        with postgres.connect("truth") as connection:
            connection.execute("DROP OWNED BY reader")
            connection.execute("DROP ROLE reader")

    def test_a_role_that_may_only_read(self, machine: Open, reader_url: str) -> None:
        reader = machine(database=reader_url, read_only=True)
        assert descriptions(reader.search("ana", "tea")) == ["likes tea"]
        assert descriptions(reader.recall("ana", Context(text="likes tea"))) == ["likes tea"]
        with pytest.raises(ReadOnlyError):
            reader.add("ana", "likes coffee")
        with pytest.raises(MemoryStoreError, match=r"'reader'.*read_only=True"):
            machine(database=reader_url)
        reader.close()

    def test_read_only_is_the_databases_word_too(self, machine: Open) -> None:
        machine().add("ana", "likes tea")
        reader = machine(read_only=True)
        with (
            pytest.raises(MemoryStoreError, match="read-only transaction"),
            reader._read() as connection,
        ):
            connection.execute(text("DELETE FROM preferences"))
        assert len(reader.get_all("ana")) == 1


class TestManyMachines:
    def test_one_home_each(self, machine: Open, tmp_path: Path) -> None:
        first, second = machine(), machine()
        first.add("ana", "likes tea")
        assert descriptions(second.get_all("ana")) == ["likes tea"]
        with pytest.raises(StoreLockedError):
            machine(home=first.home)

    def test_what_one_changes_the_other_recalls(self, machine: Open) -> None:
        first, second = machine(), machine()
        tea = first.add("ana", "likes green tea")
        for memory in (first, second):
            assert descriptions(memory.search("ana", "green tea", limit=1)) == ["likes green tea"]
        second.add("ana", "likes jazz concerts")
        chess = first.add("ana", "plays chess")
        for memory in (first, second):
            assert descriptions(memory.search("ana", "jazz concerts", limit=1)) == [
                "likes jazz concerts"
            ]
            assert descriptions(memory.search("ana", "plays chess", limit=1)) == ["plays chess"]
            assert len(memory.get_all("ana")) == 3
        second.delete("ana", tea.id)
        second.update("ana", chess.id, "plays chess and draughts")
        for memory in (first, second):
            assert "likes green tea" not in descriptions(memory.search("ana", "green tea"))
            assert set(descriptions(memory.get_all("ana"))) == {
                "likes jazz concerts",
                "plays chess and draughts",
            }
            assert memory.verify_index("ana").agrees

    def test_own_writes_need_no_look_at_the_index(
        self, machine: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = machine(), machine()
        first.add("ana", "likes tea")
        first.search("ana", "tea")
        synced: list[str] = []
        opened = type(first._index).open

        def count(index: Any, user_id: str, *rest: Any) -> None:
            synced.append(user_id)
            opened(index, user_id, *rest)

        monkeypatch.setattr(type(first._index), "open", count)
        first.add("ana", "likes coffee")
        assert descriptions(first.search("ana", "coffee", limit=1)) == ["likes coffee"]
        assert synced == []
        second.add("ana", "likes cake")
        first.add("ana", "likes jam")
        assert descriptions(first.search("ana", "cake", limit=1)) == ["likes cake"]
        assert synced == ["ana"]

    def test_events_of_one_user_come_one_after_the_other(self, machine: Open) -> None:
        stores, failures = [machine(), machine()], []

        def work(number: int) -> None:
            try:
                for index in range(15):
                    stores[number % 2].add("ana", f"likes thing{index} very much")
            except Exception as error:  # noqa: BLE001 - told to the main thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        # Said four times, known once: none overtook another between looking and writing.
        assert len(stores[0].get_all("ana")) == 15
        assert len(stores[0].evidence("ana")) == 60
        for store in stores:
            assert len(store.search("ana", "thing", limit=50)) == 15
            assert store.verify_index("ana").agrees

    def test_who_is_erased_and_comes_again_is_new_to_all(self, machine: Open) -> None:
        first, second = machine(), machine()
        second.add("ana", "likes tea")
        assert first.get_all("ana") == second.get_all("ana") != []
        with second._begin() as connection:
            connection.execute(text("DELETE FROM users"))
        second.add("ana", "likes coffee")
        assert descriptions(first.get_all("ana")) == ["likes coffee"]
        assert descriptions(first.search("ana", "likes")) == ["likes coffee"]

    def test_a_server_that_restarts_costs_nothing(self, machine: Open, postgres: Any) -> None:
        memory = machine()
        memory.add("ana", "likes tea")
        with postgres.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'penchant'"
            )
        memory.add("ana", "likes coffee")
        assert len(memory.get_all("ana")) == 2

    def test_a_connection_cut_in_the_middle_keeps_nothing(
        self, machine: Open, postgres: Any
    ) -> None:
        memory = machine()

        def work() -> None:
            with memory._write("ana") as transaction:
                pid = transaction.connection.scalar(text("SELECT pg_backend_pid()"))
                with postgres.connect() as connection:
                    connection.execute("SELECT pg_terminate_backend(%s)", [pid])
                transaction.connection.execute(text("SELECT 1"))

        with pytest.raises(MemoryStoreError, match="try again"):
            work()
        assert memory.users() == []
        memory.add("ana", "likes tea")


class TestText:
    def test_ids_are_ordered_as_bytes_and_lines_alike_on_both(
        self, machine: Open, tmp_path: Path, clock: Any
    ) -> None:
        names = ["a-b", "a_b", "aXb", "B", "a", "\u00e9", "z", "a b", "A"]
        with Memory(tmp_path / "file", HashEmbedder(256), clock=clock) as file:
            server = machine()
            for memory in (file, server):
                for name in names:
                    event = Evidence(
                        id=name, user_id="ana", observation=Statement(text="x"), created_at=clock()
                    )
                    memory.learn("ana", event, [])
                    memory.record(name, Statement(text="x"))
            assert server.users() == file.users() == sorted([*names, "ana"])
            assert list(server.export("ana")) == list(file.export("ana"))
            ids = [json.loads(line)["id"] for line in server.export("ana")]
            assert ids == sorted(names)

    def test_what_no_text_holds_is_not_found(self, machine: Open) -> None:
        memory = machine()
        for strange in ("\x00", "a\ud800", "\x00" * 300):
            with pytest.raises(NotFoundError):
                memory.get("ana", strange)
            with pytest.raises(NotFoundError):
                memory.session("ana", strange)
            assert memory.evidence("ana", kind=strange, session_id=strange) == []

    def test_what_does_not_fit_is_named(self, machine: Open) -> None:
        memory = machine()
        with pytest.raises(InputError, match="at most 256 fit"):
            memory.record("ana", Statement(text="x"), session_id="s" * 300)
        assert memory.evidence("ana") == []
