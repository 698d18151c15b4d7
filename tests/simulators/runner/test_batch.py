from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.runner import (
    Episode,
    EpisodeKey,
    FunctionTrack,
    RunOptions,
    RunProgress,
    Tools,
    bare_tools,
    run_batch,
)

from .conftest import outcomes
from .scenes import drawn, failing


def test_every_episode_is_held_once_and_summed_up(tmp_path: Path, options: RunOptions) -> None:
    told: list[RunProgress] = []
    result = run_batch(
        FunctionTrack(fn=drawn, users=4),
        tmp_path / "run",
        seed=1,
        options=options,
        tools=bare_tools,
        command="eval fake",
        progress=told.append,
    )
    found = outcomes(tmp_path / "run")
    assert len(found) == result.held == result.total == 8
    assert set(result.summary.figures) == {"baseline_score", "ours_score"}
    written = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    assert written["figures"] == dict(result.summary.figures)
    assert written["command"] == "eval fake"
    assert [each.done for each in told] == list(range(9))
    assert told[-1].left_s == 0


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, options: RunOptions) -> None:
    held: list[EpisodeKey] = []

    def until_third(key: EpisodeKey, tools: Tools) -> Episode:
        if len(held) == 3:
            raise KeyboardInterrupt
        held.append(key)
        return drawn(key, tools)

    track = FunctionTrack(fn=until_third, users=4)
    with pytest.raises(KeyboardInterrupt):
        run_batch(track, tmp_path / "run", seed=1, options=options, tools=bare_tools)
    file = tmp_path / "run" / "episodes.jsonl"
    with file.open("ab") as out:
        out.write(b'{"key": ["fake", "ba')  # cut off while it was written
    run_batch(replace(track, fn=drawn), tmp_path / "run", seed=1, options=options, tools=bare_tools)
    whole = tmp_path / "whole"
    run_batch(replace(track, fn=drawn), whole, seed=1, options=options, tools=bare_tools)
    assert outcomes(tmp_path / "run") == outcomes(whole)


@pytest.mark.parametrize("change", [{"seed": 2}, {"users": 5}])
def test_another_configuration_is_refused(
    tmp_path: Path, options: RunOptions, change: dict[str, int]
) -> None:
    def run(*, users: int = 2, seed: int = 1) -> None:
        track = FunctionTrack(fn=drawn, users=users)
        run_batch(track, tmp_path / "run", seed=seed, options=options, tools=bare_tools)

    run()
    before = (tmp_path / "run" / "episodes.jsonl").read_bytes()
    with pytest.raises(InputError, match="another configuration"):
        run(**change)
    assert (tmp_path / "run" / "episodes.jsonl").read_bytes() == before


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path, options: RunOptions) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    with pytest.raises(InputError, match="no run"):
        run_batch(FunctionTrack(fn=drawn), tmp_path, seed=1, options=options, tools=bare_tools)
    assert {each.name for each in tmp_path.iterdir()} == {"thesis.txt", ".lock"}


def test_an_episode_that_cannot_be_held_counts(tmp_path: Path, options: RunOptions) -> None:
    track = FunctionTrack(fn=failing, users=3)
    result = run_batch(track, tmp_path / "run", seed=1, options=options, tools=bare_tools)
    assert (result.held, result.failed) == (6, 2)
    assert result.summary.rows[0]["n"] == 3
    failed = outcomes(tmp_path / "run")["fake/ours/user 1/task/0"]
    assert failed["error"] == "the provider is gone"
    assert failed["attempts"] == 2
    assert failed["measures"] == {"score": 0.0}
    assert failed["failures"] == {"model": 2}


def test_failed_episodes_are_held_again_when_asked(tmp_path: Path, options: RunOptions) -> None:
    track, run = FunctionTrack(fn=failing, users=3), tmp_path / "run"
    run_batch(track, run, seed=1, options=options, tools=bare_tools)
    mended = replace(track, fn=drawn)
    kept = run_batch(mended, run, seed=1, options=options, tools=bare_tools)
    assert kept.failed == 2
    again = run_batch(mended, run, seed=1, options=options, tools=bare_tools, retry_failed=True)
    assert (again.held, again.failed) == (6, 0)


def test_a_budget_of_time_stops_the_run_and_keeps_what_is_held(
    tmp_path: Path, options: RunOptions
) -> None:
    limited = replace(options, budget_seconds=1e-9)
    track = FunctionTrack(fn=drawn, users=3)
    result = run_batch(track, tmp_path / "run", seed=1, options=limited, tools=bare_tools)
    assert result.held == 0
    assert result.stopped is not None
    assert "budget" in result.stopped
    whole = run_batch(track, tmp_path / "run", seed=1, options=options, tools=bare_tools)
    assert (whole.held, whole.stopped) == (6, None)


def test_keys_named_twice_are_refused(tmp_path: Path, options: RunOptions) -> None:
    track = FunctionTrack(fn=drawn, arms=("ours", "ours"))
    with pytest.raises(InputError, match="twice"):
        run_batch(track, tmp_path / "run", seed=1, options=options, tools=bare_tools)
