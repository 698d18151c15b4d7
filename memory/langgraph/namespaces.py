"""Namespaces as paths: their labels, each followed by a dot, which no label may hold.

So a prefix of paths is a prefix of whole labels: `user1` is none of `user10`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from langgraph.store.base import InvalidNamespaceError, MatchCondition
from sqlalchemy import ColumnElement, Connection, and_, true

from ...errors import InputError

__all__ = ["check_key", "matches", "namespace_of", "ordered", "path_of", "under"]

_DOT, _AFTER_DOT = ".", "/"
_MAX_PATH = 1024
_MAX_KEY = 512
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def path_of(namespace: Sequence[str]) -> str:
    """The path of a namespace whose labels LangGraph has found fit; empty for the root.

    Raises:
        InvalidNamespaceError: It is too long, or a label holds what no database stores.
    """
    path = "".join(label + _DOT for label in namespace)
    if len(path) > _MAX_PATH:
        raise InvalidNamespaceError(
            f"namespace {path[:40]!r}… has {len(path)} characters; at most {_MAX_PATH} fit"
        )
    if _UNSTORABLE.search(path):
        raise InvalidNamespaceError(
            f"namespace {tuple(namespace)!r} holds half a character (a lone surrogate); remove it"
        )
    return path


def namespace_of(path: str) -> tuple[str, ...]:
    """The namespace of which `path_of` made a path."""
    return tuple(path.split(_DOT)[:-1])


def check_key(key: object) -> str:
    """Returns a usable key as text.

    Raises:
        InputError: It is too long, or holds what no database stores.
    """
    text = str(key)
    if len(text) > _MAX_KEY:
        raise InputError(f"key {text[:40]!r}… has {len(text)} characters; at most {_MAX_KEY} fit")
    if _UNSTORABLE.search(text):
        raise InputError(f"key {text!r} holds a NUL or half a character; remove it")
    return text


def ordered(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """A column of texts in the order of their characters, whatever the database's language."""
    return column.collate("C") if connection.dialect.name == "postgresql" else column


def under(connection: Connection, column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    """The condition of lying in a namespace or below it, which the primary key answers."""
    if not path:
        return true()
    column = ordered(connection, column)
    return and_(column >= path, column < path[: -len(_DOT)] + _AFTER_DOT)


def matches(namespace: Sequence[str], conditions: Sequence[MatchCondition]) -> bool:
    """Whether a namespace begins and ends as wanted; `*` stands for any one label.

    Raises:
        InputError: A condition is neither about the beginning nor about the end.
    """
    return all(_matches(namespace, each) for each in conditions)


def _matches(namespace: Sequence[str], condition: MatchCondition) -> bool:
    wanted: Sequence[Any] = condition.path
    if condition.match_type not in ("prefix", "suffix"):
        raise InputError(f"match_type is {condition.match_type!r}; use 'prefix' or 'suffix'")
    if len(namespace) < len(wanted):
        return False
    start = 0 if condition.match_type == "prefix" else len(namespace) - len(wanted)
    found = namespace[start : start + len(wanted)]
    return all(want in ("*", label) for want, label in zip(wanted, found, strict=True))
