"""Several runs beside each other: what was configured differently, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ..runner.episodes import Episode, Json
from ..statistics import Interval
from .intervals import Intervals, place
from .load import Run
from .numbers import words
from .report import RunReport
from .scores import Verdict, paired, verdict

__all__ = ["Comparison", "Difference", "Pairing", "compare_runs"]

_ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that is not the same in all runs.

    Attributes:
        name: Its path ("config.steps").
        values: In each run; `absent` where a run has none.
        matters: Whether outcomes depend on it; else it is how the run was held.
    """

    name: str
    values: Sequence[object]
    matters: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An arm of one run against the same arm of the first, on the same episodes.

    Attributes:
        arm: The arm.
        measure: The measure.
        pairs: Episodes that both runs have.
        unpaired: Episodes of either that the other lacks.
        difference: Theirs less the first run's.
        verdict: Better or worse only where the interval excludes 0.
    """

    arm: str
    measure: str
    pairs: int
    unpaired: int
    difference: Interval | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A run against the first.

    Attributes:
        label: Of the run.
        refused: Why it is not paired; None if it is.
        rows: The differences, if it is.
        remarks: What was left out of them.
    """

    label: str
    refused: str | None
    rows: Sequence[Change] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What there is to say of several runs.

    Attributes:
        labels: A short name for each run.
        reports: Their reports.
        differences: What was configured or held differently.
        figures: Numbers of the tracks by name, in each run; None where it has none.
        measures: What all runs have in common, the headline of the first before the others.
        arms: Every arm, in the order of the runs.
        pairings: Every run but the first against the first.
    """

    labels: Sequence[str]
    reports: Sequence[RunReport]
    differences: Sequence[Difference]
    figures: Mapping[str, Sequence[float | None]]
    measures: Mapping[str, bool]
    arms: Sequence[str]
    pairings: Sequence[Pairing]


def compare_runs(reports: Sequence[RunReport]) -> Comparison:
    """Sets runs beside each other.

    Episodes of two runs are paired where the same arm met the same user with the same task and
    trial. A name alone does not make the same user: runs of different seeds may draw different
    people under the same names. So runs are paired only where all who share a name have the same
    hidden preferences, or, where these are not on record, if their seeds are the same.

    Args:
        reports: At least two.

    Raises:
        InputError: A run is given twice, or there are fewer than two.
    """
    runs = [each.run for each in reports]
    if len(runs) < 2:
        raise InputError(f"{len(runs)} run cannot be compared; give the directories of two or more")
    places = [run.directory.resolve() for run in runs]
    for number, path in enumerate(places):
        if path in places[:number]:
            raise InputError(f"the run {str(runs[number].directory)!r} is given twice")
    labels = _labels(places)
    first = runs[0]
    names = dict.fromkeys(name for run in runs for name in run.figures)
    return Comparison(
        labels=labels,
        reports=reports,
        differences=_differences(runs),
        figures={name: [run.figures.get(name) for run in runs] for name in names},
        measures={
            name: higher
            for name, higher in first.higher_is_better.items()
            if all(run.higher_is_better.get(name) == higher for run in runs)
        },
        arms=list(dict.fromkeys(arm for run in runs for arm in run.arms)),
        pairings=[
            _pairing(first, run, label=label, base=labels[0])
            for run, label in zip(runs[1:], labels[1:], strict=True)
        ],
    )


def _labels(places: Sequence[Path]) -> list[str]:
    """The ends of the paths, as long as it takes to tell them apart."""
    for length in range(1, max(len(path.parts) for path in places) + 1):
        labels = ["/".join(path.parts[-length:]) for path in places]
        if len(set(labels)) == len(labels):
            return labels
    return [str(path) for path in places]


def _differences(runs: Sequence[Run]) -> list[Difference]:
    flat = [
        {
            **_flat("track", run.track),
            **_flat("seed", run.seed),
            **_flat("arms", list(run.arms)),
            **_flat("baseline", run.baseline),
            **_flat("config", _own(run.config)),
            **_flat("models", run.models),
            **_flat("version", run.version),
            **_flat("cache", run.cache),
            **_flat("slots", run.slots),
            **_flat("options", run.options),
            **_flat("environment", run.environment),
        }
        for run in runs
    ]
    names = dict.fromkeys(name for each in flat for name in each)
    return [
        Difference(
            name=name,
            values=[each.get(name, _ABSENT) for each in flat],
            matters=not name.startswith(("options", "environment")),
        )
        for name in names
        if any(each.get(name, _ABSENT) != flat[0].get(name, _ABSENT) for each in flat[1:])
    ]


def _own(config: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a configuration holds besides what is compared by itself."""
    known = ("track", "version", "seed", "models")
    rest = {name: value for name, value in config.items() if name not in known}
    inner = rest.pop("config", None)
    return {**rest, **inner} if isinstance(inner, Mapping) else rest


def _flat(name: str, value: object) -> dict[str, object]:
    if isinstance(value, Mapping) and value:
        found: dict[str, object] = {}
        for key, each in value.items():
            found |= _flat(f"{name}.{key}", each)
        return found
    return {name: value}


def _pairing(first: Run, run: Run, *, label: str, base: str) -> Pairing:
    """A run against the first, or why not."""
    if run.track != first.track:
        told = f"it is of the track {run.track!r}, and {base} of {first.track!r}"
        return Pairing(label=label, refused=told)
    shared = [arm for arm in first.arms if arm in run.arms]
    if not shared:
        return Pairing(label=label, refused=f"no arm of it is an arm of {base}")
    known = {(each.key.arm, place(each)): each for each in first.episodes}
    common, strangers = [], 0
    for each in run.episodes:
        other = known.get((each.key.arm, place(each)))
        if other is not None:
            if _same_user(first, other, run, each):
                common.append((other, each))
            else:
                strangers += 1
    if strangers:
        # Some may be alike by chance: names tell nothing if they do not tell all.
        told = (
            f"users of the same names are not the same people as in {base}: {strangers} of "
            f"{strangers + len(common)} episodes have other hidden preferences, or none on record "
            f"and seeds {first.seed} and {run.seed}"
        )
        return Pairing(label=label, refused=told)
    if not common:
        return Pairing(label=label, refused=f"no (arm, user, task, trial) of it is in {base}")
    measures = {
        name: higher
        for name, higher in first.higher_is_better.items()
        if run.higher_is_better.get(name) == higher
    }
    single = {name for name in measures if any(_has(pair, name) for pair in common)}
    intervals = Intervals([theirs for _, theirs in common], seed=first.seed)
    rows = [
        _row(first, run, common, intervals, arm=arm, measure=name, higher=higher)
        for arm in shared
        for name, higher in measures.items()
        if name in single
    ]
    remarks = []
    summed = [words(name) for name in measures if name not in single]
    if summed:
        remarks.append(f"Not measures of single episodes, so not paired: {', '.join(summed)}.")
    apart = [arm for arm in dict.fromkeys([*first.arms, *run.arms]) if arm not in shared]
    if apart:
        remarks.append(f"Not in both runs: {', '.join(apart)}.")
    return Pairing(label=label, refused=None, rows=rows, remarks=remarks)


def _has(pair: tuple[Episode, Episode], measure: str) -> bool:
    return all(each.measures.get(measure) is not None for each in pair)


def _same_user(first: Run, one: Episode, run: Run, other: Episode) -> bool:
    if one.profile or other.profile:
        return one.profile == other.profile
    return first.seed == run.seed


def _row(
    first: Run,
    run: Run,
    common: Sequence[tuple[Episode, Episode]],
    intervals: Intervals,
    *,
    arm: str,
    measure: str,
    higher: bool,
) -> Change:
    both = [(one, other) for one, other in common if one.key.arm == arm]
    found = paired(
        [other for _, other in both],
        [one for one, _ in both],
        measure,
        intervals,
    )
    held = sum(each.key.arm == arm for side in (first, run) for each in side.episodes)
    return Change(
        arm=arm,
        measure=measure,
        pairs=found.pairs,
        unpaired=held - 2 * found.pairs,
        difference=found.difference,
        verdict=verdict(found.difference, higher=higher, clusters=found.clusters),
    )
