"""`penchant bench simulate`: how fast simulated users are run, and what the runner itself costs."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .report import Report

if TYPE_CHECKING:
    from ...simulators.runner import Episode, EpisodeKey, RunOptions, Tools, Track

__all__ = ["held_in_full", "measure_simulate"]

_CATALOGUE = "restaurants"
_QUESTIONS = 5
_CLOSED_FORM = ("random pair", "EIG pair")
_PEAK = """
import sys
from penchant.tui.bench.simulate import held_in_full
held_in_full(int(sys.argv[1]), int(sys.argv[2]))
"""


def measure_simulate(
    *,
    people: int = 400,
    episodes: int = 10_000,
    with_ray: bool = True,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Measures the runner and the utility users.

    - `episodes_per_s`: of utility users asked five questions by policies in closed form (random
      pair, EIG pair), on one worker, for each second of its core (processor time, so that other
      work on the machine does not count); preparation is not counted.
    - `overhead_ms`: of an episode that does nothing, from its key to its line on the disk.
    - `peak_mb`: of a process that holds a run of `episodes` such episodes and sums it up.
    - `ray_ratio`: the time that the Ray engine takes for a run of `4 * people` episodes an arm over
      that of the local engine, both with two workers, whose starting is included; the cluster
      itself is started before, as one that is at hand is.

    Args:
        people: Simulated people of the first measure, for each arm.
        episodes: Episodes of the run whose memory is measured.
        with_ray: Measure the Ray engine, too.
        seed: Of everything random.
        progress: Told what is under way.
    """
    from ... import __version__

    tell = progress if progress is not None else lambda _: None
    rows: list[dict[str, object]] = []
    figures: dict[str, float] = {}
    tell("utility users")
    rate = _rate(people, seed=seed)
    figures["episodes_per_s"] = rate["episodes_per_processor_s"]
    rows.append({"what": "utility users", **rate})
    tell("overhead")
    overhead = _overhead(2000)
    figures["overhead_ms"] = overhead
    rows.append({"what": "overhead", "episodes": 2000, "overhead_ms": overhead})
    tell(f"memory of {episodes} episodes")
    peak = _peak(episodes, seed=seed)
    figures["peak_mb"] = peak["peak_mb"]
    rows.append({"what": "memory", **peak})
    if with_ray:
        tell("engines")
        engines = _engines(4 * people, seed=seed)
        figures["ray_ratio"] = engines["ray_ratio"]
        rows.append({"what": "engines", **engines})
    return Report(
        command=f"bench simulate --people {people} --episodes {episodes} --seed {seed}"
        + ("" if with_ray else " --no-ray"),
        version=__version__,
        seed=seed,
        figures=figures,
        rows=rows,
    )


def _track(people: int, *, seed: int, arms: tuple[str, ...] = _CLOSED_FORM) -> Track:
    from ...simulators.elicit import ElicitTrack

    return ElicitTrack(
        data=None,
        catalogues=(_CATALOGUE,),
        people=people,
        questions=_QUESTIONS,
        arms=arms,
        seed=seed,
    )


def _rate(people: int, *, seed: int) -> dict[str, float]:
    from ...simulators.runner import Job, ModelNames, RunOptions, bare_tools
    from ...simulators.runner.worker import Spent, Worker

    track = _track(people, seed=seed)
    keys = track.keys()
    job = Job(
        track=track,
        seed=seed,
        names=ModelNames(),
        identities={},
        options=RunOptions(),
        tools=bare_tools,
    )
    worker = Worker(job)
    try:
        began = time.perf_counter()
        # The first episodes also draw the people and fit their prior.
        worker.run(keys[:20], Spent(), lambda _: None)
        prepared, processor = time.perf_counter(), time.process_time()
        worker.run(keys[20:], Spent(), lambda _: None)
        seconds = time.perf_counter() - prepared
        used = time.process_time() - processor
    finally:
        worker.close()
    count = len(keys) - 20
    return {
        "episodes": float(count),
        "episodes_per_clock_s": count / seconds,
        "episodes_per_processor_s": count / used,
        "preparing_s": prepared - began,
    }


def _overhead(count: int) -> float:
    """Milliseconds that the runner takes for an episode that does nothing."""
    from ...simulators.runner import FunctionTrack, RunOptions, bare_tools, run_batch

    track = FunctionTrack(fn=_nothing, users=count, arms=("none",))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run_batch(track, Path(folder) / "run", seed=0, options=RunOptions(), tools=bare_tools)
        return 1000.0 * (time.perf_counter() - began) / count


def _peak(episodes: int, *, seed: int) -> dict[str, float]:
    began = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", _PEAK, str(episodes), str(seed)],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        "episodes": float(episodes),
        "peak_mb": float(told.stdout),
        "seconds": time.perf_counter() - began,
    }


def held_in_full(episodes: int, seed: int) -> None:
    """Holds a whole run in this process, and prints the most memory that it took, in megabytes.

    Args:
        episodes: How many, as far as arms divide it.
        seed: Of the run.
    """
    from ...simulators.runner import RunOptions, bare_tools, run_batch

    track = _track(episodes // len(_CLOSED_FORM), seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        run_batch(track, Path(folder) / "run", seed=seed, options=RunOptions(), tools=bare_tools)
    # In kilobytes on Linux, in bytes on macOS.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.1f}")


def _engines(people: int, *, seed: int) -> dict[str, float]:
    """The same run by both engines with two workers, one after the other."""
    from ...simulators.runner import RunOptions, bare_tools, run_batch
    from ...simulators.runner.ray_engine import RayEngine

    track = _track(people, seed=seed)
    options = RunOptions(workers=2)
    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("local", "ray"):
            chosen: RunOptions = replace(options, engine=engine)
            with RayEngine().cluster(2) if engine == "ray" else nullcontext():
                began = time.perf_counter()
                run_batch(track, Path(folder) / engine, seed=seed, options=chosen, tools=bare_tools)
                times[engine] = time.perf_counter() - began
    return {
        "episodes": float(len(track.keys())),
        "local_s": times["local"],
        "ray_s": times["ray"],
        "ray_ratio": times["ray"] / times["local"],
    }


def _nothing(key: EpisodeKey, tools: Tools) -> Episode:
    from ...simulators.runner import Episode

    return Episode(key=key, measures={"score": 0.0})
