"""Puts the trace of a turn into words, for the why screen and for plain mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .text import one_line

if TYPE_CHECKING:
    from ..agent.types import Reply

__all__ = ["explain"]

_TOP = 6
"""Aspects, recalled preferences and drafts listed at most."""


def explain(reply: Reply) -> list[str]:
    """The sections of the explanation, each a few lines of plain text."""
    return [
        section
        for section in (_decision(reply), _recalled(reply), _drafts(reply), _steps(reply))
        if section
    ]


def _decision(reply: Reply) -> str:
    decision = reply.decision
    lines = [f"Decision: {decision.kind}. {one_line(decision.reason)}"]
    if decision.request_kind:
        lines.append(f"Kind of request: {one_line(decision.request_kind)}")
    if decision.weighed:
        lines.append("What could have been asked (value of knowing it, cost of asking):")
        lines += [
            f"  {one_line(w.aspect)}: {w.value:.2f} against {w.cost:.2f}; {one_line(w.reason)}"
            for w in decision.weighed[:_TOP]
        ]
    if reply.notice:
        lines.append(f"Note: {one_line(reply.notice)}")
    return "\n".join(lines)


def _recalled(reply: Reply) -> str:
    if not reply.recalled:
        return "Recalled: nothing."
    lines = ["Recalled and put before the model:"]
    for preference in reply.recalled[:_TOP]:
        must = "must: " if preference.hard else ""
        lines.append(f"  {must}{one_line(preference.description)}")
    if len(reply.recalled) > _TOP:
        lines.append(f"  and {len(reply.recalled) - _TOP} more")
    return "\n".join(lines)


def _drafts(reply: Reply) -> str:
    if not reply.candidates:
        return ""
    lines = ["Drafts, best first (chance of being the one you prefer):"]
    for place, ranked in enumerate(reply.candidates[:_TOP], 1):
        name = one_line(ranked.candidate.approach or ranked.candidate.text, 40)
        because = ", ".join(
            f"{one_line(attribute)} {logits:+.2f}"
            for attribute, logits in list(ranked.contributions.items())[:3]
        )
        line = f"  {place}. {ranked.score:.0%}  {name}"
        if because:
            line += f"  ({because})"
        lines.append(line)
        lines += [
            f"     breaks a must: {one_line(v.description)} (found {one_line(v.found)!r})"
            for v in ranked.violations
        ]
    return "\n".join(lines)


def _steps(reply: Reply) -> str:
    if not reply.trace.steps:
        return ""
    lines = ["Steps:"]
    for step in reply.trace.steps:
        line = f"  {step.node:<10} {step.milliseconds:8.1f} ms"
        if step.llm_calls:
            line += (
                f"  {step.llm_calls} model call{'s' if step.llm_calls > 1 else ''},"
                f" {step.prompt_tokens} tokens read, {step.completion_tokens} written"
            )
        if step.note:
            line += f"  {one_line(step.note)}"
        lines.append(line)
    usage = reply.trace.usage
    lines.append(
        f"  in all {usage.calls} model calls, {usage.prompt_tokens} + {usage.completion_tokens}"
        f" tokens, {usage.seconds:.1f} s in the model, {reply.trace.overhead_ms:.0f} ms elsewhere"
    )
    return "\n".join(lines)
