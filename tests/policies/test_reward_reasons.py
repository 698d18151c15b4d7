"""Why somebody preferred a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penchant.memory.types import (
    Choice,
    Command,
    Edit,
    Evidence,
    Observation,
    Rating,
    Reaction,
)
from penchant.models import HashEmbedder
from penchant.policies.reward import (
    Axis,
    Reason,
    TextFeatures,
    attributes_named,
    reasons_in,
    reasons_observed,
)

FEATURES = TextFeatures(
    HashEmbedder(8), ["price"], more_axes=[Axis("spicy", "mild", "spicy", (("a", "b"),))]
)


def named(text: str, *, of_better: bool = True) -> dict[str, float]:
    return attributes_named(Reason(evidence_id="e", text=text, of_better=of_better), FEATURES)


@pytest.mark.parametrize("of_better", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("too long", {"length": -1.0}),
        ("It's way too wordy!", {"length": -1.0}),
        ("not too formal", {"formal": -1.0}),
        ("shorter", {"length": -1.0}),
        ("friendlier", {"warm": 1.0, "friendly": 1.0}),
        ("more concise, less jargon", {"length": -1.0, "hard words": -1.0}),
        ("not friendly enough", {"warm": 1.0, "friendly": 1.0}),
        ("not enough examples", {"abstract": -1.0}),
        ("needs more detail", {"length": 1.0, "detailed": 1.0}),
        ("it should be simpler", {"expert": -1.0}),
        ("too many bullet points", {"lists": -1.0}),
        ("no emoji please", {"emoji": -1.0}),
        ("lower price", {"price": -1.0}),
        ("too mild", {"spicy": 1.0}),
        ("spicier", {"spicy": 1.0}),
        ("I was hungry", {}),
        ("", {}),
    ],
)
def test_what_is_wanted_is_said_whatever_it_is_said_of(
    text: str, expected: dict[str, float], of_better: bool
) -> None:
    assert named(text, of_better=of_better) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("formal", {"formal": 1.0}),
        ("so friendly", {"warm": 1.0, "friendly": 1.0}),
        ("cold and robotic", {"warm": -1.0}),
        ("no emoji", {"emoji": -1.0}),
        ("it isn't technical", {"expert": -1.0}),
    ],
)
def test_a_description_praises_the_liked_and_blames_the_disliked(
    text: str, expected: dict[str, float]
) -> None:
    assert named(text) == expected
    assert named(text, of_better=False) == {name: -sign for name, sign in expected.items()}


def test_the_others_are_the_worse_ones() -> None:
    assert named("the others are formal") == {"formal": -1.0}
    assert named("the other one was cold, this is short") == {"warm": 1.0, "length": -1.0}


def events(*observations: Observation) -> list[Evidence]:
    return [
        Evidence(
            id=str(place),
            user_id="ana",
            observation=observation,
            session_id="s",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for place, observation in enumerate(observations)
    ]


def test_reasons_are_read_off_whatever_carries_one() -> None:
    found = reasons_in(
        events(
            Choice(shown=("a", "b"), picked=0, reason="shorter"),
            Choice(shown=("a", "b"), picked=None, reason="too formal"),
            Choice(shown=("a", "b"), picked=0, reason="warmer", judge="a model"),
            Edit(before="a", after="b", reason="too cold"),
            Rating(text="a", value=-1.0, reason="long"),
            Rating(text="a", value=1.0, reason="long"),
            Rating(text="a", value=1.0, reason=" "),
            Edit(before="a", after="b"),
        )
    )
    assert [(each.evidence_id, each.of_better) for each in found] == [
        ("0", True),
        ("1", False),
        ("3", True),
        ("4", False),
        ("5", True),
    ]
    signs = [
        (each.source_id, each.attribute, each.value) for each in reasons_observed(found, FEATURES)
    ]
    assert ("4", "length", -1.5) in signs
    assert ("5", "length", 1.5) in signs


def test_a_message_is_no_reason_where_it_was_learned_from_as_a_command() -> None:
    reaction = Reaction(reply="a", text="too long!", sentiment="dissatisfied", about="too long")
    (alone,) = reasons_in(events(reaction))
    assert (alone.text, alone.of_better) == ("too long", False)
    assert reasons_in(events(Command(text="too long!"), reaction)) == ()
    assert len(reasons_in(events(Command(text="shorter"), reaction))) == 1


def test_a_reason_takes_time_in_proportion() -> None:
    assert named("not enough " * 50_000) == {}
