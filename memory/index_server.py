"""A Chroma server as the index, which several machines and stores may share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConfigError, MemoryStoreError
from .index import VectorIndex, chroma_settings, digest

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["IndexServer"]

_CONNECT_S = 3.0
_TIMEOUT_S = 30.0
# A server that did not answer is left alone for so long, and the truth answers meanwhile.
_RETRY_S = 5.0
_PAGE = 300


class IndexServer(VectorIndex):
    """The collections of one store on a server; their names begin with the store's identity.

    Args:
        url: `http://HOST:PORT` or `https://…`.
        identity: Tells the store from others.

    Raises:
        ConfigError: The URL is malformed.
    """

    def __init__(self, url: str, identity: Callable[[], str]) -> None:
        super().__init__()
        self._url = url.rstrip("/")
        self._shown = _check(self._url)
        self._identity = identity
        self._prefix = ""
        self._down_since: float | None = None

    @property
    def name(self) -> str:
        return f"the Chroma server {self._shown!r}"

    @property
    def exists(self) -> bool:
        return True

    def destroy(self) -> None:
        """Deletes this store's collections, and none of another store.

        Raises:
            MemoryStoreError: The server does not answer; nothing, or not all, is deleted.
        """
        with self._lock:
            self._collections.clear()
        client, mine = self._chroma(), self._collection_name("")[: -len(digest(""))]
        names: list[str] = []
        while page := client.list_collections(limit=_PAGE, offset=len(names)):
            names += [each.name for each in page]
        for name in names:
            if name.startswith(mine):
                client.delete_collection(name)

    def _connect(self) -> ClientAPI:
        down = self._down_since
        if down is not None and time.monotonic() - down < _RETRY_S:
            raise self._unreachable("it did not a moment ago")
        import httpx

        try:
            # Chroma's own client would wait for ever.
            httpx.get(f"{self._url}/api/v2/heartbeat", timeout=_CONNECT_S).raise_for_status()
        except httpx.HTTPError as error:
            self._let_go()
            raise self._unreachable(error) from error
        settings = chroma_settings()
        import chromadb

        client = chromadb.HttpClient(host=self._url, settings=settings)
        self._bound(client)
        self._down_since = None
        return client

    def _bound(self, client: Any) -> None:
        """Has the client give up in time, and say what happened."""
        import httpx

        session: httpx.Client = client._server._session
        session.timeout = httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_S)
        request = session.request

        def bounded(*args: Any, **options: Any) -> httpx.Response:
            try:
                return request(*args, **options)
            except httpx.TransportError as error:
                self._let_go()
                raise self._unreachable(error) from error

        session.request = bounded  # type: ignore[method-assign]

    def _let_go(self) -> None:
        with self._lock:
            self._down_since = time.monotonic()
            self._collections.clear()
            self._client = None

    def _unreachable(self, why: object) -> MemoryStoreError:
        return MemoryStoreError(
            f"{self.name} does not answer: {why}; start it, or mend index_url (PENCHANT_INDEX_URL)"
        )

    def _collection_name(self, user_id: str) -> str:
        if not self._prefix:
            self._prefix = f"penchant-{self._identity()}"
        return f"{self._prefix}-{digest(user_id)}"


def _check(url: str) -> str:
    """The URL as messages may show it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError("index_url is malformed; give http://HOST:PORT of a Chroma server")
    return f"{parts.scheme}://{parts.hostname}{'' if port is None else f':{port}'}{parts.path}"
