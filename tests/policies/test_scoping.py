"""What was said for an occasion moves the ranking there, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.memory import Memory
from penchant.memory.types import Choice, Context
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.scoping import applying, rules_for
from penchant.policies.types import Candidate

EMBEDDER = HashEmbedder(64)
SHORT = "It is late."
LONG = "The delivery is late because of the weather, and it will come a day after. " * 4
DRAFTS = [Candidate(text=LONG), Candidate(text=SHORT)]
WORK = "Write a work email about the late delivery."
ELSEWHERE = ("Write a poem about rain.", "lunch", "", None, "Write an email to my sister.")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


def short_at_work(memory: Memory) -> str:
    return memory.add(
        "ana", "likes short replies", aspect="length", value="short", scope="work emails"
    ).id


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_it_moves_nothing_elsewhere(memory: Memory, elsewhere: str | None) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    before = reward.rank("ana", DRAFTS, context=elsewhere)
    source = short_at_work(memory)
    there = reward.rank("ana", DRAFTS, context=WORK)
    assert there[0].candidate.text == SHORT
    assert [each.id for each in there[0].memories] == [source]
    assert reward.rank("ana", DRAFTS, context=elsewhere) == before
    memory.delete("ana", source)
    assert reward.rank("ana", DRAFTS, context=WORK)[0].candidate.text == LONG


def test_the_occasion_speaks_over_what_holds_always(memory: Memory) -> None:
    memory.add("ana", "likes long replies", aspect="length", value="long")
    short_at_work(memory)
    reward = PersonalReward(memory, EMBEDDER)
    assert reward.rank("ana", DRAFTS, context=WORK)[0].candidate.text == SHORT
    assert reward.rank("ana", DRAFTS, context="Write a poem.")[0].candidate.text == LONG


def test_what_is_kept_of_a_user_is_what_holds_always(memory: Memory) -> None:
    memory.record("ana", Choice(shown=(SHORT, LONG), picked=1))
    short_at_work(memory)
    first = PersonalReward(memory, EMBEDDER)
    always = first.posterior("ana")
    at_work = first.posterior("ana", context=WORK)
    again = PersonalReward(memory, EMBEDDER)
    np.testing.assert_array_equal(again.posterior("ana").mean, always.mean)
    np.testing.assert_array_equal(again.posterior("ana", context=WORK).mean, at_work.mean)
    assert at_work.weights()["length"].mean < always.weights()["length"].mean


def test_nearness_tells_where_the_words_of_a_scope_do_not(memory: Memory) -> None:
    memory.add("ana", "likes long walks", scope="travelling by train to the mountains")
    live = memory.get_all("ana")
    assert applying(live, "travelling by train to the mountains", EMBEDDER) == tuple(live)
    assert applying(live, "Explain how a heat pump works.", EMBEDDER) == ()
    tagged = Context(text="", tags=("travelling by train to the mountains",))
    assert applying(live, tagged, EMBEDDER) == tuple(live)


def test_a_rule_for_an_occasion_binds_unless_this_is_surely_another(memory: Memory) -> None:
    memory.add("ana", "never mention the weather", hard=True, scope="work emails")
    memory.add("ana", "is vegetarian", hard=True)
    live = memory.get_all("ana")
    assert len(rules_for(live, WORK)) == 2
    assert len(rules_for(live, None)) == len(rules_for(live, "lunch")) == 2
    assert [each.description for each in rules_for(live, "Write a poem.")] == ["is vegetarian"]
