"""PrefEval's stated preferences and the questions that tempt an assistant to forget them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, Field

from ...errors import InputError
from .files import found, json_array
from .sources import missing

__all__ = ["ChoiceDialogue", "PrefEvalItem", "Said", "load_prefeval"]

_EXPLICIT = "explicit_preference"
_CHOICE = "implicit_preference/choice-based"
_PERSONA = "implicit_preference/persona-driven"
_OPTIONS = "mcq_options"
_OPTION_COUNT = 4


class Said(NamedTuple):
    """A message of the user's and what the assistant replied to it."""

    user: str
    assistant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceDialogue:
    """A preference that shows in a pick. How the assistant acknowledges it would give it away.

    Attributes:
        query: What the user asked.
        offered: The assistant's reply, which names four options.
        picked: The user's reply, which picks one.
    """

    query: str
    offered: str
    picked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefEvalItem:
    """A preference, and a question whose usual answers go against it.

    Attributes:
        id: `topic/number`, the number from 0 within the topic's files.
        topic: The name of the topic's files, such as `shop_home`.
        preference: The preference in the user's words.
        question: What the user asks later.
        options: Four answers, the first of which follows the preference: shuffle them.
        choice: The preference as it shows in a pick, if that form is there.
        persona: The preference as it comes up on the way, in a conversation of several turns.
    """

    id: str
    topic: str
    preference: str
    question: str
    options: tuple[str, ...]
    choice: ChoiceDialogue | None = None
    persona: tuple[Said, ...] = ()


class _Explicit(BaseModel):
    preference: str = Field(min_length=1)
    question: str = Field(min_length=1)


class _Options(_Explicit):
    classification_task_options: list[str] = Field(
        min_length=_OPTION_COUNT, max_length=_OPTION_COUNT
    )


class _ChoiceTurns(BaseModel):
    query: str = Field(min_length=1)
    assistant_options: str = Field(min_length=1)
    user_selection: str = Field(min_length=1)


class _Choice(_Explicit):
    conversation: _ChoiceTurns


class _Turn(BaseModel):
    user: str = Field(min_length=1)
    assistant: str


class _Persona(_Explicit):
    conversation: dict[str, _Turn] = Field(min_length=1)


_FormT = TypeVar("_FormT", bound=_Explicit)


def load_prefeval(path: Path) -> tuple[PrefEvalItem, ...]:
    """Reads PrefEval (arXiv 2502.09597) as its repository lays it out.

    Args:
        path: The repository's `benchmark_dataset`, or a folder that holds it as
            `benchmark_dataset` or `prefeval`: four folders, `explicit_preference`, `mcq_options`,
            `implicit_preference/choice-based` and `implicit_preference/persona-driven`, each with
            a JSON list for each topic. The i-th entries of a topic's lists belong together. A
            topic needs the first two; the implicit forms may be missing.

    Returns:
        In the order of the topics' names, and of the entries in their files.

    Raises:
        InputError: There is no such data, an entry does not fit, or the lists of a topic do not
            belong together; the message names file, index and field.
    """
    root = next(
        (each for each in (path, path / "benchmark_dataset", path / "prefeval") if _is_root(each)),
        None,
    )
    if root is None:
        raise missing(path, "prefeval")
    items = [item for file in found(root / _OPTIONS, ".json") for item in _topic(root, file.name)]
    if not items:
        raise InputError(f"{str(root / _OPTIONS)!r} holds no *.json with entries in it")
    return tuple(items)


def _is_root(path: Path) -> bool:
    return (path / _EXPLICIT).is_dir() and (path / _OPTIONS).is_dir()


def _topic(root: Path, name: str) -> list[PrefEvalItem]:
    options = list(json_array(root / _OPTIONS / name, _Options))
    explicit = list(json_array(root / _EXPLICIT / name, _Explicit))
    choices = _form(root / _CHOICE / name, _Choice)
    personas = _form(root / _PERSONA / name, _Persona)
    for folder, entries in ((_EXPLICIT, explicit), (_CHOICE, choices), (_PERSONA, personas)):
        _aligned(root / folder / name, entries, options)
    topic = name.removesuffix(".json")
    return [
        PrefEvalItem(
            id=f"{topic}/{number}",
            topic=topic,
            # The other forms were derived from this wording, which two words may have left.
            preference=explicit[number].preference,
            question=entry.question,
            options=tuple(entry.classification_task_options),
            choice=_dialogue(choices[number]) if choices else None,
            persona=_turns(personas[number].conversation) if personas else (),
        )
        for number, entry in enumerate(options)
    ]


def _form(file: Path, model: type[_FormT]) -> list[_FormT]:
    return list(json_array(file, model)) if file.is_file() else []


def _aligned(file: Path, entries: Sequence[_Explicit], options: Sequence[_Explicit]) -> None:
    """Raises unless the entries of a file are those that the options belong to."""
    if not entries and _EXPLICIT not in file.parts:
        return
    if len(entries) != len(options):
        raise InputError(
            f"{str(file)!r} has {len(entries)} entries, and {file.name!r} of {_OPTIONS!r} "
            f"{len(options)}; take both from the same release"
        )
    for index, (entry, option) in enumerate(zip(entries, options, strict=True)):
        if entry.question != option.question:
            raise InputError(
                f"entry {index} of {str(file)!r}: question: {entry.question!r:.80} is not that of "
                f"{_OPTIONS!r}, {option.question!r:.80}"
            )


def _dialogue(entry: _Choice) -> ChoiceDialogue:
    said = entry.conversation
    return ChoiceDialogue(
        query=said.query, offered=said.assistant_options, picked=said.user_selection
    )


def _turns(conversation: Mapping[str, _Turn]) -> tuple[Said, ...]:
    def place(number: str) -> tuple[int, str]:
        return (int(number), number) if number.isdigit() else (len(conversation), number)

    ordered = sorted(conversation, key=place)
    return tuple(Said(conversation[each].user, conversation[each].assistant) for each in ordered)
