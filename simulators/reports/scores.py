"""How well each arm did on each measure, with intervals and the gain over the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..runner.episodes import Episode
from ..statistics import Interval
from .intervals import Intervals, place

if TYPE_CHECKING:
    from .load import Row, Run

__all__ = [
    "FEWEST",
    "Score",
    "Verdict",
    "paired",
    "score_run",
    "told_verdict",
    "verdict",
]

FEWEST = 6
"""Of fewer people, not even all on one side would be significant at 5% (a sign test: 2 / 2**5)."""

Verdict = Literal["baseline", "better", "worse", "unclear", "too few", "not compared"]


_TOLD: dict[Verdict, str] = {
    "baseline": "baseline",
    "better": "▲ better",
    "worse": "▼ worse",
    "unclear": "no difference shown",
    "too few": "too few people",
    "not compared": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """An arm on a measure.

    Attributes:
        arm: The arm.
        measure: The measure.
        n: Episodes that the mean is over, those that failed included.
        missing: Episodes to which the measure does not apply.
        clusters: People (or tasks, if there is one person) that the intervals draw again.
        value: The mean with its interval; None where nothing was measured.
        gain: Over the baseline, on the episodes that both have; None if there are none.
        pairs: How many these are.
        verdict: Better or worse only where the interval of the gain excludes 0.
        by_track: Whether the track reckoned it, by a definition of its own.
    """

    arm: str
    measure: str
    n: int
    missing: int
    clusters: int
    value: Interval | None
    gain: Interval | None
    pairs: int
    verdict: Verdict
    by_track: bool = False


def score_run(run: Run, intervals: Intervals) -> list[Score]:
    """Every arm on every measure of a run, arm by arm.

    Where the track's rows hold a number for an arm and a measure, that one is taken: it may be a
    share of sums, which is not the mean over episodes. Of several rows it is the one over the most
    episodes (`n`), if there is one such: the others are of parts. All else is reckoned here: means
    over episodes, and paired differences from the baseline on the same (user, task, trial), with
    intervals that draw whole people again.

    Args:
        run: Finished or not.
        intervals: Over its episodes.
    """
    by_arm: dict[str, list[Episode]] = {arm: [] for arm in run.arms}
    for episode in run.episodes:
        by_arm[episode.key.arm].append(episode)
    base = by_arm.get(run.baseline, [])
    found = []
    for arm in run.arms:
        for measure, higher in run.higher_is_better.items():
            own = _score(
                by_arm[arm],
                base,
                measure,
                intervals,
                arm=arm,
                is_base=arm == run.baseline,
                higher=higher,
            )
            row = _row(run.rows, arm, measure) if run.summed else None
            people = intervals.clusters([place(each) for each in by_arm[arm]])
            found.append(own if row is None else _told(row, own, higher=higher, people=people))
    return found


class Paired(NamedTuple):
    """Differences on episodes that belong together.

    Attributes:
        difference: Their mean, with its interval; None if there are no such episodes.
        pairs: How many there are.
        clusters: Of how many people.
    """

    difference: Interval | None
    pairs: int
    clusters: int


def paired(
    ours: Sequence[Episode], theirs: Sequence[Episode], measure: str, intervals: Intervals
) -> Paired:
    """What the first episodes have more of a measure than the second.

    Args:
        ours: At most one for each (user, task, trial).
        theirs: Likewise.
        measure: What is compared.
        intervals: Over the people of either.
    """
    known = {place(each): each.measures.get(measure) for each in theirs}
    values, places = [], []
    for each in ours:
        where = place(each)
        mine, other = each.measures.get(measure), known.get(where)
        if mine is not None and other is not None:
            values.append(mine - other)
            places.append(where)
    return Paired(intervals.of(values, places), len(values), intervals.clusters(places))


def verdict(gain: Interval | None, *, higher: bool, clusters: int) -> Verdict:
    """What a gain shows.

    Args:
        gain: With its interval.
        higher: Whether more is better.
        clusters: Of how many people.
    """
    if gain is None:
        return "not compared"
    if clusters < FEWEST:
        return "too few"
    if gain.low <= 0.0 <= gain.high:
        return "unclear"
    return "better" if (gain.mean > 0.0) == higher else "worse"


def told_verdict(verdict: Verdict) -> str:
    """A verdict in words; nothing where nothing was compared."""
    return _TOLD[verdict]


def _score(
    own: Sequence[Episode],
    base: Sequence[Episode],
    measure: str,
    intervals: Intervals,
    *,
    arm: str,
    is_base: bool,
    higher: bool,
) -> Score:
    having = [(place(each), v) for each in own if (v := each.measures.get(measure)) is not None]
    places = [where for where, _ in having]
    found = Paired(None, 0, 0) if is_base else paired(own, base, measure, intervals)
    said = verdict(found.difference, higher=higher, clusters=found.clusters)
    return Score(
        arm=arm,
        measure=measure,
        n=len(having),
        missing=len(own) - len(having),
        clusters=intervals.clusters(places),
        value=intervals.of([value for _, value in having], places),
        gain=found.difference,
        pairs=found.pairs,
        verdict="baseline" if is_base else said,
    )


def _row(rows: Sequence[Row], arm: str, measure: str) -> Row | None:
    """The row of the track that holds the number of this arm for the measure."""
    found = [
        row for row in rows if row.get("arm") == arm and isinstance(row.get(measure), int | float)
    ]
    if len(found) > 1:
        sizes = [n if isinstance(n := row.get("n"), int) else 0 for row in found]
        found = [row for row, n in zip(found, sizes, strict=True) if n == max(sizes)]
    return found[0] if len(found) == 1 else None


def _told(row: Row, own: Score, *, higher: bool, people: int) -> Score:
    """The score as the track's row has it.

    A row's gain is how much better the arm is than the baseline, whichever way better is; here it
    is the difference, as that of means over episodes.
    """
    value = _read(row, own.measure)
    gain = _read(row, f"{own.measure}_gain")
    if gain is not None and not higher:
        gain = Interval(-gain.mean, -gain.high, -gain.low)
    if value is None:
        return own
    is_base = own.verdict == "baseline"
    n = row.get("n")
    return Score(
        arm=own.arm,
        measure=own.measure,
        n=n if isinstance(n, int) else own.n,
        missing=0,
        clusters=people,
        value=value,
        gain=None if is_base else gain,
        pairs=own.pairs,
        verdict="baseline" if is_base else verdict(gain, higher=higher, clusters=people),
        by_track=True,
    )


def _read(row: Row, name: str) -> Interval | None:
    found = [row.get(each) for each in (name, f"{name}_low", f"{name}_high")]
    numbers = [float(each) for each in found if isinstance(each, int | float)]
    return Interval(*numbers) if len(numbers) == 3 else None
