"""Stored preferences as observations of the attributes that they speak of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from ...memory.types import Preference
from .axes import Axis, axes
from .surface import surface

_PULL = 2.0
_SPREAD = 0.5
_LITTLE = frozenset({"low", "less", "none", "no", "small", "fewer"})
_MUCH = frozenset({"high", "more", "many", "yes"})


class Stated(NamedTuple):
    """A Gaussian observation of one attribute's weight.

    Attributes:
        attribute: The attribute's name.
        value: The weight observed, in logits per unit; the sign says which end is wanted.
        sd: Its standard deviation.
        source_id: The preference that states it, or the event that gives it as a reason.
    """

    attribute: str
    value: float
    sd: float
    source_id: str


class End(NamedTuple):
    """A word that names one end of an attribute, at 1 or -1."""

    word: str
    sign: float
    attribute: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    aspects: dict[str, frozenset[str]]
    ends: tuple[End, ...]
    pattern: re.Pattern[str]
    texts: re.Pattern[str]
    sure: frozenset[str]


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    data = tomllib.loads(files(__package__).joinpath("attributes.toml").read_text("utf-8"))
    ends = tuple(
        End(word, sign, attribute)
        for attribute, entry in data["stated"].items()
        for end, sign in (("high", 1.0), ("low", -1.0))
        for word in entry[end]
    )
    turning = _alternatives(data["about"]["turning"])
    words = _alternatives(sorted({word for word, _, _ in ends}))
    return _Lexicon(
        aspects={
            attribute: frozenset(entry["aspects"]) for attribute, entry in data["stated"].items()
        },
        ends=ends,
        pattern=re.compile(
            rf"(?P<turn>\b(?:{turning})\s+(?:(?:too|very|so|any|overly)\s+)?)?"
            rf"(?<!\w)(?P<word>{words})(?!\w)",
            re.IGNORECASE,
        ),
        texts=re.compile(rf"\b(?:{_alternatives(data['about']['texts'])})\b", re.IGNORECASE),
        sure=frozenset(data["about"]["sure"]),
    )


def stated(
    preferences: Sequence[Preference],
    app_features: Sequence[str] = (),
    *,
    more_axes: Sequence[Axis] = (),
) -> tuple[Stated, ...]:
    """Reads from preferences what they say about attributes.

    "Likes short replies" observes a negative weight of length: -2 logits per unit at full strength,
    with a standard deviation of 0.5 divided by the confidence. A preference whose aspect names an
    app feature, or an axis with one of its ends as the value, observes that weight by its polarity.
    Others say nothing here.

    Args:
        preferences: Those that apply, of one user.
        app_features: Names of the app's features.
        more_axes: Contrast axes of the app's own.
    """
    found: list[Stated] = []
    for preference in preferences:
        for attribute, sign in _speaks_of(preference, app_features, more_axes).items():
            found.append(
                Stated(
                    attribute,
                    sign * _PULL * preference.strength,
                    _SPREAD / max(preference.confidence, 0.05),
                    preference.id,
                )
            )
    return tuple(found)


def not_counted(
    preferences: Iterable[Preference], counted: frozenset[str]
) -> tuple[Preference, ...]:
    """Those that say something which the events behind them do not say already.

    An inference from events that are compared as they are, or that gave a reason, is dropped: it
    would count them twice. What the user stated counts, whatever else supports it.

    Args:
        preferences: Of one user.
        counted: Ids of the events that count as comparisons or reasons.
    """
    return tuple(
        each
        for each in preferences
        if each.origin == "stated"
        or each.revised
        or not each.evidence_ids
        or not counted.issuperset(each.evidence_ids)
    )


def named_ends() -> tuple[End, ...]:
    """The words that name an end of an attribute."""
    return _lexicon().ends


def _speaks_of(
    preference: Preference, app_features: Sequence[str], more_axes: Sequence[Axis]
) -> dict[str, float]:
    known = _lexicon()
    disliked = preference.polarity == "dislike"
    aspect = (preference.aspect or "").strip().lower()
    if preference.aspect in app_features:
        low = (preference.value or "").strip().lower() in _LITTLE
        return {str(preference.aspect): -1.0 if disliked != low else 1.0}
    value = (preference.value or "").strip().lower()
    for axis in (*axes(), *more_axes):
        if axis.name.lower() == aspect and value in {axis.low.lower(), axis.high.lower()}:
            return {axis.name: -1.0 if disliked != (value == axis.low.lower()) else 1.0}
    measure = next((name for name in surface().names if name.lower() == aspect), None)
    if measure is not None and value in _LITTLE | _MUCH:
        return {measure: -1.0 if disliked != (value in _LITTLE) else 1.0}
    fitting = {name for name, aspects in known.aspects.items() if aspect in aspects}
    found: dict[str, float] = {}
    if preference.value:
        found = _ends(preference.value, disliked, only=fitting or None, sure=not fitting)
    if not found:
        about = bool(fitting) or known.texts.search(preference.description) is not None
        found = _ends(preference.description, disliked, only=None, sure=not about)
    return found


def _ends(text: str, disliked: bool, *, only: set[str] | None, sure: bool) -> dict[str, float]:
    """Attributes that a text names, with the end wanted.

    Args:
        text: A value or a description.
        disliked: Whether what it describes is disliked; that already says what a "no" would.
        only: Attributes to heed; None heeds all.
        sure: Heed only words that are said of texts alone.
    """
    known = _lexicon()
    found: dict[str, float] = {}
    for match in known.pattern.finditer(text):
        word = match["word"].lower()
        if sure and word not in known.sure:
            continue
        turned = disliked or match["turn"] is not None
        for each, sign, attribute in known.ends:
            if each == word and (only is None or attribute in only):
                found.setdefault(attribute, -sign if turned else sign)
    return found
