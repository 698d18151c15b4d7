"""Reads what a person has, where they live, and what they are called."""

from __future__ import annotations

import re
from dataclasses import replace

from .being import complement
from .known import known_constraints
from .lexicon import lexicon
from .phrasing import item_key, third_person, verb_s
from .said import Said, soft, styled, tastes
from .scope import ADVERBS, SUBJECT

__all__ = ["fact", "possession", "time_left"]


_HAVE = re.compile(
    SUBJECT + ADVERBS + r"(?:have|'ve|got|have got|'ve got)\s+(?P<what>.+)$", re.I | re.S
)

_PLACE = re.compile(
    SUBJECT + r"(?P<verb>live|work|study|reside|come|teach)\s+(?P<what>(?:in|at|as|near|for|from|"
    r"with)\s+.{2,60})$",
    re.IGNORECASE | re.DOTALL,
)

_FAVOURITE = re.compile(
    r"^my\s+(?:all[- ]time\s+|absolute\s+)?favou?rite\s+(?P<of>[\w' -]{2,30}?)\s+(?:is|are)\s+"
    r"(?P<what>.{2,60})$",
    re.IGNORECASE | re.DOTALL,
)

_MY_DIET = re.compile(
    r"^(?:my diet is|(?:i|we) (?:strictly )?(?:follow|keep|eat|am on|"
    r"have) (?:an? )?(?:very |strict )*)\s*"
    r"(?P<what>[\w -]{2,30}?)(?: diet)?$",
    re.IGNORECASE,
)

_NAME = re.compile(
    r"^(?:my name is|my name's|call me|i'm called)\s+(?P<what>[^\W\d_][\w' -]{0,30})$", re.I
)

_BUDGET = re.compile(r"^my budget is\s+(?P<what>.{2,40})$", re.IGNORECASE)

_TIME_LEFT = re.compile(
    SUBJECT + r"(?:only |just )?(?:have|'ve got|got)\s+(?:only |just |"
    r"about )*(?P<what>\d{1,3}\s*(?:min(?:ute)?s?|h(?:our)?s?)"
    r"|(?:half an|an) hour)\b.*$|"
    + SUBJECT
    + r"(?:don't|do not) have (?:much|a lot of|any|enough) time\b.*$",
    re.IGNORECASE | re.DOTALL,
)

_NO_ALLERGIC = re.compile(r"^no (?P<what>[\w -]{2,40}?)[,: ]+i(?:'m| am) allergic$", re.IGNORECASE)

_OWNS = re.compile(
    r"^(?P<what>(?:an? |two |three |four |five |\d )?(?:young |small |little |old |"
    r"teenage )*(?:kids?|child|children|sons?|daughters?|"
    r"dogs?|cats?|toddlers?|baby|garden|car|bike|air fryer|oven|no oven|no car|"
    r"no dishwasher)\b.{0,30})$",
    re.IGNORECASE,
)

_LEANING = re.compile(
    r"^(?:an?\s+)?(?:(?:very|strong|severe|deep|real|huge|big|slight|clear|general|mild)\s+)*"
    r"(?P<how>preference for|aversion to|aversion towards?|dislike (?:of|for|towards?)|"
    r"distaste for|hatred of|love (?:of|for)|"
    r"passion for|weakness for|fear of|phobia of|soft spot for|sweet tooth|no interest in|"
    r"interest in|fondness for)\s*"
    r"(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)


def possession(text: str) -> Said | None:  # noqa: PLR0911
    found = _HAVE.match(text)
    if found is None:
        return None
    known = known_constraints(text)
    if known:
        return Said(drafts=tuple(known))
    what = found["what"].strip()
    leaning = _LEANING.match(what)
    if leaning is not None:
        if leaning["how"].lower() == "sweet tooth":
            return Said(drafts=(soft("has a sweet tooth", "like:sweets", "sweets", 0.6),))
        bad = re.match(
            r"(?:aversion|dislike|distaste|hatred|fear|phobia|no interest)", leaning["how"], re.I
        )
        if not leaning["what"]:
            return None
        if bad is not None:
            return Said(
                drafts=tuple(
                    tastes("strongly dislikes", leaning["what"], dislike=True, strength=0.85)
                )
            )
        styles = lexicon().styles(leaning["what"])
        if styles:
            return Said(drafts=tuple(styled(styles, bad=False, strength=0.8)))
        return Said(drafts=tuple(tastes("likes", leaning["what"], dislike=False, strength=0.75)))
    allergy = re.match(
        r"(?:an? )?(?:severe |bad |mild |strong |food )*(?:(?P<a>[\w -]{2,25}) allerg(?:y|"
        r"ies)|allerg(?:y|ies) to (?P<b>[\w ,-]{2,60}))$",
        what,
        re.IGNORECASE,
    )
    if allergy is not None:
        return Said(drafts=tuple(complement(f"allergic to {allergy['a'] or allergy['b']}")))
    owns = _OWNS.match(what)
    if owns is not None:
        return Said(drafts=(soft(f"has {third_person(owns['what'])}", None, None, 0.4),))
    return None


def time_left(text: str) -> Said | None:
    found = _TIME_LEFT.match(text)
    if found is None:
        return None
    what = found["what"]
    description = f"has only {what.lower()}" if what else "has little time: quick things only"
    return Said(drafts=(replace(soft(description, "effort", "quick", 0.7), lasts_hours=12.0),))


def fact(text: str) -> Said | None:  # noqa: PLR0911
    place = _PLACE.match(text)
    if place is not None:
        verb, what = place["verb"].lower(), third_person(place["what"])
        aspect = "location" if verb in ("live", "reside", "come") else "occupation"
        return Said(drafts=(soft(f"{verb_s(verb)} {what}", aspect, what.split(" ", 1)[1], 0.4),))
    favourite = _FAVOURITE.match(text)
    if favourite is not None:
        what = third_person(favourite["what"])
        description = f"has {what} as favourite {favourite['of']}"
        return Said(drafts=(soft(description, item_key("like", what), what, 0.8),))
    diet = _MY_DIET.match(text)
    if diet is not None:
        known = known_constraints(f"I'm {diet['what']}")
        if known:
            return Said(drafts=tuple(known))
    name = _NAME.match(text)
    if name is not None and len(name["what"].split()) <= 3:
        return Said(
            drafts=(soft(f"is called {name['what'].strip()}", "name", name["what"].strip(), 0.5),)
        )
    budget = _BUDGET.match(text)
    if budget is not None:
        what = budget["what"].strip()
        return Said(
            drafts=(
                replace(soft(f"has a budget of {what}", "budget", what, 0.7), lasts_hours=168.0),
            )
        )
    allergic = _NO_ALLERGIC.match(text)
    if allergic is not None:
        return Said(drafts=tuple(complement(f"allergic to {allergic['what']}")))
    return None
