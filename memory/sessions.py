"""Conversations and their turns, kept so that they survive the process."""

from __future__ import annotations

from typing import Literal, get_args

from sqlalchemy import Connection, RowMapping, Select, func, select

from ..errors import InputError, NotFoundError
from . import schema
from .checks import MAX_SESSION_ID, MAX_TEXT, MAX_TITLE, check_user_id, clean_line, clean_text
from .core import Core
from .types import KeptDecision, SessionInfo, Turn

__all__ = ["SessionVerbs"]

TurnRole = Literal["user", "assistant", "question"]


class SessionVerbs(Core):
    """The verbs about conversations."""

    def start_session(
        self, user_id: str, title: str = "", *, session_id: str | None = None
    ) -> SessionInfo:
        """Opens a conversation.

        Args:
            user_id: Whose.
            title: What lists call it.
            session_id: An id of the app's own, unique among this user's; by default a new one.

        Raises:
            InputError: The user id or the session id cannot be used, or the title is too long.
            ReadOnlyError: The store is open for reading only.
        """
        wanted = self._new_id()
        if session_id is not None:
            wanted = clean_line(session_id, "session_id", MAX_SESSION_ID)
        with self._write(user_id, preferences=False) as transaction:
            if _find(transaction.connection, user_id, wanted) is not None:
                raise InputError(f"session {wanted!r} of user {user_id!r} is there already")
            info = SessionInfo(
                id=wanted,
                user_id=user_id,
                title=_title(title),
                created_at=transaction.now,
                updated_at=transaction.now,
                turns=0,
            )
            transaction.connection.execute(
                schema.sessions.insert(),
                {
                    "id": info.id,
                    "user_id": user_id,
                    "title": info.title,
                    "created_at": info.created_at,
                    "updated_at": info.updated_at,
                },
            )
        return info

    def sessions(self, user_id: str) -> list[SessionInfo]:
        """A user's conversations, the one last used first."""
        table = schema.sessions
        check_user_id(user_id)
        with self._read() as connection:
            rows = connection.execute(
                _infos()
                .where(table.c.user_id == user_id)
                .order_by(table.c.updated_at.desc(), table.c.id.desc())
            ).mappings()
            return [_info(row) for row in rows]

    def session(self, user_id: str, session_id: str) -> SessionInfo:
        """One conversation.

        Raises:
            NotFoundError: This user has no such conversation.
        """
        check_user_id(user_id)
        with self._read() as connection:
            return _session(connection, user_id, session_id)

    def rename_session(self, user_id: str, session_id: str, title: str) -> SessionInfo:
        """Gives a conversation another title; it does not count as use.

        Raises:
            NotFoundError: This user has no such conversation.
        """
        table = schema.sessions
        with self._write(user_id, preferences=False) as transaction:
            _session(transaction.connection, user_id, session_id)
            transaction.connection.execute(
                table.update()
                .where(table.c.user_id == user_id, table.c.id == session_id)
                .values(title=_title(title))
            )
            return _session(transaction.connection, user_id, session_id)

    def add_turn(
        self,
        user_id: str,
        session_id: str,
        role: TurnRole,
        text: str,
        *,
        decision: str | None = None,
    ) -> Turn:
        """Keeps one message of a conversation.

        Args:
            user_id: Whose.
            session_id: The conversation.
            role: Who says it.
            text: What is said.
            decision: Why it was said, as JSON; takes the place of the conversation's last one.

        Raises:
            NotFoundError: This user has no such conversation.
            InputError: The role is unknown, or the text is too long.
        """
        if role not in get_args(TurnRole):
            raise InputError(f"role is {role!r}; use one of {get_args(TurnRole)}")
        text = clean_text(text, "text", MAX_TEXT)
        table = schema.sessions
        with self._write(user_id, preferences=False) as transaction:
            _session(transaction.connection, user_id, session_id)
            turn = Turn(
                id=self._new_id(),
                session_id=session_id,
                role=role,
                text=text,
                created_at=transaction.now,
            )
            transaction.connection.execute(
                schema.turns.insert(),
                {
                    "id": turn.id,
                    "user_id": user_id,
                    "session_id": session_id,
                    "role": role,
                    "text": text,
                    "created_at": turn.created_at,
                },
            )
            transaction.connection.execute(
                table.update()
                .where(table.c.user_id == user_id, table.c.id == session_id)
                .values(updated_at=transaction.now)
            )
            if decision is not None:
                _keep_decision(transaction.connection, user_id, turn, decision)
        return turn

    def last_decision(self, user_id: str, session_id: str) -> KeptDecision | None:
        """Why the last turn of a conversation went as it did; None if that is not known.

        Raises:
            NotFoundError: This user has no such conversation.
        """
        table = schema.decisions
        check_user_id(user_id)
        with self._read() as connection:
            _session(connection, user_id, session_id)
            row = (
                connection.execute(
                    select(*(column for column in table.c if column.name != "user_id")).where(
                        table.c.user_id == user_id, table.c.session_id == session_id
                    )
                )
                .mappings()
                .first()
            )
            return None if row is None else KeptDecision(**row)

    def turns(self, user_id: str, session_id: str, limit: int | None = None) -> list[Turn]:
        """The messages of a conversation, oldest first; with `limit`, the last so many.

        Raises:
            NotFoundError: This user has no such conversation.
        """
        table = schema.turns
        check_user_id(user_id)
        with self._read() as connection:
            _session(connection, user_id, session_id)
            rows = connection.execute(
                select(*(column for column in table.c if column.name != "user_id"))
                .where(table.c.user_id == user_id, table.c.session_id == session_id)
                .order_by(table.c.created_at.desc(), table.c.id.desc())
                .limit(limit)
            ).mappings()
            return [Turn(**row) for row in rows][::-1]

    def delete_session(self, user_id: str, session_id: str) -> None:
        """Erases a conversation and its turns; what was learned from it stays.

        Raises:
            NotFoundError: This user has no such conversation.
        """
        table = schema.sessions
        with self._write(user_id, preferences=False) as transaction:
            _session(transaction.connection, user_id, session_id)
            transaction.connection.execute(
                table.delete().where(table.c.user_id == user_id, table.c.id == session_id)
            )
        self._scrub()


def _title(title: str) -> str:
    return " ".join(clean_text(title, "title", MAX_TITLE).split())


def _infos() -> Select[tuple[object, ...]]:
    count = (
        select(func.count())
        .where(
            schema.turns.c.user_id == schema.sessions.c.user_id,
            schema.turns.c.session_id == schema.sessions.c.id,
        )
        .scalar_subquery()
    )
    return select(*schema.sessions.columns, count.label("turns"))


def _info(row: RowMapping) -> SessionInfo:
    return SessionInfo(**row)


def _keep_decision(connection: Connection, user_id: str, turn: Turn, decision: str) -> None:
    table = schema.decisions
    connection.execute(
        table.delete().where(table.c.user_id == user_id, table.c.session_id == turn.session_id)
    )
    connection.execute(
        table.insert(),
        {
            "user_id": user_id,
            "session_id": turn.session_id,
            "turn_id": turn.id,
            "at": turn.created_at,
            "decision": decision,
        },
    )


def _session(connection: Connection, user_id: str, session_id: str) -> SessionInfo:
    found = _find(connection, user_id, session_id)
    if found is None:
        raise NotFoundError(
            f"user {user_id!r} has no session {session_id!r}; `sessions` lists those there are"
        )
    return found


def _find(connection: Connection, user_id: str, session_id: str) -> SessionInfo | None:
    table = schema.sessions
    query = _infos().where(table.c.user_id == user_id, table.c.id == session_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _info(row)
