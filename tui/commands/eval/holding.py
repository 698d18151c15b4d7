"""Holds a track's run as the flags say, and prints what came out."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..options import load_settings
from ..output import note
from .display import default_display, shown
from .flags import RunFlags

if TYPE_CHECKING:
    from ....simulators.runner import ModelNames, Track

__all__ = ["command_of", "hold_run"]


def command_of(name: str, flags: RunFlags, **options: object) -> str:
    """What to type for the same outcome: the options that change it and are not the default."""
    words = ["penchant", "eval", name]
    for option, value in options.items():
        flag = "--" + option.replace("_", "-")
        if value is None or value == ():
            continue
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, tuple | list):
            for each in value:
                words += [flag, str(each)]
        else:
            words += [flag, str(value)]
    return shlex.join([*words, "--seed", str(flags.seed)])


def hold_run(
    track: Track, flags: RunFlags, *, command: str, names: ModelNames | None = None
) -> Path:
    """Holds a run and prints its figures; exits with 1 if it ended before its end.

    Args:
        track: What is measured.
        flags: How.
        command: What to type for the same outcome.
        names: The chat models, if any.

    Returns:
        The run's directory.
    """
    from .... import __version__
    from ....simulators.runner import RunOptions, run_batch
    from ...bench.report import Report

    settings = load_settings(home=flags.home)
    cache = None
    if names is not None and names.agent is not None and flags.use_cache:
        cache = flags.cache if flags.cache is not None else settings.cache / "answers.db"
    directory = flags.run
    if directory is None:
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S-%f")
        directory = settings.cache / "runs" / f"{track.name}-{stamp}"
    options = RunOptions(
        settings=settings,
        engine=flags.engine.value,
        workers=flags.workers,
        concurrency=flags.concurrency,
        retries=flags.retries,
        timeout_s=flags.timeout_s,
        budget_usd=flags.budget_usd,
        budget_tokens=flags.budget_tokens,
        budget_seconds=flags.budget_seconds,
        cache=cache,
        ray_address=flags.ray_address,
    )
    with shown(flags.display or default_display()) as tell:
        result = run_batch(
            track,
            directory,
            seed=flags.seed,
            names=names,
            options=options,
            retry_failed=flags.retry_failed,
            command=command,
            progress=tell,
        )
    for each in result.summary.notes:
        note(each)
    if result.summary.figures:
        Report(
            command=command.removeprefix("penchant "),
            version=__version__,
            seed=flags.seed,
            figures=result.summary.figures,
            rows=result.summary.rows,
        ).print(as_json=flags.as_json, markdown=flags.markdown)
    told = f"{result.held} of {result.total} episodes, {result.failed} failed, in {directory}"
    note(f"{told}\nread it with: penchant report {shlex.quote(str(directory))}")
    if result.stopped is not None:
        sys.stdout.flush()
        note(f"penchant: {result.stopped}: {command} --run {shlex.quote(str(directory))}")
        raise typer.Exit(1)
    return directory
