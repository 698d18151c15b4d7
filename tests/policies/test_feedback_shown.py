"""What an event shows, as proposals: counted, or heard from a chat model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from penchant.memory.inference.prediction import Pair
from penchant.memory.inference.profile_update import Event
from penchant.memory.types import Preference
from penchant.policies.feedback import counted, differing, heard

LONG = "You might perhaps try the red one! I think it could be good enough for the four of us!"
RED = Pair(chosen="Take the red one.", rejected=LONG, scope="emails")


def live(aspect: str, value: str, scope: str | None = None) -> Preference:
    return Preference(
        id=aspect,
        user_id="ana",
        description=f"prefers {value}",
        polarity="like",
        hard=False,
        strength=0.5,
        origin="inferred",
        confidence=0.5,
        scope=scope,
        aspect=aspect,
        value=value,
        evidence_ids=(),
        valid_from=datetime(2026, 3, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


def event(*lines: Preference) -> Event:
    return Event(own=(RED,), earlier=(), scope="emails", live=lines)


def test_what_is_counted_is_for_the_occasion_and_needs_no_predictor() -> None:
    found = counted([RED], written=True)
    assert {(p.draft.aspect, p.draft.scope, p.supported) for p in found} == {
        ("length", "emails", True),
        ("exclamation", "emails", True),
    }
    assert counted([], written=True) == ()


def test_what_was_only_picked_is_believed_less() -> None:
    assert max(p.draft.confidence for p in counted([RED], written=True)) == 0.7
    assert {p.draft.confidence for p in counted([RED], written=False)} == {0.45}


def test_a_pick_shows_what_it_has_beyond_every_other() -> None:
    other = Pair(chosen="Take the red one.", rejected="Take the red one!", scope="emails")
    (both,) = counted([RED, other], written=False)
    assert both.draft.aspect == "exclamation"


def described(phrases: Sequence[str], *lines: Preference) -> list[str]:
    found = heard(
        phrases, event(*lines), request="Which car?", besides=counted([RED], written=True)
    )
    assert all(each.draft.origin == "inferred" and not each.supported for each in found)
    assert {each.draft.scope for each in found} <= {"emails"}
    return [each.draft.description for each in found]


@pytest.mark.parametrize(
    ("phrase", "description"),
    [
        ("orders without a reason", "prefers this style: orders without a reason"),
        ("direct", "prefers a direct tone"),
        ("clear and concise", None),
        ("concise and dry", "prefers this style: dry"),
        ("clear communication", None),
        ("a rewritten text", None),
        ("red one", None),
        ("take the one", "prefers this style: take the one"),
        ("good style, dry wit", "prefers this style: dry wit"),
    ],
)
def test_what_says_something_new_of_style_is_proposed(phrase: str, description: str | None) -> None:
    assert described([phrase]) == ([] if description is None else [description])


def test_what_is_known_of_the_occasion_is_not_proposed_again() -> None:
    assert described(["direct"], live("tone", "casual")) == []
    assert described(["direct"], live("tone", "casual", "emails")) == []
    assert described(["direct"], live("tone", "casual", "poems")) == ["prefers a direct tone"]


def test_the_same_said_twice_is_one_proposal() -> None:
    assert described(["dry wit", "Dry wit", "dry  wit!"]) == ["prefers this style: dry wit"]


def test_a_difference_without_a_name_is_put_into_words() -> None:
    found = differing(["short sentences", "exact numbers", "no figures"], "emails", [])
    assert [each.draft.description for each in found] == [
        "prefers this style: short sentences",
        "prefers this style: exact numbers",
    ]
    assert {each.draft.confidence for each in found} == {0.4}
    known = live("emoji", "none")
    assert differing(["no emoji"], "emails", [known]) == ()
