"""Two users of opposed tastes, taught in every way: the same candidates, ranked the other way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penchant.agent import Agent

if TYPE_CHECKING:
    from conftest import Agents

SHORT, LONG = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."
CANDIDATES = [
    "Snow lies still.",
    "Snow lies on the still fields, and the crows walk over it as if they had lost a coin there.",
    "Wind turns.",
    "Wind turns the mill all afternoon, and the miller sleeps under the noise it makes for him.",
]
BRIEF = {CANDIDATES[0], CANDIDATES[2]}


def _taught(agents: Agents, user: str, *, brief: bool) -> Agent:
    agent = agents(user, answering=agents.drafting(SHORT, LONG))
    better, worse = (SHORT, LONG) if brief else (LONG, SHORT)
    reply = agent.send("Write a line about rain.", offer_choice=True)
    assert reply.choosing is not None
    shown = [candidate.text for candidate in reply.choosing.candidates]
    agent.choose(reply.choosing, shown.index(better), strength="much better")
    for _ in range(3):
        agent.prefer(better, worse, strength="much better")
    return agent


def _edited(agents: Agents, user: str, *, brief: bool) -> Agent:
    """Taught by rewriting replies, and by nothing else."""
    better, worse = (SHORT, LONG) if brief else (LONG, SHORT)
    agent = agents(user, answering=agents.drafting(worse))
    for subject in ("rain", "more rain", "rain at night"):
        agent.edit(agent.send(f"Write a line about {subject}."), better)
    return agent


@pytest.mark.parametrize("teach", [_taught, _edited])
def test_opposed_users_rank_the_same_candidates_the_other_way(
    agents: Agents, teach: Callable[..., Agent]
) -> None:
    orders = {}
    for user, brief in (("ana", True), ("ben", False)):
        agent = teach(agents, user, brief=brief)
        ranking = agent.rank("a line of verse", CANDIDATES)
        orders[user] = [item.candidate.text for item in ranking.items]
        assert set(orders[user][:2]) == (BRIEF if brief else set(CANDIDATES) - BRIEF)
        best = ranking.items[0]
        assert best.utility == pytest.approx(sum(best.contributions.values()), abs=1e-6)
    assert orders["ana"] != orders["ben"]


def test_without_what_taught_it_the_order_is_gone(agents: Agents) -> None:
    agent = _taught(agents, "ana", brief=True)
    before = agent.rank("a line of verse", CANDIDATES)
    assert before.items[0].memories
    agent.memory.delete_all()
    after = agent.rank("a line of verse", CANDIDATES)
    assert [item.memories for item in after.items] == [()] * len(CANDIDATES)
    spread = [ranking.items[0].utility - ranking.items[-1].utility for ranking in (before, after)]
    assert spread[1] < spread[0]


def test_without_the_one_memory_that_moved_it_another_is_best(agents: Agents) -> None:
    agent = agents("ana")
    agent.prefer(SHORT, LONG, strength="slightly better")
    agent.memory.add("likes long replies", aspect="length", value="long")
    best = agent.rank("a line of verse", CANDIDATES).items[0]
    assert best.candidate.text not in BRIEF
    assert best.memories[0].description == "likes long replies"
    assert best.memories[0].effect > 0
    agent.memory.delete(best.memories[0].id)
    ranking = agent.rank("a line of verse", CANDIDATES)
    assert ranking.items[0].candidate.text in BRIEF
    assert best.memories[0].id not in {m.id for each in ranking.items for m in each.memories}


def test_odd_candidates_have_finite_scores(agents: Agents) -> None:
    agent = _taught(agents, "ana", brief=True)
    odd = ["x", "😀" * 40, "def f():\n    return 1", "مرحبا بالعالم", "\u200b", "a" * 20_000]
    ranking = agent.rank("a line", [*odd, SHORT, SHORT])
    assert len(ranking.items) == len(odd) + 2
    for item in ranking.items:
        assert abs(item.utility) < 1e6
        assert 0 <= item.score <= 1
