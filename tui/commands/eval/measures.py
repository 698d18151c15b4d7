"""`penchant eval` of what is measured whole, without episodes: readers, rankings, judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Protocol

import typer

from ..options import HomeOption, JsonOption, MarkdownOption, load_settings
from ..output import note

__all__ = ["MEASURES"]


class _Found(Protocol):
    """What every evaluation finds."""

    @property
    def figures(self) -> Mapping[str, float]: ...
    @property
    def rows(self) -> Sequence[Mapping[str, object]]: ...


def _print(found: _Found, command: str, *, seed: int, as_json: bool, markdown: Path | None) -> None:
    from .... import __version__
    from ...bench.report import Report

    Report(
        command=command, version=__version__, seed=seed, figures=found.figures, rows=found.rows
    ).print(as_json=as_json, markdown=markdown)


def steering(
    users: Annotated[int, typer.Option(min=1, help="Users of random tastes.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of tastes.")] = 0,
    home: HomeOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a ranking follows "add …", "less …" and "swap … for …" (Mender's test)."""
    from ....models.embedder import open_embedder
    from ....simulators.steering import run_steering

    found = run_steering(open_embedder(load_settings(home=home)), users=users, seed=seed)
    _print(
        found,
        f"eval steering --users {users} --seed {seed}",
        seed=seed,
        as_json=as_json,
        markdown=markdown,
    )


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
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a chat model judges as people would whose taste it is told, and its position bias."""
    import asyncio

    from ....models.chat import open_chat
    from ....simulators.judging import Judged, measure_judge

    settings = load_settings(home=home, model=model)

    async def measure() -> Judged:
        chat = open_chat(settings)
        try:
            return await measure_judge(data, chat, items=items, seed=seed, progress=note)
        finally:
            await chat.aclose()

    found = asyncio.run(measure())
    _print(
        found,
        f"eval judge --data {data} --items {items} --seed {seed} --model {settings.model}",
        seed=seed,
        as_json=as_json,
        markdown=markdown,
    )


def reactions(
    *,
    tuned: Annotated[
        bool, typer.Option("--tuned", help="The messages on which thresholds were chosen, instead.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A local chat model that tells likelihoods of follow-ups."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
    markdown: MarkdownOption = None,
) -> None:
    """How well the reaction in a next message is read: precision and recall, stage by stage."""
    import asyncio

    from ....models.chat import open_chat
    from ....models.embedder import open_embedder
    from ....models.likelihood import likelihood_model
    from ....simulators.reactions import ReactionsMeasured, measure_reactions

    settings = load_settings(home=home, model=model)

    async def measure() -> ReactionsMeasured:
        chat = None if model is None else open_chat(settings)
        told = likelihood_model(chat)
        if chat is not None and told is None:
            raise typer.BadParameter(f"{model!r} tells no likelihoods; give a local model")
        try:
            return await measure_reactions(
                open_embedder(settings),
                told,
                part="tuned" if tuned else "held_out",
                seed=seed,
                progress=note,
            )
        finally:
            if chat is not None:
                await chat.aclose()

    found = asyncio.run(measure())
    command = f"eval reactions --seed {seed}" + (" --tuned" if tuned else "")
    command += "" if model is None else f" --model {model}"
    _print(found, command, seed=seed, as_json=as_json, markdown=markdown)


MEASURES: dict[str, Callable[..., None]] = {
    "steering": steering,
    "judge": judge,
    "reactions": reactions,
}
