"""The lexicon of what hard constraints forbid, read once from `lexicon.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from .text import phrase

TermKind = Literal["explicit", "usual", "except"]
Phrase = tuple[str, ...]

FLESH = frozenset({"meat", "beef", "pork", "poultry", "fish", "shellfish"})
PRODUCE = frozenset({"dairy", "egg", "honey", "gelatin"})


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase of the lexicon.

    Attributes:
        words: Its folded words.
        group: What it is or contains ("pork").
        kind: It names the thing, usually contains it, or only looks like it.
    """

    words: Phrase
    group: str
    kind: TermKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A constraint of the lexicon.

    Attributes:
        key: Its name ("vegetarian", "nut-allergy").
        description: As a preference describes it ("is vegetarian").
        diet: True for a way of eating or drinking, False for a food avoided.
        forbids: The groups it forbids.
        extra: Further phrases it forbids.
        names: What a person who has it is called ("vegetarian").
        conditions: What such a person has ("coeliac disease").
        foods: What such a person avoids ("pork").
        marks: Words that mark a dish as fit for it, anywhere in its sentence.
        hints: Words that do so only directly before the dish.
    """

    key: str
    description: str
    diet: bool
    forbids: frozenset[str]
    extra: frozenset[Phrase]
    names: frozenset[Phrase]
    conditions: frozenset[Phrase]
    foods: frozenset[Phrase]
    marks: frozenset[Phrase]
    hints: frozenset[Phrase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Everything in `lexicon.toml`, folded and indexed.

    Attributes:
        terms: Terms by their first word, longest first.
        constraints: Known constraints by key.
        substitutes: Words that directly before an animal's flesh say that it is not.
        produce_substitutes: The same for milk, eggs, honey and gelatin.
        between: Adjectives that may stand between such a word and the thing.
        plants: What meatless forms of meat dishes are made of.
        forms: Forms that plants take ("burger", "steak").
        synonyms: Other names of things that people rule out one by one.
    """

    terms: dict[str, tuple[Term, ...]]
    constraints: dict[str, Known]
    substitutes: frozenset[Phrase]
    produce_substitutes: frozenset[Phrase]
    between: frozenset[str]
    plants: frozenset[Phrase]
    forms: frozenset[Phrase]
    synonyms: dict[Phrase, frozenset[Phrase]]


def _phrases(words: list[str]) -> frozenset[Phrase]:
    return frozenset(phrase(entry) for entry in words)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Reads the lexicon; later calls return the same object."""
    data = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))
    by_first: dict[str, dict[tuple[Phrase, str], Term]] = {}
    kinds: tuple[TermKind, ...] = ("except", "usual", "explicit")
    for group, entries in data["groups"].items():
        for kind in kinds:
            for words in _phrases(entries[kind]):
                term = Term(words, group, kind)
                by_first.setdefault(words[0], {})[(words, group)] = term
    strong = _phrases(data["words"]["marks"])
    constraints = {}
    for key, entry in data["constraints"].items():
        clears = _phrases(entry["clears"])
        marks = frozenset(c for c in clears if c in strong or c[-1] == "free")
        constraints[key] = Known(
            key=key,
            description=entry["description"],
            diet=entry["kind"] == "diet",
            forbids=frozenset(entry["forbids"]),
            extra=_phrases(entry.get("extra", [])),
            names=_phrases(entry["names"]),
            conditions=_phrases(entry["conditions"]),
            foods=_phrases(entry["foods"]),
            marks=marks,
            hints=clears - marks,
        )
    words = data["words"]
    return Lexicon(
        terms={
            first: tuple(sorted(terms.values(), key=lambda t: (-len(t.words), t.words, t.group)))
            for first, terms in by_first.items()
        },
        constraints=constraints,
        substitutes=_phrases(words["substitutes"]),
        produce_substitutes=_phrases(words["produce_substitutes"]),
        between=frozenset(phrase(word)[0] for word in words["between"]),
        plants=_phrases(words["plants"]),
        forms=_phrases(words["forms"]),
        synonyms={phrase(key): _phrases(value) for key, value in data["synonyms"].items()},
    )
