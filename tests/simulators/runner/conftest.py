"""What the runner's tests share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from penchant.simulators.runner import RunOptions

_ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _importable_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes must find the tests' modules, which are no installed package."""
    monkeypatch.syspath_prepend(_ROOT)
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


@pytest.fixture
def options(settings: Any) -> RunOptions:
    """One worker in this process."""
    return RunOptions(settings=settings, retries=1)


def outcomes(directory: Path) -> dict[str, Any]:
    """Episodes by key, without what the clock says."""
    found: dict[str, Any] = {}
    for line in (directory / "episodes.jsonl").read_text("utf-8").splitlines():
        episode = json.loads(line)
        del episode["costs"]["seconds"]
        key = "/".join(map(str, episode["key"]))
        assert key not in found, "each episode is kept once"
        found[key] = episode
    return found
