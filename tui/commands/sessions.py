"""`penchant sessions`: the conversations of a user."""

from __future__ import annotations

from typing import Annotated

import typer

from .memory import open_memory
from .options import HomeOption, JsonOption, UserOption, user_or_default
from .output import print_json, print_table, say

__all__ = ["app"]

app = typer.Typer(name="sessions", help="The conversations of a user.", no_args_is_help=True)


@app.command("list")
def list_(*, user: UserOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """The conversations, the one last used first; `penchant chat --session ID` opens one."""
    with open_memory(home) as memory:
        found = memory.sessions(user_or_default(user))
    if as_json:
        print_json({"sessions": found})
        return
    print_table(
        ("ID", "LAST USED", "TURNS", "TITLE"),
        [(s.id, f"{s.updated_at:%Y-%m-%d %H:%M}", str(s.turns), s.title) for s in found],
    )


@app.command()
def delete(
    *,
    session_id: Annotated[str, typer.Argument(metavar="ID")],
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erases a conversation; what was learned from it stays."""
    from ...agent.checkpoints import erase_checkpoints

    user_id = user_or_default(user)
    with open_memory(home, write=True) as memory:
        memory.delete_session(user_id, session_id)
        erase_checkpoints(memory.home, user_id, session_id, database=memory.database)
    if as_json:
        print_json({"deleted": session_id})
    else:
        say(f"Deleted conversation {session_id}.")
