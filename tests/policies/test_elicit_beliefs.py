"""Beliefs over aspects and what questions would bring, against sums over every possibility."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import InputError, NotFoundError
from penchant.policies.elicit import Belief, Tendencies
from penchant.policies.elicit.answering import Answering, gained
from penchant.policies.elicit.gains import ahead, edge, gains, open_information, rival
from penchant.policies.types import Aspect

SIZES = (3, 2, 4)


def aspects(sizes: tuple[int, ...] = SIZES, *, ordered: bool = False) -> tuple[Aspect, ...]:
    return tuple(
        Aspect(
            key=f"a{place}",
            name=f"aspect {place}",
            values=tuple("wxyz"[:size]),
            importance=0.3,
            ordered=ordered and place == 0,
        )
        for place, size in enumerate(sizes)
    )


def two_types(*, ordered: bool = False) -> Tendencies:
    """Two types of people who want opposite things."""
    plain = Tendencies.independent(aspects(ordered=ordered))
    rng = np.random.default_rng(1)
    values = np.zeros((2, 3, 4))
    for place, size in enumerate(SIZES):
        values[:, place, :size] = rng.dirichlet(np.full(size, 0.5), size=2)
    return replace(
        plain,
        shares=np.array([0.7, 0.3]),
        values=values,
        matters=np.array([[0.2, 0.5, 0.4], [0.6, 0.3, 0.4]]),
    )


class Enumerated:
    """Every type, value and weight at once, as a table of 2 * (3*2*4) * 2**3 worlds."""

    def __init__(self, known: Tendencies) -> None:
        self.known = known
        self.worlds = [
            (kind, wanted, matters)
            for kind in range(len(known.shares))
            for wanted in itertools.product(*map(range, SIZES))
            for matters in itertools.product((0, 1), repeat=3)
        ]
        self.prior = np.array([self._chance(*world) for world in self.worlds])

    def _chance(self, kind: int, wanted: tuple[int, ...], matters: tuple[int, ...]) -> float:
        chance = float(self.known.shares[kind])
        for place in range(3):
            chance *= self.known.values[kind, place, wanted[place]]
            rate = self.known.matters[kind, place]
            chance *= rate if matters[place] else 1.0 - rate
        return chance

    def answer(self, place: int, column: int) -> np.ndarray:
        table = self.known.answering.table(SIZES[place], 4)
        return np.array([table[w[place], m[place], column] for _, w, m in self.worlds])

    def fit(self, chances: np.ndarray) -> float:
        total = 0.0
        for place, size in enumerate(SIZES):
            of = [
                sum(
                    chance * m[place] * self.known.grades[place, x, w[place]]
                    for chance, (_, w, m) in zip(chances, self.worlds, strict=True)
                )
                for x in range(size)
            ]
            total += max(of)
        return total


@pytest.mark.parametrize("ordered", [False, True])
def test_gains_are_those_of_the_sum_over_every_world(ordered: bool) -> None:
    known = two_types(ordered=ordered)
    belief = Belief.of(known, at_stake=1.0)
    found, every = gains(belief), Enumerated(known)
    assert belief.fit == pytest.approx(every.fit(every.prior))
    for place in range(3):
        after, entropy, noise = 0.0, 0.0, 0.0
        for column in (*range(SIZES[place]), 4):
            likely = every.answer(place, column)
            chance = float((every.prior * likely).sum())
            after += every.fit(every.prior * likely)
            entropy -= chance * math.log(chance)
            noise -= float((every.prior * likely * np.log(likely)).sum())
        assert found.evoi[place] == pytest.approx(after - every.fit(every.prior), abs=1e-12)
        assert found.eig[place] == pytest.approx(entropy - noise)


def test_an_answer_tells_about_aspects_that_were_not_asked() -> None:
    known = two_types()
    belief, every = Belief.of(known, at_stake=1.0), Enumerated(known)
    told = belief.told("a0", "x")
    joint = every.prior * every.answer(0, 1)
    joint /= joint.sum()
    for place, size in enumerate(SIZES):
        for value in range(size):
            for matters in (0, 1):
                exact = sum(
                    chance
                    for chance, (_, w, m) in zip(joint, every.worlds, strict=True)
                    if w[place] == value and m[place] == matters
                )
                assert told.chances[place, value, matters] == pytest.approx(exact)
    assert not np.allclose(told.chances[2], belief.chances[2])
    alone = Belief.of(Tendencies.independent(aspects()))
    assert np.allclose(alone.told("a0", "x").chances[1:], alone.chances[1:])


def test_not_minding_says_that_an_aspect_matters_less() -> None:
    belief = Belief.of(two_types())
    shrugged = belief.indifferent("a1")
    assert shrugged.mattering[1] < belief.mattering[1] / 2
    assert belief.told("a1", "w").mattering[1] > belief.mattering[1]


def test_naming_says_what_matters_and_by_how_much() -> None:
    belief = Belief.of(Tendencies.independent(aspects((3,) * 12)))
    named = belief.named(["a4", "nonsense", "a2"])
    assert named.spoken == ("a4", "a2")
    assert named.mattering[4] > 0.9
    assert named.mattering[0] < belief.mattering[0]
    assert named.weights[4] > named.weights[2] > named.weights[0]
    # Asked what else matters, they named one that they had named, and then nothing.
    assert named.named(["a2"]) is named
    nothing = named.named([])
    assert nothing.mattering[0] < named.mattering[0] / 3
    assert nothing.mattering[4] == pytest.approx(named.mattering[4])


def test_weights_by_the_order_of_naming_sum_to_those_of_a_broken_stick() -> None:
    for count, expected in ((0, 4.0), (1, 4.0), (3, 4.5), (6, 4.0)):
        found = gained(count, expected)
        pieces = max(expected, count + 1.0)
        assert list(found.named) == sorted(found.named, reverse=True)
        assert sum(found.named) + (pieces - count) * found.other == pytest.approx(pieces)
    rng = np.random.default_rng(0)
    sticks = rng.dirichlet(np.ones(4), size=40_000)
    first = np.array([rng.choice(stick, p=stick) for stick in sticks[:4000]])
    assert gained(1, 4.0).named[0] == pytest.approx(first.mean() * 4, rel=0.05)


def test_memory_is_believed_as_much_as_it_says() -> None:
    belief = Belief.of(two_types())
    held = belief.believed("a2", "z", 0.6)
    assert held.chances[2, 3].sum() == pytest.approx(0.6)
    before, after = belief.chances[2].sum(axis=1)[:3], held.chances[2].sum(axis=1)[:3]
    assert after / after.sum() == pytest.approx(before / before.sum(), abs=0.05)


def test_contradictory_answers_leave_a_belief_that_is_finite_and_even() -> None:
    belief = Belief.of(two_types())
    for _ in range(60):
        for value in "wxyz":
            belief = belief.told("a2", value)
        belief = belief.indifferent("a2").believed("a2", "w", 1.0).believed("a2", "x", 1.0)
    assert np.isfinite(belief.chances).all()
    assert belief.chances.sum(axis=(1, 2)) == pytest.approx(np.ones(3))
    assert np.isfinite(gains(belief).evoi).all()
    assert 0.0 <= belief.fit <= 1.0


def test_equal_options_and_no_aspects_are_no_trouble() -> None:
    none = Belief.of(Tendencies.independent(()))
    assert none.best() == {}
    assert none.settled() == 1.0
    assert gains(none).evoi.shape == (0,)
    assert ahead(none, (0.1,), np.zeros(0)).open == 0.0
    assert rival(none, np.zeros(0)) == 0.0
    sure = replace(two_types(), values=np.tile([1.0, 0, 0, 0], (2, 3, 1)))
    assert gains(Belief.of(sure)).evoi == pytest.approx(np.zeros(3), abs=1e-9)


def test_looking_ahead_is_a_step_of_the_tree() -> None:
    belief = Belief.of(two_types(), at_stake=1.0)
    every = np.ones(3)
    stays = belief.tendencies.answering.stays
    found = ahead(belief, (0.01,), every).values[0]
    exact = 0.0
    tables = belief.tables[0]
    for column, after in [
        *((c, belief.told("a0", v)) for c, v in enumerate("wxy")),
        (4, belief.indifferent("a0")),
    ]:
        chance = float((belief.chances[0] * tables[..., column]).sum())
        best = 0.0
        for place, key in ((1, "a1"), (2, "a2")):
            own = 0.0
            for value in (*"wxyz"[: SIZES[place]], None):
                then = after.told(key, value) if value else after.indifferent(key)
                at = 4 if value is None else "wxyz".index(value)
                said = float((after.chances[place] * after.tables[place, ..., at]).sum())
                own += said * then.fits[place].max()
            best = max(best, own - after.fits[place].max() - 0.01)
        exact += chance * best
    assert found == pytest.approx(stays * exact, abs=1e-9)


def test_asking_what_matters_pays_where_little_of_much_does() -> None:
    many = Belief.of(Tendencies.independent(aspects((3,) * 24)))
    costs = (0.0, 0.0)
    opened = ahead(many, costs, np.ones(24)).open
    value = gains(many).evoi[0] + ahead(many, costs, np.ones(24)).values[0]
    assert opened > 1.2 * value
    assert open_information(many) > 0.5
    few = Belief.of(
        Tendencies.independent(tuple(replace(a, importance=0.95) for a in aspects((3, 3))))
    )
    both = gains(few).evoi[0] + ahead(few, (0.0,), np.ones(2)).values[0]
    assert ahead(few, (0.0,), np.ones(2)).open < both


def test_an_edge_case_is_worth_less_than_the_whole_answer_and_most_where_unsure() -> None:
    belief = Belief.of(two_types(), at_stake=1.0)
    alone = Belief.of(Tendencies.independent(aspects()), at_stake=1.0)
    for place in range(3):
        found = edge(alone, f"a{place}")
        assert 0.0 < found.evoi <= gains(alone).evoi[place] + 1e-9
        assert found.eig <= gains(alone).eig[place] + 1e-9
    unsure = belief.believed("a0", "y", 0.6)
    assert edge(unsure, "a0").value == 2
    assert edge(unsure, "a0").chance == pytest.approx(0.6)
    assert edge(belief.believed("a0", "y", 0.98), "a0").evoi < edge(unsure, "a0").evoi


def test_a_rival_draft_pays_more_the_more_is_open() -> None:
    few = Belief.of(Tendencies.independent(aspects((3,) * 2)), at_stake=2.0)
    many = Belief.of(Tendencies.independent(aspects((3,) * 20)), at_stake=2.0)
    assert rival(many, np.ones(20)) > rival(few, np.ones(2)) > 0.0
    assert rival(many, np.zeros(20)) == 0.0


def test_a_reply_departs_from_what_suits_people_at_large_only_for_a_gain() -> None:
    known = two_types()
    belief = Belief.of(known)
    usual = belief.best()
    assert belief.best(caution=0.0).keys() == usual.keys()
    leaning = belief.leaning("a1", [1.0, 1.0])
    assert leaning.best() == usual
    other = "w" if usual["a1"] == "x" else "x"
    assert belief.believed("a1", other, 0.52).best()["a1"] == usual["a1"]
    assert belief.believed("a1", other, 0.9).best()["a1"] == other


def test_an_ordered_aspect_is_hedged_in_the_middle() -> None:
    plain = Belief.of(Tendencies.independent(aspects(ordered=True)))
    assert plain.best()["a0"] == "x"
    assert plain.told("a0", "y").best()["a0"] == "y"


def test_what_is_not_there_is_named() -> None:
    belief = Belief.of(two_types())
    with pytest.raises(NotFoundError, match="'b'"):
        belief.told("b", "x")
    with pytest.raises(NotFoundError, match="'q'"):
        belief.told("a0", "q")
    with pytest.raises(InputError, match="positive"):
        belief.leaning("a0", [1.0, 0.0, math.nan])
    with pytest.raises(InputError, match="2 positive"):
        belief.leaning("a1", [1.0, 1.0, 1.0])
    with pytest.raises(InputError, match="probability"):
        Answering(slip=1.5)
    with pytest.raises(InputError, match="not to mind"):
        Answering(candour=0.1, shrug=0.5)
