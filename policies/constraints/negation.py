"""Whether a thing that a text names is there or ruled out ("without chicken", "no meat or fish").

The reading is cautious: what is not clearly ruled out counts as present, so "can't go wrong with
chicken" and "don't forget the bacon" contain chicken and bacon. English only.
"""

from __future__ import annotations

from collections.abc import Callable

from .english import negation_words
from .text import Words

_REACH = 16

_JOINERS = frozenset({"and", "or", "nor"})


class Negation:
    """Answers, for spans of one text's words, whether they are ruled out.

    Args:
        words: The words of the text.
        named: Whether a word belongs to a thing of interest; a list of such things that begins
            under a negation stays under it ("no meat, fish or eggs").
    """

    def __init__(self, words: Words, named: Callable[[int], bool]) -> None:
        self._words = words
        self._named = named
        self._english = negation_words()
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, first: int, end: int) -> bool:
        """Whether the words from `first` up to `end` are ruled out where they stand."""
        key = (first, end)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._after(first, end) or self._before(first, end)
        return found

    # What follows -----------------------------------------------------------------------------

    def _after(self, first: int, end: int) -> bool:
        raw, words = self._words.raw, self._words
        if end >= len(raw):
            return False
        word = raw[end]
        if words.joined(end):
            if word == "free":
                return not (end + 1 < len(raw) and raw[end + 1] == "range")
            if word in self._english.suffixes:
                # "like" and "style" need a hyphen: "those who eat chicken like it" has chicken.
                return word not in {"like", "style"} or words.gaps[end] == "-"
            if word == "out":
                before = raw[max(0, first - 3) : first]
                return any(verb in {"leave", "leaving", "left", "leaves"} for verb in before)
            if word in {"is", "are", "was", "isn't", "aren't"}:
                tail = raw[end : end + 3]
                return ("not" in tail or word.endswith("n't")) and any(
                    w in self._english.removed for w in tail
                )
        return self._suspended(end - 1)

    def _suspended(self, place: int) -> bool:
        """Reads "egg- and dairy-free": the hyphenated ending is shared by a list of allergens."""
        raw = self._words.raw
        if raw[place] not in self._english.suspended:
            return False
        for index in range(place + 1, min(place + 8, len(raw))):
            if self._words.clause[index] != self._words.clause[place]:
                return False
            if raw[index] == "free":
                return True
            if raw[index] not in self._english.suspended and raw[index] not in _JOINERS:
                return False
        return False

    # What precedes ----------------------------------------------------------------------------

    def _before(self, first: int, end: int) -> bool:  # noqa: PLR0911 - the first word that decides
        words, raw = self._words, self._words.raw
        clause = words.clause[first]
        place = first - 1
        while place >= 0 and words.clause[place] == clause and first - place <= _REACH:
            word = raw[place]
            scope = self._scope_at(place)
            if scope is not None:
                start = place - scope + 1
                return self._scoped(start, place + 1, first, end)
            if word in self._english.direct:
                return self._direct(place, first, end)
            if word in self._english.uses:
                if self._negated_use(place):
                    return self._listed(place + 1, first, end, strict=False) and not self._later(
                        end
                    )
                return False
            if word == "miss" and any(
                w in {"won't", "wont", "never"} for w in raw[place - 2 : place]
            ):
                return self._listed(place + 1, first, end, strict=False)
            if word == "for" and "substitute" in raw[max(0, place - 5) : place]:
                return True
            if word in self._english.breaks or (
                word.endswith("ing") and word not in self._english.food_ings
            ):
                return False
            if self._named(place) and self._chained(place, first, end):
                # A list carries its negation on; what is affirmed ends any before it.
                start = place
                while start > 0 and self._named(start - 1) and words.joined(start):
                    start -= 1
                return self(start, place + 1)
            place -= 1
        return self._parenthesised(first)

    def _scope_at(self, place: int) -> int | None:
        raw = self._words.raw
        for parts in self._english.scope.get(raw[place], ()):
            if raw[max(0, place - len(parts) + 1) : place + 1] == parts:
                return len(parts)
        return None

    def _scoped(self, start: int, gap: int, first: int, end: int) -> bool:
        raw, words = self._words.raw, self._words
        reach = 6 if raw[start] == "without" else 3
        for index in range(start - 1, max(-1, start - 1 - reach), -1):
            if words.clause[index] != words.clause[start]:
                break
            if raw[index] in self._english.undo and not (
                raw[index] == "not" and raw[start] == "not"
            ):
                return False
        if raw[start] in {"swap", "trade", "exchange"} and "in" in raw[gap : gap + 1]:
            return False
        return self._listed(gap, first, end, strict=False) and not self._later(end)

    def _direct(self, place: int, first: int, end: int) -> bool:
        return self._listed(place + 1, first, end, strict=True)

    def _negated_use(self, verb: int) -> bool:
        raw, words = self._words.raw, self._words
        index = verb - 1
        while index >= 0 and verb - index <= 4 and words.clause[index] == words.clause[verb]:
            if raw[index] in self._english.negators or self._scope_at(index) is not None:
                return True
            if raw[index] == "need" and index > 0 and raw[index - 1] in self._english.negators:
                return True
            if raw[index] not in self._english.adverbs:
                return False
            index -= 1
        return False

    def _listed(  # noqa: PLR0911 - each way in which a list may fail
        self, gap: int, first: int, end: int, *, strict: bool
    ) -> bool:
        """Whether only determiners, adjectives and earlier list members lie in between."""
        raw, words = self._words.raw, self._words
        segment: list[str] = []
        joiner = ""
        for index in range(gap, first):
            if "," in words.gaps[index] or "/" in words.gaps[index] or "&" in words.gaps[index]:
                if segment:
                    segment = []
                joiner = "or" if "/" in words.gaps[index] else ","
            if raw[index] in _JOINERS:
                segment = []
                joiner = raw[index]
                continue
            segment.append(raw[index])
            if len(segment) > 4:
                return False
        if first > gap and any(mark in words.gaps[first] for mark in ",/&"):
            segment, joiner = [], "or" if "/" in words.gaps[first] else ","
        elif first == gap and "," in words.gaps[first]:
            return False
        fits = all(word in self._english.fill for word in segment) if strict else len(segment) <= 3
        if not fits:
            return False
        if joiner in {"", "or", "nor"}:
            return True
        if self._verb_follows(end):
            return False
        if joiner == "and":
            return not strict
        return self._closes(end, {"or", "nor"} if strict else {"or", "nor", "and"})

    def _closes(self, end: int, joiners: set[str]) -> bool:
        """Whether a comma list that includes the word before `end` is closed by a joiner."""
        raw, words = self._words.raw, self._words
        for index in range(end, min(end + 9, len(raw))):
            if words.clause[index] != words.clause[end - 1]:
                return False
            if raw[index] in joiners:
                return True
            if raw[index] in self._english.breaks:
                return False
        return False

    def _chained(self, place: int, first: int, end: int) -> bool:
        """Whether only a joiner or a comma stands between a named thing and this one."""
        raw, words = self._words.raw, self._words
        between = raw[place + 1 : first]
        if len(between) > 3 or any(
            w not in _JOINERS and w not in self._english.fill for w in between
        ):
            return False
        marks = "".join(words.gaps[place + 1 : first + 1])
        if not (any(w in _JOINERS for w in between) or any(m in marks for m in ",/&")):
            return False
        comma_only = not any(w in _JOINERS for w in between)
        return not (comma_only and self._verb_follows(end))

    def _verb_follows(self, end: int) -> bool:
        raw, words = self._words.raw, self._words
        return (
            end < len(raw)
            and words.clause[end] == words.clause[end - 1]
            and (raw[end] in self._english.verbs)
        )

    def _later(self, end: int) -> bool:
        """Reads "Don't add the chicken until the end": only put off."""
        raw, words = self._words.raw, self._words
        for index in range(end, min(end + 5, len(raw))):
            if words.clause[index] != words.clause[end - 1]:
                return False
            if raw[index] in self._english.later:
                return True
        return False

    def _parenthesised(self, first: int) -> bool:
        """Reads "Avoid nuts (almonds, walnuts)": examples share the fate of what they exemplify."""
        words = self._words
        start = first
        while start > 0 and words.clause[start - 1] == words.clause[first]:
            start -= 1
        if start == 0 or "(" not in words.gaps[start] or not self._named(start - 1):
            return False
        begin = start - 1
        while begin > 0 and self._named(begin - 1) and words.joined(begin):
            begin -= 1
        return self(begin, start)
