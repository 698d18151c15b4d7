"""How much data of how many people it takes: learning curves over people and comparisons.

WorldPM ("WorldPM: Scaling Human Preference Modeling") asks how a preference model pooled over
people scales with data, and finds that objective measures do and subjective ones do not; here the
question is put to the personal model: what is a prior worth that was fitted to so many comparisons
of so many people? DesignPref ("DesignPref: Capturing Personal Preferences in Visual Design
Generation") asks from how many comparisons of one's own on a personal model beats one pooled over
everybody. Small data shows no law, and none is fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.reward import Answers, Population, fit_population, predict
from ..fewshot.baselines import pooled
from ..fewshot.outcomes import BASELINE, Outcome, Row
from ..statistics import Resampler
from .agreement import Agreement
from .describing import KINDS, Described, Halves
from .fitting import Predictor, alike, joined, predicted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OWN", "PERSONAL", "Curves", "learning_curves"]

PERSONAL = "personal alone"
OWN = "prior of others, then personal"
_PEOPLE = 10
_FOLDS = 5
_REPEATS = 3
_WORTH = 32.0
_ROUNDS = 8
_SEEN = (0, 4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """What was measured.

    Attributes:
        people: How many the data is of.
        comparisons: How many they gave.
        scaling: For each number of people and of comparisons of each that a prior was fitted to,
            and after 0 or 4 comparisons of the person to predict, accuracy and NLL with intervals,
            over all comparisons and by kind where the data tells kinds.
        personal: For each number of a person's own comparisons, the personal model alone, the
            pooled one and ours, with the gains of each over the pooled one.
        beats_at: From how many comparisons of one's own on the personal model alone is right more
            often than the pooled one, beyond chance, at that number, and more often at all larger
            ones; None if never.
        ours_beats_at: The same of ours.
        agreement: How far people agree on what several of them judged.
    """

    people: int
    comparisons: int
    scaling: Sequence[Row]
    personal: Sequence[Row]
    beats_at: int | None
    ours_beats_at: int | None
    agreement: Agreement


def learning_curves(
    described: Described,
    agreement: Agreement,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Curves:
    """Measures both curves; nobody is predicted by a prior that was fitted to them.

    Args:
        described: Everybody's comparisons.
        agreement: How far people agree.
        seed: Of every split, order and interval.
        progress: Told what is under way.

    Raises:
        InputError: Fewer than ten people.
    """
    if len(described.people) < _PEOPLE:
        raise InputError(
            f"the data is of {len(described.people)} people; learning curves take at least "
            f"{_PEOPLE}, since a fifth of them is held out"
        )

    def tell(what: str) -> None:
        if progress is not None:
            progress(what)

    tell("people × comparisons")
    scaling = _scaling(described, seed, tell)
    tell("personal against pooled")
    outcomes = _personal(described, seed)
    rows = _personal_rows(outcomes, seed)
    return Curves(
        people=len(described.people),
        comparisons=described.comparisons,
        scaling=scaling,
        personal=rows,
        beats_at=_beats_at(rows, PERSONAL),
        ours_beats_at=_beats_at(rows, OWN),
        agreement=agreement,
    )


def _scaling(described: Described, seed: int, tell: Callable[[str], None]) -> list[Row]:
    import numpy as np

    found: dict[tuple[int, int, int], list[tuple[Outcome, NDArray[np.int64]]]] = {}
    lengths = sorted(map(len, described.rows))
    pair_counts = _steps(1, lengths[len(lengths) // 2], 4)
    for repeat in range(_REPEATS):
        split = described.folds(seed=seed + repeat)[0]
        test = described.halves(split.test)
        users = np.unique(described.users[split.train])
        order = np.random.default_rng(seed + repeat).permutation(users)
        for people in _steps(5, len(users), 3):
            some = set(order[:people].tolist())
            units = [unit for unit in split.train if described.users[unit] in some]
            for most in pair_counts:
                model = _prior(described, described.answers(units, most=most))
                for each in predicted(OWN, model, test, _SEEN):
                    kinds = _kinds_of(test, each)
                    found.setdefault((people, most, each.k), []).append((each, kinds))
        tell(f"people × comparisons: {repeat + 1} of {_REPEATS} draws")
    rows: list[Row] = []
    for (people, most, k), parts in sorted(found.items()):
        kinds = np.concatenate([part for _, part in parts])
        clusters = np.concatenate([each.clusters for each, _ in parts])
        hits = np.concatenate([each.hits for each, _ in parts])
        losses = np.concatenate([each.losses for each, _ in parts])
        told = [place for place in (1, 2) if (kinds == place).any()]
        for name, chosen in [
            ("all", np.full(len(kinds), True)),
            *((KINDS[place], kinds == place) for place in told),
        ]:
            interval = Resampler(clusters[chosen], seed=seed).interval
            right, loss = interval(hits[chosen]), interval(losses[chosen])
            rows.append(
                {
                    "people": people,
                    "pairs": most,
                    "k": k,
                    "kind": name,
                    "n": int(chosen.sum()),
                    "accuracy": right.mean,
                    "accuracy_low": right.low,
                    "accuracy_high": right.high,
                    "nll": loss.mean,
                    "nll_low": loss.low,
                    "nll_high": loss.high,
                }
            )
    return rows


def _prior(described: Described, answers: Answers) -> Predictor:
    features = described.features
    population = fit_population(
        answers,
        base=features.prior(),
        worth=_WORTH,
        rounds=_ROUNDS,
        learned=slice(0, len(features.attributes)),
    )
    return lambda seen, rows: predict(population, seen, rows)


def _kinds_of(test: Halves, outcome: Outcome) -> NDArray[np.int64]:
    """The kinds of an outcome's predictions, in its order."""
    import numpy as np

    known = (test.earlier.weight > 0).sum(axis=1) >= outcome.k
    asked = (test.later.weight > 0) & (test.later.target != 0.5) & known[:, None]
    return np.asarray(test.kinds[asked])


def _personal(described: Described, seed: int) -> list[Outcome]:
    """Everybody predicted once, by what was learned of the people of other folds."""
    alone = Population.of(described.features.prior())
    seen = [0, *_steps(1, max(len(each) // 2 for each in described.rows), 2)]
    outcomes: list[Outcome] = []
    for train, held in described.folds(seed=seed, count=_FOLDS):
        test, known = described.halves(held), described.answers(train)
        common = pooled(known)
        models: dict[str, Predictor] = {
            PERSONAL: lambda some, rows: predict(alone, alike(some), rows),
            BASELINE: lambda some, rows, common=common: predict(common, alike(some), rows),  # type: ignore[misc]
            OWN: _prior(described, known),
        }
        for arm, model in models.items():
            outcomes += predicted(arm, model, test, seen)
    return joined(outcomes)


def _personal_rows(outcomes: Sequence[Outcome], seed: int) -> list[Row]:
    import numpy as np

    from ..fewshot.outcomes import report_rows

    enough = [each for each in outcomes if len(np.unique(each.clusters)) >= _FOLDS]
    return report_rows(enough, seed=seed)


def _beats_at(rows: Sequence[Row], arm: str) -> int | None:
    gains = sorted(
        (int(str(row["k"])), float(str(row["accuracy_gain"])), float(str(row["accuracy_gain_low"])))
        for row in rows
        if row["arm"] == arm and row["k"] != 0
    )
    for place, (k, _, low) in enumerate(gains):
        if low > 0.0 and all(gain > 0.0 for _, gain, _ in gains[place:]):
            return k
    return None


def _steps(least: int, most: int, factor: int) -> list[int]:
    """From the least to the most, each so many times the one before, and the most itself."""
    steps = []
    at = least
    while at < most:
        steps.append(at)
        at *= factor
    return [*steps, most]
