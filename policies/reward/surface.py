"""How a text is written: measures that need no model."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Written so that no text, however odd, takes more than time in proportion to its length.
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,]*")
_SENTENCE_END = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++(?=\s|$|[\"'”’)])|\n")
_LIST_LINE = re.compile(r"^[^\S\n]*+(?:[-*+•]|\d{1,3}[.)])\s", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s", re.MULTILINE)
_CODE = re.compile(r"```|`[^`\n]+`")
_EMPHASIS = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__|(?<!\*)\*[^*\s][^*\n]*\*(?!\*)")
# A flag is two letters, and a family is several people joined: each counts once.
_PICTURE = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[\U0001f300-\U0001faff\u2600-\u27bf][\ufe0f\U0001f3fb-\U0001f3ff]*)"
)
_EMOJI = re.compile(f"{_PICTURE}(?:\u200d{_PICTURE})*")
_EMOTICON = re.compile(r"(?<!\w)[:;=8]['-]?[)(DPpO3](?!\w)|<3")
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:m|re|ve|ll|d|s))$", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouyà-öø-ÿ]+", re.IGNORECASE)
_ENCLOSED = re.compile(r"[(\[“«\"][^(\[“«)\]”»\"]*[)\]”»\"]")
_LATIN = re.compile(
    r"..(?:tion|sion|ity|ism|ist|ology|ologies|ive|ical|ance|ence|ment|ous|ate|ates|ated|i[sz]e|"
    r"i[sz]es|i[sz]ed|ular|graphy|osis)s?$"
)
_LONG = 7
_RARE = 4.0
_UNKNOWN = 1.0
_KNOWN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What `attributes.toml` says about surface measures.

    Attributes:
        names: The measures, in the order of `measure`.
        centres: The value of each on an ordinary reply.
        scales: A difference of each that a reader notices.
    """

    names: tuple[str, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    hedges: frozenset[str]
    second_person: frozenset[str]
    first_person: frozenset[str]
    everyday: frozenset[str]
    negations: frozenset[str]
    kind: frozenset[str]
    connectives: frozenset[str]


@lru_cache(maxsize=1)
def surface() -> Surface:
    """Reads the surface measures; later calls return the same object."""
    data = tomllib.loads(files(__package__).joinpath("attributes.toml").read_text("utf-8"))
    entries, words = data["surface"], data["words"]
    return Surface(
        names=tuple(entries),
        centres=tuple(float(entry["centre"]) for entry in entries.values()),
        scales=tuple(float(entry["scale"]) for entry in entries.values()),
        hedges=frozenset(words["hedges"]),
        second_person=frozenset(words["second_person"]),
        first_person=frozenset(words["first_person"]),
        everyday=frozenset(words["everyday"]),
        negations=frozenset(words["negations"]),
        kind=frozenset(words["kind"]),
        connectives=frozenset(words["connectives"]),
    )


def _syllables(word: str) -> int:
    groups = len(_VOWELS.findall(word))
    if groups > 1 and word.endswith("e") and not word.endswith(("le", "ee")):
        groups -= 1
    return max(1, groups)


class _Frequency(NamedTuple):
    mean: float
    least: float
    rare: float
    content: float | None


@lru_cache(maxsize=1)
def _zipf() -> Mapping[str, float]:
    """Words of English with the logarithm of how often they occur per billion, from 1 to 8."""
    from wordfreq import get_frequency_dict

    return {
        word: 9.0 + math.log10(share)
        for word, share in get_frequency_dict("en", wordlist="large").items()
    }


def _frequency(words: Sequence[str], everyday: frozenset[str]) -> _Frequency | None:
    """How common words are; None for a text that is hardly in English."""
    table = _zipf()
    parts = [part for word in words for part in _parts(word, table)]
    known = sum(part in table for part in parts)
    if known < _KNOWN_SHARE * len(parts):
        return None
    values = [table.get(part, _UNKNOWN) for part in parts]
    content = [table.get(part, _UNKNOWN) for part in parts if part not in everyday]
    return _Frequency(
        sum(values) / len(values),
        min(values),
        sum(v < _RARE for v in values) / len(values),
        sum(content) / len(content) if content else None,
    )


def _parts(word: str, table: Mapping[str, float]) -> Sequence[str]:
    return [word] if word in table else [part for part in re.split(r"['-]", word) if part]


def measure(text: str) -> NDArray[np.float64]:
    """Measures a text.

    Args:
        text: Plain text or Markdown, in any language; word lists are English.

    Returns:
        Array of shape `(len(surface().names),)`, centred and scaled, within [-4, 4]; zero for a
        text without words, which thus counts as ordinary in every respect.
    """
    import numpy as np

    known = surface()
    words = [match[0].replace("’", "'") for match in _WORD.finditer(text)]
    if not words:
        return np.zeros(len(known.names))
    lower = [word.lower() for word in words]
    alphabetic = [word for word in lower if not word[0].isdigit()] or lower
    count = len(words)
    sentences = max(1, sum(1 for part in _SENTENCE_END.split(text) if part.strip(" \t\n*#->•")))

    def share(members: frozenset[str]) -> float:
        return sum(word in members for word in lower) / count

    frequency = _frequency(alphabetic, known.everyday)
    syllables = sum(map(_syllables, alphabetic)) / len(alphabetic)
    values = {
        "length": math.log1p(count),
        "sentence length": math.log1p(count / sentences),
        "word length": sum(map(len, alphabetic)) / len(alphabetic),
        "long words": sum(len(word) >= _LONG for word in alphabetic) / len(alphabetic),
        "hard words": sum(_syllables(word) >= 3 for word in alphabetic) / len(alphabetic),
        "everyday words": share(known.everyday),
        "lists": math.log1p(len(_LIST_LINE.findall(text))),
        "headings": math.log1p(len(_HEADING.findall(text))),
        "code": math.log1p(len(_CODE.findall(text))),
        "emphasis": math.log1p(len(_EMPHASIS.findall(text))),
        "exclamation": text.count("!") / sentences,
        "questions": text.count("?") / sentences,
        "emoji": math.log1p(len(_EMOJI.findall(text)) + len(_EMOTICON.findall(text))),
        "commas": text.count(",") / count,
        "contractions": sum(bool(_CONTRACTION.search(word)) for word in words) / count,
        "addressing you": share(known.second_person),
        "first person": share(known.first_person),
        "hedging": share(known.hedges),
        "numbers": sum(word[0].isdigit() for word in words) / count,
        "capitals": sum(len(word) > 1 and word.isupper() for word in words) / count,
        "syllables": syllables,
        # Flesch's reading ease.
        "readability": 206.835 - 1.015 * count / sentences - 84.6 * syllables,
        "Latin endings": sum(bool(_LATIN.search(word)) for word in alphabetic) / len(alphabetic),
        "negations": share(known.negations),
        "kind words": share(known.kind),
        "connectives": share(known.connectives),
        "brackets and quotes": math.log1p(len(_ENCLOSED.findall(text))),
    }
    if frequency is not None:
        values |= {
            "word frequency": frequency.mean,
            "rarest word": frequency.least,
            "rare words": frequency.rare,
        }
        if frequency.content is not None:
            values["common words"] = frequency.content
    ordinary = dict(zip(known.names, known.centres, strict=True))
    raw = np.array([values.get(name, ordinary[name]) for name in known.names])
    return np.asarray(np.clip((raw - np.array(known.centres)) / np.array(known.scales), -4.0, 4.0))
