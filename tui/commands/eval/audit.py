"""`penchant eval audit`: what simulated users did wrong in a run, and its scores without them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import HomeOption, JsonOption, MarkdownOption, load_settings
from ..output import note, say

__all__ = ["audit"]


def audit(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run.")],
    *,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Look for leaks without the embedder.")
    ] = False,
    shown: Annotated[
        int, typer.Option("--show", min=0, help="How many flagged episodes to print.")
    ] = 20,
    home: HomeOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flag what simulated users did wrong in a run, and score it again without those people.

    Looks for leaks, things volunteered, role flips, early stops and contradictions of the profile.
    """
    from .... import __version__
    from ....models.embedder import open_embedder
    from ....simulators.audit import audit_run
    from ....simulators.reports import load_run
    from ...bench.report import Report

    run = load_run(directory)
    embedder = None if words_only else open_embedder(load_settings(home=home))
    found = audit_run(run, embedder=embedder)
    for each in found.notes:
        note(each)
    told = [
        {
            "what": "flag",
            "episode": str(each.key),
            "turn": flag.turn,
            "kind": flag.kind,
            "said": flag.what,
        }
        for each in found.flagged
        for flag in each.flags
    ]
    Report(
        command=f"eval audit {directory}",
        version=__version__,
        seed=run.seed,
        figures=found.figures,
        rows=[*found.rows, *told] if as_json or markdown is not None else found.rows,
    ).print(as_json=as_json, markdown=markdown)
    if as_json:
        return
    for episode in found.flagged[:shown]:
        say(str(episode.key))
        for flag in episode.flags:
            place = "" if flag.turn is None else f" after turn {flag.turn}"
            say(f"  {flag.kind}{place}: {flag.what}")
    if len(found.flagged) > shown:
        say(f"… and {len(found.flagged) - shown} more; --json lists all.")
