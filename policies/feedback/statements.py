"""Turns one clause in the first person into preferences, by rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .being import being, states
from .ceasing import ceasing
from .clauses import Clause
from .facts import fact, possession, time_left
from .idioms import habitual, idiom
from .said import Said
from .scope import Scoped, lead_in, scoped
from .tastes import avoidance, habit, refusal, taste

__all__ = ["statements"]


_HEDGE = re.compile(
    r"\b(?:might|may|maybe|perhaps|possibly|i think(?! in\b)|i guess|sort of|(?<!my )kind of|kinda|"
    r"probably|"
    r"i wonder|"
    r"not sure|wondering|could be|considering|i suppose|not exactly)\b",
    re.IGNORECASE,
)

_UNREAL = re.compile(
    r"^(?:if|suppose|imagine|pretend|let's say|what if|say i|assume|unless|as if|had i|were i|"
    r"would|should|do|does|did|am|are|is|can|could|have)\b|\bused to\b|\bi wish\b|\bas if\b"
    r"|\b(?:would|i'd) (?:like|love|hate|enjoy|appreciate)\b",
    re.IGNORECASE,
)

_SIGNAL = re.compile(
    r"(?<![\w'])(?:i|i'm|im|i've|we|me|my (?:favou?rite|diet|taste|allerg\w+|religion|"
    r"preference))(?![\w-])"
    r"(?! (?:don't|do not) know).{0,80}\b(?:prefer\w*|favou?rites?|usually|rather|"
    r"tend|enjoy|into|fan|allerg\w*|intoleran\w*|diet\w*|avoid\w*|stand|love|hate|likes?|"
    r"dislikes?|don't (?:eat|drink|like)|can't (?:eat|have)|matters? to me|care about|"
    r"important to me|"
    r"vegan|vegetarian|halal|kosher|gluten|aversion|religio\w+|keto)\b",
    re.IGNORECASE | re.DOTALL,
)

# In any order, what a taste is said with and whose it is: "navy suits me best".
_MINE = re.compile(
    r"(?<![\w'])(?:i|i'm|i've|i'd|me|my)(?![\w-])(?! (?:don't|do not) know)", re.IGNORECASE
)
_BEST = re.compile(
    r"\b(?:favou?rites?|(?:suits?|works?|are|is|feel|get on|sleep|think|read|learn|easiest)"
    r" (?:me |for me )?best|best (?:for|with|in|on)|easiest (?:for|to)|suits? me|"
    r"(?:my|the) choice (?:is|are|would be)|choice of|every time|love (?:it|them|that|those)|"
    r"what i (?:really )?(?:like|love|enjoy|prefer)|should (?:be|have|come)\b.{1,60}\bfor me|"
    r"become more of)\b",
    re.IGNORECASE,
)

# Here "when" is part of what is liked, and does not say when it is.
_IS_WHEN = re.compile(
    r"\b(?:is|are) (?:when|where|how) i\b|^it .{3,60}? (?:when(?:ever)?|if) ", re.IGNORECASE
)

# "Tuesday suits me" settles a date, "version two is best for me" a choice.
_ONE = re.compile(r"(?:\w+day|noon|\w+ (?:one|two|three|four|a|b|c))\b", re.IGNORECASE)

_TASK = re.compile(
    r"^(?:write|draft|compose|translate|summari[sz]e|explain|tell|show|give|find|help|make|create|"
    r"suggest|recommend|plan|describe|what|which|how|where|who|when|why|my (?!favou?rite|"
    r"diet|taste|"
    r"allerg|religion|preference)\w+)\b",
    re.IGNORECASE,
)


def statements(clause: Clause) -> Said:
    """Reads one clause.

    Args:
        clause: A clause of the user's message.

    Returns:
        The preferences it states about the user; none for questions, hypotheticals, other
        people and material to work on; `uncertain` if it speaks of a taste in a way that the
        rules do not understand.
    """
    if clause.content:
        return Said()
    text = lead_in(clause.text)
    if not text or clause.question or _UNREAL.search(text) is not None:
        return Said()
    if _HEDGE.search(text) is not None:
        return Said(uncertain=_signals(text))
    if _IS_WHEN.search(text) is not None:
        said = idiom(text)
        if said is not None:
            return said
    when = scoped(text, time=not states(text))
    for rule in _RULES:
        said = rule(when.text)
        if said is not None:
            return Said(
                drafts=tuple(_placed(draft, when) for draft in said.drafts),
                uncertain=said.uncertain,
                forget=said.forget,
            )
    return Said(uncertain=_signals(text) or habitual(text))


def _signals(text: str) -> bool:
    if _TASK.match(text) is not None:
        return False
    if _SIGNAL.search(text) is not None:
        return True
    if _ONE.match(text) is not None:
        return False
    return _MINE.search(text) is not None and _BEST.search(text) is not None


def _placed(draft: PreferenceDraft, when: Scoped) -> PreferenceDraft:
    hours = when.hours if when.hours is not None else draft.lasts_hours
    return replace(draft, scope=when.scope or draft.scope, lasts_hours=hours)


_RULES: tuple[Callable[[str], Said | None], ...] = (
    ceasing,
    being,
    time_left,
    refusal,
    avoidance,
    taste,
    possession,
    idiom,
    habit,
    fact,
)
