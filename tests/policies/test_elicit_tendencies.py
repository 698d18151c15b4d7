"""What people at large want: fitted from answers, or written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.policies.elicit import (
    INDIFFERENT,
    UNASKED,
    Answers,
    Aspects,
    Belief,
    Tendencies,
    Tendency,
)
from penchant.policies.types import Aspect

ASPECTS = tuple(
    Aspect(key=f"a{place}", name=f"aspect {place}", values=("low", "mid", "high"), importance=0.3)
    for place in range(8)
)


def answers(people: int, seed: int, *, correlated: bool = True) -> Answers:
    """Two types: the first wants little of everything, the second much."""
    rng = np.random.default_rng(seed)
    second = rng.random(people) < 0.4
    low, high = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.2, 0.7])
    values = np.zeros((people, 8), dtype=np.int64)
    for row in range(people):
        for place in range(8):
            kind = second[row] if correlated else rng.random() < 0.4
            values[row, place] = rng.choice(3, p=high if kind else low)
    matters = rng.random((people, 8)) < np.array([0.9, 0.5, 0.5, 0.2, 0.2, 0.1, 0.1, 0.1])
    shrugs = rng.random((people, 8)) < np.where(matters, 0.05, 0.7)
    values[shrugs] = INDIFFERENT
    values[rng.random((people, 8)) < 0.1] = UNASKED
    return Answers(values, np.zeros((people, 8), dtype=bool))


def test_types_that_differ_are_found_and_tell_about_what_was_not_asked() -> None:
    found = Tendencies.fit(ASPECTS, answers(600, 0))
    assert len(found.shares) > 1
    assert found.shares.sum() == pytest.approx(1.0)
    belief = Belief.of(found)
    before = belief.chances[5].sum(axis=1)
    after = belief.told("a0", "high").told("a1", "high").told("a2", "high").chances[5].sum(axis=1)
    assert after[2] > before[2] + 0.15
    assert after.sum() == pytest.approx(1.0)


def test_how_many_an_aspect_matters_to_is_read_off_who_does_not_mind() -> None:
    found = Tendencies.fit(ASPECTS, answers(600, 1))
    rates = found.shares @ found.matters
    assert rates == pytest.approx([0.9, 0.5, 0.5, 0.2, 0.2, 0.1, 0.1, 0.1], abs=0.12)
    assert found.usual_count == pytest.approx(rates.sum())


def test_wants_that_have_nothing_to_do_with_each_other_tell_little() -> None:
    found = Tendencies.fit(ASPECTS, answers(400, 2, correlated=False))
    belief = Belief.of(found)
    moved = belief.told("a0", "high").chances[5] - belief.chances[5]
    assert np.abs(moved).max() < 0.08


def test_naming_counts_as_mattering() -> None:
    plain = answers(300, 3)
    named = np.zeros((300, 8), dtype=bool)
    named[:, 5] = True
    rate = lambda found: float((found.shares @ found.matters)[5])  # noqa: E731
    without = Tendencies.fit(ASPECTS, plain, types=(1,))
    assert rate(Tendencies.fit(ASPECTS, Answers(plain.values, named), types=(1,))) > 2 * rate(
        without
    )


def test_the_same_answers_give_the_same_types() -> None:
    one, two = (Tendencies.fit(ASPECTS, answers(120, 4), seed=7) for _ in range(2))
    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.matters, two.matters)


def test_answers_that_do_not_fit_are_refused() -> None:
    few = answers(9, 0)
    with pytest.raises(InputError, match="ten or more"):
        Tendencies.fit(ASPECTS, few)
    with pytest.raises(InputError, match="shapes"):
        Tendencies.fit(ASPECTS[:3], answers(30, 0))
    with pytest.raises(InputError, match="'a0'"):
        Tendencies.independent((ASPECTS[0], ASPECTS[0]))
    with pytest.raises(InputError, match="1 values"):
        Tendencies.independent((replace(ASPECTS[0], values=("x",)),))


def test_nobody_asked_anything_is_no_trouble() -> None:
    nothing = Answers(np.full((20, 8), UNASKED), np.zeros((20, 8), dtype=bool))
    found = Tendencies.fit(ASPECTS, nothing)
    assert np.isfinite(found.values).all()
    assert found.values.sum(axis=2) == pytest.approx(np.ones((len(found.shares), 8)))


def test_written_tendencies_go_together() -> None:
    thorough = Tendency("thorough", {"a0": {"high": 1.0, "low": -1.0}, "a1": {"high": 1.0}})
    alone = Tendency("alone", {"a2": {"high": 5.0}})
    found = Tendencies.written(ASPECTS, (thorough, alone))
    assert len(found.shares) == 3
    belief = Belief.of(found)
    assert belief.chances[0].sum(axis=1) == pytest.approx([1 / 3] * 3, abs=0.05)
    told = belief.told("a0", "high")
    assert told.chances[1, 2].sum() > belief.chances[1, 2].sum() + 0.03
    assert np.allclose(told.chances[2], belief.chances[2])


def test_the_shipped_tendencies_name_what_is_there() -> None:
    library = Aspects.load()
    assert library.tendencies
    for tendency in library.tendencies:
        for key, pulls in tendency.pulls.items():
            aspect = library.find(key)
            assert aspect is not None
            assert set(pulls) <= set(aspect.values)
    learning = next(kind for kind in library.kinds if kind.name == "learning")
    belief = Belief.of(Tendencies.written(learning.aspects, library.tendencies))
    detailed = belief.told("detail", "in depth")
    place = belief.place("examples")
    assert detailed.chances[place, 0].sum() > belief.chances[place, 0].sum()
