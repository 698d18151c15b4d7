"""The rows of LangGraph's items: reading, writing and expiry, in SQL that both databases know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from ...errors import InputError
from .. import schema
from .namespaces import namespace_of, ordered, under

if TYPE_CHECKING:
    from langgraph.store.base import Item, SearchItem

__all__ = [
    "Place",
    "Row",
    "Vector",
    "delete_items",
    "expiry",
    "find",
    "item_of",
    "json_of",
    "list_rows",
    "paths",
    "put_items",
    "refresh",
    "search_item_of",
    "unexpired",
]

_CHUNK = 400
_items, _vectors = schema.items, schema.item_vectors


class Place(NamedTuple):
    """Where an item is."""

    path: str
    key: str


class Row(NamedTuple):
    """An item as its table has it."""

    path: str
    key: str
    value: str
    created_at: datetime
    updated_at: datetime
    ttl_minutes: float | None
    expires_at: datetime | None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.path, self.key)

    @property
    def content(self) -> dict[str, Any]:
        """Its value."""
        found: dict[str, Any] = json.loads(self.value)
        return found


class Vector(NamedTuple):
    """The vector of one part of an item; empty, with no embedder, while it waits for one."""

    path: str
    key: str
    field: str
    embedder: str
    vector: bytes


def json_of(value: Mapping[str, Any]) -> str:
    """An item's value as JSON in ASCII.

    Raises:
        InputError: It is no mapping with text keys, or holds what JSON does not know.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"value is {value!r}; give a mapping, or None to delete the item")
    _check_names(value)
    try:
        return json.dumps(dict(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"value cannot be kept as JSON: {error}") from error


def _check_names(value: object) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if not isinstance(name, str):
                raise InputError(f"value has the key {name!r}; keys are texts")
            _check_names(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check_names(each)


def expiry(now: datetime, ttl_minutes: float | None) -> datetime | None:
    """When an item that is written or read now expires."""
    if ttl_minutes is None:
        return None
    try:
        return now + timedelta(minutes=ttl_minutes)
    except (OverflowError, ValueError):
        return None


def unexpired(now: datetime) -> ColumnElement[bool]:
    """The condition of being there still, swept or not."""
    return or_(_items.c.expires_at.is_(None), _items.c.expires_at > now)


def item_of(row: Row) -> Item:
    """The item in a row."""
    from langgraph.store.base import Item

    return Item(
        value=row.content,
        key=row.key,
        namespace=namespace_of(row.path),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def search_item_of(row: Row, score: float | None) -> SearchItem:
    """The item in a row, as a search returns it."""
    from langgraph.store.base import SearchItem

    return SearchItem(
        value=row.content,
        key=row.key,
        namespace=namespace_of(row.path),
        created_at=row.created_at,
        updated_at=row.updated_at,
        score=score,
    )


def find(connection: Connection, places: Iterable[Place], now: datetime) -> dict[Place, Row]:
    """The rows at these places, as far as they are there."""
    found: dict[Place, Row] = {}
    by_path: dict[str, list[str]] = {}
    for place in places:
        by_path.setdefault(place.path, []).append(place.key)
    for path, keys in by_path.items():
        for start in range(0, len(keys), _CHUNK):
            chosen = _items.c.key.in_(keys[start : start + _CHUNK])
            rows = connection.execute(
                select(_items).where(_items.c.path == path, chosen, unexpired(now))
            )
            for row in map(Row._make, rows):
                found[row.place] = row
    return found


def list_rows(
    connection: Connection, path: str, now: datetime, *, bare: bool = False
) -> Select[Any]:
    """The query for what lies in a namespace or below: last updated first, then by place.

    Args:
        connection: Tells the database's kind.
        path: The namespace's path.
        now: The present moment.
        bare: Only what has no vector.
    """
    query = select(_items).where(under(connection, _items.c.path, path), unexpired(now))
    if bare:
        query = query.where(~exists().where(_at_item(), _vectors.c.embedder != ""))
    return query.order_by(
        _items.c.updated_at.desc(),
        ordered(connection, _items.c.path),
        ordered(connection, _items.c.key),
    )


def paths(connection: Connection, path: str, now: datetime) -> Iterator[str]:
    """The paths of all namespaces that hold an item, in or below one."""
    yield from connection.scalars(
        select(_items.c.path)
        .where(under(connection, _items.c.path, path), unexpired(now))
        .distinct()
    )


def put_items(
    connection: Connection, rows: Sequence[Row], vectors: Sequence[Vector], now: datetime
) -> None:
    """Writes items over those at the same places, which keep the moment of their making."""
    if not rows:
        return
    # What has expired is not there, so that its place is made anew.
    connection.execute(
        _items.delete().where(_at(), _items.c.expires_at <= now),
        [_bound(row.place) for row in rows],
    )
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_items)
    changed = ("value", "updated_at", "ttl_minutes", "expires_at")
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["path", "key"], set_={name: insert.excluded[name] for name in changed}
        ),
        [row._asdict() for row in rows],
    )
    connection.execute(
        _vectors.delete().where(
            _vectors.c.path == bindparam("a_path"), _vectors.c.key == bindparam("a_key")
        ),
        [_bound(row.place) for row in rows],
    )
    if vectors:
        connection.execute(_vectors.insert(), [each._asdict() for each in vectors])


def delete_items(connection: Connection, places: Sequence[Place]) -> None:
    """Takes items away, with their vectors."""
    if places:
        connection.execute(_items.delete().where(_at()), [_bound(each) for each in places])


def refresh(connection: Connection, rows: Iterable[Row], now: datetime) -> None:
    """Puts off the expiry of what was read, unless it was written again since."""
    bound = [
        _bound(row.place) | {"a_ttl": row.ttl_minutes, "a_expires": expiry(now, row.ttl_minutes)}
        for row in rows
        if row.ttl_minutes is not None
    ]
    if bound:
        connection.execute(
            _items.update()
            .where(_at(), _items.c.ttl_minutes == bindparam("a_ttl"))
            .values(expires_at=bindparam("a_expires")),
            bound,
        )


def _at() -> ColumnElement[bool]:
    return and_(_items.c.path == bindparam("a_path"), _items.c.key == bindparam("a_key"))


def _bound(place: Place) -> dict[str, Any]:
    return {"a_path": place.path, "a_key": place.key}


def _at_item() -> ColumnElement[bool]:
    return and_(_vectors.c.path == _items.c.path, _vectors.c.key == _items.c.key)
