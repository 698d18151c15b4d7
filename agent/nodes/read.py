"""Turns the message into a reading, and what it states into observations to learn."""

from __future__ import annotations

import asyncio

from ...memory.types import Choice, Command, Observation, PreferenceDraft, Reaction, Statement
from ...policies.feedback import StagedReaction, pointed_at
from ...policies.types import Reading
from ..explaining import why_so
from ..history import last_exchange, objected_to, read_after
from ..reacting import FOLLOW_UPS, quick_reaction, worth_following_up
from ..services import Meter, Services
from ..state import PendingObservation, TurnState, pack
from .node import Emit

__all__ = ["observed", "read", "said_in"]


async def read(state: TurnState, services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Keeps the message, then reads what it says besides its request."""
    text = state["text"]
    user_id, session_id = services.user_id, services.session_id
    turns = await asyncio.to_thread(services.memory.turns, user_id, session_id, limit=12)
    answers = await asyncio.to_thread(
        services.memory.evidence, user_id, kind="answer", session_id=session_id
    )
    await asyncio.to_thread(services.memory.add_turn, user_id, session_id, "user", text)
    last = last_exchange(turns, answers)
    reading = read_after(text, reply=last.reply, request=last.request)
    shown = state["shown"]
    pending: list[PendingObservation] = []
    example = ""
    stated: list[PreferenceDraft] = []
    inferred: list[PreferenceDraft] = []
    for draft in said_in(reading):
        (stated if draft.origin == "stated" else inferred).append(draft)
    if stated or reading.uncertain:
        told = Command(text=text) if reading.lasting else Statement(text=text)
        # What the rules are unsure of is left to the chat model, behind the turn.
        infer = "statements" if reading.uncertain else None
        pending.append(observed(told, stated, infer=infer))
    if reading.command is not None:
        # What holds from now on and breaks the last reply is one event, kept above.
        if inferred or not (stated and reading.lasting):
            pending.append(observed(Command(text=text), inferred))
        place = pointed_at(reading.command, last.reply or "", len(shown))
        if place is not None:
            example = shown[place]
            if len(shown) > 1:
                pick = Choice(shown=tuple(shown), picked=place)
                pending.append(observed(pick, [], infer="choice"))
    shows = await quick_reaction(services, text, reading, last)
    reaction = _reaction(text, reading, last.reply, objected_to(turns), shows)
    if reaction is not None:
        # Going on without a word says too little to ask anybody about.
        mended = reaction.instead_of is not None and reaction.category is not None
        pending.append(
            observed(
                reaction,
                inferred if reading.command is None else [],
                infer="repair" if mended else None,
                about=last.request,
            )
        )
    elif not pending and worth_following_up(services, text, shows, last):
        # The message is kept for it: what is inferred needs an event that it comes from.
        pending.append(
            observed(
                Statement(text=text),
                [],
                infer=FOLLOW_UPS,
                details={"reply": last.reply or ""},
                about=last.request,
            )
        )
    changed = last.request if reading.command is not None else None
    update: TurnState = {}
    if reading.why and not reading.request and not pending:
        update["notice"] = await asyncio.to_thread(why_so, services, state.get("used", ()))
    meter.note = _note(len(reading.preferences), reading.command, reading.sentiment)
    return {
        "reading": pack(reading),
        "request": reading.request,
        "about": reading.request or changed or text,
        "example": example,
        "pending": pending,
        "said": "",
        "forget": reading.forget,
        "narrow": reading.narrow,
        "explained": False,
        "back_to": "recall",
        "attempt": 0,
        **update,
    }


def _reaction(
    text: str,
    reading: Reading,
    reply: str | None,
    objected: str | None,
    shows: StagedReaction,
) -> Reaction | None:
    """What a message shows of the last reply, and of the one which that was to mend.

    A mended reply on which the user goes on without a word is at least better than the first. What
    only the embedder reads into a message is evidence, and changes nothing else of the turn.
    """
    if reply is None:
        return None
    # A guess that they are pleased with a mended reply says no more than that they go on.
    if objected is None or shows.label == "dissatisfied":
        guessed = _guessed(text, reply, shows)
        if guessed is not None:
            return guessed
    goes_on = reading.sentiment is None and reading.command is None
    if reading.sentiment is None and not (goes_on and objected is not None):
        return None
    sentiment = reading.sentiment or "satisfied"
    return Reaction(
        reply=reply,
        text=text,
        sentiment=sentiment,
        category=reading.reaction,
        about=reading.about,
        instead_of=objected if sentiment == "satisfied" else None,
    )


def _guessed(text: str, reply: str, shows: StagedReaction) -> Reaction | None:
    if shows.reader != "embedder" or shows.label not in ("satisfied", "dissatisfied"):
        return None
    return Reaction(reply=reply, text=text, sentiment=shows.label, reader=shows.reader)


def observed(
    observation: Observation,
    drafts: list[PreferenceDraft],
    *,
    infer: str | None = None,
    details: dict[str, str] | None = None,
    about: str | None = None,
) -> PendingObservation:
    """An observation that `learn` shall take in, and the inference that it awaits besides.

    Args:
        observation: What was observed.
        drafts: What it is known to say.
        infer: The kind of inference that it awaits, if any.
        details: What that inference needs besides the observation.
        about: The request that it is about, if that is not the turn's.
    """
    pending: PendingObservation = {
        "observation": pack(observation),
        "drafts": [pack(draft) for draft in drafts],
    }
    if infer is not None:
        pending["infer"] = infer
    if details is not None:
        pending["details"] = details
    if about is not None:
        pending["about"] = about
    return pending


def said_in(reading: Reading) -> list[PreferenceDraft]:
    """The preferences of a reading, "don't ask me so much" among them."""
    drafts = list(reading.preferences)
    if reading.asks_less is not None and not any(d.aspect == "questions" for d in drafts):
        less = reading.asks_less
        drafts.append(
            PreferenceDraft(
                description=(
                    "wants no clarifying questions" if less else "is fine with being asked"
                ),
                aspect="questions",
                value="none" if less else "welcome",
            )
        )
    return drafts


def _note(statements: int, command: str | None, sentiment: str | None) -> str:
    parts = []
    if statements:
        parts.append(f"{statements} statement{'s' if statements > 1 else ''} about the user")
    if command is not None:
        parts.append(f"a command ({command})")
    if sentiment is not None:
        parts.append(f"a {sentiment} reaction")
    return "the message holds " + " and ".join(parts) if parts else "the message is a request"
