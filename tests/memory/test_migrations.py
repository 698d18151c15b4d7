"""Old stores: what was kept in the tables of any earlier version is there after an update."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from penchant.errors import MemoryStoreError
from penchant.memory import Answer, Context, Memory, Statement
from penchant.memory.migrations import HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BEGUN = datetime(2025, 5, 1, 9, 30, tzinfo=UTC)
Open = Callable[..., Memory]

# What the first version wrote of one user: a preference, the one that replaced it, two events, a
# conversation, a comparison, the history. {0} is the moment, {1} an hour later.
ROWS = """
INSERT INTO users (id, created_at, revision, embedder) VALUES ('ana', '{0}', 7, 'hash-256');
INSERT INTO users (id, created_at, revision, embedder) VALUES ('bo', '{0}', 1, NULL);
INSERT INTO sessions (user_id, id, title, created_at, updated_at)
  VALUES ('ana', 's1', 'dinner', '{0}', '{1}');
INSERT INTO turns (id, user_id, session_id, role, text, created_at)
  VALUES ('t1', 'ana', 's1', 'user', 'I am vegetarian', '{0}');
INSERT INTO evidence (id, user_id, kind, observation, context, session_id, source, created_at)
  VALUES ('e1', 'ana', 'statement', '{{"text": "I am vegetarian", "kind": "statement"}}',
          '{{"text": "dinner", "tags": ["food"]}}', 's1', 'chat', '{0}');
INSERT INTO evidence (id, user_id, kind, observation, context, session_id, source, created_at)
  VALUES ('e2', 'ana', 'answer', '{{"question": "Diet?", "aspect": "diet", "value": "vegan",
          "options": ["vegan", "none"], "kind": "answer"}}', NULL, 's1', 'chat', '{1}');
INSERT INTO preferences (id, user_id, description, polarity, hard, strength, origin, confidence,
    scope, aspect, value, valid_from, valid_to, expires_at, supersedes, revised, vector)
  VALUES ('p1', 'ana', 'is vegetarian', 'like', true, 0.7, 'stated', 0.9, NULL, 'diet',
          'vegetarian', '{0}', '{1}', NULL, NULL, false, NULL);
INSERT INTO preferences (id, user_id, description, polarity, hard, strength, origin, confidence,
    scope, aspect, value, valid_from, valid_to, expires_at, supersedes, revised, vector)
  VALUES ('p2', 'ana', 'is vegan', 'like', true, 0.7, 'stated', 0.9, NULL, 'diet', 'vegan', '{1}',
          NULL, NULL, 'p1', false, NULL);
INSERT INTO preference_evidence (preference_id, evidence_id, position) VALUES ('p1', 'e1', 0);
INSERT INTO preference_evidence (preference_id, evidence_id, position) VALUES ('p2', 'e1', 0);
INSERT INTO preference_evidence (preference_id, evidence_id, position) VALUES ('p2', 'e2', 1);
INSERT INTO changes (id, user_id, at, operation, preference_id, description, reason)
  VALUES ('c1', 'ana', '{0}', 'add', 'p1', 'is vegetarian', 'stated');
INSERT INTO changes (id, user_id, at, operation, preference_id, description, reason)
  VALUES ('c2', 'ana', '{1}', 'retire', 'p1', 'is vegetarian', 'superseded by p2');
INSERT INTO changes (id, user_id, at, operation, preference_id, description, reason)
  VALUES ('c3', 'ana', '{1}', 'add', 'p2', 'is vegan', 'in place of p1');
INSERT INTO comparisons (id, user_id, evidence_id, features_id, vector, weight, target, flip)
  VALUES ('k1', 'ana', 'e2', 'f1', {blob}, 1.0, 1.0, 0.0);
"""


def _make_first(engine: Engine, blob: str) -> None:
    """Makes a store of the first version, with something in it."""
    from alembic import command
    from alembic.config import Config

    from penchant.memory import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        later = BEGUN + timedelta(hours=1)
        rows = ROWS.format(_moment(connection, BEGUN), _moment(connection, later), blob=blob)
        for statement in rows.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


def _moment(connection: Connection, moment: datetime) -> str:
    # As SQLAlchemy writes them.
    sqlite = connection.dialect.name == "sqlite"
    return f"{moment:%Y-%m-%d %H:%M:%S}.000000" if sqlite else moment.isoformat()


@pytest.fixture
def old_store(home: Path) -> Path:
    home.mkdir()
    engine = create_engine(f"sqlite:///{home / 'memory.db'}")
    _make_first(engine, "x'0000803f'")
    engine.dispose()
    return home


def _is_whole(memory: Memory) -> None:
    first, second = memory.get_all("ana", live_only=False)
    assert (first.id, first.evidence_ids, first.valid_to) == ("p1", ("e1",), second.valid_from)
    assert (second.supersedes, second.evidence_ids) == ("p1", ("e1", "e2"))
    assert first.supported_at == BEGUN
    assert second.supported_at == BEGUN + timedelta(hours=1)
    said, answered = memory.evidence("ana")
    assert said.observation == Statement(text="I am vegetarian")
    assert (said.context, said.session_id) == (Context(text="dinner", tags=("food",)), "s1")
    assert answered.observation == Answer(
        question="Diet?", aspect="diet", value="vegan", options=("vegan", "none")
    )
    assert [each.operation for each in memory.history("ana")] == ["add", "retire", "add"]
    assert [each.id for each in memory.chain("ana", "p1")] == ["p1", "p2"]
    assert [each.id for each in memory.get_all("ana", as_of=BEGUN)] == ["p1"]
    assert [each.text for each in memory.turns("ana", "s1")] == ["I am vegetarian"]
    assert memory.comparisons("ana", "f1").vectors.tolist() == [[1.0]]
    assert memory.comparisons("ana", "f1").evidence_ids == ("e2",)
    assert memory.users() == ["ana", "bo"]
    # Words and vectors are made of what was there.
    assert [each.preference.id for each in memory.search("ana", "vegan")] == ["p2"]
    assert memory.reindex("ana") == 1
    assert memory.verify_index("ana").agrees


def test_a_file_of_the_first_version_is_brought_up_to_date(
    old_store: Path, open_memory: Open
) -> None:
    with pytest.raises(MemoryStoreError, match="open it once for writing"):
        open_memory(read_only=True)
    memory = open_memory()
    _is_whole(memory)
    memory.close()
    with closing(sqlite3.connect(old_store / "memory.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_database_of_the_first_version_is_brought_up_to_date(
    postgres: Any, new_database: Callable[[], str], open_memory: Open
) -> None:
    url = postgres.url(new_database())
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    _make_first(engine, r"'\x0000803f'")
    with pytest.raises(MemoryStoreError, match="open it once for writing"):
        open_memory(database=url, read_only=True)
    memory = open_memory(database=url)
    _is_whole(memory)
    memory.close()
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    assert found == HEAD


def test_an_update_that_fails_leaves_the_old_store(
    old_store: Path, open_memory: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _rows(old_store)

    def fail(_connection: object) -> None:
        raise RuntimeError("the power goes")

    with monkeypatch.context() as patch:
        patch.setattr("penchant.memory.words.make_words", fail)
        with pytest.raises(RuntimeError):
            open_memory()
    assert _rows(old_store) == before
    _is_whole(open_memory())


def _rows(home: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(home / "memory.db")) as raw:
        tables = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: raw.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}
