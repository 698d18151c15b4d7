"""Rows and JSON to records, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from . import schema
from .checks import clean_text
from .types import Context, Evidence, Observation, Preference

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "Erased",
    "Stored",
    "context_json",
    "context_of",
    "evidence_of",
    "insert_evidence",
    "insert_preferences",
    "link_evidence",
    "load_preferences",
    "observation_json",
    "observation_of",
]

# Databases bound the parameters of one statement.
_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A preference with what only the store knows of it.

    Attributes:
        preference: The preference.
        expires_at: When it ends by itself; a superseded one goes back to this if it is restored.
        vector: float32 bytes of its embedding, if it has one.
    """

    preference: Preference
    expires_at: datetime | None
    vector: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure took out of the truth: a preference, and rows that supported only it."""

    stored: Stored
    evidence: tuple[RowMapping, ...] = ()
    comparisons: tuple[RowMapping, ...] = ()


@cache
def _observations() -> TypeAdapter[Observation]:
    from typing import Annotated

    from pydantic import Field, TypeAdapter

    return TypeAdapter(Annotated[Observation, Field(discriminator="kind")])


def observation_json(observation: Observation) -> str:
    """An observation as JSON in ASCII."""
    return json.dumps(asdict(observation))


def observation_of(text: str) -> Observation:
    """The observation that `observation_json` wrote.

    Raises:
        pydantic.ValidationError: The JSON is malformed, or of no known kind.
    """
    return _observations().validate_json(text)


def context_json(context: Context | None) -> str | None:
    """A context as JSON in ASCII, or None."""
    return None if context is None else json.dumps(asdict(context))


def context_of(text: str | None) -> Context | None:
    """The context that `context_json` wrote."""
    if text is None:
        return None
    found = json.loads(text)
    return Context(
        text=clean_text(found["text"], "context"),
        tags=tuple(clean_text(tag, "tag") for tag in found.get("tags", ())),
    )


def evidence_of(row: RowMapping) -> Evidence:
    """The evidence in a row of its table."""
    return Evidence(
        id=row["id"],
        user_id=row["user_id"],
        observation=observation_of(row["observation"]),
        context=context_of(row["context"]),
        session_id=row["session_id"],
        source=row["source"],
        created_at=row["created_at"],
    )


def insert_evidence(connection: Connection, evidence: Evidence) -> None:
    """Appends an event."""
    connection.execute(
        schema.evidence.insert(),
        {
            "id": evidence.id,
            "user_id": evidence.user_id,
            "kind": evidence.observation.kind,
            "observation": observation_json(evidence.observation),
            "context": context_json(evidence.context),
            "session_id": evidence.session_id,
            "source": evidence.source,
            "created_at": evidence.created_at,
        },
    )


def insert_preferences(connection: Connection, stored: Sequence[Stored]) -> None:
    """Adds preferences with the links to the events that support them."""
    if not stored:
        return
    rows = []
    for each in stored:
        row = {
            column.name: getattr(each.preference, column.name)
            for column in schema.preferences.columns
            if column.name not in {"expires_at", "vector"}
        }
        row["supported_at"] = row["supported_at"] or each.preference.valid_from
        rows.append(row | {"expires_at": each.expires_at, "vector": each.vector})
    connection.execute(schema.preferences.insert(), rows)
    for each in stored:
        link_evidence(connection, each.preference.id, each.preference.evidence_ids)


def link_evidence(
    connection: Connection, preference_id: str, evidence_ids: Iterable[str], start: int = 0
) -> None:
    """Notes which events support a preference, in order."""
    rows = [
        {"preference_id": preference_id, "evidence_id": each, "position": position}
        for position, each in enumerate(evidence_ids, start)
    ]
    if rows:
        connection.execute(schema.preference_evidence.insert(), rows)


def load_preferences(
    connection: Connection, *conditions: ColumnElement[bool], vectors: bool = False
) -> list[Stored]:
    """Reads preferences, oldest first.

    Args:
        connection: An open transaction.
        *conditions: Which to read; one of them must name the user.
        vectors: Read their embeddings too.

    Returns:
        The preferences; without `vectors`, each embedding is None.
    """
    table = schema.preferences
    columns = [c for c in table.columns if vectors or c.name != "vector"]
    names = [column.name for column in columns]
    # All at once: row by row, a thousand take twice as long.
    rows = connection.execute(
        select(*columns).where(*conditions).order_by(table.c.valid_from, table.c.id)
    ).all()
    found: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    support = _support(connection, [fields["id"] for fields in found])
    return [_stored(fields, support.get(fields["id"], ())) for fields in found]


class _Link(NamedTuple):
    preference_id: str
    evidence_id: str


def _support(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    table = schema.preference_evidence
    support: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(ids), _CHUNK):
        links = connection.execute(
            select(table.c.preference_id, table.c.evidence_id)
            .where(table.c.preference_id.in_(ids[start : start + _CHUNK]))
            .order_by(table.c.preference_id, table.c.position)
        ).all()
        for link in links:
            owner, each = _Link(*link)
            support[owner] = (*support.get(owner, ()), each)
    return support


def _stored(fields: dict[str, Any], evidence_ids: tuple[str, ...]) -> Stored:
    vector = fields.pop("vector", None)
    expires_at = fields.pop("expires_at")
    return Stored(
        preference=Preference(**fields, evidence_ids=evidence_ids),
        expires_at=expires_at,
        vector=vector,
    )
