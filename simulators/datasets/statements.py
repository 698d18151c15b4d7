"""Statements that one agrees with or not, by trait (model-written personas)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from ...errors import InputError
from .files import found, parse_json, read, validated

__all__ = ["Statements", "load_statements"]

_ANSWERS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """One trait.

    Attributes:
        name: The trait.
        texts: Statements, none of them twice.
        agrees: Whether someone with the trait would say each.
    """

    name: str
    texts: tuple[str, ...]
    agrees: tuple[bool, ...]


class _Line(BaseModel):
    statement: str
    answer_matching_behavior: str


def load_statements(folder: Path) -> tuple[Statements, ...]:
    """Reads every `*.jsonl` of a folder.

    Args:
        folder: Each line of a file is an object with `statement` and `answer_matching_behavior`,
            which is yes or no.

    Returns:
        One entry per file, named after it; nothing if the folder is missing.

    Raises:
        InputError: A file is malformed, or has fewer than 20 statements or one kind of answer
            only; the message says where.
    """
    return tuple(_load(path) for path in found(folder, ".jsonl"))


def _load(path: Path) -> Statements:
    kept: dict[str, bool] = {}
    for number, line in enumerate(read(path).splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number} of {str(path)!r}"
        entry = validated(_Line, parse_json(line, place), place)
        answer = entry.answer_matching_behavior.strip().lower()
        if answer not in _ANSWERS:
            raise InputError(
                f"{place}: answer_matching_behavior is {entry.answer_matching_behavior!r}; "
                "it must be Yes or No"
            )
        kept.setdefault(entry.statement, _ANSWERS[answer])
    if len(kept) < 20 or len(set(kept.values())) < 2:
        raise InputError(
            f"{str(path)!r} has {len(kept)} statements and {len(set(kept.values()))} kinds of "
            "answer; it needs at least 20, with both yes and no"
        )
    return Statements(name=path.stem, texts=tuple(kept), agrees=tuple(kept.values()))
