"""People's comparisons of two texts, one JSON object a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from .files import json_lines, named

__all__ = ["Kind", "UserPair", "load_pairs"]

Kind = Literal["objective", "subjective"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPair:
    """What one person preferred to what, on one occasion.

    Attributes:
        user: Who, an opaque name.
        prompt: What was asked; may be empty.
        chosen: The preferred text; empty for a thing known by its features alone.
        rejected: The other.
        strength: How clear it was, in [0, 1]; 0 is a tie, 1 leaves no doubt.
        weight: How many ordinary comparisons it counts for, above 0.
        source: How it was learned ("click", "expert"), if known: each has its own reliability.
        context: What the person was doing, in words, if known.
        kind: Whether the request had a right answer ("objective") or was a matter of taste.
        chosen_features: The app's own features of the preferred.
        rejected_features: Of the other.
    """

    user: str
    prompt: str
    chosen: str
    rejected: str
    strength: float = 1.0
    weight: float = 1.0
    source: str | None = None
    context: str | None = None
    kind: Kind | None = None
    chosen_features: Mapping[str, float] = field(default_factory=dict)
    rejected_features: Mapping[str, float] = field(default_factory=dict)


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    user: str = Field(min_length=1)
    prompt: str = ""
    chosen: str
    rejected: str
    strength: float = Field(default=1.0, ge=0.0, le=1.0)
    source: str | None = None
    context: str | None = None
    kind: Kind | None = None
    chosen_features: dict[str, float] = Field(default_factory=dict)
    rejected_features: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _differ(self) -> _Line:
        if self.chosen == self.rejected and self.chosen_features == self.rejected_features:
            raise ValueError("chosen and rejected are the same text")
        return self


def load_pairs(path: Path) -> tuple[UserPair, ...]:
    """Reads a file, or every `*.jsonl` of a folder.

    Args:
        path: Each line is an object with `user`, `prompt`, `chosen` and `rejected`, and perhaps
            `strength` (0 to 1), `source`, `context`, `kind` ("objective" or "subjective") and
            the app's own numbers by name, `chosen_features` and `rejected_features`.

    Returns:
        In the order of the lines, files in the order of their names.

    Raises:
        InputError: There is no such file, a line is malformed or nothing is in it; the message
            names file, line and field.
    """
    pairs = []
    for file in named(path, ".jsonl", 'JSON Lines with {"user", "prompt", "chosen", "rejected"}'):
        for entry in json_lines(file, _Line):
            pairs.append(
                UserPair(
                    user=entry.user,
                    prompt=entry.prompt,
                    chosen=entry.chosen,
                    rejected=entry.rejected,
                    strength=entry.strength,
                    source=entry.source,
                    context=entry.context,
                    kind=entry.kind,
                    chosen_features=entry.chosen_features,
                    rejected_features=entry.rejected_features,
                )
            )
    if not pairs:
        raise InputError(f"{str(path)!r} holds no comparisons")
    return tuple(pairs)
