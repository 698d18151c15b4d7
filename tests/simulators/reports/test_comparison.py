"""Runs beside each other: what differs, and pairing only of the same people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penchant.errors import InputError
from penchant.simulators.reports import (
    Comparison,
    build_report,
    compare_runs,
    comparison_json,
    comparison_markdown,
    comparison_page,
    load_run,
)
from penchant.simulators.runner import Episode

from .conftest import ARMS, make_episode, write_run


def _episodes(bonus: float, *, users: int = 12, **changes: Any) -> Iterator[Episode]:
    """The usual episodes, in which "ours" does better by something."""
    for user in range(users):
        for arm in ARMS:
            episode = make_episode(arm, user)
            fit = episode.measures["fit"]
            assert fit is not None
            if arm == "ours":
                fit += bonus + 0.001 * user
            measures = {**episode.measures, "fit": fit}
            yield dataclasses.replace(episode, measures=measures, **changes)


def _compared(*directories: Path) -> Comparison:
    return compare_runs([build_report(load_run(each)) for each in directories])


def test_the_same_people_are_paired(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one")
    models = {"agent": {"name": "local/large", "sha256": "ef" * 32}}
    other = write_run(tmp_path / "other", episodes=_episodes(0.05), config={"models": models})
    found = _compared(one, other)
    assert found.labels == ["one", "other"]
    told = {each.name: each.values for each in found.differences}
    assert told["models.agent.name"] == ["local/small", "local/large"]
    assert set(told) == {"models.agent.name", "models.agent.sha256"}
    (pairing,) = found.pairings
    assert pairing.refused is None
    rows = {(each.arm, each.measure): each for each in pairing.rows}
    ours = rows["ours", "fit"]
    assert ours.difference is not None
    assert ours.difference.mean == pytest.approx(0.0555)
    assert (ours.pairs, ours.unpaired, ours.verdict) == (12, 0, "better")
    assert rows["random", "fit"].verdict == "unclear"
    # What does not apply to three of twelve is missing on both sides.
    assert (rows["ours", "offers accepted"].pairs, rows["ours", "offers accepted"].unpaired) == (
        9,
        6,
    )


def test_what_only_one_run_holds_is_counted(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one", users=8)
    other = write_run(tmp_path / "other", arms=("never ask", "ours"), users=12)
    (pairing,) = _compared(one, other).pairings
    assert {each.arm for each in pairing.rows} == {"never ask", "ours"}
    assert {(each.pairs, each.unpaired) for each in pairing.rows if each.measure == "fit"} == {
        (8, 4)
    }
    assert pairing.remarks == ["Not in both runs: random, oracle."]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 1}, "not the same people as in one"),
        ({"seed": 1, "episodes": list(_episodes(0.0, profile={}))}, "or none on record and seeds"),
        ({"arms": ("fixed", "ours, blunt")}, "no arm of it is an arm of one"),
        (
            {
                "episodes": [
                    dataclasses.replace(e, key=e.key._replace(task="x")) for e in _episodes(0)
                ]
            },
            "no (arm, user, task, trial) of it is in one",
        ),
        ({"episodes": []}, "no (arm, user, task, trial) of it is in one"),
        (
            {
                "episodes": [
                    dataclasses.replace(e, key=e.key._replace(track="trip")) for e in _episodes(0)
                ],
                "config": {"track": "trip"},
            },
            "it is of the track 'trip', and one of 'outing'",
        ),
    ],
)
def test_what_is_not_the_same_is_not_paired(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    one = write_run(tmp_path / "one")
    other = write_run(tmp_path / "other", **changes)
    found = _compared(one, other)
    (pairing,) = found.pairings
    assert pairing.refused is not None
    assert said in pairing.refused
    assert pairing.rows == ()
    # It is still shown beside.
    assert said.split(" (", maxsplit=1)[0] in comparison_page(found).replace("&#39;", "'")


def test_without_profiles_the_same_seed_makes_the_same_people(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one", episodes=_episodes(0.0, profile={}))
    other = write_run(tmp_path / "other", episodes=_episodes(0.1, profile={}))
    assert _compared(one, other).pairings[0].refused is None


def test_what_no_episode_has_by_itself_is_not_paired(tmp_path: Path) -> None:
    one, other = (
        write_run(
            tmp_path / name,
            config={"higher_is_better": {"fit": True, "share_kept": True}},
        )
        for name in ("one", "other")
    )
    (pairing,) = _compared(one, other).pairings
    assert {each.measure for each in pairing.rows} == {"fit"}
    assert pairing.remarks == ["Not measures of single episodes, so not paired: share kept."]


def test_labels_are_as_long_as_it_takes(tmp_path: Path) -> None:
    places = [write_run(tmp_path / name / "run") for name in ("a", "b")]
    assert _compared(*places).labels == ["a/run", "b/run"]


def test_it_takes_two_different_runs(run_directory: Path) -> None:
    with pytest.raises(InputError, match="1 run cannot be compared"):
        _compared(run_directory)
    with pytest.raises(InputError, match="is given twice"):
        _compared(run_directory, run_directory / ".." / "run")


def test_a_comparison_is_a_page_markdown_and_json(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one")
    two = write_run(tmp_path / "two", episodes=_episodes(0.05), config={"penchant": "9.9"})
    three = write_run(tmp_path / "three", seed=4, users=6, arms=("never ask", "ours"))
    found = _compared(one, two, three)
    page = comparison_page(found)
    for said in ("versions of Penchant: 0.1.0, 9.9", "▲ better", "Not paired: ", "two: The wishes"):
        assert said in page
    assert page.count('<svg class="chart"') == 4
    text = comparison_markdown(found)
    assert "| seed | 0 | 0 | 4 | outcome |" in text
    assert "### two" in text
    assert "Not paired: users of the same names" in text
    told = json.loads(json.dumps(comparison_json(found), allow_nan=False))
    assert [each["label"] for each in told["runs"]] == ["one", "two", "three"]
    assert [each["refused"] is None for each in told["pairings"]] == [True, False]
    assert told["pairings"][0]["rows"][6]["difference"]["mean"] == pytest.approx(0.0555)


def test_runs_of_other_measures_have_figures_beside_each_other_only(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one")
    config = {"higher_is_better": {"speed": True}}
    other = write_run(tmp_path / "other", config=config, summary={"figures": {"speed": 3.0}})
    found = _compared(one, other)
    assert found.measures == {}
    assert found.figures["speed"] == [None, 3.0]
    assert "no measure in common" in comparison_page(found)
    assert comparison_markdown(found)
