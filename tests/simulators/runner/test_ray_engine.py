from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penchant.errors import ConfigError
from penchant.simulators.runner import FunctionTrack, RunOptions, RunProgress, bare_tools, run_batch

from .conftest import outcomes
from .scenes import drawn, slow

# Ray's own processes start in seconds on an idle machine.
pytestmark = [pytest.mark.timeout(600)]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two workers, on nodes of their own beside a head that works on nothing."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [made.add_node(num_cpus=1) for _ in range(2)]
    made.wait_for_nodes()
    ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
    try:
        yield made, nodes
    finally:
        ray.shutdown()
        made.shutdown()


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    tmp_path: Path, options: RunOptions, cluster: Any
) -> None:
    made, nodes = cluster
    killed = threading.Event()

    def kill(progress: RunProgress) -> None:
        if progress.done >= 8 and not killed.is_set():
            made.remove_node(nodes[0], allow_graceful=False)
            killed.set()

    track = FunctionTrack(fn=slow, users=20)
    chosen = replace(options, engine="ray", workers=2, chunk=2)
    result = run_batch(
        track, tmp_path / "ray", seed=4, options=chosen, tools=bare_tools, progress=kill
    )
    assert killed.is_set()
    assert result.held == 40
    run_batch(
        replace(track, fn=drawn), tmp_path / "local", seed=4, options=options, tools=bare_tools
    )
    assert outcomes(tmp_path / "ray") == outcomes(tmp_path / "local")


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path, options: RunOptions) -> None:
    chosen = replace(options, engine="ray", ray_address="127.0.0.1:1")
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:1"):
        run_batch(
            FunctionTrack(fn=drawn), tmp_path / "run", seed=4, options=chosen, tools=bare_tools
        )
