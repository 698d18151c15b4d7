from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from penchant.errors import InputError
from penchant.models import FunctionChatModel, ScriptedChatModel
from penchant.models.fakes import FunctionLikelihoodModel
from penchant.models.structured import collect
from penchant.models.types import ChatModel, Message, Usage
from penchant.simulators.runner import (
    Budget,
    BudgetExceededError,
    Costs,
    Meter,
    MeteredChat,
    ResponseCache,
)
from penchant.simulators.runner.metering import MeteredLikelihoods

_ASKED = [Message(role="user", content="Which colour?")]


class Colour(BaseModel):
    colour: str


def _metered(
    inner: ChatModel,
    *,
    meter: Meter | None = None,
    budget: Budget | None = None,
    cache: ResponseCache | None = None,
) -> MeteredChat:
    return MeteredChat(
        inner,
        identity="model abc",
        meter=meter if meter is not None else Meter(),
        budget=budget if budget is not None else Budget(),
        cache=cache,
        price=lambda name, usage: 0.5,
    )


async def test_calls_are_counted() -> None:
    meter = Meter()
    chat = _metered(ScriptedChatModel(["blue", Colour(colour="red")]), meter=meter)
    first = await collect(chat.stream(_ASKED))
    second, _ = await chat.structured(_ASKED, Colour)
    assert (first.text, second.colour) == ("blue", "red")
    costs = meter.onto(Costs(turns=2))
    assert (costs.turns, costs.llm_calls, costs.cached_calls, costs.usd) == (2, 2, 0, 1.0)
    assert costs.completion_tokens > 0


async def test_the_cache_answers_the_same_request_and_no_other(tmp_path: Path) -> None:
    inner = FunctionChatModel(fn=lambda messages, schema: f"answer {len(inner.calls)}")
    cache = ResponseCache(tmp_path / "cache" / "answers.db")
    meter = Meter()
    chat = _metered(inner, meter=meter, cache=cache)
    first = await collect(chat.stream(_ASKED, seed=1))
    again = await collect(chat.stream(_ASKED, seed=1))
    other = await collect(chat.stream(_ASKED, seed=2))
    assert first.text == again.text == "answer 1"
    assert other.text == "answer 2"
    assert (meter.usage.calls, meter.cached, meter.usd) == (3, 1, 1.0)
    assert meter.spent == 2 * (first.usage.prompt_tokens + first.usage.completion_tokens)
    cache.close()
    kept = ResponseCache(tmp_path / "cache" / "answers.db")
    fresh = _metered(ScriptedChatModel([]), cache=kept)
    assert (await collect(fresh.stream(_ASKED, seed=1))).text == "answer 1"


async def test_an_answer_that_ended_early_is_not_kept(tmp_path: Path) -> None:
    cache = ResponseCache(tmp_path / "answers.db")
    inner = FunctionChatModel(fn=lambda messages, schema: "a long answer that goes on")
    stream = _metered(inner, cache=cache).stream(_ASKED)
    assert (await anext(stream)).text
    await stream.aclose()
    await collect(_metered(inner, cache=cache).stream(_ASKED))
    assert len(inner.calls) == 2


async def test_a_budget_stops_before_the_next_call() -> None:
    budget = Budget(usd=0.9)
    chat = _metered(ScriptedChatModel(["one", "two", "three"]), budget=budget)
    await collect(chat.stream(_ASKED))
    await collect(chat.stream(_ASKED))
    with pytest.raises(BudgetExceededError, match=r"0\.9 usd"):
        await collect(chat.stream(_ASKED))


async def test_likelihoods_are_counted_and_cached(tmp_path: Path) -> None:
    inner = FunctionLikelihoodModel(
        fn=lambda messages, schema: "unused", likelihood=lambda messages, text: -len(text) / 2
    )
    meter, cache = Meter(), ResponseCache(tmp_path / "answers.db")
    chat = MeteredLikelihoods(
        inner, identity="model abc", meter=meter, budget=Budget(), cache=cache
    )
    told = [await chat.log_likelihood(_ASKED, text) for text in (" blue", " red", " blue")]
    assert [each.log_probability for each in told] == [-2.5, -2.0, -2.5]
    assert inner.asked == [" blue", " red"]
    assert (meter.usage.calls, meter.cached) == (3, 1)


def test_a_budget_of_time_goes_by_its_clock() -> None:
    now = [0.0]
    budget = Budget(seconds=10.0, clock=lambda: now[0])
    budget.check()
    budget.resume(usd=0.0, tokens=0, seconds=8.0)
    now[0] = 2.5
    with pytest.raises(BudgetExceededError, match="10 seconds"):
        budget.check()


@pytest.mark.parametrize("limit", [{"usd": 0.0}, {"tokens": -1}, {"seconds": float("nan")}])
def test_a_budget_of_nothing_is_refused(limit: dict[str, float]) -> None:
    with pytest.raises(InputError, match="allows nothing"):
        Budget(**limit)  # type: ignore[arg-type]


def test_a_file_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "answers.db").write_text("not a database, but long enough to be read as one" * 9)
    with pytest.raises(InputError, match=r"answers\.db"):
        ResponseCache(tmp_path / "answers.db")


def test_meters_add_up() -> None:
    meter = Meter()
    meter.add(Usage(prompt_tokens=3, completion_tokens=2), usd=0.25)
    meter.add(Usage(prompt_tokens=1), cached=True)
    assert meter.spent == 5
    assert meter.onto(Costs(llm_calls=1)).llm_calls == 3
