"""Mender's test on the written catalogues."""

from __future__ import annotations

from penchant.models.embedder import OnnxEmbedder
from penchant.models.hash_embedder import HashEmbedder
from penchant.simulators.steering import run_steering
from penchant.simulators.steering.track import shelves


def test_every_theme_that_a_case_names_is_true_of_something() -> None:
    for shelf in shelves():
        assert len(set(shelf.items)) == len(shelf.items)
        for case in shelf.cases:
            assert case.up or case.down
            for theme in (case.up, case.down):
                assert not theme or len(shelf.about(theme)) >= 1
    assert [shelf.chosen_on for shelf in shelves()] == [True, True, False, False]


def test_rankings_follow_what_is_asked_of_them(minilm: OnnxEmbedder) -> None:
    found = run_steering(minilm, users=3, seed=1)
    figures = found.figures
    assert figures["add_mrr_gain"] > 0.2
    assert figures["negate_mrr_loss"] > 0.05
    assert figures["swap_flip_rate"] > 0.9
    assert figures["add_right_way"] > 0.85
    assert [row["catalogue"] for row in found.rows] == [shelf.name for shelf in shelves()]


def test_an_embedder_that_knows_no_meaning_follows_hardly(minilm: OnnxEmbedder) -> None:
    floor = run_steering(HashEmbedder(64), users=2).figures
    real = run_steering(minilm, users=2).figures
    for name in ("add_mrr_gain", "swap_flip_rate"):
        assert floor[name] < real[name]


def test_a_run_is_that_of_its_seed() -> None:
    assert run_steering(HashEmbedder(16), users=1, seed=3) == run_steering(
        HashEmbedder(16), users=1, seed=3
    )
