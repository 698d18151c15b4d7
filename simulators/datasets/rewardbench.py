"""Personalized RewardBench: two good answers to a person's question, one that suits the person.

The format is that of the data set QiyaoMa/Personalized-RewardBench (arXiv 2604.07343), as JSON
Lines: what its code writes to `data/`, and what `to_json` of Hugging Face's `datasets` makes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from .files import found, json_lines
from .sources import missing, placed

__all__ = ["RewardBenchItem", "load_rewardbench"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardBenchItem:
    """One question with its two answers.

    Attributes:
        id: Unique in the set.
        category: Its topic domain.
        question: What the person asks.
        history: Questions that they asked before, in the file's order; may be used.
        chosen: The answer that keeps the person's rubric.
        rejected: The one that does not.
        rubric: What the person wants of an answer; for the oracle only, never for a model.
    """

    id: str
    category: str
    question: str
    history: tuple[str, ...]
    chosen: str
    rejected: str
    rubric: tuple[str, ...]


class _Post(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str


class _Aspect(BaseModel):
    model_config = ConfigDict(extra="ignore")

    aspect: str = Field(min_length=1)
    reason: str = ""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, coerce_numbers_to_str=True)
    question: str = Field(min_length=1)
    profile: list[_Post]
    rubric_aspects: list[_Aspect] = Field(default_factory=list)
    category: str = Field(min_length=1)
    chosen: str = Field(min_length=1)
    rejected: str = Field(min_length=1)

    @model_validator(mode="after")
    def _differ(self) -> _Line:
        if self.chosen == self.rejected:
            raise ValueError("chosen and rejected are the same text")
        return self


def load_rewardbench(path: Path) -> tuple[RewardBenchItem, ...]:
    """Reads the set.

    Args:
        path: A file of JSON Lines, or a folder of such files, such as the folder `rewardbench` of
            a directory of several sets.

    Raises:
        InputError: There is no such file, or a line does not fit; the message names file, line
            and field.
    """
    place = placed(path, "rewardbench")
    if place.suffix == ".parquet" or place.is_dir():
        files = found(place, ".jsonl")
        table = next(iter([place] if place.is_file() else sorted(place.rglob("*.parquet"))), None)
    else:
        files, table = ((place,) if place.is_file() else ()), None
    if not files and table is not None:
        raise InputError(
            f"{str(table)!r} is a Parquet table, and JSON Lines are read; write them with "
            'datasets.load_dataset("QiyaoMa/Personalized-RewardBench", SUBSET, split="test")'
            ".to_json(FILE)"
        )
    items: dict[str, RewardBenchItem] = {}
    for file in files:
        for number, line in enumerate(json_lines(file, _Line), 1):
            if line.id in items:
                raise InputError(
                    f"object {number} of {str(file)!r}: id: {line.id!r} stands twice; ids are "
                    "unique"
                )
            items[line.id] = RewardBenchItem(
                id=line.id,
                category=line.category,
                question=line.question,
                history=tuple(post.text for post in line.profile if post.text.strip()),
                chosen=line.chosen,
                rejected=line.rejected,
                rubric=tuple(
                    f"{each.aspect}: {each.reason}" if each.reason else each.aspect
                    for each in line.rubric_aspects
                ),
            )
    if not items:
        raise missing(path, "rewardbench")
    return tuple(items.values())
