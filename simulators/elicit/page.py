"""The track as one page of HTML: what arms know after each question, where the rule stops."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..populations.plots import need_plots
from ..runner.tracks import Row, Summary
from .arms import ANSWER, BOTH, EIG, LEARN, RANDOM
from .stops import SETTINGS, Stopped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["elicitation_page"]

_COLOURS = {
    LEARN: "#1d4ed8",
    ANSWER: "#b45309",
    BOTH: "#047857",
    EIG: "#7c3aed",
    "EUBO pair": "#db2777",
    RANDOM: "#6b7280",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}"
    "svg{max-width:100%;height:auto}table{border-collapse:collapse;font-size:.85rem}"
    "td,th{padding:.15rem .6rem;border-bottom:1px solid #ddd;text-align:right}"
    "td:first-child,th:first-child{text-align:left}"
)


def elicitation_page(found: Summary, *, title: str) -> str:
    """The page, which needs nothing else.

    Args:
        found: What a whole run of `ElicitTrack` was summarised to.
        title: What it says at the top.

    Raises:
        InputError: matplotlib is not installed.
    """
    need_plots()
    body = [f"<h1>{html.escape(title)}</h1>"]
    for file in dict.fromkeys(str(row["file"]) for row in found.rows):
        about = [row for row in found.rows if row["file"] == file]
        rows = [row for row in about if row["what"] == "questions"]
        stops = _stopped(about)
        body += [
            f"<h2>{html.escape(file)}: what is known after each question</h2>",
            "<p>Bands are 95% bootstrap intervals over people. Regret is how far the item that "
            "would be offered falls short of the best, from the worst item (1) to the best (0). "
            "Ours shows four options at a time, so that a question takes more reading.</p>",
            _svg(_courses(rows)),
            f"<h2>{html.escape(file)}: what each constant of the stop rule does</h2>",
            "<p>One constant varies, the others are as shipped (the ring). Further left is fewer "
            "questions, further down a better offer. Constants are in logits, but for hope, a "
            "share, sure, a probability, and cap, a count.</p>",
            _svg(_stops(stops)),
            _table(stops),
        ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        + "".join(body)
        + "</body></html>\n"
    )


def _stopped(rows: Sequence[Row]) -> list[Stopped]:
    some = [row for row in rows if row["what"] == "stop rule"]
    return [Stopped(**{name: row[name] for name in Stopped._fields}) for row in some]  # type: ignore[arg-type]


def _courses(rows: Sequence[Row]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axis, measure, label in (
        (left, "accuracy", "pairs of items ordered rightly"),
        (right, "regret", "regret of the item offered"),
    ):
        for arm, colour in _COLOURS.items():
            some = [row for row in rows if row["arm"] == arm]
            asked = [row["questions"] for row in some]
            axis.plot(asked, [row[measure] for row in some], label=arm, color=colour, marker=".")
            bounds = [[row[f"{measure}_{end}"] for row in some] for end in ("low", "high")]
            axis.fill_between(asked, *bounds, color=colour, alpha=0.12, linewidth=0)
        axis.set_xlabel("questions")
        axis.set_ylabel(label)
    right.set_ylim(bottom=0)
    left.legend(fontsize="small")
    return figure


def _stops(stops: Sequence[Stopped]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), layout="constrained")
    for axis, constant in zip(figure.subplots(2, 3).flat, SETTINGS, strict=True):
        some = [each for each in stops if each.constant == constant]
        asked, left = [each.questions for each in some], [each.regret for each in some]
        axis.plot(asked, left, color="#1d4ed8", marker=".")
        for each in some:
            _label(axis, each)
        axis.set_title(constant)
        axis.set_xlabel("questions asked")
        axis.set_ylabel("regret")
        axis.set_ylim(bottom=0)
    return figure


def _label(axis: Any, stopped: Stopped) -> None:
    at = (stopped.questions, stopped.regret)
    axis.annotate(f"{stopped.setting:g}", at, xytext=(3, 4), textcoords="offset points", fontsize=7)
    if stopped.shipped:
        axis.plot(*at, marker="o", markersize=9, fillstyle="none", color="#b45309")


def _table(stops: Sequence[Stopped]) -> str:
    names = ("constant", "setting", "questions", "regret", "accuracy", "cost", "gain")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = ""
    for each in stops:
        shown = [each.constant, f"{each.setting:g}" + (" (shipped)" if each.shipped else "")]
        shown += [f"{getattr(each, name):.3f}" for name in names[2:]]
        body += "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in shown) + "</tr>"
    return f"<table><tr>{head}</tr>{body}</table>"


def _svg(figure: Figure) -> str:
    """A figure as an element to put into a page."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]
