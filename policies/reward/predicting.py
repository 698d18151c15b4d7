"""Whether a description in words predicts which of two texts its user preferred, without an LLM."""

from __future__ import annotations

import asyncio
import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from ...memory.inference.prediction import Pair
from ...memory.types import Preference, PreferenceDraft
from .axes import axes
from .features import TextFeatures
from .stated import stated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RewardPredictor"]

_MOST_LOGIT = 3.0
_MOST_TERM = 2.0
_PLAIN = 2.5
_AXIS = 0.8
_MOST_AXIS = 1.0
_MOST_MEANING = 0.4
_NOTICED = 1.0
# Nobody means fewer words than that by a number of words.
_FEW_WORDS = 5
_TRAIT = 1.2
_WORDS = 1.5
_MEANING = 6.0
_AXES = 0.35
_LEAST_AXIS = 1.0

_NUMBER = re.compile(
    r"(?P<bound>under|below|at most|up to|less than|fewer than|no more than|max(?:imum)?(?: of)?|"
    r"within)?\s*(?:about|around|roughly|some)?\s*(?P<count>\d{1,4}|one|two|three|four|five|six)"
    r"(?:\s*(?:-|–|to|or)\s*(?P<upper>\d{1,4}|one|two|three|four|five|six))?"
    r"[\s-]+(?:\w+[\s-]+)?(?P<unit>words?|sentences?|lines?|paragraphs?)\b",
    re.IGNORECASE,
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_NEGATION = re.compile(
    r"\b(?:no|not|non|without|avoids?|avoiding|never|less|fewer|remov\w+|omit\w*|dislikes?|hates?|"
    r"free of|lack\w*|drops?|skips?|minus|don't|doesn't|instead of|rather than|over)\s+"
    r"(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_AGAINST = re.compile(r"\s*(?:dislikes?|hates?|can't stand)\s+(?=\S)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“‘']([^\"”’'\n]{2,60})[\"”’']")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?\n]*\w[^.!?\n]*")


class _Trait(NamedTuple):
    words: re.Pattern[str]
    less: re.Pattern[str] | None
    counts: re.Pattern[str]
    most: int


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("traits.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _traits() -> tuple[_Trait, ...]:
    return tuple(
        _Trait(
            words=_any_of(entry["words"]),
            less=_any_of(entry["less"]) if entry["less"] else None,
            counts=re.compile(entry["counts"], re.IGNORECASE),
            most=int(entry["most"]),
        )
        for entry in _data()["trait"].values()
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    longest = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Size:
    """A length that a description names: so many of a unit, as a target or a bound."""

    count: float
    unit: str
    bound: bool

    def miss(self, text: str) -> float:
        """How far a text lies from it, in factors of e."""
        least = _FEW_WORDS if self.unit.startswith("word") else 1
        found = max(least, _size(text, self.unit))
        apart = math.log(found / self.count)
        return max(0.0, apart) if self.bound else abs(apart)


def _size(text: str, unit: str) -> int:
    if unit.startswith("word"):
        return len(_WORD.findall(text))
    if unit.startswith("sentence"):
        return len(_SENTENCE.findall(text))
    breaks = r"\n\s*\n" if unit.startswith("paragraph") else r"\n"
    return sum(1 for part in re.split(breaks, text) if part.strip())


class RewardPredictor:
    """Turns a description into a direction in what texts are measured by.

    What a description says of attributes (`stated`), of a length, of traits on the surface
    (`traits.toml`) and of words to be used adds to a logit for each pair, each part bounded. Only
    where all of that is silent do embeddings speak: the description's own place on the contrast
    axes, and its nearness to either text, never above 0.6: one event does not show whether they
    are right. Antisymmetric: swapping a pair's texts turns the
    probability round. Word lists are English.

    Args:
        features: What texts are described by; its embedder makes the vectors.
    """

    def __init__(self, features: TextFeatures) -> None:
        self._features = features

    async def agreement(
        self, description: str | PreferenceDraft, pairs: Sequence[Pair]
    ) -> NDArray[np.float64]:
        """P(chosen preferred to rejected), by measurements alone; see `Predictor.agreement`."""
        return await asyncio.to_thread(self.measure, description, pairs)

    def measure(
        self, description: str | PreferenceDraft, pairs: Sequence[Pair]
    ) -> NDArray[np.float64]:
        """What `agreement` awaits.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        draft = _draft(description) if isinstance(description, str) else description
        if not pairs:
            return np.zeros(0)
        rows = self._features.transform([text for p in pairs for text in (p.chosen, p.rejected)])
        differences = rows[0::2] - rows[1::2]
        logits = self._attributes(draft, differences) + _surface(draft, pairs)
        silent = ~np.any(np.abs(logits) > 1e-9) if len(logits) else True
        if silent:
            logits = self._meaning(draft, differences)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -_MOST_LOGIT, _MOST_LOGIT))))

    def noticed(self, pair: Pair, limit: int = 4) -> tuple[str, ...]:
        """What the chosen text of a pair does that the other does not, in words.

        The surface measures on which the two differ by as much as a reader notices, the clearest
        first. Contrast axes are left out: of two texts alone they say little.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        says = _data()["notice"]
        rows = self._features.transform([pair.chosen, pair.rejected])
        apart = (rows[0] - rows[1])[: len(self._features.attributes)]
        named = [
            says[self._features.attributes[place]][int(apart[place] > 0)]
            for place in map(int, np.argsort(-np.abs(apart), kind="stable"))
            if abs(apart[place]) >= _NOTICED and self._features.attributes[place] in says
        ]
        return tuple(named[:limit])

    def _attributes(
        self, draft: PreferenceDraft, differences: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What the attributes say that the description names."""
        import numpy as np

        columns = {name: place for place, name in enumerate(self._features.attributes)}
        named = {each.attribute: each.value for each in stated([_as_preference(draft)])}
        soft = {axis.name for axis in axes()}
        logits = np.zeros(len(differences))
        for attribute, value in named.items():
            weight, most = (_AXIS, _MOST_AXIS) if attribute in soft else (_PLAIN, _MOST_TERM)
            term = math.copysign(weight, value) * differences[:, columns[attribute]]
            logits += np.clip(term, -most, most)
        return logits

    def _meaning(
        self, draft: PreferenceDraft, differences: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What embeddings say of a description that names nothing measured."""
        import numpy as np

        about = self._features.transform([_bare(draft.description)])[0]
        attributes = self._features.attributes
        first = attributes.index(axes()[0].name)
        along = slice(first, first + len(axes()))
        place = about[along]
        place = np.where(np.abs(place) >= _LEAST_AXIS, np.clip(place, -3.0, 3.0), 0.0)
        sense = differences[:, len(attributes) :] @ about[len(attributes) :]
        sign = -1.0 if draft.polarity == "dislike" else 1.0
        logits = sign * (_MEANING * sense + _AXES * (differences[:, along] @ place))
        return np.asarray(_MOST_MEANING * np.tanh(logits))


def _draft(description: str) -> PreferenceDraft:
    """A bare description as one of a style, against what it says to be disliked."""
    against = _AGAINST.match(description)
    if against is None:
        return PreferenceDraft(description=f"style: {description}")
    return PreferenceDraft(description=f"style: {description[against.end() :]}", polarity="dislike")


def _as_preference(draft: PreferenceDraft) -> Preference:
    return Preference(
        id="",
        user_id="",
        description=draft.description,
        polarity=draft.polarity,
        hard=draft.hard,
        strength=1.0,
        origin=draft.origin,
        confidence=1.0,
        scope=draft.scope,
        aspect=draft.aspect,
        value=draft.value,
        evidence_ids=(),
        valid_from=datetime.min.replace(tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


def _surface(draft: PreferenceDraft, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """What lengths, traits and words say that the description names."""
    import numpy as np

    text, disliked = draft.description, draft.polarity == "dislike"
    logits = np.zeros(len(pairs))
    for size in _sizes(f"{text} {draft.value or ''}"):
        gains = np.array([size.miss(p.rejected) - size.miss(p.chosen) for p in pairs])
        logits += np.clip((-2.0 if disliked else 2.0) * gains, -_MOST_TERM, _MOST_TERM)
    for trait in _traits():
        wanted = _wanted(trait, text, disliked=disliked)
        if wanted:
            logits += wanted * _TRAIT * np.array([_shift(trait, p) for p in pairs])
    for phrase, direction in _phrases(text, disliked=disliked):
        shifts = [
            float(phrase in p.chosen.casefold()) - float(phrase in p.rejected.casefold())
            for p in pairs
        ]
        logits += direction * _WORDS * np.array(shifts)
    return logits


def _sizes(text: str) -> list[_Size]:
    found = []
    for match in _NUMBER.finditer(text):
        low, high = _number(match["count"]), _number(match["upper"] or match["count"])
        bound = match["bound"] is not None or match["unit"].lower() in {"line", "sentence"}
        unit = match["unit"].lower()
        found.append(_Size(high if bound else math.sqrt(low * high), unit, bound))
    return found[:2]


def _number(text: str) -> int:
    return max(1, _COUNTS.get(text.lower(), 0) or int(text))


def _wanted(trait: _Trait, text: str, *, disliked: bool) -> float:
    """1 if a description wants a trait, -1 if it wants none of it, else 0.

    Of what is disliked, a "no" says nothing more: "dislikes: never emoji" wants none either.
    """
    for pattern, sign in ((trait.less, -1.0), (trait.words, 1.0)):
        match = pattern.search(text) if pattern is not None else None
        if match is not None:
            return -sign if disliked or _NEGATION.search(text[: match.start()]) else sign
    return 0.0


def _shift(trait: _Trait, pair: Pair) -> float:
    """How much more of a trait the chosen text has, in [-1, 1] with half steps in between."""
    chosen, rejected = (
        min(trait.most, sum(1 for _ in trait.counts.finditer(text.strip())))
        for text in (pair.chosen, pair.rejected)
    )
    return math.copysign(1.0, chosen - rejected) if chosen != rejected else 0.0


class _Phrase(NamedTuple):
    words: str
    direction: float


def _phrases(text: str, *, disliked: bool) -> list[_Phrase]:
    """What a description quotes, folded, and whether it is wanted; see `_wanted`."""
    return [
        _Phrase(
            match[1].casefold(),
            -1.0 if disliked or _NEGATION.search(text[: match.start()]) else 1.0,
        )
        for match in _QUOTED.finditer(text)
    ]


def _bare(description: str) -> str:
    """A description without what every description says."""
    bare = re.sub(
        r"^\s*(?:style:\s*)?(?:(?:prefers?|likes?|wants?)\s+)?(?:this style:\s*)?",
        "",
        description,
        flags=re.IGNORECASE,
    )
    return bare or description
