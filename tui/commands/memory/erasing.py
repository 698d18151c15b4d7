"""Erasing a user altogether, with a proof."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import HomeOption, JsonOption
from ..output import print_json, say
from .shared import app, open_memory

if TYPE_CHECKING:
    from ....agent.erasing import Erasure

__all__: list[str] = []


@app.command()
def erase(
    *,
    user: Annotated[
        str, typer.Option("--user", "-u", help="Whom to erase; there is no default.", metavar="ID")
    ],
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Search tables, index and files for what is left; exit 1 if any is."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erases a user: memories, evidence, conversations, open questions, reward model, the id."""
    from ....agent.erasing import erase_user

    question = f"Erase {user!r} for good, with everything?"
    if not yes and _asks() and not typer.confirm(question, err=True):
        raise typer.Exit(1)
    with open_memory(home, write=True) as memory:
        done = erase_user(memory, user, verify=verify)
    if as_json:
        print_json(_report(done))
    else:
        _say(done)
    if done.scan is not None and done.scan.left:
        raise typer.Exit(1)


def _asks() -> bool:
    """Whether somebody is there to be asked; a script has named the user, and that is that."""
    return sys.stdin.isatty()


def _report(done: Erasure) -> dict[str, object]:
    report: dict[str, object] = {
        "user": done.user_id,
        "erased": dict(done.removed.rows),
        "open_turns": done.open_turns,
    }
    if done.scan is not None:
        report["verified"] = done.proven
        report["searched"] = {"files": done.scan.files, "bytes": done.scan.bytes}
        report["left"] = [each._asdict() for each in done.scan.left]
    return report


def _say(done: Erasure) -> None:
    rows = sum(count for table, count in done.removed.rows.items() if table != "users")
    say(
        f"Erased {done.user_id}: {done.removed.preferences} preferences in {rows} rows, "
        f"{done.open_turns} open questions."
    )
    if done.scan is None:
        return
    if not done.scan.left:
        say(
            f"Nothing is left: every table, the index and {done.scan.files} files "
            f"({done.scan.bytes:,} bytes) were searched."
        )
        return
    say("Left behind:")
    for where, what in done.scan.left:
        say(f"  {where}: {what}")
