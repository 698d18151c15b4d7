"""The options that every run of episodes has, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from ..options import HomeOption, JsonOption, MarkdownOption

__all__ = ["Display", "EngineChoice", "RunFlags", "with_run_flags"]


class EngineChoice(StrEnum):
    """Where episodes are held."""

    local = "local"
    ray = "ray"


class Display(StrEnum):
    """How progress is shown, on standard error."""

    full = "full"
    plain = "plain"
    json = "json"
    none = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlags:
    """How a run is held and shown; none of it but the models and the seed changes outcomes."""

    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="DIR",
            help="The run's directory; an interrupted run goes on. By default a new one in the "
            "cache directory.",
        ),
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0
    engine: Annotated[EngineChoice, typer.Option(help="Processes of this machine, or Ray.")] = (
        EngineChoice.local
    )
    workers: Annotated[
        int, typer.Option(min=1, help="Processes, or Ray tasks at a time; outcomes are the same.")
    ] = 1
    concurrency: Annotated[
        int, typer.Option(min=1, help="Episodes at a time in each worker, for hosted models.")
    ] = 1
    ray_address: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Ray cluster; by default one starts here."),
    ] = None
    retries: Annotated[
        int, typer.Option(min=0, help="How often an episode whose model failed is held again.")
    ] = 2
    timeout_s: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="After which an episode has failed."),
    ] = None
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Hold episodes again that failed before.")
    ] = False
    budget_usd: Annotated[
        float | None, typer.Option(metavar="DOLLARS", help="Stop when so much is spent.")
    ] = None
    budget_tokens: Annotated[
        int | None, typer.Option(metavar="TOKENS", help="Stop when so many are read and written.")
    ] = None
    budget_seconds: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Stop after so long.")
    ] = None
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where models' answers are kept; by default a file in the cache directory.",
        ),
    ] = None
    use_cache: Annotated[
        bool, typer.Option("--cached/--uncached", help="Take answers from the cache.")
    ] = True
    display: Annotated[
        Display | None,
        typer.Option(help="How progress is shown; by default full on a terminal, else plain."),
    ] = None
    home: HomeOption = None
    markdown: MarkdownOption = None
    as_json: JsonOption = False


def with_run_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command whose first parameter is `flags` the options of `RunFlags`.

    Typer reads options from a function's signature: the command is shown with its own parameters
    and those of the flags, and called with them put together.
    """
    own = inspect.signature(command)
    hints = get_type_hints(command, include_extras=True)
    flag_hints = get_type_hints(RunFlags, include_extras=True)
    parameters = [
        each.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, each in own.parameters.items()
        if name != "flags"
    ]
    for each in fields(RunFlags):
        parameters.append(
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=flag_hints[each.name],
            )
        )

    @wraps(command)
    def shown(**given: Any) -> None:
        flags = RunFlags(**{each.name: given.pop(each.name) for each in fields(RunFlags)})
        command(flags, **given)

    signature = own.replace(parameters=parameters)
    shown.__signature__ = signature  # type: ignore[attr-defined]
    shown.__annotations__ = {each.name: each.annotation for each in parameters}
    del shown.__wrapped__
    return shown
