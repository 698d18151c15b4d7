"""Chat models made of another: everything is passed on, replies can be given beforehand."""

from __future__ import annotations

from pydantic import BaseModel

from penchant.models import (
    FunctionChatModel,
    Message,
    PassingChatModel,
    RehearsedChatModel,
)
from penchant.models.structured import collect

ASKED = (Message(role="user", content="How far is it?"),)


class Distance(BaseModel):
    km: int


def inner() -> FunctionChatModel:
    return FunctionChatModel(fn=lambda _, schema: Distance(km=3) if schema else "three")


async def test_every_call_reaches_the_other_model_as_it_was_made() -> None:
    chat = inner()
    passing = PassingChatModel(chat)
    told = await collect(
        passing.stream(ASKED, max_tokens=7, temperature=0.1, seed=4, background=True)
    )
    answer, _ = await passing.structured(ASKED, Distance, max_tokens=9, temperature=0.2, seed=5)
    assert (told.text, answer) == ("three", Distance(km=3))
    first, second = chat.calls
    assert (first.max_tokens, first.temperature, first.seed, first.background) == (7, 0.1, 4, True)
    assert (second.max_tokens, second.temperature, second.seed) == (9, 0.2, 5)
    assert second.schema is Distance
    assert (passing.name, passing.context_window) == (chat.name, chat.context_window)
    assert passing.count_tokens("a b c") == chat.count_tokens("a b c")
    await passing.aclose()
    assert not chat.closed


async def test_a_rehearsed_reply_costs_nothing_and_nothing_else_is_rehearsed() -> None:
    chat = inner()
    rehearsed = RehearsedChatModel(chat)
    rehearsed.reply = "two"
    told = await collect(rehearsed.stream(ASKED))
    assert (told.text, told.usage.calls, chat.calls) == ("two", 0, [])
    behind = await collect(rehearsed.stream(ASKED, background=True))
    answer, _ = await rehearsed.structured(ASKED, Distance)
    assert (behind.text, answer, len(chat.calls)) == ("three", Distance(km=3), 2)
    rehearsed.reply = None
    assert (await collect(rehearsed.stream(ASKED))).text == "three"
