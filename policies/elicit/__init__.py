"""Decides whether a clarifying question pays, what to ask, and in which words."""

from __future__ import annotations

from .answering import INDIFFERENT, UNASKED, Answering
from .beliefs import Belief
from .costs import Costs, Patience
from .discover import Discovered
from .elicitor import Elicitor
from .library import PASSING, Aspects, Kind, KindIndex, Match
from .replies import Replied, read_reply
from .tendencies import Answers, Tendencies, Tendency
from .wording import question_for

__all__ = [
    "INDIFFERENT",
    "PASSING",
    "UNASKED",
    "Answering",
    "Answers",
    "Aspects",
    "Belief",
    "Costs",
    "Discovered",
    "Elicitor",
    "Kind",
    "KindIndex",
    "Match",
    "Patience",
    "Replied",
    "Tendencies",
    "Tendency",
    "question_for",
    "read_reply",
]
