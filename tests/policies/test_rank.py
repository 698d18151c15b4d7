"""Ordering candidates for one user."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.memory.types import Preference
from penchant.models.hash_embedder import HashEmbedder
from penchant.models.types import Usage
from penchant.policies.constraints import Pair, Ruling
from penchant.policies.rank import by_constraints, rank, ruled
from penchant.policies.reward import Comparison, TextFeatures, fit
from penchant.policies.types import Candidate, MemoryEffect, Ranked, Unchecked, Violation

FEATURES = TextFeatures(HashEmbedder(16))
SHORT, LONG = "Soup, then.", "One might consider preparing a rather elaborate soup today. " * 6
BRIEF = fit(FEATURES, [Comparison(preferred=SHORT, other=LONG)] * 3)
LENGTHY = fit(FEATURES, [Comparison(preferred=LONG, other=SHORT)] * 3)
UNKNOWN = fit(FEATURES, [])
VEGETARIAN = Preference(
    id="diet",
    user_id="ana",
    description="is vegetarian",
    polarity="like",
    hard=True,
    strength=1.0,
    origin="stated",
    confidence=1.0,
    scope=None,
    aspect="diet",
    value="vegetarian",
    evidence_ids=(),
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_to=None,
    supersedes=None,
)


def candidates(*texts: str) -> list[Candidate]:
    return [Candidate(text=text) for text in texts]


def test_opposed_users_get_opposed_orders() -> None:
    given = candidates("Go now.", "It would, on balance, seem advisable to go at some point. " * 5)
    assert [each.index for each in rank(BRIEF, FEATURES, given)] == [0, 1]
    assert [each.index for each in rank(LENGTHY, FEATURES, given)] == [1, 0]


def test_hard_constraints_come_first() -> None:
    given = candidates("Beef.", LONG, "Chicken, quick.")
    ranked = rank(BRIEF, FEATURES, given, [VEGETARIAN])
    assert ranked[0].index == 1
    assert ranked[0].violations == ()
    assert {each.violations[0].found for each in ranked[1:]} == {"Beef", "Chicken"}
    assert ranked[0].score < max(each.score for each in ranked[1:])


def test_contributions_sum_to_the_utility() -> None:
    for each in rank(BRIEF, FEATURES, candidates(SHORT, LONG, "Stew!")):
        assert sum(each.contributions.values()) == pytest.approx(each.utility, abs=1e-9)
        assert list(each.contributions)[-1] == "other"
        assert each.sd > 0


def test_memories_are_told_of_whatever_place_a_candidate_has() -> None:
    given = candidates(LONG, SHORT, "Stew!")
    texts = [each.text for each in given]
    rows = FEATURES.transform(given)

    def explain(shown: np.ndarray) -> list[tuple[MemoryEffect, ...]]:
        centred = rows - rows.mean(axis=0)
        found = [int(np.argmin(np.abs(centred - row).sum(axis=1))) for row in shown]
        return [
            (MemoryEffect(id=texts[at], kind="evidence", description="", effect=1.0),)
            for at in found
        ]

    for each in rank(BRIEF, FEATURES, given, explain=explain):
        assert each.memories[0].id == each.candidate.text
    assert all(each.memories == () for each in rank(BRIEF, FEATURES, given))


def test_exploring_changes_the_order_and_not_the_scores() -> None:
    given = candidates(*(f"Idea number {number}." for number in range(8)))
    plain = rank(UNKNOWN, FEATURES, given)
    drawn = rank(UNKNOWN, FEATURES, given, explore=True, seed=3)
    assert drawn == rank(UNKNOWN, FEATURES, given, explore=True, seed=3)
    assert {each.index: each.score for each in drawn} == {each.index: each.score for each in plain}
    orders = {
        tuple(each.index for each in rank(UNKNOWN, FEATURES, given, explore=True, seed=seed))
        for seed in range(6)
    }
    assert len(orders) > 3
    refused = rank(UNKNOWN, FEATURES, candidates("Beef.", *"abc"), [VEGETARIAN], explore=True)
    assert refused[-1].candidate.text == "Beef."


def test_what_words_cannot_decide_is_unchecked_until_it_is_judged() -> None:
    oven = replace(
        VEGETARIAN,
        id="oven",
        description="never anything that needs an oven",
        polarity="dislike",
        aspect=None,
        value=None,
    )
    given = candidates("Bake a pie.", "Boil an egg.", "Grill beef.")
    ranked = rank(UNKNOWN, FEATURES, given, [VEGETARIAN, oven])
    assert [each.index for each in ranked] == [0, 1, 2]
    assert {each.unchecked[0].preference_id for each in ranked} == {"oven"}
    assert "no chat model" in ranked[0].unchecked[0].reason

    ruling = Ruling({Pair(0, "oven"): True, Pair(1, "oven"): False}, {}, Usage(calls=1))
    judged = ruled(ranked, ruling)
    assert [each.index for each in judged] == [1, 0, 2]
    assert judged[0].violations == judged[0].unchecked == ()
    assert [each.preference_id for each in judged[1].violations] == ["oven"]
    assert judged[1].violations[0].found == ""
    # The third was not asked about.
    assert judged[2].unchecked[0].preference_id == "oven"

    failed = ruled(ranked, Ruling({}, {Pair(1, "oven"): "it is down"}, Usage(calls=1)))
    assert [each.unchecked[0].reason == "it is down" for each in failed] == [False, True, False]


def test_what_may_break_a_rule_stands_between_what_does_and_what_does_not() -> None:
    unsure = Unchecked(preference_id="p", description="d", reason="r")
    one, two, three = (
        Ranked(
            candidate=Candidate(text=str(place)),
            index=place,
            score=0.5,
            utility=0.0,
            sd=0.0,
            contributions={},
            violations=broken,
            unchecked=unchecked,
        )
        for place, (broken, unchecked) in enumerate(
            [
                ((Violation(preference_id="v", description="d", found="x", start=0, end=1),), ()),
                ((), (unsure,)),
                ((), ()),
            ]
        )
    )
    assert by_constraints([one, two, three]) == (three, two, one)


def test_without_evidence_the_given_order_stays() -> None:
    ranked = rank(UNKNOWN, FEATURES, candidates("c", LONG, "a", "b"))
    assert [each.index for each in ranked] == [0, 1, 2, 3]
    assert {each.score for each in ranked} == {0.5}


def test_an_only_candidate_is_even() -> None:
    (only,) = rank(BRIEF, FEATURES, candidates(SHORT))
    assert only.score == 0.5
    assert only.utility > 0


def test_duplicates_stay_together_in_their_order() -> None:
    ranked = rank(BRIEF, FEATURES, candidates(LONG, SHORT, LONG, SHORT))
    assert [each.index for each in ranked] == [1, 3, 0, 2]
    assert ranked[0].score == pytest.approx(ranked[1].score)


def test_candidates_that_say_nothing_come_last() -> None:
    ranked = rank(BRIEF, FEATURES, candidates("", LONG, " "))
    assert [each.index for each in ranked] == [1, 0, 2]
    captionless = Candidate(text="", embedding=HashEmbedder(16).embed(["stew"])[0])
    assert rank(UNKNOWN, FEATURES, [*candidates(""), captionless])[0].index == 1


def test_many_candidates_are_ordered_as_a_few_would_be() -> None:
    given = candidates(*(f"Take {number} steps. " * (number % 40 + 1) for number in range(600)))
    ranked = rank(BRIEF, FEATURES, given)
    assert sorted(each.index for each in ranked) == list(range(600))
    few = [ranked[place].candidate for place in (599, 300, 0)]
    assert [each.index for each in rank(BRIEF, FEATURES, few)] == [2, 1, 0]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40), min_size=2, max_size=8))
def test_scores_are_finite_and_even_out(texts: list[str]) -> None:
    ranked = rank(BRIEF, FEATURES, candidates(*texts), [VEGETARIAN])
    assert all(0 <= each.score <= 1 and math.isfinite(each.utility) for each in ranked)
    assert sum(each.score for each in ranked) == pytest.approx(len(texts) / 2)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        rank(BRIEF, FEATURES, [])
    with pytest.raises(InputError, match="fit it again"):
        rank(BRIEF, FEATURES.with_app_features(["price"]), candidates("a"))
    priced = FEATURES.with_app_features(["price"])
    with pytest.raises(InputError, match="'price'"):
        rank(
            fit(priced, []),
            priced,
            [Candidate(text="a"), Candidate(text="b", features={"price": math.nan})],
        )
    with pytest.raises(InputError, match="between -1 and 1"):
        rank(fit(priced, []), priced, [Candidate(text="a", features={"price": 1e200})])
