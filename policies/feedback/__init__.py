"""Reads what users say, answer and change, and turns it into preferences."""

from __future__ import annotations

from .answers import answers_aspect, asks_anew, asks_back, read_answer
from .changes import pointed_at
from .edits import EditReading, describe_edit
from .examples import describer, measured
from .followups import FollowUpScore, score_follow_ups
from .infer import Inferred, infer_statements
from .occasions import bearing_on, occasion_of
from .prototypes import ReactionLabel
from .reading import read_message
from .reasons import read_reason
from .shown import counted, differing, heard
from .staged import LikelyReaction, ReactionStages, StagedReaction

__all__ = [
    "EditReading",
    "FollowUpScore",
    "Inferred",
    "LikelyReaction",
    "ReactionLabel",
    "ReactionStages",
    "StagedReaction",
    "answers_aspect",
    "asks_anew",
    "asks_back",
    "bearing_on",
    "counted",
    "describe_edit",
    "describer",
    "differing",
    "heard",
    "infer_statements",
    "measured",
    "occasion_of",
    "pointed_at",
    "read_answer",
    "read_message",
    "read_reason",
    "score_follow_ups",
]
