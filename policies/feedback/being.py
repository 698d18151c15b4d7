"""Reads what follows "I am": diets, allergies, states, likes, origins, goals."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .known import known_constraints
from .lexicon import fold, lexicon
from .phrasing import item_key, items, third_person
from .said import TOO_VAGUE, Said, soft, tastes
from .scope import timed

__all__ = ["being", "complement", "states"]


_BE = re.compile(
    r"^(?:i am|i'm|im|we are|we're|i've been|i have been)\s+(?P<rest>.+)$", re.I | re.S
)

_CARE = re.compile(
    r"^(?:an?\s+|any\s+)?(?:strongly\s+|strictly\s+|firmly\s+|very\s+|big\s+|huge\s+|"
    r"massive\s+|real\s+|great\s+|total\s+|strong\s+)*"
    r"(?P<not>not\s+(?:really\s+|much of\s+|particularly\s+|that\s+|a\s+|an\s+|very\s+|"
    r"big\s+|huge\s+)*)?"
    r"(?P<how>fan of|into|fond of|keen on|crazy about|obsessed with|passionate about|mad about|"
    r"partial to|in love with|interested in|tired of|sick of|bored of|bored with|averse to|"
    r"afraid of|scared of|uncomfortable with|opposed to|against|comfortable with)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_DISCARE = frozenset(
    [
        "tired of",
        "sick of",
        "bored of",
        "bored with",
        "averse to",
        "afraid of",
        "scared of",
        "uncomfortable with",
        "opposed to",
        "against",
    ]
)

_ALLERGIC = re.compile(
    r"^(?:very\s+|severely\s+|highly\s+|extremely\s+|deathly\s+|mildly\s+|really\s+)*"
    r"(?:allergic|intolerant|sensitive)\s+to\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_FACT = re.compile(
    r"^(?:(?P<origin>(?:from|based in|living in|located in)\s+.{2,40})"
    r"|(?P<goal>(?:trying to|learning|studying|training for|preparing for|working on becoming)\s+"
    r"(?!(?:understand|figure|find|decide|say|ask|get this|work out)\b).{2,60}))$",
    re.IGNORECASE | re.DOTALL,
)

_MOOD = re.compile(r"^(?:in the mood for|craving|up for)\s+(?P<what>.{2,50})$", re.I | re.S)


def states(text: str) -> bool:
    """Whether a clause says what the speaker is."""
    return _BE.match(text) is not None


def being(text: str) -> Said | None:
    found = _BE.match(text)
    if found is None:
        return None
    rest = found["rest"].strip()
    gone = re.match(r"(?:no longer|not)\s+(?:an?\s+)?(?P<what>.+?)(?:\s+any ?more)?$", rest, re.I)
    if gone is not None and (rest.lower().startswith("no longer") or rest.endswith("more")):
        return Said(forget=gone["what"])
    drafts: list[PreferenceDraft] = []
    for piece in complements(rest):
        core, hours = timed(piece)
        found_here = complement(core)
        if hours is not None:
            found_here = [replace(draft, lasts_hours=hours) for draft in found_here]
        drafts.extend(found_here)
    if drafts:
        return Said(drafts=tuple(drafts))
    if re.match(r"(?:not|never)\b", rest, re.IGNORECASE) is not None:
        return Said()
    return None


def complements(rest: str) -> list[str]:
    """Parts "vegetarian, in a hurry and allergic to nuts or eggs" at its complements only."""
    parts = re.split(
        r"\s*,\s*(?:and\s+|but\s+)?|\s+(?:and|but|&)\s+(?:i'm\s+|also\s+)*", rest, flags=re.I
    )
    joined: list[str] = []
    for part in parts:
        if (
            joined
            and re.search(r"\b(?:to|of|on|into|about|for)\s", joined[-1])
            and not complement(timed(part).text)
        ):
            joined[-1] += f" and {part}"
        else:
            joined.append(part)
    return joined


def complement(piece: str) -> list[PreferenceDraft]:  # noqa: PLR0911
    piece = re.sub(
        r"^(?:also|a bit|really|very|strictly|currently|actually|just|so)\s+",
        "",
        piece.strip(),
        flags=re.I,
    )
    allergic = _ALLERGIC.match(piece)
    if allergic is not None:
        known = known_constraints(f"I'm {piece}")
        if known:
            return list(known)
        return [
            PreferenceDraft(
                description=f"is allergic to {item}: never {item}",
                polarity="dislike",
                hard=True,
                strength=1.0,
                confidence=0.95,
                aspect=item_key("avoid", item),
                value=item,
            )
            for item in items(allergic["what"])
            if fold(item) not in TOO_VAGUE
        ]
    if re.match(r"not\b", piece, re.IGNORECASE) is None:
        known = known_constraints(f"I'm {piece}")
        if known:
            return list(known)
        diet = re.match(r"on (?:a |an |the )?(?P<what>[\w -]{2,30} diet)$", piece, re.IGNORECASE)
        if diet is not None:
            return [soft(f"is on a {diet['what'].lower()}", "diet", diet["what"].lower(), 0.8)]
    state = lexicon().state(piece) or lexicon().state(
        re.sub(r"^(?:not )?(?:very|so|too|quite|pretty) ", "", piece)
    )
    if state is not None:
        return [
            PreferenceDraft(
                description=state.says,
                hard=state.hard,
                strength=0.9 if state.hard else 0.7,
                confidence=0.95,
                aspect=state.aspect,
                value=state.value,
                lasts_hours=state.hours,
            )
        ]
    care = _CARE.match(re.sub(r"^(?:not\s+)?", lambda m: m[0], piece))
    if care is None and piece.lower().startswith("not "):
        care = _CARE.match(
            re.sub(
                r"^not\s+(?:a\s+|an\s+)?(?:big\s+|huge\s+|much of a\s+|really\s+|very\s+|"
                r"particularly\s+|that\s+)*",
                "",
                piece,
                flags=re.I,
            )
        )
        if care is not None and care["how"].lower() not in _DISCARE:
            return list(tastes("dislikes", care["what"], dislike=True, strength=0.6))
        return []
    if care is not None:
        bad = (care["not"] is not None) != (care["how"].lower() in _DISCARE)
        verb = "dislikes" if bad else "likes"
        if care["how"].lower() == "interested in" and not bad:
            return [soft(f"is interested in {third_person(care['what'])}", None, None, 0.5)]
        return list(tastes(verb, care["what"], dislike=bad, strength=0.7))
    mood = _MOOD.match(piece)
    if mood is not None:
        what = third_person(mood["what"])
        return [
            replace(
                soft(f"is in the mood for {what}", item_key("like", what), what, 0.6),
                lasts_hours=12.0,
            )
        ]
    fact = _FACT.match(piece)
    if fact is not None:
        what = third_person(fact[0])
        aspect = "location" if fact["origin"] else "goal"
        return [soft(f"is {what}", aspect, what.split(" ", 1)[-1] if fact["origin"] else what, 0.4)]
    return []
