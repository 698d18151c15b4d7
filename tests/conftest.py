"""What every test gets: no network, no keys, a home of its own, the small real models, servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import settings as hypothesis_settings

from penchant.config import Settings

if TYPE_CHECKING:
    from penchant.models.embedder import OnnxEmbedder
    from penchant.models.hash_embedder import HashEmbedder
    from penchant.models.store import ModelStore

# On a busy machine any example may take long.
hypothesis_settings.register_profile("penchant", deadline=None)
hypothesis_settings.load_profile("penchant")

# What could make a test reach a provider and be billed, or depend on who runs it.
_SECRETS = re.compile(
    r".*(_API_KEY|_API_TOKEN|_API_BASE|_BASE_URL|_ACCESS_KEY|_ACCESS_KEY_ID|_SECRET_KEY)"
    r"|(AWS|AZURE|VERTEX|VERTEXAI|LITELLM|LANGSMITH|LANGCHAIN|HF|HUGGINGFACE|HUGGING_FACE)_.*"
    r"|GOOGLE_APPLICATION_CREDENTIALS|GITHUB_TOKEN"
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Lets sockets reach this machine only; a marker or a flag of pytest-socket still wins."""
    if not config.option.allow_hosts and not config.option.disable_socket:
        config.option.allow_hosts = "127.0.0.1,::1,localhost"
        config.option.allow_unix_socket = True


def _isolate(patch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        ours = name.startswith("PENCHANT_") and name != "PENCHANT_CACHE"
        if ours or _SECRETS.fullmatch(name):
            patch.delenv(name)
    patch.setenv("HF_HUB_OFFLINE", "1")
    patch.setenv("TRANSFORMERS_OFFLINE", "1")
    patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    patch.setenv("NO_PROXY", "127.0.0.1,localhost,::1")


@pytest.fixture(scope="session", autouse=True)
def _isolated_session() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        _isolate(patch)
        yield


@pytest.fixture(autouse=True)
def _isolated_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _isolate(monkeypatch)
    monkeypatch.setenv("PENCHANT_HOME", str(tmp_path / "home"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of this test's own, and the models of this machine."""
    return Settings.load(home=tmp_path / "home")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """The model store that everybody on this machine shares (`PENCHANT_CACHE`)."""
    from penchant.models.store import ModelStore

    home = tmp_path_factory.mktemp("no-config")
    return ModelStore(Settings.load(home=home).models_dir)


@pytest.fixture(scope="session")
def smollm_path(store: ModelStore) -> Path:
    """The smallest real chat model, fetched if it is not here."""
    return store.pull("smollm2-135m")


@pytest.fixture(scope="session")
def minilm(store: ModelStore) -> OnnxEmbedder:
    """The default embedder, fetched and exported if it is not here."""
    from penchant.models.embedder import OnnxEmbedder

    return OnnxEmbedder(store.pull("minilm"))


@pytest.fixture
def hash_embedder() -> HashEmbedder:
    """An embedder of word overlap, without a model."""
    from penchant.models.hash_embedder import HashEmbedder

    return HashEmbedder()


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A PostgreSQL server of the tests' own, and its superuser's password."""

    port: int
    user: str = "penchant"
    password: str = "p@ss:w/rd"

    def url(self, database: str, *, user: str | None = None) -> str:
        from sqlalchemy import URL

        return URL.create(
            "postgresql",
            user or self.user,
            self.password,
            "127.0.0.1",
            self.port,
            database,
        ).render_as_string(hide_password=False)

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[Any]:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            yield connection


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what}, which the tests require where CI is set")
    pytest.skip(what)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(ready: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"a server did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    server.send_signal(how)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL on loopback, in a directory that goes with it."""
    binaries = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parents[1].name)
    )
    if not binaries:
        _missing("PostgreSQL is not installed")
    import psycopg

    program = binaries[-1].parent
    directory = Path(tempfile.mkdtemp(prefix="penchant-postgres-"))
    found = Postgres(port=_free_port())
    secret, log = directory / "secret", directory / "log"
    secret.write_text(found.password)
    other: dict[str, Any] = {}
    if os.getuid() == 0:
        # It refuses to run as root; its package comes with a user of its own.
        shutil.chown(directory, "postgres", "postgres")
        shutil.chown(secret, "postgres", "postgres")
        other = {"user": "postgres", "group": "postgres", "extra_groups": []}
    try:
        make = [program / "initdb", "-D", directory / "data", "-U", found.user, "--no-sync"]
        make += ["-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8"]
        if int(program.parent.name) >= 15:
            # A language's own order of texts, for Penchant to be independent of.
            make += ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(make, cwd=directory, check=True, capture_output=True, timeout=120, **other)
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "200",
        }
        run = [program / "postgres", "-D", directory / "data", "-p", str(found.port)]
        run += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as out:
            server = subprocess.Popen(run, cwd=directory, stdout=out, stderr=out, **other)
        try:

            def ready() -> bool:
                try:
                    with found.connect():
                        return True
                except psycopg.OperationalError:
                    return False

            _until(ready, server, log)
            yield found
        finally:
            _stop(server, signal.SIGINT)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_database(postgres: Postgres) -> Postgres:
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE truth")
    return postgres


@pytest.fixture
def postgres_url(_postgres_database: Postgres) -> Iterator[str]:
    """A PostgreSQL database without anything in it."""
    yield _postgres_database.url("truth")
    with _postgres_database.connect("truth") as connection:
        kept = (
            "users",
            "items",
            "erasures",
            "checkpoints",
            "checkpoint_blobs",
            "checkpoint_writes",
        )
        for table in kept:
            if connection.execute("SELECT to_regclass(%s)", [table]).fetchone()[0]:
                connection.execute(f"DELETE FROM {table}")


@pytest.fixture
def new_database(postgres: Postgres) -> Iterator[Callable[[], str]]:
    """Makes PostgreSQL databases without tables; gives their names."""
    made: list[str] = []

    def make() -> str:
        made.append(f"new{len(made)}")
        with postgres.connect() as connection:
            connection.execute(f"CREATE DATABASE {made[-1]}")
        return made[-1]

    yield make
    with postgres.connect() as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class ChromaServer:
    """`chroma run` on loopback; can be stopped and started again.

    Attributes:
        url: Its address.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        log = self._directory / "log"
        program = Path(sys.executable).with_name("chroma")
        run = [program, "run", "--host", "127.0.0.1", "--port", str(self._port)]
        run += ["--path", self._directory / "data"]
        with log.open("wb") as out:
            self._process = subprocess.Popen(run, stdout=out, stderr=out)

        def ready() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self._port)) == 0

        _until(ready, self._process, log)

    def stop(self) -> None:
        if self._process is not None:
            _stop(self._process, signal.SIGTERM)
            self._process = None


@pytest.fixture(scope="session")
def _chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def chroma_url(_chroma_server: ChromaServer) -> Iterator[str]:
    """A Chroma server without anything in it."""
    import chromadb
    from chromadb.config import Settings

    yield _chroma_server.url
    settings = Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(host=_chroma_server.url, settings=settings)
    for collection in client.list_collections():
        client.delete_collection(collection.name)
    client.close()


@pytest.fixture
def own_chroma(tmp_path: Path) -> Iterator[ChromaServer]:
    """A Chroma server that the test may stop."""
    (tmp_path / "own-chroma").mkdir()
    server = ChromaServer(tmp_path / "own-chroma")
    server.start()
    yield server
    server.stop()
