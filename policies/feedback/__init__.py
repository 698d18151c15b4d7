"""Reads what users say, answer and change, and turns it into preferences."""

from __future__ import annotations

from .answers import answers_aspect, asks_anew, asks_back, read_answer
from .changes import pointed_at
from .edits import EditReading, describe_edit
from .examples import describer, measured
from .infer import Inferred, infer_edit, infer_statements
from .reading import read_message

__all__ = [
    "EditReading",
    "Inferred",
    "answers_aspect",
    "asks_anew",
    "asks_back",
    "describe_edit",
    "describer",
    "infer_edit",
    "infer_statements",
    "measured",
    "pointed_at",
    "read_answer",
    "read_message",
]
