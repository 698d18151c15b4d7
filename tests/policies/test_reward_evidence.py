"""Observed events as comparisons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penchant.memory.types import (
    Answer,
    Choice,
    Edit,
    Evidence,
    Observation,
    Rating,
    Reaction,
    Statement,
)
from penchant.policies.reward import choice_pairs, comparisons, edit_pair


def events(*observations: Observation) -> list[Evidence]:
    return [
        Evidence(
            id=str(place),
            user_id="ana",
            observation=observation,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for place, observation in enumerate(observations)
    ]


def test_an_edit_prefers_what_was_written() -> None:
    (pair,) = edit_pair(Edit(before="long", after="short"))
    assert (pair.preferred, pair.other, pair.weight, pair.flip) == ("short", "long", 1.0, 0.0)
    assert edit_pair(Edit(before="same", after=" same\n")) == ()


def test_a_choice_prefers_the_pick_to_each_other() -> None:
    pairs = choice_pairs(Choice(shown=("a", "b", "c", "b"), picked=1), evidence_id="e")
    assert [(pair.preferred, pair.other) for pair in pairs] == [("b", "a"), ("b", "c")]
    assert {pair.evidence_id for pair in pairs} == {"e"}


@pytest.mark.parametrize("picked", [None, -1, 2])
def test_no_pick_says_nothing(picked: int | None) -> None:
    assert choice_pairs(Choice(shown=("a", "b"), picked=picked)) == ()


def test_ratings_and_reactions_are_compared_with_earlier_ones() -> None:
    pairs = comparisons(
        events(
            Rating(text="good", value=1.0),
            Rating(text="also good", value=1.0),
            Reaction(reply="bad", text="no", sentiment="dissatisfied"),
        )
    )
    assert {(pair.preferred, pair.other) for pair in pairs} == {
        ("good", "bad"),
        ("also good", "bad"),
    }
    assert all(0 < pair.weight < 1 and pair.flip > 0 for pair in pairs)


def test_words_alone_compare_nothing() -> None:
    assert (
        comparisons(
            events(
                Statement(text="I like soup"),
                Answer(question="q", aspect="diet", value="vegan"),
                Rating(text="one", value=0.5),
            )
        )
        == ()
    )


def test_removing_an_event_removes_all_of_it() -> None:
    given = events(
        Edit(before="a", after="b"),
        Rating(text="c", value=1.0),
        Rating(text="d", value=-1.0),
        Choice(shown=("e", "f"), picked=0),
    )
    assert len(comparisons(given)) == 3
    assert len(comparisons(given[:1] + given[2:])) == 2
    assert {pair.evidence_id for pair in comparisons(given)} == {"0", "2", "3"}
