"""Fitting a conversation into a model's context window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..errors import InputError
from .tokens import MESSAGE_OVERHEAD
from .types import Message

__all__ = ["trim_history"]

_STEP = 0.25
_LEAST_KEPT = 16


def trim_history(
    messages: Sequence[Message], budget_tokens: int, count: Callable[[str], int]
) -> list[Message]:
    """Drops the oldest exchanges of a conversation so that it fits a budget.

    System messages and everything from the last user message on are kept. What goes, goes in
    steps of a quarter of the budget: from one turn to the next the beginning of the prompt mostly
    stays the same, and with it the model's prefix cache. If what must be kept is too large by
    itself, the middle of its largest messages is cut out and marked.

    Args:
        messages: The conversation, oldest first; the whole of it, not an earlier result.
        budget_tokens: Tokens that the messages may take, at least 1.
        count: Counts the tokens of a text.

    Returns:
        The messages to send, in order. The same conversation always gives the same.

    Raises:
        InputError: The budget is not positive.
    """
    if budget_tokens < 1:
        raise InputError(f"budget_tokens is {budget_tokens!r}; give at least 1")
    sizes = [count(message.content) + MESSAGE_OVERHEAD for message in messages]
    excess = sum(sizes) - budget_tokens
    if excess <= 0:
        return list(messages)
    step = max(1, int(budget_tokens * _STEP))
    wanted = -(-excess // step) * step
    last = _last_user(messages)
    dropped: set[int] = set()
    freed = 0
    for exchange in _exchanges(messages, last):
        if freed >= wanted:
            break
        dropped.update(exchange)
        freed += sum(sizes[index] for index in exchange)
    kept = [message for index, message in enumerate(messages) if index not in dropped]
    return _cut_largest(kept, budget_tokens, count)


def _last_user(messages: Sequence[Message]) -> int:
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role == "user":
            return index
    return max(0, len(messages) - 1)


def _exchanges(messages: Sequence[Message], end: int) -> list[list[int]]:
    """Groups what may be dropped: a user message and the answers up to the next one."""
    groups: list[list[int]] = []
    for index in range(end):
        role = messages[index].role
        if role == "system":
            continue
        if role == "user" or not groups:
            groups.append([])
        groups[-1].append(index)
    return groups


def _cut_largest(
    messages: list[Message], budget_tokens: int, count: Callable[[str], int]
) -> list[Message]:
    sizes = [count(message.content) + MESSAGE_OVERHEAD for message in messages]
    for _ in messages:
        excess = sum(sizes) - budget_tokens
        if excess <= 0:
            break
        largest = max(range(len(messages)), key=sizes.__getitem__)
        room = max(_LEAST_KEPT, sizes[largest] - MESSAGE_OVERHEAD - excess)
        content = _cut_middle(messages[largest].content, room, count)
        messages[largest] = replace(messages[largest], content=content)
        sizes[largest] = count(content) + MESSAGE_OVERHEAD
    return messages


def _cut_middle(text: str, room: int, count: Callable[[str], int]) -> str:
    """Keeps as much of both ends of a text as takes at most `room` tokens, about."""

    def cut(kept: int) -> str:
        if kept >= len(text):
            return text
        head, tail = kept - kept // 2, kept // 2
        marker = f"\n[… {len(text) - kept} characters left out …]\n"
        return text[:head] + marker + text[len(text) - tail :]

    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count(cut(middle)) <= room:
            low = middle
        else:
            high = middle - 1
    return cut(low)
