"""Aspects out of what an app has already: a schema of its options, or the features of its items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ...errors import ConfigError
from ..types import Aspect, Candidate, Link

__all__ = ["aspects_of", "aspects_of_features", "titled"]

_MOST_VALUES = 12
_MOST_NUMBERS = 7
_IMPORTANCE = 0.5
_DEEPEST = 8


class _Extra(BaseModel):
    """What a field may say besides its type."""

    model_config = ConfigDict(extra="ignore")

    title: str | None = None
    description: str | None = None
    importance: float = Field(default=_IMPORTANCE, ge=0, le=1)
    hard: bool = False
    ordered: bool | None = None
    question: str | None = None
    why: str | None = None
    lasts_hours: float | None = Field(default=None, gt=0)
    shares: tuple[float, ...] = ()


def titled(schema: type[BaseModel] | Mapping[str, object]) -> str:
    """What a schema calls itself."""
    return str(_json(schema).get("title") or "request").lower()


def aspects_of(schema: type[BaseModel] | Mapping[str, object]) -> tuple[Aspect, ...]:
    """The fields of a schema whose values can be listed, as aspects.

    Args:
        schema: A pydantic model, or a JSON schema of an object; nested objects are gone through.

    Raises:
        ConfigError: There is no such field, or a field's extra keys are malformed.
    """
    whole = _json(schema)
    found: dict[str, Aspect] = {}
    _gather(whole, whole, "", found, 0)
    if not found:
        raise ConfigError(
            f"schema {whole.get('title', '?')!r} has no field with two to {_MOST_VALUES} values to "
            "choose from; use enums, literals, booleans or small ranges"
        )
    return tuple(found.values())


def aspects_of_features(candidates: Sequence[Candidate]) -> tuple[Aspect, ...]:
    """The features on which candidates differ, as aspects linked to those features.

    Raises:
        ConfigError: No feature differs.
    """
    names = sorted({name for candidate in candidates for name in candidate.features})
    found = []
    for name in names:
        numbers = sorted(c.features[name] for c in candidates if name in c.features)
        low, high = numbers[0], numbers[-1]
        if not high > low:
            continue
        words = name.replace("_", " ")
        values: tuple[str, ...]
        places: tuple[float, ...]
        if len(set(numbers)) == 2:
            values, places = (f"less {words}", f"more {words}"), (low, high)
        else:
            middle = numbers[len(numbers) // 2]
            values = (f"less {words}", "something in between", f"more {words}")
            places = (low, middle, high)
        found.append(
            Aspect(
                key=name,
                name=words,
                values=values,
                importance=_IMPORTANCE,
                ordered=len(values) > 2,
                links=(Link(name, places),),
            )
        )
    if not found:
        raise ConfigError(
            f"none of {len(candidates)} candidates has a feature that another differs on; "
            "give candidates with features"
        )
    return tuple(found)


def _json(schema: type[BaseModel] | Mapping[str, object]) -> dict[str, Any]:
    if isinstance(schema, Mapping):
        return dict(cast("Mapping[str, Any]", schema))
    return TypeAdapter(schema).json_schema()


def _gather(
    whole: Mapping[str, Any],
    node: Mapping[str, Any],
    prefix: str,
    found: dict[str, Aspect],
    depth: int,
) -> None:
    properties = node.get("properties")
    if not isinstance(properties, Mapping) or depth > _DEEPEST:
        return
    for name, raw in properties.items():
        if not isinstance(raw, Mapping):
            continue
        field = _resolved(whole, raw)
        key = f"{prefix}{name}"
        if "properties" in field:
            _gather(whole, field, f"{key}_", found, depth + 1)
            continue
        values = _values(field)
        if 2 <= len(values) <= _MOST_VALUES:
            found[key] = _aspect(key, str(name), field, values)


def _resolved(whole: Mapping[str, Any], raw: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A field with its references followed, optional ones without their null."""
    field = dict(raw)
    reference = field.pop("$ref", None)
    if isinstance(reference, str) and depth < _DEEPEST:
        target: Any = whole
        for part in reference.removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, Mapping) else {}
        if isinstance(target, Mapping):
            # What a type is called says nothing of the field.
            inner = _resolved(whole, target, depth + 1)
            named = {k: v for k, v in inner.items() if k not in ("title", "description")}
            field = {**named, **field}
    for joint in ("anyOf", "oneOf", "allOf"):
        parts = field.get(joint)
        if isinstance(parts, Sequence) and not isinstance(parts, str) and depth < _DEEPEST:
            kinds = [
                _resolved(whole, part, depth + 1)
                for part in parts
                if isinstance(part, Mapping) and part.get("type") != "null"
            ]
            if len(kinds) == 1:
                field = {**kinds[0], **{k: v for k, v in field.items() if k != joint}}
            elif kinds and all("const" in part for part in kinds):
                field["enum"] = [part["const"] for part in kinds]
    return field


def _values(field: Mapping[str, Any]) -> tuple[str, ...]:
    options = field.get("enum")
    if isinstance(options, Sequence) and not isinstance(options, str):
        words = [_words(option) for option in options if option is not None]
        return tuple(dict.fromkeys(word for word in words if word))
    if field.get("type") == "boolean":
        return ("yes", "no")
    low, high = field.get("minimum"), field.get("maximum")
    if field.get("type") == "integer" and isinstance(low, int) and isinstance(high, int):
        numbers = range(low, high + 1)
        return tuple(map(str, numbers)) if len(numbers) <= _MOST_NUMBERS else ()
    return ()


def _words(value: object) -> str:
    text = str(value)
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()


def _aspect(key: str, name: str, field: Mapping[str, Any], values: tuple[str, ...]) -> Aspect:
    try:
        extra = _Extra.model_validate(dict(field))
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            f"field {key!r}: {'.'.join(map(str, first['loc']))} is {first.get('input')!r}: "
            f"{first['msg']}; mend the schema"
        ) from error
    if extra.shares and len(extra.shares) != len(values):
        raise ConfigError(
            f"field {key!r} has {len(extra.shares)} shares for {len(values)} values; "
            "give as many as there are values"
        )
    described = " ".join((extra.description or "").split())
    asks = described.endswith("?")
    return Aspect(
        key=key,
        name=_words(extra.title or name).lower(),
        values=values,
        question=extra.question or (described if asks else None),
        why=extra.why or (None if asks else described.rstrip(".") or None),
        importance=extra.importance,
        hard=extra.hard,
        lasts_hours=extra.lasts_hours,
        ordered=field.get("type") == "integer" if extra.ordered is None else extra.ordered,
        shares=extra.shares,
    )
