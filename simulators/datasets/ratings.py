"""People's ratings of texts or items, one JSON object a line, as comparisons."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from .files import json_lines, named
from .pairs import Kind, UserPair

__all__ = ["load_ratings"]

_EARLIER = 3


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    user: str = Field(min_length=1)
    text: str = ""
    item: str = ""
    rating: float
    prompt: str = ""
    source: str | None = None
    context: str | None = None
    kind: Kind | None = None
    features: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_what(self) -> _Line:
        if not (self.text or self.item or self.features):
            raise ValueError("there is no text, no item and no features")
        return self

    @property
    def content(self) -> str:
        return self.text or self.item


def load_ratings(path: Path) -> tuple[UserPair, ...]:
    """Reads a file, or every `*.jsonl` of a folder, and compares what each person rated.

    Each rating is compared with up to three before it, of the same person and the same prompt,
    that differ from it. Half the range of all ratings between two leaves no doubt; less is a
    weaker preference in proportion. The comparisons of one rating share a weight of 1.

    Args:
        path: Each line is an object with `user`, `rating` and `text` (or `item`, a name or title),
            and perhaps `prompt`, `source`, `context`, `kind` and `features`, numbers by name.

    Raises:
        InputError: There is no such file, a line is malformed, or nobody rated two things
            differently; the message names file, line and field.
    """
    lines = [
        entry
        for file in named(path, ".jsonl", 'JSON Lines with {"user", "text", "rating"}')
        for entry in json_lines(file, _Line)
    ]
    values = [each.rating for each in lines]
    half = 0.5 * (max(values) - min(values)) if values else 0.0
    earlier: dict[tuple[str, str], list[_Line]] = {}
    pairs: list[UserPair] = []
    for new in lines:
        before = earlier.setdefault((new.user, new.prompt), [])
        differing = [old for old in reversed(before) if _differ(old, new)][:_EARLIER]
        pairs += [_pair(old, new, half, 1.0 / len(differing)) for old in differing]
        before.append(new)
    if not pairs:
        raise InputError(
            f"{str(path)!r} holds {len(lines)} ratings, and nobody rated two texts of one prompt "
            "differently; there is nothing to compare"
        )
    return tuple(pairs)


def _differ(old: _Line, new: _Line) -> bool:
    same = (old.content, old.features) == (new.content, new.features)
    return old.rating != new.rating and not same


def _pair(old: _Line, new: _Line, half: float, weight: float) -> UserPair:
    better, worse = (new, old) if new.rating > old.rating else (old, new)
    return UserPair(
        user=new.user,
        prompt=new.prompt,
        chosen=better.content,
        rejected=worse.content,
        strength=min(1.0, (better.rating - worse.rating) / half),
        weight=weight,
        source=new.source,
        context=new.context,
        kind=new.kind,
        chosen_features=better.features,
        rejected_features=worse.features,
    )
