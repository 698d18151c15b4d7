"""Knows kinds of request and what good answers to each differ on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import ConfigError, NotFoundError
from ...models.types import Embedder
from ..types import Aspect, Candidate, Link
from .tendencies import Answers, Tendencies, Tendency

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PASSING", "Aspects", "Kind", "KindIndex", "Match"]

PASSING = ("matters:", "context:")
"""How the keys of questions begin that are about one request rather than about an aspect."""

FLOOR = 0.4
"""Least score at which a request counts as of a kind; between related and unrelated ones."""

_THIS_REQUEST_HOURS = 1.0
_WORD_BONUS = 0.14
_MOST_WORDS = 2
_MEAN_OF = 3


class _AspectFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    values: tuple[str, ...] = Field(min_length=2, max_length=12)
    question: str | None = None
    why: str | None = None
    hard: bool = False
    lasts_hours: float | None = Field(default=None, gt=0)
    answered: tuple[str, ...] = ()
    ordered: bool = False
    shares: tuple[float, ...] = ()
    attributes: dict[str, tuple[float, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _as_many_as_values(self) -> _AspectFile:
        for name, numbers in (("shares", self.shares), *self.attributes.items()):
            if numbers and len(numbers) != len(self.values):
                raise ValueError(f"{name} has {len(numbers)} numbers for {len(self.values)} values")
        return self

    def aspect(self, key: str, importance: float) -> Aspect:
        """The aspect as a kind of request has it."""
        return Aspect(
            key=key,
            name=self.name,
            values=self.values,
            question=self.question,
            why=self.why,
            importance=importance,
            hard=self.hard,
            lasts_hours=self.lasts_hours,
            ordered=self.ordered,
            shares=self.shares,
            links=tuple(Link(name, places) for name, places in self.attributes.items()),
        )


class _KindFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    open: float = Field(ge=0, le=1)
    words: tuple[str, ...] = ()
    exemplars: tuple[str, ...] = Field(min_length=1)
    aspects: dict[str, float]
    reply_words: int | None = Field(default=None, gt=0)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    aspect: dict[str, _AspectFile]
    kind: dict[str, _KindFile]
    tendency: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of request.

    Attributes:
        name: Its name ("food").
        openness: How much a bare request of this kind leaves open, in [0, 1].
        exemplars: Requests of this kind, to compare with.
        aspects: What good answers differ on, with their importance for this kind.
        words: A pattern of words that speak for this kind, if any.
        population: What people at large want of it, if that is known; else the library's
            tendencies stand in for it.
        reply_words: How long a reply usually is; only where it is known may drafts of it be put
            to the user by the policy's own choice.
    """

    name: str
    openness: float
    exemplars: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    words: re.Pattern[str] | None = None
    population: Tendencies | None = None
    reply_words: int | None = None


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
    _answered: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    tendencies: tuple[Tendency, ...] = ()

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

    @classmethod
    def from_schema(
        cls,
        schema: type[BaseModel] | Mapping[str, object],
        requests: Sequence[str],
        *,
        name: str | None = None,
        words: Sequence[str] = (),
        reply_words: int | None = None,
    ) -> Aspects:
        """Makes a library of one kind of request out of an app's own schema.

        Every field whose values can be listed is an aspect: enums, literals, constants to choose
        from, yes or no, and whole numbers of a small range. The title names it and the
        description says why it is asked, or asks, if it ends in a question mark. A field's extra
        keys `importance`, `hard`, `ordered`, `question`, `why`, `lasts_hours` and `shares` mean
        what they mean in an `Aspect`.

        Args:
            schema: A pydantic model, or a JSON schema of an object.
            requests: Requests of this kind, as users word them; the more, the surer it is known.
            name: The kind's name; by default the schema's title.
            words: Words that speak for this kind.
            reply_words: How long a reply usually is, if drafts may be put to the user.

        Raises:
            ConfigError: The schema has no such field, or one is malformed; or there are no
                requests.
        """
        from .schemas import aspects_of, titled

        if not requests:
            raise ConfigError("a kind of request is known by its requests; give at least one")
        kind = Kind(
            name=name or titled(schema),
            openness=1.0,
            exemplars=tuple(requests),
            aspects=aspects_of(schema),
            words=_any_of(tuple(words)) if words else None,
            reply_words=reply_words,
        )
        return cls((kind,))

    @classmethod
    def from_features(
        cls, candidates: Sequence[Candidate], requests: Sequence[str], *, name: str = "catalogue"
    ) -> Aspects:
        """Makes a library of one kind of request out of the features of a catalogue.

        Every feature on which the candidates differ is an aspect, with a low and a high end, and
        a middle where it takes more than two values. It is linked to the feature in the reward
        model, so that what is known of the user's taste answers it.

        Args:
            candidates: The catalogue.
            requests: Requests that it serves.
            name: The kind's name.

        Raises:
            ConfigError: No feature differs, or there are no requests.
        """
        from .schemas import aspects_of_features

        if not requests:
            raise ConfigError("a kind of request is known by its requests; give at least one")
        aspects = aspects_of_features(candidates)
        kind = Kind(name=name, openness=1.0, exemplars=tuple(requests), aspects=aspects)
        return cls((kind,))

    def joined(self, other: Aspects) -> Aspects:
        """This library and another; of kinds with the same name the other's counts."""
        names = {kind.name for kind in other.kinds}
        return Aspects(
            (*(kind for kind in self.kinds if kind.name not in names), *other.kinds),
            {**self._answered, **other._answered},
            (*self.tendencies, *other.tendencies),
        )

    def fitted(self, kind: str, answers: Answers, *, seed: int = 0) -> Aspects:
        """This library with what many people answered about one kind of request.

        Whoever wants one thing often wants another: with this, an answer tells about aspects
        that are not asked.

        Args:
            kind: The kind's name.
            answers: What people answered about its aspects, in their order.
            seed: Of the fit.

        Raises:
            NotFoundError: There is no such kind.
            InputError: The answers do not fit its aspects, or are of fewer than ten people.
        """
        found = next((each for each in self.kinds if each.name == kind), None)
        if found is None:
            known = ", ".join(each.name for each in self.kinds)
            raise NotFoundError(f"there is no kind of request {kind!r}; there are {known}")
        population = Tendencies.fit(found.aspects, answers, seed=seed)
        fitted = replace(found, population=population)
        return replace(self, kinds=tuple(fitted if each is found else each for each in self.kinds))

    def find(self, key: str) -> Aspect | None:
        """An aspect by its key, as the first kind that has it has it."""
        return next((a for kind in self.kinds for a in kind.aspects if a.key == key), None)

    def lasts_hours(self, key: str) -> float | None:
        """For how long an answer about an aspect holds; None for good, or an unknown aspect."""
        if key.startswith(PASSING):
            return _THIS_REQUEST_HOURS
        aspect = self.find(key)
        return None if aspect is None else aspect.lasts_hours

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
                    file.aspect[key].aspect(key, importance)
                    for key, importance in kind.aspects.items()
                ),
                words=_any_of(kind.words) if kind.words else None,
                reply_words=kind.reply_words,
            )
        )
    answered = {key: _any_of(a.answered) for key, a in file.aspect.items() if a.answered}
    return Aspects(tuple(kinds), answered, _tendencies(file))


def _tendencies(file: _File) -> tuple[Tendency, ...]:
    for name, pulls in file.tendency.items():
        for key, by_value in pulls.items():
            known = file.aspect[key].values if key in file.aspect else ()
            missing = sorted(set(by_value) - set(known))
            if missing or not known:
                raise ConfigError(
                    f"tendency {name!r} pulls on {key!r} with values {missing!r}; "
                    "name aspects and values that the file defines"
                )
    return tuple(Tendency(name, pulls) for name, pulls in file.tendency.items())


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
