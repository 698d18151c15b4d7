"""The state machine of a turn, and Agent, its public face.

The types of a turn load at once; `Agent` and `Workspace` on first use, since memory and models
come with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy
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
    from .ranking import AgentCatalogue
    from .workspace import Workspace

__all__ = [
    "Agent",
    "AgentCatalogue",
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

_HOMES = {"Agent": ".agent", "AgentCatalogue": ".ranking", "Workspace": ".workspace"}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
