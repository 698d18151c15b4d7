"""Things that an assistant could do unasked, with when they come up and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ...errors import InputError

if TYPE_CHECKING:
    import yaml

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


@cache
def shipped_scenarios() -> tuple[Scenario, ...]:
    """The scenarios that come with the package, in the order of their file."""
    found = files(__package__) / "scenarios.yaml"
    return _read(found.read_text(encoding="utf-8"), "scenarios.yaml")


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Scenarios of a file of one's own.

    Args:
        path: A YAML list of mappings with the fields of `Scenario`.

    Raises:
        InputError: The file cannot be read, or an entry is malformed; the message names file,
            line and field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read scenarios from {str(path)!r}: {error}; name a YAML file in UTF-8"
        ) from error
    return _read(text, str(path))


@cache
def _schema() -> TypeAdapter[Scenario]:
    return TypeAdapter(Scenario)


def _read(text: str, name: str) -> tuple[Scenario, ...]:
    import yaml

    try:
        # The same nodes give the values and, for messages, the lines.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{name!r} is no YAML: {error}") from error
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode) or not data:
        raise InputError(f"{name!r} holds {type(data).__name__}; give a list of scenarios")
    found: list[Scenario] = []
    for entry, at in zip(data, node.value, strict=True):
        try:
            found.append(_schema().validate_python(entry))
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(_told(name, at, first["loc"], first["msg"], first["input"])) from error
    _check_names(name, found, node.value)
    return tuple(found)


def _check_names(name: str, found: Sequence[Scenario], nodes: Sequence[yaml.Node]) -> None:
    """Topics are each named once, and near ones exist."""
    seen: set[str] = set()
    topics = {each.topic for each in found}
    for each, at in zip(found, nodes, strict=True):
        for topic, field in ((each.topic, "topic"), *((r.topic, "related") for r in each.related)):
            if topic in seen:
                raise InputError(_told(name, at, (field,), "this topic is taken", topic))
            seen.add(topic)
        for place, topic in enumerate(each.near):
            if topic not in topics or topic == each.topic:
                message = "no other scenario has this topic"
                raise InputError(_told(name, at, ("near", place), message, topic))


def _told(
    name: str, node: yaml.Node, where: Sequence[str | int], message: str, value: object
) -> str:
    field = ".".join(map(str, where)) or "the entry"
    shown = repr(value)
    return (
        f"{name!r}, line {_line(node, where)}, field {field!r}: {message} "
        f"(got {shown if len(shown) <= 80 else shown[:79] + '…'})"
    )


def _line(node: yaml.Node, where: Sequence[str | int]) -> int:
    """The line of a field, or of the innermost thing around it that is there."""
    import yaml

    for step in where:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            inner = node.value[step] if step < len(node.value) else None
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1
