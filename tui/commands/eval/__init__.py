"""`penchant eval`: measures quality, prints figures as a table or as one JSON object."""

from __future__ import annotations

import typer

from .audit import audit
from .measures import MEASURES
from .tracks import TRACKS

__all__ = ["app"]

app = typer.Typer(
    name="eval",
    help="Measure quality: simulated users, evaluation data.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _eval() -> None:
    pass


for _name, _command in {**TRACKS, **MEASURES}.items():
    app.command(_name)(_command)
app.command("audit")(audit)
