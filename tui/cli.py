"""The `penchant` command: parses, calls the package, prints.

Nothing here or in `commands/` imports more than the parser needs: each command imports what it
uses when it runs, so that help and one-shot commands start at once.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import PenchantError
from .bench.cli import app as bench_app
from .commands import (
    chat,
    doctor,
    drift,
    memory,
    models,
    pairs,
    rank,
    report,
    reward,
    sessions,
    why,
)
from .commands.eval import app as eval_app

__all__ = ["app", "main"]


class _Group(TyperGroup):
    """Turns the package's own errors into one line on standard error and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PenchantError as error:
            typer.echo(f"penchant: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_Group,
    name="penchant",
    help="A conversational assistant that learns what you like.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("chat")(chat.chat)
app.add_typer(memory.app)
app.add_typer(models.app)
app.add_typer(sessions.app)
app.add_typer(bench_app)
app.add_typer(eval_app)
app.add_typer(reward.app)
app.add_typer(drift.app)
app.command("rank")(rank.rank)
app.command("pairs")(pairs.pairs)
app.command("report")(report.report)
app.command("why")(why.why)
app.command("doctor")(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"penchant {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # What a terminal cannot show, or what is no text, must not end a conversation.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="penchant")
    except BrokenPipeError:
        # The reader has gone: nothing is left to say, not even while the interpreter exits.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        sys.exit(1)
