"""Choices that go in circles."""

from __future__ import annotations

import subprocess
import sys

from penchant.policies.reward import Comparison
from penchant.policies.reward.cycles import cycles


def better(one: str, other: str, event: str, **more: float) -> Comparison:
    return Comparison(preferred=one, other=other, evidence_id=event, **more)


def test_a_circle_of_three_is_found_with_its_events() -> None:
    found = cycles([
        better("rock", "scissors", "1"),
        better("scissors", "paper", "2"),
        better("paper", "rock", "3"),
        better("rock", "water", "4"),
    ])  # fmt: skip
    (circle,) = found
    assert circle.texts == ("paper", "rock", "scissors")
    assert set(circle.evidence_ids) == {"1", "2", "3"}
    assert circle.weight == 1.0


def test_a_plain_contradiction_is_a_circle_of_two() -> None:
    (circle,) = cycles([
        better("Tea", "coffee", "1"), better("coffee", "tea ", "2"), better("coffee", "milk", "3"),
    ])  # fmt: skip
    assert set(circle.texts) == {"Tea", "coffee"}
    assert set(circle.evidence_ids) == {"1", "2"}


def test_orders_ties_and_identical_texts_are_no_circles() -> None:
    assert cycles([]) == ()
    assert cycles([better("a", "b", "1"), better("b", "c", "2"), better("a", "c", "3")]) == ()
    assert cycles([better("a", "b", "1"), better("b", "a", "2", target=0.5)]) == ()
    assert cycles([better("a", "A", "1")]) == ()


def test_what_was_said_more_often_wins_before_circles_are_looked_for() -> None:
    seen = [better("a", "b", "1"), better("b", "c", "2"), better("c", "a", "3")]
    found = cycles([*seen, better("a", "c", "4"), better("a", "c", "5")])
    assert [set(each.texts) for each in found] == [{"a", "c"}]
    # A target below one half says that the other was better.
    (turned,) = cycles([*seen[:2], better("a", "c", "6", target=0.0)])
    assert set(turned.texts) == {"a", "b", "c"}


def test_short_and_heavy_circles_come_first_and_long_ones_can_be_left_out() -> None:
    ring = [better(str(n), str((n + 1) % 4), f"ring {n}") for n in range(4)]
    heavy = [better(a, b, f"{a}{b}", weight=2.0) for a, b in ("xy", "yz", "zx")]
    light = [better(a, b, f"{a}{b}", weight=0.5) for a, b in ("uv", "vw", "wu")]
    found = cycles([*ring, *light, *heavy])
    assert [len(each.texts) for each in found] == [3, 3, 4]
    assert found[0].weight == 2.0
    assert len(cycles(ring, longest=3)) == 0


def test_hundreds_of_contradictory_pairs_are_bounded() -> None:
    texts = [f"text {n}" for n in range(30)]
    seen = [
        better(one, other, f"{one}/{other}")
        for place, one in enumerate(texts)
        for step in (1, 2, 5, 7)
        for other in [texts[(place + step) % 30]]
    ]
    assert len(cycles(seen)) == 20


def test_graphs_are_loaded_only_where_they_are_needed() -> None:
    script = (
        "import sys; from penchant.policies.reward import Comparison;"
        "from penchant.policies.reward.cycles import cycles;"
        "cycles([Comparison(preferred='a', other='b'), Comparison(preferred='b', other='a')]);"
        "assert 'networkx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
