"""Fitting conversations into windows."""

from __future__ import annotations

from itertools import pairwise

import pytest

from penchant.errors import InputError
from penchant.models import Message, estimate_tokens, trim_history
from penchant.models.tokens import MESSAGE_OVERHEAD


def words(text: str) -> int:
    return len(text.split())


def conversation(turns: int, *, length: int = 20) -> list[Message]:
    messages = [Message(role="system", content="be kind")]
    for turn in range(turns):
        messages.append(Message(role="user", content=f"q{turn} " + "x " * length))
        messages.append(Message(role="assistant", content=f"a{turn} " + "y " * length))
    return [*messages, Message(role="user", content="last question")]


def size(messages: list[Message]) -> int:
    return sum(words(message.content) + MESSAGE_OVERHEAD for message in messages)


def test_what_fits_stays() -> None:
    messages = conversation(3)
    assert trim_history(messages, size(messages), words) == messages


def test_the_oldest_exchanges_go_first() -> None:
    messages = conversation(10)
    kept = trim_history(messages, 300, words)
    assert size(kept) <= 300
    assert kept[0] == messages[0]
    assert kept[-1] == messages[-1]
    assert kept[1].role == "user"
    assert kept[1:] == messages[-len(kept) + 1 :]


def test_the_beginning_stays_the_same_for_several_turns() -> None:
    budget = 400
    starts = [
        trim_history(conversation(turns, length=5), budget, words)[1].content.split()[0]
        for turns in range(20, 40)
    ]
    changes = sum(before != after for before, after in pairwise(starts))
    # An exchange takes 24 tokens and a step is 100: every fourth turn or so moves the start.
    assert 0 < changes <= len(starts) // 3
    assert trim_history(conversation(30), budget, words) == trim_history(
        conversation(30), budget, words
    )


def test_one_large_message_loses_its_middle() -> None:
    text = "start " + "x " * 5000 + "end"
    messages = [*conversation(2)[:-1], Message(role="user", content=text)]
    kept = trim_history(messages, 100, words)
    assert size(kept) <= 100
    assert [message.role for message in kept] == ["system", "user"]
    assert kept[1].content.startswith("start x")
    assert kept[1].content.endswith("x end")
    assert "characters left out" in kept[1].content


def test_a_large_system_message_is_cut_too() -> None:
    messages = [Message(role="system", content="s " * 900), Message(role="user", content="hello")]
    kept = trim_history(messages, 100, words)
    assert size(kept) <= 100
    assert kept[1].content == "hello"


def test_no_messages_and_no_budget() -> None:
    assert trim_history([], 10, words) == []
    with pytest.raises(InputError, match="budget_tokens is 0"):
        trim_history([], 0, words)


def test_estimates_err_on_the_high_side() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("a") == 1
    assert estimate_tokens("a sentence in English, of ten or so tokens") >= 10
    assert estimate_tokens("日本語の文章") == 6
    assert estimate_tokens("🍵🍵") == 2
