"""Confident attributes in words, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from penchant.memory import Memory
from penchant.memory.types import Choice, Edit, Preference, PreferenceDraft
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.reward import Axis, TextFeatures, fit_rows, stated
from penchant.policies.reward.verbalise import verbalised

EMBEDDER = HashEmbedder(32)
FEATURES = TextFeatures(
    HashEmbedder(8),
    ["price"],
    feature_fns={"rhymes": len},
    more_axes=[Axis("heat", "mild", "hot", (("a", "b"),))],
)
OWN = ("price", "rhymes")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER) as opened:
        yield opened


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
    "under",
    "music",
    "paper",
    "cold",
    "warm",
    "story",
    "garden",
    "rain",
    "open",
    "letter",
]


def text(rng: np.random.Generator, count: int) -> str:
    """So many words in sentences of any length."""
    sentences = []
    while count > 0:
        size = min(count, int(rng.integers(4, 10)))
        sentences.append(" ".join(rng.choice(WORDS, size=size)).capitalize() + ".")
        count -= size
    return " ".join(sentences)


def choose_short(memory: Memory, count: int) -> list[str]:
    """Picks the shorter of two texts that differ in all else by chance."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        long = int(rng.integers(12, 60))
        short = max(5, int(long * rng.uniform(0.45, 0.8)))
        shown = (text(rng, short), text(rng, long))
        found.append(memory.record("ana", Choice(shown=shown, picked=0), session_id="s").id)
    return found


def as_preference(draft: PreferenceDraft) -> Preference:
    return Preference(
        id="p",
        user_id="ana",
        description=draft.description,
        polarity=draft.polarity,
        hard=draft.hard,
        strength=draft.strength,
        origin=draft.origin,
        confidence=draft.confidence,
        scope=draft.scope,
        aspect=draft.aspect,
        value=draft.value,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


@pytest.mark.parametrize("high", [True, False])
@pytest.mark.parametrize("name", FEATURES.attributes)
def test_the_reward_model_reads_what_it_says(name: str, high: bool) -> None:
    column = FEATURES.names.index(name)
    rows = np.zeros((60, FEATURES.dimension))
    rows[:, column] = 1.0 if high else -1.0
    posterior = fit_rows(FEATURES, rows)
    effects = rows[:, : len(FEATURES.attributes)]
    (found,) = verbalised(posterior, FEATURES, ["e"] * 60, effects)
    assert (found.attribute, found.mean > 0.0) == (name, high)
    assert found.draft.description.startswith("prefers ")
    told = stated([as_preference(found.draft)], OWN, more_axes=FEATURES.axes)
    assert {each.attribute: np.sign(each.value) for each in told} == {name: 1.0 if high else -1.0}
    # Without the aspect, what it says in words is not the contrary.
    bare = replace(as_preference(found.draft), aspect=None, value=None)
    words = {each.attribute: each.value > 0.0 for each in stated([bare], OWN)}
    assert words.get(name, high) == high


def test_what_choices_show_is_proposed_with_the_choices_behind_it(memory: Memory) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    assert reward.verbalised("ana") == ()
    chosen = choose_short(memory, 30)
    found = {each.attribute: each for each in reward.verbalised("ana")}
    length = found["length"]
    assert length.draft.description == "prefers shorter texts"
    assert (length.draft.aspect, length.draft.value) == ("length", "short")
    assert length.draft.origin == "inferred"
    assert length.mean < 0.0
    assert length.sureness > 1.5
    assert {each.evidence_id for each in length.support} <= set(chosen)
    effects = [each.effect for each in length.support]
    assert effects == sorted(effects, reverse=True)
    order = [each.sureness for each in reward.verbalised("ana")]
    assert order == sorted(order, reverse=True)


def test_a_stored_preference_is_never_proposed_again(memory: Memory) -> None:
    reward = PersonalReward(memory, EMBEDDER)
    memory.add("ana", "prefers long replies", aspect="length", value="long", strength=1.0)
    memory.add("ana", "likes lists", aspect="format", value="lists", strength=1.0)
    assert reward.posterior("ana").weights()["length"].mean > 1.0
    assert reward.verbalised("ana") == ()
    # What the user does against it is not proposed either: that is a matter of conflict.
    choose_short(memory, 30)
    assert "length" not in {each.attribute for each in reward.verbalised("ana")}


def test_a_line_inferred_from_a_compared_event_counts_once(memory: Memory) -> None:
    edit = Edit(before="Soup, then, and here is why. " * 5, after="Soup, then.")
    bare = PersonalReward(memory, EMBEDDER)
    memory.record("bo", edit)
    draft = PreferenceDraft(
        description="prefers short replies",
        aspect="length",
        value="short",
        origin="inferred",
        confidence=0.6,
    )
    (line,) = memory.learn("ana", edit, [draft])
    once = bare.known("ana")
    assert once.observed == ()
    np.testing.assert_array_equal(once.posterior.mean, bare.posterior("bo").mean)
    # The user's own word counts besides what they did.
    memory.add("ana", "prefers short replies", aspect="length", value="short")
    (said,) = bare.known("ana").observed
    assert (said.source_id, said.attribute) == (line.id, "length")
