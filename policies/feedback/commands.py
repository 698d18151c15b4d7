"""Reads what a message tells the assistant to do differently, now or from now on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...memory.types import PreferenceDraft
from .clauses import Clause
from .known import known_constraints
from .lexicon import fold, lexicon, names_replies
from .phrasing import item_key, items, style_draft, third_person
from .statements import lead_in, scoped

__all__ = ["Told", "told"]

_POLITE = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can we|could we|let's|kindly|just|now|ok|okay|"
    r"no(?=,)|yes|great|thanks|but|and|maybe|perhaps|i want you to|i'd like you to|i would like you to|"
    r"you should|you can|try to|make sure to|make sure you|be sure to)\b[\s,]*)+",
    re.IGNORECASE,
)
_ASKS_LESS = re.compile(
    r"^(?:(?:stop|quit|no need for|enough with|enough of) (?:asking(?: me)?|with)?\s*(?:so many |the |your |these |all these |any more |more )*"
    r"(?:clarifying )?(?:questions?|asking)\b.*"
    r"|(?:don't|do not|never) ask(?: me)?(?: (?:so|too|that|as|any|more|again|anything|questions?|clarifying|this|these)\b.*)?"
    r"|stop asking(?: me)?(?: (?:so|that|this|things|stuff|all)\b.*)?"
    r"|(?:no more|fewer|less|too many|enough) (?:clarifying )?questions?\b.*"
    r"|ask (?:me )?(?:less|fewer questions?)\b.*"
    r"|you ask (?:me )?(?:too|so) (?:many|much)\b.*"
    r"|(?:just answer|answer) (?:directly )?without asking\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_AGAIN = re.compile(
    r"^(?:you (?:can|may|could) (?:ask|start asking)(?: me)?(?: (?:questions?|things|again|more|anything|clarifying)\b.*)?"
    r"|(?:feel free to|go ahead and|start) ask(?:ing)?(?: me)?(?: (?:questions?|again|more|away)\b.*)?"
    r"|ask (?:me )?(?:again|more|more questions|questions again|away)\b.*"
    r"|it's (?:ok|okay|fine) to ask\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_FORGET = re.compile(
    r"^(?:forget|delete|erase|unlearn|un-learn|don't remember|do not remember|stop remembering)\b\s*"
    r"(?:about\s+)?(?:the fact\s+)?(?:what i (?:said|told you)(?: about)?\s*)?(?P<what>.{0,160})$",
    re.IGNORECASE | re.DOTALL,
)
_FORGET_NOT = re.compile(r"^(?:forget|don't remember) (?:to|it all and|how|where|when|what (?!i))\b", re.I)
_OPTIONS = re.compile(
    r"\b(?:(?:give|show|write|offer|send|make|propose|draft)(?: me| us)? (?:a few|some|several|two|three|four|\d|a couple of|multiple|different)\s+"
    r"(?:\w+ )?(?:options?|versions?|alternatives?|drafts?|variants?|variations?|choices)"
    r"|let me (?:choose|pick|decide)|(?:options?|versions?|drafts?) to (?:choose|pick) from|"
    r"so (?:that )?i can (?:choose|pick))\b",
    re.IGNORECASE,
)
_SILENCE = re.compile(
    r"^(?:(?:there's )?no (?:need to|need for an?) (?:reply|answer|respond|response)\b.*|no (?:reply|answer|response) (?:needed|necessary|required)"
    r"|(?:you )?(?:don't|do not) (?:need to |have to )?(?:reply|answer|respond)(?: to (?:this|that))?"
    r"|(?:say|reply with) nothing|stay (?:quiet|silent)|be quiet|just (?:listen|noting|letting you know)|hush|shut up)$",
    re.IGNORECASE,
)
_LASTING_BEFORE = re.compile(
    r"^(?:from now on|going forward|in (?:the )?future|in general|by default|as a rule|always|every time|for (?:all )?future (?:replies|answers))\b[\s,]*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_LASTING_AFTER = re.compile(
    r"^(?P<rest>.+?)[\s,]+(?:from now on|going forward|in (?:the )?future|by default|always|every time|again|ever again|ever|any ?more|at all)$",
    re.IGNORECASE | re.DOTALL,
)
_NEVER = re.compile(
    r"^(?:never|don't ever|do not ever|don't|do not|stop|no more|please don't|avoid|quit)\b\s*(?:ever\s+)?(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_OFFER = re.compile(
    r"^(?:suggest(?:ing)?|recommend(?:ing)?|propos(?:e|ing)|offer(?:ing)?|giv(?:e|ing)|show(?:ing)?|mention(?:ing)?|includ(?:e|ing)|"
    r"add(?:ing)?|us(?:e|ing)|bring(?:ing)?(?: up)?|put(?:ting)?|cook(?:ing)?(?: with)?|serv(?:e|ing)|send(?:ing)?)\s+(?:me |us )?(?:any |anything with |things with |"
    r"anything containing |something with )?(?P<what>.{2,80}?)(?:\s+(?:to me|for me|in (?:my|any|the) \w+))?$",
    re.IGNORECASE | re.DOTALL,
)
_ALWAYS_VERB = re.compile(
    r"^(?:use|answer|reply|respond|write|include|add|give|suggest|keep|start|end|put|show|explain|cite|"
    r"address|speak|talk|offer|recommend|mention|be|format)\b",
    re.IGNORECASE,
)
_NEVER_WORDS = frozenset(
    """mind heard thought knew been seen again worry forget tell ask do know have had want wanted
    be get be try give go before once did understood say let happen need use hesitate""".split()
)
_LANGUAGE = re.compile(
    r"^(?:(?:answer|reply|respond|write|speak|talk|say it|explain|translate it|translate that)\s+(?:to me\s+)?)?(?:in|into|to)?\s*(?P<what>english|spanish|portuguese|french|"
    r"german|italian|dutch|polish|russian|ukrainian|turkish|arabic|hindi|chinese|mandarin|japanese|korean|swedish|norwegian|danish|finnish|greek|hebrew|czech|hungarian|romanian|vietnamese|thai|indonesian)(?:\s+please)?$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"^(?:(?:i (?:like|prefer|want|love|choose|pick)|more like|like|something like|go with|i'll take|i'd go with|give me more like|similar to)\s+)"
    r"(?P<which>(?:the )?(?:first|second|third|fourth|last|other|previous|1st|2nd|3rd)(?: (?:one|draft|option|version|idea|reply|answer))?|(?:#|number |draft |option |no\. ?)\d)"
    r"(?:\s+(?:one|draft|option|version|better|more|best|please|but .{1,60}))*$",
    re.IGNORECASE,
)
_PLACE_BETTER = re.compile(
    r"^(?P<which>(?:the )?(?:first|second|third|fourth|last|other)(?: (?:one|draft|option|version|idea))?|(?:#|number |draft |option )\d) (?:is|was|looks|sounds) (?:better|best|nicer|good|great|perfect)$",
    re.IGNORECASE,
)
_MAKE = re.compile(
    r"^(?:make|keep|have|turn|put|write|rewrite|say|do) (?:it|this|that|them|the (?:reply|answer|text|email|draft|last one|list|plan|whole thing))\b\s*(?P<what>.{0,80})$",
    re.IGNORECASE | re.DOTALL,
)
_DEGREE = re.compile(
    r"^(?:(?:a (?:bit|little|lot)|much|even|slightly|way|far|something|anything)\s+)?(?:(?:more|less|fewer) (?!than\b)[\w -]{2,40}|(?:\w{3,}er|\w{2,}ier)(?: and (?:\w{3,}er|more \w+))?)$",
    re.IGNORECASE,
)
_NOT_DEGREE = frozenset(
    """dinner never water weather however other another summer winter whatever computer order answer
    number butter paper super under over ever after matter supper letter river corner flower power
    paper together prefer remember consider offer whether rather user server soccer easter october
    september november december order beer her cancer fiber fever cover tower shower""".split()
)
_CHANGE = re.compile(
    r"^(?:rewrite|rephrase|reword|redo|shorten|simplify|expand|translate|improve|change|edit|polish|tidy|trim|condense|elaborate|"
    r"format|continue|go on)(?: (?:on )?(?:it|this|that|them|the (?:last|first|second|third|previous|reply|answer|text|email|draft|ending|intro|whole)\b.{0,50}|more|again|a bit|please|into .{2,30}|as .{2,30}|in .{2,30}|for .{2,40}))*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"^(?:(?:add|remove|drop|skip|leave out|take out|delete|swap|replace|swap out|use|include|mention|cut|without|with|no|minus)\s+[^?]{2,60})$",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"^(?:(?:try|do it|again|once more)(?: (?:again|once more))?|(?:give me |show me )?(?:another|a different|something|other|different|more|new)(?: (?:one|ones|idea|ideas|else|version|suggestions?|options?|like (?:that|this|it)))+)$",
    re.IGNORECASE,
)
_TOO = re.compile(r"^(?:(?:that's|that is|it's|it is|this is|way|a bit|much|still|far)\s+)*too (?P<what>[\w -]{2,30})$", re.I)
_REFUSE_PART = re.compile(r"^(?:no|without|minus|skip|leave out|drop|remove)\s+(?:the |any |more )?(?P<what>[\w -]{2,30})$", re.I)
_SECRET = re.compile(
    r"\b(?:instructions?|memor(?:y|ies)|system prompt|prompt|passwords?|secrets?|other users?|rules|database|api keys?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a clause tells the assistant; every field empty if it is no command.

    Attributes:
        drafts: What is learned from it: much from a lasting one, little from a bare one.
        command: The change to the last reply.
        forget: What to forget.
        asks_less: Stop questions, or allow them again.
        options: Several versions are wanted.
        silence: No reply is wanted.
        keeps: The clause also stays part of the request.
    """

    drafts: tuple[PreferenceDraft, ...] = ()
    command: str | None = None
    forget: str | None = None
    asks_less: bool | None = None
    options: bool = False
    silence: bool = False
    keeps: bool = False


def told(clause: Clause, *, has_reply: bool) -> Told | None:
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
    plain = _POLITE.sub("", text).strip(" ?.!,")
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
    if _OPTIONS.search(text) is not None:
        return Told(options=True, keeps=True)
    if _SECRET.search(text) is not None:
        return None
    return _lasting(plain, clause) or (_bare(plain, clause) if has_reply else None)


def _forgotten(what: str) -> str:
    what = re.sub(r"^(?:that\s+(?=\w)|\(|:)\s*", "", what.strip(" .!,"), flags=re.IGNORECASE)
    what = what.strip(" ().!,:;")
    return what or "that"


def _lasting(plain: str, clause: Clause) -> Told | None:
    if clause.question and plain == clause.text.strip(" ?"):
        return None
    lasting = False
    text = plain
    for pattern in (_LASTING_BEFORE, _LASTING_AFTER):
        found = pattern.match(text)
        if found is not None:
            lasting = True
            text = found["rest"].strip(" ,")
    when = scoped(text)
    again = _LASTING_BEFORE.match(when.text)
    if again is not None:
        lasting, when.text = True, again["rest"].strip(" ,")
    text = _POLITE.sub("", when.text)
    if re.match(r"(?:i|we|my|i'm|you|it|he|she|they|there|who|what|how|why)\b", text, re.I):
        return None
    never = _NEVER.match(text)
    if never is not None:
        ever = lasting or re.match(r"(?:never|don't ever|do not ever|no more)\b", text, re.I)
        drafts = _refused(never["rest"].strip(" ."), text, ever=ever is not None and bool(ever))
    elif lasting and re.match(r"no\s", text, re.IGNORECASE) is not None:
        drafts = _refused(text[3:].strip(), text, ever=True)
    else:
        drafts = _wanted(text, lasting=lasting, scoped=when.scope is not None)
    if not drafts:
        return None
    return Told(
        drafts=tuple(
            replace(d, scope=when.scope, lasts_hours=when.hours or d.lasts_hours) for d in drafts
        )
    )


def _refused(rest: str, whole: str, *, ever: bool) -> list[PreferenceDraft]:
    styles = lexicon().styles(rest)
    if styles:
        if not (ever or names_replies(rest) or re.match(r"(?:use|using|write|give)\b", rest, re.I)):
            return []
        opposites = (lexicon().opposite(style) for style in styles)
        return [style_draft(style, strength=0.9) for style in opposites if style is not None]
    offer = _OFFER.match(rest)
    if offer is None:
        starts = fold(rest).split()
        if (
            not re.match(r"never\b|no more\b|no\b", whole, re.IGNORECASE)
            or not starts
            or len(starts) > 3
            or not _NEVER_WORDS.isdisjoint(starts)
        ):
            return []
        what = rest
    else:
        what = offer["what"]
    if re.match(r"(?:it|that|this|them|these|those|up|me|the|to)\b", what, re.IGNORECASE) is not None:
        return []
    return [
        PreferenceDraft(
            description=f"never {item}" if ever else f"avoids {item}",
            polarity="dislike",
            hard=ever,
            strength=1.0 if ever else 0.8,
            confidence=0.93,
            aspect=item_key("avoid", item),
            value=item,
        )
        for item in items(re.sub(r"^(?:any|some)\s+", "", what, flags=re.IGNORECASE))
    ]


def _wanted(text: str, *, lasting: bool, scoped: bool) -> list[PreferenceDraft]:
    if not lasting and not scoped and not names_replies(text):
        return []
    styles = lexicon().styles(text)
    if not styles and (lasting or scoped):
        styles = lexicon().command(text)
    if styles:
        return [style_draft(style, strength=0.9) for style in styles]
    language = _LANGUAGE.match(text)
    if language is not None and (lasting or scoped):
        what = language["what"].capitalize()
        return [
            PreferenceDraft(
                description=f"wants replies in {what}",
                strength=0.95,
                confidence=0.95,
                aspect="language",
                value=what,
            )
        ]
    if not lasting:
        return []
    known = known_constraints(text)
    if known:
        return list(known)
    if _ALWAYS_VERB.match(text) is None:
        return []
    what = third_person(text)
    return [
        PreferenceDraft(
            description=f"wants the assistant to always {what}", strength=0.85, confidence=0.9
        )
    ]


def _bare(plain: str, clause: Clause) -> Told | None:
    """A change to the last reply: applied at once, and weak evidence of taste."""
    words = fold(plain).split()
    if not words or len(words) > 14:
        return None
    place = _PLACE.match(plain) or _PLACE_BETTER.match(plain)
    if place is not None:
        which = place["which"]
        return Told(command=f"more like {which if which.startswith(('the', '#')) else 'the ' + which}")
    make = _MAKE.match(plain)
    too = _TOO.match(plain)
    core = make["what"].strip() if make is not None else plain
    styles = lexicon().command(plain) or (lexicon().command(core) if core else ())
    if styles and (not clause.question or plain != clause.text.strip(" ?")):
        command = styles[0].command[0] if too is not None else plain
        return Told(
            command=_shortened(command),
            drafts=tuple(
                style_draft(style, strength=0.4, confidence=0.4, inferred=True) for style in styles
            ),
        )
    if too is not None:
        return Told(command=f"less {too['what']}", drafts=_degree(f"less {too['what']}"))
    if clause.question and plain == clause.text.strip(" ?"):
        return None
    if _LANGUAGE.match(plain) is not None and re.match(r"(?:in|into|translate)\b", plain, re.I):
        return Told(command=plain)
    if make is not None and core:
        return Told(command=_shortened(plain), drafts=_degree(core))
    if _DEGREE.match(plain) is not None and _NOT_DEGREE.isdisjoint(words) and len(words) <= 6:
        return Told(command=plain, drafts=_degree(plain))
    if len(words) <= 9 and (_CHANGE.match(plain) or _AGAIN.match(plain) or _PART.match(plain)):
        refused = _REFUSE_PART.match(plain)
        drafts: tuple[PreferenceDraft, ...] = ()
        if refused is not None and len(refused["what"].split()) <= 2:
            drafts = tuple(
                PreferenceDraft(
                    description=f"dislikes {item}",
                    polarity="dislike",
                    strength=0.5,
                    origin="inferred",
                    confidence=0.4,
                    aspect=item_key("avoid", item),
                    value=item,
                )
                for item in items(refused["what"])
            )
        return Told(command=_shortened(plain), drafts=drafts)
    return None


def _shortened(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:200]


def _degree(what: str) -> tuple[PreferenceDraft, ...]:
    found = re.search(r"\b(?P<how>more|less)\s+(?P<what>[a-z][\w-]{2,20})$", what, re.IGNORECASE)
    if found is None:
        return ()
    said = f"{found['how'].lower()} {found['what'].lower()}"
    return (
        PreferenceDraft(
            description=f"prefers it {said}",
            strength=0.4,
            origin="inferred",
            confidence=0.35,
            aspect=f"degree:{found['what'].lower()}",
            value=said,
        ),
    )
