"""What an arm predicted, and what becomes of it in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ..statistics import Resampler, bootstrap, calibration_error, log_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "BASELINE",
    "CEILING",
    "OURS",
    "Outcome",
    "Row",
    "mean_of",
    "over_files",
    "report_rows",
    "saved_by",
]

OURS = "ours"
BASELINE = "pooled Bradley-Terry"
CEILING = "ceiling: all data"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """The predictions of one arm after k answers.

    Attributes:
        data: The kind of data ("bank").
        file: The file.
        arm: What predicted.
        k: How many answers it had seen.
        chances: P(label 1), shape `(n,)`.
        target: Labels, 0 or 1.
        clusters: Which predictions belong together, for intervals.
        users: Whom each prediction is about, rising; None where that does not matter, since every
            arm predicts the same.
    """

    data: str
    file: str
    arm: str
    k: int
    chances: Floats
    target: Floats
    clusters: NDArray[np.int64]
    users: NDArray[np.int64] | None = None

    @property
    def hits(self) -> Floats:
        """1 where the likelier label was right; a tie is wrong."""
        import numpy as np

        # Rounded, lest a rounding error decide a tie.
        sides = np.sign(np.round(self.chances - 0.5, 9))
        return np.asarray(sides == np.sign(self.target - 0.5), dtype=np.float64)

    @property
    def losses(self) -> Floats:
        """Negative log-likelihood of each label."""
        return log_loss(self.chances, self.target)


def report_rows(outcomes: Sequence[Outcome], *, seed: int, baseline: str = BASELINE) -> list[Row]:
    """One row an outcome; its gain is over the baseline's for the same predictions."""
    rows: list[Row] = []
    resamplers: dict[bytes, Resampler] = {}
    known = {(each.data, each.file, each.arm, each.k): each for each in outcomes}
    for each in outcomes:
        key = each.clusters.tobytes()
        if key not in resamplers:
            resamplers[key] = Resampler(each.clusters, seed=seed)
        interval = resamplers[key].interval
        accuracy, nll = interval(each.hits), interval(each.losses)
        row: dict[str, object] = {
            "data": each.data,
            "file": each.file,
            "arm": each.arm,
            "k": each.k,
            "n": len(each.target),
            "ties": int((abs(each.chances - 0.5) < 1e-9).sum()),
            "accuracy": accuracy.mean,
            "accuracy_low": accuracy.low,
            "accuracy_high": accuracy.high,
            "nll": nll.mean,
            "nll_low": nll.low,
            "nll_high": nll.high,
            "ece": calibration_error(each.chances, each.target),
        }
        base = known.get((each.data, each.file, baseline, each.k))
        pair = None if base is None or each.arm == baseline else _common(each, base)
        if pair is not None:
            one, other = pair
            key = one.clusters.tobytes()
            if key not in resamplers:
                resamplers[key] = Resampler(one.clusters, seed=seed)
            interval = resamplers[key].interval
            gain = interval(one.hits - other.hits)
            saved = interval(other.losses - one.losses)
            row |= {
                "accuracy_gain": gain.mean,
                "accuracy_gain_low": gain.low,
                "accuracy_gain_high": gain.high,
                "nll_gain": saved.mean,
                "nll_gain_low": saved.low,
                "nll_gain_high": saved.high,
            }
        rows.append(row)
    return rows


class _Common(NamedTuple):
    """What two arms predicted of the same."""

    one: Outcome
    other: Outcome


def _common(one: Outcome, other: Outcome) -> _Common | None:
    """Two arms' predictions about users that both have; None if there are none."""
    import numpy as np

    if one.users is None or other.users is None or np.array_equal(one.users, other.users):
        return _Common(one, other)
    both = np.intersect1d(one.users, other.users)
    return _Common(_about(one, both), _about(other, both)) if len(both) else None


def _about(outcome: Outcome, users: NDArray[np.int64]) -> Outcome:
    import numpy as np

    assert outcome.users is not None, "only what tells users apart is split by them"
    kept = np.isin(outcome.users, users)
    return replace(
        outcome,
        chances=outcome.chances[kept],
        target=outcome.target[kept],
        clusters=outcome.clusters[kept],
        users=outcome.users[kept],
    )


def saved_by(outcomes: Sequence[Outcome], arm: str, base: str, *, seed: int) -> list[Row]:
    """What one arm saves another in nats per prediction, one row for each number of answers."""
    known = {(each.data, each.file, each.k): each for each in outcomes if each.arm == base}
    rows: list[Row] = []
    for each in outcomes:
        other = known.get((each.data, each.file, each.k)) if each.arm == arm else None
        pair = None if other is None else _common(each, other)
        if pair is not None:
            gain = bootstrap(pair.other.losses - pair.one.losses, pair.one.clusters, seed=seed)
            rows.append(
                {
                    "data": each.data,
                    "file": each.file,
                    "measure": f"nats saved by {arm!r} against {base!r}",
                    "k": each.k,
                    "gain": gain.mean,
                    "gain_low": gain.low,
                    "gain_high": gain.high,
                }
            )
    return rows


def over_files(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of each arm joined over files, called "all", where there are several."""
    import numpy as np

    numbers: dict[str, int] = {}
    joined: dict[tuple[str, str, int], list[Outcome]] = {}
    for each in outcomes:
        numbers.setdefault(each.file, len(numbers))
        joined.setdefault((each.data, each.arm, each.k), []).append(each)
    return [
        Outcome(
            data=data,
            file="all",
            arm=arm,
            k=k,
            chances=np.concatenate([each.chances for each in parts]),
            target=np.concatenate([each.target for each in parts]),
            clusters=_joined([(numbers[each.file], each.clusters) for each in parts]),
            users=(
                None
                if any(each.users is None for each in parts)
                else _joined([(numbers[p.file], p.users) for p in parts if p.users is not None])
            ),
        )
        for (data, arm, k), parts in joined.items()
        if len(parts) > 1
    ]


def _joined(files: Sequence[tuple[int, NDArray[np.int64]]]) -> NDArray[np.int64]:
    """Numbers of several files, kept apart."""
    import numpy as np

    return np.concatenate([each + file * 1_000_000 for file, each in files])


def mean_of(
    outcomes: Sequence[Outcome], data: str, arm: str, k: int, *, measure: str
) -> float | None:
    """A measure of an arm after k answers: the mean over files; None if no file has as many.

    Args:
        outcomes: All of them.
        data: The kind of data.
        arm: The arm.
        k: After how many answers.
        measure: "accuracy", "nll" or "ece".
    """
    values = []
    for each in outcomes:
        if (each.data, each.arm, each.k) == (data, arm, k):
            if measure == "accuracy":
                values.append(float(each.hits.mean()))
            elif measure == "nll":
                values.append(float(each.losses.mean()))
            else:
                values.append(calibration_error(each.chances, each.target))
    return sum(values) / len(values) if values else None
