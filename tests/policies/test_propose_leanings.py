"""Directions for drafts out of a user's posterior."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.propose import Leaning, leanings, plan
from penchant.policies.propose.leanings import phrase_of, steerable
from penchant.policies.reward import Stated, TextFeatures, fit_rows
from penchant.policies.types import Reading

FEATURES = TextFeatures(HashEmbedder(8))
D = FEATURES.dimension


def taught(**ends: float) -> list[Stated]:
    names = {name.replace("_", " "): value for name, value in ends.items()}
    return [Stated(name, value, 0.3, name) for name, value in names.items()]


def test_every_attribute_that_can_be_asked_for_is_measured() -> None:
    assert set(steerable()) <= set(FEATURES.attributes)
    for name in steerable():
        assert phrase_of(name, 1) or phrase_of(name, -1)
    assert phrase_of("commas", 1) == ""


def test_the_first_leaning_is_what_the_user_likes() -> None:
    known = taught(length=-2.0, warm=2.0, lists=0.01, emoji=0.01)
    first, *rest = leanings(fit_rows(FEATURES, np.zeros((0, D)), observed=known), 4, seed=0)
    assert set(first.ends) == {("length", -1), ("warm", 1)}
    assert first.words in {"shorter, warm", "warm, shorter"}
    assert len({frozenset(each.ends) for each in (first, *rest)}) == 1 + len(rest)


def test_draws_differ_where_the_user_is_not_known_and_follow_their_seed() -> None:
    rows = np.random.default_rng(0).normal(size=(8, D))
    posterior = fit_rows(FEATURES, rows)
    found = leanings(posterior, 4, seed=1)
    assert len(found) == 4
    assert found == leanings(posterior, 4, seed=1)
    assert found[0] == leanings(posterior, 1, seed=9)[0]
    assert found != leanings(posterior, 4, seed=2)


def test_of_what_nobody_has_shown_anything_about_a_draw_says_nothing() -> None:
    known = taught(length=-2.0, warm=2.0, formal=-1.0, emoji=1.0)
    posterior = fit_rows(FEATURES, np.zeros((0, D)), observed=known)
    told = {name for each in leanings(posterior, 4, seed=0) for name, _ in each.ends}
    assert told <= {"length", "warm", "formal", "emoji"}


def test_too_little_evidence_gives_no_leanings() -> None:
    assert leanings(fit_rows(FEATURES, np.zeros((0, D))), 3, seed=0) == ()
    assert leanings(fit_rows(FEATURES, np.eye(D)[:3]), 3, seed=0) == ()
    assert leanings(fit_rows(FEATURES, np.eye(D)[:9]), 0, seed=0) == ()


@pytest.mark.parametrize("request_text", ["Any ideas for dinner?", "Explain entropy."])
def test_a_plan_leans(request_text: str) -> None:
    leaning = [
        Leaning(ends=(("length", -1), ("warm", 1))),
        Leaning(ends=(("lists", 1), ("length", 1))),
    ]
    plain = plan(request_text, k=3, recalled=[], reading=Reading(), request_kind=None)
    leant = plan(
        request_text, k=3, recalled=[], reading=Reading(), request_kind=None, leanings=leaning
    )
    first, second, third = leant.directions
    assert first.instruction.endswith(", warm")
    assert first.approach == "shorter, warm"
    assert "at most 18 words" in first.instruction or "at most 25 words" in first.instruction
    assert "list" in second.instruction or '"- "' in second.instruction
    assert third == plain.directions[2]
    assert leant.form == plain.form


def test_a_text_leans_in_tone_and_not_against_itself() -> None:
    (told, _) = plan(
        "Write an email to my landlord.",
        k=2,
        recalled=[],
        reading=Reading(),
        request_kind=None,
        leanings=[Leaning(ends=(("formal", -1),))],
    ).directions
    assert told.instruction == "the whole text, at most 90 words, casual"


@pytest.mark.parametrize("request_text", ["What is the capital of Peru?", "Hello!"])
def test_facts_and_small_talk_do_not_lean(request_text: str) -> None:
    leaning = [Leaning(ends=(("playful", 1),))]
    plain = plan(request_text, k=2, recalled=[], reading=Reading(), request_kind=None)
    leant = plan(
        request_text, k=2, recalled=[], reading=Reading(), request_kind=None, leanings=leaning
    )
    assert leant == plain
