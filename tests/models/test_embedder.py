"""The default embedder itself, on the real small model, and the two others."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from penchant.config import Settings
from penchant.errors import EmbedderError, InputError, ModelStoreError
from penchant.models import export
from penchant.models.embedder import OnnxEmbedder, SentenceTransformerEmbedder, open_embedder
from penchant.models.onnx_graph import OnnxGraph
from penchant.models.store import ModelStore

TEXTS = (
    "I am vegetarian.",
    "I do not eat meat.",
    "The train leaves at nine.",
    "",
    "🥦 私は菜食主義者です",
    "word " * 2000,
)


def _directory(store: ModelStore) -> Path:
    return store.path("minilm")


def test_vectors_are_unit_rows_in_the_order_given(minilm: OnnxEmbedder) -> None:
    vectors = minilm.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), minilm.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.6
    assert far < 0.3


def test_batch_size_and_company_do_not_change_a_vector(
    minilm: OnnxEmbedder, store: ModelStore
) -> None:
    texts = [f"request {n}: {'more ' * (n % 37)}please" for n in range(100)]
    together = OnnxEmbedder(_directory(store)).embed(texts)
    fresh = OnnxEmbedder(_directory(store), cached_texts=0)
    for n in (0, 1, 36, 99):
        np.testing.assert_allclose(fresh.embed([texts[n]])[0], together[n], atol=1e-5)


def test_the_same_text_twice_is_computed_once(
    minilm: OnnxEmbedder, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    run = OnnxGraph.run

    def count(graph: OnnxGraph, texts: list[str]) -> object:
        computed.extend(texts)
        return run(graph, texts)

    monkeypatch.setattr(OnnxGraph, "run", count)
    embedder = OnnxEmbedder(_directory(store), cached_texts=2)
    first = embedder.embed(["a", "b", "a"])
    assert computed == ["a", "b"]
    np.testing.assert_array_equal(first[0], first[2])
    kept = first.copy()
    first[:] = 0  # the caller's array is the caller's
    np.testing.assert_array_equal(embedder.embed(["b", "a"]), kept[[1, 0]])
    embedder.embed(["c"])  # drops "b", the least recent
    embedder.embed(["a", "b"])
    assert computed == ["a", "b", "c", "b"]


def test_no_text_and_hostile_text_are_embedded(minilm: OnnxEmbedder) -> None:
    assert minilm.embed([]).shape == (0, 384)
    vectors = minilm.embed(["\ud800 half a pair", "\x00\x1b[2J", " " * 1_000_000, "x" * 1_000_000])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    with pytest.raises(InputError, match="'a text'"):
        minilm.embed("a text")


def test_what_lies_beyond_the_window_is_not_read(minilm: OnnxEmbedder) -> None:
    start = "dinner for two " * 100
    vectors = minilm.embed([start, start + "and a long ending " * 50])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)


def test_many_threads_load_it_once(
    minilm: OnnxEmbedder, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[OnnxGraph] = []
    init = OnnxGraph.__init__

    def count(graph: OnnxGraph, *args: object, **kwargs: object) -> None:
        loads.append(graph)
        init(graph, *args, **kwargs)

    monkeypatch.setattr(OnnxGraph, "__init__", count)
    embedder = OnnxEmbedder(_directory(store))
    assert embedder.id == "minilm@53aa5117"
    assert embedder.dimension == 384
    assert loads == []
    results: dict[int, np.ndarray] = {}

    def work(n: int) -> None:
        results[n] = embedder.embed([f"thread {n}", "shared"])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    for n in range(8):
        expected = minilm.embed([f"thread {n}", "shared"])
        np.testing.assert_allclose(results[n], expected, atol=1e-5)


def test_the_graph_agrees_with_sentence_transformers(
    minilm: OnnxEmbedder, store: ModelStore
) -> None:
    other = SentenceTransformerEmbedder(str(_directory(store)))
    texts = [*TEXTS, "A probe that the export did not see: Grüße aus Köln!"]
    cosines = (minilm.embed(texts) * other.embed(texts)).sum(axis=1)
    assert cosines.min() >= 0.9999
    assert other.dimension == 384
    assert other.embed([]).shape == (0, 384)
    assert other.id.startswith("sentence-transformers:")


def test_it_runs_without_torch(minilm: OnnxEmbedder, store: ModelStore) -> None:
    code = (
        "import json, sys\nfrom pathlib import Path\n"
        "from penchant.models.embedder import OnnxEmbedder\n"
        "before = sorted(sys.modules)\n"
        "OnnxEmbedder(Path(sys.argv[1])).embed(['hello'])\n"
        "print(json.dumps([before, sorted(sys.modules)]))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(_directory(store))],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = json.loads(out.stdout)
    assert not {"numpy", "onnxruntime", "tokenizers", "httpx", "rich"} & set(before)
    assert not {"torch", "transformers", "sentence_transformers"} & set(after)


def test_an_empty_directory_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="penchant models pull minilm"):
        OnnxEmbedder(tmp_path)


def test_a_damaged_graph_is_named(minilm: OnnxEmbedder, store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "embedder.json").write_bytes((_directory(store) / "embedder.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(EmbedderError, match="penchant models verify"):
        OnnxEmbedder(tmp_path).load()


def test_settings_choose_the_embedder(
    minilm: OnnxEmbedder, store: ModelStore, settings: Settings, tmp_path: Path
) -> None:
    assert open_embedder(settings).id == minilm.id
    other = settings.model_copy(update={"embedder": "someone/a-model"})
    assert open_embedder(other).id == "sentence-transformers:someone/a-model"
    chat = settings.model_copy(update={"embedder": "smollm2-135m"})
    with pytest.raises(EmbedderError, match="'smollm2-135m' is a chat model"):
        open_embedder(chat)
    empty = settings.model_copy(update={"cache": tmp_path})
    with pytest.raises(ModelStoreError, match="penchant models pull minilm"):
        open_embedder(empty)


def test_a_model_that_sentence_transformers_cannot_load_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"someone/no-such-model.*without a network"):
        SentenceTransformerEmbedder("someone/no-such-model").load()


@pytest.mark.skipif(sys.platform == "win32", reason="the fake interpreter is a shell script")
def test_an_export_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    why = "ModuleNotFoundError: No module named torch"
    python.write_text(f"#!/bin/sh\necho '{why}' >&2\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(export.sys, "executable", str(python))
    said: list[str] = []
    with pytest.raises(ModelStoreError, match=f"{why}; it needs torch"):
        export.export_onnx(tmp_path, "model.safetensors", "minilm@0", say=said.append)
    assert said == ["minilm@0: making the ONNX graph of model.safetensors (once, some ten seconds)"]
