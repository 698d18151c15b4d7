"""Learning curves as one page of HTML that needs nothing else."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..fewshot.outcomes import BASELINE, Row
from .curves import OWN, PERSONAL, Curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves_page", "need_plots"]

_COLOURS = {PERSONAL: "#b45309", BASELINE: "#6b7280", OWN: "#1d4ed8"}
_PALE, _DARK = 0.35, 0.95


def need_plots() -> None:
    """Checks that plots can be made.

    Raises:
        InputError: matplotlib is not installed.
    """
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise InputError(
            "plots need matplotlib, which is not installed; install penchant[plots], or take the "
            "numbers with --json"
        )


def curves_page(curves: Curves, *, title: str) -> str:
    """A page with the plots, and the numbers behind them as tables.

    Raises:
        InputError: matplotlib is not installed.
    """
    need_plots()
    alpha = curves.agreement.alpha
    agree = "not known: nobody judged the same comparison" if alpha is None else f"{alpha:.3f}"
    facts = [
        f"{curves.people} people, {curves.comparisons} comparisons",
        f"Krippendorff's alpha over {curves.agreement.units} comparisons that several judged: "
        f"{agree}",
        f"the personal model alone beats the pooled one from {_from(curves.beats_at)}",
        f"a prior of others, then personal, beats it from {_from(curves.ours_beats_at)}",
    ]
    body = [
        f"<h1>{html.escape(title)}</h1>",
        "<ul>" + "".join(f"<li>{html.escape(each)}</li>" for each in facts) + "</ul>",
        "<h2>What a prior is worth that was fitted to so many people</h2>",
        _svg(_scaling(curves.scaling)),
        "<h2>A personal model against a pooled one</h2>",
        _svg(_personal(curves.personal)),
        "<h2>Numbers</h2>",
        _table(curves.scaling),
        _table(curves.personal),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        + "".join(body)
        + "</body></html>\n"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "svg{max-width:100%;height:auto}table{border-collapse:collapse;font-size:.8rem;margin:1rem 0}"
    "td,th{padding:.15rem .5rem;border-bottom:1px solid #ddd;text-align:right}"
)


def _from(count: int | None) -> str:
    return "no number measured" if count is None else f"{count} comparisons of one's own on"


def _scaling(rows: Sequence[Row]) -> Figure:
    """Accuracy over people, a line for each number of pairs, a panel for each kind and k."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    panels = list(dict.fromkeys((row["kind"], row["k"]) for row in rows))
    pairs = sorted({_number(row["pairs"]) for row in rows})
    shades = mpl.colormaps["Blues"]
    figure = Figure(figsize=(4.2 * len(panels), 3.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (kind, k) in zip(axes, panels, strict=True):
        for place, most in enumerate(pairs):
            line = [r for r in rows if (r["kind"], r["k"], r["pairs"]) == (kind, k, most)]
            tone = _PALE + (_DARK - _PALE) * place / max(len(pairs) - 1, 1)
            _curve(axis, line, "people", label=f"{most:g} each", colour=shades(tone))
        axis.set_xscale("log")
        ticks = sorted({_number(row["people"]) for row in rows})
        axis.set_xticks(ticks, labels=[f"{each:g}" for each in ticks])
        axis.minorticks_off()
        axis.set_xlabel("people in the prior")
        axis.set_title(f"{kind}, after {k} of one's own")
    axes[0].set_ylabel("accuracy on people held out")
    axes[-1].legend(title="comparisons", frameon=False)
    return figure


def _personal(rows: Sequence[Row]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.6), layout="constrained")
    axis = figure.subplots()
    for arm, colour in _COLOURS.items():
        line = [row for row in rows if row["arm"] == arm]
        _curve(axis, line, "k", label=arm, colour=colour)
    axis.set_xscale("symlog", base=2, linthresh=1)
    ticks = sorted({_number(row["k"]) for row in rows})
    axis.set_xticks(ticks, labels=[f"{each:g}" for each in ticks])
    axis.set_xlabel("comparisons of one's own")
    axis.set_ylabel("accuracy on later ones")
    axis.legend(frameon=False)
    return figure


def _curve(axis: Any, rows: Sequence[Row], over: str, *, label: str, colour: Any) -> None:
    """A line with its 95% interval as a band."""
    ordered = sorted(rows, key=lambda row: _number(row[over]))
    x = [_number(row[over]) for row in ordered]
    low, mean, high = (
        [_number(row[name]) for row in ordered]
        for name in ("accuracy_low", "accuracy", "accuracy_high")
    )
    axis.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0)
    axis.plot(x, mean, color=colour, label=label, marker="o", markersize=3.5)
    axis.spines[["top", "right"]].set_visible(False)


def _svg(figure: Figure) -> str:
    import matplotlib as mpl

    buffer = io.StringIO()
    # A fixed salt and no date: the same numbers give the same page.
    with mpl.rc_context({"svg.hashsalt": "penchant", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(_cell(row.get(name)))}</td>" for name in names)
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _number(value: object) -> float:
    return float(str(value))
