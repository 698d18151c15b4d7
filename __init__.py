"""Penchant: a conversational agent that learns what each person likes.

The names below load on first use, so that `import penchant` stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy

if TYPE_CHECKING:
    from .agent import Agent, Ranking, Reply
    from .config import Settings
    from .errors import PenchantError
    from .memory import Evidence, Memory, Preference
    from .policies import Candidate, Decision, Question

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Candidate",
    "Decision",
    "Evidence",
    "Memory",
    "PenchantError",
    "Preference",
    "Question",
    "Ranking",
    "Reply",
    "Settings",
    "__version__",
]

_HOMES = {
    "Agent": ".agent",
    "Candidate": ".policies",
    "Decision": ".policies",
    "Evidence": ".memory",
    "Memory": ".memory",
    "PenchantError": ".errors",
    "Preference": ".memory",
    "Question": ".policies",
    "Ranking": ".agent",
    "Reply": ".agent",
    "Settings": ".config",
}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
