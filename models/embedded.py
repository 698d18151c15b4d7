"""The embedded llama.cpp server: a child process on loopback, shared within this process."""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..errors import ChatProviderError, ChatTimeoutError, ModelError, NoChatModelError
from .cores import usable_cores
from .likelihood import Likelihood
from .slots import SlotQueue
from .structured import Dialect
from .types import Message, Usage

if TYPE_CHECKING:
    import httpx

__all__ = ["EmbeddedServer", "ServerLease", "lease_server", "require_llama"]

_SCRIPT = Path(__file__).with_name("llama_process.py")
_BATCH = 128
# Threads that wait for each other sleep. If they spin, as they would, one busy neighbour on the
# same cores slows generation down to a tenth.
_THREADS_SLEEP = {"OMP_WAIT_POLICY": "passive"}
_CACHE_MIB = 1024
_TOKENIZE_TIMEOUT_S = 2.0
_STOP_TIMEOUT_S = 5.0
_COUNTS_KEPT = 4096
_LEAST = -100.0


def require_llama() -> None:
    """Checks, without loading it, that the optional package which runs local models is there.

    Raises:
        NoChatModelError: It is not installed.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise NoChatModelError(
            "local models need the package xllamacpp. Either `pip install 'penchant[local]'`, or"
            " set PENCHANT_MODEL to a provider's model, such as openai/gpt-4o-mini, and the"
            " environment variable with its key, such as OPENAI_API_KEY"
        )


class EmbeddedServer:
    """A llama.cpp server for one model file, with one slot, reachable from this machine only.

    Args:
        path: The model's GGUF file.
        n_ctx: Tokens that prompt and answer may take together; the model's own limit caps it.
        threads: Threads that compute; None takes one for each physical core.
    """

    def __init__(self, path: Path, n_ctx: int, threads: int | None = None) -> None:
        self.path = path
        self.threads = threads or usable_cores()
        self.api_key = secrets.token_urlsafe(24)
        self.slots = SlotQueue()
        self.context_window = n_ctx
        self.dialect: Dialect = "grammar"
        self.count_tokens = lru_cache(maxsize=_COUNTS_KEPT)(self._count_tokens)
        self._address = ""
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """Where the OpenAI-compatible endpoint is."""
        return f"{self._address}/v1"

    @property
    def alive(self) -> bool:
        """Whether the server has started and still runs."""
        return bool(self._address) and self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Loads the model; blocks until it is ready, which may take seconds.

        Raises:
            NoChatModelError: The optional package that runs local models is not installed.
            ModelError: The file cannot be loaded, or `stop` was called meanwhile.
        """
        require_llama()
        request = {
            "path": str(self.path),
            "n_ctx": self.context_window,
            "threads": self.threads,
            "batch": _BATCH,
            "cache_mib": _CACHE_MIB,
            "api_key": self.api_key,
        }
        with self._lock:
            if self._stopped:
                raise ModelError(f"loading {str(self.path)!r} was cancelled")
            # -P keeps this folder off the child's path, where its types.py would hide Python's.
            # A session of its own keeps Ctrl-C in the terminal from reaching the child.
            process = self._process = subprocess.Popen(
                [sys.executable, "-P", str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                env={**os.environ, **_THREADS_SLEEP},
            )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            raise ModelError(self._failure(process))
        started = json.loads(answer)
        self.dialect = "llguidance" if started["llguidance"] else "grammar"
        self._address = str(started["address"])
        self.context_window = self._slot_context()

    def _failure(self, process: subprocess.Popen[str]) -> str:
        if self._stopped:
            return f"loading {str(self.path)!r} was cancelled"
        assert process.stderr is not None
        lines = process.stderr.read().strip().splitlines()
        code = process.wait()
        said = "; ".join(line.strip() for line in lines[-4:]) or f"exit code {code}"
        return (
            f"llama.cpp cannot load {str(self.path)!r}: {said}. `penchant models verify` checks"
            " the file; a smaller context_window needs less memory"
        )

    def stop(self) -> None:
        """Ends the server at once, whatever it is doing; safe to call twice."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is None:
            return
        process.kill()
        process.wait(timeout=_STOP_TIMEOUT_S)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def _slot_context(self) -> int:
        slots = self._request("GET", "/slots", None)
        assert isinstance(slots, list)
        return int(slots[0]["n_ctx"])

    def busy(self) -> bool:
        """Whether the slot is computing right now."""
        slots = self._request("GET", "/slots", None)
        return isinstance(slots, list) and bool(slots[0]["is_processing"])

    def _count_tokens(self, text: str) -> int:
        """Counts the tokens of a text with the model's own tokenizer; remembered by text.

        Raises:
            OSError: The server does not answer.
        """
        answer = self._request("POST", "/tokenize", {"content": text})
        assert isinstance(answer, dict)
        return len(answer["tokens"])

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, timeout_s: float
    ) -> Likelihood:
        """The log-probability that the last message goes on with a continuation.

        llama.cpp tells no probabilities of what it reads, only of what it writes; so a grammar
        that admits the continuation's own tokens, one after another, has it written. A grammar of
        characters would not do: where several tokens begin alike, the likelier one is taken, and
        the rest of the word is then spelt as the model never would.

        Args:
            messages: The conversation; its last message is unfinished.
            continuation: How it goes on.
            timeout_s: Seconds without an answer after which it fails.

        Raises:
            ChatTimeoutError: There was no answer in time.
            ChatProviderError: The server refused, or forced other tokens than asked for.
        """
        import httpx

        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {self.api_key}"}
        async with httpx.AsyncClient(
            base_url=self._address, headers=headers, timeout=timeout_s, trust_env=False
        ) as client:
            try:
                prompt = await self._unfinished(client, messages)
                forced = await _post(
                    client, "/tokenize", {"content": continuation, "parse_special": False}
                )
                wanted = [int(token) for token in forced["tokens"]]
                answer = await _post(client, "/completion", _forcing(prompt, wanted))
            except httpx.TimeoutException as error:
                raise ChatTimeoutError(
                    f"the local model did not tell a likelihood within {timeout_s:g} s; raise"
                    " timeout_s or shorten the messages"
                ) from error
            except httpx.HTTPError as error:
                raise ChatProviderError(f"the local model's server failed: {error!r}") from error
        written = answer.get("completion_probabilities") or []
        if [each["id"] for each in written[: len(wanted)]] != wanted:
            raise ChatProviderError(
                f"llama.cpp wrote {answer.get('content')!r} where {continuation!r} was forced; it"
                " is too old for grammars of tokens: upgrade xllamacpp"
            )
        timings = answer.get("timings", {})
        return Likelihood(
            # A token without any probability is told as the least number there is.
            log_probability=sum(max(float(each["logprob"]), _LEAST) for each in written),
            tokens=len(wanted),
            usage=Usage(
                prompt_tokens=int(timings.get("prompt_n", 0)) + int(timings.get("cache_n", 0)),
                cached_tokens=int(timings.get("cache_n", 0)),
                completion_tokens=len(wanted),
                seconds=time.perf_counter() - began,
            ),
        )

    async def _unfinished(
        self, client: httpx.AsyncClient, messages: Sequence[Message]
    ) -> Sequence[int]:
        """The tokens of a conversation, up to the last character of its last message."""
        mark = f"unfinished-{secrets.token_hex(8)}"
        told = [{"role": each.role, "content": each.content} for each in messages]
        # Templates trim the ends of messages; what stands before the mark is kept as it is.
        told[-1]["content"] += mark
        templated = await _post(client, "/apply-template", {"messages": told})
        text = str(templated["prompt"])
        if mark not in text:
            raise ChatProviderError(
                f"the chat template of {self.path.name!r} leaves out a last message of the role"
                f" {messages[-1].role!r}; end with a user's"
            )
        before = text[: text.rindex(mark)]
        # As the server reads the prompts of its own chat endpoint.
        found = await _post(
            client, "/tokenize", {"content": before, "add_special": True, "parse_special": True}
        )
        return [int(token) for token in found["tokens"]]

    def _request(self, method: str, path: str, body: dict[str, str] | None) -> object:
        connection = http.client.HTTPConnection(
            urlsplit(self._address).netloc, timeout=_TOKENIZE_TIMEOUT_S
        )
        try:
            connection.request(
                method,
                path,
                body=None if body is None else json.dumps(body),
                headers={
                    "Authorization": f"Bearer {self.api_key}",
                    "Content-Type": "application/json",
                },
            )
            response: object = json.load(connection.getresponse())
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"the local model's server answered {error!r}") from error
        finally:
            connection.close()
        return response


def _forcing(prompt: Sequence[int], tokens: Sequence[int]) -> dict[str, object]:
    return {
        "prompt": list(prompt),
        "grammar": "root ::= " + " ".join(f"<[{token}]>" for token in tokens),
        "n_predict": len(tokens),
        "n_probs": 1,
        "temperature": 0.0,
        "cache_prompt": True,
    }


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(path, json=body)
    if response.is_error:
        raise ChatProviderError(
            f"the local model's server refused {path!r} with {response.status_code}:"
            f" {response.text[:200]!r}"
        )
    answer = response.json()
    if not isinstance(answer, dict):
        raise ChatProviderError(f"the local model's server answered {path!r} with {answer!r:.200}")
    return answer


class _Key(NamedTuple):
    pid: int
    path: Path
    n_ctx: int
    threads: int | None


@dataclass(slots=True, kw_only=True)
class _Shared:
    server: EmbeddedServer
    ready: Future[EmbeddedServer] = field(default_factory=Future)
    leases: int = 0


# Weights take a gigabyte: all chat models of a process that use one file share one server. A forked
# process must not stop or count on its parent's, hence the process id in the key.
_servers: dict[_Key, _Shared] = {}
_servers_lock = threading.Lock()


class ServerLease:
    """A share in a server, which stops when its last share is released.

    Attributes:
        ready: Resolves to the server once the model is loaded, or to why it is not.
    """

    def __init__(self, key: _Key, shared: _Shared) -> None:
        self._key = key
        self._shared = shared
        self._released = False
        self.ready = shared.ready

    @property
    def spent(self) -> bool:
        """Whether the server could not be loaded, or has ended."""
        return _broken(self._shared)

    def release(self) -> None:
        """Gives the share back; safe to call twice."""
        with _servers_lock:
            if self._released:
                return
            self._released = True
            self._shared.leases -= 1
            last = self._shared.leases == 0
            if last and _servers.get(self._key) is self._shared:
                del _servers[self._key]
        if last and self._key.pid == os.getpid():
            self._shared.server.stop()


def lease_server(path: Path, n_ctx: int, threads: int | None = None) -> ServerLease:
    """Shares the server of a model file, and begins to load it if there is none that works.

    Args:
        path: The GGUF file.
        n_ctx: Tokens that prompt and answer may take together.
        threads: Threads that compute; None takes one for each physical core.

    Returns:
        The lease; returns at once.
    """
    key = _Key(os.getpid(), path.resolve(), n_ctx, threads)
    with _servers_lock:
        shared = _servers.get(key)
        if shared is None or _broken(shared):
            shared = _servers[key] = _Shared(server=EmbeddedServer(key.path, n_ctx, threads))
            # From now on nobody who waits can cancel the load for the others.
            shared.ready.set_running_or_notify_cancel()
            # A daemon: a program that ends while a model loads does not wait for it.
            threading.Thread(
                target=_start, args=(shared,), name="penchant-load", daemon=True
            ).start()
        shared.leases += 1
        return ServerLease(key, shared)


def _broken(shared: _Shared) -> bool:
    return shared.ready.done() and (shared.ready.exception() is not None or not shared.server.alive)


def _start(shared: _Shared) -> None:
    try:
        shared.server.start()
    except BaseException as error:  # noqa: BLE001 - whatever it is, those who wait must hear it
        shared.ready.set_exception(error)
    else:
        shared.ready.set_result(shared.server)


@atexit.register
def _stop_all() -> None:
    for key, shared in list(_servers.items()):
        if key.pid == os.getpid():
            shared.server.stop()
