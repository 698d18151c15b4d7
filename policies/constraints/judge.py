"""Has a chat model say which texts break the hard constraints that words cannot be held to."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, create_model

from ...errors import ModelError, StructuredOutputError
from ...memory.prompt import inert
from ...memory.types import Preference
from ...models.prompts import fence, one_line, render, without_tag
from ...models.types import ChatModel, Message, Usage

__all__ = ["ConstraintJudge", "Pair", "Ruling"]

MOST_PAIRS = 8
_KEPT = 4096
_TEXT = 1200
_RULE = 160
_DENIES = re.compile(
    r"(?:never|no|not|avoids?|nothing|without|dislikes?|hates?|refuses?)\s+"
    r"(?:(?:mentions?|suggests?|includes?|uses?|wants?|recommends?)\s+)?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:(?:any\s+|some\s+)?\w+\s+)?(?:that|which|who)\s+(?P<verb>[a-z']+)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"(?:more|less|over|under|longer|shorter|fewer)\b", re.IGNORECASE)
_IRREGULAR = {"has": "have", "does": "do", "goes": "go", "have": "have"}
_TOO_MANY = f"at most {MOST_PAIRS} pairs of rule and text are judged at a time"


class Pair(NamedTuple):
    """A text held against a constraint: the text's place, and the constraint's id."""

    text: int
    preference_id: str


class Ruling(NamedTuple):
    """What was found of texts and constraints.

    Attributes:
        breaks: Whether the text breaks the constraint, for each pair that was judged.
        unknown: Why a pair was not judged.
        usage: What asking cost; nothing if all was known already.
    """

    breaks: Mapping[Pair, bool]
    unknown: Mapping[Pair, str]
    usage: Usage


class ConstraintJudge:
    """Judges pairs of text and constraint, all in one call, and remembers what it found.

    Only hashes of what was judged are kept. Thread-safe.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, bool] = OrderedDict()
        self._lock = threading.Lock()

    async def judge(
        self, chat: ChatModel, texts: Sequence[str], rules: Sequence[Preference]
    ) -> Ruling:
        """Says for each text and rule whether the text breaks it.

        Args:
            chat: The chat model; called once, or not at all if every pair is known.
            texts: The texts, the most important first: of those never judged before, the first 8
                pairs are judged.
            rules: Hard constraints.

        Returns:
            A verdict for each pair, or why there is none. A call that fails leaves its pairs
            unknown.
        """
        breaks: dict[Pair, bool] = {}
        unknown: dict[Pair, str] = {}
        asked: dict[Pair, bytes] = {}
        for place, text in enumerate(texts):
            for rule in rules:
                pair, key = Pair(place, rule.id), _key(chat.name, text, rule)
                known = self._recall(key)
                if known is not None:
                    breaks[pair] = known
                elif not text.strip():
                    breaks[pair] = False
                elif len(asked) < MOST_PAIRS:
                    asked[pair] = key
                else:
                    unknown[pair] = _TOO_MANY
        usage = Usage(calls=0)
        if asked:
            try:
                found, usage = await _ask(chat, texts, rules, list(asked))
            except ModelError as error:
                # The candidates stay, marked as unchecked; what a failing call cost is not told.
                usage = Usage(calls=2 if isinstance(error, StructuredOutputError) else 1)
                unknown |= dict.fromkeys(asked, one_line(str(error)))
            else:
                breaks |= found
                self._remember({asked[pair]: verdict for pair, verdict in found.items()})
        return Ruling(breaks, unknown, usage)

    def _recall(self, key: bytes) -> bool | None:
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def _remember(self, found: Mapping[bytes, bool]) -> None:
        with self._lock:
            self._known.update(found)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)


class _Asked(NamedTuple):
    breaks: dict[Pair, bool]
    usage: Usage


async def _ask(
    chat: ChatModel, texts: Sequence[str], rules: Sequence[Preference], pairs: Sequence[Pair]
) -> _Asked:
    """Puts every pair as a question right below its text.

    Measured on the default model of 1.5 billion parameters with two texts at a time: of 48 plain
    questions below their texts ("Does it need an oven?") it answered 39 rightly, with 6 misses and
    3 false alarms. Asked whether a rule is broken it said yes to everything, and with all questions
    at the end it got 17 of 28.
    """
    questions = {rule.id: question(rule) for rule in rules}
    names = {pair: f"answer_{number}" for number, pair in enumerate(pairs, start=1)}
    schema: type[BaseModel] = create_model(
        f"RulingOf{len(pairs)}",
        **dict.fromkeys(names.values(), (Literal["yes", "no"], ...)),  # type: ignore[call-overload]
    )
    blocks = [
        render(
            __package__,
            "judge",
            number=str(number),
            text=fence(texts[pair.text], "text", limit=_TEXT),
            question=questions[pair.preference_id].words,
        )
        for number, pair in enumerate(pairs, start=1)
    ]
    answer, usage = await chat.structured(
        [Message(role="user", content="\n\n".join(blocks))], schema, max_tokens=16 + 12 * len(pairs)
    )
    said = answer.model_dump()
    return _Asked(
        {pair: said[name] == questions[pair.preference_id].broken for pair, name in names.items()},
        usage,
    )


class Question(NamedTuple):
    """A rule as a question about a text.

    Attributes:
        words: The question.
        broken: The answer that says that the text breaks the rule.
    """

    words: str
    broken: Literal["yes", "no"]


def question(rule: Preference) -> Question:
    """Words a hard constraint as a plain question: "Does it need an oven?"."""
    # It stands beside the fence, so that nothing in it may look like a tag, a role or a message.
    said = one_line(without_tag(inert(rule.description), "text"), limit=_RULE).strip(" .")
    match = _DENIES.match(said)
    if match is None and rule.polarity == "like":
        return Question(f"Does it keep to this: {said}?", "no")
    thing = said[match.end() :] if match is not None else said
    clause = _CLAUSE.match(thing)
    if clause is None:
        return Question(
            f"Is it {thing}?" if _AMOUNT.match(thing) else f"Is there {thing} in it?", "yes"
        )
    verb = clause["verb"].lower()
    if verb in {"is", "are", "was"}:
        return Question(f"Is it {clause['rest']}?", "yes")
    return Question(f"Does it {_base(verb)} {clause['rest']}?", "yes")


def _base(verb: str) -> str:
    """The base form of a verb in the third person."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("sses", "ches", "shes", "xes", "zes", "oes")):
        return verb[:-2]
    return verb.removesuffix("s")


def _key(model: str, text: str, rule: Preference) -> bytes:
    joined = "\x00".join((model, *question(rule), text)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).digest()
