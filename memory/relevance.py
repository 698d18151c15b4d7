"""Which preferences matter to a request, and how many of them fit into a prompt."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias, assert_never

from .checks import fold
from .scopes import covers
from .types import Preference, Recalled

__all__ = [
    "GENERAL_ASPECTS",
    "STOP_WORDS",
    "Bearing",
    "Order",
    "content_words",
    "fit",
    "is_general",
    "is_style",
    "keyword_overlap",
    "prompt_tokens",
    "recall_order",
    "speaking",
]

Bearing: TypeAlias = Literal["holds", "may hold", "elsewhere"]
"""Whether what was said for an occasion holds for a request."""

# What shapes every reply, whatever it is about.
GENERAL_ASPECTS = (
    "address",
    "bold",
    "capitals",
    "detail",
    "emoji",
    "ending",
    "exclamation",
    "format",
    "formality",
    "greeting",
    "headings",
    "humour",
    "language",
    "length",
    "person",
    "questions",
    "sentences",
    "sign-off",
    "style",
    "subject line",
    "tone",
    "verbosity",
)

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be been before being but by can could did do
    does enjoy enjoys for from give had has have he her him his how i if in into is it its just
    let like likes love loves may me might must my need needs no nor not of on or our please
    prefer prefers shall she should so some such than that the their them then there these they
    this those to too us very want wants was we were what when where which who whom whose why
    will with would you your
    """.split()  # noqa: SIM905
)
# What the bullet, the marks and the scope of one line take, in tokens.
_LINE_TOKENS = 6


def is_general(preference: Preference) -> bool:
    """Whether a preference shapes every reply."""
    return is_style(preference.aspect)


def is_style(aspect: str | None) -> bool:
    """Whether an aspect is one of how replies are written.

    What follows a colon tells apart things of which a user may like several ("style:puns").
    """
    return aspect is not None and aspect.partition(":")[0].strip().casefold() in GENERAL_ASPECTS


def keyword_overlap(query: str, text: str) -> float:
    """Cosine between the sets of telling words of two texts, in [0, 1]."""
    left, right = content_words(query), content_words(text)
    if not left or not right:
        return 0.0
    return len(left & right) / math.sqrt(len(left) * len(right))


def speaking(preferences: Iterable[Preference], holding: Container[str] = ()) -> set[str]:
    """The ids of preferences that no other one of the same aspect speaks over.

    Of one scope the newest speaks: a lasting preference and a need of the moment may both be
    live. Over what holds always, or for a wider occasion ("emails"), speaks what was said for this
    very occasion ("work emails"), however old; unless the former is a need of the moment that came
    later.

    Args:
        preferences: What may come into a prompt.
        holding: The ids of those whose scope surely holds here.
    """
    newest: dict[tuple[str, str], Preference] = {}
    free: set[str] = set()
    for each in preferences:
        if each.aspect is None:
            free.add(each.id)
            continue
        key = (fold(each.aspect), fold(each.scope))
        other = newest.get(key)
        if other is None or (each.valid_from, each.id) > (other.valid_from, other.id):
            newest[key] = each
    by_aspect: dict[str, list[Preference]] = {}
    for (aspect, _), each in newest.items():
        by_aspect.setdefault(aspect, []).append(each)
    silent: set[str] = set()
    for (aspect, scope), each in newest.items():
        if not scope or each.id not in holding:
            continue
        for other in by_aspect[aspect]:
            if fold(other.scope) == scope or not covers(other.scope, each.scope):
                continue
            if other.valid_to is not None and other.valid_from > each.valid_from:
                silent.add(each.id)
            elif not other.hard:
                silent.add(other.id)
    return free | {each.id for each in newest.values()} - silent


class Order(NamedTuple):
    """Sort key of recall: constraints, then what shapes every reply, then the nearest."""

    place: int
    distance: float
    preference_id: str


def recall_order(recalled: Recalled) -> Order:
    """Where a preference stands among those recalled; the same for the same input, always."""
    match recalled.reason:
        case "hard":
            place = 0
        case "general":
            place = 1
        case "near":
            place = 2
        case "aspect":
            place = 3
        case _:
            assert_never(recalled.reason)
    return Order(place, -round(recalled.score, 6), recalled.preference.id)


def prompt_tokens(preference: Preference) -> int:
    """An estimate of the tokens that a preference takes in a prompt, never far below the truth."""
    size = len(preference.description.encode()) + len((preference.scope or "").encode())
    return math.ceil(size / 3.5) + _LINE_TOKENS


def fit(
    recalled: Sequence[Recalled],
    token_budget: int,
    tokens: Callable[[Preference], int] = prompt_tokens,
) -> list[Recalled]:
    """The first that fit into a budget, in order; hard constraints always stay.

    Args:
        recalled: What is to be fitted.
        token_budget: Tokens for all of them.
        tokens: Tells what a preference takes in a prompt.
    """
    left = token_budget - sum(tokens(each.preference) for each in recalled if each.reason == "hard")
    kept = []
    for each in recalled:
        if each.reason != "hard":
            taken = tokens(each.preference)
            if taken > left:
                continue
            left -= taken
        kept.append(each)
    return kept


def content_words(text: str) -> set[str]:
    """The words of a text that tell what it is about, without plural endings."""
    return {_stem(word) for word in fold(text).split() if word not in STOP_WORDS}


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
