"""Chat models on this machine, served by the embedded llama.cpp server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import InputError, ModelStoreError, NoChatModelError
from .chat import LiteLLMChat, LoadProgress
from .embedded import EmbeddedServer, ServerLease, lease_server, require_llama
from .likelihood import Likelihood
from .structured import Collected, ask_structured, collect
from .tokens import estimate_tokens
from .types import Chunk, Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..config import Settings
    from .store import ModelStore

    T = TypeVar("T", bound=BaseModel)

R = TypeVar("R")

__all__ = ["LocalChat", "locate_model"]

_PREFIX = "local/"
_INTERRUPTIONS = 3
_WARM_UP = (Message(role="user", content="Hi"),)


def locate_model(settings: Settings, store: ModelStore | None) -> Path:
    """Finds the file of the local model that the settings name.

    Args:
        settings: `model` is `local/NAME` or `local/PATH.gguf`.
        store: Where the catalogue's models are; None takes the settings' directory.

    Returns:
        An existing file.

    Raises:
        NoChatModelError: It is not here, or nothing that runs it; the message says what to do.
    """
    require_llama()
    name = settings.model.removeprefix(_PREFIX)
    if name.lower().endswith(".gguf"):
        file = Path(name).expanduser()
        if file.is_file():
            return file
        raise NoChatModelError(f"there is no model file {str(file)!r}. {_ways_out(None)}")
    from .store import ModelStore

    store = store if store is not None else ModelStore(settings.models_dir)
    try:
        role = store.catalog.model(name).role
    except ModelStoreError as error:
        raise NoChatModelError(f"{error}. {_ways_out(None)}") from None
    if role != "chat":
        raise NoChatModelError(f"{name!r} is not a chat model. {_ways_out(None)}")
    if not store.installed(name):
        raise NoChatModelError(f"the local model {name!r} is not installed. {_ways_out(name)}")
    return store.path(name)


def _ways_out(name: str | None) -> str:
    return (
        f"Either `penchant models pull {name or 'qwen2.5-coder-1.5b'}` to chat on this machine, or"
        " set PENCHANT_MODEL to a provider's model, such as openai/gpt-4o-mini, and the environment"
        " variable with its key, such as OPENAI_API_KEY"
    )


class LocalChat:
    """A chat model in a llama.cpp server on this machine.

    The server has one slot: calls queue for it, those with `background` behind all others, and a
    running background `structured` call is interrupted and begun again when another call comes. A
    stream holds the slot until it is read to its end or closed; no other call may be awaited in
    between by the same task.

    Args:
        name: The model string that the user chose.
        locate: Finds the GGUF file; called when loading.
        context_window: Tokens of prompt and answer; the model's own limit caps it.
        timeout_s: Seconds without a token after which a call fails.
        threads: Threads that compute; None takes one for each physical core, which is fastest as
            long as nothing else wants them.
    """

    def __init__(
        self,
        name: str,
        *,
        locate: Callable[[], Path],
        context_window: int = 8192,
        timeout_s: float = 120.0,
        threads: int | None = None,
    ) -> None:
        self._name = name
        self._threads = threads
        self._locate = locate
        self._asked_window = context_window
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._lease: ServerLease | None = None
        self._server: EmbeddedServer | None = None
        self._chat: LiteLLMChat | None = None

    @property
    def name(self) -> str:
        """The model string that the user chose."""
        return self._name

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer may take together; exact once loaded."""
        return self._asked_window if self._server is None else self._server.context_window

    @property
    def server(self) -> EmbeddedServer | None:
        """The server behind the model, once loaded."""
        return self._server

    async def load(self, progress: LoadProgress | None = None) -> None:
        """Loads the model, in the background of this process; once loaded, returns at once.

        Calls at the same time share one load. If the server has died, it is started again.

        Args:
            progress: Hears what is being done.

        Raises:
            NoChatModelError: The model's file or the package that runs it is missing.
            ModelError: The file cannot be loaded.
        """
        await self._ready(progress)

    async def _ready(self, progress: LoadProgress | None = None) -> LiteLLMChat:
        if self._chat is not None and self._server is not None and self._server.alive:
            return self._chat
        lease = self._share(progress)
        chat = LiteLLMChat("openai/local", name=self._name, api_key="none")
        # The libraries load while the weights do.
        imported = asyncio.ensure_future(chat.load())
        try:
            # Shielded: a caller that gives up does not spoil the load for others.
            server = await asyncio.shield(asyncio.wrap_future(lease.ready))
            await imported
        except BaseException:
            imported.cancel()
            raise
        with self._lock:
            if self._chat is None or self._server is not server:
                self._server = server
                self._chat = LiteLLMChat(
                    "openai/local",
                    name=self._name,
                    api_base=server.base_url,
                    api_key=server.api_key,
                    context_window=server.context_window,
                    timeout_s=self._timeout_s,
                    max_retries=0,
                    dialect=server.dialect,
                    on_loopback=True,
                )
                fresh = True
            else:
                fresh = False
            chat = self._chat
        if fresh:
            await self._warm_up(chat, server, progress)
        return chat

    def _share(self, progress: LoadProgress | None) -> ServerLease:
        with self._lock:
            lease = self._lease
            spent = lease is not None and lease.spent
            if lease is None or spent:
                path = self._locate()
                if progress is not None:
                    progress(f"loading {path.name} ({path.stat().st_size / 1e6:,.0f} MB)")
                if lease is not None:
                    lease.release()
                lease = self._lease = lease_server(path, self._asked_window, self._threads)
            return lease

    async def _warm_up(
        self, chat: LiteLLMChat, server: EmbeddedServer, progress: LoadProgress | None
    ) -> None:
        """Answers one token: the first call of a process costs half a second more than others."""
        if progress is not None:
            progress("warming up")
        await chat.load()
        async with server.slots.take(background=True):
            await collect(chat.stream(_WARM_UP, max_tokens=1))

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int | None = None,
        schema: type[BaseModel] | None = None,
        background: bool = False,
    ) -> AsyncGenerator[Chunk]:
        """Streams an answer; see `ChatModel.stream`."""
        return self._stream(
            messages, max_tokens, temperature, seed, schema, background=background, give_way=None
        )

    async def _stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        seed: int | None,
        schema: type[BaseModel] | None,
        *,
        background: bool,
        give_way: Callable[[], object] | None,
    ) -> AsyncGenerator[Chunk]:
        chat = await self._ready()
        assert self._server is not None
        async with self._server.slots.take(background=background, give_way=give_way):
            chunks = chat.stream(
                messages, max_tokens=max_tokens, temperature=temperature, seed=seed, schema=schema
            )
            try:
                async for chunk in chunks:
                    yield chunk
            finally:
                # A loop that shuts down closes all generators at the same time, and it is an
                # error to close one that is being closed: it goes first, and has no second try.
                with suppress(RuntimeError):
                    await asyncio.sleep(0)
                    await chunks.aclose()

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

        def begin(give_way: Callable[[], object] | None, prompt: Sequence[Message]) -> _Chunks:
            return self._stream(
                prompt,
                max_tokens,
                temperature,
                seed,
                schema,
                background=background,
                give_way=give_way,
            )

        async def call(prompt: Sequence[Message]) -> Collected:
            if background:
                return await _collect_giving_way(lambda give_way: begin(give_way, prompt))
            return await collect(begin(None, prompt))

        return await ask_structured(call, messages, schema, model=self._name)

    async def prime(self, messages: Sequence[Message]) -> None:
        """Reads the beginning of a coming prompt into the prefix cache, when nothing else runs.

        Args:
            messages: The messages that the coming prompt begins with.

        Raises:
            ModelError: The model cannot be loaded or run.
        """
        await _interruptible(
            lambda give_way: collect(
                self._stream(messages, 1, 0.0, None, None, background=True, give_way=give_way)
            )
        )

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, background: bool = False
    ) -> Likelihood:
        """The log-probability of a continuation; see `LikelihoodModel.log_likelihood`."""
        if not messages or not continuation:
            raise InputError(
                f"a likelihood of {continuation!r} after {len(messages)} messages was asked for;"
                " give at least one message and a continuation"
            )
        await self._ready()

        async def tell(give_way: Callable[[], object] | None) -> Likelihood:
            server = self._server
            assert server is not None
            async with server.slots.take(background=background, give_way=give_way):
                return await server.log_likelihood(
                    messages, continuation, timeout_s=self._timeout_s
                )

        if background:
            for _ in range(_INTERRUPTIONS):
                told = await _interruptible(tell)
                if told is not None:
                    return told
        return await tell(None)

    def count_tokens(self, text: str) -> int:
        """Counts with the model's own tokenizer once loaded, else estimates on the high side."""
        server = self._server
        if server is not None and server.alive:
            try:
                return server.count_tokens(text)
            except OSError:
                pass  # An estimate is good enough, and a prompt must not fail for a count.
        return estimate_tokens(text)

    async def aclose(self) -> None:
        """Ends the server if nobody else uses it, mid-answer or mid-load too."""
        with self._lock:
            lease, chat = self._lease, self._chat
            self._lease = self._server = self._chat = None
        if chat is not None:
            await chat.aclose()
        if lease is not None:
            lease.release()


_Chunks = AsyncGenerator[Chunk]


async def _collect_giving_way(begin: Callable[[Callable[[], object] | None], _Chunks]) -> Collected:
    """Reads an answer, begun again each time that it is interrupted, but not for ever."""
    for interruption in range(_INTERRUPTIONS):
        answer = await _interruptible(lambda give_way: collect(begin(give_way)))
        if answer is not None:
            usage = answer.usage + Usage(calls=interruption)
            return answer._replace(usage=usage)
    answer = await collect(begin(None))
    return answer._replace(usage=answer.usage + Usage(calls=_INTERRUPTIONS))


async def _interruptible(
    call: Callable[[Callable[[], object]], Coroutine[object, object, R]],
) -> R | None:
    """Makes a call; None if it was interrupted for one that somebody waits for."""
    interrupted = False

    def give_way() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    task = asyncio.ensure_future(call(give_way))
    try:
        return await task
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if not interrupted or (current is not None and current.cancelling()):
            raise
        return None
