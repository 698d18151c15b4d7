"""Conversations in which a person rated several answers to each message, as comparisons.

The format is that of `conversations.jsonl` of PRISM (Kirk et al. 2024, "The PRISM Alignment
Dataset").
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...errors import InputError
from .files import json_lines, named
from .pairs import Kind, UserPair

__all__ = ["load_prism"]

_CLEAR = 50.0
_SUBJECTIVE = ("values guided", "controversy guided")


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    turn: int
    role: Literal["user", "model"]
    content: str
    score: float | None = None
    if_chosen: bool | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user_id: str = Field(min_length=1)
    conversation_history: list[_Message] = Field(min_length=1)
    conversation_type: str | None = None


def load_prism(path: Path) -> tuple[UserPair, ...]:
    """Reads a file, or every `*.jsonl` of a folder.

    In each turn the answer that was chosen, else the one with the highest score, is better than
    each other. Fifty of the hundred points between two leave no doubt; less is a weaker preference
    in proportion, and where choice and scores contradict each other it is a tie. What is about
    values or a controversy is subjective; of other conversations it is not known.

    Args:
        path: Each line is an object with `user_id` and `conversation_history`, a list of messages
            with `turn`, `role` ("user" or "model"), `content` and, of the model's, `score` (1 to
            100) and `if_chosen`; and perhaps `conversation_type`.

    Raises:
        InputError: There is no such file, a line is malformed, or no turn has two answers that
            differ; the message names file, line and field.
    """
    what = 'JSON Lines with {"user_id", "conversation_history"}'
    pairs = [
        pair
        for file in named(path, ".jsonl", what)
        for entry in json_lines(file, _Line)
        for pair in _of_conversation(entry)
    ]
    if not pairs:
        raise InputError(f"{str(path)!r} holds no turn with two different answers to compare")
    return tuple(pairs)


def _of_conversation(line: _Line) -> list[UserPair]:
    kind: Kind | None = "subjective" if line.conversation_type in _SUBJECTIVE else None
    pairs = []
    for turn in dict.fromkeys(each.turn for each in line.conversation_history):
        messages = [each for each in line.conversation_history if each.turn == turn]
        prompt = " ".join(each.content for each in messages if each.role == "user")
        answers = [each for each in messages if each.role == "model"]
        if not answers:
            continue
        best = max(answers, key=lambda each: (bool(each.if_chosen), each.score or 0.0))
        pairs += [
            UserPair(
                user=line.user_id,
                prompt=prompt,
                chosen=best.content,
                rejected=other.content,
                strength=_strength(best, other),
                kind=kind,
            )
            for other in answers
            if other.content != best.content
        ]
    return pairs


def _strength(best: _Message, other: _Message) -> float:
    if best.score is None or other.score is None:
        return 1.0
    return min(1.0, max(0.0, (best.score - other.score) / _CLEAR))
