"""Reports as Markdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.simulators.reports.tables import tables
from penchant.tui.bench.report import Environment, Report

ROWS: list[dict[str, object]] = [
    {"file": "f", "arm": "ours", "gain": 0.25, "gain_low": 0.125, "gain_high": 0.5, "n": 4},
    {"file": "f", "arm": "a|b", "gain": 1.0, "gain_low": 0.5, "gain_high": 2.0, "n": 5},
    {"note": "one\ntwo", "nats": float("nan")},
]


def test_kinds_of_rows_have_tables_of_their_own() -> None:
    first, second = tables(ROWS).split("\n\n| note", 1)
    assert first.splitlines() == [
        "file: f.",
        "",
        "| arm | gain | n |",
        "|---|--:|--:|",
        "| ours | 0.250 (0.125 to 0.500) | 4 |",
        "| a\\|b | 1.000 (0.500 to 2.000) | 5 |",
    ]
    assert second.splitlines()[-1] == "| one two | – |"
    assert tables([]) == ""


def test_what_was_not_there_to_measure_is_a_dash() -> None:
    row = {"recall": None, "recall_low": None, "recall_high": None, "of": 0}
    assert tables([row]).splitlines()[-1] == "| – | 0 |"


def test_rows_that_are_all_alike_keep_their_columns() -> None:
    assert tables([{"a": 1}, {"a": 1}]).splitlines() == ["| a |", "|--:|", "| 1 |", "| 1 |"]


def test_a_report_is_written_besides_being_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(
        command="eval x --seed 3",
        version="1",
        seed=3,
        figures={"accuracy_q5": 0.5},
        rows=ROWS,
        environment=Environment(python="3.11", platform="Linux", machine="m", cpus=2),
    )
    file = tmp_path / "x.md"
    report.print(as_json=False, markdown=file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith(
        "# penchant eval x --seed 3\n\nPenchant 1, seed 3, Python 3.11, Linux, m"
    )
    assert "| accuracy q5 | 0.500 |" in text
    assert "eval x" in capsys.readouterr().out
    report.print(as_json=True)
    assert (
        json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["rows"][2]["nats"] is None
    )
