"""Observed events as comparisons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
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
    Strength,
)
from penchant.models import HashEmbedder
from penchant.policies.reward import (
    SOURCES,
    STRENGTHS,
    TextFeatures,
    choice_pairs,
    comparisons,
    edit_pair,
    fit,
    repair_pair,
    weak_no,
)


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
    assert (pair.preferred, pair.other, pair.weight, pair.flip) == ("short", "long", 1.0, 0.02)
    assert edit_pair(Edit(before="same", after=" same\n")) == ()


def test_a_choice_prefers_the_pick_to_each_other() -> None:
    pairs = choice_pairs(Choice(shown=("a", "b", "c", "b"), picked=1), evidence_id="e")
    assert [(pair.preferred, pair.other) for pair in pairs] == [("b", "a"), ("b", "c")]
    assert {pair.evidence_id for pair in pairs} == {"e"}


@pytest.mark.parametrize("picked", [-1, 2])
def test_a_pick_of_nothing_shown_says_nothing(picked: int) -> None:
    assert choice_pairs(Choice(shown=("a", "b"), picked=picked)) == ()


def test_refused_and_ignored_texts_lost_to_an_ordinary_one() -> None:
    refused = choice_pairs(Choice(shown=("a", "b", "a", " "), picked=None), evidence_id="e")
    ignored = choice_pairs(Choice(shown=("a", "b"), picked=None, ignored=True), evidence_id="e")
    for pairs in (refused, ignored):
        assert [(pair.preferred, pair.other) for pair in pairs] == [("", "a"), ("", "b")]
        assert {pair.evidence_id for pair in pairs} == {"e"}
    assert all(weak.flip > clear.flip for weak, clear in zip(ignored, refused, strict=True))


@pytest.mark.parametrize("liked", [0.0, 0.2, 0.5, 0.9])
def test_an_ignored_text_has_the_likelihood_of_nbpo_but_for_a_constant(liked: float) -> None:
    pair = weak_no("a", liked=liked)
    scores = np.linspace(-6.0, 6.0, 25)
    sigma = 1 / (1 + np.exp(-scores))
    # The text is the one that lost, so that its score enters with the other sign.
    ours = -pair.weight * np.log(pair.flip + (1 - 2 * pair.flip) * (1 - sigma))
    published = -np.log(1 - (1 - liked) * sigma)
    assert ours - published == pytest.approx(np.full(25, -np.log(1 - pair.flip)))


def test_an_ignored_text_pulls_less_than_a_refused_one() -> None:
    features = TextFeatures(HashEmbedder())
    shown = ("Bake a fish pie with leeks tonight.", "Grill a whole trout with lemon and dill.")
    row = features.transform(shown[:1])

    def utility(choice: Choice) -> float:
        return float(fit(features, choice_pairs(choice)).utility(row).mean[0])

    ignored = utility(Choice(shown=shown, picked=None, ignored=True))
    refused = utility(Choice(shown=shown, picked=None))
    assert refused < ignored < 0.0
    assert ignored > 0.6 * refused


def test_a_repair_that_met_no_objection_beats_what_it_repaired() -> None:
    accepted = Reaction(
        reply="short", text="thanks", sentiment="satisfied", category="thanks", instead_of="long"
    )
    (pair,) = comparisons(events(accepted))
    assert (pair.preferred, pair.other) == ("short", "long")
    unopposed = Reaction(reply="short", text="next", sentiment="satisfied", instead_of="long")
    (weaker,) = repair_pair(unopposed)
    assert weaker.flip > pair.flip
    # Going on in silence is no rating of the repair.
    rated = comparisons(events(Rating(text="bad", value=-1.0), unopposed))
    assert [(pair.preferred, pair.other) for pair in rated] == [("short", "long")]
    again = Reaction(reply="short", text="no", sentiment="dissatisfied", instead_of="long")
    assert repair_pair(again) == ()


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


@pytest.mark.parametrize("reader", ["embedder", "follow_ups"])
def test_a_guessed_reaction_is_a_source_of_its_own_and_the_weaker_side_counts(
    reader: Literal["embedder", "follow_ups"],
) -> None:
    guessed = Reaction(reply="bad", text="hm", sentiment="dissatisfied", reader=reader)
    (pair,) = comparisons(events(Rating(text="good", value=1.0), guessed))
    assert (pair.preferred, pair.source) == ("good", f"reaction_{reader}")
    assert pair.flip == SOURCES[f"reaction_{reader}"].flip > SOURCES["reaction"].flip
    (again,) = comparisons(
        events(guessed, Reaction(reply="good", text="thanks", sentiment="satisfied"))
    )
    assert again.source == f"reaction_{reader}"


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


@pytest.mark.parametrize(
    ("strength", "target", "weight"),
    [
        (None, 1.0, 1.0),
        ("much better", 1.0, 2.0),
        ("better", 1.0, 1.0),
        ("slightly better", 0.75, 1.0),
        ("about the same", 0.5, 1.0),
    ],
)
def test_a_strength_is_a_soft_target(
    strength: Strength | None, target: float, weight: float
) -> None:
    pairs = choice_pairs(Choice(shown=("a", "b", "c"), picked=1, strength=strength))
    assert {(pair.target, pair.weight) for pair in pairs} == {(target, weight)}
    assert STRENGTHS[strength or "better"] == (target, weight)


def test_strengths_pull_in_their_order() -> None:
    features = TextFeatures(HashEmbedder())
    shown = ("Bake a fish pie with leeks tonight.", "Grill a whole trout with lemon and dill.")
    row = features.compare(shown[:1], shown[1:])

    def gap(strength: Strength) -> float:
        pairs = choice_pairs(Choice(shown=shown, picked=0, strength=strength))
        return float(fit(features, pairs).utility(row).mean[0])

    gaps = [gap(each) for each in ("about the same", "slightly better", "better", "much better")]
    assert gaps[0] == pytest.approx(0.0, abs=1e-9)
    assert gaps == sorted(gaps)
    assert len(set(gaps)) == 4


def test_where_all_are_about_the_same_each_is_tied_with_each() -> None:
    tied = choice_pairs(Choice(shown=("a", "b", "c"), picked=None, strength="about the same"))
    assert [(pair.preferred, pair.other) for pair in tied] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {pair.target for pair in tied} == {0.5}
    assert sum(pair.weight for pair in tied) == pytest.approx(2.0)
    assert choice_pairs(Choice(shown=("a", "a"), picked=None, strength="about the same")) == ()


def test_what_a_judge_or_another_system_says_is_a_source_of_its_own() -> None:
    shown = ("a", "b")
    (judged,) = comparisons(events(Choice(shown=shown, picked=0, judge="a model")))
    assert (judged.source, judged.flip) == ("judge", SOURCES["judge"].flip)
    (event,) = events(Choice(shown=shown, picked=0))
    (imported,) = comparisons([replace(event, source="import")])
    assert (imported.source, imported.flip) == ("imported", SOURCES["imported"].flip)
    (own,) = comparisons([event])
    assert (own.source, own.flip) == ("choice", SOURCES["choice"].flip)


def test_each_comparison_of_an_event_has_a_key_of_its_own() -> None:
    found = comparisons(
        events(
            Choice(shown=("a", "b", "c"), picked=2),
            Choice(shown=("a", "b"), picked=None),
            Choice(shown=("a", "b", "c"), picked=None, strength="about the same"),
            Edit(before="a", after="b"),
            Rating(text="a", value=1.0),
            Rating(text="b", value=-1.0),
            Reaction(
                reply="c", text="ta", sentiment="satisfied", category="thanks", instead_of="d"
            ),
        )
    )
    keys = [(pair.evidence_id, pair.key) for pair in found]
    assert len(set(keys)) == len(keys)
    crossed = {(pair.evidence_id, pair.against_id) for pair in found if pair.against_id}
    assert crossed == {("5", "4"), ("6", "5"), ("6", "4")}
    assert all(pair.key == f"rating:{pair.against_id}" for pair in found if pair.against_id)
