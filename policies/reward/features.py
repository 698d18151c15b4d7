"""Texts as rows of named numbers: how they are written, where they lie on axes, what they mean."""

from __future__ import annotations

import hashlib
import math
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..types import Candidate
from .prior import Prior
from .surface import measure, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

MEANING = "meaning"
_CACHED_ROWS = 2048
_CACHED_MEASURES = 16384
_AXIS_SPREAD = 1.5
_MOST = 1e6


class Axis(NamedTuple):
    """A direction between phrases that differ in one respect.

    Attributes:
        name: What the attribute is called ("warm").
        low: What its low end is called ("cold").
        high: What its high end is called.
        pairs: Phrases at the low and at the high end.
    """

    name: str
    low: str
    high: str
    pairs: tuple[tuple[str, str], ...]


class _Settings(NamedTuple):
    version: int
    prior: Mapping[str, float]
    planes: tuple[tuple[str, str], ...]


class _AxisVectors(NamedTuple):
    directions: NDArray[np.float64]
    centres: NDArray[np.float64]


@lru_cache(maxsize=1)
def axes() -> tuple[Axis, ...]:
    """Reads the contrast axes; later calls return the same object."""
    return read_axes(files(__package__).joinpath("attributes.toml").read_text("utf-8"))


def read_axes(text: str) -> tuple[Axis, ...]:
    """Reads contrast axes of an app's own, to give to `TextFeatures`.

    Args:
        text: TOML, for each axis `[axes."spicy"]` with `low`, `high` and `pairs`, a list of
            `[low phrase, high phrase]` that differ in this only.

    Raises:
        InputError: An axis is malformed; the message names it.
    """
    try:
        entries = dict(tomllib.loads(text).get("axes", {}))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the axes are not TOML: {error}") from error
    found = []
    for name, entry in entries.items():
        try:
            pairs = tuple((str(low), str(high)) for low, high in entry["pairs"])
            axis = Axis(name, str(entry["low"]), str(entry["high"]), pairs)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"axis {name!r} is malformed ({error!r}); it needs low, high, and pairs of phrases"
            ) from error
        if not axis.pairs:
            raise InputError(f"axis {name!r} has no pairs of phrases")
        found.append(axis)
    return tuple(found)


class _Recent:
    """The arrays of recent texts, under hashes of the texts; thread-safe."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, NDArray[np.float64]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float64]]:
        with self._lock:
            return {key: self._kept[key] for key in keys if key in self._kept}

    def put(self, arrays: Mapping[bytes, NDArray[np.float64]]) -> None:
        with self._lock:
            for key, array in arrays.items():
                self._kept[key] = array
                self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


class TextFeatures:
    """Describes candidates by attributes; the same text always gets the same row.

    Three blocks and the app's own: surface measures (31, `surface.py`); contrast axes read off the
    embedder (24, `attributes.toml`), in units of 1.5/√dimension, about the spread of unit
    embeddings along a direction that means something; the embedding itself, called "meaning", at
    length 1; and app features by name. Comparisons have a few skew terms besides. Nothing here is
    fitted to data.

    Thread-safe. Rows of recent texts are kept, under a hash of the text.

    Args:
        embedder: Embeds texts; loaded on first use only.
        app_features: Names of the app's features; candidates that lack one count as 0 there.
        feature_fns: The app's own measures of a text by name, roughly in [-1, 1]; a small domain
            model is plugged in here.
        more_axes: Contrast axes of the app's own, besides the built-in ones.

    Raises:
        InputError: A name is empty, repeated, or that of an attribute.
    """

    def __init__(
        self,
        embedder: Embedder,
        app_features: Sequence[str] = (),
        *,
        feature_fns: Mapping[str, Callable[[str], float]] | None = None,
        more_axes: Sequence[Axis] = (),
    ) -> None:
        self._embedder = embedder
        self._app = tuple(app_features)
        self._functions = dict(feature_fns or {})
        self._more_axes = tuple(more_axes)
        self._all_axes = (*axes(), *self._more_axes)
        built_in = (*surface().names, *(axis.name for axis in axes()), MEANING)
        added = (*(axis.name for axis in self._more_axes), *self._functions, *self._app)
        for name in added:
            if not name or name in built_in or added.count(name) > 1:
                raise InputError(
                    f"the app feature {name!r} is empty, repeated or the name of a built-in "
                    "attribute; give it another name"
                )
        self._own = (
            *surface().names,
            *(axis.name for axis in self._all_axes),
            *self._functions,
        )
        self._rows = _Recent(_CACHED_ROWS)
        self._measures = _Recent(_CACHED_MEASURES)
        self._axes: _AxisVectors | None = None

    @property
    def id(self) -> str:
        """Names the feature set, its version, the embedder and the app features."""
        own = [axis.name for axis in self._more_axes] + list(self._functions)
        parts = [f"text-{_settings().version}", self._embedder.id, *own, *self._app]
        return "/".join(parts)

    @property
    def app_features(self) -> tuple[str, ...]:
        """Names of the app's features."""
        return self._app

    @property
    def names(self) -> tuple[str, ...]:
        """One name per column; the embedding's are "meaning[0]", "meaning[1]" and so on."""
        meaning = (f"{MEANING}[{place}]" for place in range(self._embedder.dimension))
        skew = (f"{x} × {y}" for x, y in _settings().planes)
        return (*self._own, *self._app, *meaning, *skew)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names that a person can read: all but the embedding's columns and the skew terms."""
        return (*self._own, *self._app)

    @property
    def dimension(self) -> int:
        """The number of columns."""
        return len(self._own) + len(self._app) + self._embedder.dimension + len(self.planes)

    @property
    def planes(self) -> tuple[tuple[int, int], ...]:
        """Pairs of columns whose skew terms are the last columns of a comparison."""
        places = {name: place for place, name in enumerate(self._own)}
        return tuple((places[x], places[y]) for x, y in _settings().planes)

    @property
    def blocks(self) -> Mapping[str, slice]:
        """Where the columns of each block are: surface, axes, app, meaning, skew."""
        counts = {
            "surface": len(surface().names),
            "axes": len(self._all_axes),
            "app": len(self._functions) + len(self._app),
            "meaning": self._embedder.dimension,
            "skew": len(self.planes),
        }
        ends = list(accumulate(counts.values()))
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
        self, preferred: Sequence[Candidate | str], others: Sequence[Candidate | str]
    ) -> NDArray[np.float64]:
        """Rows of comparisons: differences of columns, and the skew terms.

        Swapping the two sides changes the sign of a row.

        Args:
            preferred: The better ones.
            others: The worse ones, as many.

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
        both = self.transform([*preferred, *others])
        left, right = both[: len(preferred)], both[len(preferred) :]
        rows = left - right
        for place, (x, y) in enumerate(self.planes, self.dimension - len(self.planes)):
            rows[:, place] = left[:, x] * right[:, y] - left[:, y] * right[:, x]
        return rows

    def with_app_features(self, names: Sequence[str]) -> TextFeatures:
        """The same features with other app features."""
        return TextFeatures(
            self._embedder, names, feature_fns=self._functions, more_axes=self._more_axes
        )

    def transform(self, candidates: Sequence[Candidate | str]) -> NDArray[np.float64]:
        """Describes candidates.

        A candidate's own embedding stands for its text's, and so must come from the same
        embedding model. Blank texts have neutral rows.

        Args:
            candidates: Candidates, or bare texts.

        Returns:
            Array of shape `(len(candidates), dimension)`, finite; the skew columns are 0, since
            they are about two candidates.

        Raises:
            InputError: An app feature is unknown or not a finite number, or an embedding has the
                wrong length or is not finite; the message says which.
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        given = [Candidate(text=each) if isinstance(each, str) else each for each in candidates]
        rows = np.zeros((len(given), self.dimension))
        own, app = len(self._own), len(self._app)
        for place, candidate in enumerate(given):
            if self._app or candidate.features:
                rows[place, own : own + app] = self._app_values(candidate, place)
        vectors = {
            place: self._own_embedding(candidate, place)
            for place, candidate in enumerate(given)
            if candidate.embedding is not None
        }
        if vectors:
            places, stacked = list(vectors), np.array(list(vectors.values()))
            stacked /= np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-300)
            measures = len(surface().names)
            captions = [given[place].text for place in places]
            end = measures + len(self._all_axes)
            rows[places, :measures] = self._measured(captions)
            rows[places, measures:end] = self._along_axes(stacked)
            rows[places, end:own] = self._by_functions(captions)
            rows[places, own + app : own + app + stacked.shape[1]] = stacked
        texts = self._text_rows([c.text for c in given if c.embedding is None and c.text.strip()])
        for place, candidate in enumerate(given):
            if place not in vectors and candidate.text.strip():
                row = texts[candidate.text]
                rows[place, :own] = row[:own]
                rows[place, own + app : own + app + self._embedder.dimension] = row[own:]
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
            value = candidate.features.get(name, 0.0)
            if isinstance(value, str) or not abs(value) <= _MOST:
                raise InputError(
                    f"feature {name!r} of candidate {_label(candidate, place)} is {value!r}; "
                    "it must be a finite number, best scaled to between -1 and 1"
                )
            values.append(float(value))
        return values

    def _own_embedding(self, candidate: Candidate, place: int) -> NDArray[np.float64]:
        """A candidate's own embedding, of any length above 0."""
        import numpy as np

        vector = np.asarray(candidate.embedding, dtype=np.float64)
        if vector.shape != (self._embedder.dimension,) or not np.isfinite(vector).all():
            raise InputError(
                f"the embedding of candidate {_label(candidate, place)} has shape "
                f"{vector.shape!r}; it must be {self._embedder.dimension} finite numbers "
                f"from {self._embedder.id!r}"
            )
        return vector

    def _measured(self, texts: Sequence[str]) -> NDArray[np.float64]:
        import numpy as np

        keys = [_hashed(text) for text in texts]
        found = self._measures.get(keys)
        for key, text in zip(keys, texts, strict=True):
            if key not in found:
                found[key] = measure(text)
        self._measures.put(found)
        return np.array([found[key] for key in keys])

    def _text_rows(self, texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Rows without app features, from the cache or computed in one batch."""
        import numpy as np

        keys = {text: _hashed(text) for text in texts}
        found = self._rows.get(keys.values())
        missing = [text for text, key in keys.items() if key not in found]
        if missing:
            vectors = self._embedder.embed(missing).astype(np.float64)
            along = self._along_axes(vectors)
            measured = self._measured(missing)
            values = self._by_functions(missing)
            for text, *parts in zip(missing, measured, along, values, vectors, strict=True):
                found[keys[text]] = np.concatenate(parts)
        self._rows.put(found)
        return {text: found[key] for text, key in keys.items()}

    def _by_functions(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """What the app's functions say of texts, shape `(len(texts), functions)`; 0 of blanks."""
        import numpy as np

        values = np.zeros((len(texts), len(self._functions)))
        for column, (name, function) in enumerate(self._functions.items()):
            for row, text in enumerate(texts):
                value = float(function(text)) if text.strip() else 0.0
                if not abs(value) <= _MOST:
                    raise InputError(
                        f"feature_fns[{name!r}] gave {value!r} for {text[:60]!r}; it must give a "
                        "finite number, best scaled to between -1 and 1"
                    )
                values[row, column] = value
        return values

    def _along_axes(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        known = self._axis_vectors()
        unit = math.sqrt(self._embedder.dimension) / _AXIS_SPREAD
        return np.asarray((vectors @ known.directions.T - known.centres) * unit)

    def _axis_vectors(self) -> _AxisVectors:
        import numpy as np

        if self._axes is None:
            phrases = [phrase for axis in self._all_axes for pair in axis.pairs for phrase in pair]
            vectors = self._embedder.embed(phrases).astype(np.float64)
            directions, centres, at = [], [], 0
            for axis in self._all_axes:
                ends = vectors[at : at + 2 * len(axis.pairs)].reshape(len(axis.pairs), 2, -1)
                at += 2 * len(axis.pairs)
                direction = (ends[:, 1] - ends[:, 0]).mean(axis=0)
                direction /= max(float(np.linalg.norm(direction)), 1e-12)
                directions.append(direction)
                centres.append(float(ends.mean(axis=(0, 1)) @ direction))
            self._axes = _AxisVectors(np.array(directions), np.array(centres))
        return self._axes


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
