"""Reads changes to the last reply ("shorter", "without garlic", "more like the second")."""

from __future__ import annotations

import re

from ...memory.types import PreferenceDraft
from .clauses import Clause
from .lasting import LANGUAGE
from .lexicon import fold, lexicon
from .phrasing import item_key, items, style_draft
from .told import Told

__all__ = ["change", "pointed_at"]


_PLACE = re.compile(
    r"^(?:(?:i (?:like|prefer|want|love|choose|pick)|more like|like|something like|go with|"
    r"i'll take|i'd go with|give me more like|similar to)\s+)"
    r"(?P<which>(?:the )?(?:first|second|third|fourth|last|other|previous|1st|2nd|"
    r"3rd)(?: (?:one|draft|option|version|idea|reply|answer))?|(?:#|number |draft |option |"
    r"no\. ?)\d)"
    r"(?:\s+(?:one|draft|option|version|better|more|best|please|but .{1,60}))*$",
    re.IGNORECASE,
)

_PLACE_BETTER = re.compile(
    r"^(?P<which>(?:the )?(?:first|second|third|fourth|last|other)(?: (?:one|draft|option|"
    r"version|idea))?|(?:#|number |draft |option )\d) (?:is|was|looks|sounds) (?:better|"
    r"best|nicer|good|great|perfect)$",
    re.IGNORECASE,
)

_MAKE = re.compile(
    r"^(?:make|keep|have|turn|put|write|rewrite|say|do) (?:it|this|that|them|the (?:reply|"
    r"answer|text|email|draft|last one|list|plan|whole thing))\b\s*(?P<what>.{0,80})$",
    re.IGNORECASE | re.DOTALL,
)

_DEGREE = re.compile(
    r"^(?:(?:a (?:bit|little|lot)|much|even|slightly|way|far|something|"
    r"anything)\s+)?(?:(?:more|less|fewer) (?!than\b)[\w -]{2,40}|(?:\w{3,}er|"
    r"\w{2,}ier)(?: and (?:\w{3,}er|more \w+))?)$",
    re.IGNORECASE,
)

_NOT_DEGREE = frozenset(
    re.findall(
        r"\S+",
        """
        dinner never water weather however other another summer winter whatever computer
        order answer number butter paper super under over ever after matter supper
        letter river corner flower power paper together prefer remember consider offer
        whether rather user server soccer easter october september november december
        order beer her cancer fiber fever cover tower shower
        """,
    )
)

_CHANGE = re.compile(
    r"^(?:rewrite|rephrase|reword|redo|shorten|simplify|expand|translate|improve|change|"
    r"edit|polish|tidy|trim|condense|elaborate|"
    r"format|continue|go on)(?: (?:on )?(?:it|this|that|them|the (?:last|first|second|"
    r"third|previous|reply|answer|text|email|draft|ending|intro|whole)\b.{0,50}|more|again|"
    r"a bit|please|into .{2,30}|as .{2,30}|in .{2,30}|for .{2,40}|(?:but )?without .{2,40}))*$",
    re.IGNORECASE,
)

_PART = re.compile(
    r"^(?:(?:add|remove|drop|skip|leave out|take out|delete|swap|replace|swap out|use|"
    r"include|mention|cut|without|with|no|minus)\s+[^?]{2,60})$",
    re.IGNORECASE,
)

_AGAIN = re.compile(
    r"^(?:(?:try|do it|again|once more)(?: (?:again|once more))?|(?:give me |"
    r"show me )?(?:another|a different|something|other|different|more|new)(?: (?:one|ones|"
    r"idea|ideas|else|version|suggestions?|options?|like (?:that|this|it)))+)$",
    re.IGNORECASE,
)

_TOO = re.compile(
    r"^(?:(?:that's|that is|it's|it is|this is|way|a bit|much|still|"
    r"far)\s+)*too (?P<what>[\w -]{2,30})$",
    re.I,
)

_REFUSE_PART = re.compile(
    r"^(?:no|without|minus|skip|leave out|drop|remove)\s+(?:the |any |"
    r"more )?(?P<what>[\w -]{2,30})$",
    re.I,
)


# Said of replies in general, in the first person: a statement, whatever the last reply was.
_IN_GENERAL = re.compile(
    r"^i(?:'d)? (?:(?:really|always|generally|usually|do|would|much) )*"
    r"(?:prefer|like|love|want|need)\b"
    r".*\b(?:replies|answers|responses|messages|texts|explanations|emails|summaries)\b",
    re.IGNORECASE | re.DOTALL,
)

_POINTS = re.compile(
    r"^more like (?:the )?(?:(?P<word>first|second|third|fourth|last|other|1st|2nd|3rd)\b"
    r"|(?:#|number |draft |option |no\. ?)?(?P<digit>[1-4])\b)",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3}
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+\S", re.MULTILINE)


def pointed_at(command: str, reply: str, drafts: int) -> int | None:
    """Which of the drafts behind a reply a command points at ("more like the second").

    Args:
        command: As `Reading.command` gives it.
        reply: The reply: where it is a list itself, its items are what the user counts.
        drafts: How many drafts there were.

    Returns:
        The number of a draft from 0, or None.
    """
    found = _POINTS.match(command)
    if found is None or len(_ITEM.findall(reply)) > 1:
        return None
    if found["digit"] is not None:
        place = int(found["digit"]) - 1
    elif found["word"].lower() == "other":
        return 1 if drafts == 2 else None
    else:
        place = _PLACES.get(found["word"].lower(), drafts - 1)
    return place if 0 <= place < drafts else None


def change(plain: str, clause: Clause) -> Told | None:  # noqa: PLR0911
    """A change to the last reply: applied at once, and weak evidence of taste."""
    words = fold(plain).split()
    if not words or len(words) > 14 or _IN_GENERAL.match(plain) is not None:
        return None
    place = _PLACE.match(plain) or _PLACE_BETTER.match(plain)
    if place is not None:
        which = place["which"]
        named = which.lower().startswith(("the", "#"))
        return Told(command=f"more like {which if named else 'the ' + which}")
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
    if LANGUAGE.match(plain) is not None and re.match(r"(?:in|into|translate)\b", plain, re.I):
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
