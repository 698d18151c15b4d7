"""How a store turns the texts of its items into vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from langgraph.store.base import (
    Embeddings,
    IndexConfig,
    ensure_embeddings,
    get_text_at_path,
    tokenize_path,
)

from ...errors import InputError, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

__all__ = [
    "Embedding",
    "Part",
    "Texts",
    "Vectors",
    "check_field",
    "open_embedding",
    "parts_of",
    "path_in",
]

# Embedders read the beginning of a text; cutting a longer one spares the tokenizer.
_TEXT_CHARACTERS = 20_000
_MAX_FIELD = 480


class Part(NamedTuple):
    """One text of an item's value, and the field that it came from.

    Attributes:
        field: The path in the value; with a number where one path gives several texts.
        text: What is embedded.
    """

    field: str
    text: str


class Texts(NamedTuple):
    """What a batch needs embedded, without repetitions."""

    documents: tuple[str, ...]
    queries: tuple[str, ...]


class Vectors(NamedTuple):
    """Unit vectors (or zeros) by their text; None while the model is not at hand."""

    documents: Mapping[str, NDArray[np.float32]] | None
    queries: Mapping[str, NDArray[np.float32]] | None


class Embedding(Protocol):
    """Turns texts into vectors, for code that waits and for code that does not."""

    @property
    def id(self) -> str:
        """Names the model, as far as that can be told."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """What of a value is embedded, if a write does not say."""
        ...

    @property
    def degraded(self) -> str:
        """Why there are no vectors at present; empty if there are."""
        ...

    def make(self, texts: Texts) -> Vectors:
        """Embeds what a batch needs."""
        ...

    async def amake(self, texts: Texts) -> Vectors:
        """The async twin of `make`."""
        ...


def open_embedding(index: IndexConfig | Mapping[str, Any], default: Embedder) -> Embedding:
    """The embedding that an index configuration asks for.

    Args:
        index: As in LangGraph; `embed` may also be an embedder of Penchant's, and is `default`
            if it is not given. `dims` is checked where it is given.
        default: The embedder of the store of memories.

    Raises:
        InputError: A field is malformed, or there is nothing that embeds.
    """
    fields = tuple(index.get("fields") or ("$",))
    for field in fields:
        check_field(field)
    dims = index.get("dims")
    embed: Any = index.get("embed", default)
    if hasattr(embed, "embed") and hasattr(embed, "id"):
        return _Own(embed, fields, dims)
    try:
        return _Foreign(ensure_embeddings(embed), embed, fields, dims)
    except ValueError as error:
        raise InputError(f"embed is {embed!r}: {error}") from error


def check_field(field: object) -> str:
    """Returns a usable field path.

    Raises:
        InputError: It is no text, empty, or too long.
    """
    if not isinstance(field, str) or not field or len(field) > _MAX_FIELD or "\x00" in field:
        raise InputError(
            f"index has the field {field!r}; give paths such as 'text' or 'chapters[*].title', "
            f"of at most {_MAX_FIELD} characters"
        )
    return field


def parts_of(value: Mapping[str, Any], fields: Sequence[str]) -> list[Part]:
    """The texts of a value that are embedded; a field that it lacks gives none."""
    parts: dict[str, str] = {}
    for field in fields:
        texts = get_text_at_path(value, field if field == "$" else tokenize_path(field))
        for number, text in enumerate(texts):
            parts[f"{field}\x1f{number}" if len(texts) > 1 else field] = text[:_TEXT_CHARACTERS]
    return [Part(*each) for each in parts.items()]


def path_in(field: str) -> str:
    """The path of which a part's field was made."""
    return field.split("\x1f", maxsplit=1)[0]


class _Own:
    """An embedder of Penchant's; while its model is missing, items wait for their vectors."""

    def __init__(self, embedder: Embedder, fields: tuple[str, ...], dims: int | None) -> None:
        self._embedder = embedder
        self._dims = dims
        self.fields = fields
        self.degraded = ""

    @property
    def id(self) -> str:
        return self._embedder.id

    def make(self, texts: Texts) -> Vectors:
        try:
            vectors = Vectors(self._embed(texts.documents), self._embed(texts.queries))
        except ModelError as error:
            self.degraded = f"no search by meaning: {error}"
            return Vectors(None, None)
        if texts.documents or texts.queries:
            self.degraded = ""
        return vectors

    async def amake(self, texts: Texts) -> Vectors:
        return await asyncio.to_thread(self.make, texts)

    def _embed(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        if not texts:
            return {}
        return _units(texts, self._embedder.embed(texts), self._dims)


class _Foreign:
    """LangChain's embeddings, or a function; what they raise reaches the caller."""

    degraded = ""

    def __init__(
        self, embeddings: Embeddings, given: object, fields: tuple[str, ...], dims: int | None
    ) -> None:
        self._embeddings = embeddings
        self._dims = dims
        self.fields = fields
        self.id = _name(given)

    def make(self, texts: Texts) -> Vectors:
        documents = list(texts.documents)
        return Vectors(
            _units(documents, self._embeddings.embed_documents(documents), self._dims)
            if documents
            else {},
            _units(
                texts.queries,
                [self._embeddings.embed_query(each) for each in texts.queries],
                self._dims,
            ),
        )

    async def amake(self, texts: Texts) -> Vectors:
        documents = list(texts.documents)
        made = await self._embeddings.aembed_documents(documents) if documents else []
        asked = await asyncio.gather(*map(self._embeddings.aembed_query, texts.queries))
        return Vectors(
            _units(documents, made, self._dims), _units(texts.queries, asked, self._dims)
        )


def _name(given: object) -> str:
    """Tells models apart as well as strangers allow: by kind, and by the model that they name."""
    if isinstance(given, str):
        return given[:256]
    kind = given if hasattr(given, "__qualname__") else type(given)
    model = getattr(given, "model", None) or getattr(given, "model_name", None)
    name = f"{kind.__module__}.{kind.__qualname__}"
    return (f"{name}:{model}" if isinstance(model, str) else name)[:256]


def _units(texts: Sequence[str], made: Any, dims: int | None) -> dict[str, NDArray[np.float32]]:
    import numpy as np

    if not texts:
        return {}
    vectors = np.asarray(made, dtype="<f4")
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise InputError(
            f"embed made an array of shape {vectors.shape} of {len(texts)} texts; "
            "it must give one vector of finite numbers for each"
        )
    if dims is not None and vectors.shape[1] != dims:
        raise InputError(
            f"embed makes vectors of {vectors.shape[1]} numbers and dims is {dims}; make them alike"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return dict(zip(texts, units, strict=True))
