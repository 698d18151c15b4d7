"""Reading what is known: list, show, search, history."""

from __future__ import annotations

from typing import Annotated

import typer

from ...text import one_line
from ..options import HomeOption, JsonOption, UserOption, user_or_default
from ..output import note, print_json, print_table, say, to_json
from .shared import IdArgument, app, kind_of, open_memory, print_preferences, scope_of, until_of

__all__: list[str] = []


@app.command("list")
def list_(
    *,
    user: UserOption = None,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what no longer holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What holds now."""
    with open_memory(home) as memory:
        known = memory.get_all(user_or_default(user), live_only=not everything)
    print_preferences(known, as_json=as_json)


@app.command()
def show(
    *,
    preference_id: IdArgument,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """One preference, with the events that support it, word for word."""
    user_id = user_or_default(user)
    with open_memory(home) as memory:
        preference = memory.get(user_id, preference_id)
        evidence = [
            event for event in memory.evidence(user_id) if event.id in preference.evidence_ids
        ]
    if as_json:
        print_json({"preference": preference, "evidence": evidence})
        return
    say(preference.description + scope_of(preference))
    sure, weight = f"{preference.confidence:.0%} sure", f"weight {preference.strength:.1f}"
    say(f"  {kind_of(preference)}, {sure}, {weight}")
    say(f"  since {preference.valid_from:%Y-%m-%d %H:%M}{until_of(preference)}")
    if preference.supersedes:
        say(f"  replaced {preference.supersedes}")
    for event in evidence:
        observed = to_json(event.observation)
        assert isinstance(observed, dict)
        kind = observed.pop("kind")
        told = "; ".join(f"{name}: {value}" for name, value in observed.items() if value)
        say(f"  {event.created_at:%Y-%m-%d %H:%M} {kind}: {one_line(told, 300)}")


@app.command()
def search(
    *,
    query: Annotated[str, typer.Argument(help="A request, or any words.")],
    user: UserOption = None,
    home: HomeOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 8,
    as_json: JsonOption = False,
) -> None:
    """What is recalled for a request, with how near it is."""
    with open_memory(home) as memory:
        found = memory.search(user_or_default(user), query, limit=limit)
        if memory.degraded:
            note(memory.degraded)
    if as_json:
        print_json({"query": query, "recalled": found})
        return
    print_table(
        ("SCORE", "WHY", "ID", "DESCRIPTION"),
        [(f"{r.score:.2f}", r.reason, r.preference.id, r.preference.description) for r in found],
    )


@app.command()
def history(
    *, user: UserOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """What happened to which preference, and when."""
    with open_memory(home) as memory:
        changes = memory.history(user_or_default(user))
    if as_json:
        print_json({"changes": changes})
        return
    print_table(
        ("WHEN", "WHAT", "ID", "DESCRIPTION", "WHY"),
        [
            (f"{c.at:%Y-%m-%d %H:%M:%S}", c.operation, c.preference_id, c.description, c.reason)
            for c in changes
        ],
    )
