"""`penchant bench`: prints figures, as a table or as one JSON object."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    name="bench", help="Measure speed on this machine.", no_args_is_help=True, add_completion=False
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("startup")
def startup(
    rounds: Annotated[int, typer.Option(min=1, help="Processes started for each figure.")] = 9,
    as_json: _Json = False,
) -> None:
    """Time to help, to import, and to first paint beside an empty Textual app."""
    from .startup import measure_startup

    measure_startup(rounds).print(as_json=as_json)


@app.command("turn")
def turn(
    preferences: Annotated[int, typer.Option(min=0, help="Preferences the user has.")] = 1000,
    turns: Annotated[int, typer.Option(min=1, help="Turns measured.")] = 60,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    model: Annotated[
        str | None,
        typer.Option(help="A real chat model; by default a scripted one that answers at once."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Everything in a plain turn but the chat model, with its calls and tokens."""
    from .turn import measure_turn

    measure_turn(preferences=preferences, turns=turns, seed=seed, model=model).print(
        as_json=as_json
    )


@app.command("memory")
def memory(
    *,
    preferences: Annotated[int, typer.Option(min=1, help="Memories of the one user.")] = 1000,
    users: Annotated[int, typer.Option(min=1, help="Users of the large store.")] = 1000,
    each: Annotated[int, typer.Option(min=1, help="Memories of each of those.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="Openings of each store.")] = 30,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    as_json: _Json = False,
) -> None:
    """Recall alone and among many users, adding, importing, and calls for learning."""
    from .memory import measure_memory

    measure_memory(preferences=preferences, users=users, each=each, rounds=rounds, seed=seed).print(
        as_json=as_json
    )


@app.command("rank")
def rank(
    rounds: Annotated[int, typer.Option(min=1, help="Times each is measured.")] = 15,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    as_json: _Json = False,
) -> None:
    """Updating the reward model, ranking with it, and posteriors on disk."""
    from .rank import measure_rank

    measure_rank(rounds=rounds, seed=seed).print(as_json=as_json)


@app.command("elicit")
def elicit(
    rounds: Annotated[int, typer.Option(min=1, help="Times each is measured.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    as_json: _Json = False,
) -> None:
    """Scoring a thousand questions, and choosing the next one in a chat turn."""
    from .elicit import measure_elicit

    measure_elicit(rounds=rounds, seed=seed).print(as_json=as_json)


@app.command("simulate")
def simulate(
    *,
    people: Annotated[int, typer.Option(min=20, help="People of each arm.")] = 400,
    episodes: Annotated[
        int, typer.Option(min=100, help="Episodes of the run whose memory is measured.")
    ] = 10_000,
    with_ray: Annotated[bool, typer.Option("--ray/--no-ray", help="Measure Ray, too.")] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    as_json: _Json = False,
) -> None:
    """Simulated users a second, the runner's overhead and memory, and the Ray engine."""
    from .simulate import measure_simulate

    measure_simulate(people=people, episodes=episodes, with_ray=with_ray, seed=seed).print(
        as_json=as_json
    )
