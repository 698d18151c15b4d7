"""Drafts deliberately different answers in one call to the chat model."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ...errors import ChatProviderError, ModelError
from ...memory import as_prompt_data
from ...memory.types import Recalled
from ...models.history import trim_history
from ...models.types import Message, Usage
from ...policies.propose import (
    DraftStream,
    Leaning,
    Plan,
    Written,
    apart,
    distinct,
    draft_set,
    leanings,
    messages,
    plan,
    redraft_messages,
    system_prompt,
    tidy,
    unechoed,
    unrepeated,
)
from ...policies.types import Decision, Reading, Violation
from ..history import conversation
from ..services import Meter, Services
from ..state import Json, TurnState, unpack
from ..types import DraftDelta, ReplyDelta, Status
from .node import Emit

__all__ = ["propose"]

# What a chat template adds around the messages, and some slack for an estimated count.
_TEMPLATE_TOKENS = 64


async def propose(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Plans the drafts and has them written; the second attempt names what the first broke."""
    again = state["attempt"] > 0
    emit(Status(text="drafting again" if again else "drafting"))
    recalled = [unpack(Recalled, each) for each in state["recalled"]]
    reading = unpack(Reading, state["reading"])
    decision = unpack(Decision, state["decision"])
    request = state["request"] or (state["text"] if reading.command is None else "")
    k = services.settings.drafts
    k = max(2, k) if decision.kind == "choose" else k
    planned = plan(
        request,
        k=k,
        recalled=recalled,
        reading=reading,
        request_kind=decision.request_kind,
        reply_tokens=services.settings.reply_tokens,
        leanings=await _leanings(services, k, state["about"]) if reading.command is None else (),
    )
    separate = services.settings.drafting == "separate" and planned.k > 1
    if separate and again:
        # A call for each draft, and one more, is all that a turn may cost.
        planned = replace(planned, directions=planned.directions[:1])
    history = await _history(services)
    compose = partial(
        messages,
        system=system_prompt(),
        request=_with_answers(request, state.get("clarified", [])),
        memory_block=as_prompt_data(recalled),
        command=reading.command,
        example=state["example"],
    )
    prompt = compose(planned, history=history.messages)
    if again:
        broken = state["ranked"]
        prompt = redraft_messages(
            planned,
            prompt=prompt,
            drafts=[draft["text"] for draft in broken],
            violations=[unpack(Violation, v) for draft in broken for v in draft["violations"]],
        )
    # A lone draft with nothing to check it against is the reply, and is streamed as such.
    direct = planned.k == 1 and not planned.rules and decision.kind != "choose"
    with meter.waiting():
        if separate and not again:
            parts = planned.apart()
            prompts = [compose(part, history=history.messages) for part in parts]
            written = await _write_separately(services, parts, prompts, meter, emit)
        else:
            written = await _write(services, planned, prompt, meter, emit, direct=direct)
    if not written:
        raise ChatProviderError(
            f"{services.chat.name!r} wrote no answer to {state['about'][:80]!r}; send it again"
        )
    repeated = False
    if not direct and not separate and reading.command is None and not state["example"]:
        fresh = unrepeated(written, history.replies)
        repeated = not fresh
        if repeated:
            # A small model copies what it said before; without it in sight, it cannot.
            emit(Status(text="drafting again"))
            with meter.waiting():
                anew = await _write(services, planned, compose(planned, history=[]), meter, emit)
            fresh = unrepeated(anew, history.replies) or anew or written
        written = fresh
    written = written if direct else _unechoed(written, planned)
    meter.note = _note(written, planned)
    meter.note += "; the first ones only repeated an earlier reply" if repeated else ""
    drafts = [{"text": draft.text, "approach": draft.approach} for draft in written]
    if not direct:
        # What is already out as the reply stays as it was read.
        tidied = [tidy(draft.text, planned.word_limit) for draft in written]
        drafts = [
            {"text": put_right.text, "approach": draft.approach}
            for draft, put_right in zip(written, tidied, strict=True)
        ]
        dropped = sum(put_right.dropped for put_right in tidied)
        meter.note += f"; {dropped} words beyond the length you like left out" if dropped else ""
    if len(drafts) > 1:
        drafts = await _apart(services, drafts, meter)
    return {
        "drafts": drafts,
        "attempt": state["attempt"] + 1,
        "streamed": direct,
    }


async def _leanings(services: Services, count: int, about: str) -> tuple[Leaning, ...]:
    """What drafts shall lean to, out of what the user's choices have shown; mostly nothing yet.

    The same for the same request, so that a second try finds its prompt cached.
    """
    try:
        posterior = await asyncio.to_thread(
            services.reward.posterior, services.user_id, context=about
        )
    except ModelError:
        # Ranking will say so.
        return ()
    return leanings(posterior, count, seed=zlib.crc32(about.encode("utf-8", "replace")))


async def _apart(services: Services, drafts: list[Json], meter: Meter) -> list[Json]:
    """Drops drafts that mean what an earlier one means, and notes how far all are apart."""
    features = services.reward.features
    texts = [draft["text"] for draft in drafts]
    try:
        rows = await asyncio.to_thread(features.transform, texts)
    except ModelError:
        return drafts
    found = apart(rows[:, features.blocks["meaning"]])
    meter.note += f"; mean cosine {found.mean_cosine:.2f}"
    if len(found.kept) < len(drafts):
        meter.note += f"; {len(drafts) - len(found.kept)} said the same as another"
    return [drafts[place] for place in found.kept]


async def _write_separately(
    services: Services,
    parts: Sequence[Plan],
    prompts: Sequence[Sequence[Message]],
    meter: Meter,
    emit: Emit,
) -> tuple[Written, ...]:
    """Has each draft written in a call of its own, all at once.

    Raises:
        ModelError: Every call failed; this is what the first of them said.
    """
    calls = (
        _write(services, part, prompt, meter, emit, number=number)
        for number, (part, prompt) in enumerate(zip(parts, prompts, strict=True))
    )
    found = await asyncio.gather(*calls, return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, ModelError):
            raise each
    written = tuple(
        replace(draft, approach=part.directions[0].approach)
        for part, drafts in zip(parts, found, strict=True)
        if not isinstance(drafts, BaseException)
        for draft in drafts
    )
    failed = [each for each in found if isinstance(each, ModelError)]
    if failed and not written:
        raise failed[0]
    return distinct(written)


async def _write(
    services: Services,
    planned: Plan,
    prompt: Sequence[Message],
    meter: Meter,
    emit: Emit,
    *,
    direct: bool = False,
    number: int = 0,
) -> tuple[Written, ...]:
    budget = services.chat.context_window - planned.max_tokens - _TEMPLATE_TOKENS
    fitting = trim_history(prompt, max(1, budget), services.chat.count_tokens)
    approaches = [direction.approach for direction in planned.directions]
    parser = DraftStream(planned.k, approaches=approaches) if planned.k > 1 else None
    plain: list[str] = []
    truncated = False
    stream = services.chat.stream(
        fitting,
        max_tokens=planned.max_tokens,
        seed=services.seed,
        schema=draft_set(planned.k) if parser is not None else None,
    )
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            meter.add(chunk.usage or Usage(calls=0))
            truncated = truncated or chunk.truncated
            if parser is not None:
                for delta in parser.feed(chunk.text):
                    emit(DraftDelta(draft=delta.draft, text=delta.text))
            elif chunk.text:
                plain.append(chunk.text)
                emit(
                    ReplyDelta(text=chunk.text)
                    if direct
                    else DraftDelta(draft=number, text=chunk.text)
                )
    if parser is None:
        text = "".join(plain).strip()
        return (Written(text=text, complete=not truncated),) if text else ()
    written = distinct(parser.finish())
    whole = tuple(draft for draft in written if draft.complete)
    return whole or written


def _unechoed(written: Sequence[Written], planned: Plan) -> tuple[Written, ...]:
    """Drafts without the orders that they say back; those that say nothing else are dropped."""
    orders = [direction.instruction for direction in planned.directions]
    found = [replace(draft, text=unechoed(draft.text, orders)) for draft in written]
    return tuple(draft for draft in found if draft.text) or tuple(written)


class _History(NamedTuple):
    """The conversation before this turn: as the model reads it, and its replies alone."""

    messages: list[Message]
    replies: list[str]


async def _history(services: Services) -> _History:
    turns = await asyncio.to_thread(services.memory.turns, services.user_id, services.session_id)
    # The present turn's own messages stand in the prompt itself: the request, and the
    # question and answer that clarified it.
    last = max((i for i, turn in enumerate(turns) if turn.role == "assistant"), default=-1)
    edits = await asyncio.to_thread(
        services.memory.evidence, services.user_id, kind="edit", session_id=services.session_id
    )
    before = turns[: last + 1]
    return _History(
        conversation(before, edits), [turn.text for turn in before if turn.role == "assistant"]
    )


def _with_answers(request: str, clarified: Sequence[str]) -> str:
    if not clarified:
        return request
    answers = "\n".join(f"- {each}" for each in clarified)
    return f"{request}\n\nClarified just now:\n{answers}"


def _note(written: Sequence[Written], planned: Plan) -> str:
    approaches = ", ".join(draft.approach for draft in written if draft.approach)
    drafts = f"{len(written)} draft{'s' if len(written) != 1 else ''} of {planned.k}"
    cut = "; cut off at its token limit" if not written[0].complete else ""
    return f"{drafts}{': ' + approaches if approaches else ''}{cut}"
