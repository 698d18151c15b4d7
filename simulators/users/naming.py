"""Which aspects a question in free words names: by its words first, then by its meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...policies.types import Aspect
from .words import contains, content, sentences

if TYPE_CHECKING:
    from ...models.types import Embedder

__all__ = ["Naming", "Read", "read_question"]

_ASKS = re.compile(
    r"\?|^\W*(?:please )?(?:tell me|let me know|describe|say (?:a bit )?more|share)\b",
    re.IGNORECASE,
)
# Courtesy at the end of an answer is no question about wishes.
_COURTESY = re.compile(
    r"(?:shall i|would you like me to|do you want me to|can i help|how can i (?:help|assist)"
    r"|does (?:this|that) (?:help|work|sound)|is there anything else i can (?:do|help)"
    r"|how does (?:this|that) sound)",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:matters?|important|preferences?|priorit\w+|requirements?|wishes"
    r"|(?:any|some)thing (?:else|specific|particular|in particular|i should know)|what else"
    r"|tell me (?:a bit |a little )?(?:more|about (?:you|yourself|it))|more details?"
    r"|looking for|in mind|more specific|details you|say (?:a bit )?more)\b",
    re.IGNORECASE,
)
# What a value must bring to point to its aspect by itself: "low" and "none" point nowhere.
_TELLING = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Tells which of the aspects a question names.

    Attributes:
        aspects: What can be named.
        embedder: Reads questions that share no words with an aspect; None leaves them out.
        near: The cosine from which a question is about the aspect that it is nearest to.
        ahead: By how much that aspect must be nearer than the next.
    """

    aspects: Sequence[Aspect]
    embedder: Embedder | None = None
    near: float = 0.35
    ahead: float = 0.06


class Read(NamedTuple):
    """What a message asks.

    Attributes:
        asks: Whether it asks anything of the user's wishes.
        aspects: Keys of the aspects named, in the order of the message.
        vague: It asks for wishes at large.
    """

    asks: bool
    aspects: tuple[str, ...] = ()
    vague: bool = False


def read_question(message: str, naming: Naming) -> Read:
    """Reads what a message asks for.

    Only sentences that ask count: what an answer recommends names aspects as well. An aspect is
    named by all words of its name, by two of its values ("by train or by plane?"), or by one value
    that no other aspect has. Sentences without any are held against the aspects by meaning, the
    vague ones ("what matters to you?") left aside.

    Args:
        message: What the assistant wrote.
        naming: The aspects.
    """
    asking = [each for each in sentences(message) if _ASKS.search(each)]
    found: list[str] = []
    unread: list[str] = []
    vague = False
    for sentence in asking:
        named = _by_words(sentence, naming.aspects)
        found += named
        if named:
            continue
        if _VAGUE.search(sentence):
            vague = True
        elif not _COURTESY.search(sentence):
            unread.append(sentence)
    meant = _by_meaning(unread, naming)
    found += meant
    asks = bool(found) or vague or bool(unread)
    return Read(asks, tuple(dict.fromkeys(found)), vague)


class _Match(NamedTuple):
    """How a sentence names an aspect.

    Attributes:
        place: Where in the sentence it begins.
        name: The stems of its name, if all of them are there.
        values: The stems of each value that is there.
    """

    place: int
    name: frozenset[str]
    values: tuple[tuple[str, ...], ...]

    def covers(self, other: _Match) -> bool:
        """Whether all that names the other one is part of what names this one, and not the reverse.

        "Hot at a table or cold from a box?" is not about how "hot" it is.
        """
        return self._holds(other) and not other._holds(self)

    def _holds(self, other: _Match) -> bool:
        stems = self.name.union(*self.values)
        named = not other.name or other.name <= stems
        return named and all(any(contains(v, o) for v in self.values) for o in other.values)


def _by_words(sentence: str, aspects: Sequence[Aspect]) -> list[str]:
    said = content(sentence)
    shared = Counter(
        content(value) for aspect in aspects for value in {*map(str.casefold, aspect.values)}
    )
    found: dict[str, _Match] = {}
    for aspect in aspects:
        names = [content(aspect.name), content(aspect.key.replace("_", " "))]
        name = next((frozenset(n) for n in names if n and set(n) <= set(said)), frozenset())
        offered = [each for value in aspect.values if contains(said, each := content(value))]
        # A value within another ("hot" within "properly hot") is not said twice.
        offered = [o for o in offered if not any(o != p and contains(p, o) for p in offered)]
        alone = [o for o in offered if shared[o] == 1 and len("".join(o)) >= _TELLING]
        if name or len(offered) > 1 or alone:
            begins = min(said.index(each) for each in (*name, *(o[0] for o in offered)))
            found[aspect.key] = _Match(begins, name, tuple(offered))
    kept = {
        key: match.place
        for key, match in found.items()
        if not any(other.covers(match) for other in found.values() if other is not match)
    }
    return sorted(kept, key=lambda key: kept[key])


def _by_meaning(asking: Sequence[str], naming: Naming) -> list[str]:
    if not asking or naming.embedder is None or not naming.aspects:
        return []
    described = [f"{a.name}: {', '.join(a.values)}" for a in naming.aspects]
    bare = [a.question or a.name for a in naming.aspects]
    vectors = naming.embedder.embed([*asking, *described, *bare])
    count, size = len(asking), len(described)
    cosines = (vectors[:count] @ vectors[count:].T).reshape(count, 2, size).max(axis=1)
    found: list[str] = []
    for row in cosines:
        order = row.argsort()[::-1]
        best = float(row[order[0]])
        second = float(row[order[1]]) if size > 1 else 0.0
        if best >= naming.near and best - second >= naming.ahead:
            found.append(naming.aspects[int(order[0])].key)
    return found
