"""`penchant reward curves`: how much data a prior takes, and when a personal model wins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import HomeOption, JsonOption, load_settings
from ..output import note, print_json, print_table, say
from .shared import DataOption, FormatOption, app

if TYPE_CHECKING:
    from ....simulators.populations import Curves

__all__: list[str] = []


@app.command("curves")
def curves(
    *,
    data: DataOption,
    layout: FormatOption = None,
    page: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help=r"Plot them here; needs penchant\[plots]."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measures learning curves over people and comparisons, and personal against pooled models."""
    from .... import __version__
    from ....errors import InputError
    from ....models.deferred import DeferredEmbedder
    from ....policies.reward import TextFeatures
    from ....simulators.datasets import load_people
    from ....simulators.environment import Environment
    from ....simulators.populations import describe, learning_curves, pair_agreement

    if page is not None:
        from ....simulators.populations.plots import need_plots

        need_plots()
    pairs = load_people(data, layout)
    note(f"{len(pairs)} comparisons of {len({each.user for each in pairs})} people")
    described = describe(pairs, TextFeatures(DeferredEmbedder(load_settings(home=home))), seed=seed)
    found = learning_curves(described, pair_agreement(pairs), seed=seed, progress=note)
    command = f"reward curves --data {data} --seed {seed}"
    if page is not None:
        from ....simulators.populations.plots import curves_page

        try:
            page.write_text(curves_page(found, title=command), encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write {str(page)!r}: {error}") from error
        note(f"plotted in {page}")
    if not as_json:
        _show(found)
        return
    print_json(
        {
            "command": command,
            "version": __version__,
            "environment": Environment.here(),
            "seed": seed,
            "figures": {
                "people": found.people,
                "comparisons": found.comparisons,
                "personal_beats_pooled_at": found.beats_at,
                "ours_beats_pooled_at": found.ours_beats_at,
                "krippendorff_alpha": found.agreement.alpha,
                "judged_by_several": found.agreement.units,
            },
            "rows": [
                *({"curve": "people × comparisons", **row} for row in found.scaling),
                *({"curve": "personal against pooled", **row} for row in found.personal),
            ],
        }
    )


def _show(found: Curves) -> None:
    print_table(
        ["people", "comparisons of each", "after", "kind", "accuracy on people held out", "NLL"],
        [
            [
                *(str(row[name]) for name in ("people", "pairs", "k", "kind")),
                f"{row['accuracy']:.3f} ({row['accuracy_low']:.3f} to {row['accuracy_high']:.3f})",
                f"{row['nll']:.3f}",
            ]
            for row in found.scaling
        ],
    )
    say()
    print_table(
        ["of one's own", "model", "accuracy", "gain over pooled"],
        [
            [
                str(row["k"]),
                str(row["arm"]),
                f"{row['accuracy']:.3f}",
                (
                    f"{row['accuracy_gain']:+.3f} "
                    f"({row['accuracy_gain_low']:+.3f} to {row['accuracy_gain_high']:+.3f})"
                    if "accuracy_gain" in row
                    else ""
                ),
            ]
            for row in sorted(found.personal, key=lambda each: int(str(each["k"])))
        ],
    )
    say()
    for name, at in (
        ("the personal model alone", found.beats_at),
        ("the personal model on a prior of others", found.ours_beats_at),
    ):
        where = (
            "at no number measured" if at is None else f"from {at} comparison{'s' * (at != 1)} on"
        )
        say(f"{name} beats the pooled one {where}")
    alpha = found.agreement.alpha
    if alpha is None:
        say("how far people agree is not known: no two of them judged the same comparison")
    else:
        say(f"Krippendorff's alpha {alpha:.3f}, over {found.agreement.units} comparisons")
