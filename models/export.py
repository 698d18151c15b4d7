"""Makes the embedder's ONNX graph from its weights, and proves that both give the same vectors.

The work is done in a process of its own (`python -m penchant.models.export`), so that torch leaves
no trace in the one that asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import EmbedderError, ModelStoreError
from .partfile import sha256_of

__all__ = ["EXPORTED_FILES", "GRAPH_FILE", "EmbedderCard", "export_onnx", "read_card"]

GRAPH_FILE = "model.onnx"
_CARD_FILE = "embedder.json"
EXPORTED_FILES = (GRAPH_FILE, _CARD_FILE)
_LEAST_COSINE = 0.9999

# What an embedder meets: nothing, a word, sentences, code, markup, other scripts, characters that
# fall apart when normalised, and texts beyond the window.
_PROBES = (
    "",
    " ",
    "vegetarian",
    "I am vegetarian and in a hurry tonight.",
    "i AM Vegetarian, AND in a hurry tonight!!!",
    "Never suggest seafood; I am allergic to shellfish.",
    "Keep replies short: two sentences, no bullet points.",
    "def mean(values):\n    return sum(values) / len(values)  # fails on []",
    '<b>Dinner</b> | [link](https://example.org) | {"mood": "calm", "n": 3}',
    "私は菜食主義者で、今夜は急いでいます。",
    "Я не ем мяса и сегодня вечером спешу.",
    "أنا نباتي وعلى عجلة من أمري الليلة",
    "Crème brûlée à la façon de Zoë — naïve, coöperative, ﬁne",
    "🥦🍅 dinner? 👩‍🍳✨ yes please 🙏🏽",
    "1,117,320,768 bytes at 3.14 % on 2024-02-29",
    "supercalifragilisticexpialidocious" * 4,
    "a short walk by the river in the early evening, with friends, " * 12,
    "The party is for forty people and half of them eat no meat. " * 60,
    "日本語と English と 😀 mixed " * 80,
)


class EmbedderCard(BaseModel):
    """What must be known of an exported embedder to use it without loading it.

    Attributes:
        id: Names the model and its version.
        dimension: The length of a vector.
        max_tokens: Tokens of a text that are read, special ones included.
        least_cosine: The smallest cosine, over the probes, to what sentence-transformers gives.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    dimension: int = Field(gt=0)
    max_tokens: int = Field(gt=0)
    least_cosine: float


def export_onnx(
    directory: Path, weights: str, identity: str, *, say: Callable[[str], None]
) -> dict[str, str]:
    """Exports a sentence-transformers model to ONNX, once, and checks the result.

    Args:
        directory: The model, as sentence-transformers reads it; the graph is put beside it.
        weights: Name of the weights' file, for messages.
        identity: What the embedder calls itself from then on.
        say: Told what happens.

    Returns:
        The SHA-256 of each of `EXPORTED_FILES`.

    Raises:
        ModelStoreError: It cannot be exported, or the vectors differ; nothing is left behind.
    """
    say(f"{identity}: making the ONNX graph of {weights} (once, some ten seconds)")
    command = [sys.executable, "-P", "-m", __name__, str(directory), identity]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **offline},
        check=False,
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        why = lines[-1] if lines else f"it ended with code {done.returncode}"
        raise ModelStoreError(
            f"cannot make the ONNX graph of {str(directory / weights)!r}: {why}; it needs torch,"
            " sentence-transformers, onnx and onnxscript, as Penchant's own requirements name them"
        )
    return {file: sha256_of(directory / file) for file in EXPORTED_FILES}


def read_card(directory: Path) -> EmbedderCard:
    """Reads the card of an exported embedder.

    Raises:
        EmbedderError: There is none, or it does not fit.
    """
    try:
        return EmbedderCard.model_validate_json((directory / _CARD_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise EmbedderError(
            f"{str(directory)!r} holds no exported embedder ({error});"
            " `penchant models pull minilm` makes one"
        ) from error


def _export(directory: Path, identity: str) -> None:
    import numpy as np
    import torch
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(
        str(directory),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
    )
    dimension = reference.get_embedding_dimension()
    max_tokens = reference.max_seq_length
    if dimension is None or max_tokens is None:
        raise ModelStoreError(f"the model in {str(directory)!r} does not say how large it is")

    class Pooled(torch.nn.Module):
        """The transformer, the mean over a text's tokens, and the division by the length."""

        def __init__(self, transformer: torch.nn.Module) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.transformer(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1)

    transformer = reference[0].auto_model
    if not isinstance(transformer, torch.nn.Module):
        raise ModelStoreError(f"the model in {str(directory)!r} does not begin with a transformer")
    # Neither axis of the example is 0 or 1, which the exporter would take for a constant.
    ids = torch.tensor([[101, 2023, 102, 0], [101, 2023, 3231, 102]])
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with torch.no_grad():
        program = torch.onnx.export(
            Pooled(transformer).eval(),
            (ids, (ids > 0).long()),
            dynamo=True,
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            verbose=False,
        )
    if program is None:
        raise ModelStoreError("torch returned no ONNX graph")
    fresh = directory / f"{GRAPH_FILE}.new"
    try:
        program.save(str(fresh), external_data=False)
        from .onnx_graph import OnnxGraph

        graph = OnnxGraph(fresh, directory, max_tokens=max_tokens)
        expected = reference.encode(list(_PROBES), normalize_embeddings=True)
        together = graph.run(_PROBES)
        alone = np.vstack([graph.run([text]) for text in _PROBES])
        least = float(min((got * expected).sum(axis=1).min() for got in (together, alone)))
        if not least >= _LEAST_COSINE:
            raise ModelStoreError(
                f"the ONNX graph differs from sentence-transformers: cosine {least:.6f},"
                f" wanted {_LEAST_COSINE}"
            )
        card = EmbedderCard(
            id=identity, dimension=dimension, max_tokens=max_tokens, least_cosine=least
        )
        (directory / _CARD_FILE).write_text(card.model_dump_json(indent=1), encoding="utf-8")
        os.replace(fresh, directory / GRAPH_FILE)
    finally:
        fresh.unlink(missing_ok=True)


if __name__ == "__main__":
    _export(Path(sys.argv[1]), sys.argv[2])
