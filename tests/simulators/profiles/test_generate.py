"""Profiles that are drawn: sparse, correlated, valid, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.simulators.prefdisco.people import Recipe, World
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


def test_they_are_the_people_of_the_world_that_correlates_their_wants() -> None:
    recipe = Recipe(correlation=0.8, mattering=(4, 4))
    profiles = generate_profiles(8, seed=6, recipe=recipe)
    people = World(recipe, seed=6).people(8, group=3)
    for profile, person in zip(profiles, people, strict=True):
        wanted = {
            aspect.key: aspect.values[int(place)]
            for aspect, place, weight in zip(
                person.task.aspects, person.wanted, person.weights, strict=True
            )
            if weight > 0
        }
        assert {each.aspect: each.wants for each in profile.preferences} == wanted
        assert profile.temperament.noise == recipe.slip


def test_what_is_drawn_can_be_written_and_read(tmp_path: Path) -> None:
    profiles = generate_profiles(40, seed=5)
    file = tmp_path / "drawn.yaml"
    file.write_text(profiles_to_yaml(profiles), encoding="utf-8")
    assert load_profiles(file) == profiles


def test_none_is_refused() -> None:
    with pytest.raises(InputError, match="count is 0"):
        generate_profiles(0, seed=1)
