"""What recall finds, and what it masks, on pairs written for this purpose, with the real embedder.

Weights and floors were chosen on the pairs in even places; those in odd places check them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from penchant.memory import Memory, PreferenceDraft, Score, Statement

WRITTEN = json.loads(
    (Path(__file__).parent / "data" / "recall_pairs.json").read_text(encoding="utf-8")
)
PAIRS = WRITTEN["pairs"]
STYLES = WRITTEN["scoped_styles"]
DISTRACTORS = 8


def learn(memory, user, drafts):
    return [memory.learn(user, Statement(text="x"), [draft])[0] for draft in drafts]


@pytest.fixture(scope="module")
def memory(minilm, tmp_path_factory):
    with Memory(tmp_path_factory.mktemp("written"), minilm) as memory:
        learn(memory, "all", [PreferenceDraft(description=p["preference"]) for p in PAIRS])
        yield memory


def by_vector(score: Score) -> float | None:
    return score.similarity


def by_keywords(score: Score) -> float | None:
    return score.keywords or None


def by_all(score: Score) -> float | None:
    return score.total


def recall_at_5(memory: Memory, by: Callable[[Score], float | None]) -> float:
    hits = 0
    for pair in PAIRS:
        found = memory.search("all", pair["request"], limit=len(PAIRS))
        scored = [(by(each.parts), each.preference.description) for each in found]
        known = [(-score, text) for score, text in scored if score is not None]
        hits += pair["preference"] in [text for _, text in sorted(known)[:5]]
    return hits / len(PAIRS)


def test_the_written_set_is_whole():
    assert len(PAIRS) >= 60
    assert len({pair["preference"] for pair in PAIRS}) == len(PAIRS)


def test_hybrid_recall_finds_more_than_either_part(memory):
    vector, keywords, hybrid = (recall_at_5(memory, by) for by in (by_vector, by_keywords, by_all))
    print(f"recall@5: vector {vector:.3f}, keywords {keywords:.3f}, hybrid {hybrid:.3f}")
    assert hybrid >= vector > keywords > 0.25
    assert hybrid > 0.76


def test_what_has_nothing_to_do_with_a_request_is_masked(memory):
    rng = random.Random(0)
    kept = let_through = 0
    for number, pair in enumerate(PAIRS):
        others = [
            p["preference"]
            for p in PAIRS
            if p is not pair and (p["topic"] != pair["topic"] or p["topic"] == "names")
        ]
        user = f"one{number}"
        texts = [pair["preference"], *rng.sample(others, DISTRACTORS)]
        memory.learn(user, Statement(text="x"), [PreferenceDraft(description=t) for t in texts])
        found = memory.context(user, pair["request"])
        recalled = {each.preference.description for each in found.recalled}
        kept += pair["preference"] in recalled
        let_through += len(recalled - {pair["preference"]})
        assert len(recalled) + found.masked == len(texts)
    share, each = kept / len(PAIRS), let_through / len(PAIRS)
    print(f"kept {share:.3f} of the relevant; {each:.3f} of {DISTRACTORS} others let through")
    assert share > 0.8
    assert each < 0.35


def test_style_for_an_occasion_stays_with_it(memory):
    fits = differs = 0
    for number, style in enumerate(STYLES):
        user = f"style{number}"
        scoped = PreferenceDraft(
            description=style["description"], aspect=style["aspect"], scope=style["scope"]
        )
        always = PreferenceDraft(description="plain words", aspect="person")
        learn(memory, user, [scoped, always])
        for request in style["fits"]:
            recalled = [each.preference.scope for each in memory.recall(user, request)]
            assert None in recalled
            fits += style["scope"] in recalled
        for request in style["differs"]:
            recalled = [each.preference.scope for each in memory.recall(user, request)]
            assert None in recalled
            differs += style["scope"] in recalled
    assert fits >= 0.9 * sum(len(style["fits"]) for style in STYLES)
    assert differs == 0
