"""What is known of a user: evidence, preferences, recall, and the store that keeps them.

`Memory` and `UserMemory` load on first use: the database layer takes a moment to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy
from .profile import Profile
from .prompt import as_prompt_data
from .relevance import GENERAL_ASPECTS
from .types import (
    Answer,
    Artefact,
    Change,
    Choice,
    Command,
    Comparisons,
    Conflict,
    Context,
    Drift,
    Edit,
    Evidence,
    Explained,
    Job,
    KeptDecision,
    Lesson,
    MemoryContext,
    Observation,
    Preference,
    PreferenceDraft,
    Rating,
    Reaction,
    Recalled,
    Score,
    SessionInfo,
    Shift,
    Statement,
    Turn,
    Undone,
)

if TYPE_CHECKING:
    from .store import Memory
    from .user import UserMemory

__all__ = [
    "GENERAL_ASPECTS",
    "Answer",
    "Artefact",
    "Change",
    "Choice",
    "Command",
    "Comparisons",
    "Conflict",
    "Context",
    "Drift",
    "Edit",
    "Evidence",
    "Explained",
    "Job",
    "KeptDecision",
    "Lesson",
    "Memory",
    "MemoryContext",
    "Observation",
    "Preference",
    "PreferenceDraft",
    "Profile",
    "Rating",
    "Reaction",
    "Recalled",
    "Score",
    "SessionInfo",
    "Shift",
    "Statement",
    "Turn",
    "Undone",
    "UserMemory",
    "as_prompt_data",
]

_HOMES = {"Memory": ".store", "UserMemory": ".user"}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
