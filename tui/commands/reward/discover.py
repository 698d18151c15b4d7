"""`penchant reward discover`: features that people's comparisons turn on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import HomeOption, JsonOption, load_settings
from ..output import note, print_json, print_table, say
from .shared import app

if TYPE_CHECKING:
    from ....config import Settings
    from ....policies.reward import TextFeatures
    from ....policies.reward.discover import Discovery

__all__: list[str] = []

_REPORT = "report.json"
_EXAMPLE = 200


@app.command("discover")
def discover(
    *,
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="FILE",
            help='JSON Lines with {"user", "prompt", "chosen", "rejected"}, or a folder of them.',
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write features and a report here."),
    ] = None,
    features: Annotated[int, typer.Option(min=2, help="How many features to look for.")] = 32,
    active: Annotated[int, typer.Option(min=1, help="How many of them a pair has.")] = 4,
    named: Annotated[
        bool, typer.Option("--ask-names", help="Have the chat model name them, one call each.")
    ] = False,
    model: Annotated[str | None, typer.Option("--model", help="The chat model to ask.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Finds what people's preferred texts differ in from the others, and names it by examples.

    Give the folder to TextFeatures through Discovered.load. The features file holds nothing of the
    data but its hash; the report quotes texts and lists people's weights.
    """
    from ....models.deferred import DeferredEmbedder
    from ....policies.reward import TextFeatures
    from ....policies.reward.autoencoder import Sparsity
    from ....policies.reward.discover import LabelledPair, discover
    from ....simulators.datasets.pairs import load_pairs

    if active > features:
        raise typer.BadParameter(f"--active {active} is more than --features {features}")
    pairs = [
        LabelledPair(pair.user, pair.chosen, pair.rejected, pair.strength)
        for pair in load_pairs(data)
    ]
    settings = load_settings(home=home, model=model)
    described = TextFeatures(DeferredEmbedder(settings))
    found = discover(
        pairs,
        described,
        sparsity=Sparsity(features=features, active=active, prefix=max(1, features // 4)),
        seed=seed,
        progress=note,
    )
    if named:
        found = _asked(found, described, settings)
    figures = _figures(found, data, seed)
    if out is not None:
        _write(found, out, figures)
    if as_json:
        print_json(figures)
    else:
        _show(found, out)


def _asked(found: Discovery, described: TextFeatures, settings: Settings) -> Discovery:
    import asyncio

    from ....models.chat import open_chat
    from ....policies.reward.discover import rename

    async def ask() -> Discovery:
        chat = open_chat(settings)
        try:
            return await rename(found, chat, described.attributes)
        finally:
            await chat.aclose()

    note(f"asking {settings.model} for {len(found.found)} names")
    return asyncio.run(ask())


def _figures(found: Discovery, data: Path, seed: int) -> dict[str, object]:
    from .... import __version__

    weighed = found.weighed
    return {
        "command": f"reward discover --data {data} --seed {seed}",
        "version": __version__,
        "seed": seed,
        "figures": {
            "explained": found.explained,
            "accuracy_length_only": weighed.length_only.accuracy,
            "accuracy_with_features": weighed.with_features.accuracy,
            "nll_length_only": weighed.length_only.nll,
            "nll_with_features": weighed.with_features.nll,
            "length_weight": weighed.length,
            "features": len(found.found),
            "chosen": sum(each.weight != 0 for each in found.found),
        },
        "provenance": found.features.provenance,
        "usage": found.usage,
        "rows": [
            {
                "name": each.name,
                "weight": each.weight,
                "spread": each.spread,
                "active": each.active,
                "like": each.contrast.like,
                "correlation": each.contrast.correlation,
                "words_more": each.contrast.more,
                "words_less": each.contrast.less,
                "examples": [
                    {"more": pair.more, "less": pair.less, "value": pair.value}
                    for pair in each.extremes
                ],
            }
            for each in found.found
        ],
    }


def _write(found: Discovery, out: Path, figures: Mapping[str, object]) -> None:
    import json

    from ....errors import InputError
    from ..output import to_json

    found.features.save(out)
    report = {
        **figures,
        "people": {user: weights.tolist() for user, weights in found.weighed.people.items()},
    }
    try:
        text = json.dumps(to_json(report), ensure_ascii=False, indent=2)
        (out / _REPORT).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write to {str(out)!r}: {error}") from error


def _show(found: Discovery, out: Path | None) -> None:
    from ...text import one_line

    weighed = found.weighed
    say(
        f"{len(found.found)} features; {sum(each.weight != 0 for each in found.found)} matter to "
        f"people on the whole. Held-out pairs foretold: {weighed.length_only.accuracy:.1%} by "
        f"length alone, {weighed.with_features.accuracy:.1%} with them."
    )
    print_table(
        ["feature", "weight", "spread", "in pairs", "most like"],
        [
            [
                each.name,
                f"{each.weight:.2f}",
                "" if each.spread is None else f"{each.spread:.2f}",
                f"{each.active:.0%}",
                f"{each.contrast.like} ({each.contrast.correlation:+.2f})",
            ]
            for each in found.found
        ],
    )
    for each in found.found[:3]:
        say(f"\n{each.name}")
        for pair in each.extremes[:2]:
            say(f"  more: {one_line(pair.more)[:_EXAMPLE]}")
            say(f"  less: {one_line(pair.less)[:_EXAMPLE]}")
    if out is not None:
        note(f"written to {out}: features.json, encoder.npz, {_REPORT}")
