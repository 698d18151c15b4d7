"""Puts a plan into words for the chat model."""

from __future__ import annotations

from collections.abc import Sequence

from ...models.prompts import fence, one_line, render
from ...models.types import Message
from ..types import Violation
from .plan import Plan

__all__ = ["messages", "redraft_messages", "system_prompt"]

_TAG = "known_preferences"
_LIKENESSES = str.maketrans("<>{}[]`", "‹›()()'")
_NUMBERS = ("no", "one", "two", "three", "four")


def system_prompt() -> str:
    """The system prompt: the same for every user and turn, so that its prefix stays cached."""
    return render(__package__, "system")


def messages(
    plan: Plan,
    *,
    system: str,
    history: Sequence[Message],
    request: str,
    memory_block: str,
    command: str | None = None,
) -> list[Message]:
    """The prompt of a turn: a stable prefix, then everything that changes in the last message.

    Args:
        plan: What the drafts shall be.
        system: The system prompt, usually `system_prompt()`.
        history: The conversation so far, already trimmed to the context window.
        request: What to answer, in the user's words; may be empty if there is a command.
        memory_block: What memory knows, as `memory.as_prompt_data` gives it, or plain lines,
            which are fenced here; may be empty.
        command: A change to the last reply ("shorter"), if that is asked for.

    Returns:
        System message, history, and one user message.
    """
    memory = f"{_fenced(memory_block)}\n\n" if memory_block.strip() else ""
    rules = _rules(plan)
    if command is not None:
        wanted = one_line(f"{command}. {request}" if request.strip() else command, limit=600)
        text = render(
            __package__, "revise", memory=memory, command=wanted.rstrip(". "), rules=rules
        )
    elif plan.k == 1:
        text = render(
            __package__,
            "single",
            memory=memory,
            request=request.strip(),
            direction=plan.directions[0].instruction,
            rules=rules,
        )
    else:
        directions = "\n".join(
            f"Draft {number}: {direction.instruction}."
            for number, direction in enumerate(plan.directions, start=1)
        )
        text = render(
            __package__,
            "drafts",
            memory=memory,
            request=request.strip(),
            count=_NUMBERS[plan.k],
            directions=directions,
            rules=rules,
        )
    return [Message(role="system", content=system), *history, Message(role="user", content=text)]


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
        f"“{one_line(v.found, limit=60)}” ({one_line(v.description, limit=120)})"
        for v in violations
    )
    text = render(
        __package__,
        "redraft",
        violations="; ".join(list(named)[:6]),
        count="one" if plan.k == 1 else f"{_NUMBERS[plan.k]} drafts",
        rules=_rules(plan),
    )
    said = "\n\n".join(drafts) or "…"
    return [
        *prompt,
        Message(role="assistant", content=said),
        Message(role="user", content=text),
    ]


def _inert(description: str) -> str:
    """A description as one short line, without what prompts give a meaning."""
    return one_line(description.translate(_LIKENESSES), limit=120).rstrip(". ")


def _fenced(block: str) -> str:
    block = block.strip()
    inside = block.removeprefix(f"<{_TAG}>").removesuffix(f"</{_TAG}>")
    return fence(inside, _TAG)


def _rules(plan: Plan) -> str:
    """Hard constraints and style, last and plainly: a small model heeds what it read last."""
    every = "every draft" if plan.k > 1 else "the answer"
    lines = []
    if plan.rules:
        rules = "; ".join(_inert(rule) for rule in plan.rules)
        lines.append(f"Rules of this user that {every} must keep: {rules}.")
    if plan.style:
        lines.append(f"The user {'; '.join(_inert(style) for style in plan.style)}.")
    if plan.word_limit is not None and plan.form != "code":
        lines.append(f"No more than {plan.word_limit} words in {every}.")
    return "\n" + "\n".join(lines) if lines else ""
