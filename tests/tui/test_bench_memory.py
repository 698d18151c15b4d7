"""What `penchant bench memory` prints, and that it counts what it says."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from penchant.models import HashEmbedder
from penchant.tui.bench.events import calls_per_event
from penchant.tui.bench.memory import measure_memory


def test_every_figure_is_there_and_finite() -> None:
    report = measure_memory(
        preferences=40, users=4, each=10, rounds=2, seed=3, embedder=HashEmbedder()
    )
    assert set(report.figures) == {
        "recall_p50_ms",
        "recall_p95_ms",
        "recall_scale_ratio",
        "add_p50_ms",
        "import_per_s",
        "llm_calls_per_event",
    }
    assert all(math.isfinite(value) for value in report.figures.values())
    assert report.figures["recall_p50_ms"] <= report.figures["recall_p95_ms"]
    assert report.figures["llm_calls_per_event"] <= 1
    assert report.command == (
        "penchant bench memory --preferences 40 --users 4 --each 10 --rounds 2 --seed 3"
    )
    recalls = [row for row in report.rows if str(row["what"]).startswith("recall, first")]
    assert [(row["users"], row["memories"], row["count"]) for row in recalls] == [
        (1, 40, 2),
        (4, 40, 2),
    ]
    (added,) = [row for row in report.rows if row["what"] == "add"]
    assert added["count"] == 40


@pytest.mark.usefixtures("minilm")
def test_each_kind_of_event_is_counted(tmp_path: Path) -> None:
    counted = calls_per_event(tmp_path / "agent")
    assert counted.keys() >= {"statement", "edit", "rating", "command", "reaction", "choice"}
    # A statement that rules read costs nothing, and an edit that measures do not explain one call.
    assert counted["statement"] == counted["rating"] == 0
    assert counted["edit"] == 1
    assert max(counted.values()) <= 1
