"""A contradiction on screen: every way to settle it, and to pass over it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from penchant.tui.answers import Settling, read_settled
from penchant.tui.widgets.bubbles import Notice, UserMessage
from penchant.tui.widgets.conflict_card import ConflictCard


@pytest.fixture
def contradicted(kit: ModuleType) -> Any:
    return kit.FakeAgent([kit.contradict(), kit.answer("Peanut-free noodles.")])


async def _open(chat: Any) -> None:
    await chat.ready()
    await chat.send("I love peanuts in noodle dishes.")
    await chat.until(lambda: chat.state == "ready" and chat.screen.query(ConflictCard))


@pytest.mark.parametrize(
    ("key", "keep", "words"),
    [
        ("o enter", "old", "the old one"),
        ("n e w enter", "new", "the new one"),
        ("b o t h enter", "both", "both"),
        ("1", "old", "the old one"),
        ("2", "new", "the new one"),
        ("3", "both", "both"),
        ("5", None, "(later)"),
        ("escape", None, "(later)"),
        ("enter", "old", "the old one"),
    ],
)
async def test_keys_settle_it(
    open_chat: Any,
    kit: ModuleType,
    contradicted: Any,
    *,
    key: str,
    keep: str | None,
    words: str,
) -> None:
    async with open_chat(contradicted) as chat:
        await _open(chat)
        if key == "enter":
            await chat.press("home")
        await chat.press(*key.split())
        await chat.replied("Peanut-free noodles.")
        assert chat.agent.said[-1] == (kit.CONFLICT.id, keep, None)
        assert not chat.screen.query(ConflictCard)
        assert chat.texts(UserMessage)[-1] == words
        assert any("Which holds?" in text for text in chat.texts(Notice))


async def test_old_and_new_stand_side_by_side(
    open_chat: Any, contradicted: Any, size: tuple[int, int]
) -> None:
    async with open_chat(contradicted, size=size) as chat:
        await _open(chat)
        old, new = chat.screen.query_one("#old"), chat.screen.query_one("#new")
        assert old.region.y == new.region.y
        assert old.region.right <= new.region.x
        assert "must: is allergic to peanuts" in str(old.render())
        assert "loves peanuts" in str(new.render())


async def test_both_with_a_time_for_the_new_one(
    open_chat: Any, kit: ModuleType, contradicted: Any
) -> None:
    async with open_chat(contradicted) as chat:
        await _open(chat)
        await chat.press("4")
        await chat.until(lambda: chat.composer.has_focus and chat.composer.text == "both for ")
        await chat.press(*"parties", "enter")
        await chat.replied("Peanut-free noodles.")
        assert chat.agent.said[-1] == (kit.CONFLICT.id, "both", "parties")


async def test_another_message_passes_over_it(open_chat: Any, contradicted: Any) -> None:
    async with open_chat(contradicted) as chat:
        await _open(chat)
        await chat.send("What is the capital of France?")
        await chat.replied("Peanut-free noodles.")
        assert chat.agent.said[-1] == "What is the capital of France?"
        assert not chat.screen.query(ConflictCard)


async def test_what_is_open_when_the_chat_opens_is_shown(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent(pending=kit.CONFLICT)) as chat:
        await chat.until(lambda: chat.state == "ready" and chat.screen.query(ConflictCard))
        await chat.press("2")
        await chat.until(lambda: chat.agent.said == [(kit.CONFLICT.id, "new", None)])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", Settling("old")),
        ("Keep the old one.", Settling("old")),
        ("take the new", Settling("new")),
        ("BOTH", Settling("both")),
        ("both for work emails", Settling("both", "work emails")),
        ("both hold, but the new one only when it is late", Settling("both", "late")),
        ("both when I travel", Settling("both", "when they travel")),
        ("both, it depends", Settling("both")),
        ("keep the first", Settling("old")),
        ("Use the new one, please.", Settling("new")),
        ("later", Settling(None)),
        ("4", None),
        ("both are fine, but what is 2+2?", None),
        ("new ideas for dinner?", None),
        ("What is old?", None),
    ],
)
def test_what_is_typed(text: str, wanted: Settling | None) -> None:
    assert read_settled(text) == wanted
