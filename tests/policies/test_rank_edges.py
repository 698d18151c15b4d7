"""Ranking through the store at its edges: odd input, contradictions, long histories."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.explaining import grounds
from penchant.policies.personal import PersonalReward
from penchant.policies.reward.influence import shares
from penchant.policies.types import Candidate, Ranked

SHORT, LONG = "Soup, then.", "One might consider preparing a rather elaborate soup today. " * 6
EMBEDDER = HashEmbedder(32)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


def sound(ranked: tuple[Ranked, ...]) -> bool:
    """Whether every number is one, and every sum comes out."""
    return all(
        0.0 <= each.score <= 1.0
        and all(map(math.isfinite, (each.utility, each.sd, *each.contributions.values())))
        and all(math.isfinite(one.effect) for one in each.memories)
        and abs(sum(each.contributions.values()) - each.utility) < 1e-9
        for each in ranked
    )


ODD = {
    "empty": "",
    "blank": " \t\n",
    "one character": "x",
    "one mark": ".",
    "a hundred thousand characters": "soup " * 20_000,
    "a hundred thousand without a space": "s" * 100_000,
    "emoji only": "🍲🥖👨‍👩‍👧🇫🇷",
    "code": "```python\nfor x in range(3):\n    print(x[0]['a'] or -1)\n```",
    "a formula": r"\\frac{a}{b} \\neq \\sum_{i=0}^n x_i^2",
    "right to left": "שלום לכם, המרק מוכן. مرحبا بكم في المطبخ",
    "no spaces by nature": "今日はスープを作ります。とても美味しいです。",
    "combining marks": "e\u0301" * 200 + " Z\u0351\u036b\u0343",
    "control characters": "soup\x01\x07\x08\x1b[31m red\x7f\u200b\u202e",
    "line ends": "one\r\ntwo\rthree\u2028four",
    "half a pair": "soup \ud83d",
}


def test_odd_texts_have_finite_scores_alone_twice_and_together(memory: Memory) -> None:
    for number in range(2):
        memory.record("ana", Choice(shown=(f"{SHORT} {number}", LONG), picked=0))
    reward = PersonalReward(memory, EMBEDDER)
    every = [Candidate(text=text, id=name) for name, text in ODD.items()]
    for each in every:
        assert sound(reward.rank("ana", [each])), each.id
        ranked = reward.rank("ana", [each, Candidate(text=SHORT), each])
        assert sound(ranked), each.id
        same = [one for one in ranked if one.candidate is each]
        assert same[0].score == pytest.approx(same[1].score), each.id
        assert same[0].index < same[1].index, each.id
    together = reward.rank("ana", [*every, *every])
    assert sound(together)
    assert sorted(each.index for each in together) == list(range(2 * len(every)))
    assert {each.candidate.id for each in together[-4:]} == {"empty", "blank"}


def test_odd_texts_are_learned_from(memory: Memory) -> None:
    for text in ODD.values():
        if text.strip() and "\ud83d" not in text:
            memory.record("ana", Choice(shown=(text, LONG), picked=0))
    reward = PersonalReward(memory, EMBEDDER)
    ranked = reward.rank("ana", [Candidate(text=text) for text in (LONG, *ODD.values())])
    assert sound(ranked)
    assert ranked[0].candidate.text != LONG


@pytest.mark.parametrize("history", [0, 3])
@pytest.mark.parametrize(
    "texts", [[SHORT], ["", ""], [SHORT, SHORT, SHORT], ["\x00\ud800", "🙂" * 5000], [SHORT, " "]]
)
def test_odd_candidates_are_ranked_all_the_same(
    memory: Memory, history: int, texts: list[str]
) -> None:
    for number in range(history):
        memory.record("ana", Choice(shown=(f"{SHORT} {number}", LONG), picked=0))
    ranked = PersonalReward(memory, EMBEDDER).rank("ana", [Candidate(text=t) for t in texts])
    assert sorted(each.index for each in ranked) == list(range(len(texts)))
    assert sound(ranked)
    slate = PersonalReward(memory, EMBEDDER).offer("ana", [Candidate(text=t) for t in texts])
    assert sum(each.chance for each in slate.options) + slate.none == pytest.approx(1.0)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(text="a", features={"price": math.nan}),
        Candidate(text="a", features={"price": math.inf}),
        Candidate(text="a", features={"length": 1.0}),
        Candidate(text="a", embedding=np.full(32, np.nan, dtype=np.float32)),
        Candidate(text="a", embedding=np.ones(3, dtype=np.float32)),
    ],
)
def test_what_is_no_number_is_refused_and_named(memory: Memory, candidate: Candidate) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    for call in (reward.rank, reward.offer):
        with pytest.raises(InputError, match=r"price|length|embedding"):
            call("ana", [Candidate(text="b"), candidate])
        with pytest.raises(InputError, match="empty"):
            call("ana", [])


def test_contradictions_by_the_hundred_leave_a_user_who_likes_both(memory: Memory) -> None:
    for number in range(120):
        memory.record("ana", Choice(shown=(SHORT, LONG), picked=number % 2))
    reward = PersonalReward(memory, EMBEDDER)
    ranked = reward.rank("ana", [Candidate(text=SHORT), Candidate(text=LONG)])
    assert sound(ranked)
    assert all(abs(each.score - 0.5) < 0.1 for each in ranked)
    (contradiction,) = reward.cycles("ana")
    assert len(contradiction.texts) == 2
    assert len(contradiction.evidence_ids) == 120


def test_a_long_history_is_explained_before_and_after_a_restart(memory: Memory) -> None:
    for number in range(300):
        memory.record("ana", Choice(shown=(f"{SHORT} {number % 50}", LONG), picked=0))
    given = [Candidate(text="Go now."), Candidate(text="It would be advisable to go soon. " * 5)]
    before = PersonalReward(memory, EMBEDDER).rank("ana", given)
    after = PersonalReward(memory, EMBEDDER).rank("ana", given)
    for ranked in (before, after):
        assert ranked[0].candidate == given[0]
        assert sound(ranked)
        assert len(ranked[0].memories) == 3
        assert all(each.description.startswith("picked") for each in ranked[0].memories)
    assert after[0].utility == pytest.approx(before[0].utility, rel=1e-3)
    # What is kept of a long history still adds up, memory by memory.
    reward = PersonalReward(memory, EMBEDDER)
    known = reward.known("ana", exact=False)
    rows = reward.features.transform(given)
    parts = shares(known.posterior, grounds(known), rows)
    assert parts.sum(axis=0) == pytest.approx(known.posterior.utility(rows).mean, abs=1e-6)
