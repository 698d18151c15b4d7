"""Texts as rows of named numbers: how they are written, where they lie on axes, what they mean."""

from __future__ import annotations

import hashlib
import math
import reprlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import InputError
from ..types import Candidate
from .axes import Axis, AxisReader, axes
from .discovered import Discovered
from .prior import Prior
from .recent import Recent
from .surface import measure, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

MEANING = "meaning"
ITEM = "item meaning"
_CACHED_ROWS = 2048
_CACHED_MEASURES = 16384
_MOST = 1e6


class ItemSpace(NamedTuple):
    """What candidates' own embeddings are: another model's than the texts'.

    Attributes:
        dimension: Their length.
        name: Names the model that makes them; embeddings of two spaces cannot be compared.
    """

    dimension: int
    name: str = "item"


class _Settings(NamedTuple):
    version: int
    prior: Mapping[str, float]
    planes: tuple[tuple[str, str], ...]


class TextFeatures:
    """Describes candidates by attributes; the same text always gets the same row.

    Blocks of columns, in this order:

    - surface: measures of how a text is written (31, `surface.py`);
    - axes: contrast axes read off the embedder (24, `attributes.toml`, and the app's own);
    - discovered: what `penchant reward discover` found in comparisons, if given;
    - app: the app's functions of a text, then its features of a candidate;
    - meaning: the text's embedding, at length 1;
    - item: the candidate's own embedding, at length 1, if it is of another space;
    - skew: a few terms of comparisons only.

    Nothing but the discovered features is fitted to data. Thread-safe. Rows of recent texts are
    kept, under a hash of the text.

    Embeddings have length 1, so that the `-½‖h‖²` of the ideal point (METHODS: PAL's) is the same
    for everything and cancels in comparisons: what an embedding's length says (with many models,
    how ordinary a picture is) is left to the app's features.

    Args:
        embedder: Embeds texts; loaded on first use only.
        app_features: Names of the app's features; candidates that lack one count as 0 there.
        feature_fns: The app's own measures of a text by name, roughly in [-1, 1]; a small domain
            model is plugged in here. Of the same text they must always give the same number.
        more_axes: Contrast axes of the app's own, besides the built-in ones.
        discovered: Features found in data, made with the same embedder.
        items: The space of candidates' own embeddings (pictures, songs, products); their texts are
            captions then, and described like any text. By default an own embedding stands for the
            text's and must come from `embedder`'s model.

    Raises:
        InputError: A name is empty, repeated, or that of an attribute, or `items` has no dimension.
    """

    def __init__(
        self,
        embedder: Embedder,
        app_features: Sequence[str] = (),
        *,
        feature_fns: Mapping[str, Callable[[str], float]] | None = None,
        more_axes: Sequence[Axis] = (),
        discovered: Discovered | None = None,
        items: ItemSpace | None = None,
    ) -> None:
        if items is not None and (items.dimension < 1 or not items.name):
            raise InputError(f"items is {items!r}; it needs a name and a dimension of at least 1")
        self._embedder = embedder
        self._app = tuple(app_features)
        self._functions = dict(feature_fns or {})
        self._more_axes = tuple(more_axes)
        self._all_axes = (*axes(), *self._more_axes)
        self._discovered = discovered
        self._items = items
        built_in = (*surface().names, *(axis.name for axis in axes()), MEANING, ITEM)
        found = () if discovered is None else discovered.names
        added = (*(axis.name for axis in self._more_axes), *found, *self._functions, *self._app)
        for name in added:
            if not name or name in built_in or added.count(name) > 1:
                raise InputError(
                    f"the app feature {name!r} is empty, repeated or the name of a built-in "
                    "attribute; give it another name"
                )
        self._own = (
            *surface().names,
            *(axis.name for axis in self._all_axes),
            *found,
            *self._functions,
        )
        self._rows = Recent(_CACHED_ROWS)
        self._measures = Recent(_CACHED_MEASURES)
        self._axes = AxisReader(embedder, self._all_axes)

    @property
    def id(self) -> str:
        """Names the feature set, its version, the embedder, and all that an app adds."""
        own = [axis.name for axis in self._more_axes] + list(self._functions)
        if self._discovered is not None:
            own.append(self._discovered.id)
        if self._items is not None:
            own.append(f"{self._items.name}-{self._items.dimension}")
        parts = [f"text-{_settings().version}", self._embedder.id, *own, *self._app]
        return "/".join(parts)

    @property
    def embedder_id(self) -> str:
        """The id of the embedder."""
        return self._embedder.id

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The contrast axes, the app's own among them."""
        return self._all_axes

    @property
    def app_features(self) -> tuple[str, ...]:
        """Names of the app's features."""
        return self._app

    @property
    def items(self) -> ItemSpace | None:
        """The space of candidates' own embeddings, if it is not the texts'."""
        return self._items

    @property
    def names(self) -> tuple[str, ...]:
        """One name per column; the embedding's are "meaning[0]", "meaning[1]" and so on."""
        meaning = (f"{MEANING}[{place}]" for place in range(self._embedder.dimension))
        width = 0 if self._items is None else self._items.dimension
        item = (f"{ITEM}[{place}]" for place in range(width))
        skew = (f"{x} × {y}" for x, y in _settings().planes)
        return (*self._own, *self._app, *meaning, *item, *skew)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names that a person can read: all but the embeddings' columns and the skew terms."""
        return (*self._own, *self._app)

    @property
    def dimension(self) -> int:
        """The number of columns."""
        return int(self.blocks["skew"].stop)

    @property
    def planes(self) -> tuple[tuple[int, int], ...]:
        """Pairs of columns whose skew terms are the last columns of a comparison."""
        places = {name: place for place, name in enumerate(self._own)}
        return tuple((places[x], places[y]) for x, y in _settings().planes)

    @property
    def blocks(self) -> Mapping[str, slice]:
        """Where the columns of each block are; a block that is not there is an empty slice."""
        counts = {
            "surface": len(surface().names),
            "axes": len(self._all_axes),
            "discovered": 0 if self._discovered is None else len(self._discovered.names),
            "app": len(self._functions) + len(self._app),
            "meaning": self._embedder.dimension,
            "item": 0 if self._items is None else self._items.dimension,
            "skew": len(_settings().planes),
        }
        ends = accumulate(counts.values())
        return {
            block: slice(end - count, end)
            for (block, count), end in zip(counts.items(), ends, strict=True)
        }

    def prior(self) -> Prior:
        """The prior for these columns when nothing is known of a population: independent weights.

        The standard deviations, in logits per unit, are those of `attributes.toml`, which says how
        they were chosen. The embedding has length 1, so that the `-½‖h‖²` of the ideal point is the
        same for every text and cancels in comparisons.
        """
        import numpy as np

        deviations = np.empty(self.dimension)
        for block, columns in self.blocks.items():
            deviations[columns] = _settings().prior[block]
        return Prior(mean=np.zeros(self.dimension), variance=deviations**2)

    def compare(
        self,
        preferred: Sequence[Candidate | str],
        others: Sequence[Candidate | str],
        *,
        shown: Mapping[str, Candidate] | None = None,
    ) -> NDArray[np.float64]:
        """Rows of comparisons: differences of columns, and the skew terms.

        Swapping the two sides changes the sign of a row.

        Args:
            preferred: The better ones.
            others: The worse ones, as many.
            shown: Candidates by their text, for which bare texts among the others stand: an event
                knows the texts, and its app the pictures.

        Returns:
            Array of shape `(len(preferred), dimension)`, finite.

        Raises:
            InputError: As for `transform`, or the numbers of candidates differ.
            EmbedderError: The embedder cannot be loaded or run.
        """
        if len(preferred) != len(others):
            raise InputError(
                f"{len(preferred)} preferred and {len(others)} others; give as many of each"
            )
        sides: list[Candidate | str] = [*preferred, *others]
        if shown:
            sides = [shown.get(each, each) if isinstance(each, str) else each for each in sides]
        both = self.transform(sides)
        left, right = both[: len(preferred)], both[len(preferred) :]
        rows = left - right
        for place, (x, y) in enumerate(self.planes, self.dimension - len(self.planes)):
            rows[:, place] = left[:, x] * right[:, y] - left[:, y] * right[:, x]
        return rows

    def with_app_features(self, names: Sequence[str]) -> TextFeatures:
        """The same features with other app features."""
        return self._changed(names, self._items)

    def with_items(self, items: ItemSpace | None) -> TextFeatures:
        """The same features for candidates with embeddings of another space."""
        return self._changed(self._app, items)

    def _changed(self, names: Sequence[str], items: ItemSpace | None) -> TextFeatures:
        return TextFeatures(
            self._embedder,
            names,
            feature_fns=self._functions,
            more_axes=self._more_axes,
            discovered=self._discovered,
            items=items,
        )

    def adopt(self, rows: NDArray[np.float64], origin: TextFeatures) -> NDArray[np.float64]:
        """Rows of other features as rows of these.

        Args:
            rows: What `origin` made, shape `(n, origin.dimension)`.
            origin: Features with the same embedder.

        Returns:
            Array of shape `(n, dimension)`: columns of the same names, 0 for what `origin` lacks.
        """
        import numpy as np

        if self.id == origin.id:
            return rows
        places = {name: place for place, name in enumerate(origin.names)}
        shared = [(here, places[name]) for here, name in enumerate(self.names) if name in places]
        found = np.zeros((len(rows), self.dimension))
        found[:, [here for here, _ in shared]] = rows[:, [there for _, there in shared]]
        return found

    def transform(self, candidates: Sequence[Candidate | str]) -> NDArray[np.float64]:
        """Describes candidates.

        A candidate's own embedding fills the item block if there is one, and else stands for its
        text's. Blank texts have neutral rows, and candidates without an embedding a neutral item.

        Args:
            candidates: Candidates, or bare texts.

        Returns:
            Array of shape `(len(candidates), dimension)`, finite; the skew columns are 0, since
            they are about two candidates.

        Raises:
            InputError: An app feature is unknown or not a finite number, an embedding has the
                wrong length or is not finite, or one of `feature_fns` fails; the message says
                which; or the discovered features were made with another embedder.
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        given = [Candidate(text=each) if isinstance(each, str) else each for each in candidates]
        rows = np.zeros((len(given), self.dimension))
        blocks, own = self.blocks, len(self._own)
        for place, candidate in enumerate(given):
            if self._app or candidate.features:
                rows[place, own : blocks["app"].stop] = self._app_values(candidate, place)
        places = [place for place, each in enumerate(given) if each.embedding is not None]
        if places:
            block = blocks["meaning" if self._items is None else "item"]
            # What is large is written where it stays.
            every = len(places) == len(given)
            where = slice(None) if every else places
            vectors = rows[:, block] if every else np.empty((len(places), block.stop - block.start))
            self._read_embeddings(given, places, vectors)
            if not every:
                rows[where, block] = vectors
            if self._items is None:
                rows[where, :own] = self._described([given[p].text for p in places], vectors)
        stands = set() if self._items is not None else set(places)
        read = [p for p, each in enumerate(given) if p not in stands and each.text.strip()]
        texts = self._text_rows([given[place].text for place in read])
        for place in read:
            row = texts[given[place].text]
            rows[place, :own] = row[:own]
            rows[place, blocks["meaning"]] = row[own:]
        return rows

    def _app_values(self, candidate: Candidate, place: int) -> list[float]:
        unknown = sorted(set(candidate.features) - set(self._app))
        if unknown:
            raise InputError(
                f"candidate {_label(candidate, place)} has the feature {unknown[0]!r}, not "
                f"among app_features={list(self._app)!r}; name it there or leave it out"
            )
        values = []
        for name in self._app:
            given = candidate.features.get(name, 0.0)
            value = _number(given)
            if not abs(value) <= _MOST:
                raise InputError(
                    f"feature {name!r} of candidate {_label(candidate, place)} is "
                    f"{reprlib.repr(given)}; it must be a finite number, best scaled to between "
                    "-1 and 1"
                )
            values.append(value)
        return values

    def _read_embeddings(
        self, given: Sequence[Candidate], places: Sequence[int], into: NDArray[np.float64]
    ) -> None:
        """Writes the candidates' own embeddings at length 1, shape `(len(places), dimension)`."""
        import numpy as np

        space = self._items or ItemSpace(self._embedder.dimension, self._embedder.id)
        wanted = (space.dimension,)
        vectors = [np.asarray(given[place].embedding) for place in places]
        for place, vector in zip(places, vectors, strict=True):
            if vector.shape != wanted or vector.dtype.kind not in "fiu":
                raise _misshapen(given[place], place, vector, space)
        into[...] = np.concatenate(vectors).reshape(into.shape)
        squares = np.einsum("ij,ij->i", into, into)
        # No number is larger than the whole, so that few rows need a closer look.
        for at in np.flatnonzero(~(squares <= _MOST)).tolist():
            if not np.abs(into[at]).max() <= _MOST:
                raise _misshapen(given[places[at]], places[at], into[at], space)
        into /= np.maximum(np.sqrt(squares), 1e-300)[:, None]

    def _measured(self, texts: Sequence[str]) -> NDArray[np.float64]:
        import numpy as np

        keys = [_hashed(text) for text in texts]
        found = self._measures.get(keys)
        for key, text in zip(keys, texts, strict=True):
            if key not in found:
                found[key] = measure(text)
        self._measures.put(found)
        return np.concatenate([found[key] for key in keys]).reshape(len(keys), -1)

    def _text_rows(self, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Rows without app features, from the cache or computed in one batch."""
        import numpy as np

        keys = {text: _hashed(text) for text in texts}
        found = self._rows.get(keys.values())
        missing = [text for text, key in keys.items() if key not in found]
        if missing:
            vectors = self._embedder.embed(missing).astype(np.float64)
            described = self._described(missing, vectors)
            for text, *parts in zip(missing, described, vectors, strict=True):
                found[keys[text]] = np.concatenate(parts)
        self._rows.put(found)
        return {text: found[key] for text, key in keys.items()}

    def _described(self, texts: Sequence[str], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """All named columns but the app's features of candidates."""
        import numpy as np

        parts = [self._measured(texts), self._axes.read(vectors)]
        if self._discovered is not None:
            if self._discovered.embedder != self._embedder.id:
                raise InputError(
                    f"the discovered features were made with {self._discovered.embedder!r}, not "
                    f"with {self._embedder.id!r}; make them again with `penchant reward discover`"
                )
            parts.append(self._discovered.read(vectors))
        return np.hstack([*parts, self._by_functions(texts)])

    def _by_functions(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """What the app's functions say of texts, shape `(len(texts), functions)`; 0 of blanks."""
        import numpy as np

        values = np.zeros((len(texts), len(self._functions)))
        for column, (name, function) in enumerate(self._functions.items()):
            for row, text in enumerate(texts):
                if text.strip():
                    values[row, column] = _value(name, function, text)
        return values


def _value(name: str, function: Callable[[str], float], text: str) -> float:
    shown = repr(text[:60])
    try:
        given = function(text)
    except Exception as error:  # The app's code may raise anything.
        raise InputError(
            f"feature_fns[{name!r}] raised {error!r} for {shown}; it must give a number "
            "for any text"
        ) from error
    value = _number(given)
    if not abs(value) <= _MOST:
        raise InputError(
            f"feature_fns[{name!r}] gave {reprlib.repr(given)} for {shown}; it must give one "
            "finite number for any text, best scaled to between -1 and 1"
        )
    return value


def _number(given: object) -> float:
    """What an app gave as a number; not a number if it is none."""
    if isinstance(given, str):
        return math.nan
    try:
        return float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _misshapen(
    candidate: Candidate, place: int, vector: NDArray[Any], space: ItemSpace
) -> InputError:
    return InputError(
        f"the embedding of candidate {_label(candidate, place)} has shape {vector.shape!r}; it "
        f"must be {space.dimension} finite numbers from {space.name!r}; embeddings of another "
        "model need items=ItemSpace(dimension)"
    )


def _hashed(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@lru_cache(maxsize=1)
def _settings() -> _Settings:
    data = tomllib.loads(files(__package__).joinpath("attributes.toml").read_text("utf-8"))
    return _Settings(
        version=int(data["version"]),
        prior={block: float(value) for block, value in data["prior"].items()},
        planes=tuple((str(x), str(y)) for x, y in data["skew"]["planes"]),
    )


def _label(candidate: Candidate, place: int) -> str:
    return repr(candidate.id) if candidate.id is not None else f"number {place}"
