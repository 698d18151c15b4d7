"""The state machine of a turn.

    read ─→ (learn) ─→ recall ─→ decide ─┬ ask ──→ learn ─→ recall ─→ decide
                                         ├ answer → propose ⇄ rank ─→ reply
                                         ├ choose → propose ⇄ rank ─→ pick ─→ learn ─→ reply
                                         └ silent ───────────────────────────────────→ reply

`learn` stands wherever something was observed and returns to where the turn goes on; that is the
same question again for a user who asked why it is asked. Where what it learns contradicts what the
user said before, the turn goes through `resolve`, which asks, and back to `learn`. `rank` sends
the turn back to `propose` once if every draft breaks a hard constraint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_never

from langgraph.graph import END, START, StateGraph

from ..policies.types import Decision
from .nodes import ask, decide, learn, pick, propose, rank, read, recall, reply, resolve
from .nodes.node import traced
from .services import Services
from .state import TurnState, unpack

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

__all__ = ["MAX_ATTEMPTS", "build_graph"]

MAX_ATTEMPTS = 2


def build_graph() -> CompiledStateGraph[TurnState, Services, TurnState, TurnState]:
    """Builds the graph of a turn.

    Returns:
        The compiled graph; copy it with a checkpointer, and run it with a `Services` context and
        `thread_id` in `configurable`.
    """
    graph = StateGraph(TurnState, context_schema=Services)
    for name, work in {
        "read": read,
        "recall": recall,
        "decide": decide,
        "ask": ask,
        "learn": learn,
        "resolve": resolve,
        "propose": propose,
        "rank": rank,
        "pick": pick,
        "reply": reply,
    }.items():
        graph.add_node(name, traced(name, work))
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", _after_read, ["learn", "recall"])
    graph.add_conditional_edges("learn", _after_learn, ["ask", "recall", "reply", "resolve"])
    graph.add_edge("resolve", "learn")
    graph.add_edge("recall", "decide")
    graph.add_conditional_edges("decide", _after_decide, ["ask", "propose", "reply"])
    graph.add_edge("ask", "learn")
    graph.add_edge("propose", "rank")
    graph.add_conditional_edges("rank", _after_rank, ["propose", "pick", "reply"])
    graph.add_edge("pick", "learn")
    graph.add_edge("reply", END)
    return graph.compile()


def _after_read(state: TurnState) -> Literal["learn", "recall"]:
    due = state["pending"] or state.get("conflicts") or state["forget"] or state["narrow"]
    return "learn" if due else "recall"


def _after_learn(state: TurnState) -> Literal["ask", "recall", "reply", "resolve"]:
    return "resolve" if state.get("conflicts") else state["back_to"]


def _after_decide(state: TurnState) -> Literal["ask", "propose", "reply"]:
    kind = unpack(Decision, state["decision"]).kind
    match kind:
        case "ask":
            return "ask"
        case "answer" | "choose":
            return "propose"
        case "silent":
            return "reply"
        case _:
            assert_never(kind)


def _after_rank(state: TurnState) -> Literal["propose", "pick", "reply"]:
    ranked = state["ranked"]
    if all(draft["violations"] for draft in ranked) and state["attempt"] < MAX_ATTEMPTS:
        return "propose"
    return "reply" if state["choosing"] is None else "pick"
