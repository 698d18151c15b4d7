"""Hard constraints checked against text: what breaks them, and the text without it."""

from .check import violations
from .recognition import KnownConstraint, canonical_diet, recognise
from .repairs import Repaired, repair

__all__ = [
    "KnownConstraint",
    "Repaired",
    "canonical_diet",
    "recognise",
    "repair",
    "violations",
]
