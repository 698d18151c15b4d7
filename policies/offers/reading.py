"""Reads what an answer to an offer says: yes or no, for how long, and when."""

from __future__ import annotations

import re
from dataclasses import replace

from ..feedback.clauses import clean
from ..feedback.scope import lead_in, scoped, timed
from .types import Consent, Standing

__all__ = ["read_consent", "standing_words"]

_READ = 400
_CLAUSE = re.compile(r"[,:]\s+")
_SENTENCE = re.compile(r"(?<=[.!?;…])\s+|\s+[–—]\s+")
_MARKS = re.compile(r"[\s.!,;?…]+$")
_TAIL = re.compile(r"[\s,]+(?:please|thanks|thank you|ok(?:ay)?|cheers|sorry|though|then)$", re.I)
_THANKS = re.compile(
    r"^(?:(?:no )?thanks?(?: you)?|cheers|kind of you|sorry)\b[^,;]{0,40}[,;]?\s*\b(?:but|and)\s+",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do(?: so| it| that)?)?(?=\W*$)|do it|do that|"
    r"go ahead|go for it|why not|sounds (?:good|great)|of course|absolutely|definitely|fine|"
    r"good idea|no (?:problem|objections?)|"
    r"(?:i'd|i would) (?:like|love) (?:that|it)|that would be (?:nice|great|good|helpful)|"
    r"perfect|great|👍)(?!\w)",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no(?! (?:problem|worries|objections?|need|doubt)\b)(?:pe|t)?|nah|never|don't|do not|stop|"
    r"please (?:don't|do not|stop|no)|leave (?:it|me|that)|skip|pass|rather not|"
    r"i'd rather not|only|quit|enough|later|maybe later|another time|drop (?:it|that)|forget it|👎)"
    r"(?!\w)",
    re.IGNORECASE,
)
_UNWANTED = re.compile(
    r"\b(?:(?:don't|do not|didn't|never) (?:really )?(?:want|need|like)\b|rather (?:not|you didn't|"
    r"you did not)|not interested|no interest|(?:but|it's a|that's a|say|said) no$|"
    r"(?:don't|do not) think so|no thank)",
    re.IGNORECASE,
)
_OFFERING = r"(?:offer|suggest|propos|remind|ask|bring(?:ing)?\b.{0,12}\bup|bother|nag)"
_NEVER = re.compile(
    rf"\b(?:never|(?:stop|quit) {_OFFERING}|stop (?:that|this)|"
    rf"(?:don't|do not) (?:you )?(?:ever )?{_OFFERING}|"
    rf"rather you (?:didn't|did not|don't) {_OFFERING}|"
    r"(?:don't|do not|never) want (?:to be|being) (?:asked|offered|reminded|bothered)|"
    r"not ever|no more|(?:don't|do not) do (?:this|that|it) again|any ?(?:more|longer)|no longer|"
    r"ever again|for good$|(?:answer|it) (?:is|stays|will be) (?:always )?no)",
    re.IGNORECASE,
)
# "Anything about my garden" is not anything.
_OF_SOMETHING = r"(?!\s+(?:to|about|for|of|on|in|like|with|from)\b)"
_EVERYTHING = re.compile(
    r"\b(?:stop|no more|never|quit|don't|do not|no)\b.{0,30}\b(?:anything|everything|"
    rf"offers|suggestions|proposals){_OF_SOMETHING}\b(?!\s*\?)"
    r"|\b(?:stop|no more|never|quit|don't|do not)\b.{0,40}\b(?:unasked|by yourself|on your own)\b",
    re.IGNORECASE,
)
_HANDLE = (
    r"(?:touch|mess|meddl|tamper|fiddl|go(?:ing)? (?:near|through|into)|look(?:ing)? into|chang)"
)
_THING = re.compile(
    rf"\b(?:(?:never|don't|do not|not|stop|quit)\b.{{0,25}}\b{_HANDLE}\w*"
    r"(?: (?:with|in))?(?: (?:anything|things) (?:about|in|on|with))?"
    r"|(?:keep|stay|hands)\b.{0,20}\b(?:off|out of|away from))"
    r" (?:my|our) (?P<thing>\w[\w' -]{1,40})"
    r"|\bleave (?:my|our) (?P<alone>\w[\w' -]{1,40}?) (?:alone|be|as (?:it|they))\b",
    re.IGNORECASE,
)
_AFTER_THING = re.compile(
    r"\s+(?:when|while|if|at|on|during|again|ever|any ?more|any ?longer|please|and|or|but)\b.*$",
    re.IGNORECASE,
)
_ASK_FIRST = re.compile(
    r"\b(?:ask(?: me)?(?: that| this)? (?:first|before)|should have asked|"
    r"(?:want|like|prefer) to be asked|check with me|"
    r"(?:don't|do not|never|not) .{0,40}\bwithout (?:asking|my (?:leave|consent|ok)|permission))",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    rf"\b(?:you (?:may|can|could|might) (?:always |now )?{_OFFERING}|do {_OFFERING}|"
    rf"feel free to {_OFFERING}|{_OFFERING}\w*\b.{{0,60}}\b(?:again|after all))",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"\b(?:always|every time|each time|from now on|just do it|without asking|no need to ask|"
    r"(?:don't|do not|needn't) (?:have to |need to )ask(?: me)?(?: (?:again|first|next time))?|"
    r"needn't ask(?: me)?)\b",
    re.IGNORECASE,
)
# Leave to act after a yes; by itself a refusal to be asked.
_UNASKED = re.compile(
    r"\b(?:next time )?(?:don't|do not) (?:even )?ask(?: me)?(?: (?:again|first|next time))?\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|stop|quit|nothing|none|cannot|rather|without|(?:\w+n't))\b", re.IGNORECASE
)
_LATER = re.compile(
    r"\b(?:not (?:now|yet|today|tonight|tomorrow|right now|for now|at the moment|this "
    r"(?:time|week|weekend|month|year|morning|afternoon|evening))|later|"
    r"can't .{0,20}\b(?:right )?now|(?:another|some other) (?:time|day)|i'm busy|"
    r"(?:maybe|perhaps) tomorrow|tomorrow (?:maybe|perhaps))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just)\s+(?P<scope>(?:on|at|in|for|during|when|while|if)\s+.{2,60})$", re.IGNORECASE
)
_NOT_WHEN = re.compile(
    r"\bnot\s+(?!(?:for (?:me|us|now|this|that|it)|at all|in (?:the (?:mood|least)|general))\b)"
    r"(?P<scope>(?:on|at|in|for|during|when|while|if)\s+.{2,60})$",
    re.IGNORECASE,
)
# "While I'm driving? Don't suggest that."
_WHEN_ASKED = re.compile(
    r"^(?P<scope>(?:on|at|in|during|when|while)\s+[^,?]{2,50})\?$", re.IGNORECASE
)
_PREPOSITION = re.compile(
    r"^(?:(?:on|at|in|for|during)\s+(?:my\s+|the\s+)?"
    r"|(?:when(?:ever)?|while|if)\s+(?:(?:i'm|i am|they are|they're|i)\s+)?"
    r"(?:(?:on|at|in)\s+(?:my\s+|the\s+)?)?)",
    re.IGNORECASE,
)
_LATER_HOURS = 12.0


def read_consent(text: str | None) -> Consent:
    """Reads an answer by rules, sentence by sentence; what forbids most counts.

    "Not now" holds for half a day or as long as it says, "not at work" for that occasion, "only
    on weekends" forbids it elsewhere, "never" and "stop suggesting that" for good, "hands off my
    calendar" whatever lays hands on it, "ask me first" being done unasked; "just do it" consents
    from now on. What could be a refusal or a consent is no consent. English.

    Args:
        text: The answer; None or blank if there was none.

    Returns:
        What it says; `accepted` is None where it says neither yes nor no.
    """
    said = " ".join(clean((text or "")[:_READ]).split())
    found: list[Consent] = []
    scope: str | None = None
    for each in _SENTENCE.split(said):
        sentence = _bare(each)
        when = _WHEN_ASKED.match(each)
        if when is not None:
            scope = _scope(when["scope"])
            continue
        if sentence:
            agreed = any(one.accepted for one in found)
            found.append(_read(sentence, agreed=agreed))
    read = min(found, key=_rank, default=Consent(accepted=None))
    lasting = read.standing == "never" and read.hours is None
    return replace(read, scope=scope) if lasting and scope and read.scope is None else read


def _bare(sentence: str) -> str:
    """A sentence without thanks before and politeness behind."""
    sentence = _MARKS.sub("", sentence)
    while (shorter := _MARKS.sub("", _TAIL.sub("", sentence))) != sentence:
        sentence = shorter
    return _THANKS.sub("", sentence)


def _rank(consent: Consent) -> int:
    """What counts before what, of the sentences of one answer."""
    lasting = consent.standing == "never" and consent.hours is None
    order = (
        consent.everything,
        consent.thing is not None,
        lasting and consent.scope is None,
        lasting,
        consent.standing == "only",
        consent.standing == "never",
        consent.accepted is False,
        consent.standing == "ask",
        consent.standing == "always",
        consent.accepted is True,
    )
    return order.index(True) if True in order else len(order)


def _read(said: str, *, agreed: bool) -> Consent:  # noqa: PLR0911
    """One sentence; `agreed` tells that an earlier one was a yes."""
    bare = lead_in(said) or said
    if _EVERYTHING.search(said) is not None:
        return Consent(accepted=False, standing="never", everything=True)
    thing = _THING.search(said)
    if thing is not None:
        named = _AFTER_THING.sub("", thing["thing"] or thing["alone"]).strip().casefold()
        return Consent(accepted=False, standing="never", thing=named, scope=_after(said))
    only = _ONLY.search(said)
    if only is not None:
        return Consent(accepted=None, standing="only", scope=_scope(only["scope"]))
    first = _ASK_FIRST.search(said)
    if first is not None and not _denied(said[: first.start()]):
        return Consent(accepted=None, standing="ask")
    if _LATER.search(said) is not None:
        hours = timed(said).hours
        return Consent(accepted=False, standing="never", hours=hours or _LATER_HOURS)
    consent = _leave(said, bare, agreed=agreed)
    if consent is not None:
        return consent
    when = _NOT_WHEN.search(said)
    if when is not None:
        return Consent(accepted=False, standing="never", scope=_scope(when["scope"]))
    if _NEVER.search(said) is not None:
        return Consent(accepted=False, standing="never", scope=_after(said))
    if _NO.match(bare) or _NO.match(said) or _UNWANTED.search(said):
        scope = _after(said)
        # "No" is about this time, "leave that when I drive" about every time like it.
        return Consent(accepted=False, standing=None if scope is None else "never", scope=scope)
    return Consent(accepted=True if _agrees(said, bare) else None)


def _agrees(said: str, bare: str) -> bool:
    """Whether a clause of a sentence that refuses nothing begins with a yes."""
    return any(_YES.match(clause) is not None for clause in (bare, *_CLAUSE.split(said)))


def _denied(before: str) -> bool:
    """Whether the clause that ends here has a word that turns what follows round."""
    return _NEGATION.search(_CLAUSE.split(before)[-1]) is not None


def _leave(said: str, bare: str, *, agreed: bool) -> Consent | None:
    """Leave to act or to ask from now on, if nothing else in the sentence speaks against it."""
    rest = _UNASKED.sub(" ", _ALWAYS.sub(" ", said))
    if _NEGATION.search(rest.replace("why not", "")) is not None:
        return None
    agreed = agreed or _agrees(said, bare)
    if _ALWAYS.search(said) is not None or (agreed and _UNASKED.search(said) is not None):
        return Consent(accepted=True, standing="always", scope=_after(said))
    allows = _ALLOWS.search(said)
    if allows is not None and _NEGATION.search(said) is None:
        return Consent(accepted=True, standing="ask")
    return None


def _scope(text: str) -> str:
    return _PREPOSITION.sub("", _MARKS.sub("", text)).strip()


def _after(text: str) -> str | None:
    """When a lasting answer holds: "never at work"."""
    found = scoped(text, time=False).scope
    return None if found is None else _scope(found)


def standing_words(standing: Standing, topic: str) -> str:
    """What memory keeps of a lasting answer, in the third person and without its scope."""
    match standing:
        case "never":
            return f"does not want to be offered: {topic}"
        case "only":
            return f"wants this offered at no other time: {topic}"
        case "ask":
            return f"wants to be asked before this is done: {topic}"
        case "always":
            return f"wants this done without asking: {topic}"
