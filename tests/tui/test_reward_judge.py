"""What `penchant reward judge` prints and keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penchant.errors import ChatProviderError
from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.fakes import ScriptedChatModel
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.judge.judge import VerdictAnswer
from penchant.tui.cli import app

runner = CliRunner()
FIRST, SECOND, TIE = (
    VerdictAnswer(reason=f"{each} it is", verdict=each)  # type: ignore[arg-type]
    for each in ("first", "second", "tie")
)
Asks = Callable[..., ScriptedChatModel]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Asks:
    def says(*replies: object) -> ScriptedChatModel:
        chat = ScriptedChatModel(replies)  # type: ignore[arg-type]
        monkeypatch.setattr("penchant.models.chat.open_chat", lambda settings: chat)
        return chat

    return says


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    embedder = HashEmbedder(32)
    monkeypatch.setattr("penchant.models.deferred.DeferredEmbedder", lambda settings: embedder)
    with Memory(tmp_path / "home", embedder) as memory:
        memory.add("ana", "likes short replies")
    (tmp_path / "a.txt").write_text("A long text about soup.")
    (tmp_path / "b.txt").write_text("Soup.")
    files = [str(tmp_path / name) for name in ("a.txt", "b.txt")]
    return ["reward", "judge", *files, "--request", "What to eat?", "--user", "ana"]


def kept(tmp_path: Path) -> list[Choice]:
    with Memory(tmp_path / "home", HashEmbedder(32), read_only=True) as memory:
        seen = [each.observation for each in memory.evidence("ana", kind="choice")]
    return [each for each in seen if isinstance(each, Choice)]


def test_the_verdict_of_both_orders_is_told(script: Asks, command: list[str]) -> None:
    chat = script(SECOND, FIRST)
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "B is better" in result.output
    assert "A first: second. second it is" in result.output
    assert "likes short replies" in chat.calls[0].messages[0].content
    assert chat.closed


def test_it_is_kept_as_the_word_of_a_judge(
    script: Asks, command: list[str], tmp_path: Path
) -> None:
    script(SECOND, FIRST)
    result = runner.invoke(app, [*command, "--keep", "--json", "--model", "some/model"])
    printed = json.loads(result.stdout)
    assert (printed["better"], printed["judge"], printed["calls"]) == ("b", "some/model", 2)
    (choice,) = kept(tmp_path)
    assert (choice.shown[0], choice.picked, choice.judge) == ("Soup.", 0, "some/model")
    script(FIRST, FIRST)
    assert runner.invoke(app, [*command, "--keep"]).exit_code == 0
    assert kept(tmp_path)[1].strength == "about the same"


def test_a_rubric_scores_both(script: Asks, command: list[str]) -> None:
    criteria = [{"name": name, "weight": 5} for name in ("brevity", "warmth", "clarity")]
    rubric = json.dumps({"analysis": "short", "criteria": criteria})
    points = [json.dumps({f"criterion_{place}": value for place in (1, 2, 3)}) for value in (3, 9)]
    script(SECOND, FIRST, rubric, *points)
    result = runner.invoke(app, [*command, "--rubric", "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["scores"] == {"a": pytest.approx(3.0), "b": pytest.approx(9.0)}
    assert {each["name"] for each in printed["rubric"]} == {"brevity", "warmth", "clarity"}


def test_a_judge_that_fails_keeps_nothing(script: Asks, command: list[str], tmp_path: Path) -> None:
    script(FIRST, ChatProviderError("the server is gone"))
    result = runner.invoke(app, [*command, "--keep"])
    assert result.exit_code == 1
    assert "the server is gone" in result.output
    assert kept(tmp_path) == []
    script(SECOND, FIRST, ChatProviderError("the server is gone"))
    result = runner.invoke(app, [*command, "--rubric"])
    assert result.exit_code == 1
    assert "there is no rubric" in result.output


def test_of_a_stranger_there_is_nothing_to_judge_by(script: Asks, command: list[str]) -> None:
    script(TIE)
    result = runner.invoke(app, [*command[:-1], "nobody"])
    assert result.exit_code == 1
    assert "nothing to judge by" in result.output
