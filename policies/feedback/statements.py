"""Turns one clause in the first person into preferences, by rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .clauses import Clause
from .known import known_constraints
from .lexicon import Style, fold, lexicon
from .phrasing import item_key, items, style_draft, third_person, verb_s

__all__ = ["lead_in", "scoped", "statements"]

_LEAD = re.compile(
    r"^[\s\u2003,:;!.(–—-]*(?:(?:hi|hey|hello|ok|okay|well|oh|ah|yes|yeah|yep|also|and|but|so|actually|btw|"
    r"by the way|fyi|please|remember(?: that)?|note(?: that)?|keep in mind(?: that)?|"
    r"just so you know|just to let you know|for your information|since|because|as|honestly|"
    r"personally|to be honest|tbh|generally|in general|you should know(?: that)?|"
    r"for the record|anyway|look|listen|sure|plus|though|i mean|the thing is|one thing|"
    r"no wait|wait|sorry|penchant)\b[\s,:!–-]*)*",
    re.IGNORECASE,
)
_HOURS = {
    "tonight": 12.0,
    "today": 12.0,
    "this morning": 12.0,
    "this afternoon": 12.0,
    "this evening": 12.0,
    "right now": 12.0,
    "just now": 12.0,
    "at the moment": 24.0,
    "for now": 24.0,
    "tomorrow": 36.0,
    "this weekend": 72.0,
    "this week": 168.0,
    "this month": 720.0,
    "this year": 8760.0,
}
_TIME = re.compile(rf"\s*,?\s*\b({'|'.join(_HOURS)})\b", re.IGNORECASE)
_SCOPE_BEFORE = re.compile(
    r"^(?P<scope>(?:for|in|at|on|during|when(?:ever)?|while)\s+[^,]{2,50}?)(?:,\s*|\s+(?=(?:please|i|we|keep|"
    r"use|make|be|write|always|never)\b))(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_SCOPE_AFTER = re.compile(
    r"^(?P<rest>.+?)(?<! it)(?<!\bknow)\s+(?P<scope>(?:when(?:ever)?|while) .{3,50}"
    r"|(?:for|in|at|on|during) (?:my |the )?(?:\w+ )?(?:work|business|office|school|home|breakfast|lunch|dinner|"
    r"e-?mails?|meetings?|reports?|weekdays?|weekends?|mornings?|evenings?|afternoons?|night|"
    r"summer|winter|spring|autumn|travel|holidays?|vacations?|travelling|code|recipes?))$",
    re.IGNORECASE | re.DOTALL,
)
_ADVERBS = (
    r"(?:(?:really|absolutely|strongly|generally|usually|always|definitely|just|truly|"
    r"especially|also|particularly|totally|deeply|simply|still|mostly|typically|normally|"
    r"do|personally|actually|very much|quite|greatly|highly|genuinely|would|'d|much|strictly|"
    r"completely|firmly|vastly|actively|deliberately|consistently|vehemently|absolutely only)\s+)*"
)
_I = r"^(?:i|we)(?=[\s'])\s*"
_HEDGE = re.compile(
    r"\b(?:might|may|maybe|perhaps|possibly|i think|i guess|sort of|kind of|kinda|probably|i wonder|"
    r"not sure|wondering|could be|considering|i suppose|not exactly)\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"^(?:if|suppose|imagine|pretend|let's say|what if|say i|assume|unless|as if|had i|were i|"
    r"would|should|do|does|did|am|are|is|can|could|have)\b|\bused to\b|\bi wish\b|\bas if\b"
    r"|\b(?:would|i'd) (?:like|love|hate|enjoy|appreciate)\b",
    re.IGNORECASE,
)
_BE = re.compile(
    r"^(?:i am|i'm|im|we are|we're|i've been|i have been)\s+(?P<rest>.+)$", re.I | re.S
)
_TASTE = re.compile(
    _I + _ADVERBS + r"(?P<verb>love|like|enjoy|adore|prefer|favou?r|appreciate|crave|hate|dislike|"
    r"detest|loathe|despise|can't stand|cannot stand|can't bear|cannot bear|can't abide|"
    r"(?:don't|do not|never)\s+(?:really\s+|particularly\s+|much\s+)?(?:like|enjoy|love|care for|"
    r"appreciate|want|need)|want|need|struggle with)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_REFUSAL = re.compile(
    _I + r"(?P<how>don't|do not|never|can't|cannot|can not|won't|will not|am not able to|refuse to|only)\s+"
    r"(?:ever\s+|really\s+)?(?P<verb>eat|have|drink|consume|tolerate|digest|watch|read|listen to|"
    r"use|wear|buy|do|play|cook with|cook|go to|touch|smoke)\b\s*(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_AVOID = re.compile(
    _I + _ADVERBS + r"(?:try to |tend to |have to |need to |must )?(?:avoid|stay away from|"
    r"steer clear of|keep away from)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_HABIT = re.compile(
    _I + r"(?:strictly |absolutely |completely |firmly )?(?P<how>always|usually|often|mostly|typically|"
    r"normally|generally|regularly|rarely|seldom|only|exclusively|tend to|try to|try not to|refuse to|prefer to)\s+(?P<verb>[a-z]+)\s*(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_HAVE = re.compile(
    _I + _ADVERBS + r"(?:have|'ve|got|have got|'ve got)\s+(?P<what>.+)$", re.I | re.S
)
_PLACE = re.compile(
    _I + r"(?P<verb>live|work|study|reside|come|teach)\s+(?P<what>(?:in|at|as|near|for|from|with)\s+.{2,60})$",
    re.IGNORECASE | re.DOTALL,
)
_FAVOURITE = re.compile(
    r"^my\s+(?:all[- ]time\s+|absolute\s+)?favou?rite\s+(?P<of>[\w' -]{2,30}?)\s+(?:is|are)\s+"
    r"(?P<what>.{2,60})$",
    re.IGNORECASE | re.DOTALL,
)
_MY_DIET = re.compile(
    r"^(?:my diet is|(?:i|we) (?:strictly )?(?:follow|keep|eat|am on|have) (?:an? )?(?:very |strict )*)\s*"
    r"(?P<what>[\w -]{2,30}?)(?: diet)?$",
    re.IGNORECASE,
)
_NAME = re.compile(r"^(?:my name is|my name's|call me|i'm called)\s+(?P<what>[^\W\d_][\w' -]{0,30})$", re.I)
_BUDGET = re.compile(r"^my budget is\s+(?P<what>.{2,40})$", re.IGNORECASE)
_TIME_LEFT = re.compile(
    _I + r"(?:only |just )?(?:have|'ve got|got)\s+(?:only |just |about )*(?P<what>\d{1,3}\s*(?:min(?:ute)?s?|h(?:our)?s?)"
    r"|(?:half an|an) hour)\b.*$|"
    + _I
    + r"(?:don't|do not) have (?:much|a lot of|any|enough) time\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_NO_ALLERGIC = re.compile(r"^no (?P<what>[\w -]{2,40}?)[,: ]+i(?:'m| am) allergic$", re.IGNORECASE)
_ONE_OF = re.compile(
    r"^(?:it|that|this|these|those|them|you|him|her|him|everything|anything|something|nothing|"
    r"all of (?:it|them|this|that)|both|either|none|the (?:first|second|third|fourth|last|other|"
    r"previous|new|old)\b.*|this one|that one|how\b.*|what\b.*|where\b.*|your (?:idea|answer|reply|style)\b.*)"
    r"(?:\s+(?:a lot|so much|very much|too|better|best|more|much|at all|one))*$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"^(?:hate|dislike|detest|loathe|despise|can't|cannot|don't|do not|never|struggle)", re.I
)
_STRONG = re.compile(r"\b(?:hate|detest|loathe|despise|can't|cannot|adore|love|never)\b", re.I)
_CARE = re.compile(
    r"^(?:an?\s+|any\s+)?(?:strongly\s+|strictly\s+|firmly\s+|very\s+|big\s+|huge\s+|massive\s+|real\s+|great\s+|total\s+|strong\s+)*"
    r"(?P<not>not\s+(?:really\s+|much of\s+|particularly\s+|that\s+|a\s+|an\s+|very\s+|big\s+|huge\s+)*)?"
    r"(?P<how>fan of|into|fond of|keen on|crazy about|obsessed with|passionate about|mad about|"
    r"partial to|in love with|interested in|tired of|sick of|bored of|bored with|averse to|"
    r"afraid of|scared of|uncomfortable with|opposed to|against|comfortable with)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_DISCARE = frozenset(
    "tired of|sick of|bored of|bored with|averse to|afraid of|scared of|uncomfortable with|"
    "opposed to|against".split("|")
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
_OWNS = re.compile(
    r"^(?P<what>(?:an? |two |three |four |five |\d )?(?:young |small |little |old |teenage )*(?:kids?|child|children|sons?|daughters?|"
    r"dogs?|cats?|toddlers?|baby|garden|car|bike|air fryer|oven|no oven|no car|no dishwasher)\b.{0,30})$",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^(?:an?\s+)?(?:(?:very|strong|severe|deep|real|huge|big|slight|clear|general|mild)\s+)*"
    r"(?P<how>preference for|aversion to|aversion towards?|dislike (?:of|for|towards?)|distaste for|hatred of|love (?:of|for)|"
    r"passion for|weakness for|fear of|phobia of|soft spot for|sweet tooth|no interest in|interest in|fondness for)\s*"
    r"(?P<what>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_TOO_VAGUE = frozenset(
    "it that this them much a lot enough out in anything something there here so more less too "
    "time problem question idea yes no well".split()
)
_SIGNAL = re.compile(
    r"(?<![\w'])(?:i|i'm|im|i've|we|me|my (?:favou?rite|diet|taste|allerg\w+|religion|preference))(?![\w-])"
    r"(?! (?:don't|do not) know).{0,80}\b(?:prefer\w*|favou?rites?|usually|rather|"
    r"tend|enjoy|into|fan|allerg\w*|intoleran\w*|diet\w*|avoid\w*|stand|love|hate|likes?|"
    r"dislikes?|don't (?:eat|drink|like)|can't (?:eat|have)|matters? to me|care about|important to me|"
    r"vegan|vegetarian|halal|kosher|gluten|aversion|religio\w+|keto)\b",
    re.IGNORECASE | re.DOTALL,
)


_TASK = re.compile(
    r"^(?:write|draft|compose|translate|summari[sz]e|explain|tell|show|give|find|help|make|create|"
    r"suggest|recommend|plan|describe|what|which|how|where|who|when|why|my (?!favou?rite|diet|taste|"
    r"allerg|religion|preference)\w+)\b",
    re.IGNORECASE,
)
_WRITINGS = re.compile(
    r"^(?P<style>.{3,60}?)\s+(?P<scope>(?:work |business |private )?(?:e-?mails?|letters|reports|posts|summaries|messages|"
    r"recipes|emails|slides|documents|notes))$",
    re.IGNORECASE,
)


class Said:
    """What came of one clause: drafts, whether it was understood, what to forget."""

    __slots__ = ("drafts", "forget", "uncertain")

    def __init__(
        self,
        drafts: tuple[PreferenceDraft, ...] = (),
        *,
        uncertain: bool = False,
        forget: str | None = None,
    ) -> None:
        self.drafts = drafts
        self.uncertain = uncertain
        self.forget = forget


def lead_in(text: str) -> str:
    """Drops the words with which people start ("well, by the way, …") and the final stop."""
    text = text[:400]
    return text[_LEAD.match(text).end() :].strip(" \t\n.!;,\u2003")  # type: ignore[union-attr]


class Scoped:
    """A clause without the words for when it holds."""

    __slots__ = ("hours", "scope", "text")

    def __init__(self, text: str, scope: str | None, hours: float | None) -> None:
        self.text = text
        self.scope = scope
        self.hours = hours


def scoped(text: str, *, time: bool = True) -> Scoped:
    """Takes out when a clause holds: "tonight", "for work emails", "when I travel".

    Args:
        text: The clause.
        time: Whether words of time are taken out as well.

    Returns:
        What is left, with the scope in the third person and the hours that it lasts.
    """
    hours, text = _timed(text) if time else (None, text)
    scope = None
    before = _SCOPE_BEFORE.match(text)
    after = None if before is not None else _SCOPE_AFTER.match(text)
    found = before or after
    if found is not None:
        text = found["rest"].strip(" ,")
        scope = re.sub(r"^(?:for|my|the|in|on)\s+(?:my\s+|the\s+)?", "", found["scope"].strip(), flags=re.I)
        scope = third_person(scope)
    return Scoped(text, scope, hours)


def _timed(text: str) -> tuple[float | None, str]:
    found = _TIME.search(text)
    if found is None:
        return None, text
    rest = (text[: found.start()] + text[found.end() :]).strip(" ,")
    return _HOURS[found[1].lower()], rest


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
    states = _BE.match(text) is not None
    when = scoped(text, time=not states)
    for rule in _RULES:
        said = rule(when.text)
        if said is not None:
            return Said(
                tuple(_placed(draft, when) for draft in said.drafts),
                uncertain=said.uncertain,
                forget=said.forget,
            )
    return Said(uncertain=_signals(text))


def _signals(text: str) -> bool:
    return _TASK.match(text) is None and _SIGNAL.search(text) is not None


def _placed(draft: PreferenceDraft, when: Scoped) -> PreferenceDraft:
    hours = when.hours if when.hours is not None else draft.lasts_hours
    return replace(draft, scope=when.scope or draft.scope, lasts_hours=hours)


def _be(text: str) -> Said | None:
    found = _BE.match(text)
    if found is None:
        return None
    rest = found["rest"].strip()
    gone = re.match(r"(?:no longer|not)\s+(?:an?\s+)?(?P<what>.+?)(?:\s+any ?more)?$", rest, re.I)
    if gone is not None and (rest.lower().startswith("no longer") or rest.endswith("more")):
        return Said(forget=gone["what"])
    drafts: list[PreferenceDraft] = []
    for piece in _complements(rest):
        hours, core = _timed(piece)
        found_here = _complement(core)
        if hours is not None:
            found_here = [replace(draft, lasts_hours=hours) for draft in found_here]
        drafts.extend(found_here)
    if drafts:
        return Said(tuple(drafts))
    if re.match(r"(?:not|never)\b", rest, re.IGNORECASE) is not None:
        return Said()
    return None


def _complements(rest: str) -> list[str]:
    """Parts "vegetarian, in a hurry and allergic to nuts or eggs" at its complements only."""
    parts = re.split(
        r"\s*,\s*(?:and\s+|but\s+)?|\s+(?:and|but|&)\s+(?:i'm\s+|also\s+)*", rest, flags=re.I
    )
    joined: list[str] = []
    for part in parts:
        if joined and re.search(r"\b(?:to|of|on|into|about|for)\s", joined[-1]) and not _complement(_timed(part)[1]):
            joined[-1] += f" and {part}"
        else:
            joined.append(part)
    return joined


def _complement(piece: str) -> list[PreferenceDraft]:
    piece = re.sub(r"^(?:also|a bit|really|very|strictly|currently|actually|just|so)\s+", "", piece.strip(), flags=re.I)
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
            if fold(item) not in _TOO_VAGUE
        ]
    if re.match(r"not\b", piece, re.IGNORECASE) is None:
        known = known_constraints(f"I'm {piece}")
        if known:
            return list(known)
        diet = re.match(r"on (?:a |an |the )?(?P<what>[\w -]{2,30} diet)$", piece, re.IGNORECASE)
        if diet is not None:
            return [_soft(f"is on a {diet['what'].lower()}", "diet", diet["what"].lower(), 0.8)]
    state = lexicon().state(piece) or lexicon().state(re.sub(r"^(?:not )?(?:very|so|too|quite|pretty) ", "", piece))
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
        care = _CARE.match(re.sub(r"^not\s+(?:a\s+|an\s+)?(?:big\s+|huge\s+|much of a\s+|really\s+|very\s+|particularly\s+|that\s+)*", "", piece, flags=re.I))
        if care is not None and care["how"].lower() not in _DISCARE:
            return list(_tastes("dislikes", care["what"], dislike=True, strength=0.6))
        return []
    if care is not None:
        bad = (care["not"] is not None) != (care["how"].lower() in _DISCARE)
        verb = "dislikes" if bad else "likes"
        if care["how"].lower() == "interested in" and not bad:
            return [_soft(f"is interested in {third_person(care['what'])}", None, None, 0.5)]
        return list(_tastes(verb, care["what"], dislike=bad, strength=0.7))
    mood = _MOOD.match(piece)
    if mood is not None:
        what = third_person(mood["what"])
        return [replace(_soft(f"is in the mood for {what}", item_key("like", what), what, 0.6), lasts_hours=12.0)]
    fact = _FACT.match(piece)
    if fact is not None:
        what = third_person(fact[0])
        aspect = "location" if fact["origin"] else "goal"
        return [_soft(f"is {what}", aspect, what.split(" ", 1)[-1] if fact["origin"] else what, 0.4)]
    return []


def _taste(text: str) -> Said | None:
    found = _TASTE.match(text)
    if found is None:
        return None
    verb = re.sub(r"\s+", " ", found["verb"].lower())
    what = found["what"].strip()
    bad = _NEGATIVE.match(verb) is not None
    it_when = re.match(r"(?:it|that) (?:when|if|that) (?P<what>.+)$", what, re.IGNORECASE)
    styles = lexicon().styles(it_when["what"] if it_when is not None else what)
    if styles:
        return Said(tuple(_styled(styles, bad=bad, strength=0.8)))
    writings = _WRITINGS.match(what)
    if writings is not None:
        styles = lexicon().styles(writings["style"])
        if styles:
            return Said(
                tuple(
                    replace(draft, scope=writings["scope"].lower())
                    for draft in _styled(styles, bad=bad, strength=0.8)
                )
            )
    if _ONE_OF.match(what) is not None or fold(what) in _TOO_VAGUE:
        return Said()
    if verb in ("want", "need", "don't want", "do not want", "don't need", "do not need", "crave"):
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
    return Said(tuple(_tastes(spoken, what, dislike=bad, strength=strength)))


def _styled(styles: tuple[Style, ...], *, bad: bool, strength: float) -> list[PreferenceDraft]:
    drafts = []
    for style in styles:
        wanted = lexicon().opposite(style) if bad else style
        if wanted is not None:
            drafts.append(style_draft(wanted, strength=strength))
    return drafts


def _tastes(verb: str, what: str, *, dislike: bool, strength: float) -> list[PreferenceDraft]:
    over = re.match(r"(?P<a>.{2,40}?)\s+(?:over|to|rather than|instead of|more than)\s+(?!\w+ing\b|be\b)(?P<b>.{2,40})$", what, re.I)
    if verb.startswith("prefer") and over is not None:
        a, b = third_person(over["a"]), third_person(over["b"])
        return [_soft(f"prefers {a} to {b}", item_key("like", a), a, strength)]
    return [
        PreferenceDraft(
            description=f"{verb} {item}",
            polarity="dislike" if dislike else "like",
            strength=strength,
            confidence=0.9,
            aspect=item_key("avoid" if dislike else "like", item),
            value=item if item_key("like", item) else None,
        )
        for item in items(what)
    ]


def _refusal(text: str) -> Said | None:
    found = _REFUSAL.match(text)
    if found is None:
        return None
    how, verb, what = found["how"].lower(), found["verb"].lower(), found["what"].strip()
    known = known_constraints(text)
    if known:
        return Said(tuple(known))
    if verb == "drink" and fold(what) in ("", "alcohol", "at all", "any alcohol", "any more", "anymore", "booze", "alcoholic drinks"):
        return Said(known_constraints("I don't drink alcohol"))
    what = re.sub(r"\s+(?:at all|any ?more|ever)$", "", what, flags=re.IGNORECASE)
    folded = fold(what).split()
    if not what or (len(folded) <= 3 and not _TOO_VAGUE.isdisjoint(folded)) or _ONE_OF.match(what) is not None:
        return Said()
    if how == "only":
        thing = third_person(what)
        return Said((_soft(f"only {verb_s(verb)} {thing}", item_key("like", thing), thing, 0.85),))
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
                description=f"{spoken} {item}" + (f": never {item}" if start == "cannot" and hard else ""),
                polarity="dislike",
                hard=hard,
                strength=1.0 if hard else 0.8,
                confidence=0.92,
                aspect=item_key("avoid", item),
                value=item,
            )
        )
    return Said(tuple(drafts))


def _avoid(text: str) -> Said | None:
    found = _AVOID.match(text)
    if found is None:
        return None
    return Said(tuple(_tastes("avoids", found["what"], dislike=True, strength=0.8)))


def _have(text: str) -> Said | None:
    found = _HAVE.match(text)
    if found is None:
        return None
    known = known_constraints(text)
    if known:
        return Said(tuple(known))
    what = found["what"].strip()
    leaning = _LEANING.match(what)
    if leaning is not None:
        if leaning["how"].lower() == "sweet tooth":
            return Said((_soft("has a sweet tooth", "like:sweets", "sweets", 0.6),))
        bad = re.match(r"(?:aversion|dislike|distaste|hatred|fear|phobia|no interest)", leaning["how"], re.I)
        if not leaning["what"]:
            return None
        if bad is not None:
            return Said(tuple(_tastes("strongly dislikes", leaning["what"], dislike=True, strength=0.85)))
        styles = lexicon().styles(leaning["what"])
        if styles:
            return Said(tuple(_styled(styles, bad=False, strength=0.8)))
        return Said(tuple(_tastes("likes", leaning["what"], dislike=False, strength=0.75)))
    allergy = re.match(
        r"(?:an? )?(?:severe |bad |mild |strong |food )*(?:(?P<a>[\w -]{2,25}) allerg(?:y|ies)|allerg(?:y|ies) to (?P<b>[\w ,-]{2,60}))$",
        what,
        re.IGNORECASE,
    )
    if allergy is not None:
        return Said(tuple(_complement(f"allergic to {allergy['a'] or allergy['b']}")))
    owns = _OWNS.match(what)
    if owns is not None:
        return Said((_soft(f"has {third_person(owns['what'])}", None, None, 0.4),))
    return None


def _time_left(text: str) -> Said | None:
    found = _TIME_LEFT.match(text)
    if found is None:
        return None
    what = found["what"]
    description = f"has only {what.lower()}" if what else "has little time: quick things only"
    return Said((replace(_soft(description, "effort", "quick", 0.7), lasts_hours=12.0),))


def _habit(text: str) -> Said | None:
    found = _HABIT.match(text)
    if found is None or found["verb"].lower() in ("want", "need", "thought", "think", "wonder", "forget"):
        return None
    how = found["how"].lower()
    verb = found["verb"].lower()
    what = third_person(found["what"])
    if how == "only" and verb in ("have", "need", "just", "know", "found", "got", "asked", "said"):
        return Said()
    if how == "refuse to":
        draft = _soft(f"refuses to {verb} {what}".strip(), None, None, 0.9)
        return Said((replace(draft, polarity="dislike"),))
    if how.endswith(" to"):
        first, _, rest = how.partition(" ")
        spoken = f"{verb_s(first)} {rest} {verb} {what}"
    else:
        spoken = f"{how} {verb_s(verb)} {what}"
    return Said((_soft(spoken.strip(), None, None, 0.5),))


def _plain(text: str) -> Said | None:
    place = _PLACE.match(text)
    if place is not None:
        verb, what = place["verb"].lower(), third_person(place["what"])
        aspect = "location" if verb in ("live", "reside", "come") else "occupation"
        return Said((_soft(f"{verb_s(verb)} {what}", aspect, what.split(" ", 1)[1], 0.4),))
    favourite = _FAVOURITE.match(text)
    if favourite is not None:
        what = third_person(favourite["what"])
        description = f"has {what} as favourite {favourite['of']}"
        return Said((_soft(description, item_key("like", what), what, 0.8),))
    diet = _MY_DIET.match(text)
    if diet is not None:
        known = known_constraints(f"I'm {diet['what']}")
        if known:
            return Said(tuple(known))
    name = _NAME.match(text)
    if name is not None and len(name["what"].split()) <= 3:
        return Said((_soft(f"is called {name['what'].strip()}", "name", name["what"].strip(), 0.5),))
    budget = _BUDGET.match(text)
    if budget is not None:
        what = budget["what"].strip()
        return Said((replace(_soft(f"has a budget of {what}", "budget", what, 0.7), lasts_hours=168.0),))
    allergic = _NO_ALLERGIC.match(text)
    if allergic is not None:
        return Said(tuple(_complement(f"allergic to {allergic['what']}")))
    return None


def _soft(
    description: str, aspect: str | None, value: str | None, strength: float
) -> PreferenceDraft:
    return PreferenceDraft(
        description=description, strength=strength, confidence=0.9, aspect=aspect, value=value
    )


_RULES: tuple[Callable[[str], Said | None], ...] = (
    _be,
    _time_left,
    _refusal,
    _avoid,
    _taste,
    _have,
    _habit,
    _plain,
)
