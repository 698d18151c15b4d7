"""GATE: a persona in words, and what somebody like that answers with yes or no.

Li et al. 2023, "Eliciting Human Preferences with Language Models" (code
alextamkin/generative-elicitation), whose `gpt_prompts` hold one persona a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from .files import found, parse_json, read, validated
from .sources import missing, placed

__all__ = ["GateCase", "GatePersona", "load_gate"]


class GateCase(NamedTuple):
    """Something to say yes or no to, and what the persona says."""

    text: str
    answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePersona:
    """One persona.

    Attributes:
        name: The file's; with its folder's where a folder of folders was read.
        persona: Who it is, in the second person: hidden, for whoever plays it.
        task: What is to be found out, in words.
        cases: What to predict. The published profiles of readers share their articles.
    """

    name: str
    persona: str
    task: str
    cases: tuple[GateCase, ...]


class _Case(NamedTuple):
    text: str
    answer: StrictBool


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    persona: str = Field(min_length=1)
    task_description: str = Field(min_length=1)
    test_cases: list[_Case] = Field(min_length=1)


def load_gate(path: Path) -> tuple[GatePersona, ...]:
    """Reads personas.

    Args:
        path: A file of `gpt_prompts`, a folder of such files, or a folder of such folders, such as
            `gpt_prompts` itself; or one that holds it as `gate`.

    Returns:
        In the order of the files' names, folder by folder.

    Raises:
        InputError: There is no such file, or one does not fit; the message names the file and the
            way to the field in it.
    """
    place = placed(path, "gate")
    if place.is_file():
        files = [place]
    else:
        inner = sorted(each for each in place.glob("*") if each.is_dir())
        files = [file for folder in (place, *inner) for file in found(folder, ".json")]
    if not files:
        raise missing(path, "gate")
    return tuple(_persona(file, place) for file in files)


def _persona(file: Path, root: Path) -> GatePersona:
    told = validated(_File, parse_json(read(file), repr(str(file))), repr(str(file)))
    inside = file.parent not in (root, root.parent)
    return GatePersona(
        name=f"{file.parent.name}/{file.stem}" if inside else file.stem,
        persona=told.persona,
        task=told.task_description,
        cases=tuple(GateCase(each.text, each.answer) for each in told.test_cases),
    )
