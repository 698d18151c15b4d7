"""What the reward commands share: the app that they are registered with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DataOption", "FormatOption", "app"]

DataOption = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="PATH",
        help="A file or a folder of JSON Lines: comparisons, ratings, choices, conversations.",
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="pairs|ratings|choices|prism",
        help="What the lines are; by default what the first looks like.",
    ),
]

app = typer.Typer(
    name="reward",
    help="The personal reward model: what it learns from data, and what it believes of a user.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _reward() -> None:
    pass
