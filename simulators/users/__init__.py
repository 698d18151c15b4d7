"""Users who hold hidden preferences behind a gate, and how they word what it releases."""

from .gate import ELSEWHERE, OPEN, Asked, Gate, Guarded
from .hidden import Hidden, aspects_of, hidden_of
from .leaks import Leak, LeakCheck, Secret, secrets_of
from .naming import Naming, read_question
from .persona import PersonaUser
from .roles import role_slip
from .temperaments import TEMPERAMENTS, drifted, tempered
from .types import Chooser, Rating, Said, ScriptedUser, SimulatedUser
from .utility import UtilityUser
from .wording import LLMWording, TemplateWording, Wording

__all__ = [
    "ELSEWHERE",
    "OPEN",
    "TEMPERAMENTS",
    "Asked",
    "Chooser",
    "Gate",
    "Guarded",
    "Hidden",
    "LLMWording",
    "Leak",
    "LeakCheck",
    "Naming",
    "PersonaUser",
    "Rating",
    "Said",
    "ScriptedUser",
    "Secret",
    "SimulatedUser",
    "TemplateWording",
    "UtilityUser",
    "Wording",
    "aspects_of",
    "drifted",
    "hidden_of",
    "read_question",
    "role_slip",
    "secrets_of",
    "tempered",
]
