"""A scripted agent, and the chat on top of it."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from penchant.agent.types import (
    Choosing,
    DraftDelta,
    Event,
    Finished,
    Learned,
    Pending,
    Reply,
    ReplyDelta,
    Status,
    Step,
    Trace,
)
from penchant.config import Settings
from penchant.errors import NotFoundError
from penchant.memory.types import Conflict, Preference, PreferenceDraft, SessionInfo, Turn
from penchant.policies.types import Aspect, Candidate, Decision, Question, Weighed
from penchant.tui.app import ChatApp
from penchant.tui.widgets.composer import Composer
from penchant.tui.widgets.reply_message import ReplyMessage
from penchant.tui.widgets.status_bar import StatusBar

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
QUESTION = Question(
    id="q1",
    text="What diet should I keep in mind?",
    why="it decides what I can offer at all",
    aspect="diet",
    options=("no restrictions", "vegetarian", "vegan"),
)
CHOOSING = Choosing(
    id="c1",
    candidates=(
        Candidate(text="**Short**: pasta.", approach="in one line"),
        Candidate(text="A longer text about pasta with tomatoes.", approach="with detail"),
    ),
)


def preference(description: str, **given: object) -> Preference:
    values: dict[str, object] = {
        "id": "p-" + description.replace(" ", "-"),
        "user_id": "ana",
        "description": description,
        "polarity": "like",
        "hard": False,
        "strength": 0.7,
        "origin": "stated",
        "confidence": 0.9,
        "scope": None,
        "aspect": None,
        "value": None,
        "evidence_ids": (),
        "valid_from": NOON,
        "valid_to": None,
        "supersedes": None,
    }
    return Preference(**{**values, **given})  # type: ignore[arg-type]


CONFLICT = Conflict(
    old=preference("is allergic to peanuts", polarity="dislike", hard=True),
    new=PreferenceDraft(description="loves peanuts in noodle dishes"),
    evidence_id="e1",
    reason="It would lift something that must hold.",
)


def reply_with(text: str, **given: object) -> Reply:
    values: dict[str, object] = {
        "id": "r1",
        "session_id": "s1",
        "text": text,
        "decision": Decision(
            kind="answer",
            reason="Memory answers what matters here.",
            request_kind="food",
            weighed=(Weighed(aspect="diet", value=0.8, cost=0.3, reason="memory answers it"),),
        ),
        "trace": Trace(
            steps=(
                Step(node="recall", milliseconds=4.0, note="2 preferences near"),
                Step(
                    node="propose",
                    milliseconds=900.0,
                    llm_calls=1,
                    llm_milliseconds=890.0,
                    prompt_tokens=210,
                    completion_tokens=64,
                ),
            )
        ),
    }
    return Reply(**{**values, **given})  # type: ignore[arg-type]


class FakeMemory:
    def __init__(self, known: Sequence[Preference]) -> None:
        self.known = {p.id: p for p in known}

    async def aget_all(self) -> list[Preference]:
        return list(self.known.values())

    async def aupdate(
        self, preference_id: str, description: str, *, scope: str | None = None
    ) -> Preference:
        changed = replace(
            self.known[preference_id], description=description, scope=scope, revised=True
        )
        self.known[preference_id] = changed
        return changed

    async def adelete(self, preference_id: str) -> Preference:
        return self.known.pop(preference_id)

    async def arestore(self, preference: Preference) -> Preference:
        self.known[preference.id] = preference
        return preference


class FakeAgent:
    """Answers by script: a list of events, or an error, for each turn in order."""

    def __init__(
        self,
        script: Sequence[Sequence[Event | Exception]] = (),
        *,
        known: Sequence[Preference] = (),
        turns: Sequence[Turn] = (),
        pending: Pending | None = None,
        load_error: Exception | None = None,
        hold_load: bool = False,
        hold_turns: bool = False,
        session_id: str = "s1",
    ) -> None:
        self.user_id = "ana"
        self.session_id = session_id
        self.settings = Settings(model="local/scripted")
        self.memory = FakeMemory(known)
        self.pending = pending
        self.said: list[object] = []
        self.done: list[tuple[str, object]] = []
        self.sessions_deleted: list[str] = []
        self.closed = False
        self.keep_pending = False
        self.load = threading.Event()
        self.go = threading.Event()
        if not hold_load:
            self.load.set()
        if not hold_turns:
            self.go.set()
        self._script = [list(turn) for turn in script]
        self._turns = list(turns)
        self._load_error = load_error

    async def aload(self, progress: Callable[[str], None] | None = None) -> None:
        if progress is not None:
            progress("loading language model…")
        await self._wait(self.load)
        if self._load_error is not None:
            raise self._load_error

    def turns(self) -> list[Turn]:
        return self._turns

    def sessions(self) -> list[SessionInfo]:
        return [
            SessionInfo(
                id=name, user_id="ana", title=title, created_at=NOON, updated_at=NOON, turns=4
            )
            for name, title in (("s1", "Dinner ideas"), ("s2", "A [red]birthday[/] menu"))
        ]

    def astream(self, text: str, *, offer_choice: bool = False) -> AsyncIterator[Event]:
        return self._play(text)

    def astream_answer(self, question: Question, value: str | int | None) -> AsyncIterator[Event]:
        return self._play((question.id, value))

    def astream_choice(self, choosing: Choosing, index: int | None) -> AsyncIterator[Event]:
        return self._play((choosing.id, index))

    def astream_resolve(
        self, conflict: Conflict, keep: str | None, *, scope: str | None = None
    ) -> AsyncIterator[Event]:
        return self._play((conflict.id, keep, scope))

    async def aedit(self, reply: Reply, new_text: str) -> tuple[Preference, ...]:
        self.done.append(("edit", new_text))
        learned = preference("likes short replies", aspect="length")
        self.memory.known[learned.id] = learned
        return (learned,)

    async def arate(self, reply: Reply, value: float) -> None:
        self.done.append(("rate", value))

    async def alearned(self) -> tuple[Preference, ...]:
        return ()

    async def aundo(self, preference_id: str) -> None:
        if preference_id not in self.memory.known:
            raise NotFoundError(f"no preference {preference_id!r}")
        self.done.append(("undo", preference_id))
        del self.memory.known[preference_id]

    async def adelete_session(self, session_id: str) -> None:
        self.sessions_deleted.append(session_id)

    async def aclose(self) -> None:
        self.closed = True

    async def _play(self, said: object) -> AsyncIterator[Event]:
        self.said.append(said)
        if not self.keep_pending:
            self.pending = None
        events = self._script.pop(0) if self._script else [*answer(f"You said {said!r}.")]
        for event in events:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Finished):
                await self._wait(self.go)
                reply = event.reply
                self.pending = reply.question or reply.choosing or reply.conflict
                for learned in reply.learned:
                    self.memory.known[learned.id] = learned
            yield event
            await asyncio.sleep(0)

    async def _wait(self, gate: threading.Event) -> None:
        while not gate.is_set():  # noqa: ASYNC110 - the test opens it from another thread
            await asyncio.sleep(0.005)


def answer(text: str, **given: object) -> list[Event]:
    half = len(text) // 2
    learned = given.get("learned")
    told = [Learned(preferences=learned)] if learned else []  # type: ignore[arg-type]
    return [
        *told,
        Status(text="drafting"),
        DraftDelta(draft=0, text=text[:half]),
        ReplyDelta(text=text[:half]),
        ReplyDelta(text=text[half:]),
        Finished(reply=reply_with(text, **given)),
    ]


def ask(question: Question = QUESTION) -> list[Event]:
    decision = Decision(
        kind="ask",
        reason="Knowing the diet is worth the interruption.",
        aspect=Aspect(key="diet", name="diet", values=question.options),
    )
    return [Finished(reply=reply_with("", question=question, decision=decision))]


def contradict(conflict: Conflict = CONFLICT) -> list[Event]:
    decision = Decision(kind="ask", reason=conflict.reason)
    return [Finished(reply=reply_with("", conflict=conflict, decision=decision))]


async def until(pilot: Pilot[None], true: Callable[[], object], what: str = "") -> None:
    """Lets the app run until something holds; the test's own timeout is the only limit."""
    for _ in range(2000):
        try:
            if true():
                await pilot.pause()
                return
        except NoMatches:
            pass
        await pilot.pause(0.005)
    raise AssertionError(f"never came true: {what or inspect.getsource(true).strip()}")


class Chat:
    """The app under test, with what tests look at."""

    def __init__(self, app: ChatApp, agents: list[FakeAgent], pilot: Pilot[None]) -> None:
        self.app = app
        self.agents = agents
        self.pilot = pilot

    @property
    def agent(self) -> FakeAgent:
        return self.agents[-1]

    @property
    def screen(self) -> Screen[object]:
        return self.app.screen

    @property
    def composer(self) -> Composer:
        return self.app.chat.query_one(Composer)

    @property
    def state(self) -> str:
        return self.app.chat.query_one(StatusBar).state

    def texts(self, kind: type[Widget]) -> list[str]:
        return [str(getattr(w, "text", "")) for w in self.app.chat.query(kind)]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def send(self, text: str) -> None:
        self.composer.focus()
        self.composer.put(text)
        await self.press("enter")

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        await until(self.pilot, true, what)

    async def replied(self, text: str) -> None:
        """Waits until this is the last reply, and all of it is there."""
        await self.until(
            lambda: (
                (last := self.app.chat.query(ReplyMessage).last()).text == text
                and last.has_class("finished")
            ),
            text,
        )

    async def ready(self) -> None:
        await self.until(lambda: self.state == "ready", "ready")


@pytest.fixture(params=[(80, 24), (120, 40)], ids=["80x24", "120x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param  # type: ignore[no-any-return]


OpenChat = Callable[..., AbstractAsyncContextManager[Chat]]


@pytest.fixture
def open_chat() -> OpenChat:
    @asynccontextmanager
    async def opened(*agents: FakeAgent, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Chat]:
        waiting = list(agents) or [FakeAgent()]
        made: list[FakeAgent] = []

        def make(session_id: str | None) -> FakeAgent:
            agent = waiting.pop(0)
            if session_id is not None:
                agent.session_id = session_id
            made.append(agent)
            return agent

        app = ChatApp(make, user_id="ana", model="local/scripted")
        try:
            async with app.run_test(size=size) as pilot:
                yield Chat(app, made, pilot)
        finally:
            for agent in made:
                agent.load.set()
                agent.go.set()
            app.engine.close()

    return opened


@pytest.fixture
def kit() -> ModuleType:
    """This module: scripts are written with its helpers, which tests cannot import."""
    return sys.modules[__name__]
