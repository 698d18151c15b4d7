"""Carrying what is known from place to place: export, import, reindex."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....errors import InputError
from ..options import HomeOption, JsonOption, UserOption, read_text, user_or_default
from ..output import print_json, say
from .shared import app, open_memory

__all__: list[str] = []


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
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare it with the store; exit 1 if they differ.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Builds the index anew from the store, for instance after another embedder was chosen."""
    with open_memory(home, write=True) as memory:
        count = memory.reindex(user)
        check = memory.verify_index(user) if verify else None
    if as_json:
        checked = {} if check is None else {"agrees": check.agrees, "check": check}
        print_json({"indexed": count} | checked)
    else:
        say(f"Indexed {count} preference{'' if count == 1 else 's'}.")
        if check is not None:
            say(
                f"Index and store {'agree' if check.agrees else 'differ'}: "
                f"{check.indexed} of {check.preferences} there, {check.surplus} too many; "
                f"{check.found} of {check.neighbours} nearest found."
            )
    if check is not None and not check.agrees:
        raise typer.Exit(1)
