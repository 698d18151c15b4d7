"""How what is known came about: every operation, every version, and how far beliefs drifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ...text import describe
from ...versions import day, version, version_lines
from ..options import HomeOption, JsonOption, UserOption, user_or_default
from ..output import Json, print_json, print_table, say, to_json
from .shared import app, moment_of, open_memory

if TYPE_CHECKING:
    from ....memory.types import Change, Drift, Evidence, Preference, Shift

__all__: list[str] = []


@app.command()
def history(
    *,
    user: UserOption = None,
    home: HomeOption = None,
    preference: Annotated[
        str | None,
        typer.Option("--preference", "-p", metavar="ID", help="Only this one, in all versions."),
    ] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="How far each topic moved, newest changes first.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="A date (2026-03-01), or so many days ago."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What happened to which preference, when and why, and how sure it left us."""
    user_id = user_or_default(user)
    if drift and preference is not None:
        raise typer.BadParameter("give --preference or --drift, not both")
    with open_memory(home) as memory:
        start = None if since is None else moment_of(since, memory.now, "--since")
        if drift:
            moved = memory.drift(user_id, since=start)
            print_json({"drift": moved}) if as_json else _say_drift(moved)
            return
        everything = {each.id: each for each in memory.get_all(user_id, live_only=False)}
        evidence = {each.id: each for each in memory.evidence(user_id)}
        changes = memory.history(user_id)
        if preference is not None:
            chains = [memory.chain(user_id, preference)]
            ids = {each.id for each in chains[0]}
            changes = [each for each in changes if each.preference_id in ids]
        else:
            chains = _chains(everything.values())
    befores = _befores(changes, everything)
    kept = [
        (change, before)
        for change, before in zip(changes, befores, strict=True)
        if start is None or change.at >= start
    ]
    if as_json:
        told = [_with_before(change, before) for change, before in kept]
        print_json({"changes": told, "chains": chains})
        return
    print_table(
        ("WHEN", "WHAT", "SURE", "ID", "DESCRIPTION", "WHY"),
        [
            (
                f"{change.at:%Y-%m-%d %H:%M:%S}",
                change.operation,
                _sure(before, change.confidence),
                change.preference_id,
                change.description,
                change.reason,
            )
            for change, before in kept
        ],
    )
    for chain in chains:
        _say_chain(chain, evidence)


def _say_chain(chain: Sequence[Preference], evidence: Mapping[str, Evidence]) -> None:
    last = chain[-1]
    say()
    say(f"{last.aspect or describe(last)}{f' (for {last.scope})' if last.scope else ''}:")
    for line in version_lines(chain, evidence):
        say(f"  {line}")


def _say_drift(drift: Drift) -> None:
    say(f"Since {day(drift.since)}, beliefs moved by {drift.change:.0%} on average.")
    for shift in drift.shifts:
        newest = shift.changes[0]
        scope = f" (for {shift.scope})" if shift.scope else ""
        say(f"{shift.topic}{scope}: {_side(shift, shift.before)} → {_side(shift, shift.after)}")
        say(f"  by {shift.change:.0%}; {day(newest.at)}: {newest.operation}, {newest.reason}")
    if not drift.shifts:
        say("Nothing happened.")


def _side(shift: Shift, held: Sequence[Preference]) -> str:
    ours = [*shift.before, *shift.after]
    beside = ours[-1] if all(each.value for each in ours) else None
    named = [
        f"{version(each, beside) if beside else describe(each)} {each.confidence:.0%}"
        for each in held
    ]
    return ", ".join(named) or "nothing"


def _chains(preferences: Iterable[Preference]) -> list[list[Preference]]:
    """Lines of more than one version, each oldest first."""
    there = {each.id: each for each in preferences}
    replaced = {each.supersedes for each in there.values()}
    chains = []
    for last in there.values():
        if last.id in replaced or last.supersedes not in there:
            continue
        chain = [last]
        while (older := there.get(chain[0].supersedes or "")) is not None and older not in chain:
            chain.insert(0, older)
        chains.append(chain)
    return chains


def _befores(changes: Sequence[Change], everything: Mapping[str, Preference]) -> list[float | None]:
    """The belief just before each change; None where there was none."""
    from ....memory.belief import belief

    last: dict[str, Change] = {}
    found: list[float | None] = []
    for change in changes:
        before = last.get(change.preference_id)
        sure = None if before is None else before.confidence
        known = everything.get(change.preference_id)
        if sure is not None and before is not None and known is not None:
            sure = belief(
                sure, since=before.at, now=change.at, hard=known.hard, origin=known.origin
            )
        found.append(sure)
        if change.confidence is not None:
            last[change.preference_id] = change
    return found


def _with_before(change: Change, before: float | None) -> Json:
    told = to_json(change)
    assert isinstance(told, dict)
    return {**told, "confidence_before": before}


def _sure(before: float | None, after: float | None) -> str:
    if after is None:
        return ""
    return f"{after:.0%}" if before is None else f"{before:.0%} → {after:.0%}"
