"""A sentence embedder's ONNX graph with its tokenizer: texts in, unit vectors out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EmbedderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OnnxGraph"]

_BATCH = 32
_TOKENIZER_FILE = "tokenizer.json"
_CHARACTERS_PER_TOKEN = 100


class OnnxGraph:
    """A loaded graph; thread-safe.

    Args:
        graph: The ONNX file; takes `input_ids` and `attention_mask` of shape (texts, tokens) and
            gives vectors of length 1.
        directory: Where `tokenizer.json` is.
        max_tokens: Tokens of a text that are read, special ones included.
        threads: Threads of one call; None takes up to four.

    Raises:
        EmbedderError: The files cannot be loaded.
    """

    def __init__(
        self, graph: Path, directory: Path, *, max_tokens: int, threads: int | None = None
    ) -> None:
        try:
            import onnxruntime  # type: ignore[import-untyped]
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EmbedderError(
                f"cannot import ONNX Runtime or tokenizers ({error}); install penchant again"
            ) from error
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads would otherwise spin and take the cores from the chat model.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(directory / _TOKENIZER_FILE))
        # Both libraries raise bare exceptions of their own for a missing or damaged file.
        except Exception as error:
            raise EmbedderError(
                f"cannot load the embedder in {str(directory)!r}: {error};"
                " `penchant models verify` finds what is wrong"
            ) from error
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()
        self._most_characters = max_tokens * _CHARACTERS_PER_TOKEN
        self._dimension = int(self._session.get_outputs()[0].shape[-1])

    def run(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts, those of like length together, so that little padding is computed.

        Returns:
            Array of shape `(len(texts), dimension)`, rows of length 1.

        Raises:
            EmbedderError: The graph cannot be run.
        """
        import numpy as np

        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            encodings = self._tokenizer.encode_batch_fast([self._clean(texts[i]) for i in rows])
            feed = {
                "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
                "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
            }
            try:
                vectors[rows] = self._session.run(None, feed)[0]
            # ONNX Runtime raises bare exceptions of its own, out of memory among them.
            except Exception as error:
                raise EmbedderError(f"cannot embed {len(rows)} texts: {error}") from error
        return vectors

    def _clean(self, text: str) -> str:
        """Cuts what lies beyond any window, and replaces lone surrogates, which are not text."""
        return text[: self._most_characters].encode("utf-8", "replace").decode("utf-8")
