"""What a description claims, read from its words, to see when two cannot both hold.

Nothing is guessed: where the words are not understood there is no contradiction, for two entries
side by side are clutter, and one lost is a loss.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from .checks import fold
from .relevance import content_words
from .types import Polarity

__all__ = ["Claim", "claim", "contradict", "gives_up"]

_NOT = (
    r"(?:(?:does|do|did|is|are|was|has|have|would|will|can|could)(?: not|n['’]t)|cannot|"
    r"can['’]t|won['’]t)"
)
_DISLIKES = re.compile(
    rf"\b(?:{_NOT} (?:stand|bear|stomach|abide|tolerate)|is averse to|(?:strongly )?dislikes?|"
    r"hates?|hating|detests?|loathes?|despises?|avoids?|avoiding|refuses?|never|"
    r"(?:wants?|eats?|drinks?|uses?|likes?) no)\b"
)
_GIVEN_UP = (
    r"(?:has |have )?(?:given up|gave up|quit|stopped|had enough of)|"
    r"is (?:done|finished|through) with"
)
_DENIES = re.compile(rf"\b(?:no longer|{_GIVEN_UP}|{_NOT})\b")
_LIKES = re.compile(
    r"\b(?:is (?:a )?(?:big |huge )?fan of|is (?:fond of|into|keen on)|(?:fond of|keen on)|"
    r"adores?|appreciates?|enjoys?|likes?|loves?|prefers?|wants?|listens? to|watch(?:es)?|"
    r"eat(?:s|ing)?|drink(?:s|ing)?|consumes?|uses?|favou?rs?)\b"
)
_ALLERGY = re.compile(rf"\b(?P<not>{_NOT} )?(?:is |are )?(?:allergic|intolerant) to\b")

# How much, how often, and nouns that add nothing to a subject.
_WEIGHTLESS = frozenset(
    """
    absolutely all always any anything anymore at be deeply ever every food generally greatly kind
    least much of often overall particularly quite really simply sort stuff thing totally truly
    usually very
    """.split()  # noqa: SIM905
)
_ORDER = re.compile(
    r"\b(?:prefers? (?P<first>.+?) (?:to|over|rather than|instead of)|"
    r"(?:likes?|loves?|enjoys?|wants?) (?P<liked>.+?) (?:over|more than|better than|rather than)) "
    r"(?P<second>.+)"
)
# Of these one has a single one at a time.
_SINGLE = (
    re.compile(r"\b(?P<topic>lives|resides|is based|is living) in (?P<value>.+)"),
    re.compile(r"\b(?P<topic>is) (?P<value>\d+) years old\b"),
    re.compile(r"\b(?P<topic>is called|is named|goes by|name is) (?P<value>.+)"),
    re.compile(
        r"\b(?P<topic>favou?rite [\w ]+?|native language|mother tongue|time zone) is (?P<value>.+)"
    ),
)
_SAME_TOPIC = {
    "resides": "lives",
    "is based": "lives",
    "is living": "lives",
    "is named": "is called",
    "goes by": "is called",
    "name is": "is called",
}
_PREFERS = re.compile(r"\b(?:prefers|wants) (?P<value>.+)")
_OPPOSITES = {
    frozenset(pair.split("/"))
    for pair in """
    short/long brief/long concise/long terse/long brief/detailed short/detailed concise/detailed
    terse/verbose concise/verbose formal/informal formal/casual mild/spicy mild/hot sweet/savoury
    sweet/savory loud/quiet cheap/expensive simple/elaborate warm/cold hot/cold plain/fancy
    small/large big/small indoor/outdoor window/aisle
    """.split()  # noqa: SIM905
}

# Verbs of habit, and nouns for what the assistant writes: they tell how something is had.
_HAVING = frozenset(
    """
    answer ask attend buy cook do drink eat enjoy fish follow give go grow have help include keep
    like listen live make mention need order play practise prefer put read rent replies reply
    response run see serve sleep speak spend start stay stop study take train travel try use visit
    want watch wear work write them they their she her his him the assistant
    """.split()  # noqa: SIM905
)
_KIN = 4
# Where what is had ends, and when or with what begins.
_BESIDES = re.compile(
    r"\b(?:in|on|at|with|before|after|during|from|until|because|when(?:ever)?|while|for|every|each|"
    r"to|as|now|these days|nowadays|lately|any ?more|all (?:day|morning|evening|week))\b|[,:;(]"
)

_Words = frozenset[str]


class Claim(NamedTuple):
    """What a description claims, as far as its words are understood; empty parts claim nothing.

    Attributes:
        kind: An attitude to something, an allergy to it, or simply what is so.
        against: Whether the subject is disliked, or denied.
        subject: The telling words of what it is about.
        first: What is preferred in a comparison.
        second: To what it is preferred.
        topic: What it gives the one value of ("lives").
        value: The telling words of that value.
        preferred: The telling words of what is preferred, where nothing is compared.
    """

    kind: Literal["taste", "allergy", "fact"]
    against: bool
    subject: _Words
    first: _Words = frozenset()
    second: _Words = frozenset()
    topic: str = ""
    value: _Words = frozenset()
    preferred: _Words = frozenset()


@lru_cache(maxsize=16_384)
def claim(description: str, polarity: Polarity) -> Claim:
    """Reads a description in the third person ("can't stand jazz")."""
    text = fold(description)
    disliked = polarity == "dislike"
    if (allergy := _ALLERGY.search(text)) is not None:
        about = _telling(f"{text[: allergy.start()]} {text[allergy.end() :]}")
        return Claim("allergy", allergy["not"] is None, about)
    if (order := _ORDER.search(text)) is not None and not disliked:
        first = _telling(order["first"] or order["liked"])
        second = _telling(order["second"])
        if first - second and second - first:
            return Claim("taste", False, frozenset(), first=first - second, second=second - first)
    for pattern in _SINGLE:
        if (single := pattern.search(text)) is not None and _DENIES.search(text) is None:
            topic = _SAME_TOPIC.get(single["topic"], single["topic"])
            return Claim(
                "fact", disliked, _telling(text), topic=topic, value=_telling(single["value"])
            )
    rest, dislikes = _DISLIKES.subn(" ", text)
    rest, denials = _DENIES.subn(" ", rest)
    rest, likes = _LIKES.subn(" ", rest)
    if dislikes + denials > 1:
        # "does not avoid": who can say.
        return Claim("fact", False, frozenset())
    taste = bool(dislikes or likes or disliked)
    against = dislikes + denials == 1 or (disliked and not denials)
    prefers = None if against else _PREFERS.search(text)
    return Claim(
        "taste" if taste else "fact",
        against,
        _telling(rest),
        preferred=frozenset() if prefers is None else _telling(prefers["value"]),
    )


def gives_up(description: str, polarity: Polarity, live: str, live_polarity: Polarity) -> bool:
    """Whether what is said to have changed leaves nothing of a live description.

    It does if it is against something ("has given up coffee", "never hostels") and the live one is
    for that very thing, had in whatever way ("drinks coffee in the morning", "usually stays in
    hostels"). Of a part ("coffee cake"), and of what the words name besides, nothing is known.

    Args:
        description: What is said in words of change.
        polarity: Its polarity.
        live: A description that has held so far.
        live_polarity: Its polarity.
    """
    if not claim(description, polarity).against:
        return False
    held = claim(live, live_polarity)
    if held.against or held.kind == "allergy":
        return False
    gone, had = _had(description), _had(live)
    return bool(gone) and _akin(gone, had) and _akin(had, gone)


@lru_cache(maxsize=16_384)
def _had(description: str) -> _Words:
    """The telling words of what somebody has, does or likes, without how, when and with what."""
    rest = fold(description)
    for pattern in (_DISLIKES, _DENIES, _LIKES):
        rest = pattern.sub(" ", rest)
    found: _Words = frozenset()
    for part in _BESIDES.split(rest):
        found = frozenset(word for word in _telling(part) if not _only_has(word))
        if found:
            # "Stays in hostels" has its object behind the preposition.
            break
    return found


def _only_has(word: str) -> bool:
    """Whether a word tells how something is had, or how often; its plural ending may be off."""
    forms = {word, f"{word}s", word.removesuffix("ing"), f"{word.removesuffix('ing')}e"}
    return not (_HAVING | _WEIGHTLESS).isdisjoint(forms)


def _akin(words: _Words, others: _Words) -> bool:
    """Whether each word has a form of itself among the others ("step", "step-by-step")."""
    return all(any(word == other or _forms(word, other) for other in others) for word in words)


def _forms(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _KIN and (one.startswith(other) or other.startswith(one))


def contradict(left: Claim, right: Claim) -> bool:
    """Whether two claims of the same scope cannot both hold.

    They cannot if one is for and the other against the very same thing, if they put the same two
    things in opposite orders, if they give different values to what has one value at a time (a
    home, a name, a favourite), if they prefer opposite kinds of the same thing, or if one likes
    what the other is allergic to.
    """
    if left.first or right.first:
        # "short to long replies": the noun that both share stands with the second.
        same = left.first | left.second == right.first | right.second
        swapped = left.first <= right.second and right.first <= left.second
        return bool(left.first and right.first) and same and swapped
    if left.topic and right.topic:
        narrower = left.value <= right.value or right.value <= left.value
        return left.topic == right.topic and not narrower
    if len(left.preferred) == len(right.preferred) > 1:
        return left.preferred ^ right.preferred in _OPPOSITES
    return left.subject == right.subject and bool(left.subject) and _opposed(left, right)


def _opposed(left: Claim, right: Claim) -> bool:
    """Whether two claims about one subject say yes and no to it."""
    if left.against == right.against:
        return False
    if left.kind == right.kind:
        return True
    allergy, other = (left, right) if left.kind == "allergy" else (right, left)
    # Who is not allergic to something need not like it.
    return allergy.kind == "allergy" and allergy.against and other.kind == "taste"


def _telling(text: str) -> _Words:
    return frozenset(content_words(text) - _WEIGHTLESS)
