"""`penchant eval`: measures quality on data, prints figures as a table or as one JSON object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import HomeOption, JsonOption, load_settings
from .output import note

__all__ = ["app"]

app = typer.Typer(
    name="eval",
    help="Measure quality on evaluation data.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _eval() -> None:
    pass


@app.command("steering")
def steering(
    users: Annotated[int, typer.Option(min=1, help="Users of random tastes.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of tastes.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a ranking follows "add …", "less …" and "swap … for …" (Mender's test)."""
    from ... import __version__
    from ...models.embedder import open_embedder
    from ...simulators.steering import run_steering
    from ..bench.report import Report

    found = run_steering(open_embedder(load_settings(home=home)), users=users, seed=seed)
    Report(
        command=f"eval steering --users {users} --seed {seed}",
        version=__version__,
        seed=seed,
        figures=found.figures,
        rows=found.rows,
    ).print(as_json=as_json)


@app.command("fewshot")
def fewshot(
    data: Annotated[
        Path,
        typer.Option(
            envvar="PENCHANT_DATA",
            help="A directory with the folders psoups, bank and persona, or some of them.",
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How fast the personal reward model fits a person, beside simpler models."""
    from ... import __version__
    from ...models.embedder import open_embedder
    from ...simulators.fewshot import run_fewshot
    from ..bench.report import Report

    found = run_fewshot(data, open_embedder(load_settings(home=home)), seed=seed, progress=note)
    report = Report(
        command=f"eval fewshot --data {data} --seed {seed}",
        version=__version__,
        seed=seed,
        figures=found.figures,
        rows=found.rows,
    )
    report.print(as_json=as_json)


@app.command("judge")
def judge(
    *,
    data: Annotated[
        Path,
        typer.Option(envvar="PENCHANT_DATA", help="A directory with the folder psoups."),
    ],
    items: Annotated[int, typer.Option(min=1, help="How many pairs of each file.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    model: Annotated[
        str | None, typer.Option("--model", help="The chat model that judges.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a chat model judges as people would whose taste it is told, and its position bias."""
    import asyncio

    from ... import __version__
    from ...models.chat import open_chat
    from ...simulators.judging import Judged, measure_judge
    from ..bench.report import Report

    settings = load_settings(home=home, model=model)

    async def measure() -> Judged:
        chat = open_chat(settings)
        try:
            return await measure_judge(data, chat, items=items, seed=seed, progress=note)
        finally:
            await chat.aclose()

    found = asyncio.run(measure())
    Report(
        command=f"eval judge --data {data} --items {items} --seed {seed} --model {settings.model}",
        version=__version__,
        seed=seed,
        figures=found.figures,
        rows=found.rows,
    ).print(as_json=as_json)
