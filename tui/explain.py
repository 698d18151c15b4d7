"""Puts the trace of a turn into words, for the why screen, plain mode and `penchant why`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .text import one_line

if TYPE_CHECKING:
    from ..agent.types import Reply
    from ..policies.types import Decision, Violation, Weighed

__all__ = ["broken_rule", "explain", "explain_decision"]

_TOP = 6
"""Questions, recalled preferences and drafts listed at most."""
_FORMS = {
    "value": "",
    "open": "what matters most",
    "edge": "making sure of",
    "context": "which occasion",
    "choice": "two drafts to pick from",
}


def explain(reply: Reply) -> list[str]:
    """The sections of the explanation, each a few lines of plain text."""
    note = f"Note: {one_line(reply.notice)}" if reply.notice else ""
    return [
        section
        for section in (
            "\n".join(filter(None, (explain_decision(reply.decision), note))),
            _recalled(reply),
            _drafts(reply),
            _steps(reply),
        )
        if section
    ]


def explain_decision(decision: Decision) -> str:
    """A decision with every question that was weighed, in words."""
    lines = [f"Decision: {decision.kind}. {one_line(decision.reason)}"]
    if decision.request_kind:
        lines.append(f"Kind of request: {one_line(decision.request_kind)}")
    if decision.weighed:
        lines.append(f"Chance that an answer now gets right what matters: {decision.settled:.0%}")
        lines.append("What could have been asked (what an answer is worth, what asking costs):")
        lines += [_weighed(each) for each in decision.weighed[:_TOP]]
        if len(decision.weighed) > _TOP:
            lines.append(f"  and {len(decision.weighed) - _TOP} more")
    return "\n".join(lines)


def _weighed(each: Weighed) -> str:
    form = _FORMS[each.form]
    key = each.aspect.partition(":")[2] or each.aspect
    name = one_line(key.replace("_", " "))
    if form:
        name = form if each.form in ("open", "choice") else f"{form}: {name}"
    line = f"  {name}: {each.value:.2f} against {each.cost:.2f}"
    parts = []
    if each.evoi:
        parts.append(f"better reply {each.evoi:.2f}")
    if each.ahead:
        parts.append(f"with the next questions {each.ahead:.2f}")
    if each.eig:
        parts.append(f"tells {each.eig:.2f} nats")
    if each.threshold and abs(each.threshold - each.cost) >= 0.005:
        parts.append(f"asked from {each.threshold:.2f}")
    if parts:
        line += f" ({', '.join(parts)})"
    return f"{line}; {one_line(each.reason)}"


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
            f"     moved {each.effect:+.2f} by: {one_line(each.description)}"
            for each in ranked.memories
        ]
        lines += [f"     {broken_rule(each)}" for each in ranked.violations]
        lines += [
            f"     not checked: {one_line(each.description)} ({one_line(each.reason)})"
            for each in ranked.unchecked
        ]
    return "\n".join(lines)


def broken_rule(violation: Violation) -> str:
    """A hard constraint that something breaks, and by which words."""
    found = f"found {one_line(violation.found)!r}" if violation.found else "by the chat model"
    return f"breaks a must: {one_line(violation.description)} ({found})"


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
