"""What `penchant bench elicit` prints."""

from __future__ import annotations

import math

from penchant.models.hash_embedder import HashEmbedder
from penchant.tui.bench.elicit import measure_elicit


def test_every_figure_is_there() -> None:
    report = measure_elicit(rounds=2, embedder=HashEmbedder())
    assert set(report.figures) == {"eig1000_ms", "eubo1000_ms", "next_question_ms"}
    assert all(math.isfinite(value) and value > 0 for value in report.figures.values())
    assert {"median_ms", "p95_ms", "what"} <= set(report.rows[0])
