"""Chat models through litellm, against a provider on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel, Field

from penchant.config import Settings
from penchant.errors import (
    ChatProviderError,
    ChatTimeoutError,
    ConfigError,
    NoChatModelError,
    StructuredOutputError,
)
from penchant.models import Chunk, LiteLLMChat, Message, open_chat
from penchant.models.structured import collect

PROMPT = [
    Message(role="system", content="You are kind."),
    Message(role="user", content="What goes well with tea?"),
]


class Snack(BaseModel):
    name: str = Field(max_length=40)
    sweet: bool


class Wire:
    """One connection of the provider: writes events, notices when the client leaves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def start(self) -> None:
        self._writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        await self._writer.drain()

    async def event(self, choices: list[dict[str, Any]], **more: Any) -> None:
        document = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": choices,
            **more,
        }
        await self._send(json.dumps(document))

    async def text(self, *words: str) -> None:
        for word in words:
            await self.event([{"index": 0, "delta": {"content": word}, "finish_reason": None}])

    async def finish(self, reason: str = "stop", usage: dict[str, Any] | None = None) -> None:
        await self.event([{"index": 0, "delta": {}, "finish_reason": reason}])
        if usage is not None:
            await self.event([], usage=usage)
        await self._send("[DONE]")
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def refuse(self, status: int, message: str, *headers: str, code: str = "") -> None:
        body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
        lines = [
            f"HTTP/1.1 {status} No",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
        ]
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await self._writer.drain()

    async def until_client_leaves(self) -> None:
        await self._reader.read()

    async def _send(self, data: str) -> None:
        payload = f"data: {data}\n\n".encode()
        self._writer.write(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        await self._writer.drain()


Behaviour = Callable[[Wire], Awaitable[None]]


@dataclass
class Provider:
    """An OpenAI-compatible server that does what the test tells it, call by call."""

    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ]
            self.requests.append(json.loads(await reader.readexactly(lengths[0])))
            behaviour = self.behaviours.pop(0)
            await behaviour(Wire(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()

    def model(self, **options: Any) -> LiteLLMChat:
        options.setdefault("api_key", "sk-very-secret-key")
        return LiteLLMChat("openai/m", api_base=self.url, **options)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    server = await asyncio.start_server(provider.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    provider.url = f"http://127.0.0.1:{port}/v1"
    yield provider
    server.close()


def says(*words: str, reason: str = "stop", usage: dict[str, Any] | None = None) -> Behaviour:
    async def behave(wire: Wire) -> None:
        await wire.start()
        await wire.text(*words)
        await wire.finish(reason, usage)

    return behave


def refuses(status: int, message: str, *headers: str, code: str = "") -> Behaviour:
    return lambda wire: wire.refuse(status, message, *headers, code=code)


async def read(model: LiteLLMChat, **options: Any) -> list[Chunk]:
    return [chunk async for chunk in model.stream(PROMPT, **options)]


async def test_stream_gives_text_then_usage(provider: Provider) -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 3,
        "total_tokens": 23,
        "prompt_tokens_details": {"cached_tokens": 16},
    }
    provider.behaviours = [says("Bis", "cu", "its", usage=usage)]
    chunks = await read(provider.model(), max_tokens=9, temperature=0.2, seed=4)
    assert "".join(chunk.text for chunk in chunks) == "Biscuits"
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    total = chunks[-1].usage
    assert total is not None
    assert (total.prompt_tokens, total.cached_tokens, total.completion_tokens) == (20, 16, 3)
    assert total.calls == 1
    assert total.seconds > 0
    assert not chunks[-1].truncated
    request = provider.requests[0]
    assert request["messages"][1] == {"role": "user", "content": "What goes well with tea?"}
    assert (request["max_tokens"], request["temperature"], request["seed"]) == (9, 0.2, 4)
    assert request["stream_options"] == {"include_usage": True}


async def test_usage_is_estimated_when_the_provider_gives_none(provider: Provider) -> None:
    provider.behaviours = [says("Biscuits")]
    usage = (await read(provider.model()))[-1].usage
    assert usage is not None
    assert usage.prompt_tokens >= 10
    assert usage.completion_tokens >= 2


async def test_an_answer_cut_at_max_tokens_says_so(provider: Provider) -> None:
    provider.behaviours = [says("Bis", reason="length")]
    assert (await read(provider.model()))[-1].truncated


async def test_rate_limit_is_waited_out(provider: Provider) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    provider.behaviours = [
        refuses(429, "slow down"),
        refuses(503, "overloaded", "Retry-After: 7"),
        says("Cake"),
    ]
    answer = await collect(provider.model(sleep=sleep, jitter=lambda: 0.0).stream(PROMPT))
    assert answer.text == "Cake"
    assert answer.usage.calls == 3
    assert waits == [0.25, 7.0]


async def test_retries_end(provider: Provider) -> None:
    async def sleep(_: float) -> None: ...

    provider.behaviours = [refuses(429, "slow down")] * 4
    with pytest.raises(ChatProviderError, match=r"'openai/m' is rate limited.*slow down"):
        await read(provider.model(sleep=sleep, max_retries=2))
    assert len(provider.requests) == 3


@pytest.mark.parametrize(
    ("status", "message", "code", "expected"),
    [
        (401, "Incorrect API key provided: sk-very-secret-key", "", "does not accept the key"),
        (403, "no rights for sk-very-secret-key", "", "may not be used with this key"),
        (404, "The model `m` does not exist", "", "does not exist"),
        (
            400,
            "This model's maximum context length is 10 tokens",
            "context_length_exceeded",
            "shorten",
        ),
        (400, "bad thing", "", "refused the request"),
    ],
)
async def test_hopeless_refusals_are_explained_once(
    provider: Provider, status: int, message: str, code: str, expected: str
) -> None:
    provider.behaviours = [refuses(status, message, code=code)]
    with pytest.raises(ChatProviderError, match=expected) as caught:
        await read(provider.model())
    assert len(provider.requests) == 1
    assert "openai/m" in str(caught.value)
    assert "very-secret" not in str(caught.value)


async def test_silence_before_the_first_token_times_out(provider: Provider) -> None:
    async def hang(wire: Wire) -> None:
        await wire.start()
        await wire.until_client_leaves()
        provider.left.set()

    provider.behaviours = [hang]
    with pytest.raises(ChatTimeoutError, match=r"'openai/m' gave no token for 0.2 s"):
        await read(provider.model(timeout_s=0.2))
    await asyncio.wait_for(provider.left.wait(), 10)


async def test_silence_midway_times_out(provider: Provider) -> None:
    async def hang(wire: Wire) -> None:
        await wire.start()
        await wire.text("Bis")
        await wire.until_client_leaves()
        provider.left.set()

    provider.behaviours = [hang]
    stream = provider.model(timeout_s=0.3).stream(PROMPT)
    assert (await anext(stream)).text == "Bis"
    with pytest.raises(ChatTimeoutError):
        await anext(stream)
    await asyncio.wait_for(provider.left.wait(), 10)


async def test_a_stream_that_breaks_off_is_an_error_and_not_repeated(provider: Provider) -> None:
    async def snap(wire: Wire) -> None:
        await wire.start()
        await wire.text("Bis", "cu")

    provider.behaviours = [snap]
    stream = provider.model().stream(PROMPT)
    assert [(await anext(stream)).text for _ in range(2)] == ["Bis", "cu"]
    with pytest.raises(ChatProviderError, match="openai/m"):
        await anext(stream)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("on_loopback", [False, True])
async def test_closing_the_iterator_ends_the_call(provider: Provider, on_loopback: bool) -> None:
    async def endless(wire: Wire) -> None:
        await wire.start()
        await wire.text("Bis")
        await wire.until_client_leaves()
        provider.left.set()

    provider.behaviours = [endless]
    model = provider.model(on_loopback=on_loopback)
    async with aclosing(model.stream(PROMPT)) as stream:
        assert (await anext(stream)).text == "Bis"
        assert not provider.left.is_set()
    await asyncio.wait_for(provider.left.wait(), 10)
    await model.aclose()
    await model.aclose()


@pytest.mark.parametrize("on_loopback", [False, True])
async def test_cancelling_the_task_ends_the_call(provider: Provider, on_loopback: bool) -> None:
    asked = asyncio.Event()

    async def endless(wire: Wire) -> None:
        asked.set()
        await wire.until_client_leaves()
        provider.left.set()

    provider.behaviours = [endless]
    model = provider.model(on_loopback=on_loopback)
    task = asyncio.create_task(read(model))
    await asyncio.wait_for(asked.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(provider.left.wait(), 10)
    await model.aclose()


async def test_a_proxy_is_not_asked_for_this_machine(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    provider.behaviours = [says("Cake")]
    model = provider.model(on_loopback=True)
    assert (await collect(model.stream(PROMPT))).text == "Cake"
    await model.aclose()


async def test_structured_sends_the_schema(provider: Provider) -> None:
    provider.behaviours = [says('{"name": "scone", ', '"sweet": true}')]
    snack, usage = await provider.model().structured(PROMPT, Snack)
    assert snack == Snack(name="scone", sweet=True)
    assert usage.calls == 1
    sent = provider.requests[0]["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert sent["schema"]["required"] == ["name", "sweet"]
    assert sent["schema"]["additionalProperties"] is False
    assert "maxLength" not in json.dumps(sent)


async def test_structured_repairs_once(provider: Provider) -> None:
    provider.behaviours = [says('{"name": "scone"}'), says('{"name": "scone", "sweet": false}')]
    snack, usage = await provider.model().structured(PROMPT, Snack)
    assert not snack.sweet
    assert usage.calls == 2
    messages = provider.requests[1]["messages"]
    assert messages[-2] == {"role": "assistant", "content": '{"name": "scone"}'}
    assert "sweet: Field required" in messages[-1]["content"]


async def test_structured_gives_up_after_one_repair(provider: Provider) -> None:
    provider.behaviours = [says("I like scones."), says('{"name": 1}', reason="length")]
    with pytest.raises(StructuredOutputError, match=r"(?s)'openai/m'.*'Snack'.*cut off"):
        await provider.model().structured(PROMPT, Snack)
    assert len(provider.requests) == 2


async def test_a_provider_that_takes_no_schema_gets_it_in_the_prompt(provider: Provider) -> None:
    prose = (
        "Sure! Here it is:\n```json\n",
        '{"name": "a } b",',
        ' "sweet": true}',
        "\n```\nYum {}",
    )
    provider.behaviours = [
        refuses(400, "response_format of type json_schema is not supported"),
        says(*prose),
        says(*prose),
    ]
    model = provider.model()
    snack, usage = await model.structured(PROMPT, Snack)
    assert snack.name == "a } b"
    assert usage.calls == 2
    retried = provider.requests[1]
    assert "response_format" not in retried
    assert '"sweet"' in retried["messages"][-1]["content"]
    streamed = await collect(model.stream(PROMPT, schema=Snack))
    assert json.loads(streamed.text) == {"name": "a } b", "sweet": True}


async def test_a_missing_key_is_named_with_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    model = open_chat(Settings.load(model="anthropic/claude-sonnet-4-5"))
    with pytest.raises(NoChatModelError, match=r"ANTHROPIC_API_KEY.*penchant models pull"):
        await anext(model.stream(PROMPT))


async def test_a_model_without_a_provider_is_a_bad_setting() -> None:
    model = open_chat(Settings.load(model="no-such-model"))
    with pytest.raises(ConfigError, match="'no-such-model' names no provider"):
        await model.structured(PROMPT, Snack)


async def test_a_self_hosted_server_needs_neither_key_nor_provider(provider: Provider) -> None:
    provider.behaviours = [says("Cake")]
    model = open_chat(Settings.load(model="my-model", api_base=provider.url))
    assert model.context_window == 8192
    assert (await collect(model.stream(PROMPT))).text == "Cake"
    assert provider.requests[0]["model"] == "my-model"


def test_opening_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from penchant.config import Settings\n"
        "from penchant.models import open_chat\n"
        "open_chat(Settings(model='openai/gpt-4o-mini'))\n"
        "print([name for name in ('litellm', 'openai', 'httpx', 'xllamacpp', 'numpy')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_litellm_says_nothing(provider: Provider, capfd: pytest.CaptureFixture[str]) -> None:
    provider.behaviours = [refuses(400, "bad thing")]
    with pytest.raises(ChatProviderError):
        await read(provider.model())
    assert capfd.readouterr() == ("", "")
