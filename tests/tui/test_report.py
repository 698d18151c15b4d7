"""`penchant report`: what it writes and prints, and what it makes of bad input."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from penchant.tui.cli import app


def _writer() -> Callable[..., Path]:
    """What writes runs for the tests of reports."""
    file = Path(__file__).parents[1] / "simulators" / "reports" / "conftest.py"
    spec = importlib.util.spec_from_file_location("report_runs", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: Callable[..., Path] = module.write_run
    return found


write_run = _writer()


def _report(*args: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, args)])


def test_a_page_is_written_beside_the_run_and_a_summary_printed(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run")
    done = _report(directory)
    assert done.exit_code == 0, done.stderr
    page = directory / "report.html"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert f"wrote {page}" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "outing: 4 arms, 48 episodes, seed 0"
    assert lines[1] == "- The wishes were made up."
    assert [line.split("  ")[0] for line in lines[4:]] == ["never ask", "random", "ours", "oracle"]
    assert lines[6].endswith("▲ better")


def test_json_is_one_object_and_writes_nothing(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run")
    done = _report(directory, "--json")
    assert json.loads(done.stdout)["track"] == "outing"
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert not (directory / "report.html").exists()


def test_files_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run")
    page, text = tmp_path / "a.html", tmp_path / "a.md"
    done = _report(directory, "--html", page, "--markdown", text, "--worst", 1)
    assert done.exit_code == 0
    assert page.read_text("utf-8").count('<details class="episode">') == 4
    assert text.read_text("utf-8").startswith("# outing")
    assert not (directory / "report.html").exists()


def test_several_runs_are_compared(tmp_path: Path) -> None:
    one, other = write_run(tmp_path / "one"), write_run(tmp_path / "other", steps=5)
    page = tmp_path / "both.html"
    done = _report(one, other, "--html", page, "--markdown", tmp_path / "both.md")
    assert done.exit_code == 0, done.stderr
    assert "config.steps  4    5      outcome" in done.stdout
    assert "other against one:" in done.stdout
    assert "2 runs beside each other" in page.read_text("utf-8")
    assert json.loads(_report(one, other, "--json").stdout)["pairings"][0]["refused"] is None
    assert not (one / "report.html").exists()


def test_a_run_of_other_people_is_shown_unpaired(tmp_path: Path) -> None:
    done = _report(write_run(tmp_path / "one"), write_run(tmp_path / "other", seed=3))
    assert done.exit_code == 0
    assert "other is not paired with one: users of the same names" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nowhere",), "'nowhere' does not exist; give the directory that a run wrote"),
        ((".",), "'.' holds no config.json, so it is no run"),
        (("run", "run"), "the run 'run' is given twice"),
        (("run", "--html", "no/such/place.html"), "'no/such/place.html' cannot be written"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    write_run(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    done = _report(*args)
    assert done.exit_code == 1
    assert done.stderr.startswith("penchant: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_page_is_opened_if_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    one, other = write_run(tmp_path / "one"), write_run(tmp_path / "other")
    assert _report(one, "--open").exit_code == 0
    assert opened == [str(one / "report.html")]
    done = _report(one, other, "--open")
    assert done.exit_code == 2
    assert "name one with --html" in done.stderr
    assert len(opened) == 1
