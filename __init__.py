"""Penchant: a conversational agent that learns what each person likes.

The names below load on first use, so that `import penchant` stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
