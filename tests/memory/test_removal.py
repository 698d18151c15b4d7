"""A user who is erased: nothing is left in tables, index and files, and others keep theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from penchant.errors import InputError, ReadOnlyError
from penchant.memory import Choice, Context, Edit, Memory, PreferenceDraft, Statement
from penchant.memory.langgraph import ChromaStore
from penchant.memory.removal import erasures_of
from penchant.memory.traces import search_bytes
from penchant.models.hash_embedder import HashEmbedder

if TYPE_CHECKING:
    from penchant.memory.traces import Traces

pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("named_by_index")]

Open = Callable[..., Memory]
USERS = ("customer1", "customer10", "Customer1", "customer_1")


def long_text(user: str) -> str:
    """Longer than a page of the database, and odd."""
    return "\n".join(f"paragraph {n} of {user} with “quotes” and 日本" for n in range(500))


def fill(memory: Memory, user: str) -> None:
    """Something of every table, each text naming its user."""
    old = memory.add(user, f"likes walnuts as {user} does", aspect="nut", value=f"walnut {user}")
    memory.update(user, old.id, f"likes almonds as {user} does", scope=f"cakes of {user}")
    context = Context(text=f"breakfast of {user} with “friends”", tags=("food",))
    session = memory.start_session(user, f"breakfast with {user}")
    event = memory.record(
        user,
        Edit(before=f"Dear {user},", after=f"Hi {long_text(user)}"),
        context=context,
        session_id=session.id,
        infer="edit",
        details={"reply": f"reply to {user}"},
    )
    memory.learn(
        user,
        Choice(shown=(f"tea for {user}", f"milk for {user}"), picked=0),
        [PreferenceDraft(description=f"takes tea at {user}'s", origin="inferred")],
    )
    # Near to nothing of others': their names are one word to the embedder.
    memory.add(user, f"collects stamps number {USERS.index(user)}")
    memory.near_evidence(user, Context(text="breakfast"))
    memory.add_turn(user, session.id, "user", long_text(user))
    features = np.linspace(0.1, 1.0, 40, dtype=np.float32) * (1 + len(memory.users()))
    memory.add_comparison(user, event.id, "f1", features, 1.0)
    memory.search(user, "walnuts")
    kept = memory.posterior(user, "f1")
    data = np.random.default_rng(len(memory.users())).bytes(3_000)
    assert memory.keep_posterior(user, "f1", revision=kept.current or 0, basis="b", data=data)


def everything(memory: Memory, user: str) -> list[Any]:
    return [*memory.export(user), memory.search(user, "walnuts"), memory.jobs(user)]


def raw(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())


def test_nothing_is_left_of_one_and_everything_of_the_others(memory: Memory, home: Path) -> None:
    for user in USERS:
        fill(memory, user)
    before = {user: everything(memory, user) for user in USERS[1:]}
    traces = memory.traces("customer1")
    vectors = {each.tobytes() for each in memory._truth_vectors("customer1").values()}
    for user in USERS[1:]:
        vectors -= {each.tobytes() for each in memory._truth_vectors(user).values()}
    assert vectors
    removed = memory.erase("customer1")
    assert removed.preferences == 4
    assert set(removed.rows) >= {
        "users",
        "sessions",
        "turns",
        "evidence",
        "preferences",
        "changes",
        "comparisons",
        "jobs",
        "posteriors",
    }
    scan = memory.remnants("customer1", traces)
    assert scan.left == []
    found = raw(home)
    for text in (b"walnut customer1\x00", b"likes almonds as customer1 does", *vectors):
        assert text not in found
    assert memory.users() == sorted(USERS[1:])
    assert {user: everything(memory, user) for user in USERS[1:]} == before
    for empty in (
        memory.get_all("customer1", live_only=False),
        memory.search("customer1", "walnuts"),
        memory.evidence("customer1"),
        memory.sessions("customer1"),
        memory.jobs("customer1"),
        list(memory.export("customer1")),
    ):
        assert empty == []
    assert memory.verify_index().agrees


def test_that_it_happened_is_known_to_who_knows_the_user(memory: Memory, clock: Any) -> None:
    fill(memory, "customer1")
    memory.erase("customer1")
    (line,) = memory.history("customer1")
    assert (line.at, line.operation, line.description) == (clock(), "delete", "")
    assert "erased" in line.reason
    assert memory.history("customer10") == []
    with memory._read() as connection:
        assert erasures_of(connection, "customer10") == []
    # Who was never there leaves no mark, and who comes again begins anew.
    memory.erase("nobody")
    assert memory.history("nobody") == []
    memory.add("customer1", "likes plums")
    assert [each.operation for each in memory.history("customer1")] == ["delete", "add"]
    assert [each.preference.description for each in memory.search("customer1", "plums")] == [
        "likes plums"
    ]
    memory.erase("customer1")
    assert len(memory.history("customer1")) == 2


def test_what_others_said_too_is_theirs(memory: Memory) -> None:
    for user in ("ana", "bo"):
        memory.learn(
            user,
            Statement(text="I like jazz a lot"),
            [PreferenceDraft(description="likes jazz music")],
        )
        memory.search(user, "jazz")
    traces = memory.traces("ana")
    memory.erase("ana")
    assert memory.remnants("ana", traces).left == []
    assert [each.description for each in memory.get_all("bo")] == ["likes jazz music"]


def test_items_that_name_the_user_are_told(memory: Memory) -> None:
    store = ChromaStore(memory)
    memory.add("ana", "collects secretstamps")
    store.put(("memories", "ana"), "k", {"text": "collects secretstamps"})
    store.put(("memories", "ana2"), "k", {"text": "nothing"})
    store.put(("a_a", "Ana"), "k", {"text": "nothing"})
    traces = memory.traces("ana")
    memory.erase("ana")
    left = memory.remnants("ana", traces).left
    assert ("table items", "1 items in the namespace ('memories', 'ana')") in left
    store.delete(("memories", "ana"), "k")
    assert memory.remnants("ana", traces).left == []


def test_a_user_id_that_is_none_is_refused(memory: Memory) -> None:
    for call in (memory.erase, memory.traces):
        for user in ("", " ", None, 7):
            with pytest.raises(InputError, match="user_id"):
                call(user)  # type: ignore[arg-type]


@pytest.mark.backends("sqlite")
class TestTheProof:
    """It fails where something is left, and says what."""

    @pytest.fixture
    def erased(self, memory: Memory) -> Traces:
        for user in USERS:
            fill(memory, user)
        traces = memory.traces("customer1")
        memory.erase("customer1")
        return traces

    def left(self, memory: Memory, traces: Traces) -> list[str]:
        return [f"{where}: {what}" for where, what in memory.remnants("customer1", traces).left]

    def test_a_file_of_ones_own(self, memory: Memory, home: Path, erased: Traces) -> None:
        (home / "notes").mkdir()
        (home / "notes" / "ana.txt").write_text("She likes almonds as customer1 does.")
        assert any("ana.txt: “likes almonds" in each for each in self.left(memory, erased))

    def test_an_export(self, memory: Memory, home: Path) -> None:
        fill(memory, "customer1")
        lines = list(memory.export("customer1"))
        traces = memory.traces("customer1")
        memory.erase("customer1")
        (home / "export.jsonl").write_text("\n".join(lines))
        told = self.left(memory, traces)
        assert {each.partition(":")[0] for each in told} == {"export.jsonl"}
        assert any("of turns" in each for each in told)

    def test_a_row(self, memory: Memory, home: Path, erased: Traces) -> None:
        memory.add("customer1", "likes walnuts as customer1 does")
        told = self.left(memory, erased)
        assert "table preferences: 1 rows of the user" in told
        assert "index of words: entries of the user" in told

    def test_a_free_page(self, memory: Memory, home: Path, erased: Traces) -> None:
        memory.close()
        with closing(sqlite3.connect(home / "memory.db", isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = OFF")
            database.execute("CREATE TABLE other (text)")
            database.execute("INSERT INTO other VALUES (?)", (long_text("customer1"),))
            database.execute("DROP TABLE other")
        with Memory(home, HashEmbedder(256)) as again:
            assert any(
                "memory.db" in each and "of turns" in each for each in self.left(again, erased)
            )

    def test_the_index(self, memory: Memory, home: Path, erased: Traces) -> None:
        memory.add("customer1", "likes plums")
        memory.search("customer1", "plums")
        assert any("a collection of the user" in each for each in self.left(memory, erased))

    def test_a_reader_keeps_the_log(self, memory: Memory, open_memory: Open, home: Path) -> None:
        fill(memory, "customer1")
        traces = memory.traces("customer1")
        reader = open_memory(read_only=True)
        with reader._read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM preferences").all()
            memory.erase("customer1")
            assert any("memory.db-wal" in each for each in self.left(memory, traces))
        memory.erase("customer1")
        assert self.left(memory, traces) == []

    def test_reading_only(self, memory: Memory, open_memory: Open) -> None:
        fill(memory, "customer1")
        reader = open_memory(read_only=True)
        with pytest.raises(ReadOnlyError):
            reader.erase("customer1")
        assert reader.remnants("customer1", reader.traces("customer1")).left


@pytest.mark.backends("sqlite")
def test_the_search_finds_every_place() -> None:
    rng = np.random.default_rng(5)
    pieces = [rng.bytes(int(n)) for n in rng.integers(8, 60, 200)]
    pieces += [pieces[0][:8] + b"another end", pieces[1][:9]]
    absent = [rng.bytes(20) for _ in range(50)] + [pieces[2][:8] + b"elsewhere"]
    data = bytearray()
    for each in pieces:
        data += rng.bytes(int(rng.integers(0, 30))) + each
    assert search_bytes(bytes(data), {*pieces, *absent}) == set(pieces)
    assert search_bytes(b"", set(pieces)) == search_bytes(b"short", set(pieces)) == set()
    assert search_bytes(bytes(data), set()) == set()


@pytest.mark.backends("sqlite")
def test_text_that_json_escapes_is_found(memory: Memory, home: Path) -> None:
    memory.record("ana", Statement(text="ich mag Grüße aus 日本 sehr"))
    traces = memory.traces("ana")
    (home / "dump").write_text(json.dumps("ich mag Grüße aus 日本 sehr"))
    memory.erase("ana")
    assert [each.where for each in memory.remnants("ana", traces).left] == ["dump"]
