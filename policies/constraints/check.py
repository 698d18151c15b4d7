"""Checks texts against hard constraints, with the words that break them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...memory.types import Preference, PreferenceDraft
from ..types import Violation
from .english import judged_words
from .lexicon import FLESH, PRODUCE, Known, Lexicon, Phrase, Term, lexicon
from .negation import Negation
from .recognition import known_by_name, recognise
from .text import Words, phrase, split_words

_AVOIDS = re.compile(
    r"\b(?:never(?:\s+(?:eats?|wants?|uses?|includes?|mentions?|suggests?))?|avoids?|avoiding|"
    r"allerg(?:ic|y|ies)\s+to|intoleran(?:t|ce)\s+(?:to|of)|"
    r"no(?!\s+(?:more\s+than|longer|matter|need|preference|problem|less))|without|hates?|"
    r"dislikes?|refuses?|"
    r"(?:do(?:es)?\s+not|do(?:es)?n['’]?t|can\s*not|can['’]?t|cannot|won['’]?t|will\s+not|"
    r"must\s+not|should\s+not)\s+(?:want|like|eat|drink|have|use|include|contain|mention|stand|"
    r"tolerate|consume|touch|see)|free\s+(?:of|from)|stays?\s+(?:away|clear)\s+(?:from|of)|"
    r"(?:rules?|ruled)\s+out|nothing\s+with|abstains?\s+from)\s+"
    r"(?P<what>[^.;:!?\n]+)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:because|since|as|due|when|while|if|unless|for|at|in|on|during|after|before|but|so|"
    r"please|ever|anymore|any\s+more|whatsoever|at\s+all|and\s+(?:is|likes|prefers|wants|loves))\b"
    r".*$",
    re.IGNORECASE | re.DOTALL,
)
_SPLIT = re.compile(r"\s*(?:,|/|&|\band\b|\bor\b|\bnor\b)\s*", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:to\s+)?(?:eat|eats|eating|drink|drinking|have|having|use|using|include|including|"
    r"mention|mentioning|any|all|a|an|the|anything\s+(?:with|containing)|foods?\s+(?:with|containing)|"
    r"dishes\s+with|things?\s+with|of|kinds?\s+of)\s+)+",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][a-z]{2,}\b(?:\s+[A-Z][a-z]{2,}\b)*")
_MOST_WORDS = re.compile(
    r"\b(?:(?P<no>no|not|never)\s+)?(?:(?P<over>more\s+than|over|above|longer\s+than|beyond)"
    r"|at\s+most|up\s+to|within)\s+(?P<count>\d{1,5})\s+words?\b",
    re.IGNORECASE,
)
_PLAIN = 3
_NO_THINGS = frozenset({"yes", "no", "none", "true", "false", "never", "avoid", "any"})
_LONGEST = 4
_AVOID_ASPECTS = ("avoid", "allergy", "allergies", "intolerance", "dislike", "exclude", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one preference forbids.

    Attributes:
        known: The constraints of the lexicon that it names.
        phrases: Further phrases, in folded words, that it rules out.
        most_words: How many words a text may have; None if that is not what it is about.
        sure: Whether that is all: a text without any of it keeps the rule.
    """

    known: tuple[Known, ...] = ()
    phrases: frozenset[Phrase] = frozenset()
    most_words: int | None = None
    sure: bool = True

    @property
    def empty(self) -> bool:
        """Whether no text can be found to break it."""
        return not self.known and not self.phrases and self.most_words is None


@dataclass(frozen=True, slots=True)
class _Hit:
    first: int
    end: int
    term: Term


class _Scan:
    """One text's words, the terms of the lexicon in it, and their negations."""

    def __init__(self, text: str) -> None:
        self.words = split_words(text)
        self.lexicon = lexicon()
        self.hits = _find(self.words, self.lexicon)
        self.starts_at: dict[int, list[_Hit]] = {}
        self.ends_at: dict[int, list[_Hit]] = {}
        self._inside: set[int] = set()
        for hit in self.hits:
            self.ends_at.setdefault(hit.end, []).append(hit)
            self._inside.update(range(hit.first, hit.end))
        self.ruled_out = Negation(self.words, self._inside.__contains__)
        self._marks: dict[Phrase, frozenset[int]] = {}

    def name(self, first: int, end: int) -> None:
        """Lets lists carry a negation over a thing that is not in the lexicon."""
        self._inside.update(range(first, end))

    def marked(self, mark: Phrase) -> frozenset[int]:
        """The sentences that a phrase marks, its negations apart ("not vegetarian")."""
        found = self._marks.get(mark)
        if found is None:
            words = self.words
            found = frozenset(
                words.sentence[index]
                for index in range(len(words.folded))
                if words.matches(index, mark) and not self.ruled_out(index, index + len(mark))
            )
            self._marks[mark] = found
        return found


def _find(words: Words, known: Lexicon) -> tuple[_Hit, ...]:
    found: dict[str, list[_Hit]] = {}
    for index, word in enumerate(words.folded):
        for term in known.terms.get(word, ()):
            if len(term.words) > 1 and not words.matches(index, term.words):
                continue
            hits = found.setdefault(term.group, [])
            end = index + len(term.words)
            # The longest phrase at a place speaks for its group there.
            if hits and hits[-1].end > index:
                if hits[-1].end - hits[-1].first >= len(term.words):
                    continue
                hits.pop()
            hits.append(_Hit(index, end, term))
    return tuple(hit for hits in found.values() for hit in hits)


@lru_cache(maxsize=2048)
def _rule(description: str, aspect: str | None, value: str | None, disliked: bool) -> Rule:
    group, _, rest = (aspect or "").lower().partition(":")
    avoided = disliked or group.startswith(_AVOID_ASPECTS)
    named = [name for name in (value, rest.replace("-", " ")) if name]
    known = {
        found.key: found
        for name in named
        if (found := known_by_name(name, avoided=avoided)) is not None
    }
    if known:
        return Rule(known=tuple(known.values()))
    counted = _MOST_WORDS.search(description)
    if counted is not None and bool(counted["over"]) == (disliked or bool(counted["no"])):
        return Rule(most_words=int(counted["count"]))
    items: list[str] = []
    if avoided and named and named[0].lower() not in _NO_THINGS:
        items += _SPLIT.split(named[0])
    for match in _AVOIDS.finditer(description):
        items += _SPLIT.split(_TAIL.sub("", match["what"]))
    if not items:
        whole = known_by_name(description, avoided=False) or _named_in(description)
        if whole is not None:
            return Rule(known=(whole,))
        if disliked and len(description.split()) <= _LONGEST:
            items += _SPLIT.split(description)
    return _of_items(items)


def _of_items(items: Iterable[str]) -> Rule:
    """Looks things that are avoided up in the lexicon; those not in it stand for themselves."""
    known: dict[str, Known] = {}
    phrases: set[Phrase] = set()
    sure = False
    for place, item in enumerate(items):
        cleaned = _LEADING.sub("", item.strip(" \t'\"“”*_"))
        found = known_by_name(cleaned, avoided=True)
        if found is not None:
            known[found.key] = found
            sure = sure or place == 0
            continue
        words = phrase(cleaned)
        if len(words) <= _LONGEST and any(len(word) > 2 for word in words):
            phrases.add(words)
            phrases |= lexicon().synonyms.get(words, frozenset())
        # "Their ex-wife Carol" is named by her name alone, though not only by it.
        phrases |= {phrase(name[0]) for name in _NAME.finditer(cleaned)}
        sure = (sure or place == 0) and _plain(words)
    return Rule(known=tuple(known.values()), phrases=frozenset(phrases), sure=sure)


def _plain(words: Phrase) -> bool:
    """Whether these are the words by which a text would name the thing, whatever it says of it.

    "Cilantro" is; "anything that needs an oven" is not, and nor is "politics".
    """
    judged = judged_words()
    return 0 < len(words) <= _PLAIN and not set(words) & (judged.described | judged.topics)


def _named_in(description: str) -> Known | None:
    for found in recognise(f"I am someone who {description}"):
        return lexicon().constraints[found.key]
    return None


def rule(preference: Preference | PreferenceDraft) -> Rule:
    """What a preference forbids; nothing if it cannot be told from its words.

    The value is looked up in the lexicon first ("vegetarian"), then the part of an aspect after a
    colon ("avoid:seafood"), then what the description says is avoided ("never cilantro").
    """
    return _rule(
        preference.description,
        preference.aspect,
        preference.value,
        preference.polarity == "dislike",
    )


def unsure(preferences: Sequence[Preference]) -> tuple[Preference, ...]:
    """The hard constraints that words alone cannot hold a text to.

    "Never cilantro" is kept by a text that does not name it; "never anything that needs an oven"
    may be broken by one that names no oven.

    Args:
        preferences: Any preferences; those that are not hard constraints are passed over.
    """
    return tuple(each for each in preferences if each.hard and not rule(each).sure)


def first_words(preference: Preference) -> frozenset[str] | None:
    """Folded words of which a text needs one to break a constraint.

    Most texts of a large catalogue have none, and need no closer look.

    Args:
        preference: A hard constraint.

    Returns:
        The words; None if any text may break it (one that is too long).
    """
    found = rule(preference)
    if found.most_words is not None:
        return None
    phrases = found.phrases.union(*(known.extra for known in found.known))
    groups = frozenset[str]().union(*(known.forbids for known in found.known))
    return frozenset(each[0] for each in phrases) | frozenset(
        first
        for first, terms in lexicon().terms.items()
        if any(term.group in groups for term in terms)
    )


def breaks(text: str, said: Sequence[Preference | PreferenceDraft]) -> bool:
    """Whether a text breaks a hard constraint, one that was just said too; see `violations`.

    Args:
        text: The text, plain or Markdown.
        said: Any preferences; those that are not hard constraints are passed over.
    """
    rules = [found for each in said if each.hard and not (found := rule(each)).empty]
    if not rules or not text:
        return False
    scan = _Scan(text)
    return any(next(iter(_broken(scan, forbidden)), None) is not None for forbidden in rules)


def violations(text: str, preferences: Sequence[Preference]) -> tuple[Violation, ...]:
    """Finds where a text breaks hard constraints.

    Dishes count by their usual form ("carbonara" has bacon) unless the sentence or list item says
    otherwise ("vegetarian carbonara"); things that the text rules out ("without chicken") do not
    count. English only.

    Args:
        text: The text, plain or Markdown.
        preferences: Any preferences; those that are not hard constraints are passed over.

    Returns:
        Violations in the order of the text, at most one per constraint and place.
    """
    rules = [(each, rule(each)) for each in preferences if each.hard]
    rules = [(each, found) for each, found in rules if not found.empty]
    if not rules or not text:
        return ()
    scan = _Scan(text)
    found: list[Violation] = []
    for preference, forbidden in rules:
        spans = sorted(set(_broken(scan, forbidden)), key=lambda s: (s[0], -s[1]))
        last = -1
        for first, end in spans:
            if first < last:
                continue
            last = end
            start, stop = scan.words.starts[first], scan.words.ends[end - 1]
            found.append(
                Violation(
                    preference_id=preference.id,
                    description=preference.description,
                    found=text[start:stop],
                    start=start,
                    end=stop,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


def _broken(scan: _Scan, forbidden: Rule) -> Iterable[tuple[int, int]]:
    if forbidden.most_words is not None:
        yield from _beyond(scan.words, forbidden.most_words)
    extra = frozenset[Phrase]().union(*(known.extra for known in forbidden.known))
    places = tuple(_places(scan.words, forbidden.phrases | extra))
    for first, end in places:
        scan.name(first, end)
    for first, end in places:
        if not scan.ruled_out(first, end):
            yield first, end
    for known in forbidden.known:
        for hit in scan.hits:
            if (
                hit.term.group in known.forbids
                and hit.term.kind != "except"
                and not _cleared(scan, known, hit)
                and not scan.ruled_out(hit.first, hit.end)
            ):
                yield hit.first, hit.end


def _beyond(words: Words, most: int) -> Iterable[tuple[int, int]]:
    """The sentences that go beyond a number of words."""
    count = len(words.folded)
    if count <= most:
        return
    first = most
    while first > 0 and words.sentence[first - 1] == words.sentence[most]:
        first -= 1
    for index in range(first, count):
        if index == count - 1 or words.sentence[index + 1] != words.sentence[index]:
            yield first, index + 1
            first = index + 1


def _places(words: Words, phrases: frozenset[Phrase]) -> Iterable[tuple[int, int]]:
    if not phrases:
        return
    by_first: dict[str, list[Phrase]] = {}
    for each in phrases:
        by_first.setdefault(each[0], []).append(each)
    for index, word in enumerate(words.folded):
        for each in by_first.get(word, ()):
            if words.matches(index, each):
                yield index, index + len(each)


def _cleared(scan: _Scan, known: Known, hit: _Hit) -> bool:
    """Whether words around a hit say that it is not what it is called after."""
    words, data, term = scan.words, scan.lexicon, hit.term
    flesh = term.group in FLESH
    if flesh:
        substitutes = data.substitutes | known.marks
    elif term.group in PRODUCE:
        # Of vegetarian cheese the milk is still milk.
        substitutes = data.produce_substitutes
        if not known.diet or known.key in {"vegan", "dairy-free"}:
            substitutes = substitutes | known.marks
    else:
        substitutes = known.marks
    if _preceded(words, hit.first, substitutes, data.between) or _bracketed(
        words, hit.end, substitutes
    ):
        return True
    form = term.words[-1:] in data.forms or term.words in data.forms
    if flesh and (form or term.kind == "usual"):
        if _preceded(words, hit.first, data.plants, data.between, reach=3 - 2 * form):
            return True
        if _permitted_flesh(scan, known, hit.first):
            return True
    if term.kind == "explicit":
        return False
    sentence = words.sentence[hit.first]
    if any(sentence in scan.marked(mark) for mark in known.marks):
        return True
    hints = known.hints | data.plants if flesh else known.hints
    return _preceded(words, hit.first, hints, data.between, reach=3) or _made_with(
        words, hit.end, hints
    )


def _preceded(
    words: Words,
    first: int,
    phrases: frozenset[Phrase],
    between: frozenset[str],
    reach: int = 0,
) -> bool:
    """Whether one of the phrases ends right before a word.

    Adjectives may stand between, and up to `reach` other words ("spinach and ricotta lasagne").
    """
    index, others = first - 1, 0
    while index >= 0 and words.clause[index] == words.clause[first] and first - index <= 6:
        if "," in words.gaps[index + 1]:
            return False
        for size in (1, 2):
            start = index - size + 1
            if start >= 0 and words.folded[start : index + 1] in phrases:
                before = words.raw[max(0, start - 2) : start]
                return not any(word in {"not", "non", "isn't"} for word in before)
        if words.folded[index] not in between:
            others += 1
            if others > reach or words.raw[index] in {"with", "or", "then", "for", "to", "of"}:
                return False
        index -= 1
    return False


def _bracketed(words: Words, end: int, phrases: frozenset[Phrase]) -> bool:
    """Reads "Sausages (vegan)"."""
    if end >= len(words.folded) or "(" not in words.gaps[end]:
        return False
    return any(words.folded[end : end + len(each)] == each for each in phrases)


def _made_with(words: Words, end: int, phrases: frozenset[Phrase]) -> bool:
    """Reads "Lasagne made with lentils"."""
    raw = words.raw
    for index in range(end, min(end + 3, len(raw))):
        if words.clause[index] != words.clause[end - 1]:
            return False
        if raw[index] in {"with", "of", "using", "from"}:
            for start in range(index + 1, min(index + 4, len(raw))):
                for size in (1, 2):
                    if words.folded[start : start + size] in phrases:
                        return True
            return False
    return False


def _permitted_flesh(scan: _Scan, known: Known, first: int) -> bool:
    """Reads "Salmon burger" is fit for a pescatarian, "turkey mince" for who avoids red meat."""
    for hit in scan.ends_at.get(first, ()):
        if hit.term.group in FLESH and hit.term.kind == "explicit":
            groups = {
                other.term.group for other in scan.ends_at[first] if other.term.kind == "explicit"
            }
            return not groups & known.forbids and scan.words.joined(first)
    return False
