"""Where the bytes of a model come from: what a source is, and the model hub as one.

A source appends to a part file from wherever that stands; since every source delivers the same
bytes, one goes on where another broke off.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..errors import SourceError
from .catalog import CatalogFile, HubSpec

if TYPE_CHECKING:
    import httpx

    from .partfile import PartFile

__all__ = ["Hub", "HubSource", "Source"]

_CHUNK = 1 << 20
_HUB_TRIES = 5
_REMEMBERED_S = 60.0


class Source(Protocol):
    """One place that delivers a model's files."""

    @property
    def title(self) -> str:
        """The source in words, for progress and errors."""
        ...

    def fetch(self, file: CatalogFile, part: PartFile) -> None:
        """Appends to the part until the file is complete.

        Raises:
            SourceError: The source cannot deliver; what arrived stays in the part.
            DiskSpaceError: The disk is full.
        """
        ...


@dataclass(kw_only=True)
class Hub:
    """The model hub, and whether it answers, which is asked at most once a minute.

    Attributes:
        endpoint: Address; None takes `HF_ENDPOINT` from the environment, else the public hub.
        connect_s: Seconds within which it must answer at all.
        read_s: Seconds of silence within a download after which that breaks off.
    """

    endpoint: str | None = None
    connect_s: float = 3.0
    read_s: float = 10.0
    _known_until: float = field(default=0.0, init=False, repr=False)
    _refusal: str | None = field(default=None, init=False, repr=False)

    def address(self, spec: HubSpec, file: str) -> str:
        """The address of one file."""
        endpoint = self.endpoint or os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        return f"{endpoint.rstrip('/')}/{spec.repo}/resolve/{spec.revision}/{file}"

    def check(self, url: str) -> None:
        """Makes sure that the hub answers.

        The question is asked in a thread of its own, because the resolver and a host with many
        addresses may each take longer than `connect_s`, whatever timeout the client is given.

        Raises:
            SourceError: It does not, or it is switched off with `HF_HUB_OFFLINE`.
        """
        if os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
            raise SourceError("the model hub is switched off by HF_HUB_OFFLINE")
        if time.monotonic() >= self._known_until:
            self._refusal = self._ask(url)
            self._known_until = time.monotonic() + _REMEMBERED_S
        if self._refusal is not None:
            raise SourceError(self._refusal)

    def _ask(self, url: str) -> str | None:
        import httpx

        silence = f"the model hub does not answer after {self.connect_s:g} s"
        answers: list[str | None] = []

        def ask() -> None:
            try:
                httpx.head(url, timeout=self.connect_s)
                answers.append(None)
            except httpx.TimeoutException:
                answers.append(silence)
            # A proxy that httpx cannot use shows as ImportError or ValueError.
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ImportError, ValueError) as error:
                answers.append(f"the model hub cannot be reached ({_first_line(error)})")

        thread = threading.Thread(target=ask, name="penchant-hub-check", daemon=True)
        thread.start()
        thread.join(self.connect_s)
        return answers[0] if answers else silence


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """Files of a hub repository, over HTTP with ranges."""

    spec: HubSpec
    hub: Hub

    @property
    def title(self) -> str:
        """The source in words."""
        return "the model hub"

    def fetch(self, file: CatalogFile, part: PartFile) -> None:
        """Appends what is missing, going on after a break as long as each try brings bytes."""
        if part.complete:
            return
        url = self.hub.address(self.spec, file.name)
        self.hub.check(url)
        import httpx

        timeout = httpx.Timeout(self.hub.read_s, connect=self.hub.connect_s)
        reason = ""
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for _ in range(_HUB_TRIES):
                before = part.offset
                try:
                    self._stream(client, url, part)
                except httpx.HTTPError as error:
                    reason = _first_line(error)
                else:
                    reason = "the connection closed"
                if part.complete:
                    return
                if part.offset <= before:
                    break
        raise SourceError(
            f"the model hub broke off {file.name!r} at byte {part.offset:,} of {file.size:,}"
            f" ({reason})"
        )

    def _stream(self, client: httpx.Client, url: str, part: PartFile) -> None:
        # The bytes are hashed as they are stored, so no transfer encoding may change them.
        headers = {"Accept-Encoding": "identity"}
        if part.offset:
            headers["Range"] = f"bytes={part.offset}-"
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code not in {200, 206}:
                raise SourceError(f"the model hub answers {response.status_code} for {url}")
            start = f"bytes {part.offset}-"
            ranged = response.headers.get("Content-Range", "").startswith(start)
            if part.offset and not (response.status_code == 206 and ranged):
                if response.status_code == 206:
                    raise SourceError(f"the model hub answers with another range for {url}")
                part.restart()
            for chunk in response.iter_raw(_CHUNK):
                part.write(chunk)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].strip() or type(error).__name__
