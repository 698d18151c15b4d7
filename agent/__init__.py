"""The state machine of a turn, and Agent, its public face.

The types of a turn load at once; `Agent` and `Workspace` on first use, since memory and models
come with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types import (
    Choosing,
    DraftDelta,
    Event,
    Finished,
    Learned,
    Ranking,
    Reply,
    ReplyDelta,
    Status,
    Step,
    Trace,
)

if TYPE_CHECKING:
    from .agent import Agent
    from .workspace import Workspace

__all__ = [
    "Agent",
    "Choosing",
    "DraftDelta",
    "Event",
    "Finished",
    "Learned",
    "Ranking",
    "Reply",
    "ReplyDelta",
    "Status",
    "Step",
    "Trace",
    "Workspace",
]

_HOMES = {"Agent": ".agent", "Workspace": ".workspace"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
