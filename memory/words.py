"""The index of words: finds a user's preferences by what they are called, cheaply.

SQLite's FTS5, kept by triggers; on PostgreSQL, its full-text search. Every entry begins with its
owner as a word of its own, so that a search reads one user's entries and no others.
"""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["drop_words", "make_words"]

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
