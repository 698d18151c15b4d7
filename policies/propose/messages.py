"""Puts a plan into words for the chat model."""

from __future__ import annotations

from collections.abc import Sequence

from ...memory.prompt import MEMORY_TAG, inert
from ...models.prompts import fence, one_line, render, without_tag
from ...models.types import Message
from ..types import Violation
from .plan import Plan

__all__ = ["messages", "redraft_messages", "system_prompt"]

_NUMBERS = ("no", "one", "two", "three", "four")


def system_prompt() -> str:
    """The system prompt: the same for every user and turn, so that its prefix stays cached."""
    return render(__package__, "system", tag=MEMORY_TAG)


def messages(
    plan: Plan,
    *,
    system: str,
    history: Sequence[Message],
    request: str,
    memory_block: str,
    command: str | None = None,
    example: str = "",
) -> list[Message]:
    """The prompt of a turn: a stable prefix, then everything that changes in the last message.

    Args:
        plan: What the drafts shall be.
        system: The system prompt, usually `system_prompt()`.
        history: The conversation so far, already trimmed to the context window.
        request: What to answer, in the user's words; may be empty if there is a command.
        memory_block: What memory knows, fenced by `memory.as_prompt_data`; may be empty. No other
            text of the prompt can open or close that fence.
        command: A change to the last reply ("shorter"), if that is asked for.
        example: An earlier draft that the command points at ("more like the second"), if any.

    Returns:
        System message, history, and one user message.
    """
    request = request.strip()
    rules = _rules(plan)
    said = f" Rules of this user: {rules}." if rules else ""
    style = _style(plan)
    if command is not None:
        pointed = f"{command} (the text between <wanted> and </wanted>)" if example else command
        wanted = one_line(f"{pointed}. {request}" if request else pointed, limit=600)
        text = render(
            __package__,
            "revise",
            command=wanted.rstrip(". "),
            example=f"{fence(example, 'wanted', limit=4000)}\n\n" if example else "",
            rules=f"{said.strip()}\n" if said else "",
            style=style,
        )
    elif plan.k == 1:
        text = render(
            __package__,
            "single",
            request=request,
            direction=plan.directions[0].instruction,
            rules=f"{said.strip()}\n" if said else "",
            style=style,
        )
    else:
        keeping = f" (keeping the rules: {rules})" if rules else ""
        directions = "\n".join(
            f"Draft {number}{keeping}: {direction.instruction}."
            for number, direction in enumerate(plan.directions, start=1)
        )
        text = render(
            __package__,
            "drafts",
            request=request,
            count=_NUMBERS[plan.k],
            directions=directions,
            rules=said,
            style=style,
        )
    # Memory's block comes fenced, and its tags are taken out of everything else.
    last = without_tag(text, MEMORY_TAG)
    return [
        Message(role="system", content=system),
        *(Message(role=m.role, content=without_tag(m.content, MEMORY_TAG)) for m in history),
        Message(role="user", content=f"{memory_block}\n\n{last}" if memory_block else last),
    ]


def redraft_messages(
    plan: Plan,
    *,
    prompt: Sequence[Message],
    drafts: Sequence[str],
    violations: Sequence[Violation],
) -> list[Message]:
    """The prompt of a second try, for when every draft broke a hard constraint.

    Args:
        plan: The plan of the first try.
        prompt: The messages of the first try; they stay a cached prefix.
        drafts: What was written.
        violations: What was found in it.

    Returns:
        The first prompt, the drafts as the assistant's reply, and a message that names what
        was found and what it breaks.
    """
    named = dict.fromkeys(
        f"“{one_line(v.found, limit=60)}” ({_inert(v.description)})"
        if v.found
        else f"what goes against “{_inert(v.description)}”"
        for v in violations
    )
    text = render(
        __package__,
        "redraft",
        violations="; ".join(list(named)[:6]),
        count="one" if plan.k == 1 else f"{_NUMBERS[plan.k]} drafts",
        rules=f"\nRules of this user: {_rules(plan)}." if plan.rules else "",
        style=_style(plan),
    )
    said = without_tag("\n\n".join(drafts), MEMORY_TAG) or "…"
    return [
        *prompt,
        Message(role="assistant", content=said),
        Message(role="user", content=text),
    ]


def _inert(description: str) -> str:
    """A description as one short line, without what prompts give a meaning."""
    return one_line(inert(description), limit=120).rstrip(". ")


def _rules(plan: Plan) -> str:
    """The hard constraints in one line.

    They are said before the directions and again within each: measured on a model of 1.5 billion
    parameters, that is what keeps its first drafts free of what is forbidden.
    """
    return "; ".join(_inert(rule) for rule in plan.rules)


def _style(plan: Plan) -> str:
    """How the user likes replies to read, last: a small model heeds what it read last."""
    lines = []
    if plan.style:
        lines.append(f"The user {'; '.join(_inert(style) for style in plan.style)}.")
    if plan.word_limit is not None and plan.form != "code":
        every = "No draft" if plan.k > 1 else "The answer"
        verb = "is" if plan.k > 1 else "is not"
        lines.append(f"{every} {verb} longer than {plan.word_limit} words.")
    return "\n" + "\n".join(lines) if lines else ""
