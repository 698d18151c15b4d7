"""The small words of English, read once from `english.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from .text import fold

Set = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NegationWords:
    """What `[negation]` of `english.toml` lists; its comments say what each list is for."""

    direct: Set
    scope: Mapping[str, tuple[tuple[str, ...], ...]]  # by last word, longest cue first
    uses: Set
    negators: Set
    adverbs: Set
    undo: Set
    breaks: Set
    food_ings: Set
    fill: Set
    later: Set
    verbs: Set
    suffixes: Set
    suspended: Set
    removed: Set


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectWords:
    """What `[subject]` of `english.toml` lists; its comments say what each list is for."""

    speaker: Set
    others: Set
    mine: Set
    being: Set
    soft: Set
    denied: Set
    unsure: Set
    avoiding: Set
    eating: Set
    taking: Set
    habits: Set
    requested: Set


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWords:
    """What `[judged]` of `english.toml` lists; its comments say what each list is for."""

    described: Set
    topics: Set


def _read(table: str) -> dict[str, list[str]]:
    text = files(__package__).joinpath("english.toml").read_text("utf-8")
    lists: dict[str, list[str]] = tomllib.loads(text)[table]
    return lists


@lru_cache(maxsize=1)
def negation_words() -> NegationWords:
    """Reads the words of negation; later calls return the same object."""
    lists = _read("negation")
    scope: dict[str, list[tuple[str, ...]]] = {}
    for cue in sorted(lists.pop("scope"), key=len, reverse=True):
        parts = tuple(cue.split())
        scope.setdefault(parts[-1], []).append(parts)
    return NegationWords(
        scope={last: tuple(cues) for last, cues in scope.items()},
        **{name: frozenset(words) for name, words in lists.items()},
    )


@lru_cache(maxsize=1)
def subject_words() -> SubjectWords:
    """Reads the words about who is meant; later calls return the same object."""
    return SubjectWords(**{name: frozenset(words) for name, words in _read("subject").items()})


@lru_cache(maxsize=1)
def judged_words() -> JudgedWords:
    """Reads the words of rules that need judging; later calls return the same object."""
    return JudgedWords(
        **{name: frozenset(fold(word) for word in words) for name, words in _read("judged").items()}
    )
