"""Holds episodes: one by itself, a run from its configuration, a batch on any number of workers."""

from .batch import RunProgress, RunResult, run_batch
from .cache import ResponseCache
from .directory import RunDirectory, read_episodes
from .engines import Engine, LocalEngine, WorkersDiedError
from .episodes import (
    Compared,
    Costs,
    Disclosure,
    Episode,
    EpisodeKey,
    Json,
    Line,
    episode_from_json,
    episode_to_json,
)
from .fakes import FunctionTrack, bare_tools
from .metering import Budget, BudgetExceededError, Meter, MeteredChat
from .options import ModelNames, RunOptions
from .seeds import derive
from .tools import Models, Tools
from .tracks import Summary, Track
from .worker import Job, hold, hold_all

__all__ = [
    "Budget",
    "BudgetExceededError",
    "Compared",
    "Costs",
    "Disclosure",
    "Engine",
    "Episode",
    "EpisodeKey",
    "FunctionTrack",
    "Job",
    "Json",
    "Line",
    "LocalEngine",
    "Meter",
    "MeteredChat",
    "ModelNames",
    "Models",
    "ResponseCache",
    "RunDirectory",
    "RunOptions",
    "RunProgress",
    "RunResult",
    "Summary",
    "Tools",
    "Track",
    "WorkersDiedError",
    "bare_tools",
    "derive",
    "episode_from_json",
    "episode_to_json",
    "hold",
    "hold_all",
    "read_episodes",
    "run_batch",
]
