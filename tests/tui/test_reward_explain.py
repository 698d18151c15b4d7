"""What `penchant reward explain` prints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.tui.cli import app

EMBEDDER = HashEmbedder(32)
WORDS = [
    "river",
    "stone",
    "quiet",
    "green",
    "lamp",
    "carry",
    "soft",
    "bread",
    "window",
    "never",
    "small",
    "bright",
    "walk",
    "table",
]


def text(rng: np.random.Generator, count: int) -> str:
    """So many words in sentences of any length."""
    sentences = []
    while count > 0:
        size = min(count, int(rng.integers(4, 10)))
        sentences.append(" ".join(rng.choice(WORDS, size=size)).capitalize() + ".")
        count -= size
    return " ".join(sentences)


def couples(count: int) -> list[tuple[str, str]]:
    """A short and a long text that differ in all else by chance."""
    rng = np.random.default_rng(0)
    longer = rng.integers(20, 60, size=count)
    return [(text(rng, int(size * rng.uniform(0.45, 0.8))), text(rng, size)) for size in longer]


runner = CliRunner()


@pytest.fixture(autouse=True)
def _hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.models.deferred.DeferredEmbedder", lambda settings: EMBEDDER)


@pytest.fixture
def lived(tmp_path: Path) -> None:
    with Memory(tmp_path / "home", EMBEDDER) as memory:
        for couple in couples(30):
            memory.record("ana", Choice(shown=couple, picked=0), source="chat")
        memory.record("ana", Choice(shown=couples(30)[0], picked=1), source="chat")


@pytest.mark.usefixtures("lived")
def test_beliefs_influences_and_doubts_are_told() -> None:
    result = runner.invoke(app, ["reward", "explain", "--user", "ana"])
    assert result.exit_code == 0, result.output
    for part in (
        "ana: 31 comparisons",
        "prefers shorter texts",
        "What their choices turn on",
        "Against 60 of the agent's own drafts",
        "WRONG WAY ROUND",
        "go in a contradiction: “",
    ):
        assert part in result.output


@pytest.mark.usefixtures("lived")
def test_json_holds_all_of_it() -> None:
    result = runner.invoke(app, ["reward", "explain", "-u", "ana", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["comparisons"] == 31
    assert found["confident"]["length"]["mean"] < 0
    assert {each["attribute"] for each in found["factors"]} >= {"length", "warm"}
    assert found["cycles"][0]["evidence_ids"]


def test_of_a_stranger_it_says_so() -> None:
    result = runner.invoke(app, ["reward", "explain", "--user", "nobody"])
    assert result.exit_code == 0, result.output
    assert "Nothing is known" in result.output


@pytest.mark.usefixtures("lived")
def test_a_prompt_is_bettered_by_phrases_they_like(tmp_path: Path) -> None:
    phrases = ["in warm light", "with fog over the water"]
    file = tmp_path / "edits.txt"
    file.write_text(f"{phrases[1]}\n\n", "utf-8")
    command = [
        "reward",
        "improve",
        "A harbour",
        "-e",
        phrases[0],
        "--edits",
        str(file),
        "-u",
        "ana",
    ]
    result = runner.invoke(app, [*command, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["score"] >= found["before"]
    assert set(found["applied"]) <= set(phrases)
    assert found["prompt"] == ", ".join(["A harbour", *found["applied"]])
    assert runner.invoke(app, command).stdout.startswith(found["prompt"])
    assert runner.invoke(app, command[:3]).exit_code == 2
