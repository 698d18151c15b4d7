"""Finds the turns of a conversation that a question is about, each arm in its own way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..datasets.locomo import LocomoConversation

if TYPE_CHECKING:
    from ...memory import Memory
    from ...models.types import Embedder

__all__ = ["ARMS", "BASELINE", "OURS", "Arm", "Found", "find"]

Arm = Literal["random", "words", "raw turns", "ours, every turn kept", "ours"]
BASELINE: Arm = "raw turns"
OURS: Arm = "ours"
ARMS: tuple[Arm, ...] = ("random", "words", BASELINE, "ours, every turn kept", OURS)

_LONGEST = 2_000
_EVERYBODY = "both speakers"
_AFTERWARDS = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)


class Found(NamedTuple):
    """What an arm finds in one conversation.

    Attributes:
        turns: For each question, ids of turns, the best first, at most as many as were wanted.
        kept: How many memories it searches among.
    """

    turns: tuple[tuple[str, ...], ...]
    kept: int


def find(
    arm: str, conversation: LocomoConversation, embedder: Embedder, *, most: int, seed: int
) -> Found:
    """Has an arm take in a conversation and search it for every question.

    Args:
        arm: One of `ARMS`. "random" is the floor; "words" is the cosine of TF-IDF weights;
            "raw turns" is the cosine of embeddings; "ours, every turn kept" gives the product's
            search each turn as a memory of its own; "ours" searches what the product learns of
            either speaker from their own messages, without a chat model, and takes the turns that
            a memory rests on.
        conversation: The conversation.
        embedder: Embeds turns and questions.
        most: How many turns to find for a question.
        seed: Of the floor.
    """
    match arm:
        case "random":
            return _random(conversation, most, seed)
        case "words":
            return _words(conversation, most)
        case "raw turns":
            return _nearest(conversation, embedder, most)
        case "ours, every turn kept":
            with _opened(conversation, embedder) as home:
                _keep(home, conversation)
                return _searched(home, conversation, most)
        case _:
            with _opened(conversation, embedder) as home:
                _learn(home, conversation)
                return _searched(home, conversation, most)


def _random(conversation: LocomoConversation, most: int, seed: int) -> Found:
    import numpy as np

    rng = np.random.default_rng(seed)
    ids = [turn.id for turn in conversation.turns]
    drawn = (rng.permutation(len(ids))[:most].tolist() for _ in conversation.questions)
    return Found(tuple(tuple(ids[place] for place in each) for each in drawn), len(ids))


def _words(conversation: LocomoConversation, most: int) -> Found:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    weigh = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    turns = weigh.fit_transform(_lines(conversation))
    asked = weigh.transform([each.question for each in conversation.questions])
    return _best(conversation, (asked @ turns.T).toarray(), most)


def _nearest(conversation: LocomoConversation, embedder: Embedder, most: int) -> Found:
    turns = embedder.embed(_lines(conversation))
    asked = embedder.embed([each.question for each in conversation.questions])
    return _best(conversation, asked @ turns.T, most)


def _best(conversation: LocomoConversation, scores: object, most: int) -> Found:
    """The turns with the highest scores, shape `(questions, turns)`, the earlier of equals."""
    import numpy as np

    order = np.argsort(-np.asarray(scores), axis=1, kind="stable")[:, :most].tolist()
    ids = [turn.id for turn in conversation.turns]
    return Found(tuple(tuple(ids[place] for place in each) for each in order), len(ids))


def _lines(conversation: LocomoConversation) -> list[str]:
    return [f"{turn.speaker}: {turn.text}" for turn in conversation.turns]


class _Clock:
    """Tells the time of the conversation."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _Home(NamedTuple):
    memory: Memory
    clock: _Clock


@contextmanager
def _opened(conversation: LocomoConversation, embedder: Embedder) -> Iterator[_Home]:
    """A memory that is thrown away afterwards, and the time in it."""
    from ...memory import Memory

    clock = _Clock(conversation.turns[0].at)
    with (
        tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as home,
        Memory(Path(home), embedder, clock=clock) as memory,
    ):
        yield _Home(memory, clock)


def _keep(home: _Home, conversation: LocomoConversation) -> None:
    """Every turn as it is, said by one and the same user."""
    from ...memory import PreferenceDraft, Statement

    for turn, line in zip(conversation.turns, _lines(conversation), strict=True):
        home.clock.now = max(home.clock.now + _A_SECOND, turn.at)
        home.memory.learn(
            _EVERYBODY,
            Statement(text=line),
            [PreferenceDraft(description=line[:_LONGEST])],
            session_id=turn.id,
        )


def _learn(home: _Home, conversation: LocomoConversation) -> None:
    """What each speaker says of themselves, as messages are read when no chat model is there."""
    from ...memory import Statement
    from ...policies.feedback import read_message

    before: str | None = None
    for turn in conversation.turns:
        home.clock.now = max(home.clock.now + _A_SECOND, turn.at)
        drafts = read_message(turn.text, last_reply=before).preferences
        if drafts:
            home.memory.learn(turn.speaker, Statement(text=turn.text), drafts, session_id=turn.id)
        before = turn.text


def _searched(home: _Home, conversation: LocomoConversation, most: int) -> Found:
    home.clock.now = conversation.turns[-1].at + _AFTERWARDS
    memory = home.memory
    users = memory.users()
    turn_of = {
        each.id: each.session_id
        for user in users
        for each in memory.evidence(user)
        if each.session_id is not None
    }
    kept = sum(len(memory.get_all(user)) for user in users)
    found = []
    for each in conversation.questions:
        near = [hit for user in users for hit in memory.search(user, each.question, limit=most)]
        near.sort(key=lambda hit: (-hit.score, hit.preference.id))
        turns = dict.fromkeys(
            turn_of[event] for hit in near for event in hit.preference.evidence_ids
        )
        found.append(tuple(turns)[:most])
    return Found(tuple(found), kept)
