"""What `penchant reward discover` prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Discovered, TextFeatures
from penchant.tui.cli import app

runner = CliRunner()


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        "penchant.models.deferred.DeferredEmbedder", lambda settings: HashEmbedder(32)
    )
    rng = np.random.default_rng(0)
    words = ["garden", "engine", "river", "music", "letter"]
    lines = []
    for number in range(80):
        topic = " ".join(rng.choice(words, size=3))
        lines.append(
            {
                "user": f"u{number % 8}",
                "prompt": "",
                "chosen": f"{topic} captain harbour",
                "rejected": f"{topic} judge verdict",
            }
        )
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return file


def test_it_prints_figures_and_writes_features_that_load(pairs: Path, tmp_path: Path) -> None:
    out = tmp_path / "found"
    command = ["reward", "discover", "--data", str(pairs), "--out", str(out)]
    result = runner.invoke(app, [*command, "--features", "6", "--active", "2", "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["figures"]["accuracy_with_features"] > 0.9
    assert printed["provenance"]["pairs"] == 80
    assert printed["seed"] == 0
    first = printed["rows"][0]
    assert set(first["words_more"]) <= {"captain", "harbour"}
    assert first["examples"][0]["more"].endswith("captain harbour")
    features = TextFeatures(HashEmbedder(32), discovered=Discovered.load(out))
    assert first["name"] in features.attributes
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert set(report["people"]) == {f"u{number}" for number in range(8)}
    assert "captain" in report["rows"][0]["examples"][0]["more"]


def test_it_shows_features_with_examples(pairs: Path) -> None:
    result = runner.invoke(
        app, ["reward", "discover", "--data", str(pairs), "--features", "4", "--active", "1"]
    )
    assert result.exit_code == 0, result.output
    assert "captain" in result.stdout
    assert "more: " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--features", "4", "--active", "9"], 2), ([], 1)]
)
def test_unusable_input_is_told(tmp_path: Path, arguments: list[str], code: int) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"user": "a", "prompt": "", "chosen": "x"}', "utf-8")
    result = runner.invoke(app, ["reward", "discover", "--data", str(file), *arguments])
    assert result.exit_code == code
    assert not result.stdout.strip().startswith("{")
