"""Reads what users say, answer and change, and turns it into preferences."""

from __future__ import annotations

from .answers import read_answer
from .edits import EditReading, describe_edit
from .infer import Inferred, infer_edit, infer_statements
from .reading import read_message

__all__ = [
    "EditReading",
    "Inferred",
    "describe_edit",
    "infer_edit",
    "infer_statements",
    "read_answer",
    "read_message",
]
