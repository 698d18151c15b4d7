"""The tables of the truth, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

__all__ = [
    "changes",
    "comparisons",
    "decisions",
    "erasures",
    "evidence",
    "item_vectors",
    "items",
    "jobs",
    "metadata",
    "posteriors",
    "preference_evidence",
    "preferences",
    "sessions",
    "turns",
    "users",
]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond, whatever the database makes of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(64), primary_key=True)


def _user() -> Column[str]:
    return Column(
        "user_id", String(256), ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    )


users = Table(
    "users",
    metadata,
    Column("id", String(256), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    # Counts the events that may have changed this user's preferences, so that copies of them know
    # when they are out of date, whichever process wrote.
    Column("revision", Integer, nullable=False, default=0),
    # The embedder that made this user's vectors; null until there is one.
    Column("embedder", String(256)),
)

sessions = Table(
    "sessions",
    metadata,
    # Apps bring ids of their own, and two users' may be alike.
    Column(
        "user_id",
        String(256),
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("id", String(256), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "user_id", "updated_at"),
)

turns = Table(
    "turns",
    metadata,
    _id(),
    Column("user_id", String(256), nullable=False),
    Column("session_id", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "session_id"], ["sessions.user_id", "sessions.id"], ondelete="CASCADE"
    ),
    Index(None, "user_id", "session_id", "created_at"),
)

# Why the last turn of a conversation went as it did.
decisions = Table(
    "decisions",
    metadata,
    Column("user_id", String(256), primary_key=True),
    Column("session_id", String(256), primary_key=True),
    # The message that came of it.
    Column("turn_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # JSON in ASCII; it quotes neither memory nor messages.
    Column("decision", Text, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "session_id"], ["sessions.user_id", "sessions.id"], ondelete="CASCADE"
    ),
)

evidence = Table(
    "evidence",
    metadata,
    _id(),
    _user(),
    Column("kind", String(16), nullable=False),
    # JSON with every character outside ASCII escaped, so that any text fits any database.
    Column("observation", Text, nullable=False),
    Column("context", Text),
    # No foreign key: evidence outlives its conversation, and apps bring session ids of their own.
    Column("session_id", String(256)),
    Column("source", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Of the context's text, float32, little-endian; null while none is wanted or made.
    Column("vector", LargeBinary),
    Index(None, "user_id", "created_at"),
)

preferences = Table(
    "preferences",
    metadata,
    _id(),
    _user(),
    Column("description", Text, nullable=False),
    Column("polarity", String(16), nullable=False),
    Column("hard", Boolean, nullable=False),
    Column("strength", Float, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("scope", Text),
    Column("aspect", Text),
    Column("value", Text),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
    # When a passing need ends by itself; `valid_to` may come earlier, and undo goes back to this.
    Column("expires_at", UtcDateTime),
    # No foreign key: the predecessor may have been erased.
    Column("supersedes", String(64)),
    Column("revised", Boolean, nullable=False),
    # When something last spoke for it; belief in it fades from then on.
    Column("supported_at", UtcDateTime, nullable=False),
    # float32, little-endian; null while no embedder has been at hand.
    Column("vector", LargeBinary),
    Index(None, "user_id", "valid_to"),
)

preference_evidence = Table(
    "preference_evidence",
    metadata,
    Column(
        "preference_id",
        String(64),
        ForeignKey("preferences.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "evidence_id", String(64), ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("position", Integer, nullable=False),
    Index(None, "evidence_id"),
)

changes = Table(
    "changes",
    metadata,
    _id(),
    _user(),
    Column("at", UtcDateTime, nullable=False),
    Column("operation", String(16), nullable=False),
    # No foreign key: the line stays when the preference is erased.
    Column("preference_id", String(64), nullable=False),
    Column("description", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # How sure of it the change left us; null where that is not the point.
    Column("confidence", Float),
    # The event behind it. No foreign key: the line stays when the event is erased.
    Column("evidence_id", String(64)),
    Index(None, "user_id", "preference_id"),
)

comparisons = Table(
    "comparisons",
    metadata,
    _id(),
    _user(),
    Column(
        "evidence_id", String(64), ForeignKey("evidence.id", ondelete="CASCADE"), nullable=False
    ),
    Column("features_id", String(256), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("weight", Float, nullable=False),
    Column("target", Float, nullable=False),
    Column("flip", Float, nullable=False),
    # What kind of event it comes from; empty where nobody said.
    Column("source", String(32), nullable=False),
    # What tells the comparisons of one event apart.
    Column("key", String(128), nullable=False),
    # The other event, where two were compared. No foreign key: a restored event may come back
    # before the other does.
    Column("against_id", String(64)),
    Index(None, "user_id", "features_id"),
    Index(None, "evidence_id"),
    Index(None, "against_id"),
)

# Fitted reward models. They can be fitted again, so that whatever erases drops them.
posteriors = Table(
    "posteriors",
    metadata,
    Column(
        "user_id",
        String(256),
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("features_id", String(256), primary_key=True),
    # The user's revision when it was fitted, and what else it was fitted to.
    Column("revision", Integer, nullable=False),
    Column("basis", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Inference that an event still awaits: written with the event, gone once it has succeeded.
jobs = Table(
    "jobs",
    metadata,
    _id(),
    _user(),
    Column(
        "evidence_id", String(64), ForeignKey("evidence.id", ondelete="CASCADE"), nullable=False
    ),
    Column("kind", String(32), nullable=False),
    # What inference needs besides the event, as JSON in ASCII.
    Column("details", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "user_id", "due_at"),
    Index(None, "evidence_id"),
)

# That somebody was erased. Who knows the id can tell that it was this user, and nobody else can.
erasures = Table(
    "erasures",
    metadata,
    # SHA-256 of salt and user id, in hexadecimal.
    Column("digest", String(64), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("preferences", Integer, nullable=False),
)

# What apps keep through LangGraph's store. A path is the labels of a namespace, each followed by
# a separator, so that a prefix of paths is a prefix of whole labels.
items = Table(
    "items",
    metadata,
    Column("path", String(1024), primary_key=True),
    Column("key", String(512), primary_key=True),
    # JSON in ASCII.
    Column("value", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("ttl_minutes", Float),
    Column("expires_at", UtcDateTime),
    Index(None, "expires_at"),
)

item_vectors = Table(
    "item_vectors",
    metadata,
    Column("path", String(1024), primary_key=True),
    Column("key", String(512), primary_key=True),
    # Which part of the value was embedded.
    Column("field", String(512), primary_key=True),
    Column("embedder", String(256), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    ForeignKeyConstraint(["path", "key"], ["items.path", "items.key"], ondelete="CASCADE"),
)
