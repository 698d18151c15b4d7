"""Ordering candidates for one user."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.memory.types import Preference
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.rank import rank
from penchant.policies.reward import Comparison, TextFeatures, fit
from penchant.policies.types import Candidate

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
        assert sum(each.contributions.values()) == pytest.approx(each.utility)
        assert list(each.contributions)[-1] == "other"
        assert each.sd > 0


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
