"""Operations on a profile: checked, all or none, bounded, and told in the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penchant.errors import InputError, NotFoundError
from penchant.memory import Memory
from penchant.memory.types import (
    Add,
    Confirm,
    Context,
    Drop,
    Edit,
    Operation,
    PreferenceDraft,
    Retire,
    Revise,
)

if TYPE_CHECKING:
    from conftest import Clock

EDIT = Edit(before="Rain falls.", after="Rain taps on tin.")


def draft(description: str, confidence: float = 0.5) -> PreferenceDraft:
    return PreferenceDraft(description=description, origin="inferred", confidence=confidence)


def add(description: str, confidence: float = 0.5) -> Add:
    return Add(draft=draft(description, confidence), reason="it explains the edit")


def test_lines_are_added_revised_and_retired_with_their_evidence(memory: Memory) -> None:
    (first,) = memory.apply("ana", EDIT, [add("prefers concrete images")])
    (second,) = memory.apply(
        "ana",
        EDIT,
        [Revise(preference_id=first.id, draft=draft("prefers sounds"), reason="0.8 against 0.6")],
    )
    assert second.supersedes == first.id
    assert second.evidence_ids[0] == first.evidence_ids[0]
    assert len(second.evidence_ids) == 2
    assert memory.apply("ana", EDIT, [Retire(preference_id=second.id, reason="worse")]) == []
    assert memory.get_all("ana") == []
    history = memory.history("ana")
    assert [c.operation for c in history] == ["add", "retire", "revise", "retire"]
    assert history[2].reason == "0.8 against 0.6"
    assert history[2].confidence == 0.5
    assert history[2].evidence_id == second.evidence_ids[1]


@pytest.mark.parametrize("how", ["stated", "hard", "by hand"])
@pytest.mark.parametrize("kind", ["revise", "retire"])
def test_an_inference_never_moves_what_the_user_said(memory: Memory, how: str, kind: str) -> None:
    if how == "by hand":
        (line,) = memory.apply("ana", EDIT, [add("prefers sounds")])
        line = memory.update("ana", line.id, "prefers silence")
    else:
        line = memory.add("ana", "wants no nuts", hard=how == "hard")
    operation: Operation = Retire(preference_id=line.id, reason="worse")
    if kind == "revise":
        operation = Revise(preference_id=line.id, draft=draft("x y"), reason="better")
    events = len(memory.evidence("ana"))
    with pytest.raises(InputError, match="neither revises nor retires"):
        memory.apply("ana", EDIT, [add("prefers sounds by night"), operation])
    assert [p.id for p in memory.get_all("ana")] == [line.id]
    assert len(memory.evidence("ana")) == events


def test_another_users_line_does_not_exist(memory: Memory) -> None:
    (line,) = memory.apply("ben", EDIT, [add("prefers sounds")])
    with pytest.raises(NotFoundError):
        memory.apply("ana", EDIT, [Retire(preference_id=line.id, reason="worse")])
    assert memory.evidence("ana") == []
    assert [p.id for p in memory.get_all("ben")] == [line.id]


def test_operations_carry_inferences_only(memory: Memory) -> None:
    stated = Add(draft=PreferenceDraft(description="is vegan"), reason="said so")
    with pytest.raises(InputError, match="use `learn`"):
        memory.apply("ana", EDIT, [stated])


def test_an_addition_yields_to_what_is_stated(memory: Memory) -> None:
    memory.add("ana", "prefers long replies", aspect="length", value="long")
    short = PreferenceDraft(
        description="prefers short replies", origin="inferred", aspect="length", value="short"
    )
    assert memory.apply("ana", EDIT, [Add(draft=short, reason="it explains the edit")]) == []
    assert [p.value for p in memory.get_all("ana")] == ["long"]


def test_the_weakest_inferred_line_goes_beyond_the_bound(memory: Memory) -> None:
    memory.add("ana", "likes rain")
    for place, word in enumerate(("cats", "dogs", "birds", "fish")):
        memory.apply("ana", EDIT, [add(f"mentions {word}", 0.4 + place / 10)], most=3)
    lines = {p.description for p in memory.get_all("ana")}
    assert lines == {"likes rain", "mentions dogs", "mentions birds", "mentions fish"}
    told = [c for c in memory.history("ana") if c.operation == "retire"]
    assert [c.description for c in told] == ["mentions cats"]
    assert "a profile holds 3" in told[0].reason
    assert memory.apply("ana", EDIT, [add("mentions ants", 0.1)], most=3) == []


def test_confirmation_grows_belief_up_to_its_bound(memory: Memory) -> None:
    (line,) = memory.apply("ana", EDIT, [add("prefers sounds", 0.5)])
    confirm = Confirm(preference_id=line.id, reason="used as it was", weight=0.5, most=0.8)
    seen = []
    for _ in range(12):
        assert memory.apply("ana", EDIT, [confirm]) == []
        seen.append(memory.get("ana", line.id))
    assert seen[0].confidence == pytest.approx(0.65)
    assert 0.77 < seen[-1].confidence < 0.8
    assert seen[-1].evidence_ids == seen[-2].evidence_ids
    assert seen[-1].description == line.description
    (stronger,) = memory.apply("ana", EDIT, [add("mentions cats", 0.95)])
    memory.apply("ana", EDIT, [Confirm(preference_id=stronger.id, reason="used", most=0.8)])
    assert memory.get("ana", stronger.id).confidence == 0.95


def test_an_event_confirms_a_line_once(memory: Memory) -> None:
    (line,) = memory.apply("ana", EDIT, [add("prefers sounds", 0.5)])
    event = memory.record("ana", EDIT)
    confirm = Confirm(preference_id=line.id, reason="used as it was", weight=0.5)
    memory.apply("ana", event, [confirm])
    once = memory.get("ana", line.id)
    memory.apply("ana", event, [confirm, confirm])
    assert memory.get("ana", line.id) == once
    assert once.evidence_ids == (*line.evidence_ids, event.id)


def test_confirmation_starts_from_the_belief_of_now(
    open_memory: Callable[..., Memory], clock: Clock
) -> None:
    memory = open_memory()
    (line,) = memory.apply("ana", EDIT, [add("prefers sounds", 0.8)])
    clock.pass_hours(24 * 90)
    assert memory.get("ana", line.id).confidence == pytest.approx(0.4)
    confirm = Confirm(preference_id=line.id, reason="used", weight=0.5, most=0.8)
    memory.apply("ana", EDIT, [confirm])
    assert memory.get("ana", line.id).confidence == pytest.approx(0.6)


def test_a_job_and_what_it_awaits_go_with_the_operations(memory: Memory) -> None:
    memory.apply("ana", EDIT, [add("prefers sounds")], infer="edit", details={"before": "x"})
    (job,) = memory.jobs("ana")
    assert (job.kind, job.details) == ("edit", {"before": "x"})
    event = memory.job_evidence("ana", job.id)
    assert event is not None
    (line,) = memory.apply("ana", event, [add("prefers cats")], finishes=job.id)
    assert memory.jobs("ana") == []
    assert line.evidence_ids == (event.id,)
    # Done, it is not done again.
    assert memory.apply("ana", event, [add("prefers dogs")], finishes=job.id) == []
    assert {p.description for p in memory.get_all("ana")} == {"prefers sounds", "prefers cats"}


def test_what_events_contradict_again_and_again_is_put_to_the_user(
    open_memory: Callable[..., Memory], clock: Clock
) -> None:
    memory = open_memory()
    memory.add("ana", "prefers long replies", aspect="length", value="long")
    short = PreferenceDraft(
        description="prefers short replies", origin="inferred", aspect="length", value="short"
    )
    operation = Add(draft=short, reason="it explains the edit")
    clock.pass_hours(1)
    found = [memory.apply("ana", EDIT, [operation], on_conflict="ask") for _ in range(3)]
    assert [len(each.conflicts) for each in found] == [0, 0, 1]
    assert found[-1].conflicts[0].new.value == "short"


def test_a_drop_is_told_and_its_words_go_with_the_event(memory: Memory) -> None:
    event = memory.record("ana", EDIT)
    dropped = Drop(description="prefers thunder", reason="0.31, against 0.50 without it")
    (line,) = memory.apply("ana", event, [dropped, add("prefers sounds")])
    (told,) = [c for c in memory.history("ana") if c.operation == "drop"]
    assert (told.description, told.evidence_id) == ("prefers thunder", event.id)
    memory.delete("ana", line.id)
    assert {c.description for c in memory.history("ana")} == {""}


async def test_bound_and_async_forms(memory: Memory) -> None:
    ana = memory.for_user("ana")
    (line,) = await ana.aapply(EDIT, [add("prefers sounds")], context=Context(text="a poem"))
    assert ana.apply(EDIT, [Retire(preference_id=line.id, reason="worse")]) == []
    assert [n.evidence.context for n in await ana.anear_evidence("a poem")] == [
        Context(text="a poem")
    ]


def test_nearest_contexts_come_first(memory: Memory) -> None:
    texts = ["a poem about rain", "an email to the boss", "a poem about snow", "tax forms"]
    for text in texts:
        memory.record("ana", EDIT, context=Context(text=text))
    memory.record("ana", EDIT)
    memory.record("ben", EDIT, context=Context(text="a poem about rain"))
    near = memory.near_evidence("ana", Context(text="a poem about rain"), limit=2)
    assert [n.evidence.context.text for n in near if n.evidence.context] == [texts[0], texts[2]]
    assert near[0].score == pytest.approx(1.0, abs=1e-5)
    assert near[0].score > near[1].score
    rest = memory.near_evidence("ana", texts[0], besides={near[0].evidence.id})
    assert len(rest) == 3
    assert memory.near_evidence("ana", texts[0], kinds=("choice",)) == []
    with pytest.raises(InputError, match="positive"):
        memory.near_evidence("ana", texts[0], limit=0)


def test_contexts_are_embedded_once(
    open_memory: Callable[..., Memory], embedder: object, no_embedder: object
) -> None:
    class Counting:
        id = embedder.id
        dimension = embedder.dimension
        texts: list[str] = []  # noqa: RUF012

        def embed(self, texts: list[str]) -> object:
            self.texts += texts
            return embedder.embed(texts)

    with open_memory(embedder=no_embedder) as bare:
        for text in ("a poem about rain", "a poem about rain", "tax forms"):
            bare.record("ana", EDIT, context=Context(text=text))
        near = bare.near_evidence("ana", "rain poem")
        assert [n.score > 0 for n in near] == [True, True, False]
    memory = open_memory(embedder=Counting())
    first = memory.near_evidence("ana", "tax")
    assert sorted(Counting.texts) == ["a poem about rain", "tax", "tax forms"]
    assert memory.near_evidence("ana", "tax") == first
    assert Counting.texts[-1] == "tax"
    assert len(Counting.texts) == 4
