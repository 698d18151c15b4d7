from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penchant.simulators.runner import (
    FunctionTrack,
    Job,
    ModelNames,
    RunOptions,
    bare_tools,
    run_batch,
)
from penchant.simulators.runner.engines import chunks

from .conftest import outcomes
from .scenes import drawn, dying_once


def test_several_processes_give_what_one_gives(tmp_path: Path, options: RunOptions) -> None:
    track = FunctionTrack(fn=drawn, users=20)
    for workers in (1, 2):
        chosen = replace(options, workers=workers, chunk=3)
        directory = tmp_path / str(workers)
        run_batch(track, directory, seed=4, options=chosen, tools=bare_tools)
    assert outcomes(tmp_path / "1") == outcomes(tmp_path / "2")


def test_a_process_that_ends_is_replaced(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENCHANT_TEST_MARK", str(tmp_path / "mark"))
    track = FunctionTrack(fn=dying_once, users=12)
    chosen = replace(options, workers=2, chunk=2)
    result = run_batch(track, tmp_path / "run", seed=4, options=chosen, tools=bare_tools)
    assert (tmp_path / "mark").exists()
    assert result.held == len(outcomes(tmp_path / "run")) == 24


def test_episodes_side_by_side_in_one_process(tmp_path: Path, options: RunOptions) -> None:
    track = FunctionTrack(fn=drawn, users=10)
    run_batch(track, tmp_path / "one", seed=4, options=options, tools=bare_tools)
    several = replace(options, concurrency=4)
    run_batch(track, tmp_path / "four", seed=4, options=several, tools=bare_tools)
    assert outcomes(tmp_path / "one") == outcomes(tmp_path / "four")


@pytest.mark.parametrize(("agent", "largest"), [(None, 64), ("fake/one", 4)])
def test_runs_with_chat_models_take_few_episodes_at_a_time(
    options: RunOptions, agent: str | None, largest: int
) -> None:
    track = FunctionTrack(fn=drawn, users=2000)
    job = Job(
        track=track,
        seed=0,
        names=ModelNames(agent=agent),
        identities={},
        options=replace(options, workers=2, concurrency=2),
    )
    keys = track.keys()
    taken = list(chunks(keys, job))
    assert max(map(len, taken)) == largest
    assert [key for each in taken for key in each] == list(keys)
