"""Accounting for what is believed of a user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.memory import Edit, Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.account import account
from penchant.policies.personal import PersonalReward

EMBEDDER = HashEmbedder(32)
WORDS = [
    "river",
    "stone",
    "quiet",
    "green",
    "lamp",
    "carry",
    "soft",
    "bread",
    "window",
    "never",
    "small",
    "bright",
    "walk",
    "table",
]


def text(rng: np.random.Generator, count: int) -> str:
    """So many words in sentences of any length."""
    sentences = []
    while count > 0:
        size = min(count, int(rng.integers(4, 10)))
        sentences.append(" ".join(rng.choice(WORDS, size=size)).capitalize() + ".")
        count -= size
    return " ".join(sentences)


def couples(count: int) -> list[tuple[str, str]]:
    """A short and a long text that differ in all else by chance."""
    rng = np.random.default_rng(0)
    longer = rng.integers(20, 60, size=count)
    return [(text(rng, int(size * rng.uniform(0.45, 0.8))), text(rng, size)) for size in longer]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


def prefer(memory: Memory, *texts: str, judge: str | None = None, source: str = "chat") -> None:
    choice = Choice(shown=texts, picked=0, judge=judge)
    memory.record("ana", choice, source=source)  # type: ignore[arg-type]


def test_of_a_stranger_nothing_is_told(memory: Memory) -> None:
    found = account(PersonalReward(memory, EMBEDDER), memory, "nobody")
    assert (found.comparisons, found.observations, found.drafts) == (0, 0, 0)
    assert (found.factors, found.suggestions, found.cycles) == ((), (), ())
    assert found.confident == {}
    assert found.agreement is None


def test_choices_edits_and_drafts_are_accounted_for(memory: Memory) -> None:
    for number, (short, long) in enumerate(couples(30)):
        if number % 2:
            prefer(memory, short, long)
        else:
            memory.record("ana", Edit(before=long, after=short))
    found = account(PersonalReward(memory, EMBEDDER), memory, "ana")
    assert found.comparisons == 30
    assert found.confident["length"].mean < 0.0
    taus = {each.attribute: each for each in found.factors}
    assert (taus["length"].tau, taus["length"].discordant) == (-1.0, 30)
    # Fifteen short drafts and fifteen long ones were shown, fifteen long ones were edited away.
    assert found.drafts == 45
    assert found.agreement is not None
    assert "prefers shorter texts" in {each.draft.description for each in found.suggestions}
    assert {each.source: each.comparisons for each in found.sources} == {"choice": 15, "edit": 15}
    for each in found.sources:
        assert 0.0 <= each.learned < 0.5


def test_the_agents_replies_are_held_against_the_users_choices(memory: Memory) -> None:
    session = memory.start_session("ana", "Soup")
    rng = np.random.default_rng(1)
    for short, long in couples(8):
        prefer(memory, short, long, source="api")
    for _ in range(10):
        memory.add_turn("ana", session.id, "assistant", text(rng, 300))
    found = account(PersonalReward(memory, EMBEDDER), memory, "ana")
    assert found.drafts == 10
    (length,) = [each for each in found.leanings if each.attribute == "length"]
    assert (length.user, length.agent) == (-1.0, 1.0)


def test_what_a_judge_said_is_no_choice_of_the_users_and_no_draft(memory: Memory) -> None:
    prefer(memory, *couples(1)[0], judge="some/model", source="api")
    found = account(PersonalReward(memory, EMBEDDER), memory, "ana")
    assert (found.comparisons, found.drafts) == (1, 0)
    assert found.factors == ()
    assert [(each.source, each.stated) for each in found.sources] == [("judge", 0.2)]


def test_circles_are_told(memory: Memory) -> None:
    texts = ["Soup it is.", "Tea, then.", "Try some bread."]
    for first, second in ((0, 1), (1, 2), (2, 0)):
        prefer(memory, texts[first], texts[second])
    (cycle,) = account(PersonalReward(memory, EMBEDDER), memory, "ana").cycles
    assert set(cycle.texts) == set(texts)
