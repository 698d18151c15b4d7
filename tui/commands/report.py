"""`penchant report`: what a run says, as a page, as Markdown, as JSON, and beside other runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import JsonOption, MarkdownOption
from .output import note, print_json, print_table, say

if TYPE_CHECKING:
    from ...simulators.reports import Comparison, RunReport

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
            metavar="FILE",
            help="Write the page here. Of one run it is report.html in its directory if not given.",
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
    """Say what a run found, or several beside each other.

    Gives intervals, learning curves, costs, disclosures and the worst episodes; of several runs,
    what was configured differently and paired differences from the first.
    """
    from ...simulators.audit import audit_run
    from ...simulators.reports import build_report, load_run

    if open_it and page is None and (as_json or len(runs) > 1):
        raise typer.BadParameter("there is no page to open; name one with --html")
    loaded = [load_run(each) for each in runs]
    # By words alone: a report needs no model.
    found = [build_report(run, worst=worst, audit=audit_run(run)) for run in loaded]
    if len(found) == 1:
        if page is None and not as_json:
            page = runs[0] / "report.html"
        _tell_one(found[0], page, markdown, as_json=as_json)
    else:
        _tell_several(found, page, markdown, as_json=as_json)
    if open_it:
        typer.launch(str(page))


def _tell_one(found: RunReport, page: Path | None, markdown: Path | None, *, as_json: bool) -> None:
    from ...simulators.reports import report_json, report_markdown, report_page

    if page is not None:
        _write(page, report_page(found))
    if markdown is not None:
        _write(markdown, report_markdown(found))
    if as_json:
        print_json(report_json(found))
    else:
        _show(found)


def _tell_several(
    found: list[RunReport], page: Path | None, markdown: Path | None, *, as_json: bool
) -> None:
    from ...simulators.reports import (
        compare_runs,
        comparison_json,
        comparison_markdown,
        comparison_page,
    )

    compared = compare_runs(found)
    if page is not None:
        _write(page, comparison_page(compared))
    if markdown is not None:
        _write(markdown, comparison_markdown(compared))
    if as_json:
        print_json(comparison_json(compared))
    else:
        _show_several(compared)


def _write(file: Path, text: str) -> None:
    from ...errors import InputError

    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be written: {error}") from error
    note(f"wrote {file}")


def _show(found: RunReport) -> None:
    from ...simulators.reports.cells import verdict_cell
    from ...simulators.reports.numbers import words

    run = found.run
    say(f"{run.track}: {len(run.arms)} arms, {len(run.episodes)} episodes, seed {run.seed}")
    for each in found.notes:
        say(f"- {each}")
    say()
    rows = []
    for tally in found.tallies:
        score = found.score(tally.arm, run.headline)
        cell = verdict_cell(score)
        rows.append([tally.arm, str(score.n), cell.value, cell.gain, cell.verdict])
    print_table(["arm", "n", words(run.headline), f"against {run.baseline}", ""], rows)


def _show_several(found: Comparison) -> None:
    from ...simulators.reports.beside import changes_table, differences_table
    from ..text import one_line

    differences = differences_table(found)
    if differences.rows:
        rows = [[one_line(cell, 40) for cell in row] for row in differences.rows]
        print_table(differences.columns, rows)
    else:
        say("Nothing differs of what is on record.")
    for each in found.pairings:
        say()
        if each.refused is not None:
            say(f"{each.label} is not paired with {found.labels[0]}: {each.refused}.")
            continue
        say(f"{each.label} against {found.labels[0]}:")
        for remark in each.remarks:
            say(f"- {remark}")
        table = changes_table(each)
        print_table(table.columns, table.rows)
