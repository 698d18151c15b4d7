"""Statements of a trait: some with their answer predict the answers to others.

A person answers yes or no to statements; what is learned of them is one weight per attribute and a
constant. The statements of each trait are split in halves: one to ask about, one to predict. The
prior knows the other traits of the folder (each also reversed, since somebody may be the opposite)
and the spread of this trait's statements in meaning, without their answers: what an app's items
differ in is what tastes differ in. The scales of that spread are the ones, of four, that serve the
other traits best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...policies.reward import Answers, Population, Prior, TextFeatures, fit_population, predict
from ...policies.reward.population import posterior_modes
from ..datasets import Statements
from .baselines import logistic, pooled
from .outcomes import BASELINE, CEILING, OURS, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ASKING", "PERSONA", "statement_arms", "statement_outcomes"]

PERSONA = "persona"
ASKING = f"{OURS}, asking by itself"
_ALONE = (OURS, "ours without other traits", "embedding only", "surface only")
_AMONG = (
    "ours without surface",
    "ours without axes",
    "ours without embedding",
    BASELINE,
    "PAL-style",
)
_SHOTS = (0, 4, 10, 40)
_CHOSEN = 10
_DRAWS = 30
_CEILING_DRAWS = 5
_LEARNED = 200
_ROUNDS = 5
_SHRINK = 0.02
_WORTH = 8.0
_CONSTANT = 1.0
_NAMES = {"surface": "surface", "axes": "axes", "meaning": "embedding"}


class _Shape(NamedTuple):
    """Standard deviations of weights: surface measures, axes, and meaning.

    Directions of meaning get more the more the statements differ along them: their share of the
    spread to this power.
    """

    surface: float
    axes: float
    meaning: float
    power: float


_PLAIN = _Shape(0.5, 1.5, 6.0, 0.75)
_SHAPES = (
    _Shape(0.3, 0.3, 6.0, 0.75),
    _PLAIN,
    _Shape(0.7, 2.0, 8.0, 0.7),
    _Shape(1.0, 3.0, 12.0, 0.6),
)


def statement_arms(traits: int) -> Mapping[str, int]:
    """How many draws there are of each arm, with so many traits.

    A draw is a person: a trait, a random half of its statements to be asked about in a random
    order, and the other half to predict.
    """
    arms = dict.fromkeys(_ALONE + (_AMONG if traits > 1 else ()), _DRAWS)
    return arms | {CEILING: _CEILING_DRAWS, ASKING: _DRAWS}


def statement_outcomes(
    traits: Sequence[Statements], features: TextFeatures, *, seed: int
) -> Iterator[Outcome]:
    """Every arm on every trait, after 0, 4, 10 and 40 statements drawn at random, thirty times.

    Numbers beyond half of a trait's statements are left out.

    Our own also after 10 statements that it picks itself by expected information gain, and, as a
    ceiling, after half of the trait's statements, five times.
    """
    import numpy as np

    rows = {each.name: _design(features, each.texts) for each in traits}
    agrees = {each.name: np.array(each.agrees, dtype=np.float64) for each in traits}
    fits = {
        shape: {
            name: _accuracy(_spread(features, rows[name], shape), rows[name], agrees[name], seed)
            for name in rows
        }
        for shape in _SHAPES
    }
    for trait in traits:
        rng = np.random.default_rng(seed)
        others = [each.name for each in traits if each.name != trait.name]
        halves = [rng.permutation(len(trait.texts)) for _ in range(_DRAWS)]
        pools = [each[: len(each) // 2] for each in halves]
        tests = [each[len(each) // 2 :] for each in halves]
        mine, said = rows[trait.name], agrees[trait.name]
        shape = max(_SHAPES, key=lambda each: sum(fits[each][name] for name in others))
        arms = _arms(
            features,
            spread=_spread(features, mine, shape if others else _PLAIN),
            mine=mine,
            others=others,
            rows=rows,
            agrees=agrees,
            rng=rng,
        )

        def outcome(
            arm: str,
            k: int,
            chances: Floats,
            *,
            name: str = trait.name,
            said: Floats = said,
            tests: Sequence[NDArray[np.int64]] = tests,
        ) -> Outcome:
            flat = np.concatenate(tests)
            return Outcome(
                data=PERSONA,
                file=name,
                arm=arm,
                k=k,
                chances=chances.ravel(),
                target=said[flat],
                clusters=flat,
                users=np.repeat(np.arange(len(tests)), [len(test) for test in tests]),
            )

        for arm, (population, given) in arms.items():
            asked = np.array([given[test] for test in tests])
            for k in (each for each in _SHOTS if each <= len(pools[0])):
                yield outcome(arm, k, predict(population, _seen(given, said, pools, k), asked))
        population, given = arms[OURS]
        some, whole = tests[:_CEILING_DRAWS], pools[:_CEILING_DRAWS]
        asked = np.array([given[test] for test in some])
        chances = predict(population, _seen(given, said, whole, len(pools[0])), asked)
        yield outcome(CEILING, len(pools[0]), chances, tests=some)
        picked = [pool[_pick(population, given[pool], said[pool])] for pool in pools]
        asked = np.array([given[test] for test in tests])
        seen = _seen(given, said, picked, _CHOSEN)
        yield outcome(ASKING, _CHOSEN, predict(population, seen, asked))


def _seen(rows: Floats, said: Floats, orders: Sequence[NDArray[np.int64]], count: int) -> Answers:
    """The first statements of each order, with their answers."""
    return Answers.of(
        [rows[each[:count]] for each in orders], [said[each[:count]] for each in orders]
    )


class _Arm(NamedTuple):
    """A prior, and the rows that it is about."""

    population: Population
    rows: Floats


def _whitened(prior: Prior, rows: Floats) -> _Arm:
    given = prior.whitened(rows)
    return _Arm(Population.of(Prior.isotropic(given.shape[1])), given)


def _design(features: TextFeatures, texts: Sequence[str]) -> Floats:
    import numpy as np

    return np.hstack([features.transform(texts), np.ones((len(texts), 1))])


def _arms(
    features: TextFeatures,
    *,
    spread: Prior,
    mine: Floats,
    others: Sequence[str],
    rows: Mapping[str, Floats],
    agrees: Mapping[str, Floats],
    rng: np.random.Generator,
) -> dict[str, _Arm]:
    import numpy as np

    width = mine.shape[1]
    meaning, measured = np.zeros(width), np.zeros(width)
    meaning[features.blocks["meaning"]] = _PLAIN.meaning**2
    measured[features.blocks["surface"]] = 1.0
    meaning[-1] = measured[-1] = _CONSTANT**2
    zero = np.zeros(width)
    arms = {
        OURS: _whitened(spread, mine),
        "ours without other traits": _whitened(spread, mine),
        "embedding only": _whitened(Prior(mean=zero, variance=meaning), mine),
        "surface only": _whitened(Prior(mean=zero, variance=measured), mine),
    }
    if others:
        chosen = {name: rng.permutation(len(rows[name]))[:_LEARNED] for name in others}
        known = [rows[name][chosen[name]] for name in others]
        said = [agrees[name][chosen[name]] for name in others]
        mirrored = Answers.of(known * 2, [*said, *(1.0 - each for each in said)])
        for left_out in (None, "surface", "axes", "meaning"):
            base = spread if left_out is None else _without(spread, features.blocks[left_out])
            fitted = fit_population(
                mirrored, base=base, worth=_WORTH, shrink=_SHRINK, rounds=_ROUNDS
            )
            name = OURS if left_out is None else f"{OURS} without {_NAMES[left_out]}"
            # People and their opposites average to 0, so that the mean of the prior can go.
            arms[name] = _whitened(fitted.prototypes[0], mine)
        one_sided = Answers.of(known, said)
        arms[BASELINE] = _Arm(pooled(one_sided, ridge=0.05), mine)
        arms["PAL-style"] = _Arm(_traits_as_prototypes(known, said), mine)
    return arms


def _spread(features: TextFeatures, rows: Floats, shape: _Shape) -> Prior:
    """A prior as wide as these rows are along each direction of meaning."""
    import numpy as np

    width = rows.shape[1]
    variance = np.zeros(width)
    variance[features.blocks["surface"]] = shape.surface**2
    variance[features.blocks["axes"]] = shape.axes**2
    variance[-1] = _CONSTANT**2
    columns = features.blocks["meaning"]
    meaning = rows[:, columns] - rows[:, columns].mean(axis=0)
    values, vectors = np.linalg.eigh(meaning.T @ meaning / len(meaning))
    share = np.maximum(values, 0.0) / max(float(values.mean()), 1e-12)
    factor = np.zeros((len(values), width))
    factor[:, columns] = (vectors * (shape.meaning * share ** (shape.power / 2))).T
    return Prior(mean=np.zeros(width), variance=variance, factor=factor)


def _without(prior: Prior, columns: slice) -> Prior:
    """The prior with some weights held at 0."""
    import numpy as np

    kept = np.ones(len(prior.mean))
    kept[columns] = 0.0
    factor = None if prior.factor is None else prior.factor * kept
    return Prior(mean=prior.mean * kept, variance=prior.variance * kept, factor=factor)


def _accuracy(prior: Prior, rows: Floats, said: Floats, seed: int) -> float:
    """How well 10 and 40 of a trait's statements predict its others, ten draws each."""
    import numpy as np

    population, given = _whitened(prior, rows)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows)) for _ in range(10)]
    half = len(rows) // 2
    asked = np.array([given[each[half:]] for each in orders])
    truth = np.array([said[each[half:]] for each in orders])
    right = 0.0
    for k in (10, 40):
        chances = predict(population, _seen(given, said, orders, k), asked)
        right += float(((chances > 0.5) == (truth > 0.5)).mean())
    return right


def _traits_as_prototypes(rows: Sequence[Floats], said: Sequence[Floats]) -> Population:
    import numpy as np

    thetas = [logistic(x, y, np.ones(len(y)), 0.05) for x, y in zip(rows, said, strict=True)]
    both = [*thetas, *(-each for each in thetas)]
    return Population(
        prototypes=tuple(Prior(mean=each, variance=np.full(len(each), 1e-9)) for each in both),
        router=np.zeros((len(both), 1)),
    )


def _pick(population: Population, rows: Floats, said: Floats) -> list[int]:
    """The statements to ask about, one after another, by expected information gain.

    Under a prior of mean 0 and variance 1.
    The closed form `½ log(1 + κs²)`, with `κ = exp(-μ²/2v)/√(2πv)` and `v = s² + 8/π`.
    """
    import numpy as np

    prior = population.prototypes[0]
    before = (rows * rows).sum(axis=1)
    chosen: list[int] = []
    for _ in range(min(_CHOSEN, len(rows))):
        modes = posterior_modes(prior, Answers.of([rows[chosen]], [said[chosen]]))
        cross = rows[chosen] @ rows.T
        alpha = modes.alpha[0, : len(chosen)]
        mean, variance = alpha @ cross, before
        if chosen:
            scaled = np.sqrt(modes.curvature[0])[:, None] * cross
            variance = before - (np.linalg.solve(modes.system[0], scaled) ** 2).sum(axis=0)
        wide = np.maximum(variance, 0.0) + 8.0 / np.pi
        kappa = np.exp(-(mean**2) / (2.0 * wide)) / np.sqrt(2.0 * np.pi * wide)
        gain = 0.5 * np.log1p(kappa * np.maximum(variance, 0.0))
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
    return chosen
