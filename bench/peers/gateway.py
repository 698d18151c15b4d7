"""One door on loopback to the chat model and the embedder, which counts what each system uses.

Every system gets a path of its own (`/mem0/v1/chat/completions`, `/mem0/v1/embeddings`) and a
llama.cpp server of its own with one slot, so that the beginning of its prompts stays in that
server's cache.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from penchant.models.embedded import EmbeddedServer
from penchant.models.embedder import OnnxEmbedder


@dataclass(slots=True)
class Counts:
    """What one system has used since the gateway was opened."""

    calls: int = 0
    refused: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    chat_seconds: float = 0.0
    embedded_texts: int = 0


class Gateway:
    """Serves chat completions and embeddings until closed.

    Args:
        model: The chat model's GGUF file.
        embedder: The embedder that all systems share.
        context_window: Tokens of prompt and answer.
        timeout_s: The longest that one completion may take.
    """

    def __init__(
        self, model: Path, embedder: OnnxEmbedder, *, context_window: int, timeout_s: float
    ) -> None:
        self.model = model
        self.embedder = embedder
        self.context_window = context_window
        self.timeout_s = timeout_s
        self.counts: dict[str, Counts] = {}
        self._servers: dict[str, EmbeddedServer] = {}
        self._lock = threading.Lock()
        gateway = self

        class Handler(_Handler):
            door = gateway

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens; a system's base URL is this, its name and `v1`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def server(self, system: str) -> EmbeddedServer:
        """A system's own llama.cpp server, started at its first call."""
        with self._lock:
            if system not in self._servers:
                server = EmbeddedServer(self.model, self.context_window)
                server.start()
                self._servers[system] = server
            return self._servers[system]

    def counted(self, system: str) -> Counts:
        """The counts of a system."""
        return self.counts.setdefault(system, Counts())

    def close(self) -> None:
        """Ends the servers."""
        self._http.shutdown()
        for server in self._servers.values():
            server.stop()


class _Handler(BaseHTTPRequestHandler):
    door: Gateway
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        system, _, rest = self.path.strip("/").partition("/")
        if rest == "counts":
            self._send(200, asdict(self.door.counted(system)))
        elif rest == "server":
            server = self.door.server(system)
            self._send(200, {"dialect": server.dialect, "context_window": server.context_window})
        else:
            self._send(404, {"error": f"no such path {self.path!r}"})

    def do_POST(self) -> None:
        system, _, rest = self.path.strip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if rest == "v1/embeddings":
            self._embed(system, json.loads(body))
        elif rest == "v1/chat/completions":
            self._chat(system, body)
        else:
            self._send(404, {"error": f"no such path {self.path!r}"})

    def _send(self, status: int, answer: Any) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _embed(self, system: str, request: dict[str, Any]) -> None:
        texts = request["input"]
        texts = [texts] if isinstance(texts, str) else texts
        vectors = self.door.embedder.embed(texts)
        self.door.counted(system).embedded_texts += len(texts)
        packed = request.get("encoding_format") == "base64"
        data = [
            {
                "object": "embedding",
                "index": place,
                "embedding": base64.b64encode(vector.tobytes()).decode()
                if packed
                else vector.tolist(),
            }
            for place, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        self._send(200, {"object": "list", "data": data, "model": "minilm", "usage": usage})

    def _chat(self, system: str, body: bytes) -> None:
        server = self.door.server(system)
        counts = self.door.counted(system)
        began = time.perf_counter()
        address = urlsplit(server.base_url)
        connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=self.door.timeout_s
        )
        try:
            headers = {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {server.api_key}",
            }
            connection.request("POST", "/v1/chat/completions", body, headers)
            response = connection.getresponse()
            streams = "text/event-stream" in (response.getheader("Content-Type") or "")
            if streams:
                usage = self._relay(response)
            else:
                answer = response.read()
                usage = json.loads(answer).get("usage")
        except (OSError, http.client.HTTPException, ValueError) as error:
            counts.refused += 1
            counts.chat_seconds += time.perf_counter() - began
            self._send(504, {"error": {"message": f"no answer: {error!r}"}})
            return
        finally:
            connection.close()
        counts.chat_seconds += time.perf_counter() - began
        if usage is None:
            counts.refused += 1
        else:
            counts.calls += 1
            counts.prompt_tokens += usage["prompt_tokens"]
            details = usage.get("prompt_tokens_details") or {}
            counts.cached_tokens += details.get("cached_tokens") or 0
            counts.completion_tokens += usage["completion_tokens"]
        if not streams:
            self._send(response.status, answer)

    def _relay(self, response: http.client.HTTPResponse) -> dict[str, Any] | None:
        self.send_response(response.status)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        usage = None
        for line in response:
            self.wfile.write(line)
            self.wfile.flush()
            if line.startswith(b"data: {"):
                usage = json.loads(line[6:]).get("usage") or usage
        return usage
