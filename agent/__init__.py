"""The state machine of a turn, and Agent, its public face."""

from __future__ import annotations

from .agent import Agent
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
