"""Reads a reaction that no form of words shows, by the messages of known meaning it lies near."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

    Vectors = NDArray[np.float32]

__all__ = ["Nearest", "Prototypes", "ReactionLabel"]

ReactionLabel: TypeAlias = Literal["satisfied", "dissatisfied", "neutral", "off_topic"]
"""What a message shows of a reply: a judgement, none, or that it is about another matter."""

_Kind: TypeAlias = Literal["satisfied", "dissatisfied", "neutral"]
_CHARACTERS = 400
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|they|them|these|those|there|ones?|then|he|she|him|her)\b",
    re.IGNORECASE,
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    embedder: str
    nearest: int = Field(ge=1)
    margin: float = Field(ge=0.0)
    margin_neutral: float = Field(ge=0.0)
    apart: float
    alike: float
    kinds: dict[_Kind, tuple[str, ...]]


class Nearest(NamedTuple):
    """What a message lies near.

    Attributes:
        label: What it shows; None where no kind is nearer than the others by its margin.
        margin: How much nearer the nearest kind is than the next, in cosines.
        relevance: The cosine with the request or the reply, whichever is larger.
    """

    label: ReactionLabel | None
    margin: float
    relevance: float


class Prototypes:
    """Labelled messages of our own, with a margin (`prototypes.toml`).

    The margins belong to one embedder, which the table names; another reads nothing.

    Args:
        embedder: Whose vectors are compared; the prototypes are embedded on first use.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[_Kind, Vectors] = {}

    def read(self, message: str, *, request: str, reply: str) -> Nearest:
        """Reads a message that follows a reply.

        Args:
            message: The message.
            request: What the reply answered; may be empty.
            reply: The reply.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        table = _table()
        if self._embedder.id.split("@")[0] != table.embedder:
            return Nearest(None, 0.0, 0.0)
        texts = [text[:_CHARACTERS] for text in (message, request, reply)]
        said, asked, replied = self._embedder.embed(texts)
        near = {
            kind: float(np.sort(vectors @ said)[-table.nearest :].mean())
            for kind, vectors in self._known().items()
        }
        best, second = sorted(near, key=lambda kind: near[kind], reverse=True)[:2]
        margin = near[best] - near[second]
        relevance = max(float(asked @ said), float(replied @ said))
        return Nearest(_label(message, best, near[best], margin, relevance), margin, relevance)

    def _known(self) -> dict[_Kind, Vectors]:
        if not self._vectors:
            # Assigned in one go: another thread may be reading.
            self._vectors = {k: self._embedder.embed(each) for k, each in _table().kinds.items()}
        return self._vectors


def _label(
    message: str, best: _Kind, alike: float, margin: float, relevance: float
) -> ReactionLabel | None:
    table = _table()
    if best != "neutral" and margin >= table.margin:
        return best
    apart = relevance < table.apart and _POINTS_BACK.search(message) is None
    if apart and (best == "neutral" or alike < table.alike):
        return "off_topic"
    return best if best == "neutral" and margin >= table.margin_neutral else None


@cache
def _table() -> _Table:
    raw = (files(__package__) / "prototypes.toml").read_text(encoding="utf-8")
    return _Table.model_validate(tomllib.loads(raw))
