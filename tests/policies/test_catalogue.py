"""Catalogues: described once, filtered, steered, ranked."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from penchant.errors import InputError
from penchant.memory import Memory
from penchant.memory.types import Choice, Preference
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.catalogue import Catalogue, Where, read_where
from penchant.policies.constraints import violations
from penchant.policies.personal import PersonalReward
from penchant.policies.rank import rank
from penchant.policies.reward import Posterior, Stated, TextFeatures, fit_rows
from penchant.policies.types import Candidate


class Counting(HashEmbedder):
    """Counts the texts that it embeds."""

    def __init__(self) -> None:
        super().__init__(256)
        self.count = 0

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        self.count += len(texts)
        return super().embed(texts)


FEATURES = TextFeatures(HashEmbedder(256))
DISHES = ["Beef stew", "Lentil soup", "Chicken pie", "Tofu with rice", "Nut roast", "Fish soup"]


def taught(features: TextFeatures, **weights: float) -> Posterior:
    said = [Stated(name, value, 0.3, name) for name, value in weights.items()]
    return fit_rows(features, np.zeros((0, features.dimension)), observed=said)


def preference(description: str, *, value: str | None = None, aspect: str | None = None):
    return Preference(
        id=description,
        user_id="ana",
        description=description,
        polarity="dislike" if description.startswith("never") else "like",
        hard=True,
        strength=1.0,
        origin="stated",
        confidence=1.0,
        scope=None,
        aspect=aspect,
        value=value,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


VEGETARIAN = preference("is vegetarian", value="vegetarian", aspect="diet")


def test_items_rank_as_candidates_do() -> None:
    texts = [f"Take {number} careful steps. " * (number % 7 + 1) for number in range(40)]
    items = [Candidate(text=text) for text in texts]
    rows = np.random.default_rng(0).normal(size=(12, FEATURES.dimension))
    posterior = fit_rows(FEATURES, rows)
    found = Catalogue(texts, FEATURES).rank(posterior)
    expected = rank(posterior, FEATURES, items)
    assert [each.index for each in found.ranked] == [each.index for each in expected]
    for one, other in zip(found.ranked, expected, strict=True):
        assert one.score == pytest.approx(other.score)
        assert one.utility == pytest.approx(other.utility)
        assert one.sd == pytest.approx(other.sd)
        assert one.contributions == pytest.approx(other.contributions)
    assert (found.left, found.filtered, found.forbidden) == (40, 0, 0)
    few = Catalogue(texts, FEATURES).rank(posterior, limit=3)
    assert [each.index for each in few.ranked] == [each.index for each in expected[:3]]
    assert few.left == 40


def test_what_breaks_a_rule_is_left_out_and_counted() -> None:
    catalogue = Catalogue(DISHES, FEATURES)
    found = catalogue.rank(taught(catalogue.features), [VEGETARIAN])
    assert {each.candidate.text for each in found.ranked} == {
        "Lentil soup", "Tofu with rice", "Nut roast",
    }  # fmt: skip
    assert (found.left, found.forbidden) == (3, 3)
    most = preference("never more than 2 words")
    assert catalogue.rank(taught(catalogue.features), [most]).forbidden == 1
    oven = preference("never anything that needs an oven", value="anything that needs an oven")
    assert catalogue.rank(taught(catalogue.features), [oven]).ranked[0].unchecked


def test_no_item_that_breaks_a_rule_is_overlooked() -> None:
    words = ["beef", "bacon", "tofu", "walnuts", "prawns", "rice", "wine", "milk", "coriander"]
    rng = np.random.default_rng(0)
    texts = [" with ".join(rng.choice(words, size=3)) for _ in range(150)]
    catalogue = Catalogue(texts, FEATURES)
    for rule in (
        VEGETARIAN,
        preference("is vegan", value="vegan", aspect="diet"),
        preference("never cilantro", value="cilantro"),
        preference("never seafood", value="seafood"),
        preference("allergic to nuts", value="nut-allergy", aspect="avoid:nut-allergy"),
    ):
        found = catalogue.rank(taught(catalogue.features), [rule])
        breaking = {place for place, text in enumerate(texts) if violations(text, [rule])}
        assert breaking
        assert {each.index for each in found.ranked} == set(range(150)) - breaking


def test_conditions_filter_and_scaled_numbers_count() -> None:
    items = [
        Candidate(text=f"Plan {name}", id=name, features=features)
        for name, features in {
            "a": {"price": 12.0, "green": 1.0},
            "b": {"price": 30.0, "green": 0.0},
            "c": {"price": 21.0, "green": 1.0},
            "d": {"green": 1.0},
        }.items()
    ]
    catalogue = Catalogue(items, FEATURES)
    thrifty = taught(catalogue.features, price=-2.0)
    found = catalogue.rank(thrifty, where=["price <= 21", Where("green", "=", 1.0)])
    assert [each.candidate.id for each in found.ranked] == ["a", "c"]
    assert (found.left, found.filtered) == (2, 2)
    assert catalogue.rank(thrifty).ranked[0].contributions["price"] > 0
    # One without a price counts as of an average one.
    order = [each.candidate.id for each in catalogue.rank(thrifty).ranked]
    assert (order[0], set(order[1:3]), order[3]) == ("a", {"c", "d"}, "b")
    assert all(abs(each.utility) < 10 for each in catalogue.rank(thrifty).ranked)
    steered = catalogue.rank(taught(catalogue.features), steer="less price")
    assert steered.ranked[0].candidate.id == "a"
    assert catalogue.rank(thrifty, where=["price > 100"]).ranked == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price <= 20", Where("price", "<=", 20.0)),
        ("minutes<30", Where("minutes", "<", 30.0)),
        ("vegan = 1", Where("vegan", "=", 1.0)),
        ("star rating >= 4.5", Where("star rating", ">=", 4.5)),
    ],
)
def test_conditions_are_read(text: str, expected: Where) -> None:
    assert read_where(text) == expected


def test_steering_moves_items_and_says_how() -> None:
    catalogue = Catalogue(DISHES, FEATURES)
    posterior = taught(catalogue.features)
    more = catalogue.rank(posterior, steer="more soup")
    assert {each.candidate.text for each in more.ranked[:2]} == {"Lentil soup", "Fish soup"}
    less = catalogue.rank(posterior, steer="less soup")
    assert {each.candidate.text for each in less.ranked[-2:]} == {"Lentil soup", "Fish soup"}
    assert next(iter(more.ranked[0].contributions)) == "towards soup"
    for each in (*more.ranked, *less.ranked):
        assert sum(each.contributions.values()) == pytest.approx(each.utility, abs=1e-9)
        assert list(each.contributions)[-1] == "other"
    none = catalogue.rank(posterior, steer="no soup")
    assert none.forbidden == 2
    swapped = catalogue.rank(posterior, steer="swap soup for tofu")
    assert swapped.ranked[0].candidate.text == "Tofu with rice"
    assert catalogue.rank(posterior).ranked[0].contributions.keys().isdisjoint({"towards soup"})


def test_rows_are_kept_in_a_file(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "dishes.npz"
    posterior = fit_rows(FEATURES, np.random.default_rng(0).normal(size=(5, FEATURES.dimension)))

    def ranked(items: list[str]) -> tuple[list[int], int]:
        embedder = Counting()
        features = TextFeatures(embedder)
        catalogue = Catalogue(items, features, cache=cache)
        return [each.index for each in catalogue.rank(posterior).ranked], embedder.count

    first, embedded = ranked(DISHES)
    # What the axes are read off is embedded once, too.
    of_axes = embedded - len(DISHES)
    assert ranked(DISHES) == (first, 0)
    more, embedded = ranked([*DISHES, "Onion tart"])
    assert len(more) == 7
    assert embedded == of_axes + 1
    assert ranked([*DISHES, "Onion tart"]) == (more, 0)
    cache.write_bytes(b"no such file")
    assert ranked(DISHES)[0] == first
    assert [path.name for path in cache.parent.iterdir()] == ["dishes.npz"]
    other = TextFeatures(HashEmbedder(16))
    assert len(Catalogue(DISHES, other, cache=cache)) == 6


def test_exploring_is_of_its_seed() -> None:
    catalogue = Catalogue(DISHES, FEATURES)
    posterior = taught(catalogue.features)

    def order(seed: int) -> list[int]:
        return [e.index for e in catalogue.rank(posterior, explore=True, seed=seed).ranked]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(5)}) > 2


def test_users_meet_the_same_catalogue_differently(tmp_path: Path) -> None:
    embedder = HashEmbedder(32)
    with Memory(tmp_path / "home", embedder) as memory:
        reward = PersonalReward(memory, embedder)
        catalogue = Catalogue(
            ["Go now.", "It would, on balance, be advisable to go at some point. " * 4],
            reward.features,
        )
        for user, picked in (("ana", 0), ("ben", 1)):
            shown = ("Soup, then.", "One might consider preparing a rather elaborate soup. " * 5)
            memory.record(user, Choice(shown=shown, picked=picked))
        ana, ben = (reward.select(user, catalogue).ranked for user in ("ana", "ben"))
        assert [each.index for each in ana] == [0, 1]
        assert [each.index for each in ben] == [1, 0]
        assert ana[0].memories[0].description.startswith("picked “Soup, then.”")


def test_bad_input_is_refused_and_edges_are_defined() -> None:
    catalogue = Catalogue(DISHES, FEATURES)
    with pytest.raises(InputError, match="empty"):
        Catalogue([], FEATURES)
    with pytest.raises(InputError, match=r"price.*'x'"):
        Catalogue([Candidate(text="a", id="x", features={"price": math.nan})], FEATURES)
    with pytest.raises(InputError, match="number 1"):
        Catalogue(["a", Candidate(text="b", features={"price": math.inf})], FEATURES)
    with pytest.raises(InputError, match="limit"):
        catalogue.rank(taught(FEATURES), limit=0)
    with pytest.raises(InputError, match="no item has a feature 'price'"):
        catalogue.rank(taught(FEATURES), where=["price < 3"])
    with pytest.raises(InputError, match="no condition"):
        catalogue.rank(taught(FEATURES), where=["cheap"])
    with pytest.raises(InputError, match="fit it with"):
        catalogue.rank(taught(FEATURES.with_app_features(["price"])))
    only = Catalogue(["Soup"], FEATURES).rank(taught(FEATURES), steer="more soup").ranked
    assert only[0].score == 0.5
    assert math.isfinite(only[0].utility)
    twice = Catalogue(["Soup", "Soup", " "], FEATURES).rank(taught(FEATURES), steer="soup").ranked
    assert sorted(each.index for each in twice) == [0, 1, 2]
    assert all(math.isfinite(each.score) for each in twice)
    same = [Candidate(text=t, features={"price": 5.0}) for t in "ab"]
    assert (
        Catalogue(same, FEATURES)
        .rank(taught(FEATURES.with_app_features(["price"])), steer="more price")
        .ranked
    )
