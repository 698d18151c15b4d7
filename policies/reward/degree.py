"""Free pairs with a known order: a text against versions of it that say less and less.

"Self-supervised Preference Optimization: Enhance Your Language Model with Preference Degree
Awareness" takes key content out of a text, a little or a lot, and trains on how much was taken.
Keywords are found as RAKE finds them (Rose et al. 2010, "Automatic Keyword Extraction from
Individual Documents"): runs of words between stop words and punctuation, scored by how many other
words each of their words stands beside. Here the versions make comparisons with soft targets, for
whoever trains on pairs (`penchant pairs --degrade`); that a fuller text is better is an assumption,
and no user's word.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, pairwise
from typing import NamedTuple

from ...errors import InputError
from .evidence import Comparison
from .surface import surface

__all__ = ["Keyword", "degraded", "degree_comparisons", "keywords"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONGEST = 5
# Targets of comparisons by how many levels apart two versions are: OSP's soft labels.
_NEAR, _FAR = 0.75, 1.0


class Keyword(NamedTuple):
    """A run of words that carries content.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        score: By RAKE; the higher, the more it says.
    """

    start: int
    end: int
    score: float


def keywords(text: str) -> tuple[Keyword, ...]:
    """The keywords of an English text, the most telling first.

    Args:
        text: Any text; takes time in proportion to its length.
    """
    runs = _runs(text)
    frequency: Counter[str] = Counter()
    degree: Counter[str] = Counter()
    for run in runs:
        for word in run:
            frequency[word[0].lower()] += 1
            degree[word[0].lower()] += len(run)
    found = [
        Keyword(
            run[0].start(),
            run[-1].end(),
            sum(degree[word[0].lower()] / frequency[word[0].lower()] for word in run),
        )
        for run in runs
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.start)))


def degraded(text: str, levels: int = 3) -> tuple[str, ...]:
    """Versions of a text that say less and less: the text itself, then with more keywords gone.

    Args:
        text: A text in English.
        levels: How many versions besides the text at most.

    Returns:
        The text first; fewer versions if it has fewer keywords than `levels`.

    Raises:
        InputError: `levels` is below 1.
    """
    if levels < 1:
        raise InputError(f"levels is {levels!r}; give at least 1")
    found = keywords(text)
    versions = [text]
    steps = min(levels, len(found))
    for level in range(1, steps + 1):
        gone = sorted(found[: -(-len(found) * level // (steps + 1))])
        kept, at = [], 0
        for each in gone:
            kept.append(text[at : each.start])
            at = each.end
        kept.append(text[at:])
        version = re.sub(r"[ \t]+(?=[ \t.,;:!?])", "", "".join(kept)).strip()
        if version != versions[-1]:
            versions.append(version)
    return tuple(versions)


def degree_comparisons(text: str, levels: int = 3) -> tuple[Comparison, ...]:
    """Each fuller version against each barer one: 0.75 for neighbours, 1 for those further apart.

    Args:
        text: A text in English.
        levels: As for `degraded`.
    """
    versions = degraded(text, levels)
    near = set(pairwise(range(len(versions))))
    return tuple(
        Comparison(
            preferred=versions[fuller],
            other=versions[barer],
            target=_NEAR if (fuller, barer) in near else _FAR,
            source="degree",
            key=f"degree:{fuller}:{barer}",
        )
        for fuller, barer in combinations(range(len(versions)), 2)
    )


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Runs of content words with nothing but blanks between them."""
    common = surface().everyday
    runs: list[list[re.Match[str]]] = []
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if word[0].lower().replace("’", "'") in common or len(word[0]) < 3:
            run = []
            continue
        if run and len(run) < _LONGEST and not text[run[-1].end() : word.start()].strip(" \t"):
            run.append(word)
        else:
            run = [word]
            runs.append(run)
    return runs
