"""Reads what an answer to an offer says: yes or no, for how long, and when."""

from __future__ import annotations

import re

from ..feedback.clauses import clean
from ..feedback.scope import lead_in, scoped, timed
from .types import Consent, Standing

__all__ = ["read_consent", "standing_words"]

_READ = 400
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|do it|do that|go ahead|go for it|"
    r"why not|sounds (?:good|great)|of course|absolutely|definitely|fine|good idea|"
    r"(?:i'd|i would) (?:like|love) (?:that|it)|that would be (?:nice|great|good|helpful)|"
    r"perfect|great|👍)\b|👍",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no(?:pe|t)?|nah|never|don't|do not|stop|please (?:don't|stop)|leave (?:it|me)|skip|pass|"
    r"rather not|i'd rather not|only|quit|enough|later|maybe later|another time|👎)\b|👎",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|stop (?:offering|suggesting|asking|proposing|reminding|that|this)|"
    r"don't (?:ever )?(?:offer|suggest|propose|remind|ask)\b|do not (?:ever )?(?:offer|suggest|"
    r"propose|remind|ask)\b|not ever|no more|quit (?:offering|suggesting|asking)|"
    r"(?:don't|do not) do (?:this|that) again|any ?more|ever again)",
    re.IGNORECASE,
)
_EVERYTHING = re.compile(
    r"\b(?:stop|no more|never|quit|don't|do not)\b.{0,30}\b(?:anything|everything|"
    r"offers|suggestions|proposals|any offers?|unasked|by yourself)\b",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"\b(?:always|every time|each time|from now on|just do it|without asking|no need to ask|"
    r"(?:don't|do not|needn't) (?:have to |need to )?ask(?: me)?(?: (?:again|first|next time))?)\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:not (?:now|yet|today|tonight|tomorrow|right now|at the moment|"
    r"this (?:time|week|weekend|month|year|morning|afternoon|evening))|later|"
    r"another (?:time|day)|i'm busy|maybe (?:later|tomorrow)|some other time)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just)\s+(?P<scope>(?:on|at|in|for|during|when|while|if)\s+.{2,60})$", re.IGNORECASE
)
_NOT_WHEN = re.compile(
    r"\bnot\s+(?P<scope>(?:on|at|in|for|during|when|while|if)\s+.{2,60})$", re.IGNORECASE
)
_MARKS = re.compile(r"[\s.!,;]+$")
_PREPOSITION = re.compile(
    r"^(?:(?:on|at|in|for|during)\s+(?:my\s+|the\s+)?"
    r"|(?:when(?:ever)?|while|if)\s+(?:(?:i'm|i am|they are|they're|i)\s+)?"
    r"(?:(?:on|at|in)\s+(?:my\s+|the\s+)?)?)",
    re.IGNORECASE,
)
_LATER_HOURS = 12.0


def read_consent(text: str | None) -> Consent:  # noqa: PLR0911
    """Reads an answer by rules.

    "Not now" holds for half a day or as long as it says, "not at work" for that occasion, "only
    on weekends" forbids it elsewhere, "never" and "stop suggesting that" for good, "just do it"
    consents from now on. English.

    Args:
        text: The answer; None or blank if there was none.

    Returns:
        What it says; `accepted` is None where it says neither yes nor no.
    """
    said = _MARKS.sub("", " ".join(clean((text or "")[:_READ]).split()))
    if not said:
        return Consent(accepted=None)
    bare = lead_in(said) or said
    if _EVERYTHING.search(said) is not None:
        return Consent(accepted=False, standing="never", everything=True)
    only = _ONLY.search(said)
    if only is not None:
        return Consent(accepted=None, standing="only", scope=_scope(only["scope"]))
    refused = _NO.match(bare) is not None or _NO.match(said) is not None
    consents = _ALWAYS.search(said)
    # "Yes, and don't ask next time" consents; "no, and don't ask me again" does not.
    if consents is not None and not refused and _NEVER.search(_ALWAYS.sub("", said)) is None:
        return Consent(accepted=True, standing="always", scope=_after(said))
    if _LATER.search(said) is not None:
        hours = timed(said).hours
        return Consent(accepted=False, standing="never", hours=hours or _LATER_HOURS)
    when = _NOT_WHEN.search(said)
    if when is not None:
        return Consent(accepted=False, standing="never", scope=_scope(when["scope"]))
    if _NEVER.search(said) is not None:
        return Consent(accepted=False, standing="never", scope=_after(said))
    if refused:
        return Consent(accepted=False)
    if _YES.match(bare) is not None or _YES.match(said) is not None:
        return Consent(accepted=True)
    return Consent(accepted=None)


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
        case "always":
            return f"wants this done without asking: {topic}"
