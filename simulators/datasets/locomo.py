"""LoCoMo: two people's conversations over months, and questions with the turns that answer them.

The format is that of `data/locomo10.json` of snap-research/locomo (Maharana et al. 2024,
"Evaluating Very Long-Term Conversational Memory of LLM Agents").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ...errors import InputError
from .files import found, parse_json, read, validated
from .sources import missing, placed

__all__ = [
    "CATEGORIES",
    "Category",
    "LocomoConversation",
    "LocomoQuestion",
    "LocomoTurn",
    "load_locomo",
]

Category = Literal["multi-hop", "temporal", "open-domain", "single-hop", "adversarial"]
CATEGORIES: tuple[Category, ...] = (
    "multi-hop",
    "temporal",
    "open-domain",
    "single-hop",
    "adversarial",
)
"""What the numbers 1 to 5 in the file stand for, as its evaluation code treats them."""

_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D:?(\d+):(\d+)")
_DATE = "%I:%M %p on %d %B, %Y"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocomoTurn:
    """One message.

    Attributes:
        id: Its dialogue id, such as "D3:7".
        speaker: Who wrote it.
        text: What it says, with the caption of a picture that came with it.
        at: When its session began.
    """

    id: str
    speaker: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LocomoQuestion:
    """One question about a conversation.

    Attributes:
        question: What is asked.
        category: Of which kind it is; an adversarial one asks for what was never said.
        answer: What is right, in words; None for adversarial ones.
        evidence: Ids of turns that hold the answer, each once and in the file's order.
        unknown: Ids in its evidence that no turn has.
    """

    question: str
    category: Category
    answer: str | None
    evidence: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocomoConversation:
    """One conversation.

    Attributes:
        id: The file's `sample_id`.
        speakers: The two names.
        turns: All sessions' turns in order.
        questions: What is asked about them.
    """

    id: str
    speakers: tuple[str, str]
    turns: tuple[LocomoTurn, ...]
    questions: tuple[LocomoQuestion, ...]


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    speaker: str = Field(min_length=1)
    dia_id: str = Field(pattern=r"^D\d+:\d+$")
    text: str = ""
    blip_caption: str | None = None


class _Turns(RootModel[list[_Turn]]):
    pass


class _Question(BaseModel):
    model_config = ConfigDict(extra="ignore")

    question: str = Field(min_length=1)
    category: int = Field(ge=1, le=5)
    answer: str | int | float | None = None
    evidence: list[str] = Field(default_factory=list)


class _Sample(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sample_id: str = Field(min_length=1)
    conversation: dict[str, object]
    qa: list[_Question]


def load_locomo(path: Path) -> tuple[LocomoConversation, ...]:
    """Reads LoCoMo.

    Some of the published evidence is written loosely ("D8:6; D9:17", "D30:05"); all ids that can
    be made out are taken, and those that no turn has are kept apart.

    Args:
        path: `locomo10.json`, or the folder that holds it or other files of its format, such as
            the folder `locomo` of a directory of several sets.

    Raises:
        InputError: There is no such file, or an entry does not fit; the message names the file,
            the entry from 0 and the way to the field in it.
    """
    place = placed(path, "locomo")
    files = (place,) if place.is_file() else found(place, ".json")
    conversations: dict[str, LocomoConversation] = {}
    for file in files:
        document = parse_json(read(file), repr(str(file)))
        if not isinstance(document, list):
            raise InputError(f"{str(file)!r} is no list; it must be a JSON list of conversations")
        for index, value in enumerate(document):
            where = f"entry {index} of {str(file)!r}"
            each = _conversation(validated(_Sample, value, where), where)
            if each.id in conversations:
                raise InputError(f"{where}: sample_id: {each.id!r} stands twice; ids are unique")
            conversations[each.id] = each
    if not conversations:
        raise missing(path, "locomo")
    return tuple(conversations.values())


def _conversation(sample: _Sample, place: str) -> LocomoConversation:
    content = sample.conversation
    numbers = sorted(int(m[1]) for key in content if (m := _SESSION.fullmatch(key)) is not None)
    turns: list[LocomoTurn] = []
    for number in numbers:
        name = f"session_{number}"
        where = f"{place}: conversation.{name}"
        said = validated(_Turns, content[name], where).root
        # Published files have dates of sessions that were left out, and empty sessions.
        if said:
            at = _moment(content.get(f"{name}_date_time"), f"{where}_date_time")
            turns += [
                LocomoTurn(id=each.dia_id, speaker=each.speaker, text=_words(each), at=at)
                for each in said
            ]
    if not turns:
        raise InputError(f"{place}: conversation: has no session_1, session_2, … with turns in it")
    known = {each.id for each in turns}
    if len(known) < len(turns):
        raise InputError(f"{place}: conversation: a dia_id stands twice; ids are unique")
    return LocomoConversation(
        id=sample.sample_id,
        speakers=(
            _name(content.get("speaker_a"), f"{place}: conversation.speaker_a"),
            _name(content.get("speaker_b"), f"{place}: conversation.speaker_b"),
        ),
        turns=tuple(turns),
        questions=tuple(_question(each, known) for each in sample.qa),
    )


def _question(entry: _Question, known: set[str]) -> LocomoQuestion:
    told = dict.fromkeys(
        f"D{int(session)}:{int(turn)}"
        for each in entry.evidence
        for session, turn in _TURN.findall(each)
    )
    return LocomoQuestion(
        question=entry.question,
        category=CATEGORIES[entry.category - 1],
        answer=None if entry.answer is None else str(entry.answer),
        evidence=tuple(each for each in told if each in known),
        unknown=tuple(each for each in told if each not in known),
    )


def _words(turn: _Turn) -> str:
    shown = f"[shares a picture: {turn.blip_caption}]" if turn.blip_caption else ""
    return " ".join(part for part in (turn.text.strip(), shown) if part)


def _name(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise InputError(f"{place}: is {value!r:.80}; it must be a speaker's name")
    return value


def _moment(value: object, place: str) -> datetime:
    try:
        return datetime.strptime(str(value), _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise InputError(
            f"{place}: is {value!r:.80}; it must be a time such as '1:56 pm on 8 May, 2023'"
        ) from None
