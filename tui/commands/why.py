"""`penchant why`: why the last turn of a conversation went as it did."""

from __future__ import annotations

from typing import Annotated

import typer

from .memory import open_memory
from .options import HomeOption, JsonOption, UserOption, user_or_default
from .output import print_json, say

__all__ = ["why"]


def why(
    *,
    session_id: Annotated[
        str | None,
        typer.Option("--session", "-s", help="The conversation; else the last one.", metavar="ID"),
    ] = None,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why the assistant asked or answered the last time, with every question that it weighed."""
    from ...agent.decisions import read_kept
    from ...errors import NotFoundError
    from ..explain import explain_decision

    user_id = user_or_default(user)
    with open_memory(home) as memory:
        if session_id is None:
            sessions = memory.sessions(user_id)
            if not sessions:
                raise NotFoundError(
                    f"user {user_id!r} has no conversation yet; `penchant chat` begins one"
                )
            session_id = sessions[0].id
        found = memory.last_decision(user_id, session_id)
        turns = memory.turns(user_id, session_id)
    decision = None if found is None else read_kept(found.decision)
    if found is None or decision is None:
        raise NotFoundError(
            f"no decision is kept for session {session_id!r}; it is kept from the next turn on"
        )
    said = next((turn for turn in turns if turn.id == found.turn_id), None)
    if as_json:
        print_json(
            {
                "session_id": session_id,
                "at": found.at,
                "said": None if said is None else said.text,
                "decision": decision,
            }
        )
        return
    say(f"Conversation {session_id}, {found.at:%Y-%m-%d %H:%M}")
    if said is not None:
        say(f"{'Asked' if said.role == 'question' else 'Said'}: {_short(said.text)}")
    say(explain_decision(decision))


def _short(text: str) -> str:
    from ..text import one_line

    return one_line(text, 100)
