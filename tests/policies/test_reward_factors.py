"""How much each attribute counts in what was chosen."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.policies.reward.factors import Factor, factors, leanings, rank_agreement


def test_tau_counts_pairs_for_and_against_and_passes_over_what_hardly_differs() -> None:
    rows = np.array([[1.0, 0.05, -1.0, 9.0]] * 6 + [[-1.0, 0.0, -2.0, 9.0]] * 2)
    strongest, weaker, none = factors(rows, ("length", "emoji", "formal"))
    assert strongest[:5] == ("formal", -1.0, 0, 8, 8)
    assert strongest.chance == pytest.approx(2 / 2**8)
    assert weaker[:5] == ("length", 0.5, 6, 2, 8)
    assert weaker.chance == pytest.approx(0.289, abs=1e-3)
    assert none == ("emoji", 0.0, 0, 0, 8, 1.0)
    assert factors(rows[:0], ("length",)) == ()


def factor(
    attribute: str, more: int, less: int, *, pairs: int = 20, chance: float = 0.01
) -> Factor:
    return Factor(attribute, (more - less) / pairs, more, less, pairs, chance)


def test_the_agent_leans_where_its_drafts_go_against_sure_choices() -> None:
    user = [
        factor("length", 1, 15),
        factor("warm", 12, 2),
        factor("formal", 2, 14),
        factor("lists", 0, 3),
        factor("emoji", 3, 9, chance=0.15),
    ]
    agent = [factor(name, 18, 2) for name in ("length", "warm", "lists", "emoji")]
    agent.append(factor("formal", 10, 10))
    found = leanings(user, agent)
    assert [each.attribute for each in found] == ["length", "formal"]
    assert found[0].gap == pytest.approx(1.5)
    assert leanings(user, []) == ()


def test_rankings_are_compared_over_what_both_know() -> None:
    user = [factor("a", 9, 0), factor("b", 5, 0), factor("c", 0, 5), factor("d", 0, 9)]
    assert rank_agreement(user, user[::-1]) == pytest.approx(1.0)
    turned = [each._replace(tau=-each.tau) for each in user]
    assert rank_agreement(user, turned) == pytest.approx(-1.0)
    assert rank_agreement(user, user[:1]) is None
    assert rank_agreement(user, [each._replace(tau=0.0) for each in user]) is None
