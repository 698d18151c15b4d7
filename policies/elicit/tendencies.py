"""What people at large want of an aspect, and which wants go together.

A population is a handful of types of people. Within a type the aspects are independent; across
types they are not, so that whoever turns out to want detail is likely of a type that wants examples
too. That is a latent class model: every posterior over it is a closed sum, an answer to one aspect
tells about all others, and answers that are missing cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..types import Aspect
from .answering import INDIFFERENT, Answering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Answers", "Tendencies", "Tendency"]

_TYPES = (1, 2, 4, 8, 12, 16)
_PEOPLE_A_TYPE = 8
_ROUNDS = 40
_STARTS = 2
_PULL = 6.0
"""How many people's answers the overall shares count for within a type."""
_HELD_OUT = 0.2
_DEPTH = (-1.0, 0.0, 1.0)
_DEPTH_SHARES = (0.25, 0.5, 0.25)


class Answers(NamedTuple):
    """What many people answered to questions about the same aspects.

    Attributes:
        values: Place of the value each gave, int64 of shape `(people, aspects)`; `INDIFFERENT`
            where they did not mind, `UNASKED` where they were not asked.
        named: Who said of which aspect, unprompted, that it matters; bool, of the same shape.
    """

    values: NDArray[np.int64]
    named: NDArray[np.bool_]


class Tendency(NamedTuple):
    """A trait on which people differ, and the values that go with its high end.

    Attributes:
        name: What it is ("thorough").
        pulls: Aspect key to value to pull, in logits per step from -1 over 0 to 1.
    """

    name: str
    pulls: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tendencies:
    """Types of people, and what each wants.

    Attributes:
        aspects: The aspects, `J` of them with at most `V` values.
        shares: How common each of `K` types is, shape `(K,)`, sums to 1.
        values: P(value wanted | type), shape `(K, J, V)`; 0 beyond an aspect's values.
        matters: P(the aspect matters | type), shape `(K, J)`.
        grades: How well an answer with value x serves someone who wants v, in [0, 1], shape
            `(J, V, V)` as `[aspect, x, v]`.
        answering: How people answer.
    """

    aspects: tuple[Aspect, ...]
    shares: Floats
    values: Floats
    matters: Floats
    grades: Floats
    answering: Answering

    @property
    def usual_count(self) -> float:
        """How many aspects matter to a person on average."""
        return float((self.shares @ self.matters).sum())

    @classmethod
    def independent(
        cls, aspects: Sequence[Aspect], *, answering: Answering | None = None
    ) -> Tendencies:
        """Nothing goes together: each aspect by its own shares and importance.

        Raises:
            InputError: Two aspects share a key, or one has fewer than two values.
        """
        return cls.written(aspects, (), answering=answering)

    @classmethod
    def written(
        cls,
        aspects: Sequence[Aspect],
        tendencies: Sequence[Tendency],
        *,
        answering: Answering | None = None,
    ) -> Tendencies:
        """Types as the combinations of a few written traits, each low, middling or high.

        Traits that pull on fewer than two of the aspects say nothing here and are left out.

        Raises:
            InputError: Two aspects share a key, or one has fewer than two values.
        """
        import itertools

        import numpy as np

        _check(aspects)
        places = {aspect.key: place for place, aspect in enumerate(aspects)}
        useful = [t for t in tendencies if sum(key in places for key in t.pulls) > 1]
        depths = np.array(list(itertools.product(_DEPTH, repeat=len(useful))))
        shares = np.prod(
            np.array(list(itertools.product(_DEPTH_SHARES, repeat=len(useful)))), axis=1
        )
        base = _written_shares(aspects)
        pulls = np.zeros((len(useful), *base.shape))
        for at, tendency in enumerate(useful):
            for key, by_value in tendency.pulls.items():
                if key in places:
                    place = places[key]
                    for value, pull in by_value.items():
                        if value in aspects[place].values:
                            pulls[at, place, aspects[place].values.index(value)] = pull
        logits = np.einsum("kt,tjv->kjv", depths.reshape(len(shares), len(useful)), pulls)
        values = base * np.exp(logits)
        importance = np.array([aspect.importance for aspect in aspects])
        return cls(
            aspects=tuple(aspects),
            shares=shares,
            values=values / values.sum(axis=2, keepdims=True),
            matters=np.tile(np.clip(importance, 0.01, 0.99), (len(shares), 1)),
            grades=_grades(aspects),
            answering=answering or Answering(),
        )

    @classmethod
    def fit(
        cls,
        aspects: Sequence[Aspect],
        answers: Answers,
        *,
        answering: Answering | None = None,
        types: Sequence[int] = _TYPES,
        seed: int = 0,
    ) -> Tendencies:
        """Finds types in what many people answered, by expectation maximisation.

        Shares within a type shrink towards everybody's. The number of types is the least that
        predicts people who were held out as well as any, within a standard error; all people are
        then fitted with it.

        Args:
            aspects: The aspects.
            answers: What people answered.
            answering: How people answer, given what they want.
            types: The numbers of types to try.
            seed: Of the split and of the starts.

        Raises:
            InputError: Shapes do not fit, or there are fewer than ten people.
        """
        import numpy as np

        _check(aspects)
        people, count = answers.values.shape
        if count != len(aspects) or answers.named.shape != answers.values.shape or people < 10:
            raise InputError(
                f"answers have the shapes {answers.values.shape!r} and {answers.named.shape!r}; "
                f"give those of ten or more people about {len(aspects)} aspects"
            )
        known = answering or Answering()
        likely = _likelihoods(aspects, answers, known)
        grades = _grades(aspects)
        rng = np.random.default_rng(seed)
        order = rng.permutation(people)
        held, kept = np.split(order, [max(2, int(people * _HELD_OUT))])
        scores = {
            number: _log_evidence(_em(likely[kept], aspects, number, rng), likely[held])
            for number in sorted(types)
            if number == 1 or number * _PEOPLE_A_TYPE <= len(kept)
        }
        found = _em(likely, aspects, _least_as_good(scores), rng)
        return cls(aspects=tuple(aspects), **found._asdict(), grades=grades, answering=known)


class _Types(NamedTuple):
    """Shares `(K,)`, values `(K, J, V)` and matters `(K, J)`, as in `Tendencies`."""

    shares: Floats
    values: Floats
    matters: Floats

    @property
    def joint(self) -> Floats:
        """P(value, matters | type), shape `(K, J, V, 2)`."""
        import numpy as np

        return np.stack(
            [
                self.values * (1.0 - self.matters)[:, :, None],
                self.values * self.matters[:, :, None],
            ],
            axis=-1,
        )


def _least_as_good(scores: Mapping[int, Floats]) -> int:
    """The least number of types that is as good as the best, within a standard error.

    Args:
        scores: Log likelihood of each held-out person, by number of types.
    """
    best = max(scores, key=lambda number: float(scores[number].mean()))
    for number in sorted(scores):
        behind = scores[best] - scores[number]
        if float(behind.mean()) <= float(behind.std()) / len(behind) ** 0.5:
            return number
    return best


def _check(aspects: Sequence[Aspect]) -> None:
    keys = [aspect.key for aspect in aspects]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InputError(f"aspects {twice!r} are given twice; give each a key of its own")
    for aspect in aspects:
        if len(aspect.values) < 2:
            raise InputError(f"aspect {aspect.key!r} has {len(aspect.values)} values; give two")


def _width(aspects: Sequence[Aspect]) -> int:
    return max((len(aspect.values) for aspect in aspects), default=0)


def _written_shares(aspects: Sequence[Aspect]) -> Floats:
    import numpy as np

    shares = np.zeros((len(aspects), _width(aspects)))
    for row, aspect in zip(shares, aspects, strict=True):
        size = len(aspect.values)
        given = aspect.shares if len(aspect.shares) == size else (1.0,) * size
        row[:size] = np.maximum(np.array(given), 1e-3)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _grades(aspects: Sequence[Aspect]) -> Floats:
    import numpy as np

    width = _width(aspects)
    grades = np.zeros((len(aspects), width, width))
    for table, aspect in zip(grades, aspects, strict=True):
        size = len(aspect.values)
        steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        table[:size, :size] = 1.0 - steps / (size - 1) if aspect.ordered else steps == 0
    return grades


def _likelihoods(aspects: Sequence[Aspect], answers: Answers, answering: Answering) -> Floats:
    """P(what a person said | value, matters), shape `(people, J, V, 2)`; 1 where nothing was."""
    import numpy as np

    width = _width(aspects)
    found = np.ones((*answers.values.shape, width, 2))
    for place, aspect in enumerate(aspects):
        table = answering.table(len(aspect.values), width)
        said = answers.values[:, place]
        given = (said >= 0) | (said == INDIFFERENT)
        column = np.where(said == INDIFFERENT, width, said)
        found[given, place] = np.moveaxis(table[:, :, column[given]], 2, 0)
        found[:, place, len(aspect.values) :] = 0.0
    # As many matter as are named to some extent by someone who was asked.
    asked = answers.named.any(axis=1)
    expected = sum(aspect.importance for aspect in aspects)
    found[asked] *= answering.named(answers.named[asked], expected)[:, :, None, :]
    return found


def _evidence(types: _Types, likely: Floats) -> Floats:
    """P(what people said of each aspect | type), shape `(people, K, J)`."""
    import numpy as np

    kinds, count = types.matters.shape
    joint = types.joint.reshape(kinds, count, -1)
    rows = likely.reshape(len(likely), count, -1)
    return np.asarray(np.einsum("njx,kjx->nkj", rows, joint, optimize=True))


def _log_evidence(types: _Types, likely: Floats) -> Floats:
    import numpy as np

    joint = np.log(_evidence(types, likely)).sum(axis=2) + np.log(types.shares)
    return np.asarray(np.logaddexp.reduce(joint, axis=1))


def _em(likely: Floats, aspects: Sequence[Aspect], types: int, rng: np.random.Generator) -> _Types:
    """The best of several fits from random starts; types shrink towards everybody's shares."""
    import numpy as np

    base = _written_shares(aspects)
    importance = np.clip([aspect.importance for aspect in aspects], 0.01, 0.99)
    everybody = _em_once(likely, _Types(np.ones(1), base[None], importance[None]), None, rng)
    if types == 1:
        return everybody
    start = _Types(
        np.full(types, 1.0 / types),
        np.repeat(everybody.values, types, axis=0),
        np.repeat(everybody.matters, types, axis=0),
    )
    fits = [_em_once(likely, start, everybody, rng) for _ in range(_STARTS)]
    return fits[int(np.argmax([_log_evidence(fit, likely).mean() for fit in fits]))]


def _em_once(
    likely: Floats, start: _Types, everybody: _Types | None, rng: np.random.Generator
) -> _Types:
    import numpy as np

    kinds, types = len(start.shares), start
    belongs = rng.dirichlet(np.full(kinds, 0.3), size=len(likely))
    pull = 1.0 if everybody is None else _PULL
    centre = start if everybody is None else everybody
    people, count = likely.shape[:2]
    flat = likely.reshape(people, count, -1)
    for number in range(_ROUNDS):
        evidence = _evidence(types, likely)
        if number > 0:
            joint = np.log(evidence).sum(axis=2) + np.log(types.shares)
            belongs = np.exp(joint - joint.max(axis=1, keepdims=True))
            belongs /= belongs.sum(axis=1, keepdims=True)
        # Expected counts of (value, matters), by type and aspect.
        counts = types.joint * np.einsum(
            "nkj,njx->kjx", belongs[:, :, None] / evidence, flat, optimize=True
        ).reshape(types.joint.shape)
        by_value = counts.sum(axis=3) + pull * centre.values
        mattering = counts[..., 1].sum(axis=2) + pull * centre.matters
        weight = belongs.sum(axis=0)
        types = _Types(
            (weight + 1.0) / (people + kinds),
            by_value / by_value.sum(axis=2, keepdims=True),
            np.clip(mattering / (weight[:, None] + pull), 0.005, 0.995),
        )
    return types
