"""Statements of a trait: some with their answer predict the answers to others.

A person answers yes or no to statements; what is learned of them is one weight per attribute and a
constant. The statements of each trait are split in halves: one to ask about, one to predict. The
prior knows the other traits of the folder (each also reversed, since somebody may be the opposite)
and the spread of this trait's statements in meaning, without their answers: what an app's items
differ in is what tastes differ in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...policies.reward import Answers, Population, Prior, TextFeatures, fit_population, predict
from ...policies.reward.population import posterior_modes
from ..datasets import Statements
from .baselines import logistic, pooled
from .outcomes import BASELINE, OURS, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PERSONA", "statement_outcomes"]

PERSONA = "persona"
_SHOTS = (0, 4, 10, 40)
_CHOSEN = 10
_DRAWS = 10
_LEARNED = 200
_ROUNDS = 5
_SHRINK = 0.02
_WORTH = 8.0
# Standard deviations of weights: of attributes, of the constant and of meaning, whose directions
# get more the more the statements differ along them.
_SURFACE, _AXES, _CONSTANT, _MEANING = 0.5, 1.5, 1.0, 6.0
_POWER = 0.75


def statement_outcomes(
    traits: Sequence[Statements], features: TextFeatures, *, seed: int
) -> Iterator[Outcome]:
    """Every arm on every trait, after 0, 4, 10 and 40 statements drawn at random, ten times.

    Our own also after 10 statements that it picks itself by expected information gain.
    """
    import numpy as np

    rows = {each.name: _design(features, each.texts) for each in traits}
    agrees = {each.name: np.array(each.agrees, dtype=np.float64) for each in traits}
    for trait in traits:
        rng = np.random.default_rng(seed)
        others = [each.name for each in traits if each.name != trait.name]
        halves = [rng.permutation(len(trait.texts)) for _ in range(_DRAWS)]
        pools = [each[: len(each) // 2] for each in halves]
        tests = [each[len(each) // 2 :] for each in halves]
        mine, said = rows[trait.name], agrees[trait.name]
        arms = _arms(features, mine=mine, others=others, rows=rows, agrees=agrees, rng=rng)

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
            )

        asked = np.array([mine[test] for test in tests])
        for arm, population in arms.items():
            for k in _SHOTS:
                seen = Answers.of(
                    [mine[pool[:k]] for pool in pools], [said[pool[:k]] for pool in pools]
                )
                yield outcome(arm, k, predict(population, seen, asked))
        picked = [_pick(arms[OURS].prototypes[0], mine[pool], said[pool]) for pool in pools]
        seen = Answers.of(
            [mine[pool[each]] for pool, each in zip(pools, picked, strict=True)],
            [said[pool[each]] for pool, each in zip(pools, picked, strict=True)],
        )
        yield outcome(f"{OURS}, asking by itself", _CHOSEN, predict(arms[OURS], seen, asked))


def _design(features: TextFeatures, texts: Sequence[str]) -> Floats:
    import numpy as np

    return np.hstack([features.transform(texts), np.ones((len(texts), 1))])


def _arms(
    features: TextFeatures,
    *,
    mine: Floats,
    others: Sequence[str],
    rows: Mapping[str, Floats],
    agrees: Mapping[str, Floats],
    rng: np.random.Generator,
) -> dict[str, Population]:
    import numpy as np

    width = mine.shape[1]
    spread = _spread(features, mine)
    meaning, measured = np.zeros(width), np.zeros(width)
    meaning[features.blocks["meaning"]] = _MEANING**2
    measured[features.blocks["surface"]] = 1.0
    meaning[-1] = measured[-1] = _CONSTANT**2
    zero = np.zeros(width)
    arms = {
        OURS: Population.of(spread),
        "ours without other traits": Population.of(spread),
        "embedding only": Population.of(Prior(mean=zero, variance=meaning)),
        "surface only": Population.of(Prior(mean=zero, variance=measured)),
    }
    if others:
        chosen = {name: rng.permutation(len(rows[name]))[:_LEARNED] for name in others}
        known = [rows[name][chosen[name]] for name in others]
        said = [agrees[name][chosen[name]] for name in others]
        mirrored = Answers.of(known * 2, [*said, *(1.0 - each for each in said)])
        arms[OURS] = fit_population(
            mirrored, base=spread, worth=_WORTH, shrink=_SHRINK, rounds=_ROUNDS
        )
        one_sided = Answers.of(known, said)
        arms[BASELINE] = pooled(one_sided, ridge=0.05)
        arms["PAL-style"] = _traits_as_prototypes(known, said)
    return arms


def _spread(features: TextFeatures, rows: Floats) -> Prior:
    """A prior as wide as these rows are, to the power of 3/4, along each direction of meaning."""
    import numpy as np

    width = rows.shape[1]
    variance = np.zeros(width)
    variance[features.blocks["surface"]] = _SURFACE**2
    variance[features.blocks["axes"]] = _AXES**2
    variance[-1] = _CONSTANT**2
    columns = features.blocks["meaning"]
    meaning = rows[:, columns] - rows[:, columns].mean(axis=0)
    values, vectors = np.linalg.eigh(meaning.T @ meaning / len(meaning))
    share = np.maximum(values, 0.0) / max(float(values.mean()), 1e-12)
    factor = np.zeros((len(values), width))
    factor[:, columns] = (vectors * (_MEANING * share ** (_POWER / 2))).T
    return Prior(mean=np.zeros(width), variance=variance, factor=factor)


def _traits_as_prototypes(rows: Sequence[Floats], said: Sequence[Floats]) -> Population:
    import numpy as np

    thetas = [logistic(x, y, np.ones(len(y)), 0.05) for x, y in zip(rows, said, strict=True)]
    both = [*thetas, *(-each for each in thetas)]
    return Population(
        prototypes=tuple(Prior(mean=each, variance=np.full(len(each), 1e-9)) for each in both),
        router=np.zeros((len(both), 1)),
    )


def _pick(prior: Prior, rows: Floats, said: Floats) -> list[int]:
    """The statements to ask about, one after another, by expected information gain.

    The closed form `½ log(1 + κs²)`, with `κ = exp(-μ²/2v)/√(2πv)` and `v = s² + 8/π`.
    """
    import numpy as np

    spread = prior.spread(rows)
    before = (spread * rows).sum(axis=1)
    base = rows @ prior.mean
    chosen: list[int] = []
    for _ in range(min(_CHOSEN, len(rows))):
        modes = posterior_modes(prior, Answers.of([rows[chosen]], [said[chosen]]))
        cross = spread[chosen] @ rows.T
        alpha = modes.alpha[0, : len(chosen)]
        mean, variance = base + alpha @ cross, before
        if chosen:
            scaled = np.sqrt(modes.curvature[0])[:, None] * cross
            variance = before - (np.linalg.solve(modes.system[0], scaled) ** 2).sum(axis=0)
        wide = np.maximum(variance, 0.0) + 8.0 / np.pi
        kappa = np.exp(-(mean**2) / (2.0 * wide)) / np.sqrt(2.0 * np.pi * wide)
        gain = 0.5 * np.log1p(kappa * np.maximum(variance, 0.0))
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
    return chosen
