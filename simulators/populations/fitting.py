"""Fitting a prior to people, and showing on people held out what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.reward import (
    Amortised,
    Answers,
    Population,
    choose_population,
    flip_rates,
    predict,
    predict_amortised,
)
from ..fewshot.baselines import pooled
from ..fewshot.outcomes import BASELINE, Outcome, Row, report_rows
from ..statistics import Interval, bootstrap
from .describing import Described, Halves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["AMORTISED", "DEFAULT", "FITTED", "Fit", "alike", "fit_people", "joined", "predicted"]

DEFAULT = "default prior"
FITTED = "fitted prior"
AMORTISED = "fitted prior, amortised"
_SEEN = (0, 1, 2, 4, 9)
_WORTHS = (8.0, 64.0)
_ROUNDS = 12
_PEOPLE = 10
_MANY = 100

Predictor = Callable[[Answers, "Floats"], "Floats"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A prior, fitted to everybody, and what the same fit to four fifths of them was worth.

    Attributes:
        population: The prior.
        amortised: Only if asked for, and if it served people held out.
        sources: Flip rates of sources that the data names.
        gain: Nats per comparison that the fitted prior saves the default on people held out, over
            all numbers of earlier comparisons.
        amortised_gain: What the amortised prior saves beyond that, if asked for.
        held_out: Figures of the prior on people held out.
        rows: Every arm after 0 to 9 earlier comparisons, with intervals.
    """

    population: Population
    amortised: Amortised | None
    sources: Mapping[str, float]
    gain: Interval
    amortised_gain: Interval | None
    held_out: Mapping[str, float]
    rows: Sequence[Row]

    @property
    def gains(self) -> bool:
        """Whether it serves people held out better than the default, beyond doubt of chance."""
        return self.gain.low > 0.0


def fit_people(
    described: Described,
    *,
    prototypes: int | None = None,
    amortise: bool = False,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Fit:
    """Fits a prior to people's comparisons.

    Everybody is held out once, a fifth of the people at a time; of more than a hundred people only
    one fifth is. Of the others come how much the default prior is worth, how many prototypes there
    are and how unreliable each source is; then each person held out is predicted from their first
    comparisons. What is returned is fitted to everybody in the same way. Weights of the embedding
    and of skew terms keep their default: people are too few for those.

    Args:
        described: Everybody's comparisons.
        prototypes: How many; by default 1, or 2 if that serves people better.
        amortise: Whether to train an amortised prior too.
        seed: Of every split and start.
        progress: Told what is under way.

    Raises:
        InputError: Fewer than ten people.
    """
    import numpy as np

    def tell(what: str) -> None:
        if progress is not None:
            progress(what)

    if len(described.people) < _PEOPLE:
        raise InputError(
            f"the data is of {len(described.people)} people; a prior takes at least {_PEOPLE}, "
            "since a fifth of them is held out"
        )
    folds = described.folds(seed=seed)
    if len(described.people) >= _MANY:
        folds = folds[:1]
    outcomes: list[Outcome] = []
    for number, (train, held) in enumerate(folds, 1):
        tell(f"fitting without some of the people, {number} of {len(folds)}")
        trial = _fitted(described, train, prototypes=prototypes, amortise=amortise, seed=seed)
        outcomes += _held_out(described, trial, train, held)
    outcomes = joined(outcomes)
    gain = _gain(outcomes, DEFAULT, FITTED, seed)
    further = _gain(outcomes, FITTED, AMORTISED, seed) if amortise else None
    tell("fitting to everybody")
    final = _fitted(
        described,
        range(len(described.rows)),
        prototypes=prototypes,
        amortise=further is not None and further.low > 0.0,
        seed=seed,
    )
    named = {
        name: float(rate)
        for name, rate in zip(described.sources, final.flips, strict=True)
        if name and np.isfinite(rate)
    }
    return Fit(
        population=final.population,
        amortised=final.amortised,
        sources=named,
        gain=gain,
        amortised_gain=further,
        held_out=_figures(outcomes),
        rows=report_rows(outcomes, seed=seed, baseline=DEFAULT),
    )


def _held_out(
    described: Described, trial: _Fitted, train: Sequence[int], held: Sequence[int]
) -> list[Outcome]:
    """What every arm says of the people held out."""
    test = described.halves(held, flips=trial.flips)
    baseline = pooled(described.answers(train))
    default = Population.of(described.features.prior())
    arms: dict[str, Predictor] = {
        DEFAULT: lambda seen, rows: predict(default, alike(seen), rows),
        BASELINE: lambda seen, rows: predict(baseline, alike(seen), rows),
        FITTED: lambda seen, rows: predict(trial.population, seen, rows),
    }
    if (made := trial.amortised) is not None:
        arms[AMORTISED] = lambda seen, rows: predict_amortised(made, seen, rows)
    return [
        outcome for arm, model in arms.items() for outcome in predicted(arm, model, test, _SEEN)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    population: Population
    amortised: Amortised | None
    flips: Floats


def _fitted(
    described: Described,
    units: Sequence[int],
    *,
    prototypes: int | None,
    amortise: bool,
    seed: int,
) -> _Fitted:
    import numpy as np

    features = described.features
    learned = slice(0, len(features.attributes))

    def chosen(flips: Floats | None) -> Population:
        parts = described.halves(units, flips=flips)
        return choose_population(
            parts.earlier,
            parts.later,
            asked=(0, 2, 9),
            most=2 if prototypes is None else prototypes,
            least=prototypes or 1,
            base=features.prior(),
            worths=_WORTHS,
            learned=learned,
            rounds=_ROUNDS,
            seed=seed,
        )

    population = chosen(None)
    flips = np.zeros(len(described.sources))
    if len(described.sources) > 1:
        flips = flip_rates(population, described.answers(units), len(described.sources))
        population = chosen(flips)
    amortised = None
    if amortise:
        from ...policies.reward.meta import meta_train

        amortised = meta_train(
            population, described.answers(units), groups=_groups(described), seed=seed
        )
    return _Fitted(population=population, amortised=amortised, flips=flips)


def _groups(described: Described) -> NDArray[np.int64]:
    """Which block each column is in, as integers from 0 without gaps."""
    import numpy as np

    groups = np.zeros(described.features.dimension, dtype=np.int64)
    blocks = [each for each in described.features.blocks.values() if each.stop > each.start]
    for place, columns in enumerate(blocks):
        groups[columns] = place
    return groups


def alike(seen: Answers) -> Answers:
    """Without contexts, for models of one kind of people."""
    from dataclasses import replace

    import numpy as np

    return replace(seen, context=np.zeros((len(seen.rows), 0)))


def predicted(arm: str, model: Predictor, test: Halves, seen: Sequence[int]) -> list[Outcome]:
    """What a model says of people's later comparisons after so many of their earlier ones.

    Ties are not predicted; after k, only units with at least k earlier comparisons are.
    """
    import numpy as np

    known = (test.earlier.weight > 0).sum(axis=1)
    found = []
    for k in seen:
        some = np.flatnonzero(known >= k)
        if not len(some):
            continue
        later = test.later.people(some)
        asked = (later.weight > 0) & (later.target != 0.5)
        if not asked.any():
            continue
        chances = model(test.earlier.people(some).first(k), later.rows)
        found.append(
            Outcome(
                data="people",
                file="held out",
                arm=arm,
                k=k,
                chances=chances[asked],
                target=later.target[asked],
                clusters=np.broadcast_to(test.users[some][:, None], asked.shape)[asked],
            )
        )
    return found


def joined(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of different people under the same arm and number, as one."""
    import numpy as np

    parts: dict[tuple[str, int], list[Outcome]] = {}
    for each in outcomes:
        parts.setdefault((each.arm, each.k), []).append(each)
    return [
        Outcome(
            data="people",
            file="held out",
            arm=arm,
            k=k,
            chances=np.concatenate([each.chances for each in some]),
            target=np.concatenate([each.target for each in some]),
            clusters=np.concatenate([each.clusters for each in some]),
        )
        for (arm, k), some in parts.items()
    ]


def _gain(outcomes: Sequence[Outcome], base: str, arm: str, seed: int) -> Interval:
    import numpy as np

    before = {each.k: each for each in outcomes if each.arm == base}
    after = {each.k: each for each in outcomes if each.arm == arm}
    saved = [before[k].losses - after[k].losses for k in after]
    clusters = [after[k].clusters for k in after]
    return bootstrap(np.concatenate(saved), np.concatenate(clusters), seed=seed)


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """NLL and accuracy of the default and the fitted prior, by earlier comparisons."""
    short = {DEFAULT: "default", FITTED: "fitted", AMORTISED: "amortised"}
    figures = {}
    for each in outcomes:
        if each.arm in short:
            name = f"{short[each.arm]}_k{each.k}"
            figures[f"{name}_nll"] = float(each.losses.mean())
            figures[f"{name}_accuracy"] = float(each.hits.mean())
    return figures
