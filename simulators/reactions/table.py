"""Messages after replies, with what each shows (`messages.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from ...policies.feedback import ReactionLabel

__all__ = ["LABELS", "Part", "ReactionCase", "load_reactions"]

Part: TypeAlias = Literal["tuned", "held_out"]
LABELS: tuple[ReactionLabel, ...] = ("satisfied", "dissatisfied", "neutral", "off_topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionCase:
    """One message.

    Attributes:
        context: The number of its request and reply; several messages share one.
        request: What the reply answered.
        reply: The reply.
        message: What the user wrote next.
        label: What it shows.
    """

    context: int
    request: str
    reply: str
    message: str
    label: ReactionLabel


class _Context(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    part: Part
    request: str
    reply: str
    satisfied: tuple[str, ...]
    dissatisfied: tuple[str, ...]
    neutral: tuple[str, ...]
    off_topic: tuple[str, ...]

    def of(self, label: ReactionLabel) -> tuple[str, ...]:
        return {
            "satisfied": self.satisfied,
            "dissatisfied": self.dissatisfied,
            "neutral": self.neutral,
            "off_topic": self.off_topic,
        }[label]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    contexts: tuple[_Context, ...]


def load_reactions(part: Part = "held_out") -> tuple[ReactionCase, ...]:
    """The messages of a part of the table, in its order.

    Args:
        part: "held_out" is what is measured; on "tuned" prototypes and thresholds were chosen.
    """
    raw = (files(__package__) / "messages.toml").read_text(encoding="utf-8")
    contexts = _Table.model_validate(tomllib.loads(raw)).contexts
    return tuple(
        ReactionCase(
            context=number,
            request=context.request,
            reply=context.reply,
            message=message,
            label=label,
        )
        for number, context in enumerate(contexts)
        if context.part == part
        for label in LABELS
        for message in context.of(label)
    )
