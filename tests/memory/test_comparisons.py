"""Comparisons in line with their events, and what is kept of a fitted reward model."""

from __future__ import annotations

import json

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.memory import Choice, Edit, Memory, Rating
from penchant.memory.records import observation_of
from penchant.memory.types import ComparisonKey, NewComparison

pytestmark = pytest.mark.backends("sqlite", "postgres")


def new(evidence_id: str, key: str = "choice:0", **changed: object) -> NewComparison:
    given = {"vector": np.ones(3, np.float32), "weight": 1.0, "source": "choice"}
    return NewComparison(evidence_id=evidence_id, key=key, **(given | changed))


def test_what_is_put_comes_back_in_the_order_of_events(memory: Memory) -> None:
    first = memory.record("ana", Edit(before="a", after="b"), session_id="one")
    second = memory.record("ana", Choice(shown=("a", "b"), picked=0))
    rows = [new(second.id, "choice:1"), new(second.id), new(first.id, "edit", source="edit")]
    assert memory.put_comparisons("ana", "f", rows) == 3
    assert memory.put_comparisons("ana", "f", rows) == 0
    found = memory.comparisons("ana", "f")
    assert found.keys == ("edit", "choice:0", "choice:1")
    assert found.sources == ("edit", "choice", "choice")
    assert found.sessions == ("one", None, None)
    memory.put_comparisons("ana", "f", [], drop=[ComparisonKey(second.id, "choice:0")])
    assert memory.comparisons("ana", "f").keys == ("edit", "choice:1")
    assert memory.comparisons("bo", "f").keys == ()


def test_nothing_is_kept_of_events_that_are_gone(memory: Memory) -> None:
    event = memory.record("ana", Rating(text="a", value=1.0))
    assert memory.put_comparisons("ana", "f", [new("nobody's"), new(event.id, against_id="x")]) == 0
    assert memory.put_comparisons("bo", "f", [new(event.id)]) == 0
    with pytest.raises(InputError, match="key"):
        memory.put_comparisons("ana", "f", [new(event.id, "k" * 200)])


def test_a_comparison_goes_with_either_of_its_events(memory: Memory) -> None:
    line = memory.add("ana", "likes tea")
    (behind,) = line.evidence_ids
    later = memory.record("ana", Rating(text="b", value=-1.0))
    memory.put_comparisons("ana", "f", [new(later.id, f"rating:{behind}", against_id=behind)])
    lines = list(memory.export("ana"))
    memory.undo("ana", line.id)
    assert memory.comparisons("ana", "f").keys == ()
    memory.delete_all("ana")
    memory.import_("ana", lines)
    assert memory.comparisons("ana", "f").keys == (f"rating:{behind}",)


def test_a_kept_posterior_is_of_today_until_something_changes(memory: Memory) -> None:
    empty = memory.posterior("ana", "f")
    assert (empty.revision, empty.current) == (None, None)
    line = memory.add("ana", "likes tea")

    def keep(data: bytes = b"one") -> bool:
        now = memory.posterior("ana", "f").current
        assert now is not None
        return memory.keep_posterior("ana", "f", revision=now, basis="b", data=data)

    assert keep()
    kept = memory.posterior("ana", "f")
    assert (kept.data, kept.basis, kept.revision) == (b"one", "b", kept.current)
    assert memory.posterior("ana", "g").revision is None
    memory.record("ana", Rating(text="a", value=1.0))
    old = memory.posterior("ana", "f")
    assert (old.data, old.revision == old.current) == (b"one", False)
    assert not memory.keep_posterior("ana", "f", revision=kept.revision, basis="b", data=b"late")
    assert keep(b"two")
    assert memory.posterior("ana", "f").data == b"two"
    memory.delete("ana", line.id)
    assert memory.posterior("ana", "f").revision is None
    assert keep(b"three")
    memory.delete_all("ana")
    assert memory.posterior("ana", "f").data == b""


def test_events_as_they_were_kept_before_still_load() -> None:
    assert observation_of('{"shown": ["a"], "picked": null, "kind": "choice"}') == Choice(
        shown=("a",), picked=None
    )
    for text in ('{"before": "a", "after": "b", "kind": "edit"}',):
        assert observation_of(text) == Edit(before="a", after="b")
    assert observation_of('{"text": "a", "value": 1, "kind": "rating"}') == Rating(
        text="a", value=1.0
    )


def test_a_strength_is_one_of_four(memory: Memory) -> None:
    said = Choice(shown=("a", "b"), picked=1, strength="much better", reason="warmer", judge="j")
    assert memory.record("ana", said).observation == memory.evidence("ana")[0].observation == said
    with pytest.raises(InputError, match="much better"):
        memory.record("ana", Choice(shown=("a", "b"), picked=1, strength="hugely better"))  # type: ignore[arg-type]


def test_lines_without_sources_are_read(memory: Memory) -> None:
    event = memory.record("ana", Edit(before="a", after="b"))
    memory.put_comparisons("ana", "f", [new(event.id, "edit")])
    old = []
    for line in memory.export("ana"):
        record = json.loads(line)
        for later in ("source", "key", "against_id"):
            if record["kind"] == "comparison":
                record.pop(later)
        old.append(json.dumps(record))
    memory.delete_all("ana")
    memory.import_("ana", old)
    assert memory.comparisons("ana", "f").keys == ("unnamed",)
