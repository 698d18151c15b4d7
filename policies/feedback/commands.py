"""Reads what a message tells the assistant: about questions, forgetting, and replies."""

from __future__ import annotations

import re

from .changes import change
from .clauses import Clause
from .lasting import POLITE, lasting_order
from .scope import lead_in
from .told import Told

__all__ = ["told"]


_ASKS_LESS = re.compile(
    r"^(?:(?:stop|quit|no need for|enough with|enough of) (?:asking(?: me)?|"
    r"with)?\s*(?:so many |the |your |these |all these |any more |more )*"
    r"(?:clarifying )?(?:questions?|asking)\b.*"
    r"|(?:don't|do not|never) ask(?: me)?(?: (?:so|too|that|as|any|more|again|anything|"
    r"questions?|clarifying|this|these)\b.*)?"
    r"|stop asking(?: me)?(?: (?:so|that|this|things|stuff|all)\b.*)?"
    r"|(?:no more|fewer|less|too many|enough) (?:clarifying )?questions?\b"
    r"(?! (?:as|in (?:my|the|your)|on (?:my|the)|for (?:my|the)|about)\b).*"
    r"|ask (?:me )?(?:less|fewer questions?)\b.*"
    r"|you ask (?:me )?(?:too|so) (?:many|much)\b.*"
    r"|(?:just answer|answer) (?:directly )?without asking\b.*)$",
    re.IGNORECASE | re.DOTALL,
)

_ASKS_AGAIN = re.compile(
    r"^(?:you (?:can|may|could) (?:ask|start asking)(?: me)?(?: (?:questions?|things|again|"
    r"more|anything|clarifying)\b.*)?"
    r"|(?:feel free to|go ahead and|start) ask(?:ing)?(?: me)?(?: (?:questions?|again|more|"
    r"away)\b.*)?"
    r"|ask (?:me )?(?:again|more|more questions|questions again|away)\b.*"
    r"|it's (?:ok|okay|fine) to ask\b.*)$",
    re.IGNORECASE | re.DOTALL,
)

_FORGET = re.compile(
    r"^(?:forget|delete|erase|unlearn|un-learn|don't remember|do not remember|"
    r"stop remembering)\b\s*"
    r"(?:about\s+)?(?:the fact\s+)?(?:what i (?:said|told you)(?: about)?\s*)?(?P<what>.{0,160})$",
    re.IGNORECASE | re.DOTALL,
)

_FORGET_NOT = re.compile(
    r"^(?:forget|don't remember) (?:to|it all and|how|where|when|what (?!i))\b", re.I
)

_OPTIONS = re.compile(
    r"\b(?:(?:give|show|write|offer|send|make|propose|draft)(?: me| us)? (?:a few|some|"
    r"several|two|three|four|\d|a couple of|multiple|different)\s+"
    r"(?:\w+ )?(?:options?|versions?|alternatives?|drafts?|variants?|variations?|choices)"
    r"|let me (?:choose|pick|decide)|(?:options?|versions?|drafts?) to (?:choose|pick) from|"
    r"so (?:that )?i can (?:choose|pick))\b",
    re.IGNORECASE,
)

_SILENCE = re.compile(
    r"^(?:(?:there's )?no (?:need to|need for an?) (?:reply|answer|respond|response)\b.*|"
    r"no (?:reply|answer|response) (?:needed|necessary|required)"
    r"|(?:you )?(?:don't|do not) (?:need to |have to )?(?:reply|answer|"
    r"respond)(?: to (?:this|that))?"
    r"|(?:say|reply with) nothing|stay (?:quiet|silent)|be quiet|just (?:listen|noting|"
    r"letting you know)|hush|shut up)$",
    re.IGNORECASE,
)

_NARROW = re.compile(
    r"^(?:(?:but|and|no|not always|that(?:'s| is| was| goes| holds| applies| counts)?|"
    r"this(?:'s| is| goes| holds| applies| counts)?)[\s,:]+)*(?:only|just)\s+"
    r"(?:(?:for|in|at|on|during)\s+(?P<what>(?:my |the )?(?:[\w-]+ ){0,2}"
    r"(?:work|business|office|job|school|home|breakfast|lunch|dinner|e-?mails?|meetings?|reports?|weekdays?|weekends?|"
    r"mornings?|evenings?|afternoons?|night|summer|winter|spring|autumn|travel|holidays?|"
    r"vacations?|travelling|code|recipes?|letters?|presentations?|documents?|messages?|posts?))"
    r"|(?P<when>when(?:ever)?\s+(?:i|i'm|i am|it|it's|we|we're)\b.{2,40}))$",
    re.IGNORECASE | re.DOTALL,
)

_WHY = re.compile(
    r"^(?:and |but |so |hm+,? )?(?:why|how come)(?: (?:did|do|would|have|had|are|were))?(?:'d)?"
    r"(?: i)? ?you (?:just )?(?:say|said|suggest(?:ed|ing)?|recommend(?:ed|ing)?|thought|think|"
    r"answer(?:ed|ing)?|wr(?:ite|ote)|pick(?:ed|ing)?|ch(?:oose|ose|osen)|propos(?:e|ed|ing)|"
    r"ask(?:ed|ing)?|repl(?:y|ied)|tell|told|offer(?:ed|ing)?)"
    r"(?: me)?(?: (?:that|this|it|so|those|these|that one|this one))*$",
    re.IGNORECASE,
)

_SECRET = re.compile(
    r"\b(?:instructions?|memor(?:y|ies)|system prompt|prompt|passwords?|secrets?|"
    r"other users?|rules|database|api keys?)\b",
    re.IGNORECASE,
)


def told(clause: Clause, *, has_reply: bool) -> Told | None:  # noqa: PLR0911
    """Reads one clause as a command.

    Args:
        clause: A clause of the message.
        has_reply: There is a last reply that a command can change.

    Returns:
        What it tells, or None if it is no command.
    """
    if clause.content or len(clause.text) > 300:
        return None
    text = lead_in(clause.text)
    plain = POLITE.sub("", text).strip(" ?.!,")
    plain = re.sub(r"[\s,]+(?:please|thanks|thank you|pls)$", "", plain, flags=re.IGNORECASE)
    if not plain:
        return None
    if _ASKS_LESS.match(plain) is not None and (not clause.question or plain != text.strip(" ?")):
        return Told(asks_less=True)
    if _ASKS_AGAIN.match(text) is not None or _ASKS_AGAIN.match(plain) is not None:
        return Told(asks_less=False)
    if _SILENCE.match(plain) is not None or _SILENCE.match(text) is not None:
        return Told(silence=True)
    forget = _FORGET.match(plain)
    if forget is not None and _FORGET_NOT.match(plain) is None and not _SECRET.search(plain):
        return Told(forget=_forgotten(forget["what"]))
    narrow = _NARROW.match(plain)
    if narrow is not None:
        return Told(narrow=(narrow["what"] or narrow["when"]).strip())
    if has_reply and _WHY.match(plain) is not None:
        return Told(why=True)
    if _OPTIONS.search(text) is not None:
        return Told(options=True, keeps=True)
    if _SECRET.search(text) is not None:
        return None
    return lasting_order(plain, clause) or (change(plain, clause) if has_reply else None)


def _forgotten(what: str) -> str:
    what = re.sub(r"^(?:that\b[\s(:,]*(?=\w)|[(:])\s*", "", what.strip(" .!,"), flags=re.IGNORECASE)
    what = what.strip(" ().!,:;")
    return what or "that"
