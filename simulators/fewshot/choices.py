"""Real people's choices between two things: what they answered predicts their later answers.

People are split into folds: everything about the population is learned from the others. Each
person's last four choices are predicted, from nothing and from three and nine of their earlier
ones, drawn at random. A second protocol predicts four choices drawn at random instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...policies.reward import (
    Answers,
    Population,
    choose_population,
    predict,
    predict_amortised,
)
from ..datasets import Choices
from .baselines import pooled, prototypes
from .outcomes import BASELINE, CEILING, OURS, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["AMORTISED", "BANK", "CHOICE_ARMS", "RANDOM", "choice_outcomes", "choosers"]

BANK = "bank"
RANDOM = "bank, four at random"
AMORTISED = f"{OURS}, amortised"
CHOICE_ARMS: Mapping[str, Sequence[str]] = {
    BANK: (
        OURS,
        CEILING,
        "ours, one prototype",
        "ours, one prototype, diagonal",
        BASELINE,
        "PAL-style",
        AMORTISED,
        "GPM-style",
    ),
    RANDOM: (OURS, CEILING, BASELINE),
}
"""By protocol."""

_SHOTS = (0, 3, 9)
_LATER = 4
_FOLDS = 5
_META_STEPS = 100


class _Split(NamedTuple):
    earlier: Answers
    later: Answers


_Learner = Callable[[_Split], Population]


def choosers(choices: Choices) -> Sequence[int]:
    """Whose answers are predicted.

    Raises:
        InputError: Fewer than ten people have five answers.
    """
    people = [place for place, each in enumerate(choices.picked) if len(each) > _LATER]
    if len(people) < 2 * _FOLDS:
        raise InputError(
            f"{choices.name!r} has {len(people)} people with more than {_LATER} choices; "
            f"cross-validation needs at least {2 * _FOLDS}"
        )
    return people


def choice_outcomes(choices: Choices, *, seed: int) -> Iterator[Outcome]:
    """Every arm after 0, 3 and 9 answers; arms are fitted again for each fold and each ablation.

    Raises:
        InputError: Fewer than ten people have five answers.
    """
    import numpy as np

    people = choosers(choices)
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(people)) % _FOLDS
    split = _split(choices, people, rng, at_random=False)
    for arm, learn in _learners(seed).items():
        yield from _predicted((BANK, choices.name), arm, split, fold, learn)
    yield from _amortised((BANK, choices.name), split, fold, seed)
    yield from _predicted((BANK, choices.name), "GPM-style", _skewed(split), fold, _one(seed))
    other = _split(choices, people, rng, at_random=True)
    for arm in (OURS, BASELINE):
        yield from _predicted((RANDOM, choices.name), arm, other, fold, _learners(seed)[arm])


def _amortised(
    where: tuple[str, str], split: _Split, fold: NDArray[np.int64], seed: int
) -> Iterator[Outcome]:
    """Ours with a prior read off the first answers (FSPO, PPD), trained on the other folds."""
    import numpy as np

    from ...policies.reward.meta import meta_train

    chances = np.zeros((len(_SHOTS), *split.later.target.shape))
    for each in range(_FOLDS):
        train, test = (
            _Split(*(part.people(who) for part in split)) for who in (fold != each, fold == each)
        )
        base = choose_population(train.earlier, train.later, asked=_SHOTS, most=1, seed=seed)
        made = meta_train(base, train.earlier.with_more(train.later), steps=_META_STEPS, seed=seed)
        for place, k in enumerate(_SHOTS):
            found = predict_amortised(made, test.earlier.first(k), test.later.rows)
            chances[place, fold == each] = found
    yield from _outcomes(where, [(AMORTISED, k) for k in _SHOTS], chances, split)


def _learners(seed: int) -> dict[str, _Learner]:
    def ours(train: _Split) -> Population:
        return choose_population(train.earlier, train.later, asked=_SHOTS, seed=seed)

    def diagonal(train: _Split) -> Population:
        return choose_population(
            train.earlier, train.later, asked=_SHOTS, most=1, shrink=1.0, seed=seed
        )

    return {
        OURS: ours,
        "ours, one prototype": _one(seed),
        "ours, one prototype, diagonal": diagonal,
        BASELINE: lambda train: pooled(train.earlier.with_more(train.later)),
        "PAL-style": lambda train: prototypes(train.earlier.with_more(train.later), 3, seed=seed),
    }


def _one(seed: int) -> _Learner:
    def learn(train: _Split) -> Population:
        return choose_population(train.earlier, train.later, asked=_SHOTS, most=1, seed=seed)

    return learn


def _split(
    choices: Choices, people: Sequence[int], rng: np.random.Generator, *, at_random: bool
) -> _Split:
    import numpy as np

    earlier, later = [], []
    for person in people:
        count = len(choices.picked[person])
        order = rng.permutation(count) if at_random else np.arange(count)
        earlier.append((person, rng.permutation(order[:-_LATER])))
        later.append((person, order[-_LATER:]))
    return _Split(
        *(
            Answers.of(
                [choices.rows[person][asked] for person, asked in part],
                [choices.picked[person][asked] for person, asked in part],
            )
            for part in (earlier, later)
        )
    )


def _skewed(split: _Split) -> _Split:
    """Skew terms alone, between what only the left thing has and what only the right has."""
    return _Split(*(replace(part, rows=_skew(part.rows)) for part in split))


def _skew(rows: Floats) -> Floats:
    import numpy as np

    left, right = np.maximum(rows, 0.0), np.maximum(-rows, 0.0)
    first, second = np.triu_indices(rows.shape[-1], 1)
    return np.asarray(left[..., first] * right[..., second] - left[..., second] * right[..., first])


def _predicted(
    where: tuple[str, str],
    arm: str,
    split: _Split,
    fold: NDArray[np.int64],
    learn: _Learner,
) -> Iterator[Outcome]:
    import numpy as np

    known = split.earlier.target.shape[1]
    # Ours with all that a person answered before is what more answers could bring.
    arms = [(arm, k) for k in _SHOTS] + ([(CEILING, known)] if arm == OURS else [])
    chances = np.zeros((len(arms), *split.later.target.shape))
    for each in range(_FOLDS):
        train, test = fold != each, fold == each
        model = learn(_Split(*(part.people(train) for part in split)))
        some = split.earlier.people(test)
        for place, (_, k) in enumerate(arms):
            chances[place, test] = predict(model, some.first(k), split.later.rows[test])
    yield from _outcomes(where, arms, chances, split)


def _outcomes(
    where: tuple[str, str], arms: Sequence[tuple[str, int]], chances: Floats, split: _Split
) -> Iterator[Outcome]:
    import numpy as np

    for (arm, k), some in zip(arms, chances, strict=True):
        yield Outcome(
            data=where[0],
            file=where[1],
            arm=arm,
            k=k,
            chances=some.ravel(),
            target=split.later.target.ravel(),
            clusters=np.repeat(np.arange(len(some)), _LATER),
            users=np.repeat(np.arange(len(some)), _LATER),
        )
