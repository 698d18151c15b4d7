"""Which one thing that was changed made the difference: runs compared factor by factor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from ...errors import InputError
from ..reports import Run
from ..runner.episodes import Episode, EpisodeKey
from ..statistics import bootstrap

if TYPE_CHECKING:
    from ..runner.episodes import Json

__all__ = ["FactorsCompared", "compare_factors"]

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsCompared:
    """What each factor did.

    Attributes:
        figures: How many pairs of runs differ in one factor, and how many in several.
        rows: For each pair of runs and each arm the paired difference in the headline measure,
            second run minus first, with what failed in either (an episode that failed counts, with
            the floor that its track gives it). Runs that differ in several factors are named only,
            since nothing can be laid at one factor's door.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


def compare_factors(runs: Sequence[Run], *, seed: int = 0) -> FactorsCompared:
    """Differences between runs that differ in one factor.

    After "Unpacking DPO and PPO" (METHODS 37), which changes data, algorithm, reward model and
    prompts one at a time: a factor here is one entry of a run's configuration (the data's hash, a
    setting, a parameter of the track, the version of Penchant), or a model with its weights. A
    model that takes the place of another in several parts is one factor.

    Args:
        runs: Two or more, of one track.
        seed: Of the intervals, which draw whole users again.

    Raises:
        InputError: There are fewer than two runs, they are of several tracks, or one is unfinished.
    """
    tracks = {run.track for run in runs}
    if len(runs) < 2 or len(tracks) > 1:
        raise InputError(
            f"{len(runs)} runs of the tracks {', '.join(sorted(tracks)) or 'none'}; give two or "
            "more runs of one track"
        )
    for run in runs:
        if not run.finished:
            raise InputError(
                f"the run {str(run.directory)!r} is unfinished; hold the rest of it first, with "
                f"{run.command!r}"
                if run.command
                else f"the run {str(run.directory)!r} is unfinished; hold the rest of it first"
            )
    rows: list[Row] = []
    single = several = 0
    for first, second in combinations(runs, 2):
        one, other = _factors(first.config), _factors(second.config)
        changed = _changed(one, other)
        told = {"first": first.directory.name, "second": second.directory.name}
        if len(changed) != 1:
            several += len(changed) > 1
            what = ", ".join(changed) or "nothing: they are the same run twice"
            rows.append({"what": "not attributable", **told, "changed": what})
            continue
        single += 1
        (factor,) = changed
        values = {"was": str(one.get(factor)), "is": str(other.get(factor))}
        for row in _differences(first, second, seed=seed):
            rows.append({"what": "factors", "factor": factor, **values, **told, **row})
    return FactorsCompared(
        figures={"one_factor_pairs": float(single), "several_factors_pairs": float(several)},
        rows=rows,
    )


def _factors(config: Mapping[str, Json], above: str = "") -> dict[str, Json]:
    """The entries of a configuration, those within entries named with a dot.

    A model is one entry: its name, with what tells its weights or its server.
    """
    found: dict[str, Json] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and above == "models.":
            found[above + name] = " ".join(str(value[each]) for each in sorted(value))
        elif isinstance(value, Mapping):
            found |= _factors(value, f"{above}{name}.")
        elif above + name != "track":
            found[above + name] = value
    # Tracks keep the seed of the run, too.
    if "seed" in found and found.get("config.seed") == found["seed"]:
        del found["config.seed"]
    return found


def _changed(one: Mapping[str, Json], other: Mapping[str, Json]) -> list[str]:
    """The names of the factors that differ.

    Parts that one model played in one run, and another model in the other, changed together: they
    are named by the first of them.
    """
    found: list[str] = []
    swaps: set[tuple[Json, Json]] = set()
    for name in dict.fromkeys([*one, *other]):
        was, now = one.get(name), other.get(name)
        if was == now:
            continue
        if name.startswith("models."):
            if (was, now) in swaps:
                continue
            swaps.add((was, now))
        found.append(name)
    return found


def _differences(first: Run, second: Run, *, seed: int) -> list[Row]:
    """By arm: what the second run has more of, and what failed in either."""
    import numpy as np

    measure = first.headline
    before, after = _by_key(first.episodes), _by_key(second.episodes)
    rows: list[Row] = []
    for arm in dict.fromkeys(key.arm for key in (*before, *after)):
        either = [key for key in dict.fromkeys((*before, *after)) if key.arm == arm]
        both = [key for key in either if key in before and key in after]
        gains = [
            (key.user, new - old)
            for key in both
            if (new := after[key].measures.get(measure)) is not None
            and (old := before[key].measures.get(measure)) is not None
        ]
        row: dict[str, object] = {"arm": arm, "measure": measure, "n": len(gains)}
        if gains:
            users = {user: at for at, user in enumerate(dict.fromkeys(user for user, _ in gains))}
            found = bootstrap(
                np.array([gain for _, gain in gains]),
                np.array([users[user] for user, _ in gains]),
                seed=seed,
            )
            row |= {
                "difference": found.mean,
                "difference_low": found.low,
                "difference_high": found.high,
            }
        rows.append(
            {
                **row,
                "only_in_one": len(either) - len(both),
                "without_measure": len(both) - len(gains),
                **_failures("was", [before[key] for key in both]),
                **_failures("is", [after[key] for key in both]),
            }
        )
    return rows


def _failures(when: str, episodes: Sequence[Episode]) -> dict[str, object]:
    """How many episodes could not be held, and what else failed within those that were."""
    kinds: Counter[str] = Counter()
    for each in episodes:
        kinds.update(each.failures)
    within = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()) if count)
    return {
        f"failed_{when}": sum(each.error is not None for each in episodes),
        f"failures_{when}": within or "none",
    }


def _by_key(episodes: Sequence[Episode]) -> dict[EpisodeKey, Episode]:
    return {each.key: each for each in episodes}
