"""The language that a text is written in, and how letters begin and end in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Letters", "language_of", "letters"]

_READ = 4_000
_WORD = re.compile(r"[^\W\d_]+")
# What follows a greeting: "Dear Ms. Brown" goes on after the stop.
_NAMED = r"(?:[^\n.!?]|(?<=\bM[rs])\.|(?<=\bMrs)\.|(?<=\b[DF]r)\.|(?<=\bProf)\.)"
# Of the letters, what a script has to have; a quotation is less.
_MOST_OF_IT = 0.3
_FEW_WORDS = 8
# Frequent words in proportion to all, and in proportion to those of the next language.
_LEAST, _AHEAD = 0.12, 1.3


class Letters(NamedTuple):
    """Finds how a letter begins and how it ends; the group `how` has the phrase."""

    greeting: re.Pattern[str]
    sign_off: re.Pattern[str]


class _Languages(NamedTuple):
    words: Mapping[str, frozenset[str]]
    scripts: Mapping[str, re.Pattern[str]]
    letters: Letters


@lru_cache(maxsize=1)
def _languages() -> _Languages:
    told = tomllib.loads(files(__package__).joinpath("languages.toml").read_text("utf-8"))
    how = {name: _any_of(told["letters"][name]) for name in ("greetings", "sign_offs")}
    return _Languages(
        words={name: frozenset(words.split()) for name, words in told["words"].items()},
        scripts={name: re.compile(f"[{span}]") for name, span in told["scripts"].items()},
        letters=Letters(
            greeting=re.compile(
                rf"\A\W*(?P<how>{how['greetings']})(?!\w){_NAMED}{{0,60}}", re.IGNORECASE
            ),
            sign_off=re.compile(
                rf"^[ \t]*(?P<how>{how['sign_offs']})(?!\w)[^\n]{{0,40}}"
                rf"(?:\n[^\n]{{0,40}}){{0,3}}\s*\Z",
                re.IGNORECASE | re.MULTILINE,
            ),
        ),
    )


def letters() -> Letters:
    """Finds greetings and closing phrases, in nine languages."""
    return _languages().letters


def language_of(text: str) -> str | None:
    """The language of a text, by its script and its most frequent words.

    Args:
        text: Any text; its first characters are read.

    Returns:
        Its English name; None if the text is too short, mixed, or in none of those known.
    """
    seen = text[:_READ]
    marks = sum(character.isalpha() for character in seen)
    # In this order: Japanese has Chinese characters, Ukrainian has Russian ones.
    for name, script in _languages().scripts.items():
        found = len(script.findall(seen))
        least = _MOST_OF_IT if name not in {"Japanese", "Ukrainian"} else _MOST_OF_IT / 10
        if found > 1 and found >= least * marks:
            return name
    words = [word.casefold() for word in _WORD.findall(seen)]
    if len(words) < _FEW_WORDS:
        return None
    counts = {
        name: sum(word in frequent for word in words)
        for name, frequent in _languages().words.items()
    }
    first, second = sorted(counts, key=lambda name: -counts[name])[:2]
    if counts[first] < _LEAST * len(words) or counts[first] < _AHEAD * counts[second]:
        return None
    return first


def _any_of(phrases: list[str]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return "|".join(re.escape(phrase) for phrase in longest_first)
