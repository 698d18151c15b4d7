"""The two places where a turn waits for the user, and what is read from the answer.

A resumed node runs again from its start, so these neither call models nor write.
"""

from __future__ import annotations

from dataclasses import replace

from langgraph.types import interrupt

from ...memory.types import Answer, Choice
from ...policies.elicit import Replied, read_reply
from ...policies.feedback import answers_aspect, asks_anew, asks_back
from ...policies.types import Decision, Question, Reading
from ..services import Meter, Services
from ..state import Pick, TurnState, pack, unpack
from .node import Emit
from .read import observed, said_in

__all__ = ["ask", "pick"]


async def ask(state: TurnState, _services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Waits for the answer to the open question.

    An answer may be more than one: asked "why?", the question is explained, once, and stays open;
    a request of its own goes in the place of the first one, or along with it if it comes with an
    answer; what else it says ("stop asking", "forget that …") is obeyed as in any message.
    """
    packed = state["question"]
    assert packed is not None, "decide words a question whenever it decides to ask"
    question = unpack(Question, packed)
    value: str | None = interrupt({"kind": "question", "question": packed})["value"]
    if value is not None and asks_back(value) and not state["explained"]:
        meter.note = "asked back"
        return {
            "said": value,
            "notice": _explanation(question),
            "explained": True,
            "back_to": "ask",
        }
    replied = Replied(Reading(), told=False)
    if value is not None:
        replied = read_reply(question, unpack(Decision, state["decision"]), value)
    said = replied.reading
    answered = any(answers_aspect(draft, question.aspect) for draft in said.preferences)
    anew = asks_anew(said.request) and not answered
    meter.note = "skipped" if value is None else "asked for something else" if anew else "answered"
    answer = Answer(
        question=question.text,
        aspect=question.aspect,
        value=None if anew else value,
        options=question.options,
    )
    update: TurnState = {
        "pending": [observed(answer, said_in(said))],
        "reading": pack(_joined(unpack(Reading, state["reading"]), said)),
        "said": value or "",
        "forget": said.forget,
        "notice": "",
        "back_to": "recall",
    }
    if anew:
        return {**update, "request": said.request, "about": said.request, "clarified": []}
    if asks_anew(said.request):
        both = f"{state['request']}\n{said.request}"
        update = {**update, "request": both, "about": both}
    if replied.occasion:
        # What is wanted on that occasion is to be recalled.
        update = {**update, "about": f"{state['about']} ({replied.occasion})"}
    return {**update, "clarified": [f"{question.text} {value}"] if replied.told else []}


def _explanation(question: Question) -> str:
    options = f" Choose from: {', '.join(question.options)}." if question.options else ""
    why = question.why.rstrip(".") or "a good answer depends on it"
    return f"I ask because {why[:1].lower()}{why[1:]}.{options} You can also skip it."


def _joined(message: Reading, answer: Reading) -> Reading:
    """What message and answer say together."""
    return replace(
        message,
        preferences=(*answer.preferences, *message.preferences),
        wants_options=message.wants_options or answer.wants_options,
        wants_silence=message.wants_silence or answer.wants_silence,
        asks_less=message.asks_less if answer.asks_less is None else answer.asks_less,
    )


async def pick(state: TurnState, _services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Waits for the user's pick among the drafts."""
    shown = tuple(draft["text"] for draft in state["ranked"])
    picked: Pick = interrupt({"kind": "choice", "choosing": state["choosing"]})["value"]
    index = picked["index"]
    meter.note = "none picked" if index is None else f"picked {index + 1} of {len(shown)}"
    ranked = state["ranked"]
    if index is not None:
        ranked = [ranked[index], *ranked[:index], *ranked[index + 1 :]]
    choice = Choice(shown=shown, picked=index, strength=picked["strength"], reason=picked["reason"])
    return {
        "pending": [observed(choice, [], infer=None if index is None else "choice")],
        "back_to": "reply",
        "ranked": ranked,
        "choosing": None,
    }
