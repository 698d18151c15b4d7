"""Open turns on PostgreSQL: kept, resumed elsewhere, and erased, each user's alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penchant import Settings
from penchant.agent.checkpoints import CHECKPOINTS, erase_checkpoints, open_checkpoints, thread_id
from penchant.errors import ConfigError, MemoryStoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Agents

DINNER = "Any ideas for dinner tonight with zebrafruit?"
REQUEST = "Write a short poem about rain."
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings.load(home=tmp_path / "home", database_url=postgres_url)


def threads(postgres: Any) -> set[str]:
    with postgres.connect("truth") as connection:
        return {
            thread
            for table in TABLES
            if connection.execute("SELECT to_regclass(%s)", [table]).fetchone()[0]
            for (thread,) in connection.execute(f"SELECT thread_id FROM {table}")
        }


def test_an_open_question_is_answered_from_another_home(
    agents: Agents, postgres: Any, tmp_path: Path
) -> None:
    agent = agents()
    asked = agent.send(DINNER)
    assert asked.question
    assert threads(postgres) == {thread_id("ana", agent.session_id)}
    assert not (agent.settings.home / CHECKPOINTS).exists()
    assert not (agent.settings.home / "memory.db").exists()
    session_id = agent.session_id
    agents.close()
    agents.settings = agents.settings.model_copy(update={"home": tmp_path / "elsewhere"})
    other = agents(session_id=session_id)
    question = other.pending
    assert question == asked.question
    reply = None
    while question is not None:
        reply = other.answer(question, None)
        question = reply.question
    assert reply is not None
    assert reply.text
    assert threads(postgres) == set()
    assert [turn.role for turn in other.turns()][:2] == ["user", "question"]


def test_erasing_a_user_leaves_no_row_of_theirs(agents: Agents, postgres: Any) -> None:
    agent, other = agents(), agents("ana2")
    agent.send("I love quinceblossom tea.")
    assert agent.send(DINNER).question
    assert other.send(DINNER).question
    assert agent.erase() == 1
    assert threads(postgres) == {thread_id("ana2", other.session_id)}
    other.delete_session(other.session_id)
    assert threads(postgres) == set()


def rows(postgres: Any) -> str:
    with postgres.connect("truth") as connection:
        return "".join(
            str(row) for table in TABLES for row in connection.execute(f"SELECT * FROM {table}")
        )


def test_an_open_question_goes_on_without_what_is_deleted(agents: Agents, postgres: Any) -> None:
    agent = agents()
    agent.memory.add("likes quinceblossom tea with dinner ideas tonight")
    (tea,) = agent.memory.get_all()
    asked = agent.send(DINNER)
    assert [each.id for each in asked.recalled] == [tea.id]
    assert "quinceblossom" in rows(postgres)
    agent.memory.delete(tea.id)
    assert "quinceblossom" not in rows(postgres)
    assert "zebrafruit" in rows(postgres)
    agent.close()
    later = agents(session_id=agent.session_id)
    question = later.pending
    assert question == asked.question
    reply = None
    while question is not None:
        reply = later.answer(question, None)
        question = reply.question
    assert reply is not None
    assert reply.text
    assert reply.recalled == ()
    assert threads(postgres) == set()


def test_strange_text_is_kept(agents: Agents) -> None:
    agent = agents()
    asked = agent.send("Any ideas for dinner, \\u0000 \ud83c\udf72 e\u0301 with C:\\u0000x?")
    assert asked.question
    assert agent.answer(asked.question, "vegan \\u0000").text or agent.pending


def test_a_server_that_restarts_in_a_turn_is_named_and_forgiven(
    agents: Agents, postgres: Any
) -> None:
    def cut_off(messages: Any, schema: Any) -> Any:
        with postgres.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'penchant'"
            )
        return agents.drafting("A poem.", "Another.")(messages, schema)

    with pytest.raises(MemoryStoreError, match="open turns"):
        agents(answering=cut_off).send(REQUEST)
    assert agents().send(REQUEST).text
    assert threads(postgres) == set()


@pytest.fixture
async def kept(postgres: Any, postgres_url: str, tmp_path: Path) -> Any:
    """Threads of users whose names resemble each other."""
    async with open_checkpoints(tmp_path, postgres_url):
        pass
    names = [
        thread_id(user, session)
        for user in ("a_b", "aXb", "a", "a%", "A_B", "a_b c", "a-b", "a_b0", "\u00e4_b")
        for session in ("s", "s1")
    ]
    with postgres.connect("truth") as connection:
        for name in names:
            connection.execute(
                "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint)"
                " VALUES (%s, 'c', '{}')",
                [name],
            )
            connection.execute(
                "INSERT INTO checkpoint_writes"
                " (thread_id, checkpoint_id, task_id, idx, channel, blob)"
                " VALUES (%s, 'c', 't', 0, 'x', '')",
                [name],
            )
    return postgres


def test_only_the_named_user_or_session_is_erased(
    kept: Any, postgres_url: str, tmp_path: Path
) -> None:
    before = threads(kept)
    assert erase_checkpoints(tmp_path, "a_b", "s", database=postgres_url) == 1
    assert before - threads(kept) == {thread_id("a_b", "s")}
    assert erase_checkpoints(tmp_path, "a_b", database=postgres_url) == 1
    assert before - threads(kept) == {thread_id("a_b", "s"), thread_id("a_b", "s1")}
    assert erase_checkpoints(tmp_path, "%", database=postgres_url) == 0
    assert erase_checkpoints(tmp_path, "a%", database=postgres_url) == 2
    assert thread_id("a", "s") in threads(kept)
    assert list(tmp_path.iterdir()) == []


def test_without_tables_there_is_nothing_to_erase(
    postgres: Any, new_database: Callable[[], str], tmp_path: Path
) -> None:
    assert erase_checkpoints(tmp_path, "ana", database=postgres.url(new_database())) == 0


async def test_many_machines_may_make_the_tables(
    postgres: Any, new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = postgres.url(new_database())

    async def work(number: int) -> str:
        async with open_checkpoints(tmp_path, url) as saver:
            config = {"configurable": {"thread_id": thread_id("ana", str(number))}}
            assert await saver.aget_tuple(config) is None
            return str(number)

    assert await asyncio.gather(*(work(number) for number in range(5))) == list("01234")


def test_a_server_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(MemoryStoreError, match=r"127\.0\.0\.1:1/truth.*database_url") as failed:
        erase_checkpoints(tmp_path, "ana", database="postgresql://ana:hush@127.0.0.1:1/truth")
    assert "hush" not in str(failed.value)


def test_one_home_has_one_database(agents: Agents) -> None:
    agents()
    agents.settings = agents.settings.model_copy(update={"database_url": None})
    with pytest.raises(ConfigError, match="database_url"):
        agents()
