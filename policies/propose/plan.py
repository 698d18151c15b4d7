"""Plans the drafts of a turn: how many, in which deliberately different directions, how long."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from ...memory.relevance import is_style
from ...memory.types import PreferenceDraft, Recalled
from ..types import Reading
from .leanings import LENGTH, Leaning, phrase_of

__all__ = ["Direction", "Form", "Plan", "plan"]

Form = Literal["ideas", "explanation", "text", "code", "fact", "chat"]

_SHORT_WORDS = 40
# One edit shows a direction rather than a word count: a menu needs more words than a dish.
_LEAST_INFERRED = 30
_SURE = 0.5
_TOKENS_PER_WORD = 1.6
_TOKENS_PER_DRAFT = 24
_CODE_KINDS = frozenset({"coding"})
_TEXT_KINDS = frozenset({"creative", "email", "summary"})
_EXPLANATION_KINDS = frozenset({"learning"})

_CODE = re.compile(
    r"```|\b(?:python|javascript|typescript|java|rust|golang|c\+\+|sql|bash|regex|html|css)\b"
    r"|\b(?:write|implement|fix|debug|refactor)\b.{0,40}\b(?:function|class|script|code|"
    r"query|test)\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|thanks?|thank you|bye|good ?night"
    r"|how are you|how'?s it going|what'?s up|who are you|what can you do|nice to meet you)"
    r"[\s\w,']{0,20}[.!?]*",
    re.IGNORECASE,
)
_FACT = re.compile(
    r"(?:who|when|where|which year|how (?:many|much|old|tall|far|long|big)"
    r"|what(?:'s| is| was| are) (?:the|a|an)|is|are|was|were|does|did|do|convert|define|spell)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:ideas?|suggest\w*|recommend\w*|propos\w+|plan|best|good|should|menu|help|tips?|"
    r"options?)\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"\b(?:explain|teach|describe|how (?:does|do|to|can)|why|learn|what is)\b", re.I
)
_TEXT = re.compile(
    r"\b(?:write|draft|compose|rewrite|summari[sz]e|translate)\b.{0,60}"
    r"\b(?:e-?mail|letter|message|post|essay|story|poem|speech|note|text|summary|bio|toast|"
    r"invitation)\b"
    r"|^\s*(?:summari[sz]e|translate|proofread|rephrase)\b",
    re.IGNORECASE | re.DOTALL,
)
# What is wanted is one thing of several parts, rather than one idea out of many.
_WHOLE = re.compile(
    r"\b(?:menu|itinerary|schedule|programme?|routine|agenda|shopping list|packing list"
    r"|(?:meal|training|workout|study|travel|week(?:ly)?) plan|plan (?:my|a|an|the|our))\b",
    re.IGNORECASE,
)
# How much room a draft has that leans to a length: none, longer, shorter.
_SCALES = {0: 1.0, 1: 1.8, -1: 0.5}
# The direction of each form that asks for a list, and one that does not.
_LISTED: dict[Form, int] = {"ideas": 1, "explanation": 2}
_UNLISTED: dict[Form, int] = {"ideas": 0, "explanation": 1}
_NUMBER = re.compile(r"(\d{1,4})\s*words?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """How one draft sets out to differ from the others.

    Attributes:
        approach: A short name ("one idea").
        instruction: What the model is told about this draft.
    """

    approach: str
    instruction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the drafts of a turn shall be.

    Attributes:
        form: The form of text the request calls for.
        directions: One for each draft; a single one is written as plain text, not JSON.
        rules: Hard constraints, in words, that every draft must keep.
        style: What is known of how replies should read, in words.
        word_limit: The length the user likes at most; None if nothing is known.
        max_tokens: Bound on the tokens of the whole generation call.
    """

    form: Form
    directions: tuple[Direction, ...]
    rules: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    word_limit: int | None = None
    max_tokens: int = 512

    @property
    def k(self) -> int:
        """How many drafts are written."""
        return len(self.directions)

    def apart(self) -> tuple[Plan, ...]:
        """A plan of its own for each draft."""
        share = max(1, self.max_tokens // max(1, self.k))
        return tuple(
            replace(self, directions=(direction,), max_tokens=share)
            for direction in self.directions
        )


def plan(
    request: str,
    *,
    k: int,
    recalled: Sequence[Recalled],
    reading: Reading,
    request_kind: str | None,
    reply_tokens: int = 320,
    leanings: Sequence[Leaning] = (),
) -> Plan:
    """Plans deliberately different drafts that all fit what is known of the user.

    The idea of asking for differences in one prompt, rather than sampling, is the
    negatively correlated sampling of the Community Alignment data set; the directions here are
    fixed per form of text, so that a small model follows them, and each leans besides towards a
    taste that is plausible for this user (`leanings.py`), once there is evidence to draw tastes
    from.

    Args:
        request: What to answer.
        k: The most drafts wanted, 1 to 4.
        recalled: The preferences recalled for this request.
        reading: What the message says besides its request; a command means one draft.
        request_kind: The kind of request recognised, if any.
        reply_tokens: Bound on the tokens of one draft.
        leanings: What the drafts shall lean to, one for each; further drafts lean nowhere. Form and
            length that the user asked for stand above them.

    Returns:
        The plan; code, facts, small talk and revisions get a single direction.
    """
    form = _form(request, request_kind)
    rules: list[str] = []
    style: list[str] = []
    limit: int | None = None
    for known in _known(recalled, reading):
        if known.hard:
            rules.append(known.description)
        elif (
            is_style(known.aspect) or known.aspect in _STYLE_ASPECTS
        ) and known.value != "no preference":
            style.append(known.description)
        if known.aspect == "length" and known.polarity == "like" and limit is None:
            limit = _words(known.value, known.description)
            if limit is not None and known.origin == "inferred":
                limit = max(_LEAST_INFERRED, 2 * limit)
    whole = _WHOLE.search(request[:400]) is not None
    directions = _directions(form, limit, whole=whole)
    if form in ("ideas", "explanation", "text") and reading.command is None:
        directions = _leaning(form, limit, directions, leanings, whole=whole)
    if reading.command is not None or form in ("code", "fact", "chat"):
        directions = directions[:1]
    directions = directions[: max(1, k)]
    return Plan(
        form=form,
        directions=directions,
        rules=tuple(dict.fromkeys(rules)),
        style=tuple(dict.fromkeys(style)),
        word_limit=limit,
        max_tokens=_tokens(limit, len(directions), reply_tokens, form),
    )


# Beyond those by which every reply is written.
_STYLE_ASPECTS = frozenset({"wording", "examples", "name"})


def _known(recalled: Sequence[Recalled], reading: Reading) -> list[PreferenceDraft]:
    """What is known, the message's own words first; what is weakly inferred is left out."""
    said = [d for d in reading.preferences if d.hard or d.confidence >= _SURE]
    stored = [
        PreferenceDraft(
            description=p.description,
            polarity=p.polarity,
            hard=p.hard,
            origin=p.origin,
            aspect=p.aspect,
            value=p.value,
        )
        for p in (r.preference for r in recalled)
        if p.hard or p.confidence >= _SURE
    ]
    return said + stored


def _words(value: str | None, description: str) -> int | None:
    """The word budget that a preference for some length names."""
    found = _NUMBER.search(f"{value or ''} {description}")
    if found is not None:
        return max(5, int(found.group(1)))
    return _SHORT_WORDS if value == "short" or "short" in description else None


def _form(request: str, kind: str | None) -> Form:  # noqa: PLR0911
    text = request.strip()
    if kind in _CODE_KINDS or _CODE.search(text[:2000]) is not None:
        return "code"
    if _CHAT.fullmatch(text) is not None:
        return "chat"
    if kind in _TEXT_KINDS or _TEXT.search(text[:400]) is not None:
        return "text"
    if _OPEN.search(text[:400]) is not None:
        return "ideas"
    if _FACT.match(text) is not None and len(text) < 160:
        return "fact"
    if kind in _EXPLANATION_KINDS or _EXPLAIN.search(text[:400]) is not None:
        return "explanation"
    return "ideas" if kind is not None else "explanation"


def _leaning(
    form: Form,
    limit: int | None,
    directions: tuple[Direction, ...],
    leanings: Sequence[Leaning],
    *,
    whole: bool,
) -> tuple[Direction, ...]:
    """The directions of a form, each leaning towards a taste as far as there is one for it."""
    leant: list[Direction] = []
    for place, (direction, leaning) in enumerate(zip(directions, leanings, strict=False)):
        ends = dict(leaning.ends)
        scale = _SCALES[ends.pop(LENGTH, 0)]
        wants_list = ends.pop("lists", 0) if form != "text" else 0
        # Whether it is a list, and in which tone, is for the taste to say.
        like = place if not wants_list else _LISTED[form] if wants_list > 0 else _UNLISTED[form]
        told = (
            f"the whole text, at most {_room(90, limit, scale)} words"
            if form == "text"
            else _directions(form, limit, whole=whole, scale=scale)[like].instruction
        )
        words = [phrase_of(name, end) for name, end in ends.items()]
        leant.append(
            Direction(
                approach=leaning.words or direction.approach,
                instruction=", ".join([told, *words]),
            )
        )
    return (*leant, *directions[len(leant) :])


def _room(words: int, limit: int | None, scale: float) -> int:
    """The words that a draft may have."""
    words = round(words * scale)
    # Small models overshoot by a few words.
    return words if limit is None or limit >= words else max(5, limit * 4 // 5)


def _directions(  # noqa: PLR0911  # one return for each form
    form: Form, limit: int | None, *, whole: bool = False, scale: float = 1.0
) -> tuple[Direction, ...]:
    def length(words: int) -> str:
        return f"at most {_room(words, limit, scale)} words"

    match form:
        case "ideas" if whole:
            return (
                Direction(
                    approach="in a line",
                    instruction=f"the whole of it in one sentence that names every part, "
                    f"{length(40)}",
                ),
                Direction(
                    approach="part by part",
                    instruction='every part on a line of its own that starts with "- ", '
                    f"{length(60)} in all",
                ),
                Direction(
                    approach="with reasons",
                    instruction=f"the whole of it, with a word on why each part fits, {length(90)}",
                ),
                Direction(
                    approach="something unusual",
                    instruction=f"a surprising version of the whole, {length(60)}",
                ),
            )
        case "ideas":
            listed = (
                f"two or three different ideas in one line, separated by commas, {length(25)}"
                if limit is not None and limit < 25
                else 'three different ideas, each on a line of its own that starts with "- ", '
                f"{length(50)} in all"
            )
            return (
                Direction(
                    approach="one idea",
                    instruction=f"one single idea in a sentence or two, {length(35)}",
                ),
                Direction(approach="a few options", instruction=listed),
                Direction(
                    approach="with details",
                    instruction=f"one other idea, with how to go about it, {length(90)}",
                ),
                Direction(
                    approach="something unusual",
                    instruction=f"a surprising idea and why it fits, {length(40)}",
                ),
            )
        case "explanation":
            return (
                Direction(
                    approach="the gist", instruction=f"the gist in plain words, {length(50)}"
                ),
                Direction(
                    approach="with an example",
                    instruction=f"an explanation with one concrete example, {length(90)}",
                ),
                Direction(
                    approach="step by step",
                    instruction=f"a numbered list of the main points, {length(90)}",
                ),
                Direction(
                    approach="an analogy",
                    instruction=f"an analogy from everyday life, {length(60)}",
                ),
            )
        case "text":
            return (
                Direction(
                    approach="brief and plain",
                    instruction=f"the whole text, brief and plain, {length(60)}",
                ),
                Direction(
                    approach="warmer and fuller",
                    instruction=f"the whole text, warmer and fuller, {length(110)}",
                ),
                Direction(approach="formal", instruction=f"the whole text, formal, {length(90)}"),
                Direction(approach="lively", instruction=f"the whole text, lively, {length(90)}"),
            )
        case "code":
            return (
                Direction(
                    approach="code",
                    instruction="the code in one Markdown block, then one sentence about it",
                ),
            )
        case "fact":
            return (
                Direction(
                    approach="the answer", instruction=f"the answer itself first, {length(40)}"
                ),
            )
        case "chat":
            return (
                Direction(
                    approach="a friendly word",
                    instruction=f"a friendly sentence or two, {length(30)}",
                ),
            )
        case _:
            assert_never(form)


def _tokens(limit: int | None, k: int, reply_tokens: int, form: Form) -> int:
    """Bound on the call: twice the budget in words, for a draft that overshoots ends unfinished."""
    each = reply_tokens
    if limit is not None and form != "code":
        each = min(reply_tokens, math.ceil(limit * _TOKENS_PER_WORD * 2) + _TOKENS_PER_DRAFT)
    elif form == "code":
        each = reply_tokens * 2
    return k * (each + (_TOKENS_PER_DRAFT if k > 1 else 0))
