"""Things that an assistant could do unasked, with when they come up and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ..datasets.marked import Marked, load_marked

__all__ = ["Alike", "Occasion", "Scenario", "load_scenarios", "shipped_scenarios"]

Place = Literal["home", "work", "out", "driving", "travelling"]
Time = Literal[
    "weekday morning",
    "weekday afternoon",
    "weekday evening",
    "weekend morning",
    "weekend afternoon",
    "weekend evening",
    "night",
]
Why = Literal["none", "money", "messages", "deletion", "health", "privacy"]

_Words = Annotated[str, Field(min_length=1, max_length=300)]
_Topic = Annotated[str, Field(min_length=1, max_length=80)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Occasion(_Strict):
    """When a scenario comes up.

    Attributes:
        place: Where the user is.
        time: When it is.
        doing: What they are doing, in words.
    """

    place: Place
    time: Time
    doing: _Words


class Alike(_Strict):
    """The same thing in other words.

    Attributes:
        topic: What it is called.
        offer: How it is offered.
    """

    topic: _Topic
    offer: _Words


class Scenario(_Strict):
    """Something that an assistant could do unasked.

    Attributes:
        topic: What it is, in a few words.
        domain: What part of life it belongs to.
        does: What the assistant would do.
        offers: How it is offered, in two wordings or more.
        occasions: When it comes up, two or more.
        benefit: What it is worth to somebody who wants it, in (0, 1].
        harm: What it costs somebody who does not, if it is simply done, in [0, 1].
        reversible: Whether it can be taken back.
        consent: Why nobody should do it without leave; "none" where there is no such reason.
        touches: What it lays hands on.
        related: The same in other words; a refusal holds for these too.
        near: Topics of other scenarios that look alike; a refusal does not hold for these.
    """

    topic: _Topic
    domain: _Words
    does: _Words
    offers: Annotated[tuple[_Words, ...], Field(min_length=2)]
    occasions: Annotated[tuple[Occasion, ...], Field(min_length=2)]
    benefit: Annotated[float, Field(gt=0.0, le=1.0)]
    harm: Annotated[float, Field(ge=0.0, le=1.0)]
    reversible: bool
    consent: Why
    touches: _Words
    related: Annotated[tuple[Alike, ...], Field(min_length=1)]
    near: Annotated[tuple[_Topic, ...], Field(min_length=1)]


class _File(RootModel[Annotated[tuple[Scenario, ...], Field(min_length=1)]]):
    pass


@cache
def shipped_scenarios() -> tuple[Scenario, ...]:
    """The scenarios that come with the package, in the order of their file."""
    return _read(Path(str(files(__package__).joinpath("scenarios.yaml"))))


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Scenarios of a file of one's own.

    Args:
        path: A YAML list of mappings with the fields of `Scenario`.

    Raises:
        InputError: The file cannot be read, or an entry is malformed; the message names file,
            line and field.
    """
    return _read(path)


def _read(path: Path) -> tuple[Scenario, ...]:
    file, marked = load_marked(path, _File)
    _check_names(file.root, marked)
    return file.root


def _check_names(found: Sequence[Scenario], marked: Marked) -> None:
    """Topics are each named once, and near ones exist."""
    seen: set[str] = set()
    topics = {each.topic for each in found}
    for number, each in enumerate(found):
        named: list[tuple[str, tuple[str | int, ...]]] = [(each.topic, ("topic",))]
        named += [(r.topic, ("related", at, "topic")) for at, r in enumerate(each.related)]
        for topic, field in named:
            if topic in seen:
                raise marked.error((number, *field), f"{topic!r} is a topic already; name it anew")
            seen.add(topic)
        for at, topic in enumerate(each.near):
            if topic not in topics or topic == each.topic:
                raise marked.error(
                    (number, "near", at), f"no other scenario has the topic {topic!r}"
                )
