"""Profiles that are drawn: sparse, correlated, valid, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.simulators.prefdisco.people import Recipe
from penchant.simulators.profiles import generate_profiles, load_profiles, profiles_to_yaml


def test_few_of_many_aspects_matter_and_unequally() -> None:
    profiles = generate_profiles(80, seed=2)
    sizes = [len(each.preferences) for each in profiles]
    assert (min(sizes), max(sizes)) == (3, 6)
    heaviest = [max(each.shares.values()) for each in profiles]
    assert np.mean(heaviest) > 0.4
    assert {each.domain for each in profiles} == {"travel", "food", "learning", "shopping"}
    assert {each.temperament.talk for each in profiles} == {"terse", "chatty"}
    assert any(each.changes for each in profiles)


def test_the_same_seed_draws_the_same_and_another_others() -> None:
    assert generate_profiles(6, seed=1) == generate_profiles(6, seed=1)
    assert generate_profiles(6, seed=1)[:3] == generate_profiles(3, seed=1)
    one, two = generate_profiles(6, seed=1), generate_profiles(6, seed=1, group=4)
    assert not {each.id for each in one} & {each.id for each in two}
    assert [each.preferences for each in one] != [each.preferences for each in two]


def test_wants_go_together_as_far_as_the_recipe_says() -> None:
    def together(correlation: float) -> float:
        recipe = Recipe(correlation=correlation, mattering=(24, 24))
        drawn = [p for p in generate_profiles(1200, seed=0, recipe=recipe) if p.domain == "food"]
        wants = np.array(
            [[o.options.index(o.wants) for o in p.preferences if o.ordered] for p in drawn], float
        )
        found = np.abs(np.corrcoef(wants.T) - np.eye(wants.shape[1]))
        return float(np.sort(found.ravel())[-10:].mean())

    assert together(0.8) > together(0.0) + 0.2


def test_what_is_drawn_can_be_written_and_read(tmp_path: Path) -> None:
    profiles = generate_profiles(40, seed=5)
    file = tmp_path / "drawn.yaml"
    file.write_text(profiles_to_yaml(profiles), encoding="utf-8")
    assert load_profiles(file) == profiles


def test_none_is_refused() -> None:
    with pytest.raises(InputError, match="count is 0"):
        generate_profiles(0, seed=1)
