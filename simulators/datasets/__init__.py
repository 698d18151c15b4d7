"""Data to measure on, read from a directory that the caller names; none is shipped."""

from .choices import Choices, load_choices
from .pairs import UserPair, load_pairs
from .statements import Statements, load_statements
from .tastes import Pair, Taste, TasteItem, load_tastes

__all__ = [
    "Choices",
    "Pair",
    "Statements",
    "Taste",
    "TasteItem",
    "UserPair",
    "load_choices",
    "load_pairs",
    "load_statements",
    "load_tastes",
]
