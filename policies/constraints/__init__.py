"""Hard constraints checked against text: what breaks them, and the text without it."""

from .check import breaks, unsure, violations
from .judge import ConstraintJudge, Pair, Ruling
from .recognition import KnownConstraint, canonical_diet, recognise
from .repairs import Repaired, repair

__all__ = [
    "ConstraintJudge",
    "KnownConstraint",
    "Pair",
    "Repaired",
    "Ruling",
    "breaks",
    "canonical_diet",
    "recognise",
    "repair",
    "unsure",
    "violations",
]
