"""Reads what a person likes, refuses, avoids and does out of habit."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .known import known_constraints
from .lexicon import fold, lexicon
from .phrasing import item_key, items, third_person, verb_s
from .said import TOO_VAGUE, Said, soft, styled, tastes
from .scope import ADVERBS, SUBJECT

__all__ = ["avoidance", "habit", "refusal", "taste"]


_TASTE = re.compile(
    SUBJECT + ADVERBS + r"(?P<verb>love|like|enjoy|adore|prefer|favou?r|appreciate|crave|"
    r"hate|dislike|"
    r"detest|loathe|despise|can't stand|cannot stand|can't bear|cannot bear|can't abide|"
    r"(?:don't|do not|never)\s+(?:really\s+|particularly\s+|much\s+)?(?:like|enjoy|love|care for|"
    r"appreciate|want|need)|want|need|rather (?:have|get|read|see)|struggle with)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_REFUSAL = re.compile(
    SUBJECT + r"(?P<how>don't|do not|never|can't|cannot|can not|won't|will not|am not able to|"
    r"refuse to|only)\s+"
    r"(?:ever\s+|really\s+)?(?P<verb>eat|have|drink|consume|tolerate|digest|watch|read|listen to|"
    r"use|wear|buy|do|play|cook with|cook|go to|touch|smoke)\b\s*(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)

_AVOID = re.compile(
    SUBJECT + ADVERBS + r"(?:try to |tend to |have to |need to |must )?(?:avoid|stay away from|"
    r"steer clear of|keep away from)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_HABIT = re.compile(
    SUBJECT + r"(?:strictly |absolutely |completely |firmly )?(?P<how>always|usually|often|mostly|"
    r"typically|"
    r"normally|generally|regularly|rarely|seldom|only|exclusively|tend to|try to|"
    r"try not to|refuse to|prefer to)\s+(?P<verb>[a-z]+)\s*(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)

_WRITINGS = re.compile(
    r"^(?P<style>.{3,60}?)\s+(?P<scope>(?:work |business |private )?(?:e-?mails?|letters|"
    r"reports|posts|summaries|messages|"
    r"recipes|emails|slides|documents|notes))$",
    re.IGNORECASE,
)

_ONE_OF = re.compile(
    r"^(?:it|that|this|these|those|them|you|him|her|him|everything|anything|something|nothing|"
    r"all of (?:it|them|this|that)|both|either|none|the (?:first|second|third|fourth|last|other|"
    r"previous|new|old)\b.*|this one|that one|how\b.*|what\b.*|where\b.*|your (?:idea|"
    r"answer|reply|style)\b.*)"
    r"(?:\s+(?:a lot|so much|very much|too|better|best|more|much|at all|one))*$",
    re.IGNORECASE,
)

_NEGATIVE = re.compile(
    r"^(?:hate|dislike|detest|loathe|despise|can't|cannot|don't|do not|never|struggle)", re.I
)

_STRONG = re.compile(r"\b(?:hate|detest|loathe|despise|can't|cannot|adore|love|never)\b", re.I)


def taste(text: str) -> Said | None:  # noqa: PLR0911
    found = _TASTE.match(text)
    if found is None:
        return None
    verb = re.sub(r"\s+", " ", found["verb"].lower())
    what = found["what"].strip()
    bad = _NEGATIVE.match(verb) is not None
    it_when = re.match(r"(?:it|that) (?:when|if|that) (?P<what>.+)$", what, re.IGNORECASE)
    styles = lexicon().styles(it_when["what"] if it_when is not None else what)
    if styles:
        return Said(drafts=tuple(styled(styles, bad=bad, strength=0.8)))
    writings = _WRITINGS.match(what)
    if writings is not None:
        styles = lexicon().styles(writings["style"])
        if styles:
            return Said(
                drafts=tuple(
                    replace(draft, scope=writings["scope"].lower())
                    for draft in styled(styles, bad=bad, strength=0.8)
                )
            )
    if _ONE_OF.match(what) is not None or fold(what) in TOO_VAGUE:
        return Said()
    if verb in (
        "want",
        "need",
        "rather have",
        "rather get",
        "rather see",
        "don't want",
        "do not want",
        "don't need",
        "do not need",
        "crave",
        "rather read",
    ):
        return Said()
    if verb == "appreciate" and re.match(r"(?:it|the help|your|any)\b", what, re.I) is not None:
        return Said()
    if re.match(r"to (?:know|ask|see|hear|get|find|understand|book|order|buy)\b", what, re.I):
        return Said()
    strength = 0.85 if _STRONG.search(verb) is not None else 0.7
    if verb in ("prefer", "favor", "favour"):
        spoken = verb_s(verb)
    elif bad:
        spoken = "strongly dislikes" if strength > 0.8 else "dislikes"
    else:
        spoken = "struggles with" if verb == "struggle with" else verb_s(verb)
    return Said(drafts=tuple(tastes(spoken, what, dislike=bad, strength=strength)))


def refusal(text: str) -> Said | None:  # noqa: PLR0911
    found = _REFUSAL.match(text)
    if found is None:
        return None
    how, verb, what = found["how"].lower(), found["verb"].lower(), found["what"].strip()
    known = known_constraints(text)
    if known:
        return Said(drafts=tuple(known))
    if verb == "drink" and fold(what) in (
        "",
        "alcohol",
        "at all",
        "any alcohol",
        "any more",
        "anymore",
        "booze",
        "alcoholic drinks",
    ):
        return Said(drafts=known_constraints("I don't drink alcohol"))
    what = re.sub(r"\s+(?:at all|any ?more|ever)$", "", what, flags=re.IGNORECASE)
    folded = fold(what).split()
    if (
        not what
        or (len(folded) <= 3 and not TOO_VAGUE.isdisjoint(folded))
        or _ONE_OF.match(what) is not None
    ):
        return Said()
    if how == "only":
        thing = third_person(what)
        return Said(
            drafts=(soft(f"only {verb_s(verb)} {thing}", item_key("like", thing), thing, 0.85),)
        )
    food = verb in ("eat", "consume", "tolerate", "digest", "drink", "cook with", "touch") or (
        verb == "have" and how in ("can't", "cannot", "can not", "am not able to")
    )
    if verb in ("have", "do", "use", "cook") and not food and how in ("don't", "do not", "won't"):
        return None
    if how == "refuse to":
        return None
    meal = re.match(r"(?:breakfast|lunch|dinner|late|before|after)\b", what, re.IGNORECASE)
    hard = food and meal is None
    start = "cannot" if how.startswith(("can", "am")) else "never"
    spoken = f"{start} {verb}" if start == "cannot" else f"never {verb_s(verb)}"
    drafts = []
    for item in items(what):
        drafts.append(
            PreferenceDraft(
                description=f"{spoken} {item}"
                + (f": never {item}" if start == "cannot" and hard else ""),
                polarity="dislike",
                hard=hard,
                strength=1.0 if hard else 0.8,
                confidence=0.92,
                aspect=item_key("avoid", item),
                value=item,
            )
        )
    return Said(drafts=tuple(drafts))


def avoidance(text: str) -> Said | None:
    found = _AVOID.match(text)
    if found is None:
        return None
    return Said(drafts=tuple(tastes("avoids", found["what"], dislike=True, strength=0.8)))


def habit(text: str) -> Said | None:
    found = _HABIT.match(text)
    if found is None or found["verb"].lower() in (
        "want",
        "need",
        "thought",
        "think",
        "wonder",
        "forget",
    ):
        return None
    how = found["how"].lower()
    verb = found["verb"].lower()
    what = third_person(found["what"])
    if how == "only" and verb in ("have", "need", "just", "know", "found", "got", "asked", "said"):
        return Said()
    if how == "refuse to":
        draft = soft(f"refuses to {verb} {what}".strip(), None, None, 0.9)
        return Said(drafts=(replace(draft, polarity="dislike"),))
    if how.endswith(" to"):
        first, _, rest = how.partition(" ")
        spoken = f"{verb_s(first)} {rest} {verb} {what}"
    else:
        spoken = f"{how} {verb_s(verb)} {what}"
    return Said(drafts=(soft(spoken.strip(), None, None, 0.5),))
