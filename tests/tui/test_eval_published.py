"""`penchant eval` on published sets: what it says without data, and a run from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penchant.tui.cli import app

TALK = [
    {
        "sample_id": "one",
        "conversation": {
            "speaker_a": "Ines",
            "speaker_b": "Bram",
            "session_1_date_time": "1:56 pm on 8 May, 2024",
            "session_1": [
                {"speaker": "Ines", "dia_id": f"D1:{n}", "text": f"I have {thing}."}
                for n, thing in enumerate(("a canoe", "two kites", "an old lamp"), 1)
            ],
        },
        "qa": [
            {"question": "Who has kites?", "answer": "Ines", "category": 4, "evidence": ["D1:2"]}
        ],
    }
]


@pytest.mark.parametrize(
    ("track", "where", "licence"),
    [
        ("elicit", "bayesm", "GPL"),
        ("fewshot", "JinaLeejnl/AlignX", "none stated"),
        ("prefeval", "amazon-science/PrefEval", "CC BY-NC 4.0"),
        ("locomo", "snap-research/locomo", "CC BY-NC 4.0"),
        ("rewardbench", "QiyaoMa/Personalized-RewardBench", "Apache-2.0"),
        ("perma", "PolarisLiu1/PERMA", "Apache-2.0"),
        ("prelude", "gao-g/prelude", "each source has its own"),
    ],
)
def test_a_path_without_data_says_where_to_get_it(
    track: str, where: str, licence: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["eval", track, "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    for part in ("nowhere' does not exist", where, f"licence: {licence}"):
        assert part in result.stderr


def test_no_path_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PENCHANT_DATA", raising=False)
    monkeypatch.setenv("COLUMNS", "500")
    result = CliRunner().invoke(app, ["eval", "locomo"])
    assert result.exit_code == 2
    assert "--data or PENCHANT_DATA" in result.stderr
    assert "CC BY-NC 4.0" in result.stderr


def test_a_run_from_a_file(tmp_path: Path) -> None:
    data = tmp_path / "locomo10.json"
    data.write_text(json.dumps(TALK), "utf-8")
    command = ["eval", "locomo", "--data", str(data), "--arm", "words", "--run"]
    result = CliRunner().invoke(app, [*command, str(tmp_path / "run"), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["figures"] == {"words_recall_5": 1.0, "words_recall_10": 1.0}
    (row,) = [row for row in told["rows"] if row["category"] == "single-hop"]
    assert (row["arm"], row["n"]) == ("words", 1)
