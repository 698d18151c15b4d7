"""Scores of a run: denominators, paired gains, and what may be called better."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from penchant.simulators.reports import build_report, load_run
from penchant.simulators.reports.scores import Score, verdict
from penchant.simulators.runner import Episode, EpisodeKey
from penchant.simulators.statistics import Interval

from .conftest import write_run

ARMS = ("base", "other")


def _episode(
    arm: str, user: str, measures: Mapping[str, float | None], task: str = "t", trial: int = 0
) -> Episode:
    return Episode(key=EpisodeKey("outing", arm, user, task, trial), measures=measures)


def _scores(
    directory: Path, episodes: list[Episode], rows: list[dict[str, object]] | None = None
) -> dict[tuple[str, str], Score]:
    write_run(
        directory,
        arms=ARMS,
        episodes=episodes,
        config={"higher_is_better": {"fit": True, "cost": False}},
        summary={"rows": rows or []},
    )
    report = build_report(load_run(directory))
    return {(each.arm, each.measure): each for each in report.scores}


def test_a_gain_is_paired_by_user_task_and_trial(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    episodes, gains = [], []
    for user in range(20):
        level = rng.normal(0, 10)
        gain = 0.5 + rng.normal(0, 0.2)
        gains.append(gain)
        episodes.append(_episode("base", f"u{user}", {"fit": level, "cost": level}))
        episodes.append(_episode("other", f"u{user}", {"fit": level + gain, "cost": level + gain}))
    found = _scores(tmp_path / "run", episodes)
    other = found["other", "fit"]
    assert other.gain is not None
    assert other.value is not None
    # People differ by far more than arms do: only pairing shows what the arm brings.
    assert other.gain.mean == pytest.approx(np.mean(gains))
    assert 0.3 < other.gain.low < other.gain.high < 0.7
    assert other.value.high - other.value.low > 5
    assert (other.pairs, other.clusters) == (20, 20)
    assert (other.verdict, found["other", "cost"].verdict) == ("better", "worse")
    assert found["base", "fit"].verdict == "baseline"


def test_what_does_not_apply_is_counted_and_not_averaged(tmp_path: Path) -> None:
    episodes = []
    for user in range(8):
        half = 1.0 if user < 4 else None
        episodes += [
            _episode("base", f"u{user}", {"fit": 0.0, "cost": 1.0}),
            _episode("other", f"u{user}", {"fit": half, "cost": None}),
        ]
    found = _scores(tmp_path / "run", episodes)
    fit, cost = found["other", "fit"], found["other", "cost"]
    assert (fit.n, fit.missing, fit.pairs) == (4, 4, 4)
    assert fit.value == Interval(1.0, 1.0, 1.0)
    # All four agree, which is still too few of them.
    assert fit.verdict == "too few"
    assert (cost.n, cost.value, cost.gain, cost.verdict) == (0, None, None, "not compared")


def test_intervals_draw_people_and_not_episodes(tmp_path: Path) -> None:
    episodes = [
        _episode("base", f"u{user}", {"fit": float(user % 2), "cost": 0.0}, task=f"t{task}")
        for user in range(8)
        for task in range(30)
    ]
    value = _scores(tmp_path / "run", episodes)["base", "fit"].value
    assert value is not None
    # 240 independent episodes would give an interval of +-.06.
    assert value.high - value.low > 0.4


def test_of_one_user_the_tasks_are_drawn(tmp_path: Path) -> None:
    episodes = [
        _episode(arm, "only", {"fit": task + bonus, "cost": 0.0}, task=f"t{task}")
        for arm, bonus in (("base", 0.0), ("other", 1.0))
        for task in range(10)
    ]
    other = _scores(tmp_path / "run", episodes)["other", "fit"]
    assert (other.clusters, other.verdict) == (10, "better")


def test_the_only_number_of_the_track_for_an_arm_is_taken(tmp_path: Path) -> None:
    episodes = [
        _episode(arm, f"u{user}", {"fit": 0.5, "cost": 0.5}) for arm in ARMS for user in range(6)
    ]
    row: dict[str, object] = {"arm": "other", "fit": 0.25, "fit_low": 0.2, "fit_high": 0.3}
    gain = {"fit_gain": -0.2, "fit_gain_low": -0.3, "fit_gain_high": -0.1}
    found = _scores(tmp_path / "one", episodes, [{**row, **gain}])["other", "fit"]
    assert found.by_track
    assert found.value == Interval(0.25, 0.2, 0.3)
    assert (found.gain, found.verdict) == (Interval(-0.2, -0.3, -0.1), "worse")
    # Of two over as many episodes, it cannot be told which is the arm's.
    apart: list[dict[str, object]] = [{**row, "setting": name, "n": 3} for name in "ab"]
    found = _scores(tmp_path / "two", episodes, apart)["other", "fit"]
    assert not found.by_track
    assert found.value == Interval(0.5, 0.5, 0.5)
    whole = {**row, "setting": "all", "n": 6, "fit": 0.26}
    found = _scores(tmp_path / "parts", episodes, [*apart, whole])["other", "fit"]
    assert found.by_track
    assert found.value == Interval(0.26, 0.2, 0.3)
    # A number without an interval is not enough.
    found = _scores(tmp_path / "bare", episodes, [{"arm": "other", "fit": 0.25}])["other", "fit"]
    assert not found.by_track


def test_a_gain_of_the_track_is_a_difference_where_less_is_better(tmp_path: Path) -> None:
    episodes = [
        _episode(arm, f"u{user}", {"fit": 0.5, "cost": 0.5}) for arm in ARMS for user in range(6)
    ]
    row: dict[str, object] = {"arm": "other", "cost": 3.0, "cost_low": 2.0, "cost_high": 4.0}
    saved = {"cost_gain": 2.0, "cost_gain_low": 1.0, "cost_gain_high": 4.0}
    found = _scores(tmp_path / "run", episodes, [{**row, **saved}])["other", "cost"]
    assert (found.gain, found.verdict) == (Interval(-2.0, -4.0, -1.0), "better")


def test_what_only_the_track_can_reckon_is_judged_by_the_people_there_are(tmp_path: Path) -> None:
    row: dict[str, object] = {
        "arm": "other",
        "n": 12,
        **{"fit": 0.5, "fit_low": 0.4, "fit_high": 0.6},
        **{"fit_gain": 0.2, "fit_gain_low": 0.1, "fit_gain_high": 0.3},
    }
    for people, said in ((6, "better"), (5, "too few")):
        episodes = [_episode(arm, f"u{user}", {}) for arm in ARMS for user in range(people)]
        other = _scores(tmp_path / str(people), episodes, [row])["other", "fit"]
        assert (other.n, other.verdict) == (12, said)


def test_rows_of_other_episodes_are_not_believed(tmp_path: Path) -> None:
    episodes = [_episode("base", f"u{user}", {"fit": 0.5, "cost": 0.5}) for user in range(6)]
    row: dict[str, object] = {"arm": "base", "fit": 0.25, "fit_low": 0.2, "fit_high": 0.3}
    _scores(tmp_path / "run", episodes, [row])
    run = dataclasses.replace(load_run(tmp_path / "run"), summed=False)
    assert not any(each.by_track for each in build_report(run).scores)


def test_the_order_in_which_episodes_were_held_does_not_show(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run"))
    turned = dataclasses.replace(run, episodes=run.episodes[::-1])
    one, other = build_report(run), build_report(turned)
    assert one.scores == other.scores
    assert one.curves == other.curves
    assert [each.costs for each in one.tallies] == [each.costs for each in other.tallies]


@pytest.mark.parametrize(
    ("gain", "higher", "clusters", "said"),
    [
        (None, True, 30, "not compared"),
        (Interval(0.2, 0.1, 0.3), True, 6, "better"),
        (Interval(0.2, 0.1, 0.3), True, 5, "too few"),
        (Interval(0.2, 0.1, 0.3), False, 30, "worse"),
        (Interval(-0.2, -0.3, -0.1), False, 30, "better"),
        (Interval(0.2, 0.0, 0.3), True, 30, "unclear"),
        (Interval(-0.2, -0.3, 0.1), True, 30, "unclear"),
    ],
)
def test_better_only_where_the_interval_excludes_nought(
    gain: Interval | None, higher: bool, clusters: int, said: str
) -> None:
    assert verdict(gain, higher=higher, clusters=clusters) == said
