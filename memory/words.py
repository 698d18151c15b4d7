"""The index of words: finds a user's preferences by what they are called, cheaply.

SQLite's FTS5, kept by triggers; on PostgreSQL, its full-text search. Every entry begins with its
owner as a word of its own, so that a search reads one user's entries and no others. Descriptions
and scopes never change under an id, so that inserting and deleting are all there is to follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from .checks import fold
from .relevance import STOP_WORDS

__all__ = [
    "WordMatch",
    "drop_words",
    "find_words",
    "forget",
    "holds_owner",
    "make_words",
    "query_terms",
]

# Hexadecimal is one word to the tokenizer, whatever an id holds.
_SQLITE = (
    "CREATE VIRTUAL TABLE preferences_words USING fts5("
    "preference, owner, words, tokenize = 'porter unicode61 remove_diacritics 2')",
    "INSERT INTO preferences_words (preference, owner, words)"
    " SELECT hex(id), hex(user_id), description || ' ' || coalesce(scope, '') FROM preferences",
    "CREATE TRIGGER preferences_words_new AFTER INSERT ON preferences BEGIN"
    " INSERT INTO preferences_words (preference, owner, words)"
    " VALUES (hex(new.id), hex(new.user_id), new.description || ' ' || coalesce(new.scope, ''));"
    " END",
    "CREATE TRIGGER preferences_words_gone AFTER DELETE ON preferences BEGIN"
    " DELETE FROM preferences_words WHERE rowid IN (SELECT rowid FROM preferences_words"
    " WHERE preferences_words MATCH 'preference:' || hex(old.id)); END",
)
_POSTGRESQL = (
    "CREATE INDEX ix_preferences_words ON preferences USING gin ("
    "to_tsvector('english', description || ' ' || coalesce(scope, '')))",
)
_FIND_SQLITE = "SELECT ?, preference FROM preferences_words WHERE preferences_words MATCH ?"
_FIND_POSTGRESQL = text(
    "SELECT term.place - 1, preferences.id FROM preferences"
    " JOIN unnest(CAST(:terms AS text[])) WITH ORDINALITY AS term (word, place)"
    " ON to_tsvector('english', preferences.description || ' ' || coalesce(preferences.scope, ''))"
    " @@ plainto_tsquery('english', term.word)"
    " WHERE preferences.user_id = :user_id"
)
# Each term is a look-up of its own; what a request is about stands among its first words.
_MOST_TERMS = 32
_MOST_CHARACTERS = 2_000


class WordMatch(NamedTuple):
    """A term of a query, by its place among them, stands in a preference."""

    term: int
    preference_id: str


def make_words(connection: Connection) -> None:
    """Makes the index of words of what is there, and keeps it from now on."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def drop_words(connection: Connection) -> None:
    """Takes the index of words away."""
    if connection.dialect.name == "sqlite":
        for trigger in ("preferences_words_new", "preferences_words_gone"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("DROP TABLE preferences_words")
    else:
        connection.exec_driver_sql("DROP INDEX ix_preferences_words")


def query_terms(query: str) -> list[str]:
    """The telling words of a query, each once, in order, and at most 32 of them.

    A query is data: only letters and digits of it come to the database, so that operators, quotes
    and names of columns are words like any other, or nothing.
    """
    words = fold(query[:_MOST_CHARACTERS]).replace("_", " ").replace("’", "'").split()
    if len(query) > _MOST_CHARACTERS:
        # The last one may be cut in two.
        words = words[:-1]
    telling = (word for word in words if word not in STOP_WORDS)
    return list(dict.fromkeys(telling))[:_MOST_TERMS]


def find_words(connection: Connection, user_id: str, terms: Sequence[str]) -> list[WordMatch]:
    """Which of a user's preferences, live or not, hold which terms, up to their endings.

    Args:
        connection: An open transaction.
        user_id: Whose.
        terms: As `query_terms` gives them.
    """
    if not terms:
        return []
    if connection.dialect.name != "sqlite":
        rows = connection.execute(_FIND_POSTGRESQL, {"terms": list(terms), "user_id": user_id})
        return [WordMatch(int(row[0]), str(row[1])) for row in rows]
    owner = user_id.encode().hex()
    values: list[int | str] = []
    for place, term in enumerate(terms):
        values += [place, f"owner:{_quoted(owner)} AND words:{_quoted(term)}"]
    union = " UNION ALL ".join([_FIND_SQLITE] * len(terms))
    found = connection.exec_driver_sql(union, tuple(values))
    return [WordMatch(int(row[0]), bytes.fromhex(row[1]).decode()) for row in found]


def holds_owner(connection: Connection, user_id: str) -> bool:
    """Whether the index of words has entries of a user."""
    if connection.dialect.name != "sqlite":
        # There it is an index of the preferences themselves.
        return False
    query = f"owner:{_quoted(user_id.encode().hex())}"
    found = connection.exec_driver_sql(
        "SELECT 1 FROM preferences_words WHERE preferences_words MATCH ? LIMIT 1", (query,)
    )
    return found.first() is not None


def forget(connection: Connection) -> None:
    """Takes the words of erased preferences off the disk; call it where they are erased.

    FTS5 only notes that an entry is gone, and keeps its words until segments are merged; this
    merges them all, in the same transaction. It takes 45 ms at 100,000 preferences, so that no
    cleverer way is called for. PostgreSQL clears its index when it vacuums.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO preferences_words (preferences_words) VALUES ('optimize')"
        )


def _quoted(term: str) -> str:
    escaped = term.replace('"', '""')
    return f'"{escaped}"'
