"""Reading what is known: list, show, search, explain, context, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...text import one_line
from ..options import HomeOption, JsonOption, UserOption, load_settings, user_or_default
from ..output import note, print_json, print_table, say, to_json
from .shared import (
    IdArgument,
    app,
    kind_of,
    moment_of,
    open_memory,
    print_preferences,
    scope_of,
    until_of,
)

if TYPE_CHECKING:
    from ....memory import Memory
    from ....memory.types import Score

__all__: list[str] = []

_QueryArgument = Annotated[str, typer.Argument(help="A request, or any words.")]
_PARTS = ("SIMILARITY", "KEYWORDS", "RECENCY", "SUPPORT")


@app.command("list")
def list_(
    *,
    user: UserOption = None,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what no longer holds.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="WHEN", help="What held then: a date, or so many days ago."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What holds now, or held then."""
    if everything and as_of is not None:
        raise typer.BadParameter("give --all or --as-of, not both")
    with open_memory(home) as memory:
        then = None if as_of is None else moment_of(as_of, memory.now, "--as-of")
        known = memory.get_all(user_or_default(user), live_only=not everything, as_of=then)
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
    query: _QueryArgument,
    user: UserOption = None,
    home: HomeOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 8,
    as_json: JsonOption = False,
) -> None:
    """What a request is about among all that is known, best first."""
    with open_memory(home) as memory:
        found = memory.search(user_or_default(user), query, limit=limit)
        _tell_degraded(memory)
    if as_json:
        print_json({"query": query, "recalled": found})
        return
    print_table(
        ("SCORE", "WHY", "ID", "DESCRIPTION"),
        [(f"{r.score:.2f}", r.reason, r.preference.id, r.preference.description) for r in found],
    )


@app.command()
def explain(
    *,
    query: _QueryArgument,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What would be recalled for a request and what not, with every part of each score."""
    with open_memory(home) as memory:
        found = memory.explain(user_or_default(user), query)
        _tell_degraded(memory)
    if as_json:
        print_json({"query": query, "explained": found})
        return
    print_table(
        ("RECALLED", "SCORE", *_PARTS, "DESCRIPTION", "WHY"),
        [
            (
                "yes" if each.recalled else "no",
                *_numbers(each.score),
                each.preference.description + scope_of(each.preference),
                each.reason,
            )
            for each in found
        ],
    )


@app.command()
def context(
    *,
    query: _QueryArgument,
    user: UserOption = None,
    home: HomeOption = None,
    tokens: Annotated[
        int | None,
        typer.Option("--tokens", min=0, help="Tokens it may take; by default as in a chat."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The block of text that a prompt gets for a request, and what was left out of it."""
    from ....memory.types import Context
    from ....policies.feedback import bearing_on, occasion_of

    settings = load_settings(home=home)
    about = Context(text=query)
    occasion = occasion_of(about)
    with open_memory(home) as memory:
        # As a turn of a chat recalls.
        found = memory.context(
            user_or_default(user),
            about if occasion is None else Context(text=query, tags=(occasion,)),
            token_budget=settings.recall_tokens if tokens is None else tokens,
            limit=settings.recall_limit,
            bearing=bearing_on(about),
        )
        _tell_degraded(memory)
    if as_json:
        print_json({"query": query, "context": found})
        return
    for line in found.text.splitlines():
        say(line)
    note(f"{found.tokens} tokens; {found.masked} masked, having nothing to do with it")
    for each in found.left_out:
        note(f"  {each.preference.description}: {each.reason}")


def _tell_degraded(memory: Memory) -> None:
    if memory.degraded:
        note(memory.degraded)


def _numbers(score: Score | None) -> tuple[str, ...]:
    if score is None:
        return ("",) * (1 + len(_PARTS))
    parts = (score.total, score.similarity, score.keywords, score.recency, score.support)
    return tuple("–" if part is None else f"{part:.2f}" for part in parts)
