"""Holds episodes: one by itself, a run from its configuration, a batch on any number of workers."""

from .cache import ResponseCache
from .episodes import (
    Costs,
    Disclosure,
    Episode,
    EpisodeKey,
    Json,
    Line,
    episode_from_json,
    episode_to_json,
)
from .metering import Budget, BudgetExceededError, Meter, MeteredChat
from .seeds import derive
from .tools import Models, Tools
from .tracks import Summary, Track

__all__ = [
    "Budget",
    "BudgetExceededError",
    "Costs",
    "Disclosure",
    "Episode",
    "EpisodeKey",
    "Json",
    "Line",
    "Meter",
    "MeteredChat",
    "Models",
    "ResponseCache",
    "Summary",
    "Tools",
    "Track",
    "derive",
    "episode_from_json",
    "episode_to_json",
]
