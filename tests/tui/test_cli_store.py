"""Commands on other databases and indexes than the files of the home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from penchant.memory import Memory
from penchant.memory.indexing import IndexCheck
from penchant.tui.cli import app


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))


def cli(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def checks() -> dict[str, dict[str, str]]:
    return {each["name"]: each for each in json.loads(cli("doctor", "--json").stdout)["checks"]}


def test_the_database_of_the_settings_is_used(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str, chroma_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("PENCHANT_DATABASE_URL", postgres_url)
    monkeypatch.setenv("PENCHANT_INDEX_URL", chroma_url)
    assert cli("memory", "add", "is vegan", "--user", "ana").exit_code == 0
    # Another machine, with a home of its own.
    monkeypatch.setenv("PENCHANT_HOME", str(tmp_path / "other"))
    listed = json.loads(cli("memory", "list", "--user", "ana", "--json").stdout)
    assert [each["description"] for each in listed["preferences"]] == ["is vegan"]
    found = checks()
    assert found["database"]["state"] == found["index"]["state"] == "ok"
    assert "PostgreSQL" in found["database"]["detail"]
    assert chroma_url in found["index"]["detail"]
    assert cli("memory", "delete", "--all", "--yes", "--user", "ana").exit_code == 0
    assert not list(tmp_path.rglob("*.db"))


def test_doctor_names_files_by_default() -> None:
    found = checks()
    assert "memory.db" in found["database"]["detail"]
    assert "embedded Chroma" in found["index"]["detail"]


def test_doctor_names_servers_that_are_down_without_their_passwords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PENCHANT_DATABASE_URL", "postgresql://ana:hush@127.0.0.1:1/truth")
    monkeypatch.setenv("PENCHANT_INDEX_URL", "http://ana:hush@127.0.0.1:1")
    assert "hush" not in cli("doctor").output
    found = checks()
    for name in ("database", "index"):
        assert found[name]["state"] == "problem"
        assert "127.0.0.1:1" in found[name]["detail"]
        assert found[name]["fix"]


def test_reindex_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    done = cli("memory", "reindex", "--verify", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["agrees"] is True
    assert "agree" in cli("memory", "reindex", "--verify").stdout
    wrong = IndexCheck(users=1, preferences=4, indexed=3, surplus=1, neighbours=10, found=9)
    monkeypatch.setattr(Memory, "verify_index", lambda *_: wrong)
    failed = cli("memory", "reindex", "--verify")
    assert failed.exit_code == 1
    assert "differ: 3 of 4 there, 1 too many; 9 of 10 nearest found" in failed.stdout
    assert cli("memory", "reindex").exit_code == 0
