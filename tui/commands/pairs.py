"""`penchant pairs`: preference pairs from runs and from a user's memory, for trainers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import HomeOption
from .output import note

if TYPE_CHECKING:
    from ...simulators.export import PreferencePair

__all__ = ["pairs"]


class _Form(StrEnum):
    trl = "trl"
    trl_plain = "trl-plain"
    openrlhf = "openrlhf"


def pairs(
    *,
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR…]", help="Directories that runs wrote.")
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option(
            "--user", "-u", metavar="ID", help="Pairs from this user's memory; several times."
        ),
    ] = None,
    form: Annotated[
        _Form, typer.Option("--format", help="For which trainer; see the guide to evaluations.")
    ] = _Form.trl,
    licence: Annotated[
        str, typer.Option(metavar="SPDX", help="Under which the texts' owners give them.")
    ] = "NOASSERTION",
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Write made-up names in the place of user ids.")
    ] = False,
    degrade: Annotated[
        int,
        typer.Option(
            "--degrade",
            min=0,
            max=8,
            metavar="N",
            help="Also set preferred English texts against N versions that say less and less.",
        ),
    ] = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="- for standard output.")
    ] = Path("-"),
    home: HomeOption = None,
) -> None:
    """Write preference pairs as JSON lines: what users picked, rewrote or had repaired.

    A user's words leave their memory by this: give the file only to whom they agreed.
    """
    from ...errors import InputError
    from ...simulators.export import pseudonym, with_degraded, write_pairs

    if not runs and not user:
        raise typer.BadParameter("name a run's directory, or a user with --user")
    found = _pairs(runs or [], user or [], licence, home)
    if degrade:
        found = with_degraded(found, degrade)
    if pseudonyms:
        salt = os.urandom(16).hex()
        found = (_renamed(each, pseudonym(each.user, salt)) for each in found)
    if str(output) == "-":
        count = write_pairs(found, sys.stdout, form.value)
    else:
        # Read before the file is opened, so that a mistake leaves what is there.
        every = list(found)
        try:
            with output.open("w", encoding="utf-8") as out:
                count = write_pairs(every, out, form.value)
        except OSError as error:
            raise InputError(f"cannot write {str(output)!r}: {error}") from error
    note(f"{count} pair{'' if count == 1 else 's'}, licence {licence}")


def _pairs(
    runs: list[Path], users: list[str], licence: str, home: Path | None
) -> Iterator[PreferencePair]:
    from ...simulators.export import pairs_of_evidence, pairs_of_run
    from ...simulators.reports import load_run
    from .memory.shared import open_memory

    for run in runs:
        yield from pairs_of_run(load_run(run), licence=licence)
    if users:
        with open_memory(home) as memory:
            for each in users:
                yield from pairs_of_evidence(memory.evidence(each), licence=licence)


def _renamed(pair: PreferencePair, name: str) -> PreferencePair:
    """The pair under another name; ids of sessions and events tell of the user, too."""
    kept = {
        key: value for key, value in pair.provenance.items() if key not in ("evidence", "session")
    }
    return replace(pair, user=name, provenance=kept)
