from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penchant.simulators.runner import FunctionTrack, RunOptions, bare_tools, run_batch

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
