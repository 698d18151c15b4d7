"""Whether a thing that a text names is there or ruled out ("without chicken", "no meat or fish").

The reading is cautious: what is not clearly ruled out counts as present, so "can't go wrong with
chicken" and "don't forget the bacon" contain chicken and bacon. English only.
"""

from __future__ import annotations

from collections.abc import Callable

from .text import Words

_REACH = 16

# Rules out what follows directly, determiners and adjectives aside.
_DIRECT = frozenset({"no", "zero", "not", "non", "never", "neither", "nor", "isn't", "aren't",
                     "wasn't", "weren't", "isnt", "arent"})  # fmt: skip

# Rules out the noun phrases that follow, lists included.
_SCOPE = (
    "without", "instead of", "in place of", "in lieu of", "rather than", "as opposed to",
    "free of", "free from", "clear of", "away from", "excluding", "minus", "sans", "unlike",
    "replacing", "avoid", "avoids", "avoiding", "avoided", "skip", "skips", "skipping", "skipped",
    "omit", "omits", "omitting", "omitted", "leave out", "leaving out", "leaves out", "left out",
    "hold the", "ditch", "ditch the", "ditching", "exclude", "excludes", "eliminate", "eliminates",
    "cut out", "cutting out", "lacks", "lacking", "replace", "replaces", "swap", "swap out",
    "swapping", "swapping out", "exchange", "trade", "trade out", "no need for", "without the need for", "alternative to",
    "alternatives to", "substitute for", "substitutes for", "replacement for", "replacements for",
    "stand in for", "substituting for", "tastes like", "taste like", "tasted like",
    "tasting like", "allergic to",
    "allergy to", "allergies to", "intolerant to", "intolerant of", "intolerance to", "dislike",
    "dislikes", "hate", "hates", "refuse", "refuses", "abstain from", "abstains from",
    "give up", "gave up", "not a fan of", "not fond of", "steer clear of", "rule out", "ruled out",
    "exclusion of", "absence of", "nothing with", "nothing containing", "w o",
)  # fmt: skip
_SCOPES: dict[str, list[tuple[str, ...]]] = {}
for _cue in sorted(_SCOPE, key=len, reverse=True):
    _parts = tuple(_cue.split())
    _SCOPES.setdefault(_parts[-1], []).append(_parts)

# After a negation, these rule out their object; otherwise they affirm it.
_USES = frozenset(
    ["contain", "contains", "containing", "include", "includes", "including", "use", "uses", "using", "used", "have", "has", "having", "add", "adds", "adding", "added", "eat", "eats", "eating", "ate", "put", "putting", "need", "needs", "needing", "require", "requires", "requiring", "involve", "involves", "involving", "serve", "serves", "serving", "buy", "buying", "want", "wants", "like", "likes", "cook", "cooks", "cooking", "feature", "features", "featuring", "consume", "consumes", "touch", "do", "does", "drink", "drinks", "drinking", "suggest", "suggesting", "recommend", "recommending", "offer", "offering", "mention", "mentions", "mentioning", "enjoy", "enjoys", "stand", "tolerate", "digest", "order", "ordering", "rely"]
)
_NEGATORS = frozenset(
    ["not", "never", "cannot", "cant", "dont", "doesnt", "wont", "didnt", "shouldnt", "don't", "doesn't", "didn't", "won't", "can't", "cannot", "shouldn't", "wouldn't", "couldn't", "mustn't", "hasn't", "haven't", "isn't", "aren't", "needn't", "nor", "neither", "without", "no", "avoid", "skip"]
)
_ADVERBS = frozenset(["really", "actually", "even", "ever", "usually", "normally", "typically", "generally", "to", "any", "of", "be", "should", "will", "must", "ideally", "currently", "personally"])  # fmt: skip

# A double negative affirms: "don't skip the bacon", "not complete without bacon".
_UNDO = frozenset(
    ["not", "never", "cannot", "don't", "dont", "doesn't", "doesnt", "can't", "cant", "won't", "wont", "shouldn't", "wouldn't", "couldn't", "isn't", "aren't", "wasn't", "didn't", "nothing", "hard", "no"]
)

_BREAKS = frozenset(
    ["but", "with", "plus", "then", "so", "because", "while", "is", "are", "was", "were", "be", "try", "make", "makes", "made", "go", "goes", "going", "just", "only", "if", "when", "where", "which", "that", "who", "instead", "also", "although", "though", "however", "on", "in", "for", "at", "into", "onto", "over", "from", "until", "till", "before", "after", "this", "these", "those", "it", "you", "i", "we", "they", "he", "she", "your", "let", "forget", "forgets", "wrong", "get", "gets", "give", "gives", "take", "takes", "keep", "keeps", "choose", "pick", "top", "topped", "stir", "mix", "fry", "grill", "roast", "bake", "boil", "simmer", "heat", "season", "sprinkle", "drizzle", "serve", "fold", "pour", "stuff", "wrap", "fill", "layer", "opt", "enough", "too", "much", "more", "less", "than", "as", "can", "could", "should", "would", "will", "may", "might", "must", "shall", "doubt", "question", "fail", "however", "plenty", "lots", "full", "rich"]
)
_FOOD_INGS = frozenset(["dressing", "pudding", "dumpling", "seasoning", "herring", "icing", "frosting", "stuffing", "topping", "filling", "wing", "pudding", "spring", "king", "string", "crackling"])  # fmt: skip

_FILL = frozenset(
    ["a", "an", "any", "added", "actual", "real", "red", "white", "raw", "extra", "fresh", "animal", "the", "some", "other", "such", "kind", "kinds", "type", "types", "sort", "of", "form", "forms", "even", "ground", "minced", "smoked", "cured", "processed", "cooked", "fried", "grilled", "deli", "dried", "canned", "tinned", "frozen", "whole", "heavy", "cow", "cow's", "cows'", "dark", "black", "all", "true", "hidden", "traces", "trace", "bit", "drop", "hint", "piece", "single", "actual", "my", "your", "his", "her", "our", "their", "this", "that", "shaved", "grated", "roasted", "roast", "pulled", "shredded", "sliced", "diced", "chopped", "crumbled", "hard", "soft", "green", "refined", "longer", "more", "additional", "tree", "plain", "regular", "traditional", "farmed", "wild", "crispy", "streaky", "back", "ever", "eat", "use", "add"]
)
_JOINERS = frozenset({"and", "or", "nor"})
_LATER = frozenset(["until", "till", "before", "yet", "unless", "straight", "directly", "early", "overnight", "too", "immediately", "enough"])  # fmt: skip
_VERBS = frozenset(["is", "are", "was", "were", "works", "work", "gives", "makes", "make", "adds", "will", "would", "can", "goes", "go", "tastes", "instead"])  # fmt: skip
_SUFFIXES = frozenset(
    ["like", "style", "styled", "substitute", "substitutes", "alternative", "alternatives", "replacement", "replacements", "replacer", "replacers", "analogue", "analogues", "analog", "analogs", "intolerance", "intolerances", "allergy", "allergies", "allergic", "allergen", "allergens", "eater", "eaters", "lover", "lovers", "avoidance", "lookalike", "lookalikes", "sensitivity"]
)
_SUSPENDED = frozenset(["gluten", "dairy", "egg", "eggs", "nut", "nuts", "soy", "soya", "sesame", "meat", "lactose", "sugar", "peanut", "wheat", "grain", "fish", "shellfish", "alcohol", "caffeine", "pork", "milk", "refined"])  # fmt: skip
_REMOVED = frozenset(["included", "needed", "used", "required", "allowed", "necessary", "involved", "present", "permitted"])  # fmt: skip


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
            if word in _SUFFIXES:
                # "like" and "style" need their hyphen: "people who eat chicken like it" has chicken.
                return word not in {"like", "style"} or words.gaps[end] == "-"
            if word == "out":
                before = raw[max(0, first - 3) : first]
                return any(verb in {"leave", "leaving", "left", "leaves"} for verb in before)
            if word in {"is", "are", "was", "isn't", "aren't"}:
                tail = raw[end : end + 3]
                return ("not" in tail or word.endswith("n't")) and any(w in _REMOVED for w in tail)
        return self._suspended(end - 1)

    def _suspended(self, place: int) -> bool:
        """ "egg- and dairy-free": the hyphenated ending is shared by a list of allergens."""
        raw = self._words.raw
        if raw[place] not in _SUSPENDED:
            return False
        for index in range(place + 1, min(place + 8, len(raw))):
            if self._words.clause[index] != self._words.clause[place]:
                return False
            if raw[index] == "free":
                return True
            if raw[index] not in _SUSPENDED and raw[index] not in _JOINERS:
                return False
        return False

    # What precedes ----------------------------------------------------------------------------

    def _before(self, first: int, end: int) -> bool:
        words, raw = self._words, self._words.raw
        clause = words.clause[first]
        place = first - 1
        while place >= 0 and words.clause[place] == clause and first - place <= _REACH:
            word = raw[place]
            scope = self._scope_at(place)
            if scope is not None:
                start = place - scope + 1
                return self._scoped(start, place + 1, first, end)
            if word in _DIRECT:
                return self._direct(place, first, end)
            if word in _USES:
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
            if word in _BREAKS or (word.endswith("ing") and word not in _FOOD_INGS):
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
        for parts in _SCOPES.get(raw[place], ()):
            if raw[max(0, place - len(parts) + 1) : place + 1] == parts:
                return len(parts)
        return None

    def _scoped(self, start: int, gap: int, first: int, end: int) -> bool:
        raw, words = self._words.raw, self._words
        reach = 6 if raw[start] == "without" else 3
        for index in range(start - 1, max(-1, start - 1 - reach), -1):
            if words.clause[index] != words.clause[start]:
                break
            if raw[index] in _UNDO and not (raw[index] == "not" and raw[start] == "not"):
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
            if raw[index] in _NEGATORS or self._scope_at(index) is not None:
                return True
            if raw[index] == "need" and index > 0 and raw[index - 1] in _NEGATORS:
                return True
            if raw[index] not in _ADVERBS:
                return False
            index -= 1
        return False

    def _listed(self, gap: int, first: int, end: int, *, strict: bool) -> bool:
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
        fits = all(word in _FILL for word in segment) if strict else len(segment) <= 3
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
            if raw[index] in _BREAKS:
                return False
        return False

    def _chained(self, place: int, first: int, end: int) -> bool:
        """Whether only a joiner or a comma stands between a named thing and this one."""
        raw, words = self._words.raw, self._words
        between = raw[place + 1 : first]
        if len(between) > 3 or any(w not in _JOINERS and w not in _FILL for w in between):
            return False
        marks = "".join(words.gaps[place + 1 : first + 1])
        if not (any(w in _JOINERS for w in between) or any(m in marks for m in ",/&")):
            return False
        comma_only = not any(w in _JOINERS for w in between)
        return not (comma_only and self._verb_follows(end))

    def _verb_follows(self, end: int) -> bool:
        raw, words = self._words.raw, self._words
        return (
            end < len(raw) and words.clause[end] == words.clause[end - 1] and (raw[end] in _VERBS)
        )

    def _later(self, end: int) -> bool:
        """ "Don't add the chicken until the end": only put off."""
        raw, words = self._words.raw, self._words
        for index in range(end, min(end + 5, len(raw))):
            if words.clause[index] != words.clause[end - 1]:
                return False
            if raw[index] in _LATER:
                return True
        return False

    def _parenthesised(self, first: int) -> bool:
        """ "Avoid nuts (almonds, walnuts)": examples share the fate of what they exemplify."""
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
