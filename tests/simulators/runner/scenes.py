"""Episodes that the runner's tests hold, where other processes find them."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from penchant.errors import ChatProviderError
from penchant.simulators.runner import Costs, Episode, EpisodeKey, Line, Tools

__all__ = ["drawn", "dying_once", "failing", "slow"]


def drawn(key: EpisodeKey, tools: Tools) -> Episode:
    """An episode whose score is drawn from its own seed."""
    rng = random.Random(tools.seed_for(key))
    return Episode(
        key=key,
        measures={"score": rng.random()},
        series={"score": [rng.random() for _ in range(3)]},
        transcript=[Line(role="user", text=f"I am {key.user}.")],
        costs=tools.meter.onto(Costs(turns=1)),
    )


def failing(key: EpisodeKey, tools: Tools) -> Episode:
    """An episode that fails for one of the users."""
    if key.user == "user 1":
        raise ChatProviderError("the provider is gone")
    return drawn(key, tools)


def slow(key: EpisodeKey, tools: Tools) -> Episode:
    """An episode that takes long enough for a worker to be killed meanwhile."""
    time.sleep(0.1)
    return drawn(key, tools)


def dying_once(key: EpisodeKey, tools: Tools) -> Episode:
    """An episode whose process ends the first time that it comes to one of the users."""
    mark = Path(os.environ["PENCHANT_TEST_MARK"])
    if key.user == "user 7" and not mark.exists():
        mark.touch()
        os._exit(1)
    return drawn(key, tools)
