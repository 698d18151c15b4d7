"""Posteriors of users over a store of memories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.types import Candidate

SHORT, LONG = "Soup, then.", "One might consider preparing a rather elaborate soup today. " * 6
EMBEDDER = HashEmbedder(32)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


def choose(memory: Memory, picked: int, session: str | None, *, user: str = "ana") -> str:
    shown = (SHORT + f" {session}", LONG + f" {session}")
    return memory.record(user, Choice(shown=shown, picked=picked), session_id=session).id


def liking(reward: PersonalReward, user: str = "ana") -> float:
    return reward.posterior(user).weights()["length"].mean


def test_a_user_without_history_gets_the_given_order(memory: Memory) -> None:
    ranked = PersonalReward(memory, EMBEDDER).rank(
        "new", [Candidate(text=LONG), Candidate(text=SHORT)]
    )
    assert [each.index for each in ranked] == [0, 1]
    assert {each.score for each in ranked} == {0.5}


def test_one_user_is_not_another(memory: Memory) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    for session in "abc":
        choose(memory, 0, session)
        choose(memory, 1, session, user="ben")
    assert liking(reward) < 0 < liking(reward, "ben")
    given = [Candidate(text=SHORT), Candidate(text=LONG)]
    assert reward.rank("ana", given)[0].index == 0
    assert reward.rank("ben", given)[0].index == 1


def test_what_is_not_confirmed_fades_session_by_session(memory: Memory) -> None:
    choose(memory, 0, "old")
    fresh = liking(PersonalReward(memory, EMBEDDER, retention=0.5))
    for session in ("b", "c", "d"):
        choose(memory, 1, session)
    forgetting, remembering = (
        liking(PersonalReward(memory, EMBEDDER, retention=share)) for share in (0.5, 1.0)
    )
    assert fresh < 0
    assert 0 < remembering < forgetting
    with pytest.raises(InputError, match="retention"):
        PersonalReward(memory, EMBEDDER, retention=0.0)


def test_updates_end_where_a_fresh_fit_does(memory: Memory) -> None:
    warm = PersonalReward(memory, EMBEDDER)
    for number in range(8):
        choose(memory, number % 3 == 0, f"session {number // 2}")
        warm.catch_up("ana")
        cold = PersonalReward(memory, EMBEDDER).posterior("ana")
        np.testing.assert_allclose(warm.posterior("ana").mean, cold.mean, atol=1e-6)


def test_an_apps_own_measure_is_learned(memory: Memory) -> None:
    reward = PersonalReward(
        memory, EMBEDDER, feature_fns={"soups": lambda text: float(text.lower().count("soup"))}
    )
    for session in "abc":
        choose(memory, 1, session)
    assert reward.posterior("ana").weights()["soups"].mean > 0
