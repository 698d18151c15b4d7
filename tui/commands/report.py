"""`penchant report`: what a run says, as a page, as Markdown, as JSON, and beside other runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import JsonOption, MarkdownOption
from .output import note, print_json, print_table, say

if TYPE_CHECKING:
    from ...simulators.reports import RunReport

__all__ = ["report"]


def report(
    *,
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", help="Directories that runs wrote; several are compared."),
    ],
    page: Annotated[
        Path | None,
        typer.Option(
            "--html",
            help="Where to write the page; report.html in the run's directory if not given.",
        ),
    ] = None,
    markdown: MarkdownOption = None,
    worst: Annotated[
        int, typer.Option(min=0, help="How many of the worst episodes of each arm to show whole.")
    ] = 3,
    open_it: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a run found: intervals, learning curves, costs, disclosures, worst episodes."""
    from ...simulators.reports import (
        build_report,
        load_run,
        report_json,
        report_markdown,
        report_page,
    )

    found = build_report(load_run(runs[0]), worst=worst)
    if page is None and not as_json:
        page = runs[0] / "report.html"
    if page is not None:
        _write(page, report_page(found))
    if markdown is not None:
        _write(markdown, report_markdown(found))
    if as_json:
        print_json(report_json(found))
    else:
        _show(found)
    if open_it and page is not None:
        typer.launch(str(page))


def _write(file: Path, text: str) -> None:
    from ...errors import InputError

    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be written: {error}") from error
    note(f"wrote {file}")


def _show(found: RunReport) -> None:
    from ...simulators.reports.html import verdict_cell
    from ...simulators.reports.numbers import words

    run = found.run
    say(f"{run.track}: {len(run.arms)} arms, {len(run.episodes)} episodes, seed {run.seed}")
    for each in found.notes:
        say(f"- {each}")
    say()
    rows = []
    for tally in found.tallies:
        cell = verdict_cell(found.score(tally.arm, run.headline))
        rows.append([tally.arm, str(tally.n), cell.value, cell.gain, cell.verdict])
    print_table(["arm", "n", words(run.headline), f"against {run.baseline}", ""], rows)
