"""Reads the answer to a clarifying question: an option, free words, or no preference."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher

from ...memory.types import PreferenceDraft
from ..types import Aspect, Question, Reading
from .clauses import clean, split
from .known import known_constraints
from .lexicon import fold, lexicon
from .phrasing import style_draft, third_person
from .reading import merge, read_message

__all__ = ["answers_aspect", "asks_anew", "asks_back", "read_answer"]

_ANY = re.compile(
    r"^(?:i (?:have|'ve got) )?(?:no (?:strong |particular |real )?(?:preferences?|opinion|"
    r"idea of mine)|(?:it )?(?:doesn't|does not|don't|dont|doesnt) (?:really )?(?:matter|care|mind)"
    r"|i (?:don't|do not) (?:really )?(?:care|mind)|any(?:thing)?(?: (?:is|goes|works|"
    r"will do|at all|is fine|of them))*|either(?: (?:is fine|one|works))?|"
    r"whatever(?: you (?:like|want|think|prefer))?|"
    r"you (?:choose|decide|pick)|up to you|your (?:choice|call|pick)|surprise me|"
    r"no difference|all (?:are )?fine|all the same|not (?:important|fussy|picky|bothered)|"
    r"i'm (?:easy|flexible|open)|flexible|open|both|all of them|none of (?:them|these|"
    r"those)|nothing (?:special|in particular))$",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"^(?:skip(?: (?:it|this|that))?|pass|next|idk|dunno|no idea|(?:i )?(?:don't|dont|"
    r"do not) know|not sure|i'm not sure|never ?mind|cancel|nothing|none of your business|"
    r"why(?: do you ask)?|[-–—.?!\s]*)$",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"^(?:no|none|nope|nothing|no (?:restrictions?|limits?|diet|allergies|special diet)|"
    r"not really|(?:i )?eat everything|everything|anything)\b",
    re.IGNORECASE,
)
_ORDINAL = {
    word: place
    for place, words in enumerate(
        ("first 1 1st a", "second 2 2nd b", "third 3 3rd c", "fourth 4 4th d", "fifth 5 5th e")
    )
    for word in words.split()
} | {"last": -1}
_PLACE = re.compile(
    r"^(?:the |option |number |no\.? |#)?(?P<n>first|second|third|fourth|fifth|last|"
    r"[1-5](?:st|nd|rd|th)?|[a-e])(?: (?:one|option))?[.)]?$"
)
_CONSTRAINTS = frozenset({"diet", "allergies"})
_MOST_VALUE = 80
_LEADS = re.compile(
    r"^(?:well|um+|uh+|hm+|oh|ok(?:ay)?|yes|yeah|probably|maybe|i think|i'd say|i guess|"
    r"let's say|i would say|definitely|"
    r"i(?:'d| would)? (?:like|prefer|want|love|go for|rather have|go with)|i(?:'m| am)|"
    r"something|please|rather|more|just|preferably|let's go with)\b[\s,]*",
    re.IGNORECASE,
)


_ASKS_BACK = re.compile(
    r"^(?:but |and |hm+,? |sorry,? )?(?:"
    r"why|what for|how come|what|huh|pardon|sorry|come again"
    r"|why (?:do|would|should|are|is|does) (?:you|that|this|it|i)\b.{0,60}"
    r"|what (?:do you|does (?:that|this|it)|is that supposed to) mean\b.{0,40}"
    r"|what (?:are|were) (?:the|my) (?:options|choices|alternatives)"
    r"|what difference does (?:that|this|it) make"
    r"|how (?:is|does) (?:that|this|it) (?:relevant|matter)"
    r"|what (?:has|does) (?:that|this|it) (?:got to|have to) do with .{1,40}"
    r"|i (?:don't|do not|didn't) (?:understand|get)(?: (?:the|your|that|this|it).{0,30})?"
    r")[\s?!.…]*$",
    re.IGNORECASE,
)


def asks_back(text: str) -> bool:
    """Whether an answer only asks about the question itself ("why do you ask?")."""
    return _ASKS_BACK.match(re.sub(r"\s+", " ", clean(text[:400])).strip()) is not None


def read_answer(question: Question, aspect: Aspect | None, answer: str) -> Reading:
    """Reads what a user replied to a clarifying question.

    Args:
        question: The question that was open.
        aspect: What it asked about, if it is still at hand.
        answer: An option, its number, or free text, which may say more than was asked.

    Returns:
        A reading whose first preference, if any, answers `question.aspect`; "no preference"
        does so too, softly, so that it is not asked again. Gibberish and "skip" give none. A
        counter-question or a new request is left in `request`.
    """
    text = re.sub(r"\s+", " ", clean(answer[:4000])).strip(" \t.!,;")
    key = question.aspect
    name = aspect.name if aspect is not None else key.replace("_", " ")
    hard = aspect is not None and aspect.hard
    picked = _option(question.options, text)
    if picked is not None:
        answered = _answered(key, name, picked, hard=hard)
        return Reading(preferences=tuple(_while_it_holds(d, aspect) for d in answered))
    if _SKIP.match(text) is not None:
        return Reading()
    if _ANY.match(text) is not None:
        return Reading(preferences=(_while_it_holds(_no_preference(key, name), aspect),))
    said = read_message(answer, last_reply=None)
    drafts = list(said.preferences)
    answering = [d for d in drafts if answers_aspect(d, key)]
    if not answering:
        answering = _from_words(question, key, name, text, said, hard=hard)
    if said.request and (answering or _gibberish(text)) and not asks_anew(said.request):
        said = replace(said, request="")
    rest = [d for d in drafts if not answers_aspect(d, key)]
    return replace(
        said, preferences=merge([*(_while_it_holds(d, aspect) for d in answering), *rest])
    )


def _while_it_holds(draft: PreferenceDraft, aspect: Aspect | None) -> PreferenceDraft:
    """What differs from one occasion to the next is not learned for good."""
    if aspect is None or draft.lasts_hours is not None or draft.hard:
        return draft
    return replace(draft, lasts_hours=aspect.lasts_hours)


def _option(options: tuple[str, ...], text: str) -> str | None:
    """The option that a text is, by its words or its number."""
    folded = fold(text)
    if not folded:
        return None
    for option in options:
        if fold(option) == folded:
            return option
    place = _PLACE.match(folded)
    if place is not None:
        index = _ORDINAL[place["n"]]
        if index < len(options):
            return options[index]
    core = fold(_LEADS.sub("", _LEADS.sub("", text)))
    for option in options:
        if fold(option) == core:
            return option
    close = [o for o in options if SequenceMatcher(None, fold(o), core).ratio() >= 0.85]
    return close[0] if len(close) == 1 else None


def _contained(options: tuple[str, ...], text: str) -> str | None:
    """The one option whose words a longer text contains."""
    folded = f" {fold(text)} "
    found = [o for o in options if f" {fold(o)} " in folded]
    if not found:
        words = set(folded.split())
        found = [
            o for o in options if len(own := set(fold(o).split()) - _SMALL) > 1 and own <= words
        ]
    if len(found) != 1:
        return None
    at = folded.find(fold(found[0]).split()[0])
    denied = re.search(r"\b(?:not|no|never|don't|isn't|hate|without)\W+(?:\w+\W+)?$", folded[:at])
    return None if denied is not None else found[0]


_SMALL = frozenset(
    re.findall(
        r"\S+",
        """
        a an the or and of in to for with about some no not
        """,
    )
)


def _from_words(  # noqa: PLR0911
    question: Question, key: str, name: str, text: str, said: Reading, *, hard: bool
) -> list[PreferenceDraft]:
    """Free words that are no statement in themselves ("quick", "something for two")."""
    if said.preferences or said.asks_less is not None or said.forget or said.wants_silence:
        picked = _contained(question.options, text)
        return [] if picked is None else list(_answered(key, name, picked, hard=hard))
    if asks_anew(text):
        return []
    for clause in split(text):
        picked = _option(question.options, clause.text)
        if picked is not None:
            return list(_answered(key, name, picked, hard=hard))
    picked = _contained(question.options, text)
    if picked is not None:
        return list(_answered(key, name, picked, hard=hard))
    if (hard or key in _CONSTRAINTS) and _NOTHING.match(text) is not None:
        return [_no_preference(key, name)]
    core = _LEADS.sub("", _LEADS.sub("", text)).strip()
    if _gibberish(core) or len(core) > _MOST_VALUE * 2:
        return []
    return list(_answered(key, name, core, hard=False))


def answers_aspect(draft: PreferenceDraft, key: str) -> bool:
    """Whether a preference answers the aspect that a question was about."""
    if (draft.aspect or "").partition(":")[0] == key:
        return True
    constraint = draft.hard and (draft.aspect or "").startswith("avoid:")
    return constraint and key in _CONSTRAINTS


_ASKS = re.compile(
    r"(?:(?:no|oh|ok(?:ay)?|well|hm+|please|never ?mind|forget it|actually|instead|rather|wait|"
    r"sorry|and|but|then|just)\b[\s,.;:–—-]*)*"
    r"(?:what|why|how|which|who|can|could|would you|will you|do|does|is|are|tell|show|give|write|"
    r"suggest|stop|explain|recommend|translate|summari[sz]e|compare|let's talk|help me|"
    r"(?:find|make|plan|draft|list|get) (?:me|us|a|an|my|some|the))\b",
    re.IGNORECASE,
)


def asks_anew(text: str) -> bool:
    """Whether an answer's words ask for something rather than answer."""
    return text.rstrip().endswith("?") or _ASKS.match(text) is not None


def _answered(key: str, name: str, value: str, *, hard: bool) -> tuple[PreferenceDraft, ...]:
    """A picked or written value as preferences, worded for its aspect."""
    value = third_person(value)[:_MOST_VALUE]
    known = known_constraints(f"I'm {value}") or known_constraints(
        f"I don't eat {value[3:]}" if value.lower().startswith("no ") else f"I'm on a {value} diet"
    )
    if known and (hard or key in _CONSTRAINTS):
        return tuple(
            replace(d, aspect=key)
            if len(known) == 1 and key == "diet" and d.aspect == "diet"
            else d
            for d in known
        )
    if (hard or key in _CONSTRAINTS) and (_NOTHING.match(value) or _ANY.match(value)):
        return (_no_preference(key, name),)
    styles = [s for s in lexicon().styles(value) if s.aspect == key]
    if styles:
        return (style_draft(styles[0], strength=0.8),)
    state = lexicon().state(value) or (
        lexicon().state("in a hurry")
        if key == "effort" and fold(value).startswith(("quick", "fast"))
        else None
    )
    if state is not None and state.aspect == key:
        return (
            PreferenceDraft(
                description=state.says,
                hard=state.hard,
                strength=0.8,
                confidence=0.95,
                aspect=key,
                value=value,
                lasts_hours=state.hours,
            ),
        )
    template = lexicon().answer(key) or f"{name}: {{value}}"
    lower = value if value[:1].isupper() and value[1:2].isupper() else value[:1].lower() + value[1:]
    return (
        PreferenceDraft(
            description=template.replace("{value}", lower if key not in _NAMES else value),
            hard=hard,
            strength=0.95 if hard else 0.75,
            confidence=0.9,
            aspect=key,
            value=value,
        ),
    )


_NAMES = frozenset({"language", "code_language", "cuisine", "destination"})


def _no_preference(key: str, name: str) -> PreferenceDraft:
    return PreferenceDraft(
        description=f"has no preference on {name}",
        strength=0.2,
        confidence=0.8,
        aspect=key,
        value="no preference",
    )


def _gibberish(text: str) -> bool:
    """Whether a text says nothing: no letters, or words that no language would spell."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return not any(c.isdigit() for c in text)
    if not all(ord(c) < 0x250 for c in letters):
        return False
    words = re.findall(r"[^\W\d_]+", text.casefold())
    odd = sum(
        1
        for word in words
        if len(word) > 3
        and (re.search(r"[^aeiouyàâäéèêëíìîïóòôöúùûü]{5,}", word) or re.search(r"(.)\1\1", word))
    )
    return odd * 2 > len(words)
