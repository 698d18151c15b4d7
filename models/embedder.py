"""Embedders: the store's MiniLM on ONNX Runtime, and any other through sentence-transformers."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EmbedderError, InputError
from .export import GRAPH_FILE, read_card
from .onnx_graph import OnnxGraph
from .store import ModelStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from ..config import Settings
    from .types import Embedder

__all__ = ["OnnxEmbedder", "SentenceTransformerEmbedder", "open_embedder"]

_CACHED_TEXTS = 4096
_CACHED_CHARACTERS = 2000


class _LazyEmbedder(ABC):
    """Loads its model on first use, once, and remembers the vectors of recent texts."""

    def __init__(self, cached_texts: int) -> None:
        self._cached_texts = cached_texts
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._recent_lock = threading.Lock()
        self._load_lock = threading.Lock()

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The length of a vector."""

    @abstractmethod
    def load(self) -> None:
        """Loads the model now, so that the first text need not wait; safe from any thread.

        Raises:
            EmbedderError: The model cannot be loaded.
        """

    @abstractmethod
    def _compute(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts, none of them twice."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts.

        Args:
            texts: Any number of texts; what lies beyond the model's window is not read.

        Returns:
            A fresh array of shape `(len(texts), dimension)`, rows of length 1.

        Raises:
            EmbedderError: The model cannot be loaded or run.
            InputError: A single text was given.
        """
        import numpy as np

        if isinstance(texts, str):
            raise InputError(f"embed takes a sequence of texts, not the one text {texts[:40]!r}")
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        found: dict[str, NDArray[np.float32]] = {}
        with self._recent_lock:
            for text in texts:
                if text in self._recent:
                    self._recent.move_to_end(text)
                    found[text] = self._recent[text]
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            computed = self._compute(missing)
            found.update(zip(missing, computed, strict=True))
            self._remember(missing, computed)
        return np.stack([found[text] for text in texts])

    def _remember(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        with self._recent_lock:
            for text, vector in zip(texts, vectors, strict=True):
                if len(text) <= _CACHED_CHARACTERS:
                    # A copy, lest one row keep its whole batch alive.
                    self._recent[text] = vector.copy()
            while len(self._recent) > self._cached_texts:
                self._recent.popitem(last=False)


class OnnxEmbedder(_LazyEmbedder):
    """An embedder of the model store, on ONNX Runtime. Thread-safe.

    Args:
        directory: The installed model, as `ModelStore.path` gives it.
        threads: Threads of one call; None takes up to four.
        cached_texts: How many recent texts keep their vectors.

    Raises:
        EmbedderError: The directory holds no exported embedder.
    """

    def __init__(
        self, directory: Path, *, threads: int | None = None, cached_texts: int = _CACHED_TEXTS
    ) -> None:
        super().__init__(cached_texts)
        self._directory = directory
        self._threads = threads
        self._card = read_card(directory)
        self._graph: OnnxGraph | None = None

    @property
    def id(self) -> str:
        """The model's name, and the first eight digits of its weights' SHA-256."""
        return self._card.id

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._card.dimension

    def load(self) -> None:
        """Loads graph and tokenizer now, so that the first text need not wait.

        Raises:
            EmbedderError: They cannot be loaded.
        """
        self._loaded()

    def _loaded(self) -> OnnxGraph:
        with self._load_lock:
            if self._graph is None:
                self._graph = OnnxGraph(
                    self._directory / GRAPH_FILE,
                    self._directory,
                    max_tokens=self._card.max_tokens,
                    threads=self._threads,
                )
            return self._graph

    def _compute(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._loaded().run(texts)


class SentenceTransformerEmbedder(_LazyEmbedder):
    """Any model that sentence-transformers can load, by name or path. Thread-safe.

    Loading imports torch and may download the model from the hub, as that library does.

    Args:
        name: A name on the hub, or a directory.
        cached_texts: How many recent texts keep their vectors.
    """

    def __init__(self, name: str, *, cached_texts: int = _CACHED_TEXTS) -> None:
        super().__init__(cached_texts)
        self._name = name
        self._model: SentenceTransformer | None = None

    @property
    def id(self) -> str:
        """The model's name or path, since its version is not known before it is loaded."""
        return f"sentence-transformers:{self._name}"

    @property
    def dimension(self) -> int:
        """The length of a vector; the model is loaded to find it."""
        dimension = self._loaded().get_embedding_dimension()
        if dimension is None:
            raise EmbedderError(f"embedding model {self._name!r} does not say its dimension")
        return dimension

    def load(self) -> None:
        """Imports the library and loads the model now.

        Raises:
            EmbedderError: The model cannot be loaded.
        """
        self._loaded()

    def _loaded(self) -> SentenceTransformer:
        with self._load_lock:
            if self._model is None:
                try:
                    from sentence_transformers import SentenceTransformer

                    self._model = SentenceTransformer(self._name, device="cpu")
                # Import errors, the hub's, torch's and the file system's all end up here.
                except Exception as error:
                    why = (str(error).splitlines() or [type(error).__name__])[0]
                    raise EmbedderError(
                        f"cannot load embedding model {self._name!r}: {why}; without a network,"
                        " set `embedder` to a directory that holds one, or to 'minilm'"
                    ) from error
            return self._model

    def _compute(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        model = self._loaded()
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        try:
            with self._load_lock:  # its tokenizer is not safe in two threads at once
                vectors = model.encode(clean, normalize_embeddings=True, show_progress_bar=False)
        except RuntimeError as error:  # torch's errors, out of memory among them
            raise EmbedderError(f"cannot embed {len(texts)} texts: {error}") from error
        return np.asarray(vectors, dtype=np.float32)


def open_embedder(settings: Settings, *, store: ModelStore | None = None) -> Embedder:
    """Gives the embedder that settings name; cheap, since the model is loaded on first use.

    Args:
        settings: Their `embedder` is a model of the catalogue, or what sentence-transformers loads.
        store: Where the catalogue's models are; None takes the settings' own directory.

    Raises:
        ModelStoreError: The model is in the catalogue but not installed.
        EmbedderError: The model is in the catalogue but embeds nothing.
    """
    store = store if store is not None else ModelStore(settings.models_dir)
    if settings.embedder not in store.catalog.models:
        return SentenceTransformerEmbedder(settings.embedder)
    if store.catalog.model(settings.embedder).role != "embedder":
        raise EmbedderError(f"model {settings.embedder!r} is a chat model; 'minilm' embeds texts")
    return OnnxEmbedder(store.path(settings.embedder))
