"""YAML held to a schema, with file, line and field in every error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import InputError
from .files import read

if TYPE_CHECKING:
    import yaml

__all__ = ["Marked", "load_marked", "marked_documents"]

Model = TypeVar("Model", bound=BaseModel)
Loc: TypeAlias = Sequence[int | str]
Value: TypeAlias = "str | list[Value] | dict[str, Value]"


class Marked:
    """A YAML document that remembers where its fields stand.

    Args:
        path: The file.
        root: Its document.

    Raises:
        InputError: A mapping has a field twice, of which YAML would keep the last, a field's name
            is no word, or something refers to what stands elsewhere, where loops would hide.
    """

    def __init__(self, path: Path, root: yaml.Node) -> None:
        self.path = path
        self._root = root
        self._check(root, (), set())

    @property
    def line(self) -> int:
        """Where the document begins, from 1."""
        return int(self._root.start_mark.line) + 1

    def place(self, loc: Loc) -> str:
        """Where a field stands ("line 3 of 'file.yaml'"), or what holds it if it is not there.

        Args:
            loc: The way to it from the root.
        """
        return f"line {self._line(loc)} of {str(self.path)!r}"

    def error(self, loc: Loc, message: str) -> InputError:
        """What is wrong with a field.

        Args:
            loc: The way to it from the root.
            message: What is wrong, and what to do.
        """
        return InputError(f"{self.place(loc)}: {_field(loc)}: {message}")

    def fit(self, model: type[Model], *, as_text: bool = False) -> Model:
        """The document as a model.

        Args:
            model: What it must fit. A validator of several fields starts its message with the
                name of the one at fault and a colon.
            as_text: Read every scalar as text, so that `no` is the word "no".

        Raises:
            InputError: A field does not fit; the message names file, line and field.
        """
        try:
            return model.model_validate(
                _text(self._root) if as_text else self._resolved(), by_alias=True, by_name=False
            )
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            message, loc = first["msg"].removeprefix("Value error, "), list(first["loc"])
            if first["type"] == "value_error":
                name, colon, rest = message.partition(": ")
                if colon and name.isalpha():
                    message, loc = rest, loc if loc and loc[-1] == name else [*loc, name]
            given = (
                "" if first["type"] in ("missing", "value_error") else f", not {first['input']!r}"
            )
            raise self.error(loc, f"{message}{given:.90}") from error

    def _resolved(self) -> object:
        import yaml

        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(self._root)
        except (yaml.MarkedYAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = self.line if mark is None else mark.line + 1
            raise InputError(f"line {line} of {str(self.path)!r}: {error}") from error
        finally:
            loader.dispose()

    def _check(self, node: yaml.Node, loc: tuple[int | str, ...], seen: set[int]) -> None:
        import yaml

        if id(node) in seen:
            raise self.error(loc, "anchors and aliases are not used here; write it out")
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                line = f"line {key.start_mark.line + 1} of {str(self.path)!r}"
                if not isinstance(key, yaml.ScalarNode):
                    raise InputError(f"{line}: {_field(loc)}: a field's name is a word")
                if key.value in keys:
                    raise InputError(f"{line}: {_field((*loc, key.value))}: stands twice; keep one")
                keys.add(key.value)
                self._check(value, (*loc, key.value), seen)
        elif isinstance(node, yaml.SequenceNode):
            for place, value in enumerate(node.value):
                self._check(value, (*loc, place), seen)

    def _line(self, loc: Loc) -> int:
        import yaml

        node = self._root
        line = node.start_mark.line
        for step in loc:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if found is None:
                    break
                # A field begins where its name stands.
                line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step >= len(node.value):
                    break
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1


def marked_documents(path: Path) -> tuple[Marked, ...]:
    """The documents of a file, parted by `---`; empty ones are passed over.

    Args:
        path: A YAML file.

    Raises:
        InputError: It cannot be read, is no YAML or what `Marked` refuses; the message names file
            and line.
    """
    import yaml

    text = read(path)
    try:
        roots = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node]
        return tuple(Marked(path, root) for root in roots)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        problem = error.problem or error.context
        raise InputError(f"line {line} of {str(path)!r} is not YAML: {problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"line {line} of {str(path)!r} is not YAML: {error.reason}") from error
    except RecursionError as error:
        raise InputError(f"{str(path)!r} is nested too deeply") from error


def load_marked(path: Path, model: type[Model]) -> tuple[Model, Marked]:
    """A file of one document as a model, and where its fields stand.

    Args:
        path: A YAML file.
        model: What it must fit.

    Raises:
        InputError: It cannot be read, is no YAML, holds no or several documents, says a thing
            twice, or a field does not fit; the message names file, line and field.
    """
    documents = marked_documents(path)
    if len(documents) != 1:
        raise InputError(f"{str(path)!r} holds {len(documents)} documents; write one")
    return documents[0].fit(model), documents[0]


def _field(loc: Loc) -> str:
    return ".".join(map(str, loc)) or "the document"


def _text(node: yaml.Node) -> Value:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return {key.value: _text(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_text(each) for each in node.value]
    return str(node.value)
