"""`penchant drift`: what changed between two checkpoints, two times, or runs of other settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Annotated, Protocol

import typer

from .options import (
    HomeOption,
    JsonOption,
    MarkdownOption,
    UserOption,
    load_settings,
    user_or_default,
)
from .output import note

__all__ = ["app"]

app = typer.Typer(
    name="drift",
    help="Say what changed between checkpoints, times, or runs of other settings.",
    no_args_is_help=True,
    add_completion=False,
)

SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the intervals.")]


class _Found(Protocol):
    @property
    def figures(self) -> Mapping[str, float]: ...
    @property
    def rows(self) -> Sequence[Mapping[str, object]]: ...


def _print(found: _Found, command: str, *, seed: int, as_json: bool, markdown: Path | None) -> None:
    from ... import __version__
    from ..bench.report import Report

    Report(
        command=f"drift {command} --seed {seed}",
        version=__version__,
        seed=seed,
        figures=found.figures,
        rows=found.rows,
    ).print(as_json=as_json, markdown=markdown)


def _local(moments: Sequence[datetime]) -> list[datetime]:
    """In their order, those without a time zone as local time."""
    return sorted(each if each.tzinfo is not None else each.astimezone() for each in moments)


@app.command("pairs")
def pairs(
    before: Annotated[Path, typer.Argument(help="Scores of pairs at the first checkpoint.")],
    after: Annotated[Path, typer.Argument(help="Scores of the same pairs at the second.")],
    *,
    beta: Annotated[float, typer.Option(min=1e-6, help="DPO's.")] = 0.1,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether pairs are ranked rightly, before and after: accuracy, pairs fixed and broken.

    Files hold one JSON object a line: id, chosen, rejected (scores, or log-probabilities), and
    perhaps ref_chosen and ref_rejected under the reference model.
    """
    from ...simulators.drift import compare_pairs, load_scores

    found = compare_pairs(load_scores(before), load_scores(after), beta=beta, seed=seed)
    told = f"pairs {quote(str(before))} {quote(str(after))} --beta {beta:g}"
    _print(found, told, seed=seed, as_json=as_json, markdown=markdown)


@app.command("values")
def values(
    file: Annotated[Path, typer.Argument(help="Stances: checkpoint, topic and p, one a line.")],
    *,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far stances moved from the first checkpoint, over topics and topic by topic."""
    from ...simulators.drift import load_stances, value_drift

    found = value_drift(load_stances(file), seed=seed)
    _print(found, f"values {quote(str(file))}", seed=seed, as_json=as_json, markdown=markdown)


@app.command("memory")
def memory(
    moments: Annotated[
        list[datetime], typer.Argument(metavar="TIME TIME…", help="As 2026-03-01T09:00, local.")
    ],
    *,
    user: UserOption = None,
    home: HomeOption = None,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far what memory holds of a user moved between moments."""
    from ...simulators.drift import memory_stances, value_drift
    from .memory.shared import open_memory

    local, whose = _local(moments), user_or_default(user)
    with open_memory(home) as store:
        stances = memory_stances(store, whose, local)
    found = value_drift(stances, seed=seed)
    told = " ".join(each.isoformat() for each in local)
    _print(
        found, f"memory {told} --user {quote(whose)}", seed=seed, as_json=as_json, markdown=markdown
    )


@app.command("taste")
def taste(
    moments: Annotated[
        list[datetime], typer.Argument(metavar="TIME TIME…", help="As 2026-03-01T09:00, local.")
    ],
    *,
    user: UserOption = None,
    home: HomeOption = None,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far the reward model's beliefs of a user moved between moments, attribute by attribute.

    Judged by what the user chose, edited or rated after the last of them. Needs the embedder.
    """
    from ...models.deferred import DeferredEmbedder
    from ...policies.personal import PersonalReward
    from ...simulators.drift import taste_drift, user_tastes
    from .memory.shared import open_memory

    local, whose = _local(moments), user_or_default(user)
    settings = load_settings(home=home)
    with open_memory(home) as store:
        reward = PersonalReward(store, DeferredEmbedder(settings), prior=settings.reward_prior)
        found = taste_drift(user_tastes(reward, whose, local), seed=seed)
    told = " ".join(each.isoformat() for each in local)
    _print(
        found, f"taste {told} --user {quote(whose)}", seed=seed, as_json=as_json, markdown=markdown
    )


@app.command("priors")
def priors(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE FILE…", help="What penchant reward fit wrote.")
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="People's comparisons that none of them was fitted to."),
    ] = None,
    home: HomeOption = None,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far fitted priors moved from the first, and how rightly each ranks people's pairs."""
    from ...models.deferred import DeferredEmbedder
    from ...policies.reward import TextFeatures, read_prior
    from ...simulators.datasets import data_hash, load_people
    from ...simulators.drift import prior_tastes, taste_drift

    pairs = () if data is None else load_people(data)
    if data is not None:
        known = data_hash(data)
        for each in files:
            if read_prior(each).provenance.data == known:
                note(f"{each} was fitted to these very comparisons, so that they flatter it")
    features = TextFeatures(DeferredEmbedder(load_settings(home=home)))
    found = taste_drift(prior_tastes(files, features, pairs), seed=seed)
    told = " ".join(quote(str(each)) for each in files)
    judged = "" if data is None else f" --data {quote(str(data))}"
    _print(found, f"priors {told}{judged}", seed=seed, as_json=as_json, markdown=markdown)


@app.command("factors")
def factors(
    runs: Annotated[
        list[Path], typer.Argument(metavar="DIR DIR…", help="Runs of one track, differing in one.")
    ],
    *,
    seed: SeedOption = 0,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which one thing that was changed made the difference: paired, run by run."""
    from ...simulators.drift import compare_factors
    from ...simulators.reports import load_run

    found = compare_factors([load_run(each) for each in runs], seed=seed)
    told = " ".join(quote(str(each)) for each in runs)
    _print(found, f"factors {told}", seed=seed, as_json=as_json, markdown=markdown)
