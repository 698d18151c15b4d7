"""What every test gets: no network, no keys, a home of its own, and the small real models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penchant.config import Settings

if TYPE_CHECKING:
    from penchant.models.embedder import OnnxEmbedder
    from penchant.models.hash_embedder import HashEmbedder
    from penchant.models.store import ModelStore

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
