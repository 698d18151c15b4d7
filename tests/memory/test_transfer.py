"""What is exported comes back exactly, whatever was said, and hostile lines change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.memory import (
    Answer,
    Artefact,
    Choice,
    Command,
    Context,
    Edit,
    Memory,
    Observation,
    PreferenceDraft,
    Rating,
    Reaction,
    Statement,
)
from penchant.memory.types import Add, Confirm, Drop

if TYPE_CHECKING:
    from penchant.models import HashEmbedder

pytestmark = pytest.mark.backends("sqlite", "postgres")

# Everything that a string may hold, NULs and lone surrogates too.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)
LINES = st.text(st.characters(min_codepoint=33, exclude_categories=("Cs", "C")), min_size=1)
SHARES = st.floats(0.01, 1.0)
PAIRS = st.tuples(TEXTS, TEXTS)
OBSERVATIONS: st.SearchStrategy[Observation] = st.one_of(
    st.builds(Statement, text=TEXTS),
    st.builds(Command, text=TEXTS),
    st.builds(Edit, before=TEXTS, after=TEXTS),
    st.builds(Choice, shown=PAIRS, picked=st.sampled_from([0, 1, None]), ignored=st.booleans()),
    st.builds(Rating, text=TEXTS, value=st.floats(-1, 1)),
    st.builds(
        Reaction, reply=TEXTS, text=TEXTS, sentiment=st.sampled_from(["satisfied", "dissatisfied"])
    ),
    st.builds(Answer, question=TEXTS, aspect=TEXTS, value=TEXTS | st.none(), options=PAIRS),
    st.builds(Artefact, text=TEXTS),
)
CONTEXTS = st.none() | st.builds(Context, text=TEXTS, tags=PAIRS)
DRAFTS = st.builds(
    PreferenceDraft,
    description=LINES.map(lambda text: text[:40]).filter(lambda text: text.strip("\ufffd ")),
    polarity=st.sampled_from(["like", "dislike"]),
    hard=st.booleans(),
    strength=SHARES,
    origin=st.sampled_from(["stated", "inferred"]),
    confidence=SHARES,
    scope=st.sampled_from([None, "work", "日本"]),
    aspect=st.sampled_from([None, "length", "diet"]),
    value=st.sampled_from([None, "short", "long"]),
    lasts_hours=st.none() | st.floats(0.1, 1000),
)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """What happens to a user, in order."""
    happenings = {
        "learn": st.tuples(OBSERVATIONS, st.lists(DRAFTS, max_size=3), CONTEXTS),
        "queue": st.tuples(OBSERVATIONS, TEXTS),
        "infer": SHARES,
        "update": SHARES,
        "delete": SHARES,
        "talk": TEXTS,
        "compare": SHARES,
    }
    kinds = draw(st.lists(st.sampled_from(sorted(happenings)), min_size=1, max_size=8))
    return [(kind, draw(happenings[kind])) for kind in kinds]


def live_through(memory: Memory, user: str, life: list[tuple[str, Any]]) -> None:
    for number, (kind, given_) in enumerate(life):
        live = memory.get_all(user)
        events = memory.evidence(user)
        match kind:
            case "learn":
                observation, drafts, context = given_
                memory.learn(user, observation, drafts, context=context, session_id="s")
            case "queue":
                observation, detail = given_
                memory.record(user, observation, infer="edit", details={"reply": detail})
                memory.fail_job(user, memory.jobs(user)[-1].id, "the model wrote prose")
            case "infer":
                draft = PreferenceDraft(
                    description=f"likes {number}", origin="inferred", confidence=given_
                )
                memory.apply(
                    user,
                    Edit(before="a", after="b"),
                    [
                        Add(draft=draft, reason="it explains the edit"),
                        Drop(description="likes nothing", reason="0.4 against 0.6"),
                        *(Confirm(preference_id=p.id, reason="again") for p in live[:1]),
                    ],
                )
            case "update" if live:
                memory.update(user, live[0].id, f"likes other things {number}", strength=given_)
            case "delete" if live:
                memory.delete(user, live[-1].id)
            case "talk":
                session = memory.start_session(user, "talk", session_id=f"s{number}")
                memory.add_turn(user, session.id, "user", given_)
            case "compare" if events:
                vector = np.array([given_, -given_], np.float32)
                memory.add_comparison(user, events[0].id, "f1", vector, given_)


def test_any_life_comes_back_exactly(
    memory: Memory,
    open_memory: Callable[..., Memory],
    tmp_path: Path,
    embedder: HashEmbedder,
    clock: Any,
) -> None:
    # Truth and index of its own, in files, whatever the first store's are.
    other = open_memory(home=tmp_path / "other", database=None, index=None)
    users = iter(range(1_000_000))

    # Each example is of a user of its own.
    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(life=lives())
    def check(life: list[tuple[str, Any]]) -> None:
        user = f"user{next(users)}"
        live_through(memory, user, life)
        clock.pass_hours(5)
        lines = list(memory.export(user))
        assert other.import_(user, lines) == len(lines)
        assert list(other.export(user)) == lines
        assert other.import_(user, lines) == 0
        assert memory.import_(user, lines) == 0
        assert list(memory.export(user)) == list(other.export(user)) == lines
        assert other.get_all(user, live_only=False) == memory.get_all(user, live_only=False)
        assert other.evidence(user) == memory.evidence(user)
        assert other.history(user) == memory.history(user)
        assert other.jobs(user) == memory.jobs(user)

    check()


def test_what_is_imported_is_indexed_and_found(
    memory: Memory, open_memory: Callable[..., Memory], tmp_path: Path
) -> None:
    for number in range(20):
        memory.add("ana", f"likes thing{number}")
    other = open_memory(home=tmp_path / "other", database=None, index=None)
    other.import_("ana", memory.export("ana"))
    assert other.search("ana", "thing7", limit=3) == memory.search("ana", "thing7", limit=3)


FORGED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another user's line": lambda line: line | {"user_id": "bo"},
    "no user": lambda line: {name: found for name, found in line.items() if name != "user_id"},
    "a user that is none": lambda line: line | {"user_id": None},
    "a list of users": lambda line: line | {"user_id": ["ana", "bo"]},
    "metadata with a user": lambda line: line | {"metadata": {"user_id": "bo"}},
    "one column too many": lambda line: line | {"owner": "bo"},
    "another's evidence": lambda line: line | {"evidence_ids": ["of-bo"]},
    "an id of another's": lambda line: line | {"id": "of-bo"},
    "a number that is none": lambda line: line | {"strength": "NaN"},
    "a belief beyond certainty": lambda line: line | {"confidence": 2},
    "a text of a hundred thousand": lambda line: line | {"description": "x" * 100_000},
    "a moment without a zone": lambda line: line | {"valid_from": "2026-01-01T00:00:00"},
}


@pytest.mark.parametrize("how", sorted(FORGED))
def test_a_forged_line_changes_nothing_for_anybody(
    memory: Memory, open_memory: Callable[..., Memory], tmp_path: Path, how: str
) -> None:
    memory.add("ana", "likes tea")
    exported = [json.loads(line) for line in memory.export("ana")]
    other = open_memory(home=tmp_path / "other", database=None, index=None)
    other.learn("bo", Statement(text="x"), [PreferenceDraft(description="likes jazz")])
    (of_bo,) = other.get_all("bo")
    lines = [
        json.dumps(FORGED[how](line) if line["kind"] == "preference" else line).replace(
            "of-bo", of_bo.id if how == "an id of another's" else of_bo.evidence_ids[0]
        )
        for line in exported
    ]
    before = list(other.export("bo"))
    with pytest.raises(InputError, match=r"line \d cannot be imported.*nothing was imported"):
        other.import_("ana", lines)
    assert list(other.export("ana")) == []
    assert list(other.export("bo")) == before


def test_a_line_with_its_user_twice_counts_as_the_last(memory: Memory) -> None:
    line = '{"user_id": "ana", "kind": "session", "user_id": "bo"}'
    with pytest.raises(InputError, match="belongs to user 'bo'"):
        memory.import_("ana", [line])
