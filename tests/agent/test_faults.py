"""Models that fail or write nonsense, and turns that are cut short: no turn is lost."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent, DraftDelta, Learned, ReplyDelta, Status
from penchant.errors import (
    ChatProviderError,
    ChatTimeoutError,
    InterruptedTurnError,
    ModelError,
    SessionError,
    StructuredOutputError,
)
from penchant.models import Chunk, FunctionChatModel

if TYPE_CHECKING:
    from conftest import Agents

REQUEST = "Suggest a name for my boat, please"
POEM = "Write a short poem about rain."
DINNER = "Any ideas for dinner tonight?"
# No kind of request in the library, and open: its aspects are asked of the model.
UNKNOWN = "Suggest some ideas for what to engrave on a sundial"


def _drafts(*texts: str) -> str:
    return json.dumps({"drafts": [{"text": text} for text in texts]})


def _settled(agent: Agent, text: str) -> Any:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


ERRORS = {
    "timeout": ChatTimeoutError("no token within 120 s"),
    "provider": ChatProviderError("refused"),
    "structured": StructuredOutputError("does not fit"),
}


@pytest.mark.parametrize("name", sorted(ERRORS))
@pytest.mark.parametrize("request_text", [REQUEST, POEM, DINNER, UNKNOWN, "Hello!"])
def test_an_error_of_the_model_loses_no_turn(agents: Agents, name: str, request_text: str) -> None:
    failing = [True]

    def answering(messages: Any, schema: Any) -> Any:
        if failing[0]:
            raise ERRORS[name]
        return agents.drafting("Fine.", "Something else altogether.")(messages, schema)

    agent = agents(answering=answering)
    with pytest.raises(ModelError) as caught:
        _settled(agent, request_text)
    assert caught.value is ERRORS[name]
    assert agent.turns()[0].text == request_text
    assert agent.pending is None
    failing[0] = False
    assert _settled(agent, "And now? Write a poem about snow.").text


NONSENSE = {
    "prose": ("Just call it Nina.", "Just call it Nina."),
    "prose with braces": ("Call it {Nina}, or {Mia}.", "Call it {Nina}, or {Mia}."),
    "one draft": (_drafts("Nina"), "Nina"),
    "identical drafts": (_drafts("Call it Nina.", "Call it  Nina!"), "Call it Nina."),
    "an empty draft": (_drafts("", "Mia"), "Mia"),
    "fences": (f"```json\n{_drafts('Nina')}\n```\nEnjoy!", "Nina"),
    "a list of strings": ('{"drafts": ["Nina"]}', "Nina"),
    "cut off": ('{"drafts": [{"text": "Nina, for', "Nina, for"),
    "line breaks inside": ('{"drafts": [{"text": "- Nina\n- Mia"}]}', "- Nina\n- Mia"),
    "too many": (_drafts(*["Nina"] * 9), "Nina"),
}


@pytest.mark.parametrize("name", sorted(NONSENSE))
def test_what_a_model_writes_instead_becomes_a_reply(agents: Agents, name: str) -> None:
    written, expected = NONSENSE[name]
    agent = agents(answering=lambda _messages, _schema: written)
    reply = _settled(agent, REQUEST)
    assert reply.text == expected
    assert agent.turns()[-1].text == expected


@pytest.mark.parametrize("written", ["", "   \n", "{}", '{"drafts": []}', '{"drafts": 3}', "{"])
def test_no_answer_at_all_is_an_error_and_the_next_turn_is_fine(
    agents: Agents, written: str
) -> None:
    answers = [written, _drafts("Nina")]
    agent = agents(answering=lambda _messages, _schema: answers[0])
    with pytest.raises(ChatProviderError, match="boat"):
        _settled(agent, REQUEST)
    assert [t.text for t in agent.turns() if t.role == "user"] == [REQUEST]
    answers.pop(0)
    assert _settled(agent, REQUEST).text == "Nina"


def test_ten_thousand_words_are_cut_at_the_token_limit(agents: Agents) -> None:
    agent = agents(answering=lambda _messages, _schema: _drafts("word " * 10_000, "Mia"))
    reply = _settled(agent, REQUEST)
    assert reply.text.startswith("word word")
    assert len(reply.text) < 6 * agent.settings.reply_tokens * 4
    assert any("cut off" in step.note for step in reply.trace.steps)


def test_discovery_that_fails_asks_nothing_and_is_counted(agents: Agents) -> None:
    def answering(messages: Any, schema: Any) -> Any:
        if schema is not None and "aspects" in schema.model_fields:
            return "I would rather not."
        return agents.drafting("Tempus fugit.", "Count only the sunny hours.")(messages, schema)

    reply = agents(answering=answering).send(UNKNOWN)
    assert reply.text
    assert [(s.node, s.llm_calls) for s in reply.trace.steps if s.llm_calls] == [
        ("decide", 2),
        ("propose", 1),
    ]


def test_discovery_is_counted_with_its_tokens(agents: Agents) -> None:
    aspects = [{"name": "tone", "values": ["solemn", "funny", "plain"]}]

    def answering(messages: Any, schema: Any) -> Any:
        if schema is not None and "aspects" in schema.model_fields:
            return json.dumps({"aspects": aspects})
        return agents.drafting("Tempus fugit.", "Count only the sunny hours.")(messages, schema)

    reply = agents(answering=answering).send(UNKNOWN)
    step = next(s for s in reply.trace.steps if s.node == "decide")
    assert (step.llm_calls, step.prompt_tokens > 0, step.completion_tokens > 0) == (1, True, True)
    assert reply.trace.usage.calls == sum(s.llm_calls for s in reply.trace.steps)
    assert reply.trace.usage.prompt_tokens == sum(s.prompt_tokens for s in reply.trace.steps)
    assert all(0 <= s.llm_milliseconds <= s.milliseconds for s in reply.trace.steps)
    assert reply.trace.overhead_ms >= 0


class _Stuck(FunctionChatModel):
    """Writes a little, then nothing until it is let go on or cancelled."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        super().__init__(fn=fn)
        self.stuck = threading.Event()
        self.cancelled = threading.Event()
        self.sticks = True

    async def stream(self, *args: Any, **options: Any) -> AsyncGenerator[Chunk]:
        async for chunk in super().stream(*args, **options):
            yield chunk
            if self.sticks:
                self.stuck.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.cancelled.set()


STAGES = ["remembering", "thinking about what to ask", "drafting", "a draft"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_turn_cancelled_at_any_stage_keeps_its_message(agents: Agents, stage: str) -> None:
    agent = agents()
    events = agent.stream("I love jazz. " + POEM)
    for event in events:
        drafted = isinstance(event, DraftDelta | ReplyDelta)
        if (stage == "a draft" and drafted) or event == Status(text=stage):
            break
    events.close()  # type: ignore[attr-defined]
    assert [t.text for t in agent.turns()] == ["I love jazz. " + POEM]
    assert [p.value for p in agent.memory.get_all()] == ["jazz"]
    assert agent.pending is None
    assert _settled(agent, POEM).text


@pytest.mark.parametrize("stage", ["learned", *STAGES])
def test_an_answer_cancelled_at_any_stage_is_taken_in_once(agents: Agents, stage: str) -> None:
    agent = agents()
    question = agent.send(DINNER).question
    assert question is not None
    events = agent.stream_answer(question, "I'm vegan")
    for event in events:
        if (
            (stage == "learned" and isinstance(event, Learned))
            or (stage == "a draft" and isinstance(event, DraftDelta | ReplyDelta))
            or event == Status(text=stage)
        ):
            break
    events.close()  # type: ignore[attr-defined]
    pending = agent.pending
    assert pending != question
    said = [t.text for t in agent.turns() if t.role == "user"]
    assert said.count("I'm vegan") == 1
    assert [p.value for p in agent.memory.get_all()] == ["vegan"]
    assert len(agent.memory.evidence(kind="answer")) == 1
    assert _settled(agent, POEM).text


def test_closing_while_a_turn_runs_ends_it(agents: Agents) -> None:
    chat = _Stuck(agents.drafting("Nina", "Mia and more"))
    agent = agents(chat=chat)
    raised: list[BaseException] = []

    def turn() -> None:
        try:
            agent.send(POEM)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test looks at it
            raised.append(error)

    thread = threading.Thread(target=turn)
    thread.start()
    assert chat.stuck.wait(10)
    agent.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(error) for error in raised] == [InterruptedTurnError]
    assert chat.cancelled.is_set()
    again = agents(session_id=agent.session_id)
    assert [t.text for t in again.turns()] == [POEM]


def test_a_closed_agent_says_so(agents: Agents) -> None:
    agent = agents()
    agent.close()
    agent.close()
    for call in (
        lambda: agent.send("hi"),
        lambda: list(agent.stream("hi")),
        lambda: agent.edit("x", "y"),
        lambda: agent.pending,
        agent.learned,
    ):
        with pytest.raises(SessionError, match="closed"):
            call()


def test_an_interrupt_of_the_caller_ends_the_turn(agents: Agents) -> None:
    agent = agents()
    events = agent.stream(POEM)
    while not isinstance(next(events), DraftDelta | ReplyDelta):
        pass
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert _settled(agent, POEM).text


async def test_a_cancelled_call_leaves_the_session_free(agents: Agents) -> None:
    chat = _Stuck(agents.drafting("Nina", "Mia and more"))
    agent = agents(chat=chat)
    turn = asyncio.create_task(agent.asend(POEM))
    await asyncio.to_thread(chat.stuck.wait, 10)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert chat.cancelled.is_set()
    chat.sticks = False
    assert (await agent.asend(POEM)).text


def test_without_an_embedder_edits_ratings_and_picks_are_kept(agents: Agents) -> None:
    drafts = agents.drafting("Nina", "A longer name altogether, such as Wilhelmina.")
    agent = agents.without_embedder(answering=drafts)
    reply = agent.send(REQUEST, offer_choice=True)
    assert reply.choosing is not None
    reply = agent.choose(reply.choosing, 1)
    agent.rate(reply, 1.0)
    agent.edit(reply, "Nina.")
    assert {e.observation.kind for e in agent.memory.evidence()} >= {"choice", "rating", "edit"}


def test_a_model_that_repeats_itself_writes_again_without_the_history(agents: Agents) -> None:
    seen: list[bool] = []

    def answering(messages: Any, schema: Any) -> Any:
        if schema is not None and "drafts" not in schema.model_fields:
            return "{}"
        remembers = any(m.role == "assistant" for m in messages)
        seen.append(remembers)
        again = remembers or len(seen) == 1
        text = (
            "Lentils and onions with plenty of cumin" if again else "Three sorts of berries on top"
        )
        return agents.drafting(f"{text}.")(messages, schema)

    agent = agents(answering=answering)
    assert "Lentils" in _settled(agent, DINNER).text
    reply = _settled(agent, REQUEST)
    assert seen == [False, True, False]
    assert "berries" in reply.text
    assert reply.trace.usage.calls == 2
    (propose,) = (step for step in reply.trace.steps if step.node == "propose")
    assert "repeated an earlier reply" in propose.note


def test_what_is_written_again_fits_the_context_window_too(agents: Agents) -> None:
    sizes: list[int] = []

    def answering(messages: Any, schema: Any) -> Any:
        if schema is not None and "drafts" not in schema.model_fields:
            return "{}"
        sizes.append(sum(len(m.content) for m in messages))
        return agents.drafting("Lentils and onions with plenty of cumin.")(messages, schema)

    agent = agents(answering=answering)
    _settled(agent, DINNER)
    _settled(agent, f"{REQUEST} {'It is a wooden boat. ' * 20_000}")
    assert len(sizes) == 3
    assert max(sizes) < 3 * agent.settings.context_window + 1000
