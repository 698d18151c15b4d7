"""What `penchant bench rank` prints."""

from __future__ import annotations

import math

import pytest

from penchant.tui.bench import rank


def test_every_figure_is_there_and_posteriors_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank, "_COMPARISONS", 20)
    report = rank.measure_rank(rounds=1, users=200, items=600)
    assert set(report.figures) == {
        "update_ms",
        "personal_update_ms",
        "rank100_ms",
        "rank10k_ms",
        "load_ms",
        "store_mb_10k_users",
    }
    assert all(math.isfinite(value) and value > 0 for value in report.figures.values())
    assert report.figures["store_mb_10k_users"] < 200
