"""Data to measure on and to fit priors to, read from where the caller says; none is shipped."""

from .choices import Choices, load_choice_file, load_choices
from .gate import GateCase, GatePersona, load_gate
from .locomo import LocomoConversation, LocomoQuestion, LocomoTurn, load_locomo
from .pairs import Kind, UserPair, load_pairs
from .people import Format, data_hash, load_people, recognise
from .perma import PermaItem, load_perma
from .prefeval import ChoiceDialogue, PrefEvalItem, Said, load_prefeval
from .prelude import PreludeDocument, load_prelude
from .prism import load_prism
from .ratings import load_ratings
from .rewardbench import RewardBenchItem, load_rewardbench
from .slates import load_slates
from .statements import Statements, load_statements
from .tastes import Pair, Taste, TasteItem, load_tastes

__all__ = [
    "ChoiceDialogue",
    "Choices",
    "Format",
    "GateCase",
    "GatePersona",
    "Kind",
    "LocomoConversation",
    "LocomoQuestion",
    "LocomoTurn",
    "Pair",
    "PermaItem",
    "PrefEvalItem",
    "PreludeDocument",
    "RewardBenchItem",
    "Said",
    "Statements",
    "Taste",
    "TasteItem",
    "UserPair",
    "data_hash",
    "load_choice_file",
    "load_choices",
    "load_gate",
    "load_locomo",
    "load_pairs",
    "load_people",
    "load_perma",
    "load_prefeval",
    "load_prelude",
    "load_prism",
    "load_ratings",
    "load_rewardbench",
    "load_slates",
    "load_statements",
    "load_tastes",
    "recognise",
]
