"""Decides whether a clarifying question pays, what to ask, and in which words."""

from __future__ import annotations

from .discover import Discovered
from .elicitor import Costs, Elicitor
from .library import Aspects, Kind, KindIndex, Match
from .wording import question_for

__all__ = [
    "Aspects",
    "Costs",
    "Discovered",
    "Elicitor",
    "Kind",
    "KindIndex",
    "Match",
    "question_for",
]
