"""A user's reasons as observations of the attributes that they name.

"Data-Centric Human Preference Optimization with Rationales" adds to each compared pair the reason
for it, as a text whose likelihood is trained on. Here a reason is parsed ("too long", "friendlier",
"not enough examples") and observes the weights of the attributes that it names, so that one click
with a reason moves the right attribute at once, where without one it moves a little of everything
that the two texts differ in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...memory.types import Choice, Command, Edit, Evidence, Rating, Reaction, Statement
from .axes import Axis
from .stated import Stated, named_ends

if TYPE_CHECKING:
    from .features import TextFeatures

__all__ = ["Reason", "attributes_named", "reasons_in", "reasons_observed"]

# Half as strong as a stored preference and half as sure: it was said of one text.
_PULL = 1.5
_SPREAD = 1.0
_MOST_WORDS = 3

_PARTS = re.compile(r"[,;.!?\n]+|\b(?:and|but|while|whereas|although|though)\b", re.IGNORECASE)
_TOO_MUCH = re.compile(
    r"\b(?:too|overly|excessively|unnecessarily|needlessly)(?: (?:much|many))?(?: of)?(?: an?)?"
    r"\s+$",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:not enough|too little|too few|lack(?:s|ed|ing)?|miss(?:es|ed|ing)?|needs?(?: to be)?|"
    r"should(?: have| be)+|could(?: be| use| have)+|wish(?:ed)? (?:it )?(?:was|were|had)|"
    r"want(?:ed)?)(?: more)?(?: an?)?\s+$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|without|hardly|barely|isn['’]t|wasn['’]t|aren['’]t|doesn['’]t|didn['’]t|"
    r"don['’]t|nothing)(?: (?:very|so|really|that|all that|any|have|has|be|being|an?|the))*\s+$",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(?:less|fewer|lower|reduced?)(?: of an?)?\s+$", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:more|even more|much more|better|higher)(?: of an?)?\s+$|\bmore (?:\w+ )?$", re.IGNORECASE
)
_ENOUGH = re.compile(r"^\s+enough\b", re.IGNORECASE)
_ASKS = re.compile(r"\bplease\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:the )?(?:others?|rest|other (?:one|two)s?|worse one|rejected)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a user preferred or disliked a text.

    Attributes:
        evidence_id: The event.
        text: The reason, in their words.
        of_better: Whether it speaks of a text that they liked, rather than of one that they did
            not.
        session_id: The conversation.
    """

    evidence_id: str
    text: str
    of_better: bool
    session_id: str | None = None


class _Ends(NamedTuple):
    pattern: re.Pattern[str]
    ends: dict[str, tuple[tuple[str, float], ...]]
    compared: frozenset[str]


def reasons_in(evidence: Iterable[Evidence]) -> tuple[Reason, ...]:
    """The reasons that events carry, in their order.

    What a reaction finds wrong or right is a reason too, unless the same message was kept as a
    command or statement: then memory learned from that already. Reasons of a judge are its own.

    Args:
        evidence: Events of one user, oldest first.
    """
    events = list(evidence)
    told = {
        (event.session_id, event.observation.text)
        for event in events
        if isinstance(event.observation, Command | Statement)
    }
    found: list[Reason] = []
    for event in events:
        seen = event.observation
        text: str | None = None
        better = True
        if isinstance(seen, Choice):
            text = seen.reason if seen.judge is None else None
            better = seen.picked is not None
        elif isinstance(seen, Edit):
            text = seen.reason
        elif isinstance(seen, Rating):
            text, better = seen.reason, seen.value > 0.0
        elif isinstance(seen, Reaction) and (event.session_id, seen.text) not in told:
            text, better = seen.about, seen.sentiment == "satisfied"
        if text is not None and text.strip():
            found.append(
                Reason(
                    evidence_id=event.id,
                    text=text,
                    of_better=better,
                    session_id=event.session_id,
                )
            )
    return tuple(found)


def reasons_observed(reasons: Sequence[Reason], features: TextFeatures) -> tuple[Stated, ...]:
    """What reasons say of attributes: ±1.5 logits per unit, with a standard deviation of 1.

    Args:
        reasons: Of one user.
        features: Their attributes and axes can be named.
    """
    return tuple(
        Stated(attribute, sign * _PULL, _SPREAD, reason.evidence_id)
        for reason in reasons
        for attribute, sign in attributes_named(reason, features).items()
    )


def attributes_named(reason: Reason, features: TextFeatures) -> dict[str, float]:
    """Attributes that a reason names, with the sign of the weight that it speaks for.

    "Too long" and "not long enough" say what is wanted whatever they are said of; so do
    comparatives. A bare "formal" praises a text that was liked and blames one that was not.

    Args:
        reason: The reason.
        features: Their attributes and axes can be named.
    """
    known = _ends(features.axes, features.attributes)
    found: dict[str, float] = {}
    for part in _PARTS.split(reason.text[:500]):
        better = reason.of_better and _OTHERS.search(part) is None
        for match in known.pattern.finditer(part):
            word = match["word"].lower()
            before, after = part[: match.start()], part[match.end() :]
            way = _way(before, after, word in known.compared, better=better)
            if _ASKS.search(part) is not None and _NOT.search(before) is not None:
                way = -1.0
            for attribute, end in known.ends[word]:
                found.setdefault(attribute, way * end)
    return found


def _way(before: str, after: str, compared: bool, *, better: bool) -> float:
    """Whether a word is wanted (1) or its contrary is (-1)."""
    negated = _NOT.search(before) is not None
    if _LACKS.search(before) is not None or (negated and _ENOUGH.match(after) is not None):
        return 1.0
    if _TOO_MUCH.search(before) is not None:
        return -1.0
    likes = 1.0 if better else -1.0
    if _LESS.search(before) is not None:
        return -1.0
    if compared or _MORE.search(before) is not None:
        return -1.0 if negated else 1.0
    return -likes if negated else likes


@lru_cache(maxsize=64)
def _ends(contrasts: tuple[Axis, ...], attributes: tuple[str, ...]) -> _Ends:
    """Every word that names an end of an attribute, comparatives among them."""
    ends: dict[str, dict[str, float]] = {}

    def add(word: str, attribute: str, sign: float) -> None:
        ends.setdefault(word.lower(), {}).setdefault(attribute, sign)

    for word, sign, attribute in named_ends():
        add(word, attribute, sign)
    for axis in contrasts:
        add(axis.low, axis.name, -1.0)
        add(axis.high, axis.name, 1.0)
    data = tomllib.loads(files(__package__).joinpath("reasons.toml").read_text("utf-8"))
    for attribute, entry in data.items():
        for end, sign in (("high", 1.0), ("low", -1.0)):
            for word in entry[end]:
                add(word, attribute, sign)
    for name in attributes:
        if len(name.split()) <= _MOST_WORDS:
            add(name, name, 1.0)
    compared = {}
    for word, named in ends.items():
        for form in _comparatives(word):
            if form not in ends:
                compared[form] = named
    everything = {**ends, **compared}
    words = "|".join(re.escape(word) for word in sorted(everything, key=len, reverse=True))
    return _Ends(
        pattern=re.compile(rf"(?<![\w-])(?P<word>{words})(?![\w-])", re.IGNORECASE),
        ends={word: tuple(named.items()) for word, named in everything.items()},
        compared=frozenset(compared) | {word for word in ends if _is_comparative(word, ends)},
    )


def _comparatives(word: str) -> tuple[str, ...]:
    """How an adjective of one word is compared, as far as spelling tells ("friendlier")."""
    if not word.isalpha() or not 3 <= len(word) <= 9 or word.endswith(("ed", "s", "ing", "ful")):
        return ()
    if word.endswith("y"):
        return (f"{word[:-1]}ier",)
    if word.endswith("e"):
        return (f"{word}r",)
    if len(word) <= 4 and word[-1] not in "aeiouwxy" and word[-2] in "aeiou":
        return (f"{word}er", f"{word}{word[-1]}er")
    return (f"{word}er",)


def _is_comparative(word: str, known: dict[str, dict[str, float]]) -> bool:
    return any(word in _comparatives(base) for base in known)
