"""PERMA: multiple choices about a user's preferences, asked after conversations over months.

The format is that of the folder `data` of PolarisLiu1/PERMA ("PERMA: Benchmarking Personalized
Memory Agents via Event-Driven Preference and Realistic Task Environments"), as its evaluation
code reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ...errors import InputError
from .files import parse_json, read, validated
from .sources import missing, placed

__all__ = ["PERMA_POINTS", "PermaItem", "PermaMessage", "PermaPoint", "PermaSession", "load_perma"]

PermaPoint = Literal["zero-memory", "in-time", "post-distraction"]
PERMA_POINTS: tuple[PermaPoint, ...] = ("zero-memory", "in-time", "post-distraction")
"""What the task types 1 to 3 stand for."""

_OPTION = re.compile(r"^([A-Z])[:.)]\s", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class PermaMessage(NamedTuple):
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermaSession:
    """One conversation.

    Attributes:
        day: When, as `YYYY-MM-DD`; empty if the file does not say.
        messages: In order.
    """

    day: str
    messages: tuple[PermaMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PermaItem:
    """One multiple choice, and what was said before it.

    Attributes:
        user: The folder's name, such as "user108".
        task: The task's id, such as "SD-Alarm-task-3".
        point: When it is asked.
        question: What the user asks.
        options: The answers, without their letters.
        gold: The place of the right one, from 0.
        sessions: The conversations before, oldest first; of the point "zero-memory" nothing of
            them may be used.
    """

    user: str
    task: str
    point: PermaPoint
    question: str
    options: tuple[str, ...]
    gold: int
    sessions: tuple[PermaSession, ...]


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str


class _Messages(RootModel[list[_Message]]):
    pass


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    task_id: str = Field(min_length=1)
    type: int = Field(ge=1, le=3)
    context: list[object] = Field(default_factory=list)


class _Input(BaseModel):
    model_config = ConfigDict(extra="ignore")

    overall: list[_Event]


class _Meta(BaseModel):
    model_config = ConfigDict(extra="ignore")

    question: str = Field(min_length=1)
    options: str = Field(min_length=1)
    gold_label: str = Field(pattern=r"^[A-Z]$")


def load_perma(path: Path, *, variant: str = "c") -> tuple[PermaItem, ...]:
    """Reads PERMA.

    Args:
        path: The folder with `tasks/USER/input_data_*.json` and
            `evaluation/USER/meta/overall/TASK_TYPE.json`, or one that holds it as `data` or
            `perma`.
        variant: Which conversations: what stands between `input_data_` and `.json`; "c" is clean,
            "n" with noise, "multi_c" and "multi_n" of several domains, with "_s" in somebody's
            style.

    Returns:
        In the order of the users' names, and of the tasks in their files.

    Raises:
        InputError: There is no such data, a file does not fit, or a task has no question; the
            message names the file and the way to the field in it.
    """
    given = placed(path, "perma")
    root = next((each for each in (given, given / "data") if (each / "tasks").is_dir()), None)
    files = [] if root is None else sorted(root.glob(f"tasks/*/input_data_{variant}.json"))
    if root is None or not files:
        raise missing(path, "perma")
    items: list[PermaItem] = []
    for file in files:
        user = file.parent.name
        found = validated(_Input, parse_json(read(file), repr(str(file))), repr(str(file)))
        for index, event in enumerate(found.overall):
            place = f"{str(file)!r}: overall.{index}"
            items.append(_item(root, user, event, place))
    return tuple(items)


def _item(root: Path, user: str, event: _Event, place: str) -> PermaItem:
    name = f"{event.task_id}_{event.type}.json"
    file = root / "evaluation" / user / "meta" / "overall" / name
    if not file.is_file():
        raise InputError(
            f"{place}.task_id: there is no {str(file)!r} with its question; take both folders from "
            "the same release"
        )
    meta = validated(_Meta, parse_json(read(file), repr(str(file))), repr(str(file)))
    options = _options(meta.options, repr(str(file)))
    gold = ord(meta.gold_label) - ord("A")
    if gold >= len(options):
        raise InputError(
            f"{str(file)!r}: gold_label: is {meta.gold_label!r}, and there are {len(options)} "
            "options"
        )
    return PermaItem(
        user=user,
        task=event.task_id,
        point=PERMA_POINTS[event.type - 1],
        question=meta.question,
        options=options,
        gold=gold,
        sessions=tuple(
            _session(each, f"{place}.context.{number}") for number, each in enumerate(event.context)
        ),
    )


def _options(told: str, place: str) -> tuple[str, ...]:
    """The options out of a text in which each begins a line with its letter, in order."""
    starts: list[re.Match[str]] = []
    for start in _OPTION.finditer(told):
        # A line of an option may begin with a letter by itself; only the next one counts.
        if start[1] == chr(ord("A") + len(starts)):
            starts.append(start)
    if len(starts) < 2:
        raise InputError(
            f"{place}: options: is {told!r:.60}; its lines must begin with 'A: ', 'B: ' and so on"
        )
    ends = [*(start.start() for start in starts[1:]), len(told)]
    return tuple(told[start.end() : end].strip() for start, end in zip(starts, ends, strict=True))


def _session(value: object, place: str) -> PermaSession:
    """A conversation: `[messages, …, date]`, or an object with `conversation` and `date`."""
    if isinstance(value, dict):
        said, rest = value.get("conversation"), [value.get("date")]
    elif isinstance(value, list) and value:
        said, rest = value[0], value[1:]
    else:
        raise InputError(f"{place}: is {value!r:.60}; it must be [messages, date]")
    days = (_DAY.search(each) for each in rest if isinstance(each, str))
    day = next((found[0] for found in days if found is not None), "")
    messages = validated(_Messages, said, place).root
    return PermaSession(
        day=day, messages=tuple(PermaMessage(each.role, each.content) for each in messages)
    )
