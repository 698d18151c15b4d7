"""YAML held to a schema, with file, line and field in every error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from ....errors import InputError
from ...datasets.files import read

if TYPE_CHECKING:
    import yaml

__all__ = ["Marked", "load_marked"]

Model = TypeVar("Model", bound=BaseModel)


class Marked:
    """A YAML document that remembers where its fields stand.

    Args:
        path: The file.
        root: Its document.
    """

    def __init__(self, path: Path, root: yaml.Node) -> None:
        self._path = path
        self._root = root

    def error(
        self, loc: Sequence[int | str], message: str, *, line: int | None = None
    ) -> InputError:
        """What is wrong with a field.

        Args:
            loc: The way to it from the root.
            message: What is wrong, and what to do.
            line: Where it stands, from 0, if the way does not tell.
        """
        field = ".".join(map(str, loc)) or "the document"
        place = self._line(loc) if line is None else line + 1
        return InputError(f"{str(self._path)!r}, line {place}: {field}: {message}")

    def _line(self, loc: Sequence[int | str]) -> int:
        """Of a field, or of the innermost part of the way to it that is there."""
        import yaml

        node = self._root
        line = node.start_mark.line
        for step in loc:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step >= len(node.value):
                    break
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1


def load_marked(path: Path, model: type[Model]) -> tuple[Model, Marked]:
    """A file as a model, and where its fields stand.

    Args:
        path: A YAML file of one document.
        model: What it must fit.

    Raises:
        InputError: It cannot be read, is no YAML, says a thing twice, or a field does not fit; the
            message names file, line and field.
    """
    import yaml

    text = read(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise InputError(
            f"{str(path)!r}, line {line}: is not YAML: {error.problem or error.context}"
        ) from error
    except yaml.YAMLError as error:
        raise InputError(f"{str(path)!r} is not YAML: {error}") from error
    if root is None:
        raise InputError(f"{str(path)!r} is empty")
    marked = Marked(path, root)
    _once(marked, root, (), set())
    try:
        return model.model_validate(yaml.safe_load(text)), marked
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        given = "" if first["type"] == "missing" else f", not {first['input']!r:.80}"
        raise marked.error(first["loc"], f"{first['msg']}{given}") from error


def _once(marked: Marked, node: yaml.Node, loc: tuple[int | str, ...], seen: set[int]) -> None:
    """Refuses a key that stands twice in one mapping, of which YAML would keep the last.

    And what refers to something elsewhere, since loops would hide there.
    """
    import yaml

    if id(node) in seen:
        raise marked.error(loc, "anchors and aliases are not used here; write it out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise marked.error(loc, "a field's name is a word")
            if key.value in keys:
                raise marked.error(
                    (*loc, key.value), "stands twice; keep one", line=key.start_mark.line
                )
            keys.add(key.value)
            _once(marked, value, (*loc, key.value), seen)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            _once(marked, value, (*loc, place), seen)
