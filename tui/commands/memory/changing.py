"""Changing what is known: add, edit, delete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import HomeOption, JsonOption, UserOption, user_or_default
from ..output import print_json, say
from .shared import IdArgument, app, open_memory, print_preferences

if TYPE_CHECKING:
    from ....memory import Memory
    from ....policies.feedback.lexicon import Style

__all__: list[str] = []

_LIKES = re.compile(
    r"^(?:always |usually )?(?:prefers|likes|loves|wants|keeps|uses|writes(?: in| with)?) "
    r"(?:an? )?",
    re.IGNORECASE,
)


@app.command()
def add(
    *,
    description: Annotated[str, typer.Argument(help='Such as "is vegetarian".')],
    user: UserOption = None,
    home: HomeOption = None,
    hard: Annotated[bool, typer.Option("--hard", help="It must hold, always.")] = False,
    dislike: Annotated[bool, typer.Option("--dislike", help="It is disliked.")] = False,
    scope: Annotated[str | None, typer.Option("--scope", help="When it applies.")] = None,
    as_json: JsonOption = False,
) -> None:
    """States a preference."""
    style = None if dislike or hard else _style(description)
    with open_memory(home, write=True) as memory:
        added = memory.add(
            user_or_default(user),
            description,
            polarity="dislike" if dislike else "like",
            hard=hard,
            scope=scope,
            aspect=None if style is None else style.aspect,
            value=None if style is None else style.value,
            source="cli",
        )
    print_preferences([added], as_json=as_json)


@app.command()
def edit(
    *,
    preference_id: IdArgument,
    description: Annotated[str | None, typer.Argument(help="What is true instead.")] = None,
    scope: Annotated[str | None, typer.Option("--scope", help="When it applies instead.")] = None,
    always: Annotated[bool, typer.Option("--always", help="It applies always.")] = False,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Puts a preference in other words, or for another occasion; history keeps the old one."""
    if always and scope is not None:
        raise typer.BadParameter("give --scope or --always, not both", param_hint="--always")
    if description is None and scope is None and not always:
        raise typer.BadParameter("give what is true instead, --scope or --always")
    from ....memory.preferences import KEEP

    with open_memory(home, write=True) as memory:
        changed = memory.update(
            user_or_default(user),
            preference_id,
            description,
            scope=None if always else KEEP if scope is None else scope,
        )
    print_preferences([changed], as_json=as_json)


@app.command()
def undo(
    *,
    preference_id: IdArgument,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes back what was learned; what it had replaced holds again."""
    with open_memory(home, write=True) as memory:
        _clear_open_questions(memory)
        undone = memory.undo(user_or_default(user), preference_id)
    if as_json:
        print_json({"erased": undone.erased, "restored": undone.restored})
        return
    say(f"Took back: {undone.erased.description}")
    if undone.restored is not None:
        say(f"Holds again: {undone.restored.description}")


@app.command()
def delete(
    *,
    preference_id: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    user: UserOption = None,
    home: HomeOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that is kept about the user, conversations too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erases one preference, or everything; a question still open about it is dropped."""
    user_id = user_or_default(user)
    if everything == (preference_id is not None):
        raise typer.BadParameter("give the ID of a preference, or --all")
    if preference_id is not None:
        with open_memory(home, write=True) as memory:
            _clear_open_questions(memory)
            memory.delete(user_id, preference_id)
        count = 1
    else:
        if not yes and not typer.confirm(
            f"Erase everything kept about {user_id!r}, conversations included?", err=True
        ):
            raise typer.Exit(1)
        with open_memory(home, write=True) as memory:
            _clear_open_questions(memory)
            count = memory.delete_all(user_id)
    if as_json:
        print_json({"user": user_id, "deleted": count})
    else:
        say(f"Deleted {count} preference{'' if count == 1 else 's'} of {user_id}.")


def _style(description: str) -> Style | None:
    """The style that a description names: it shapes every reply, and a later one revises it."""
    from ....policies.feedback.lexicon import lexicon

    named = lexicon().styles(_LIKES.sub("", description.strip()))
    return named[0] if len(named) == 1 else None


def _clear_open_questions(memory: Memory) -> None:
    """Has turns that wait for an answer go on without what is erased."""
    from ....agent.forgetting import OpenTurns

    turns = OpenTurns(memory=memory, home=memory.home, sessions={})
    memory.watch_erasures("open turns", turns)
