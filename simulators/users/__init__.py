"""Users who hold hidden preferences behind a gate, and how they word what it releases."""

from .gate import ELSEWHERE, OPEN, Asked, Gate, Guarded
from .hidden import Hidden, hidden_of
from .naming import Naming, read_question
from .types import Chooser, Rating, Said, ScriptedUser, SimulatedUser

__all__ = [
    "ELSEWHERE",
    "OPEN",
    "Asked",
    "Chooser",
    "Gate",
    "Guarded",
    "Hidden",
    "Naming",
    "Rating",
    "Said",
    "ScriptedUser",
    "SimulatedUser",
    "hidden_of",
    "read_question",
]
