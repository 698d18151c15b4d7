"""The chat models that tests and examples use."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import BaseModel

from penchant.errors import ChatTimeoutError, InputError, StructuredOutputError
from penchant.models import ChatModel, FunctionChatModel, Message, ScriptedChatModel
from penchant.models.structured import collect


class Taste(BaseModel):
    likes: str


ASK = [Message(role="user", content="What do I like?")]


async def test_scripted_replies_come_in_order_and_in_chunks() -> None:
    model: ChatModel = ScriptedChatModel(["You like jasmine tea.", Taste(likes="tea")])
    chunks = [chunk async for chunk in model.stream(ASK)]
    assert len(chunks) == 4
    assert "".join(chunk.text for chunk in chunks) == "You like jasmine tea."
    taste, usage = await model.structured(ASK, Taste, background=True)
    assert taste == Taste(likes="tea")
    assert usage.calls == 1
    assert usage.completion_tokens > 0


async def test_calls_are_recorded() -> None:
    model = ScriptedChatModel(["a", '{"likes": "b"}'])
    await collect(model.stream(ASK, max_tokens=7, seed=3))
    await model.structured(ASK, Taste, background=True)
    first, second = model.calls
    assert (first.messages, first.schema, first.max_tokens, first.seed) == (tuple(ASK), None, 7, 3)
    assert second.schema is Taste
    assert second.background
    assert model.remaining == 0


async def test_a_misfit_takes_the_next_reply_for_its_repair() -> None:
    model = ScriptedChatModel(["prose", Taste(likes="tea")])
    taste, usage = await model.structured(ASK, Taste)
    assert taste.likes == "tea"
    assert usage.calls == 2
    assert "no complete JSON document" in model.calls[1].messages[-1].content


async def test_two_misfits_are_an_error() -> None:
    model = ScriptedChatModel(["prose", "prose"], name="fake/poet")
    with pytest.raises(StructuredOutputError, match="fake/poet"):
        await model.structured(ASK, Taste)


async def test_exceptions_are_raised() -> None:
    model = ScriptedChatModel([ChatTimeoutError("no answer"), "fine"])
    with pytest.raises(ChatTimeoutError, match="no answer"):
        await collect(model.stream(ASK))
    assert (await collect(model.stream(ASK))).text == "fine"


async def test_a_script_that_runs_out_says_what_was_asked() -> None:
    model = ScriptedChatModel(["only"])
    await collect(model.stream(ASK))
    with pytest.raises(InputError, match=r"has 1 replies, and call 2 .*'Taste'.*What do I like"):
        await model.structured(ASK, Taste)


async def test_function_sees_messages_and_schema() -> None:
    def answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str | BaseModel:
        return messages[-1].content.upper() if schema is None else Taste(likes="tea")

    model: ChatModel = FunctionChatModel(fn=answer)
    assert (await collect(model.stream(ASK))).text == "WHAT DO I LIKE?"
    assert (await model.structured(ASK, Taste))[0].likes == "tea"
    await model.aclose()


async def test_answers_are_cut_at_max_tokens() -> None:
    answer = await collect(ScriptedChatModel(["word " * 100]).stream(ASK, max_tokens=10))
    assert answer.truncated
    assert answer.usage.completion_tokens == 10
    assert answer.text == ("word " * 100)[:30]


async def test_usage_is_the_same_every_time() -> None:
    first = await collect(ScriptedChatModel(["tea"]).stream(ASK))
    second = await collect(ScriptedChatModel(["tea"]).stream(ASK))
    assert first == second
