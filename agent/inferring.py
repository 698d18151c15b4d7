"""What an edit, a pick and a repair teach: measured at once, and asked about behind the turns."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple, TypedDict

from ..errors import InputError, ModelError, NotFoundError
from ..memory.inference.profile_update import Event, ask_wishes, gather, placed, update
from ..memory.inference.verification import MOST_PROPOSALS
from ..memory.relevance import is_style
from ..memory.types import (
    Add,
    Choice,
    Command,
    Confirm,
    Context,
    Edit,
    Evidence,
    Lesson,
    Observation,
    OnConflict,
    Operation,
    Preference,
    PreferenceDraft,
    Rating,
    Reaction,
    Retire,
    Revise,
    Source,
)
from ..models.types import Usage
from ..policies.feedback import (
    counted,
    describe_edit,
    differing,
    heard,
    occasion_of,
    read_reason,
)
from ..policies.reward.predicting import RewardPredictor
from .services import Inference, Services

__all__ = [
    "infer_from_choice",
    "infer_from_edit",
    "infer_from_repair",
    "learn_edit",
    "learn_reason",
    "learn_said",
]

_NOTHING = Inference((), Usage(calls=0))


class _Options(TypedDict):
    """How memory takes an event in."""

    context: Context | None
    session_id: str
    source: Source
    infer: str | None
    details: Mapping[str, str] | None
    on_conflict: OnConflict


class _Read(NamedTuple):
    """An event, and who tests what it says."""

    event: Event
    predictor: RewardPredictor


async def learn_edit(
    services: Services, edit: Edit, context: Context | None, *, first: str
) -> Lesson:
    """Learns what counting shows of an edit, and queues the rest for the chat model.

    Each proposal is tested on the edit and on earlier events of near contexts; while there is no
    embedder to test with, all are kept. One transaction has the edit, what it taught and what it
    awaits.

    Args:
        services: Whose turn it was, and what serves it.
        edit: The edit.
        context: The request that the reply answered.
        first: The reply as it was first shown: edits of it that wait together are inferred from
            as one.

    Raises:
        InputError: The edit cannot be kept.
        EmbedderMismatchError: The user's memories were embedded with another embedder.
    """
    reading = describe_edit(edit.before, edit.after)
    shown = {draft.aspect for draft in reading.drafts}
    # What was counted says more exactly what the reason only names.
    said = [
        draft
        for draft in _said_of(edit, context)
        if draft.origin == "stated" or draft.aspect not in shown
    ]
    left = MOST_PROPOSALS - len(reading.drafts)
    memory, user_id = services.memory, services.user_id
    options: _Options = {
        "context": context,
        "session_id": services.session_id,
        "source": "chat",
        "infer": None if reading.explained or left <= 0 else "edit",
        "details": {"before": first},
        "on_conflict": "ask",
    }
    # Without an embedder there is nothing to test with, and a line may have gone meanwhile.
    with suppress(ModelError, NotFoundError, InputError):
        operations = await _counted_in(services, edit, context, said)
        return await asyncio.to_thread(memory.apply, user_id, edit, operations, **options)
    scope = None if context is None else occasion_of(context)
    drafts = [*(replace(draft, scope=scope) for draft in reading.drafts), *said]
    return await asyncio.to_thread(memory.learn, user_id, edit, drafts, **options)


async def _counted_in(
    services: Services, edit: Edit, context: Context | None, said: Sequence[PreferenceDraft]
) -> tuple[Operation, ...]:
    event, predictor = await _read(services, edit, context)
    operations = await update(predictor, event, counted(event.own, written=True))
    return (*operations, *placed(said, event.scope, event.live))


def _said_of(observation: Observation, context: Context | None) -> tuple[PreferenceDraft, ...]:
    """What the reason says that the user gave; what it only names holds for the occasion."""
    match observation:
        case Edit(reason=reason, before=text) | Rating(reason=reason, text=text):
            drafts = read_reason(reason, text)
        case Choice(reason=reason, shown=shown, judge=None):
            drafts = read_reason(reason, "\n\n".join(shown))
        case _:
            return ()
    scope = None if context is None else occasion_of(context)
    return tuple(
        replace(draft, scope=scope)
        if draft.origin == "inferred" and draft.scope is None and is_style(draft.aspect)
        else draft
        for draft in drafts
    )


async def learn_reason(services: Services, evidence: Evidence) -> None:
    """Learns what the reason says that came with an event which is recorded already."""
    said = _said_of(evidence.observation, evidence.context)
    if not said:
        return
    live = await asyncio.to_thread(services.memory.get_all, services.user_id)
    # A line may have gone meanwhile.
    with suppress(NotFoundError):
        await asyncio.to_thread(
            services.memory.apply, services.user_id, evidence, placed(said, None, live)
        )


async def learn_said(
    services: Services,
    observation: Observation,
    context: Context | None,
    *,
    drafts: Sequence[PreferenceDraft] = (),
    used: Collection[str] = (),
    infer: str | None = None,
    details: Mapping[str, str] | None = None,
) -> Lesson:
    """Learns what needs no test: what the user said, ordered, picked or thought of a reply.

    What they say holds as they say it, and so does what they give as a reason. What an order or a
    reason shows of their style ("shorter") holds for the occasion that it was given on, until
    enough others show it.

    CIPHER keeps the recalled description for a text that was not edited: inferred lines of style
    under which an accepted reply was written are a little surer.

    Args:
        services: Whose turn it was, and what serves it.
        observation: What was observed.
        context: The request that it is about.
        drafts: What it says.
        used: The ids of the preferences under which the reply was written that it accepts.
        infer: The kind of inference that it awaits besides.
        details: What that inference needs besides the event.

    Raises:
        InputError: The observation or a draft cannot be used.
        EmbedderMismatchError: The user's memories were embedded with another embedder.
    """
    memory, user_id = services.memory, services.user_id
    drafts = (*drafts, *_said_of(observation, context))
    options: _Options = {
        "context": context,
        "session_id": services.session_id,
        "source": "chat",
        "infer": infer,
        "details": details,
        "on_conflict": "ask",
    }
    only_shown = all(draft.origin == "inferred" and not draft.hard for draft in drafts)
    if only_shown and (drafts or used):
        live = await asyncio.to_thread(memory.get_all, user_id)
        orders = isinstance(observation, Command | Reaction)
        scope = occasion_of(context) if orders and context is not None else None
        accepted = [line for line in live if line.id in used]
        operations = (*placed(drafts, scope, live), *_confirmed(accepted))
        # A line may have gone meanwhile; the event is learned from all the same.
        with suppress(NotFoundError, InputError):
            return await asyncio.to_thread(
                memory.apply, user_id, observation, operations, **options
            )
    return await asyncio.to_thread(memory.learn, user_id, observation, drafts, **options)


def _confirmed(lines: Sequence[Preference]) -> list[Operation]:
    return [
        Confirm(preference_id=line.id, reason="a reply written under it was liked as it was")
        for line in lines
        if line.origin == "inferred" and not line.hard and is_style(line.aspect)
    ]


async def infer_from_edit(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Asks the chat model what lies behind an edit that counting does not explain.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The edit, recorded already.
        details: "before", the reply as it was first shown: an earlier edit of it that waited for
            the same has given way to this one.

    Raises:
        InputError: The evidence is no edit.
        ModelError: The call failed, or there is no embedder to test its answer with.
    """
    edit = evidence.observation
    if not isinstance(edit, Edit):
        raise InputError(f"evidence {evidence.id!r} is {edit.kind!r}; give an edit")
    whole = Edit(before=details.get("before", edit.before), after=edit.after)
    event, predictor = await _read(services, whole, evidence.context, evidence_id=evidence.id)
    if not event.own:
        return _NOTHING
    before = counted(event.own, written=True)
    # Before the call: without an embedder its answer could not be tested.
    noticed = await asyncio.to_thread(predictor.noticed, event.own[0])
    asked = await ask_wishes(services.chat, event.own[0])
    left = max(1, MOST_PROPOSALS - len(before))
    proposals = heard(asked.phrases, event, request=_request(evidence), besides=before)[:left]
    operations = await update(
        predictor,
        event,
        proposals,
        refinement=differing(noticed, event.scope, event.live)[: left - len(proposals)],
        review=False,
    )
    return await _applied(services, evidence, operations, asked.usage)


async def infer_from_choice(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Learns what a pick among drafts shows, as far as earlier events bear it out.

    Drafts differ in much that nobody chose, so that a pick alone adds no line; it confirms those
    that predict it. The chat model is asked only where earlier events are there to test on and
    neither a line nor counting explains the pick.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The choice, recorded already.
        details: Nothing else is needed.

    Raises:
        InputError: The evidence is no choice.
        ModelError: The call failed, or there is no embedder to test with.
    """
    if not isinstance(evidence.observation, Choice):
        kind = evidence.observation.kind
        raise InputError(f"evidence {evidence.id!r} is {kind!r}; give a choice")
    return await _from_comparison(services, evidence)


async def infer_from_repair(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Learns what a reply that repaired another, and was accepted, shows; as from a pick.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The reaction that accepted the repair, recorded already.
        details: Nothing else is needed.

    Raises:
        InputError: The evidence is no reaction.
        ModelError: The call failed, or there is no embedder to test with.
    """
    if not isinstance(evidence.observation, Reaction):
        kind = evidence.observation.kind
        raise InputError(f"evidence {evidence.id!r} is {kind!r}; give a reaction")
    return await _from_comparison(services, evidence)


async def _from_comparison(services: Services, evidence: Evidence) -> Inference:
    event, predictor = await _read(
        services, evidence.observation, evidence.context, evidence_id=evidence.id
    )
    measured = counted(event.own, written=False) if event.earlier else ()
    operations = await update(predictor, event, measured, held_out=True)
    usage = Usage(calls=0)
    explained = any(isinstance(each, Add | Revise | Confirm) for each in operations)
    left = MOST_PROPOSALS - len(measured)
    if not explained and event.own and event.earlier and left > 0:
        asked = await ask_wishes(services.chat, event.own[0])
        usage = asked.usage
        gone = {each.preference_id for each in operations if isinstance(each, Retire)}
        event = replace(event, live=tuple(line for line in event.live if line.id not in gone))
        proposals = heard(asked.phrases, event, request=_request(evidence), besides=measured)
        operations += await update(predictor, event, proposals[:left], held_out=True, review=False)
    return await _applied(services, evidence, operations, usage)


async def _read(
    services: Services,
    observation: Observation,
    context: Context | None,
    *,
    evidence_id: str = "",
) -> _Read:
    event = await gather(
        services.memory,
        services.user_id,
        observation,
        context,
        occasion=occasion_of,
        evidence_id=evidence_id,
    )
    return _Read(event, RewardPredictor(services.reward.features))


async def _applied(
    services: Services, evidence: Evidence, operations: Sequence[Operation], usage: Usage
) -> Inference:
    if not operations:
        return Inference((), usage)
    learned = await asyncio.to_thread(
        services.memory.apply,
        services.user_id,
        evidence,
        operations,
        finishes=services.job_id,
    )
    return Inference(tuple(learned), usage)


def _request(evidence: Evidence) -> str:
    return "" if evidence.context is None else evidence.context.text
