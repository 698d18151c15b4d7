"""The shape that all nodes share: plain work inside, timing and tracing around it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from langgraph.runtime import Runtime

from ..services import Meter, Services
from ..state import TurnState, pack
from ..types import Event, Step

__all__ = ["Emit", "Node", "Work", "traced"]

Emit = Callable[[Event], None]
Work = Callable[[TurnState, Services, Meter, Emit], Awaitable[TurnState]]


class Node(Protocol):
    """A node as LangGraph calls it."""

    async def __call__(self, state: TurnState, runtime: Runtime[Services]) -> TurnState:
        """Runs the node."""
        ...


def traced(name: str, work: Work) -> Node:
    """Wraps a node's work so that it leaves a step in the trace.

    Args:
        name: The node's name.
        work: Takes the state, the services, a meter for calls to the chat model, and a function
            that sends an event to whoever follows the turn; returns what it changes.

    Returns:
        The node.
    """

    async def node(state: TurnState, runtime: Runtime[Services]) -> TurnState:
        meter = Meter()
        began = time.perf_counter()
        update = await work(state, runtime.context, meter, runtime.stream_writer)
        step = Step(
            node=name,
            milliseconds=(time.perf_counter() - began) * 1000,
            llm_calls=meter.usage.calls,
            llm_milliseconds=meter.seconds * 1000,
            prompt_tokens=meter.usage.prompt_tokens,
            completion_tokens=meter.usage.completion_tokens,
            note=meter.note,
        )
        return {**update, "steps": [*update.get("steps", []), pack(step)]}

    return node
