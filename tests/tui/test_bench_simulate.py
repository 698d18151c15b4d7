from __future__ import annotations

from penchant.tui.bench.simulate import measure_simulate


def test_what_is_measured_has_its_published_names() -> None:
    report = measure_simulate(people=20, episodes=100, with_ray=False)
    assert set(report.figures) == {"episodes_per_s", "overhead_ms", "peak_mb"}
    assert all(value > 0 for value in report.figures.values())
    assert {row["what"] for row in report.rows} == {"utility users", "overhead", "memory"}
