from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import NotFoundError
from penchant.memory import Command, Edit, PreferenceDraft, Statement

pytestmark = pytest.mark.backends("sqlite", "postgres")

SAID = Statement(text="as I said")


def draft(description, aspect=None, value=None, **fields):
    return PreferenceDraft(description=description, aspect=aspect, value=value, **fields)


def live(memory, user="ana"):
    return [each.description for each in memory.get_all(user)]


def learn(memory, *drafts):
    return memory.learn("ana", SAID, drafts)


class TestConfirming:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (
                draft("is vegetarian", "diet", "vegetarian"),
                draft("eats veggie", "diet", "Vegetarian"),
            ),
            (draft("likes green tea"), draft("Likes green TEA!")),
            (draft("likes green tea"), draft("likes green tea", "drink", "tea")),
            (
                draft("likes long walks along the river in the evening with her two dogs"),
                draft("likes long walks along the river in the evening with her two dogs too"),
            ),
        ],
    )
    def test_the_same_confirms(self, memory, first, second):
        (old,) = learn(memory, first)
        assert learn(memory, second) == []
        (now,) = memory.get_all("ana")
        assert now.id == old.id
        assert old.confidence < now.confidence < 0.99
        assert len(now.evidence_ids) == 2
        assert memory.history("ana")[-1].reason.startswith("confirmed by statement")

    def test_confidence_grows_towards_its_bound(self, memory):
        for _ in range(30):
            last = memory.add("ana", "likes tea")
        assert 0.98 < last.confidence <= 0.99
        assert len(last.evidence_ids) == 30

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("likes short replies to emails about work at the office", "long"),
            ("likes to sleep for 7 hours each night in the summer", "8"),
            ("likes very short replies to emails about work at the office", "not"),
        ],
    )
    def test_near_words_with_another_meaning_do_not(self, memory, first, second):
        swapped = {
            "long": first.replace("short", "long"),
            "8": first.replace("7", "8"),
            "not": first.replace("very", "not"),
        }[second]
        learn(memory, draft(first))
        learn(memory, draft(swapped))
        assert live(memory) == [first, swapped]

    def test_stating_what_was_inferred_makes_it_stated(self, memory):
        learn(memory, draft("likes tea", origin="inferred", confidence=0.5))
        assert learn(memory, draft("likes tea")) == []
        assert memory.get_all("ana")[0].origin == "stated"

    def test_a_stricter_form_supersedes_with_its_support(self, memory):
        (soft,) = learn(memory, draft("avoids nuts", "avoid:nuts", "nuts", polarity="dislike"))
        (hard,) = learn(
            memory, draft("never nuts", "avoid:nuts", "nuts", polarity="dislike", hard=True)
        )
        assert hard.supersedes == soft.id
        assert len(hard.evidence_ids) == 2
        assert memory.get_all("ana") == [hard]


class TestSuperseding:
    def test_another_value_of_the_aspect(self, memory):
        (old,) = learn(memory, draft("is vegetarian", "diet", "vegetarian"))
        (new,) = learn(memory, draft("is vegan", "diet", "vegan"))
        assert new.supersedes == old.id
        assert memory.get_all("ana") == [new]
        assert memory.get("ana", old.id).valid_to == new.valid_from

    def test_an_inference_yields_to_a_statement(self, memory):
        (stated,) = learn(memory, draft("is vegetarian", "diet", "vegetarian"))
        assert learn(memory, draft("eats fish", "diet", "fish", origin="inferred")) == []
        (kept,) = memory.get_all("ana")
        assert kept == replace(stated, confidence=kept.confidence)
        assert 0.7 < kept.confidence < stated.confidence
        assert memory.history("ana")[-1].reason.startswith("kept: an inference from statement")
        assert memory.add("ana", "eats fish", aspect="diet", value="fish", origin="inferred") == (
            memory.get("ana", stated.id)
        )

    def test_an_inference_supersedes_an_inference(self, memory):
        learn(memory, draft("likes long", "length", "long", origin="inferred"))
        learn(memory, draft("likes short", "length", "short", origin="inferred"))
        assert live(memory) == ["likes short"]

    def test_other_scopes_and_keys_live_side_by_side(self, memory):
        learn(
            memory,
            draft("likes short replies", "length", "short"),
            draft("likes long reports", "length", "long", scope="work reports"),
            draft("never seafood", "avoid:seafood", "seafood", polarity="dislike"),
            draft("never nuts", "avoid:nuts", "nuts", polarity="dislike"),
        )
        assert len(live(memory)) == 4

    def test_the_other_polarity_of_the_same_words(self, memory):
        learn(memory, draft("crowds"))
        learn(memory, draft("crowds", polarity="dislike"))
        assert [p.polarity for p in memory.get_all("ana")] == ["dislike"]

    def test_drafts_of_one_event_are_taken_in_order(self, memory):
        learned = learn(
            memory, draft("likes tea", "drink", "tea"), draft("coffee", "drink", "coffee")
        )
        assert [each.description for each in learned] == ["coffee"]
        assert live(memory) == ["coffee"]

    def test_a_passing_need_lives_beside_the_lasting_one(self, memory, clock):
        learn(memory, draft("likes elaborate cooking", "effort", "elaborate"))
        learn(memory, draft("in a hurry", "effort", "quick", lasts_hours=3))
        assert live(memory) == ["likes elaborate cooking", "in a hurry"]
        clock.pass_hours(3)
        assert live(memory) == ["likes elaborate cooking"]


class TestEvidenceOfLearning:
    def test_one_event_supports_all_its_drafts(self, memory):
        learned = memory.learn(
            "ana", Edit(before="a", after="b"), [draft("one thing"), draft("another")]
        )
        (evidence,) = memory.evidence("ana")
        assert {each.evidence_ids for each in learned} == {(evidence.id,)}

    def test_recorded_evidence_is_not_repeated(self, memory):
        recorded = memory.record("ana", Command(text="shorter"))
        for _ in range(2):
            memory.learn("ana", recorded, [draft("likes short replies")])
        assert memory.evidence("ana") == [recorded]
        assert memory.get_all("ana")[0].evidence_ids == (recorded.id,)

    def test_an_event_counts_once_however_often_it_is_taken_in(self, memory):
        learn(memory, draft("likes tea"), draft("prefers long replies", "length", "long"))
        recorded = memory.record("ana", Command(text="shorter, with tea"))
        drafts = [
            draft("likes tea"),
            draft("prefers short replies", "length", "short", origin="inferred"),
            draft("plays the cello", "instrument", "cello"),
            draft("plays the oboe", "instrument", "oboe"),
        ]
        (oboe,) = memory.learn("ana", recorded, drafts)
        assert oboe.value == "oboe"
        before = list(memory.export("ana"))
        assert memory.learn("ana", recorded, drafts) == []
        assert list(memory.export("ana")) == before


class TestUndo:
    def test_takes_back_preference_evidence_and_comparisons(self, memory):
        (learned,) = memory.learn("ana", Edit(before="a", after="b"), [draft("likes brevity")])
        memory.add_comparison("ana", learned.evidence_ids[0], "f", np.ones(2, np.float32), 1.0)
        assert memory.undo("ana", learned.id) == (learned, None)
        assert memory.get_all("ana", live_only=False) == []
        assert memory.evidence("ana") == []
        assert len(memory.comparisons("ana", "f").weights) == 0
        assert {c.description for c in memory.history("ana")} == {""}
        with pytest.raises(NotFoundError):
            memory.undo("ana", learned.id)

    def test_restores_what_was_replaced(self, memory):
        (old,) = learn(memory, draft("is vegetarian", "diet", "vegetarian"))
        memory.search("ana", "vegetarian")
        (new,) = learn(memory, draft("is vegan", "diet", "vegan"))
        assert memory.undo("ana", new.id).restored == old
        assert memory.get_all("ana") == [old]
        assert [r.preference for r in memory.search("ana", "is vegetarian")] == [old]
        assert memory.history("ana", old.id)[-1].operation == "restore"

    def test_evidence_of_something_else_stays(self, memory):
        one, two = memory.learn("ana", SAID, [draft("likes tea"), draft("plays chess")])
        memory.undo("ana", one.id)
        assert [e.id for e in memory.evidence("ana")] == list(two.evidence_ids)

    def test_in_the_middle_of_a_chain_revives_nothing(self, memory):
        (a,) = learn(memory, draft("tea", "drink", "tea"))
        (b,) = learn(memory, draft("coffee", "drink", "coffee"))
        (c,) = learn(memory, draft("water", "drink", "water"))
        assert memory.undo("ana", b.id).restored is None
        assert live(memory) == ["water"]
        assert memory.undo("ana", c.id).restored.id == a.id
