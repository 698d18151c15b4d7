"""What the chat looks like, at the smallest size it is made for and at a common one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from textual.pilot import Pilot

from penchant.tui.app import ChatApp

REPLY = """## Two ideas

1. **Lentil soup**: onions, lentils, stock; 25 minutes.
2. *Pasta* with tomatoes and basil.

Shall I write a [list](https://example.org) `for the shop`?"""

Look = Callable[..., bool]


@pytest.fixture
def look(
    snap_compare: Any, kit: ModuleType, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Look]:
    """Compares the screen after some keys, once the chat has come to rest."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    apps: list[ChatApp] = []

    def compare(agent: Any, before: Callable[[Any], Awaitable[None]]) -> bool:
        app = ChatApp(lambda _: agent, user_id="ana", model="local/scripted")
        apps.append(app)

        async def run(pilot: Pilot[None]) -> None:
            chat = kit.Chat(app, [agent], pilot)
            await chat.ready()
            chat.composer.cursor_blink = False
            await before(chat)
            await pilot.pause()

        return bool(snap_compare(app, terminal_size=size, run_before=run))

    yield compare
    for app in apps:
        app.engine.close()


def test_empty(look: Look, kit: ModuleType) -> None:
    async def nothing(chat: Any) -> None:
        pass

    assert look(kit.FakeAgent(), nothing)


def test_question_card(look: Look, kit: ModuleType) -> None:
    async def ask(chat: Any) -> None:
        await chat.send("Any ideas for dinner?")
        await chat.until(lambda: chat.state == "ready" and chat.screen.query("QuestionCard"))
        await chat.until(lambda: chat.screen.query_one("QuestionCard").has_focus_within)

    assert look(kit.FakeAgent([kit.ask()]), ask)


def test_conflict_card(look: Look, kit: ModuleType) -> None:
    async def contradict(chat: Any) -> None:
        await chat.send("I love peanuts in noodle dishes. Any ideas for dinner?")
        await chat.until(lambda: chat.state == "ready" and chat.screen.query("ConflictCard"))
        await chat.until(lambda: chat.screen.query_one("ConflictCard").has_focus_within)

    assert look(kit.FakeAgent([kit.contradict()]), contradict)


def test_reply_with_learned_line_and_panel(look: Look, kit: ModuleType) -> None:
    short = kit.preference(
        "likes short replies", aspect="length", origin="inferred", confidence=0.6
    )
    hurried = kit.preference("is in a hurry", scope="dinner on weekdays")
    agent = kit.FakeAgent(
        [kit.answer(REPLY, learned=(hurried,))],
        known=[
            kit.preference("is vegetarian", hard=True),
            kit.preference("dislikes olives", polarity="dislike"),
            short,
        ],
    )

    async def converse(chat: Any) -> None:
        await chat.send("Any ideas for dinner?")
        await chat.replied(REPLY)
        await chat.ready()
        if not chat.screen.query_one("MemoryPanel").display:
            await chat.press("f2")
        await chat.until(lambda: len(chat.screen.query_one("MemoryPanel")._by_id) == 4)

    assert look(agent, converse)


def test_help(look: Look, kit: ModuleType) -> None:
    async def ask_for_help(chat: Any) -> None:
        await chat.press("f1")

    assert look(kit.FakeAgent(), ask_for_help)
