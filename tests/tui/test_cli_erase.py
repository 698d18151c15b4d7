"""`penchant memory erase`: a user goes, the proof is printed, and others stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from penchant.agent import Agent
from penchant.agent.checkpoints import CHECKPOINTS, count_checkpoints
from penchant.config import Settings
from penchant.memory import Memory
from penchant.memory.langgraph import ChromaStore
from penchant.models import FunctionChatModel, HashEmbedder

HOME = "home"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_HOME", str(tmp_path / HOME))
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))


def cli(*args: str) -> Result:
    from penchant.tui.cli import app

    return CliRunner().invoke(app, ["memory", *args])


def draft(_messages: Sequence[Any], _schema: Any) -> str:
    return json.dumps({"drafts": [{"text": "Pasta."}, {"text": "A long roast with dumplings."}]})


@pytest.fixture
def talked(tmp_path: Path) -> Path:
    """A home in which two users have talked, each with a question still open."""
    home = tmp_path / HOME
    for user in ("customer1", "customer10"):
        chat = FunctionChatModel(fn=draft)
        settings = Settings.load(home=home)
        with Agent(user, settings=settings, chat=chat, embedder=HashEmbedder()) as agent:
            agent.memory.add(f"likes zebrafruit as {user} does")
            reply = agent.send(f"Write a short poem about rain for {user}.")
            agent.rate(reply, 1.0)
            assert agent.send(f"Any ideas for dinner tonight for {user}?").question is not None
    return home


def raw(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())


def test_one_goes_with_everything_and_the_other_stays(talked: Path) -> None:
    assert count_checkpoints(talked, "customer1") == count_checkpoints(talked, "customer10") == 1
    before = cli("export", "--user", "customer10").stdout
    done = cli("erase", "--user", "customer1", "--verify", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["user"] == "customer1"
    assert report["verified"] is True
    assert report["left"] == []
    assert report["open_turns"] == 1
    for table in ("users", "sessions", "turns", "evidence", "preferences"):
        assert report["erased"][table] >= 1
    assert report["searched"]["files"] >= 3
    assert report["searched"]["bytes"] > 100_000
    assert b"customer1?" not in raw(talked)
    assert b"as customer1 does" not in raw(talked)
    assert cli("export", "--user", "customer10").stdout == before
    assert count_checkpoints(talked, "customer10") == 1
    assert json.loads(cli("list", "--user", "customer1", "--json").stdout) == {"preferences": []}
    assert "the user was erased" in cli("history", "--user", "customer1").stdout
    again = cli("erase", "--user", "customer1", "--verify")
    assert again.exit_code == 0
    assert "Nothing is left" in again.stdout


def test_what_is_left_is_told_with_exit_code_1(talked: Path) -> None:
    (talked / "backup.txt").write_text("likes zebrafruit as customer1 does")
    done = cli("erase", "--user", "customer1", "--verify")
    assert done.exit_code == 1
    assert "backup.txt: “likes zebrafruit as customer1 does”" in done.stdout
    # Who is gone has nothing to be searched for but the id.
    (talked / "log").write_text("erased customer10 and no-such-user")
    done = cli("erase", "--user", "no-such-user", "--verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["left"] == [{"where": "log", "what": "the user's id"}]


def test_items_of_langgraphs_store_are_told(talked: Path) -> None:
    with Memory(talked, HashEmbedder()) as memory:
        ChromaStore(memory).put(("memories", "customer1"), "k", {"text": "of an app"})
    done = cli("erase", "--user", "customer1", "--verify", "--json")
    assert done.exit_code == 1
    places = [each["where"] for each in json.loads(done.stdout)["left"]]
    assert "table items" in places


def test_without_verify_nothing_is_searched(talked: Path) -> None:
    done = cli("erase", "--user", "customer1", "--json")
    assert done.exit_code == 0
    assert "verified" not in json.loads(done.stdout)
    assert "customer1" in cli("erase", "--user", "customer1").stdout


def test_there_is_no_default_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_USER", "ana")
    assert cli("erase", "--verify").exit_code == 2


def test_a_person_is_asked(monkeypatch: pytest.MonkeyPatch, talked: Path) -> None:
    monkeypatch.setattr("penchant.tui.commands.memory.erasing._asks", lambda: True)
    assert cli("erase", "--user", "customer1").exit_code == 1
    assert json.loads(cli("list", "--user", "customer1", "--json").stdout)["preferences"]
    assert cli("erase", "--user", "customer1", "--yes").exit_code == 0


def test_a_running_chat_is_named(talked: Path) -> None:
    with Memory(talked, HashEmbedder()):
        done = cli("erase", "--user", "customer1", "--verify")
    assert done.exit_code == 1
    assert "already open for writing" in done.stderr


def test_on_servers(monkeypatch: pytest.MonkeyPatch, postgres_url: str, chroma_url: str) -> None:
    monkeypatch.setenv("PENCHANT_DATABASE_URL", postgres_url)
    monkeypatch.setenv("PENCHANT_INDEX_URL", chroma_url)
    assert cli("add", "likes zebrafruit", "--user", "customer1").exit_code == 0
    assert cli("add", "likes zebrafruit", "--user", "customer10").exit_code == 0
    done = cli("erase", "--user", "customer1", "--verify", "--json")
    assert (done.exit_code, json.loads(done.stdout)["left"]) == (0, [])
    assert json.loads(cli("list", "--user", "customer10", "--json").stdout)["preferences"]


def test_checkpoints_that_stay_are_told(talked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.agent.erasing.erase_checkpoints", lambda *_, **__: 0)
    done = cli("erase", "--user", "customer1", "--verify")
    assert done.exit_code == 1
    assert "checkpoints: 1 conversations" in done.stdout
    assert f"{CHECKPOINTS}: " in done.stdout
