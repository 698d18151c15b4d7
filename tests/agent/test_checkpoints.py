"""What checkpoints hold, and that nothing of a user is left in any file once it is erased."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penchant.agent.checkpoints import (
    CHECKPOINTS,
    erase_checkpoints,
    open_checkpoints,
    thread_id,
)
from penchant.errors import MemoryStoreError, NotFoundError, SessionBusyError

if TYPE_CHECKING:
    from conftest import Agents

DINNER = "Any ideas for dinner tonight with zebrafruit?"
REQUEST = "Write a short poem about rain."


def threads(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / CHECKPOINTS)) as connection:
        return {
            thread
            for table in ("checkpoints", "writes")
            for (thread,) in connection.execute(f"SELECT thread_id FROM {table}")
        }


def files_with(home: Path, phrase: str) -> list[str]:
    wanted = [phrase.encode(), phrase.encode("utf-16-le")]
    return [
        str(file.relative_to(home))
        for file in sorted(home.rglob("*"))
        if file.is_file() and any(each in file.read_bytes() for each in wanted)
    ]


def test_checkpoints_hold_only_open_turns(agents: Agents) -> None:
    agent = agents()
    home = agent.settings.home
    agent.send(REQUEST)
    assert threads(home) == set()
    question = agent.send(DINNER).question
    assert threads(home) == {thread_id("ana", agent.session_id)}
    assert "checkpoints.db" in files_with(home, "zebrafruit")
    while question is not None:
        question = agent.answer(question, None).question
    assert threads(home) == set()
    assert "checkpoints.db" not in files_with(home, "zebrafruit")


def test_a_message_passes_over_an_open_turn(agents: Agents) -> None:
    agent = agents()
    assert agent.send(DINNER).question
    assert agent.send(REQUEST).text
    assert threads(agent.settings.home) == set()


def test_an_open_choice_is_kept_until_the_pick(agents: Agents) -> None:
    agent = agents()
    choosing = agent.send(REQUEST, offer_choice=True).choosing
    assert choosing is not None
    assert threads(agent.settings.home) == {thread_id("ana", agent.session_id)}
    agent.choose(choosing, 0)
    assert threads(agent.settings.home) == set()


def test_turns_that_fail_or_are_left_leave_nothing(agents: Agents) -> None:
    agent = agents()
    events = agent.stream(REQUEST)
    next(events)
    events.close()
    assert threads(agent.settings.home) == set()

    def failing(_messages, _schema):  # type: ignore[no-untyped-def]
        raise RuntimeError("broken")

    broken = agents(answering=failing)
    with pytest.raises(RuntimeError, match="broken"):
        broken.send(REQUEST)
    assert threads(agent.settings.home) == set()


def test_erasing_leaves_no_byte_of_it_in_any_file(agents: Agents) -> None:
    agent, other = agents(), agents("ana2")
    home = agent.settings.home
    agent.send("I love quinceblossom tea.")
    agent.send("I hate quinceblossom jam.")
    reply = agent.send("Write a poem about quinceblossom.")
    agent.edit(reply, "Quinceblossom: a quinceblossom.")
    agent.memory.add("likes quinceblossom soap", scope="gifts")
    agent.memory.search("quinceblossom")
    assert agent.send("Any ideas for dinner with quinceblossom?").question
    assert other.send(DINNER).question
    assert {"memory.db-wal", "checkpoints.db"} <= set(files_with(home, "quinceblossom"))

    assert agent.erase() >= 3

    assert files_with(home, "quinceblossom") == []
    assert files_with(home, "Quinceblossom") == []
    assert agent.memory.get_all() == []
    assert agent.sessions() == []
    assert agent.turns() == []
    assert agent.pending is None
    assert other.pending is not None
    assert agent.send(REQUEST).text
    agent.close()
    other.close()
    assert files_with(home, "quinceblossom") == []


async def test_the_async_twins_erase_too(agents: Agents) -> None:
    agent = agents()
    assert (await agent.asend(DINNER)).question
    await agent.adelete_session(agent.session_id)
    assert files_with(agent.settings.home, "zebrafruit") == []
    await agent.asend("I love jazz.")
    assert await agent.aerase() == 1


def test_nothing_is_erased_under_a_running_turn(agents: Agents) -> None:
    agent = agents()
    events = agent.stream(REQUEST)
    next(events)
    with pytest.raises(SessionBusyError):
        agent.erase()
    events.close()


def test_deleting_a_session_takes_its_open_question(agents: Agents) -> None:
    first, second = agents(), agents()
    asked = first.send(DINNER)
    assert asked.question
    assert second.send(DINNER).choosing or second.pending
    second.delete_session(first.session_id)
    assert threads(first.settings.home) == {thread_id("ana", second.session_id)}
    second.delete_session(second.session_id)
    assert second.pending is None
    assert files_with(first.settings.home, "zebrafruit") == []
    with pytest.raises(NotFoundError):
        second.delete_session("nowhere")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """A checkpoint file with threads of users whose names resemble each other."""
    with closing(sqlite3.connect(tmp_path / CHECKPOINTS)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for table in ("checkpoints", "writes"):
            connection.execute(f"CREATE TABLE {table} (thread_id TEXT, value TEXT)")
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?)",
                [
                    (thread_id(user, session), f"secret of {user}, {session}")
                    for user in ("user1", "user10", "user", "USER1", "user1 b", "user_", "usér1")
                    for session in ("s", "s1")
                ],
            )
        connection.commit()
        yield tmp_path


def test_only_the_named_user_or_session_is_erased(kept: Path) -> None:
    before = threads(kept)
    assert erase_checkpoints(kept, "user1", "s") == 1
    assert before - threads(kept) == {thread_id("user1", "s")}
    assert erase_checkpoints(kept, "user1") == 1
    assert before - threads(kept) == {thread_id("user1", "s"), thread_id("user1", "s1")}
    assert erase_checkpoints(kept, "user_") == 2
    assert erase_checkpoints(kept, "us%") == 0
    # Another connection has the file open all the while.
    assert files_with(kept, "secret of user1,") == []
    assert files_with(kept, "secret of user10,")


def test_nothing_there_is_nothing_to_erase(tmp_path: Path) -> None:
    assert erase_checkpoints(tmp_path, "ana") == 0
    assert list(tmp_path.iterdir()) == []
    with closing(sqlite3.connect(tmp_path / CHECKPOINTS)) as connection:
        connection.execute("CREATE TABLE other (x)")
    assert erase_checkpoints(tmp_path, "ana", "s") == 0


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS).write_bytes(b"no database" * 1000)
    with pytest.raises(MemoryStoreError, match="delete the file"):
        erase_checkpoints(tmp_path, "ana")


async def test_a_damaged_file_fails_a_turn_by_name(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS).write_bytes(b"no database" * 1000)
    with pytest.raises(MemoryStoreError, match=r"open turns.*checkpoints\.db.*delete the file"):
        async with open_checkpoints(tmp_path, None):
            pass


async def test_many_turns_make_the_file_at_once(tmp_path: Path) -> None:
    async def turn() -> None:
        async with open_checkpoints(tmp_path / "new", None) as saver:
            assert await saver.aget({"configurable": {"thread_id": "ana"}}) is None

    await asyncio.gather(*(turn() for _ in range(40)))
