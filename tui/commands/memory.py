"""`penchant memory`: what is known of a user, to read, correct, take along and delete."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import InputError
from ..text import one_line
from .options import HomeOption, JsonOption, UserOption, load_settings, read_text, user_or_default
from .output import note, print_json, print_table, say, to_json

if TYPE_CHECKING:
    from ...memory import Memory
    from ...memory.types import Preference

__all__ = ["app", "open_memory"]

app = typer.Typer(
    name="memory",
    help="What is known of a user: read it, correct it, take it along, delete it.",
    no_args_is_help=True,
)
IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `penchant memory list` shows it.")
]


@contextlib.contextmanager
def open_memory(home: Path | None, *, write: bool = False) -> Iterator[Memory]:
    """Opens the store; for reading, that works beside a running chat.

    Raises:
        StoreLockedError: For writing, while another process writes.
    """
    from ...memory import Memory
    from ...models.deferred import DeferredEmbedder

    settings = load_settings(home=home)
    with Memory(settings.home, DeferredEmbedder(settings), read_only=not write) as memory:
        yield memory


@app.command("list")
def list_(
    *,
    user: UserOption = None,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what no longer holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What holds now."""
    with open_memory(home) as memory:
        known = memory.get_all(user_or_default(user), live_only=not everything)
    _print(known, as_json=as_json)


@app.command()
def show(
    *,
    preference_id: IdArgument,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One preference, with the events that support it, word for word."""
    user_id = user_or_default(user)
    with open_memory(home) as memory:
        preference = memory.get(user_id, preference_id)
        evidence = [
            event for event in memory.evidence(user_id) if event.id in preference.evidence_ids
        ]
    if as_json:
        print_json({"preference": preference, "evidence": evidence})
        return
    say(preference.description + _scope(preference))
    say(
        f"  {_kind(preference)}, {preference.confidence:.0%} sure, weight {preference.strength:.1f}"
    )
    say(f"  since {preference.valid_from:%Y-%m-%d %H:%M}{_until(preference)}")
    if preference.supersedes:
        say(f"  replaced {preference.supersedes}")
    for event in evidence:
        observed = to_json(event.observation)
        assert isinstance(observed, dict)
        kind = observed.pop("kind")
        told = "; ".join(f"{name}: {value}" for name, value in observed.items() if value)
        say(f"  {event.created_at:%Y-%m-%d %H:%M} {kind}: {one_line(told, 300)}")


@app.command()
def search(
    *,
    query: Annotated[str, typer.Argument(help="A request, or any words.")],
    user: UserOption = None,
    home: HomeOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 8,
    as_json: JsonOption = False,
) -> None:
    """What is recalled for a request, with how near it is."""
    with open_memory(home) as memory:
        found = memory.search(user_or_default(user), query, limit=limit)
        if memory.degraded:
            note(memory.degraded)
    if as_json:
        print_json({"query": query, "recalled": found})
        return
    print_table(
        ("SCORE", "WHY", "ID", "DESCRIPTION"),
        [(f"{r.score:.2f}", r.reason, r.preference.id, r.preference.description) for r in found],
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
    with open_memory(home, write=True) as memory:
        added = memory.add(
            user_or_default(user),
            description,
            polarity="dislike" if dislike else "like",
            hard=hard,
            scope=scope,
            source="cli",
        )
    _print([added], as_json=as_json)


@app.command()
def edit(
    *,
    preference_id: IdArgument,
    description: Annotated[str, typer.Argument(help="What is true instead.")],
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Puts a preference in other words; the old ones stay in the history."""
    with open_memory(home, write=True) as memory:
        changed = memory.update(user_or_default(user), preference_id, description)
    _print([changed], as_json=as_json)


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
    """Erases one preference, or everything; questions still open are dropped."""
    from ...agent.checkpoints import erase_checkpoints

    user_id = user_or_default(user)
    if everything == (preference_id is not None):
        raise typer.BadParameter("give the ID of a preference, or --all")
    if preference_id is not None:
        with open_memory(home, write=True) as memory:
            memory.delete(user_id, preference_id)
            # Open questions may quote it.
            erase_checkpoints(memory.home, user_id)
        count = 1
    else:
        if not yes and not typer.confirm(
            f"Erase everything kept about {user_id!r}, conversations included?", err=True
        ):
            raise typer.Exit(1)
        with open_memory(home, write=True) as memory:
            count = memory.delete_all(user_id)
            erase_checkpoints(memory.home, user_id)
    if as_json:
        print_json({"user": user_id, "deleted": count})
    else:
        say(f"Deleted {count} preference{'' if count == 1 else 's'} of {user_id}.")


@app.command()
def history(
    *, user: UserOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """What happened to which preference, and when."""
    with open_memory(home) as memory:
        changes = memory.history(user_or_default(user))
    if as_json:
        print_json({"changes": changes})
        return
    print_table(
        ("WHEN", "WHAT", "ID", "DESCRIPTION", "WHY"),
        [
            (f"{c.at:%Y-%m-%d %H:%M:%S}", c.operation, c.preference_id, c.description, c.reason)
            for c in changes
        ],
    )


@app.command()
def export(
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; - for standard output.")
    ] = Path("-"),
    user: UserOption = None,
    home: HomeOption = None,
) -> None:
    """Writes all that is kept about a user as JSON lines."""
    with open_memory(home) as memory:
        lines = memory.export(user_or_default(user))
        if str(file) == "-":
            for line in lines:
                typer.echo(line)
            return
        try:
            with file.open("w", encoding="utf-8") as out:
                out.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise InputError(f"cannot write {str(file)!r}: {error}") from error


@app.command("import")
def import_(
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `export` wrote; - for standard input.")
    ],
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes in what `export` wrote: all of it or, if a line is wrong, nothing."""
    lines = read_text(file).splitlines()
    with open_memory(home, write=True) as memory:
        count = memory.import_(user_or_default(user), lines)
    if as_json:
        print_json({"imported": count})
    else:
        say(f"Took in {count} line{'' if count == 1 else 's'}.")


@app.command()
def reindex(
    *,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="Only this user.", metavar="ID")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Builds the index anew from the store, for instance after another embedder was chosen."""
    with open_memory(home, write=True) as memory:
        count = memory.reindex(user)
    if as_json:
        print_json({"indexed": count})
    else:
        say(f"Indexed {count} preference{'' if count == 1 else 's'}.")


def _print(preferences: list[Preference], *, as_json: bool) -> None:
    if as_json:
        print_json({"preferences": preferences})
        return
    print_table(
        ("ID", "KIND", "SURE", "DESCRIPTION"),
        [(p.id, _kind(p), f"{p.confidence:.0%}", p.description + _scope(p)) for p in preferences],
    )


def _kind(preference: Preference) -> str:
    return f"{'must' if preference.hard else preference.polarity}, {preference.origin}"


def _scope(preference: Preference) -> str:
    return f" (for {preference.scope})" if preference.scope else ""


def _until(preference: Preference) -> str:
    if preference.valid_to is None:
        return ""
    return f", until {preference.valid_to:%Y-%m-%d %H:%M}"
