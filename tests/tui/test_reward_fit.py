"""What `penchant reward fit` and `penchant reward curves` print and write."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import TextFeatures, load_prior
from penchant.tui.cli import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def _hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "penchant.models.deferred.DeferredEmbedder", lambda settings: HashEmbedder(8)
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Fifteen people who all like it brief, most of the time."""
    rng = np.random.default_rng(0)
    lines = []
    for person in range(15):
        for number in range(8):
            brief = f"Try tea {number}."
            long = f"One might, on reflection, consider tea {number} and {person} at length. " * 2
            texts = [brief, long] if rng.random() < 0.9 else [long, brief]
            lines.append({"user": f"p{person}", "chosen": texts[0], "rejected": texts[1]})
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def test_a_prior_is_fitted_written_and_read_back(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "prior.npz"
    command = ["reward", "fit", "--data", str(data), "--prototypes", "1", "--json"]
    result = runner.invoke(app, [*command, "--out", str(out), "--licence", "CC0-1.0"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["gains"] is True
    assert printed["figures"]["nll_gain_low"] > 0.0
    assert printed["written"] == str(out)
    assert {row["arm"] for row in printed["rows"]} == {
        "default prior",
        "pooled Bradley-Terry",
        "fitted prior",
    }
    saved = load_prior(out, TextFeatures(HashEmbedder(8)))
    assert saved.provenance.licence == "CC0-1.0"
    assert (saved.provenance.people, saved.provenance.comparisons) == (15, 120)
    assert saved.provenance.data == printed["provenance"]["data"]
    assert saved.provenance.held_out["fitted_k0_nll"] == printed["figures"]["fitted_k0_nll"]
    assert "tea" not in out.read_bytes().decode("latin-1")


def test_a_prior_that_is_kept_needs_a_licence_and_a_gain(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "prior.npz"
    command = ["reward", "fit", "--data", str(data), "--prototypes", "1", "--out", str(out)]
    assert runner.invoke(app, command).exit_code == 2
    from penchant.simulators import populations
    from penchant.simulators.statistics import Interval

    fit = populations.fit_people
    monkeypatch.setattr(
        populations,
        "fit_people",
        lambda *a, **k: replace(fit(*a, **k), gain=Interval(0.01, -0.01, 0.03)),
    )
    refused = runner.invoke(app, [*command, "--licence", "CC0-1.0"])
    assert refused.exit_code == 1
    assert "may be chance" in refused.output
    assert not out.exists()
    kept = runner.invoke(app, [*command, "--licence", "CC0-1.0", "--even-so"])
    assert kept.exit_code == 0
    assert out.exists()


@pytest.mark.parametrize(
    ("extra", "code", "says"),
    [
        (["--prototypes", "many"], 2, "neither auto nor"),
        (["--format", "votes"], 1, "format is 'votes'"),
        (["--format", "ratings"], 1, "line 1 of"),
    ],
)
def test_wrong_usage_says_what_is_wrong(data: Path, extra: list[str], code: int, says: str) -> None:
    result = runner.invoke(app, ["reward", "fit", "--data", str(data), *extra])
    assert result.exit_code == code
    assert says in result.output


def test_what_amortising_gained_is_told(data: Path) -> None:
    result = runner.invoke(
        app, ["reward", "fit", "--data", str(data), "--prototypes", "1", "--amortise"]
    )
    assert result.exit_code == 0, result.output
    assert "reading it off the first pairs saves" in result.output


def test_curves_are_printed_and_plotted(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = tmp_path / "curves.html"
    command = ["reward", "curves", "--data", str(data), "--html", str(page), "--json"]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["figures"]["people"] == 15
    assert printed["figures"]["judged_by_several"] == 0
    assert {row["curve"] for row in printed["rows"]} == {
        "people × comparisons",
        "personal against pooled",
    }
    assert "<svg" in page.read_text("utf-8")
    plain = runner.invoke(app, command[:4])
    assert "beats the pooled one" in plain.output


def test_help_names_the_extra_that_plots_need() -> None:
    result = runner.invoke(app, ["reward", "curves", "--help"], env={"COLUMNS": "160"})
    assert "penchant[plots]" in result.output


@pytest.mark.parametrize("command", ["fit", "curves", "discover"])
def test_data_that_is_not_there_or_not_json_is_told(command: str, tmp_path: Path) -> None:
    result = runner.invoke(app, ["reward", command, "--data", str(tmp_path / "gone.jsonl")])
    assert result.exit_code == 1
    assert "gone.jsonl' does not exist" in result.output
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"user": "ada", oops\n', "utf-8")
    result = runner.invoke(app, ["reward", command, "--data", str(broken)])
    assert "line 1 of" in result.output
    assert "is not JSON" in result.output
