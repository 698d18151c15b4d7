"""Namespaces and user ids with places that a run's configuration fills."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from langgraph.config import get_config

from ...errors import ConfigError, InputError

__all__ = ["Template"]

_PLACE = re.compile(r"\{(\w+)\}")


class Template:
    """Labels such as `("memories", "{user_id}")`, filled from `config["configurable"]`.

    Args:
        labels: The labels, or a single one; each `{name}` in them is a place to fill.

    Raises:
        InputError: There is no label, or one has a brace that belongs to no place.
    """

    def __init__(self, labels: tuple[str, ...] | str) -> None:
        self._labels = (labels,) if isinstance(labels, str) else tuple(labels)
        if not self._labels:
            raise InputError("the namespace is empty; give at least one label")
        for label in self._labels:
            if (
                not isinstance(label, str)
                or not label
                or _PLACE.sub("", label).strip("{}") != (_PLACE.sub("", label))
            ):
                raise InputError(
                    f"namespace has the label {label!r}; give texts, with places like '{{user_id}}'"
                )

    def fill(self) -> tuple[str, ...]:
        """The labels for the run that calls.

        Raises:
            ConfigError: A place has no value, or one that is no name; nothing is ever shared
                for want of one.
        """
        if not any(_PLACE.search(label) for label in self._labels):
            return self._labels
        try:
            config: Mapping[str, object] = dict(get_config())
        except RuntimeError:
            config = {}
        found = config.get("configurable")
        values: Mapping[str, object] = found if isinstance(found, Mapping) else {}

        def value(match: re.Match[str]) -> str:
            return _name(match.group(1), values)

        return tuple(_PLACE.sub(value, label) for label in self._labels)


def _name(place: str, values: Mapping[str, object]) -> str:
    value = values.get(place)
    if isinstance(value, int | UUID) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            f"the place {{{place}}} of a memory tool has the value {value!r}; run the graph with "
            f'config={{"configurable": {{{place!r}: ...}}}} and a text that names whose it is'
        )
    return value
