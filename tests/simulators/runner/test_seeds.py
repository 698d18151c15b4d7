from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penchant.simulators.runner import EpisodeKey, derive


@given(st.integers(0, 2**40), st.lists(st.text(max_size=8), max_size=4))
def test_seeds_are_told_apart_by_every_part(seed: int, parts: list[str]) -> None:
    found = derive(seed, *parts)
    assert 0 <= found < 2**63
    assert found == derive(seed, *parts)
    assert found != derive(seed + 1, *parts)
    assert found != derive(seed, *parts, "")


def test_parts_do_not_run_together() -> None:
    assert derive(0, "a", "bc") != derive(0, "ab", "c")


def test_a_seed_is_the_same_on_every_machine() -> None:
    assert derive(0, EpisodeKey("prelude", "ours", "u", "t")) == 5689573792854346969
