"""Knows kinds of request and what good answers to each differ on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import ConfigError
from ...models.types import Embedder
from ..types import Aspect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Aspects", "Kind", "KindIndex", "Match"]

FLOOR = 0.4
"""Least score at which a request counts as of a kind; between related and unrelated ones."""

_WORD_BONUS = 0.14
_MOST_WORDS = 2
_MEAN_OF = 3


class _AspectFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    values: tuple[str, ...] = Field(min_length=2, max_length=5)
    question: str | None = None
    why: str | None = None
    hard: bool = False
    lasts_hours: float | None = Field(default=None, gt=0)
    answered: tuple[str, ...] = ()


class _KindFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    open: float = Field(ge=0, le=1)
    words: tuple[str, ...] = ()
    exemplars: tuple[str, ...] = Field(min_length=1)
    aspects: dict[str, float]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    aspect: dict[str, _AspectFile]
    kind: dict[str, _KindFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of request.

    Attributes:
        name: Its name ("food").
        openness: How much a bare request of this kind leaves open, in [0, 1].
        exemplars: Requests of this kind, to compare with.
        aspects: What good answers differ on, with their importance for this kind.
        words: A pattern of words that speak for this kind, if any.
    """

    name: str
    openness: float
    exemplars: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    words: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The kind that a request is nearest to.

    Attributes:
        kind: The kind.
        score: How near, about in [0, 1.3]: mean of the best cosines, and words.
    """

    kind: Kind
    score: float


@dataclass(frozen=True, slots=True)
class Aspects:
    """A library of aspects: the shipped one, or an app's own file of the same form."""

    kinds: tuple[Kind, ...]
    _answered: Mapping[str, re.Pattern[str]]

    @classmethod
    def load(cls, path: Path | None = None) -> Aspects:
        """Reads a library.

        Args:
            path: A TOML file; None is the shipped one.

        Raises:
            ConfigError: The file cannot be read, or does not have the right form.
        """
        if path is None:
            return _shipped()
        try:
            return _parsed(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise ConfigError(
                f"cannot read aspects from {str(path)!r}: {error}; mend the file"
            ) from error

    def lasts_hours(self, key: str) -> float | None:
        """For how long an answer about an aspect holds; None for good, or an unknown aspect."""
        for kind in self.kinds:
            for aspect in kind.aspects:
                if aspect.key == key:
                    return aspect.lasts_hours
        return None

    def answered_by(self, aspect: Aspect, text: str) -> str | None:
        """The words by which a text already answers an aspect, or None."""
        pattern = self._answered.get(aspect.key)
        found = None if pattern is None else pattern.search(text)
        if found is None:
            found = _any_of(aspect.values).search(text)
        return None if found is None else found[0]


@cache
def _shipped() -> Aspects:
    return _parsed((files(__package__) / "aspects.toml").read_text(encoding="utf-8"))


def _parsed(text: str) -> Aspects:
    file = _File.model_validate(tomllib.loads(text))
    kinds = []
    for name, kind in file.kind.items():
        missing = sorted(set(kind.aspects) - set(file.aspect))
        if missing:
            raise ConfigError(f"kind {name!r} names unknown aspects {missing!r}; define them")
        kinds.append(
            Kind(
                name=name,
                openness=kind.open,
                exemplars=kind.exemplars,
                aspects=tuple(
                    Aspect(
                        key=key,
                        name=file.aspect[key].name,
                        values=file.aspect[key].values,
                        question=file.aspect[key].question,
                        why=file.aspect[key].why,
                        importance=importance,
                        lasts_hours=file.aspect[key].lasts_hours,
                        hard=file.aspect[key].hard,
                    )
                    for key, importance in kind.aspects.items()
                ),
                words=_any_of(kind.words) if kind.words else None,
            )
        )
    answered = {key: _any_of(a.answered) for key, a in file.aspect.items() if a.answered}
    return Aspects(tuple(kinds), answered)


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of whole words; signs such as "€" may touch what stands beside them."""
    known = sorted({w.casefold() for w in words if w.strip()}, key=len, reverse=True)
    letters = [re.escape(w) for w in known if any(c.isalnum() for c in w)]
    signs = [re.escape(w) for w in known if not any(c.isalnum() for c in w)]
    whole = [rf"(?<!\w)(?:{'|'.join(letters)})(?!\w)"] if letters else []
    return re.compile("|".join([*whole, *signs]), re.IGNORECASE)


class KindIndex:
    """Finds the kind of a request by embedding; the exemplars are embedded once, on first use.

    Args:
        embedder: Turns texts into unit vectors.
        aspects: The library.
    """

    def __init__(self, embedder: Embedder, aspects: Aspects) -> None:
        self._embedder = embedder
        self._aspects = aspects
        self._vectors: NDArray[np.float32] | None = None

    def nearest(self, request: str, vector: NDArray[np.float32]) -> Match | None:
        """The nearest kind, if any is near enough.

        Args:
            request: The request.
            vector: Its embedding.

        Returns:
            The kind whose three nearest exemplars and words fit best, or None below `FLOOR`.
        """
        import numpy as np

        if self._vectors is None:
            self._vectors = self._embedder.embed(
                [e for kind in self._aspects.kinds for e in kind.exemplars]
            )
        cosines = self._vectors @ np.asarray(vector, dtype=np.float32)
        best: Match | None = None
        at = 0
        text = request[:600]
        for kind in self._aspects.kinds:
            own = np.sort(cosines[at : at + len(kind.exemplars)])[::-1]
            at += len(kind.exemplars)
            score = float(0.5 * own[0] + 0.5 * own[:_MEAN_OF].mean())
            if kind.words is not None:
                named = {m.casefold() for m in kind.words.findall(text)}
                score += _WORD_BONUS * min(_MOST_WORDS, len(named))
            if best is None or score > best.score:
                best = Match(kind=kind, score=score)
        return best if best is not None and best.score >= FLOOR else None
