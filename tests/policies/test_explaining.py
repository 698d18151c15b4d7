"""Which memories moved a candidate, through the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penchant.memory import Memory
from penchant.memory.types import Choice, Edit, PreferenceDraft, Rating, Statement
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.explaining import grounds
from penchant.policies.personal import PersonalReward
from penchant.policies.reward.influence import influences
from penchant.policies.types import Candidate

SHORT, LONG = "Soup, then.", "One might consider preparing a rather elaborate soup today. " * 6
GIVEN = [Candidate(text="Go now."), Candidate(text="It would be advisable to go soon. " * 5)]
EMBEDDER = HashEmbedder(32)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


def learn_short(memory: Memory) -> str:
    (learned,) = memory.learn(
        "ana",
        Statement(text="I like short replies"),
        [PreferenceDraft(description="likes short replies", aspect="length", value="short")],
    )
    return learned.id


def test_a_preference_and_a_choice_are_named_with_their_effects(memory: Memory) -> None:
    preference = learn_short(memory)
    choice = memory.record("ana", Choice(shown=(LONG, SHORT), picked=1)).id
    first, last = PersonalReward(memory, EMBEDDER).rank("ana", GIVEN)
    assert first.candidate == GIVEN[0]
    found = {each.id: each for each in first.memories}
    assert found[preference].kind == "preference"
    assert found[preference].description == "likes short replies"
    assert found[choice].kind == "evidence"
    assert found[choice].description.startswith("picked “Soup, then.” over “One might")
    assert found[preference].effect > 0
    # These are all there are, and nothing else holds of people at large.
    total = sum(each.effect for each in first.memories)
    assert total == pytest.approx(first.utility, abs=1e-9)
    assert sum(first.contributions.values()) == pytest.approx(first.utility, abs=1e-9)
    assert sum(each.effect for each in last.memories) == pytest.approx(last.utility, abs=1e-9)


def test_deleting_the_memory_that_moved_a_ranking_turns_it(memory: Memory) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    memory.record("ana", Choice(shown=(SHORT, LONG), picked=1))
    learn_short(memory)
    before = reward.rank("ana", GIVEN)
    assert before[0].candidate == GIVEN[0]
    moved = before[0].memories[0]
    assert (moved.kind, moved.description) == ("preference", "likes short replies")
    memory.delete("ana", moved.id)
    after = reward.rank("ana", GIVEN)
    assert after[0].candidate == GIVEN[1]
    assert [each.kind for each in after[0].memories] == ["evidence"]


def test_every_kind_of_event_is_told(memory: Memory) -> None:
    memory.record("ana", Edit(before=LONG, after=SHORT))
    memory.record("ana", Rating(text=SHORT, value=1.0))
    memory.record("ana", Rating(text=LONG, value=-1.0))
    memory.record("ana", Choice(shown=(LONG, "Stew " * 40), picked=None))
    ranked = PersonalReward(memory, EMBEDDER).rank("ana", GIVEN)
    told = {each.description.split(" “")[0] for one in ranked for each in one.memories}
    assert told <= {"rewrote", "rated", "took none of"}
    assert all(each.description for one in ranked for each in one.memories)


def test_at_most_three_are_named_and_the_rest_is_known(memory: Memory) -> None:
    for number in range(6):
        memory.record("ana", Choice(shown=(f"{SHORT} {number}", f"{LONG} {number}"), picked=0))
    reward = PersonalReward(memory, EMBEDDER)
    ranked = reward.rank("ana", GIVEN)
    assert [len(each.memories) for each in ranked] == [3, 3]
    known = reward.known("ana")
    rows = reward.features.transform(GIVEN)
    everything = influences(known.posterior, grounds(known), rows - rows.mean(axis=0), 100)
    for each in ranked:
        total = sum(one.effect for one in everything[each.index])
        assert total == pytest.approx(each.utility, abs=1e-9)


def test_nothing_moved_the_candidates_of_somebody_new(memory: Memory) -> None:
    memory.record("ben", Choice(shown=(SHORT, LONG), picked=0))
    assert all(not each.memories for each in PersonalReward(memory, EMBEDDER).rank("ana", GIVEN))


def test_circles_in_what_a_user_chose_are_found(memory: Memory) -> None:
    ids = [
        memory.record("ana", Choice(shown=pair, picked=0)).id
        for pair in (("tea", "milk"), ("milk", "water"), ("water", "tea"))
    ]
    reward = PersonalReward(memory, EMBEDDER)
    (circle,) = reward.cycles("ana")
    assert set(circle.evidence_ids) == set(ids)
    assert reward.cycles("ben") == ()
