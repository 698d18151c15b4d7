"""Facts that have nothing to do with each other live side by side, in whatever order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.memory import Memory, PreferenceDraft, Statement

if TYPE_CHECKING:
    from pathlib import Path

    from penchant.models.embedder import OnnxEmbedder

# A minus sign marks what is disliked, an exclamation mark what must hold.
FACTS = """
likes green tea
likes black coffee in the morning
-dislikes instant coffee
likes red wine with cheese
-dislikes sweet white wine
!is vegetarian
!-is allergic to walnuts
!-is allergic to penicillin
likes spicy Thai soups
-dislikes coriander
never eats breakfast before nine
likes to cook on Sundays
bakes sourdough bread
grows tomatoes on the balcony
lives in Porto
works in Braga
was born in Oslo
is learning Portuguese
is learning to sail
speaks German at home
has two daughters
has a dog called Miro
-dislikes cats in the kitchen
is 41 years old
has a brother who is 38
is a nurse
works night shifts in winter
studies history in the evenings
plays the cello
plays chess on Thursdays
likes jazz
likes baroque music
-dislikes loud bars
-dislikes talking on the phone
likes hiking in the Alps
likes swimming in cold lakes
runs ten kilometres every week
-dislikes gyms
rides a bicycle to work
does not own a car
is afraid of flying
prefers trains to planes
prefers aisle seats on trains
prefers small hotels
likes museums of modern art
-dislikes guided tours
likes crime novels
likes poems by Wisława Szymborska
-dislikes audiobooks
watches football with her father
never watches horror films
uses Python at work
uses a fountain pen
prefers dark mode
prefers short replies
prefers answers in metric units
likes examples in explanations
wants sources for medical claims
!wants no emoji in letters to patients
signs letters with "Kind regards"
reads the news in the morning only
saves for a house
-dislikes spending on clothes
gives to the lifeboat service
likes snow
-dislikes heat above thirty degrees
likes the colour green
favourite film is Stalker
""".strip().splitlines()


def draft(line: str) -> PreferenceDraft:
    return PreferenceDraft(
        description=line.lstrip("!-"),
        polarity="dislike" if "-" in line[:2] else "like",
        hard=line.startswith("!"),
    )


@pytest.fixture
def told(tmp_path: Path, minilm: OnnxEmbedder, clock: Any) -> Any:
    with Memory(tmp_path / "told", minilm, clock=clock) as memory:
        yield memory


def test_sixty_facts_in_any_order_retire_nothing(told: Memory) -> None:
    assert len(FACTS) > 60
    users = iter(range(1_000))

    @settings(
        max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(order=st.permutations(FACTS), asks=st.booleans())
    def check(order: list[str], asks: bool) -> None:
        user = f"user{next(users)}"
        for line in order:
            lesson = told.learn(
                user,
                Statement(text=f"I tell you: {line}"),
                [draft(line)],
                on_conflict="ask" if asks else "supersede",
            )
            assert lesson.conflicts == ()
        live = told.get_all(user)
        assert [each.description for each in live] == [draft(line).description for line in order]
        assert {each.operation for each in told.history(user)} == {"add"}
        assert {each.supersedes for each in live} == {None}

    check()


@pytest.mark.parametrize("scope", ["work", "holidays"])
def test_another_scope_retires_nothing_either(told: Memory, scope: str) -> None:
    for line in FACTS:
        told.learn("ana", Statement(text=line), [draft(line)])
    told.add("ana", "prefers long replies", scope=scope)
    told.add("ana", "hates jazz", polarity="dislike", scope=scope)
    assert len(told.get_all("ana")) == len(FACTS) + 2


def test_what_does_contradict_is_told_among_them(told: Memory) -> None:
    for line in FACTS:
        told.learn("ana", Statement(text=line), [draft(line)])
    lesson = told.learn(
        "ana",
        Statement(text="I prefer planes to trains"),
        [PreferenceDraft(description="prefers planes to trains")],
        on_conflict="ask",
    )
    (conflict,) = lesson.conflicts
    assert conflict.old.description == "prefers trains to planes"
    assert len(told.get_all("ana")) == len(FACTS)
    told.resolve("ana", conflict, "new")
    assert len(told.get_all("ana")) == len(FACTS)
    assert "prefers trains to planes" not in [p.description for p in told.get_all("ana")]
