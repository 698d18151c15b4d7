"""Answers that fit a pydantic schema: the schema that is sent, reading the answer, one repair."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, assert_never

from ..errors import StructuredOutputError
from .prompts import fence, render
from .types import Chunk, Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

__all__ = [
    "Collected",
    "Dialect",
    "JsonCarver",
    "ask_structured",
    "collect",
    "llguidance_grammar",
    "parse_answer",
    "schema_for",
    "with_schema_in_prompt",
]

Dialect = Literal["strict", "grammar", "llguidance"]
"""Who enforces a schema: a hosted provider, a llama.cpp server, or one built with LLGuidance."""

_LONGEST_STRING = 2000
_NOISE = frozenset({"title", "default", "examples"})
_REFUSED_BY_STRICT = frozenset({"minLength", "maxLength", "pattern", "format", "multipleOf"})
_PROBLEMS_SHOWN = 6
_ANSWER_SHOWN = 4000


class Collected(NamedTuple):
    """A whole answer: its text, its cost, and whether it was cut at `max_tokens`."""

    text: str
    usage: Usage
    truncated: bool


def schema_for(schema: type[BaseModel], dialect: Dialect) -> dict[str, Any]:
    """Writes the JSON schema that constrains a model's answer.

    Every property is required and no other is allowed, which hosted models demand and which keeps
    grammars small. What a dialect cannot enforce is left out: validation checks it anyway.

    Args:
        schema: The pydantic model.
        dialect: Who enforces the schema.

    Returns:
        A JSON schema. For grammars, strings longer than 2000 characters are not bounded.
    """
    document: dict[str, Any] = _constrained(schema.model_json_schema(), dialect)
    match dialect:
        case "llguidance":
            return {**document, "x-guidance": {"whitespace_flexible": False, "lenient": True}}
        case "grammar" | "strict":
            return document
        case _:
            assert_never(dialect)


def llguidance_grammar(schema: type[BaseModel]) -> str:
    """Writes the grammar of a schema's documents without blank space.

    Left to themselves models indent, which takes twice the tokens, and so twice the time.
    """
    document = json.dumps(schema_for(schema, "llguidance"), ensure_ascii=False)
    return f"%llguidance {{}}\nstart: %json {document}\n"


def _constrained(node: Any, dialect: Dialect) -> Any:
    if isinstance(node, list):
        return [_constrained(item, dialect) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        if key in _NOISE or (dialect == "strict" and key in _REFUSED_BY_STRICT):
            continue
        if dialect != "strict" and (
            key == "description" or (key == "maxLength" and value > _LONGEST_STRING)
        ):
            continue
        if key in ("properties", "$defs"):
            result[key] = {name: _constrained(inner, dialect) for name, inner in value.items()}
        elif key in ("enum", "const", "required"):
            result[key] = value
        else:
            result[key] = _constrained(value, dialect)
    if "properties" in result:
        result["required"] = list(result["properties"])
        result["additionalProperties"] = False
    return result


def with_schema_in_prompt(messages: Sequence[Message], schema: type[BaseModel]) -> list[Message]:
    """Puts the schema into the prompt, for models that take none beside it.

    Args:
        messages: The prompt.
        schema: What the answer must fit.

    Returns:
        The prompt with the instruction at the end of its last message by the user, or as a
        message of its own.
    """
    document = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    instruction = render(__package__, "schema", schema=document)
    result = list(messages)
    if result and result[-1].role == "user":
        result[-1] = Message(role="user", content=f"{result[-1].content}\n\n{instruction}")
    else:
        result.append(Message(role="user", content=instruction))
    return result


class JsonCarver:
    """Lets the JSON document of a stream through, without the prose or fences around it."""

    def __init__(self, *, array: bool = False) -> None:
        self._open = "[" if array else "{"
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._done = False

    def feed(self, text: str) -> str:
        """Takes the next characters of an answer and returns those of the document."""
        kept: list[str] = []
        for character in text:
            if self._done:
                break
            if self._depth == 0 and character != self._open:
                continue
            kept.append(character)
            self._step(character)
        return "".join(kept)

    def _step(self, character: str) -> None:
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._in_string = False
        elif character == '"':
            self._in_string = True
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
            self._done = self._depth == 0


def parse_answer(text: str, schema: type[T]) -> T:
    """Reads the JSON document in a model's answer.

    Args:
        text: The answer; prose and code fences around the document are ignored.
        schema: What the document must fit.

    Returns:
        The instance.

    Raises:
        ValueError: There is no JSON document, or it does not fit; the message lists what is wrong,
            in words that the model can act on.
    """
    from pydantic import ValidationError

    decoder = json.JSONDecoder()
    problem: ValidationError | None = None
    for index, character in enumerate(text):
        if character not in "{[":
            continue
        try:
            document, _ = decoder.raw_decode(text, index)
        except (ValueError, RecursionError):
            continue
        try:
            return schema.model_validate(document)
        except ValidationError as error:
            problem = problem or error
    if problem is None:
        raise ValueError("- there is no complete JSON document in the answer")
    lines = [
        f"- {'.'.join(str(part) for part in error['loc']) or 'the document'}: {error['msg']}"
        for error in problem.errors()[:_PROBLEMS_SHOWN]
    ]
    raise ValueError("\n".join(lines))


async def collect(chunks: AsyncGenerator[Chunk]) -> Collected:
    """Reads a streamed answer to its end, and closes the stream whatever happens."""
    written: list[str] = []
    usage = Usage(calls=0)
    truncated = False
    async with aclosing(chunks):
        async for chunk in chunks:
            written.append(chunk.text)
            usage = chunk.usage or usage
            truncated = truncated or chunk.truncated
    return Collected("".join(written), usage, truncated)


async def ask_structured(
    call: Callable[[Sequence[Message]], Awaitable[Collected]],
    messages: Sequence[Message],
    schema: type[T],
    *,
    model: str,
) -> tuple[T, Usage]:
    """Asks for an instance of a schema, and once more with the error if the answer does not fit.

    Args:
        call: Sends a prompt to the model, constrained to the schema as far as it can be.
        messages: The prompt.
        schema: What the answer must fit.
        model: The model's name, for the error.

    Returns:
        The instance, and the cost of the one or two calls.

    Raises:
        StructuredOutputError: The second answer does not fit either.
    """
    first = await call(messages)
    try:
        return parse_answer(first.text, schema), first.usage
    except ValueError as error:
        problems = _told(error, first)
    repair = [
        *messages,
        Message(role="assistant", content=first.text[:_ANSWER_SHOWN] or "{}"),
        Message(
            role="user",
            content=render(__package__, "repair", problems=fence(problems, "problems")),
        ),
    ]
    second = await call(repair)
    usage = first.usage + second.usage
    try:
        return parse_answer(second.text, schema), usage
    except ValueError as error:
        problems = _told(error, second)
    shown = second.text[:200]
    raise StructuredOutputError(
        f"model {model!r} answered {shown!r}, which does not fit {schema.__name__!r} even after"
        f" one repair:\n{problems}\nAsk for less, allow more tokens, or use a larger model"
    )


def _told(error: ValueError, answer: Collected) -> str:
    note = "\n- the answer was cut off: it is too long, be much shorter" if answer.truncated else ""
    return f"{error}{note}"
