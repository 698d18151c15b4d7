"""What the reward commands share: the app that they are registered with."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(
    name="reward",
    help="The personal reward model: what it learns from data, and what it believes of a user.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _reward() -> None:
    pass
