"""What holds of every verb: whose it is must be said, and no input breaks more than itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import event as happening

from penchant.errors import InputError, NotFoundError, PenchantError
from penchant.memory import (
    Answer,
    Artefact,
    Choice,
    Command,
    Conflict,
    Context,
    Edit,
    Memory,
    Preference,
    PreferenceDraft,
    Rating,
    Reaction,
    Statement,
    UserMemory,
)
from penchant.memory.types import Add

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.backends("sqlite", "postgres")

SAID = Statement(text="I like tea")
DRAFT = PreferenceDraft(description="likes tea")
# Verbs about the index as a whole, where no user means all of them.
OF_ALL = {"reindex", "verify_index"}


def preference(user: str) -> Preference:
    from datetime import UTC, datetime

    return Preference(
        id="p",
        user_id=user,
        description="likes tea",
        polarity="like",
        hard=False,
        strength=0.5,
        origin="stated",
        confidence=0.5,
        scope=None,
        aspect=None,
        value=None,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


def arguments(memory: Memory, user: Any) -> dict[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """What each verb takes besides its user; ids that name nothing."""
    conflict = Conflict(old=preference(user), new=DRAFT, evidence_id="e", reason="r")
    return {
        "add": (("likes tea",), {}),
        "add_comparison": (("e", "f", np.ones(2, np.float32), 1.0), {}),
        "add_turn": (("s", "user", "hi"), {}),
        "apply": ((SAID, []), {}),
        "chain": (("p",), {}),
        "comparisons": (("f",), {}),
        "context": (("tea",), {}),
        "delete": (("p",), {}),
        "delete_all": ((), {}),
        "delete_session": (("s",), {}),
        "drift": ((), {}),
        "erase": ((), {}),
        "evidence": ((), {}),
        "explain": (("tea",), {}),
        "export": ((), {}),
        "fail_job": (("j", "error"), {}),
        "finish_job": (("j",), {}),
        "get": (("p",), {}),
        "get_all": ((), {}),
        "history": ((), {}),
        "import_": (([],), {}),
        "job_evidence": (("j",), {}),
        "jobs": ((), {}),
        "keep_posterior": (("f",), {"revision": 0, "basis": "", "data": b""}),
        "learn": ((SAID, [DRAFT]), {}),
        "near_evidence": (("tea",), {}),
        "posterior": (("f",), {}),
        "profile": ((), {}),
        "put_comparisons": (("f", []), {}),
        "recall": (("tea",), {}),
        "record": ((SAID,), {}),
        "last_decision": (("s",), {}),
        "remnants": ((memory.traces("nobody"),), {}),
        "rename_session": (("s", "title"), {}),
        "resolve": ((conflict, "new"), {}),
        "restore": ((preference(user),), {}),
        "retry_jobs": ((), {}),
        "search": (("tea",), {}),
        "session": (("s",), {}),
        "sessions": ((), {}),
        "start_session": ((), {}),
        "traces": ((), {}),
        "turns": (("s",), {}),
        "undo": (("p",), {}),
        "update": (("p", "likes coffee"), {}),
    }


def verbs() -> set[str]:
    """The verbs without their twins."""
    names = {
        name for name in dir(Memory) if not name.startswith("_") and callable(getattr(Memory, name))
    }
    twins = {name for name in names if name.startswith("a") and name[1:] in names}
    return names - twins - {"close", "users", "for_user", "watch_erasures"}


def test_every_verb_names_its_user_first(memory: Memory) -> None:
    assert verbs() == arguments(memory, "ana").keys() | OF_ALL
    for name in verbs():
        for verb in (getattr(Memory, name), getattr(Memory, f"a{name}")):
            _, user, *_ = inspect.signature(verb).parameters.values()
            assert user.name == "user_id"
            assert user.annotation == ("str | None" if name in OF_ALL else "str")
            assert (user.default is user.empty) == (name not in OF_ALL)


@pytest.mark.parametrize("user", ["", "  ", None, 7, b"ana", ["ana"], "a\x00", "\ud800", "x" * 257])
async def test_a_user_that_is_none_is_an_error_everywhere(memory: Memory, user: Any) -> None:
    for name, (positional, named) in arguments(memory, user).items():
        with pytest.raises(InputError, match="user_id"):
            getattr(memory, name)(user, *positional, **named)
        with pytest.raises(InputError, match="user_id"):
            await getattr(memory, f"a{name}")(user, *positional, **named)
    for name in () if user is None else sorted(OF_ALL):
        with pytest.raises(InputError, match="user_id"):
            getattr(memory, name)(user)
    with pytest.raises(InputError, match="user_id"):
        memory.for_user(user)
    assert memory.users() == []


def test_a_user_that_is_missing_is_an_error_everywhere(memory: Memory) -> None:
    for name, (positional, named) in arguments(memory, "ana").items():
        with pytest.raises((TypeError, PenchantError)):
            getattr(memory, name)(*positional, **named)
    assert set(memory.users()) <= {"ana", "tea", "likes tea", "p", "s", "e", "j", "f"} - {"ana"}


ODD_IDS = ["a.b", "with.dots.", "\x00", "a\x00b", "\ud800", "x" * 100_000, "", "%", "_", "'; --"]


@pytest.mark.parametrize("odd", ODD_IDS, ids=ascii)
def test_odd_ids_name_nothing_or_are_refused(memory: Memory, odd: str) -> None:
    kept = memory.add("ana", "likes tea")
    memory.start_session("ana", session_id="s")
    for call in (
        lambda: memory.get("ana", odd),
        lambda: memory.update("ana", odd, "likes coffee"),
        lambda: memory.delete("ana", odd),
        lambda: memory.undo("ana", odd),
        lambda: memory.chain("ana", odd),
        lambda: memory.session("ana", odd),
        lambda: memory.turns("ana", odd),
        lambda: memory.add_turn("ana", odd, "user", "hi"),
        lambda: memory.rename_session("ana", odd, "x"),
        lambda: memory.delete_session("ana", odd),
        lambda: memory.fail_job("ana", odd, "x"),
        lambda: memory.add_comparison("ana", odd, "f", np.ones(2, np.float32), 1.0),
    ):
        with pytest.raises((NotFoundError, InputError)):
            call()
    for look in (
        lambda: memory.finish_job("ana", odd),
        lambda: memory.job_evidence("ana", odd),
        lambda: memory.evidence("ana", session_id=odd),
        lambda: memory.history("ana", odd),
    ):
        with suppress(InputError):
            assert not look()
    assert memory.get_all("ana") == [kept]
    assert [each.id for each in memory.sessions("ana")] == ["s"]


@pytest.mark.parametrize("odd", [*ODD_IDS[:-5], *ODD_IDS[-3:], "x" * 256], ids=ascii)
def test_odd_names_of_conversations_are_kept_or_refused(memory: Memory, odd: str) -> None:
    try:
        event = memory.record("ana", SAID, session_id=odd)
    except InputError:
        assert memory.evidence("ana") == []
        return
    assert event.session_id == odd
    (found,) = memory.evidence("ana", session_id=event.session_id)
    assert found == event
    lines = list(memory.export("ana"))
    memory.delete_all("ana")
    memory.import_("ana", lines)
    assert memory.evidence("ana") == [event]


LONG = "word " * 20_000
EVERY_KIND = [
    Statement(text=LONG),
    Command(text="a\x00b"),
    Edit(before=LONG, after="\ud800"),
    Choice(shown=(LONG, "b"), picked=0),
    Rating(text=LONG, value=1.0),
    Reaction(reply=LONG, text="no", sentiment="dissatisfied"),
    Answer(question=LONG, aspect="diet", value="vegan"),
    Artefact(text=LONG),
]


@pytest.mark.parametrize("observation", EVERY_KIND, ids=lambda each: each.kind)
def test_a_hundred_thousand_characters_are_evidence_like_any(
    memory: Memory, observation: Any
) -> None:
    recorded = memory.record("ana", observation, context=Context(text=LONG))
    (found,) = memory.evidence("ana")
    assert found == recorded
    assert found.context == Context(text=LONG)
    for query in (LONG, "a\x00b", "\ud800", '" OR owner:*', "NEAR(", "*", "words:tea"):
        assert memory.search("ana", query) == []
        assert memory.recall("ana", query) == []
    with pytest.raises(InputError, match="description"):
        memory.add("ana", LONG)


class TestEvidenceIsAppendOnly:
    @pytest.fixture
    def written(self, memory: Memory) -> Iterator[list[str]]:
        """Every statement that changes rows of evidence."""
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            words = statement.replace('"', "").split()
            if words[:2] == ["UPDATE", "evidence"] or words[:3] == ["DELETE", "FROM", "evidence"]:
                statements.append(statement)

        happening.listen(memory._engine, "before_cursor_execute", note)
        yield statements
        happening.remove(memory._engine, "before_cursor_execute", note)

    def test_no_verb_but_those_that_erase_touches_what_is_there(
        self, memory: Memory, written: list[str], clock: Any
    ) -> None:
        tea = memory.add("ana", "likes tea", aspect="drink", value="tea")
        first = memory.evidence("ana")
        memory.learn("ana", Statement(text="coffee"), [DRAFT], infer="statements")
        clock.pass_hours(1)
        memory.update("ana", tea.id, "likes green tea")
        inferred = PreferenceDraft(description="likes brevity", origin="inferred", confidence=0.5)
        memory.apply("ana", Edit(before="a", after="b"), [Add(draft=inferred, reason="it fits")])
        memory.recall("ana", "tea")
        memory.near_evidence("ana", Context(text="tea"))
        (job,) = memory.jobs("ana")
        memory.fail_job("ana", job.id, "prose")
        memory.retry_jobs("ana")
        memory.finish_job("ana", job.id)
        memory.import_("ana", list(memory.export("ana")))
        memory.reindex("ana")
        # The vector of a context is no part of the event: it is made, and made again.
        assert all("SET vector" in each for each in written)
        assert memory.evidence("ana")[: len(first)] == first
        assert len(memory.evidence("ana")) == 3
        written.clear()
        memory.undo("ana", memory.get_all("ana")[-1].id)
        assert any(each.startswith("DELETE") for each in written)

    def test_what_a_caller_changes_afterwards_changes_nothing(self, memory: Memory) -> None:
        shown = ["one", "two"]
        memory.record("ana", Choice(shown=tuple(shown), picked=0), source="cli")
        shown.append("three")
        (found,) = memory.evidence("ana")
        assert found.observation == Choice(shown=("one", "two"), picked=0)
        assert found.source == "cli"


def test_bound_verbs_are_the_same_verbs(memory: Memory) -> None:
    ana = memory.for_user("ana")
    calls: dict[str, Callable[..., Any]] = {
        name: getattr(UserMemory, name, None) or getattr(ana, name) for name in verbs()
    }
    assert calls.keys() == verbs()
    with pytest.raises(TypeError):
        ana.add()  # type: ignore[call-arg]
