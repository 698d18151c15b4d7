"""What the perma track makes of its episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..runner.episodes import Episode
from ..runner.tracks import Summary
from .arms import ALONE
from .outcomes import Row, row_of
from .state import MEASURES

__all__ = ["ADDS_ONLY", "summarise"]

ADDS_ONLY = "memory only, nothing retired"
"""The row of a memory that learns the same and never retires anything."""

_KINDS: Mapping[str, Callable[[str], bool]] = {
    "memory": lambda measure: measure in MEASURES,
    "multiple choice": lambda measure: measure.startswith(("mcq", "recall", "prompt", "stale_use")),
    "open requests": lambda measure: measure.startswith(("turn", "stale_reply")),
}
"""What rows are about: which measures stand in each."""
_COSTS = "costs"

_HEADLINE = ("mcq", "mcq_after_change", "stale_use", "turn_1", "turn_2", "stale_reply", "recall_5")
_NOTES = (
    "Timelines marked aside were not looked at while memory was worked on; rows give both parts.",
    "What fits stands at every place equally often: chance is .25. Where the model tells "
    "likelihoods, options are told by their own text, and letters and their order play no part.",
)


def summarise(episodes: Sequence[Episode], *, measures: Mapping[str, bool], seed: int) -> Summary:
    """Figures and rows over the episodes at hand.

    Args:
        episodes: Any of the track's.
        measures: Their names, in order.
        seed: Of the intervals.
    """
    by_arm: dict[str, list[Episode]] = defaultdict(list)
    for each in episodes:
        by_arm[each.key.arm].append(each)
    alone = by_arm.get(ALONE)
    if alone:
        by_arm[ADDS_ONLY] = [_adding(each) for each in alone]
    rows: list[Row] = []
    figures: dict[str, float] = {}
    for part in ("", "open", "aside"):
        mine = {
            arm: [each for each in found if not part or each.detail.get("part") == part]
            for arm, found in by_arm.items()
        }
        for arm, found in mine.items():
            if found:
                rows += _rows(arm, part, found, mine, measures=measures, seed=seed)
    order = [*_KINDS, _COSTS]
    rows.sort(key=lambda row: order.index(str(row["about"])))
    for row in rows:
        figures |= _figures(row)
    return Summary(figures=figures, rows=rows, notes=_NOTES)


def _adding(episode: Episode) -> Episode:
    items = episode.detail.get("only_added", episode.detail.get("items", ()))
    return replace(
        episode,
        key=episode.key._replace(arm=ADDS_ONLY),
        detail={**episode.detail, "items": items},
    )


def _rows(
    arm: str,
    part: str,
    episodes: Sequence[Episode],
    by_arm: Mapping[str, Sequence[Episode]],
    *,
    measures: Mapping[str, bool],
    seed: int,
) -> list[Row]:
    """A row for each kind of measure that there is anything of, and one of costs."""
    against = {"gain": "no memory", "over_history": "full history"}
    if arm == ALONE:
        against = {"gain": ADDS_ONLY}
    others = {name: by_arm.get(other, ()) for name, other in against.items() if other != arm}
    failures: dict[str, int] = defaultdict(int)
    for each in episodes:
        for failure, count in each.failures.items():
            failures[failure] += count
    shared: Row = {
        "arm": arm,
        "part": part or "all",
        "n": len(episodes),
        "errors": sum(each.error is not None for each in episodes),
        "parse_failures": failures["parse"],
    }
    rows: list[Row] = []
    for kind, belongs in _KINDS.items():
        wanted = [measure for measure in measures if belongs(measure)]
        found = row_of(episodes, wanted, against=others, seed=seed)
        if found:
            rows.append({"about": kind, **shared, **found})
    rows.append(
        {
            "about": _COSTS,
            **shared,
            "questions": sum(each.costs.questions for each in episodes),
            "llm_calls": sum(each.costs.llm_calls for each in episodes),
            "tokens_read_by_model": sum(each.costs.prompt_tokens for each in episodes),
            "tokens_written_by_model": sum(each.costs.completion_tokens for each in episodes),
            "seconds": sum(each.costs.seconds for each in episodes),
        }
    )
    return rows


def _figures(row: Row) -> dict[str, float]:
    """The headline: what memory holds by itself, by part; and what the arms score."""
    arm, part = str(row["arm"]), row["part"]
    suffix = "" if part == "all" else f"_{part}"
    if arm == ALONE:
        names = {measure: f"{measure}{suffix}" for measure in MEASURES}
    elif arm != ADDS_ONLY and part == "all":
        names = {measure: f"{arm.replace(' ', '_')}_{measure}" for measure in _HEADLINE}
    else:
        return {}
    return {
        name: float(value)
        for measure, name in names.items()
        if isinstance(value := row.get(measure), float)
    }
