"""Profiles from YAML files, with file, line and field in every error, and back into YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import yaml
from pydantic import ValidationError

from ...errors import InputError
from ..datasets.files import read
from .schema import Profile

__all__ = ["library", "load_profiles", "profiles_to_yaml"]

_SUFFIXES = (".yaml", ".yml")
_LIBRARY = Path(__file__).parent / "library"

Loc: TypeAlias = Sequence[int | str]
Value: TypeAlias = "str | list[Value] | dict[str, Value]"


def load_profiles(path: Path) -> tuple[Profile, ...]:
    """Loads profiles.

    Every scalar is read as text and then held to the schema, so that `wants: no` is the word "no"
    and nothing in a file is ever run. A file may hold several documents, parted by `---`.

    Args:
        path: A file, or a folder whose `.yaml` and `.yml` files are read in the order of their
            names.

    Returns:
        The profiles, in the order of the files; at least one.

    Raises:
        InputError: Nothing is there, a file is no YAML, a key or an id stands twice, or a field
            does not fit; the message names file, line and field.
    """
    found: dict[str, str] = {}
    profiles: list[Profile] = []
    for file in _files(path):
        for node in _documents(file):
            profile = _profile(file, node)
            place = f"{str(file)!r}, line {_line(node)}"
            if profile.id in found:
                raise InputError(
                    f"{place}: id: {profile.id!r} is already the profile of {found[profile.id]}; "
                    "give each an id of its own"
                )
            found[profile.id] = place
            profiles.append(profile)
    if not profiles:
        raise InputError(f"{str(path)!r} holds no profile; see docs/simulated-users.md")
    return tuple(profiles)


@cache
def library() -> tuple[Profile, ...]:
    """The profiles that are shipped."""
    return load_profiles(_LIBRARY)


def profiles_to_yaml(profiles: Iterable[Profile]) -> str:
    """Profiles as YAML that `load_profiles` reads, one document each."""
    return yaml.safe_dump_all(
        (
            profile.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
            for profile in profiles
        ),
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{str(path)!r} does not exist; name a profile or a folder of profiles")
    found = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
    if not found:
        raise InputError(f"{str(path)!r} holds no *.yaml; name a profile or a folder of profiles")
    return found


def _documents(file: Path) -> list[yaml.Node]:
    text = read(file)
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise InputError(
            f"{str(file)!r}, line {line}: is not YAML: {error.problem or error.context}"
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"{str(file)!r}, line {line}: is not YAML: {error.reason}") from error
    except RecursionError as error:
        raise InputError(f"{str(file)!r}: is nested too deeply to be a profile") from error
    return [node for node in nodes if node is not None]


def _profile(file: Path, node: yaml.Node) -> Profile:
    if not isinstance(node, yaml.MappingNode):
        raise InputError(
            f"{str(file)!r}, line {_line(node)}: a profile is a mapping of fields to values"
        )
    value = _value(file, node, seen=set())
    try:
        return Profile.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message, loc = first["msg"].removeprefix("Value error, "), list(first["loc"])
        if first["type"] == "value_error" and not (loc and loc[-1] == message.split(":")[0]):
            # What concerns several fields starts its message with the one at fault.
            name, colon, rest = message.partition(": ")
            if colon and name.isalpha():
                message, loc = rest, [*loc, name]
        given = "" if first["type"] in ("missing", "value_error") else f", not {first['input']!r}"
        field = ".".join(map(str, loc)) or "the profile"
        raise InputError(
            f"{str(file)!r}, line {_line_of(node, loc)}: {field}: {message}{given:.90}"
        ) from error


def _value(file: Path, node: yaml.Node, *, seen: set[int]) -> Value:
    """The text of a node; what it refers to elsewhere is refused, since loops would hide there."""
    if id(node) in seen:
        raise InputError(
            f"{str(file)!r}, line {_line(node)}: anchors and aliases are not used in profiles; "
            "write it out"
        )
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Value] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{str(file)!r}, line {_line(key)}: a field's name is a word")
            if key.value in found:
                raise InputError(f"{str(file)!r}, line {_line(key)}: {key.value}: stands twice")
            found[key.value] = _value(file, value, seen=seen)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(file, each, seen=seen) for each in node.value]
    return str(node.value)


def _line_of(node: yaml.Node, loc: Loc) -> int:
    """The line of a field, or of the innermost part of the way to it that is there."""
    line = _line(node)
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == step), None)
            if found is None:
                break
            line, node = _line(found[0]), found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = _line(node)
        else:
            break
    return line


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
