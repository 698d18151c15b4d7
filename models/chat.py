"""Chat models of any provider, through litellm."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from ..errors import ConfigError, NoChatModelError
from .provider_errors import refuses_schema, retry_delay, translate
from .structured import (
    Dialect,
    JsonCarver,
    ask_structured,
    collect,
    llguidance_grammar,
    schema_for,
    with_schema_in_prompt,
)
from .tokens import estimate_prompt_tokens, estimate_tokens
from .types import ChatModel, Chunk, Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..config import Settings
    from .store import ModelStore

    T = TypeVar("T", bound=BaseModel)

__all__ = ["LiteLLMChat", "LoadProgress", "open_chat"]

LoadProgress = Callable[[str], None]
"""Hears, in a few words each, what loading a model is doing."""

_LOCAL = "local/"
_UNKNOWN_WINDOW = 32_768
_SLOWEST_READING_S = 0.25
_MARGIN_S = 5.0


def open_chat(settings: Settings, *, store: ModelStore | None = None) -> ChatModel:
    """Opens the chat model that the settings name; returns at once, whatever the model.

    Args:
        settings: `model` is `local/NAME` for a model of the catalogue, `local/PATH.gguf` for a
            file, else a litellm model string, with `api_base` for a self-hosted server.
        store: Where local models are; None takes the settings' directory.

    Returns:
        The model. It loads on `await model.load()` or on first use; a provider's key that is
        missing raises `NoChatModelError` then.

    Raises:
        NoChatModelError: The local model's file, or the package that runs it, is missing.
    """
    if settings.model.startswith(_LOCAL):
        from .local import LocalChat, locate_model

        locate_model(settings, store)
        return LocalChat(
            settings.model,
            locate=lambda: locate_model(settings, store),
            context_window=settings.context_window,
            timeout_s=settings.timeout_s,
        )
    return LiteLLMChat(
        settings.model,
        api_base=settings.api_base,
        context_window=settings.context_window if settings.api_base else None,
        timeout_s=settings.timeout_s,
        max_retries=settings.max_retries,
    )


def import_litellm() -> Any:
    """Imports litellm, which takes seconds the first time, and keeps it quiet and offline.

    Returns:
        The module, untyped: following litellm's types would take the type checker minutes.
    """
    # Read at import: without these litellm fetches price lists from the network.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "True")
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.disable_hf_tokenizer_download = True
    if "LITELLM_LOG" not in os.environ:
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


class _Opened(NamedTuple):
    """A stream whose first characters are there, and how many requests that took."""

    response: Any
    first: list[Any]
    calls: int


class LiteLLMChat:
    """A chat model behind any provider that litellm knows.

    Args:
        model: litellm model string, such as `anthropic/…`; with `api_base` the name alone will do.
        name: What errors and traces call it; the model string by default.
        api_base: Address of an OpenAI-compatible server.
        api_key: The key; by default litellm takes it from the provider's environment variable.
        context_window: Tokens of prompt and answer; None takes what litellm knows of the model.
        timeout_s: Seconds without a token after which a call fails.
        max_retries: How often a call is tried again that failed before its first token.
        dialect: Who enforces schemas.
        on_loopback: The server is llama.cpp on this machine: no proxy is asked, and it may read
            long prompts slowly without failing for it.
        sleep: Waits between attempts, in seconds.
        jitter: Random numbers in [0, 1) that spread attempts out.
    """

    def __init__(
        self,
        model: str,
        *,
        name: str | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        context_window: int | None = None,
        timeout_s: float = 120.0,
        max_retries: int = 2,
        dialect: Dialect = "strict",
        on_loopback: bool = False,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._model = model
        self._name = name or model
        self._api_base = api_base
        self._api_key = api_key
        self._context_window = context_window
        self._timeout_s = timeout_s
        self._max_retries = max_retries
        self._dialect: Dialect = dialect
        self._on_loopback = on_loopback
        self._sleep = sleep
        self._jitter = jitter
        self._litellm: Any = None
        self._takes_schema = True
        # A connection pool works only in the event loop that opened it.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        """The model string that the user chose."""
        return self._name

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer may take together; a cautious guess until loaded."""
        return self._context_window or _UNKNOWN_WINDOW

    async def load(self, progress: LoadProgress | None = None) -> None:
        """Imports what calls need and checks that there is a key; later calls return at once.

        Args:
            progress: Hears what is being done.

        Raises:
            ConfigError: The model string names no provider that litellm knows.
            NoChatModelError: The provider's key is missing.
        """
        if self._litellm is None:
            if progress is not None:
                progress("loading litellm")
            await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        litellm = import_litellm()
        try:
            provider = litellm.get_llm_provider(model=self._model, api_base=self._api_base)[1]
        except litellm.exceptions.BadRequestError:
            if self._api_base is None:
                raise ConfigError(
                    f"model {self._name!r} names no provider; write provider/model, such as"
                    " openai/gpt-4o-mini, or local/NAME, or give api_base"
                ) from None
            provider = "openai"
            self._model = f"openai/{self._model}"
        if self._api_key is None:
            self._check_key(litellm, provider)
        if self._api_base is None:
            self._takes_schema = bool(litellm.supports_response_schema(model=self._model))
        if self._context_window is None:
            known = litellm.model_cost.get(self._model) or litellm.model_cost.get(
                self._model.partition("/")[2]
            )
            self._context_window = int((known or {}).get("max_input_tokens") or _UNKNOWN_WINDOW)
        self._litellm = litellm

    def _check_key(self, litellm: Any, provider: str) -> None:
        missing = litellm.validate_environment(model=self._model)["missing_keys"]
        if not missing:
            return
        if self._api_base is not None and provider == "openai":
            # Self-hosted servers mostly want no key, but the client insists on one.
            self._api_key = "none"
            return
        raise NoChatModelError(
            f"model {self._name!r} needs {' and '.join(missing)} in the environment. Either set"
            " that, or use the local model: `pip install 'penchant[local]'`, `penchant models"
            " pull qwen2.5-coder-1.5b`, and PENCHANT_MODEL=local/qwen2.5-coder-1.5b"
        )

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int | None = None,
        schema: type[BaseModel] | None = None,
        background: bool = False,
    ) -> AsyncGenerator[Chunk]:
        """Streams an answer; see `ChatModel.stream`. Providers know no background calls."""
        await self.load()
        started = time.monotonic()
        opened = await self._open(messages, max_tokens, temperature, seed, schema)
        carver = None
        if schema is not None and not self._takes_schema:
            carver = JsonCarver(array=schema.model_json_schema().get("type") == "array")
        written: list[str] = []
        reported: Any = None
        truncated = False
        try:
            async for piece in self._pieces(opened):
                text, finish, usage = _read(piece)
                reported = usage or reported
                truncated = truncated or finish == "length"
                written.append(text)
                shown = text if carver is None else carver.feed(text)
                if shown:
                    yield Chunk(text=shown)
        finally:
            await _close(opened.response)
        usage = _usage(reported, messages, "".join(written), opened.calls)
        seconds = time.monotonic() - started
        yield Chunk(usage=Usage(seconds=seconds, **usage), truncated=truncated)

    async def _pieces(self, opened: _Opened) -> AsyncIterator[Any]:
        for piece in opened.first:
            yield piece
        while opened.first:
            try:
                async with asyncio.timeout(self._timeout_s):
                    piece = await anext(opened.response, None)
            except Exception as error:  # noqa: BLE001 - litellm promises no base class
                raise self._translate(error) from None
            if piece is None:
                return
            yield piece

    async def _open(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        seed: int | None,
        schema: type[BaseModel] | None,
    ) -> _Opened:
        """Sends the request, again if that can help, until the first characters are there."""
        calls = failed = 0
        while True:
            calls += 1
            response: Any = None
            first: list[Any] = []
            request = self._request(messages, max_tokens, temperature, seed, schema)
            try:
                async with asyncio.timeout(self._patience_s(messages)):
                    response = await self._litellm.acompletion(**request)
                    while not first or not _read(first[-1]).text:
                        piece = await anext(response, None)
                        if piece is None:
                            break
                        first.append(piece)
                return _Opened(response, first, calls)
            except Exception as error:  # noqa: BLE001 - litellm promises no base class
                await _close(response)
                if schema is not None and self._takes_schema and refuses_schema(error):
                    self._takes_schema = False
                    continue
                failed += 1
                delay = retry_delay(error, failed, self._jitter())
                if delay is None or failed > self._max_retries:
                    # Without the cause: its text may hold a key.
                    raise self._translate(error) from None
            except BaseException:
                await _close(response)
                raise
            await self._sleep(delay)

    def _request(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        seed: int | None,
        schema: type[BaseModel] | None,
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._model,
            "api_base": self._api_base,
            "api_key": self._api_key,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "stream": True,
            "stream_options": {"include_usage": True},
            # Beyond our own, which knows what it waits for.
            "timeout": self._patience_s(messages) + _MARGIN_S,
            "drop_params": True,
            "num_retries": 0,
            "max_retries": 0,
            "no-log": True,
        }
        extra: dict[str, Any] = {}
        if self._on_loopback:
            # llama.cpp notices that nobody listens when it writes, so it shall write while it
            # reads the prompt, too.
            extra["return_progress"] = True
        if schema is not None:
            if self._dialect == "llguidance":
                extra["grammar"] = llguidance_grammar(schema)
            elif self._takes_schema:
                request["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {
                        "name": schema.__name__,
                        "schema": schema_for(schema, self._dialect),
                        "strict": True,
                    },
                }
            else:
                messages = with_schema_in_prompt(messages, schema)
        request["messages"] = [
            {"role": message.role, "content": message.content} for message in messages
        ]
        if self._on_loopback:
            request["client"] = self._loopback_client()
            request["extra_body"] = extra
        return {key: value for key, value in request.items() if value is not None}

    def _patience_s(self, messages: Sequence[Message]) -> float:
        """How long the first token may take, in seconds."""
        if not self._on_loopback:
            return self._timeout_s
        return self._timeout_s + _SLOWEST_READING_S * estimate_prompt_tokens(messages)

    def _loopback_client(self) -> Any:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            import httpx

            openai: Any = importlib.import_module("openai")
            client = self._clients[loop] = openai.AsyncOpenAI(
                base_url=self._api_base,
                api_key=self._api_key,
                max_retries=0,
                # A proxy from the environment would be asked for this machine's own address.
                http_client=httpx.AsyncClient(trust_env=False, timeout=None),
            )
        return client

    def _translate(self, error: Exception) -> Exception:
        return translate(error, model=self._name, timeout_s=self._timeout_s)

    async def structured(
        self,
        messages: Sequence[Message],
        schema: type[T],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int | None = None,
        background: bool = False,
    ) -> tuple[T, Usage]:
        """Answers with an instance of a schema; see `ChatModel.structured`."""
        return await ask_structured(
            lambda prompt: collect(
                self.stream(
                    prompt, max_tokens=max_tokens, temperature=temperature, seed=seed, schema=schema
                )
            ),
            messages,
            schema,
            model=self._name,
        )

    def count_tokens(self, text: str) -> int:
        """Estimates the tokens of a text, on the high side."""
        return estimate_tokens(text)

    async def aclose(self) -> None:
        """Closes connections of this event loop; safe to call twice."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()


class _Read(NamedTuple):
    text: str
    finish: str | None
    usage: Any


def _read(piece: Any) -> _Read:
    """Takes what matters from one piece of litellm's stream."""
    choice = piece.choices[0] if piece.choices else None
    text = (choice.delta.content or "") if choice is not None else ""
    finish = choice.finish_reason if choice is not None else None
    return _Read(text, finish, getattr(piece, "usage", None))


def _usage(reported: Any, messages: Sequence[Message], text: str, calls: int) -> dict[str, int]:
    prompt = getattr(reported, "prompt_tokens", None)
    completion = getattr(reported, "completion_tokens", None)
    details = getattr(reported, "prompt_tokens_details", None)
    return {
        "prompt_tokens": estimate_prompt_tokens(messages) if prompt is None else prompt,
        "cached_tokens": getattr(details, "cached_tokens", None) or 0,
        "completion_tokens": estimate_tokens(text) if completion is None else completion,
        "calls": calls,
    }


async def _close(response: Any) -> None:
    """Ends a stream at its source: a server stops writing when nobody listens."""
    if response is not None and hasattr(response, "aclose"):
        await response.aclose()
