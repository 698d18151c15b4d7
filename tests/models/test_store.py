"""The store against a hub on loopback that serves ranges, breaks off, hangs and lies."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from penchant.config import Settings
from penchant.errors import ChecksumError, DiskSpaceError, ModelStoreError, SourceError
from penchant.models.catalog import Catalog
from penchant.models.partfile import PartFile
from penchant.models.sources import Hub
from penchant.models.store import ModelStore, needed

BODY = os.urandom(3 << 20)
OTHER = b"{}\n"


class FakeHub:
    """A hub whose misbehaviour each test sets."""

    def __init__(self) -> None:
        self.files = {"weights.gguf": BODY, "sub/config.json": OTHER}
        self.ranges: list[str] = []  # of each GET; "" asks for everything
        self.heads = 0
        self.status = 200
        self.cut_after: list[int] = []  # bytes to send before each of the next breaks
        self.stall_after: int | None = None
        self.ignore_ranges = False
        self.go_on = threading.Event()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

            def do_HEAD(self) -> None:
                hub.heads += 1
                self.send_response(302)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                hub._serve(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                pass  # clients that hang up are part of the tests

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        body = self.files.get(request.path.partition("/resolve/main/")[2])
        status = 404 if body is None else self.status
        body = body if body is not None and status == 200 else b"no"
        start = 0
        if status == 200 and asked and not self.ignore_ranges:
            status, start = 206, int(asked.removeprefix("bytes=").removesuffix("-"))
        request.send_response(status)
        request.send_header("Content-Length", str(len(body) - start))
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        request.end_headers()
        send = body[start:]
        if self.cut_after:
            request.wfile.write(send[: self.cut_after.pop(0)])
            request.close_connection = True
            return
        if self.stall_after is not None:
            request.wfile.write(send[: self.stall_after])
            self.go_on.wait(60)
            send = send[self.stall_after :]
        request.wfile.write(send)


class Watcher:
    """Progress that remembers, and may raise."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.said: list[str] = []
        self.shown: dict[str, list[int]] = {}
        self._stop_at = stop_at

    def say(self, message: str) -> None:
        self.said.append(message)

    def show(self, label: str, done: int, total: int) -> None:
        self.shown.setdefault(label, []).append(done)
        if self._stop_at is not None and done >= self._stop_at:
            raise KeyboardInterrupt


def _file(name: str, body: bytes) -> dict[str, object]:
    return {"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _catalog(*files: dict[str, object]) -> Catalog:
    model = {
        "title": "Tiny",
        "purpose": "tests",
        "role": "chat",
        "licence": "MIT",
        "files": list(files) or [_file("weights.gguf", BODY)],
        "sources": [{"kind": "hub", "repo": "someone/tiny"}],
    }
    return Catalog.model_validate({"models": {"tiny": model}})


def _wait(predicate: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _hub_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    fake = FakeHub()
    yield fake
    fake.go_on.set()
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def tiny(hub: FakeHub, tmp_path: Path) -> ModelStore:
    return _store(hub, tmp_path)


def _store(hub: FakeHub, tmp_path: Path, catalog: Catalog | None = None) -> ModelStore:
    where = Hub(endpoint=hub.endpoint, connect_s=2.0, read_s=0.5)
    return ModelStore(tmp_path / "models", catalog=catalog or _catalog(), hub=where)


def _left(store: ModelStore) -> set[str]:
    return {path.name for path in (store.directory / "tiny").rglob("*") if path.is_file()}


def test_a_pull_brings_the_file_and_a_second_one_asks_nobody(
    hub: FakeHub, tiny: ModelStore
) -> None:
    watcher = Watcher()
    path = tiny.pull("tiny", progress=watcher)
    assert path.read_bytes() == BODY
    assert tiny.path("tiny") == path == tiny.list()[0].path
    assert tiny.list()[0].installed
    shown = watcher.shown["tiny/weights.gguf"]
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (0, len(BODY))
    tiny.pull("tiny")
    assert hub.ranges == [""]
    assert _left(tiny) == {"weights.gguf", ".verified.json"}


def test_a_model_of_several_files_is_a_directory(hub: FakeHub, tmp_path: Path) -> None:
    catalog = _catalog(_file("weights.gguf", BODY), _file("sub/config.json", OTHER))
    path = _store(hub, tmp_path, catalog).pull("tiny")
    assert (path / "weights.gguf").read_bytes() == BODY
    assert (path / "sub" / "config.json").read_bytes() == OTHER
    assert hub.heads == 1


def test_what_is_not_installed_names_the_command(tiny: ModelStore) -> None:
    with pytest.raises(ModelStoreError, match="penchant models pull tiny"):
        tiny.path("tiny")
    with pytest.raises(ModelStoreError, match="'huge'; there are: tiny"):
        tiny.pull("huge")
    assert not tiny.list()[0].installed
    assert tiny.verify() == ()


def test_a_download_that_breaks_off_goes_on_where_it_was(hub: FakeHub, tiny: ModelStore) -> None:
    hub.cut_after = [1 << 20, 1 << 20]
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["", "bytes=1048576-", "bytes=2097152-"]


def test_a_download_that_stalls_goes_on_where_it_was(hub: FakeHub, tiny: ModelStore) -> None:
    hub.stall_after = 2 << 20
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["", "bytes=2097152-"]


def test_an_interrupted_pull_keeps_what_arrived(hub: FakeHub, tiny: ModelStore) -> None:
    with pytest.raises(KeyboardInterrupt):
        tiny.pull("tiny", progress=Watcher(stop_at=2 << 20))
    with pytest.raises(ModelStoreError, match="not installed"):
        tiny.path("tiny")
    assert _left(tiny) == {"weights.gguf.part"}
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges[-1] == "bytes=2097152-"


def _pull_elsewhere(hub: FakeHub, store: ModelStore, tmp_path: Path) -> subprocess.Popen[str]:
    catalog = tmp_path / "catalog.json"
    catalog.write_text(store.catalog.model_dump_json(), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path\n"
        "from penchant.models.catalog import Catalog\n"
        "from penchant.models.sources import Hub\n"
        "from penchant.models.store import ModelStore\n"
        "catalog = Catalog.model_validate_json(Path(sys.argv[2]).read_text(encoding='utf-8'))\n"
        "hub = Hub(endpoint=sys.argv[3], read_s=60)\n"
        "print(ModelStore(Path(sys.argv[1]), catalog=catalog, hub=hub).pull('tiny'))\n"
    )
    command = [sys.executable, "-c", code, str(store.directory), str(catalog), hub.endpoint]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_pull_goes_on_where_it_was(hub: FakeHub, tiny: ModelStore, tmp_path: Path) -> None:
    hub.stall_after = 2 << 20
    part = tiny.directory / "tiny" / "weights.gguf.part"
    with _pull_elsewhere(hub, tiny, tmp_path) as process:
        _wait(lambda: part.exists() and part.stat().st_size >= 1 << 20)
        process.kill()
    kept = part.stat().st_size
    hub.stall_after = None
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["", f"bytes={kept}-"]


def test_two_processes_fetch_a_file_once(hub: FakeHub, tiny: ModelStore, tmp_path: Path) -> None:
    hub.stall_after = 1 << 20
    watcher = Watcher()
    with _pull_elsewhere(hub, tiny, tmp_path) as process:
        _wait(lambda: hub.ranges == [""])
        second = threading.Thread(target=tiny.pull, args=("tiny",), kwargs={"progress": watcher})
        second.start()
        _wait(lambda: watcher.said == ["tiny: another process works on it; waiting"])
        hub.go_on.set()
        out, _ = process.communicate()
        second.join()
    assert Path(out.strip()).read_bytes() == BODY
    assert tiny.path("tiny").read_bytes() == BODY
    assert hub.ranges == [""]


def test_wrong_bytes_are_removed_and_named(hub: FakeHub, tiny: ModelStore) -> None:
    wrong = bytes(len(BODY))
    hub.files["weights.gguf"] = wrong
    with pytest.raises(ChecksumError) as caught:
        tiny.pull("tiny")
    for body in (BODY, wrong):
        assert hashlib.sha256(body).hexdigest() in str(caught.value)
    assert _left(tiny) == set()
    assert not tiny.installed("tiny")


def test_wrong_bytes_of_an_earlier_try_cost_one_more_start(hub: FakeHub, tiny: ModelStore) -> None:
    part = tiny.directory / "tiny" / "weights.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"<html>please log in</html>")
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["bytes=26-", ""]


@pytest.mark.parametrize("kept", [len(BODY), len(BODY) + 5])
def test_a_part_as_long_as_the_file_or_longer_is_no_obstacle(
    hub: FakeHub, tiny: ModelStore, kept: int
) -> None:
    part = tiny.directory / "tiny" / "weights.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes((BODY + b"extra")[:kept])
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ([] if kept == len(BODY) else [""])


def test_a_hub_without_ranges_starts_over(hub: FakeHub, tiny: ModelStore) -> None:
    hub.ignore_ranges = True
    hub.cut_after = [1 << 20]
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["", "bytes=1048576-"]


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_refusal_is_named(hub: FakeHub, tiny: ModelStore, status: int) -> None:
    hub.status = status
    with pytest.raises(SourceError, match=rf"answers {status} for http://127.*someone/tiny"):
        tiny.pull("tiny")


def test_a_file_that_is_too_long_is_refused(hub: FakeHub, tiny: ModelStore) -> None:
    hub.files["weights.gguf"] = BODY + b"more"
    with pytest.raises(SourceError, match="longer than 3,145,728 bytes"):
        tiny.pull("tiny")
    assert not tiny.installed("tiny")


def test_a_hub_that_breaks_off_at_once_is_not_asked_for_ever(
    hub: FakeHub, tiny: ModelStore
) -> None:
    hub.cut_after = [0] * 20
    with pytest.raises(SourceError, match=r"broke off 'weights\.gguf' at byte 0"):
        tiny.pull("tiny")
    assert hub.ranges == [""]


def test_a_hub_that_is_silent_is_asked_once(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts, and never answers
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        silent = ModelStore(tmp_path, catalog=_catalog(), hub=Hub(endpoint=endpoint, connect_s=0.2))
        for _ in range(3):
            with pytest.raises(SourceError, match=r"hub does not answer after 0\.2 s"):
                silent.pull("tiny")
        listener.setblocking(False)
        listener.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_hub_that_cannot_be_reached_says_why(tmp_path: Path) -> None:
    where = Hub(endpoint="http://127.0.0.1:1")
    with pytest.raises(SourceError, match=r"hub cannot be reached.*check the network"):
        ModelStore(tmp_path, catalog=_catalog(), hub=where).pull("tiny")


def test_the_hub_s_own_variables_are_heeded(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint + "/")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    store = ModelStore(tmp_path, catalog=_catalog())
    with pytest.raises(SourceError, match="HF_HUB_OFFLINE"):
        store.pull("tiny")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert store.pull("tiny").read_bytes() == BODY


def test_space_is_checked_before_anything_is_fetched(
    hub: FakeHub, tiny: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tiny.directory.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskSpaceError, match=r"'tiny' needs 70 MB in .* 1 MB are free"):
        tiny.pull("tiny")
    assert hub.ranges == []


def test_a_disk_that_fills_up_is_named_and_what_arrived_is_kept(
    hub: FakeHub, tiny: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = PartFile.write

    def fill_up(part: PartFile, data: bytes) -> None:
        if part.offset >= 1 << 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(part, data)

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "write", fill_up)
        with pytest.raises(DiskSpaceError, match=r"no space left .* set PENCHANT_CACHE"):
            tiny.pull("tiny")
    assert not tiny.installed("tiny")
    assert tiny.pull("tiny").read_bytes() == BODY
    assert hub.ranges == ["", "bytes=1048576-"]


def test_a_directory_that_cannot_be_written_is_named(hub: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(ModelStoreError, match="set PENCHANT_CACHE"):
        _store(hub, tmp_path).pull("tiny")


def test_verify_finds_a_flipped_byte_that_size_and_time_hide(
    hub: FakeHub, tiny: ModelStore
) -> None:
    path = tiny.pull("tiny")
    assert [result.ok for result in tiny.verify()] == [True]
    times = path.stat()
    path.write_bytes(BODY[:-1] + bytes([BODY[-1] ^ 1]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (result,) = tiny.verify("tiny")
    assert not result.ok
    assert hashlib.sha256(BODY).hexdigest() in str(result.problem)
    with pytest.raises(ModelStoreError, match="not installed"):
        tiny.path("tiny")
    assert tiny.pull("tiny").read_bytes() == BODY
    assert tiny.path("tiny") == path


def test_a_changed_file_is_not_used_and_a_copied_one_is_taken_over(
    hub: FakeHub, tiny: ModelStore
) -> None:
    path = tiny.pull("tiny")
    os.utime(path, ns=(1, 1))
    assert not tiny.installed("tiny")
    assert tiny.pull("tiny") == path
    (path.parent / ".verified.json").write_text("not json", encoding="utf-8")
    assert not tiny.installed("tiny")
    tiny.pull("tiny")
    assert tiny.installed("tiny")
    assert hub.ranges == [""]
    path.unlink()
    assert [result.problem for result in tiny.verify("tiny")] == [
        "it is missing; `penchant models pull tiny` mends it"
    ]


def test_remove_frees_the_disk(tiny: ModelStore) -> None:
    assert tiny.remove("tiny") == 0
    tiny.pull("tiny")
    assert tiny.remove("tiny") >= len(BODY)
    assert not tiny.installed("tiny")


def test_needed_names_what_settings_ask_for(tiny: ModelStore, tmp_path: Path) -> None:
    def ask(model: str, embedder: str = "some/embedder") -> tuple[str, ...]:
        return needed(Settings(home=tmp_path, model=model, embedder=embedder), store=tiny)

    assert ask("local/tiny") == ("tiny",)
    assert ask("local/tiny", embedder="tiny") == ("tiny",)
    assert ask("local/other.gguf") == ask("openai/tiny") == ()
    tiny.pull("tiny")
    assert ask("local/tiny") == ()
    assert needed(Settings(cache=tmp_path)) == ("qwen2.5-coder-1.5b", "minilm")
