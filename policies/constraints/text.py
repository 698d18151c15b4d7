"""Texts as folded words with their places, and whether a word stands under a negation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?…|]|\n\s*\n|\n\s*[-*+•#>]")
_CLAUSE = re.compile(r"[.!?…|;:()\[\]—–•\n]|\s-\s")


def fold(word: str) -> str:
    """Folds case, accents and plurals, so that forms of one word compare equal.

    The result is a key, not English: both "cookie" and "cookies" become "cooky".
    """
    word = word.lower().replace("’", "'")
    if not word.isascii():
        word = "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        )
    word = word.removesuffix("'s").replace("'", "")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        if word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
            word = word[:-2]
        else:
            word = word[:-1]
    if word.endswith("ie"):
        word = word[:-2] + "y"
    return word


def phrase(words: str) -> tuple[str, ...]:
    """Splits a phrase into folded words."""
    return tuple(fold(match[0]) for match in _WORD.finditer(words))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text; all tuples run in parallel.

    Attributes:
        raw: Words in lower case with straight apostrophes.
        folded: Words as `fold` returns them.
        starts: Where each begins in the text.
        ends: Where each ends.
        gaps: The characters between a word and the one before it.
        clause: Number of the clause that each word belongs to.
        sentence: Number of the sentence, list item or table cell that each belongs to.
    """

    raw: tuple[str, ...]
    folded: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[str, ...]
    clause: tuple[int, ...]
    sentence: tuple[int, ...]

    def joined(self, index: int) -> bool:
        """Whether a word continues a phrase with the one before it (space, hyphen, line wrap)."""
        return self.gaps[index] in _JOINS and self.clause[index] == self.clause[index - 1]

    def matches(self, index: int, words: tuple[str, ...]) -> bool:
        """Whether a phrase of folded words begins at a word."""
        end = index + len(words)
        return self.folded[index:end] == words and all(
            self.joined(place) for place in range(index + 1, end)
        )


_JOINS = frozenset({" ", "-", "‑", "\n", "  ", "\u00a0", " \n", "**", " **", "** ", "*", "_"})


_fold_cached = lru_cache(maxsize=8192)(fold)


def split_words(text: str) -> Words:
    """Finds the words of a text."""
    raw: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[str] = []
    clause: list[int] = []
    sentence: list[int] = []
    clauses = sentences = last = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        gap = text[last:start]
        # A wrapped line goes on in lower case; other lines stand for themselves.
        wrapped = "\n" in gap and text[start].islower()
        if gap not in _JOINS or ("\n" in gap and not wrapped):
            if _SENTENCE.search(gap) or (gap.strip(" \t") == "\n" and not wrapped):
                sentences += 1
                clauses += 1
            elif _CLAUSE.search(gap):
                clauses += 1
        raw.append(match[0].lower().replace("’", "'"))
        starts.append(start)
        ends.append(end)
        gaps.append(gap)
        clause.append(clauses)
        sentence.append(sentences)
        last = end
    return Words(
        tuple(raw),
        tuple(_fold_cached(word) for word in raw),
        tuple(starts),
        tuple(ends),
        tuple(gaps),
        tuple(clause),
        tuple(sentence),
    )
