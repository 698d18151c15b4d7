"""`penchant reward fit`: a prior for people of whom nothing is known yet, learned from others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import HomeOption, JsonOption, load_settings
from ..output import note, print_json, print_table, say
from .shared import DataOption, FormatOption, app

if TYPE_CHECKING:
    from ....policies.reward import SavedPrior
    from ....simulators.populations import Described, Fit

__all__: list[str] = []


@app.command("fit")
def fit(
    *,
    data: DataOption,
    layout: FormatOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the prior here (.npz).")
    ] = None,
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence", metavar="NAME", help="Under which the data may be used; with --out."
        ),
    ] = None,
    prototypes: Annotated[
        str,
        typer.Option(
            "--prototypes", metavar="N|auto", help="Kinds of people, or what serves best."
        ),
    ] = "auto",
    amortise: Annotated[
        bool, typer.Option("--amortise", help="Also learn to read a prior off the first pairs.")
    ] = False,
    even_so: Annotated[
        bool, typer.Option("--even-so", help="Write it although it gained nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fits a prior to people's comparisons, and shows on people held out what it is worth.

    It is written only if it predicts them better than the default prior beyond chance. The file
    holds weights, names of features and the data's hash; nothing of anybody's texts.
    """
    from ....errors import InputError
    from ....models.deferred import DeferredEmbedder
    from ....policies.reward import TextFeatures
    from ....simulators.datasets import load_people, recognise
    from ....simulators.populations import describe, fit_people

    count = _prototypes(prototypes)
    if out is not None and not (licence or "").strip():
        raise typer.BadParameter(
            "a prior that is kept must say under which licence its data may be used",
            param_hint="--licence",
        )
    known = layout or recognise(data)
    pairs = load_people(data, known)
    note(f"{len(pairs)} comparisons of {len({each.user for each in pairs})} people")
    described = describe(pairs, TextFeatures(DeferredEmbedder(load_settings(home=home))), seed=seed)
    if described.dropped:
        note(f"{described.dropped} comparisons beyond a hundred of one person are left out")
    found = fit_people(described, prototypes=count, amortise=amortise, seed=seed, progress=note)
    saved = _saved(found, described, data, layout=known, licence=licence or "", seed=seed)
    written = out is not None and (found.gains or even_so)
    report = _report(found, saved, data, written=str(out) if written else None)
    if as_json:
        print_json(report)
    else:
        _show(found, saved)
    if out is None:
        return
    if not written:
        raise InputError(
            f"{str(out)!r} is not written: on people held out the prior saves "
            f"{found.gain.mean:+.3f} nats a comparison ({found.gain.low:+.3f} to "
            f"{found.gain.high:+.3f}), which may be chance; give more data, or --even-so"
        )
    from ....policies.reward import save_prior

    save_prior(out, saved)
    note(f"written to {out}")


def _prototypes(given: str) -> int | None:
    if given == "auto":
        return None
    if not given.isdigit() or not 1 <= int(given) <= 8:
        raise typer.BadParameter(f"{given!r} is neither auto nor 1 to 8", param_hint="--prototypes")
    return int(given)


def _saved(
    found: Fit, described: Described, data: Path, *, layout: str, licence: str, seed: int
) -> SavedPrior:
    from .... import __version__
    from ....policies.reward import Provenance, SavedPrior
    from ....simulators.datasets import data_hash

    return SavedPrior(
        population=found.population,
        names=described.features.names,
        sources=found.sources,
        amortised=found.amortised,
        provenance=Provenance(
            features=described.features.with_app_features(()).id,
            data=data_hash(data),
            layout=layout,
            licence=licence,
            people=len(described.people),
            comparisons=described.comparisons,
            seed=seed,
            version=__version__,
            held_out=found.held_out,
        ),
    )


def _report(found: Fit, saved: SavedPrior, data: Path, *, written: str | None) -> dict[str, object]:
    from ....simulators.environment import Environment

    known = saved.provenance
    figures = {
        "people": known.people,
        "comparisons": known.comparisons,
        "prototypes": len(saved.population.prototypes),
        "nll_gain": found.gain.mean,
        "nll_gain_low": found.gain.low,
        "nll_gain_high": found.gain.high,
        **found.held_out,
    }
    if found.amortised_gain is not None:
        figures |= {
            "amortised_nll_gain": found.amortised_gain.mean,
            "amortised_nll_gain_low": found.amortised_gain.low,
            "amortised_nll_gain_high": found.amortised_gain.high,
        }
    return {
        "command": f"reward fit --data {data} --seed {known.seed}",
        "version": known.version,
        "environment": Environment.here(),
        "seed": known.seed,
        "figures": figures,
        "gains": found.gains,
        "amortised": found.amortised is not None,
        "sources": dict(found.sources),
        "provenance": known,
        "written": written,
        "rows": list(found.rows),
    }


def _show(found: Fit, saved: SavedPrior) -> None:
    print_table(
        ["people held out, predicted by", "after", "accuracy", "NLL", "calibration error"],
        [
            [
                str(row["arm"]),
                str(row["k"]),
                f"{row['accuracy']:.3f} ({row['accuracy_low']:.3f} to {row['accuracy_high']:.3f})",
                f"{row['nll']:.3f}",
                f"{row['ece']:.3f}",
            ]
            for row in found.rows
        ],
    )
    kinds = len(saved.population.prototypes)
    say(f"\n{kinds} kind{'s' if kinds > 1 else ''} of people")
    say(
        f"saves {found.gain.mean:+.3f} nats a comparison against the default prior "
        f"({found.gain.low:+.3f} to {found.gain.high:+.3f})"
        + ("" if found.gains else ": that may be chance")
    )
    if (more := found.amortised_gain) is not None:
        kept = "kept" if found.amortised is not None else "may be chance, not kept"
        say(
            f"reading it off the first pairs saves {more.mean:+.3f} more "
            f"({more.low:+.3f} to {more.high:+.3f}): {kept}"
        )
    for name, rate in found.sources.items():
        say(f"what {name!r} says is the wrong way round in {rate:.0%}")
