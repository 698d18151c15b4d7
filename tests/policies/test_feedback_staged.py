"""Reactions read in stages: rules, then prototypes, then the likelihood of follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from penchant.errors import ChatTimeoutError
from penchant.models import FunctionLikelihoodModel, HashEmbedder, Message, OnnxEmbedder
from penchant.policies.feedback import ReactionStages, score_follow_ups

if TYPE_CHECKING:
    from numpy.typing import NDArray

REQUEST = "Suggest a board game for four."
REPLY = "Try Azul: it is quick to learn, and everybody has something to do all the time."
GLAD = "Everybody at the table wanted to play it again"
SORRY = "I was hoping for something with more surprises"


class Named(HashEmbedder):
    """Vectors of no meaning under the name of the embedder that the margins belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @property
    def id(self) -> str:
        return "minilm@fake"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return super().embed(texts)


def glad_if(*marks: str) -> FunctionLikelihoodModel:
    """Holds pleased follow-ups likelier after a message with one of these words, else others."""

    def likelihood(messages: Sequence[Message], continuation: str) -> float:
        pleased = any(mark in messages[-1].content for mark in marks)
        good = not any(word in continuation for word in ("not", "No", "wrong"))
        return -5.0 if good == pleased else -15.0

    return FunctionLikelihoodModel(fn=lambda *_: "", likelihood=likelihood)


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("Thanks, that's perfect!", "satisfied"),
        ("That's wrong.", "dissatisfied"),
        ("shorter", "neutral"),
        ("never seafood", "neutral"),
        ("forget that I like jazz", "neutral"),
        ("don't ask me so much", "neutral"),
    ],
)
def test_what_rules_decide_no_other_stage_is_asked(message: str, label: str) -> None:
    embedder = Named()
    found = ReactionStages(embedder).quick(message, request=REQUEST, reply=REPLY)
    assert found == (label, "rules")
    assert embedder.texts == []


def test_what_rules_leave_open_the_embedder_reads(minilm: OnnxEmbedder) -> None:
    stages = ReactionStages(minilm)

    def read(message: str) -> tuple[str | None, str | None]:
        return stages.quick(message, request=REQUEST, reply=REPLY)

    assert ReactionStages(None).quick(GLAD, request=REQUEST, reply=REPLY) == (None, None)
    assert read(GLAD) == ("satisfied", "embedder")
    assert read(SORRY) == ("dissatisfied", "embedder")
    assert read("How many people can play it?") == ("neutral", "embedder")
    assert read("Which bank has the best savings account?") == ("off_topic", "embedder")


def test_what_users_paste_or_write_at_length_is_left_to_the_rules() -> None:
    embedder = Named()
    stages = ReactionStages(embedder)
    for message in (
        'Translate "it does not suit me at all" into Greek',
        "Proofread this text: everything worked as you said.",
        "> everything worked as you said\nWhat does that mean?",
        "Is this right?\neverything worked as you said",
        "It was a long evening. " * 20,
        "",
        "   ",
    ):
        assert stages.quick(message, request=REQUEST, reply=REPLY) == (None, None)
    assert embedder.texts == []


def test_margins_are_not_used_with_another_embedder() -> None:
    found = ReactionStages(HashEmbedder()).quick(GLAD, request=REQUEST, reply=REPLY)
    assert found == (None, None)


@pytest.mark.parametrize("message", ["asdf qwer zxcv", "¿¿??", "👾" * 30, "\x00\x07", "完全不知道"])
def test_gibberish_and_other_scripts_are_read_without_harm(
    minilm: OnnxEmbedder, message: str
) -> None:
    found = ReactionStages(minilm).quick(message, request="", reply=REPLY)
    assert found.label in (None, "neutral", "off_topic")


async def test_follow_ups_go_on_from_the_message() -> None:
    model = glad_if("GLAD")
    glad = await score_follow_ups(model, REQUEST, REPLY, "GLAD")
    sorry = await score_follow_ups(model, REQUEST, REPLY, "SORRY")
    assert glad.reward == pytest.approx(10.0)
    assert sorry.reward == pytest.approx(-10.0)
    assert glad.usage.calls == len(model.asked) / 2
    assert all(each.startswith(" ") for each in model.asked)


async def test_a_reply_is_scored_before_any_reaction() -> None:
    asked: list[Sequence[Message]] = []

    def likelihood(messages: Sequence[Message], continuation: str) -> float:
        asked.append(messages)
        return -float(len(continuation))

    model = FunctionLikelihoodModel(fn=lambda *_: "", likelihood=likelihood)
    found = await score_follow_ups(model, REQUEST, REPLY)
    assert np.isfinite(found.reward)
    assert {tuple(each.role for each in messages) for messages in asked} == {
        ("user", "assistant", "user")
    }
    assert {messages[-1].content for messages in asked} == {""}
    assert not any(each.startswith(" ") for each in model.asked)


async def test_long_texts_are_cut_and_empty_ones_are_scored() -> None:
    lengths: list[int] = []

    def likelihood(messages: Sequence[Message], continuation: str) -> float:
        lengths.append(sum(len(each.content) for each in messages))
        return -1.0

    model = FunctionLikelihoodModel(fn=lambda *_: "", likelihood=likelihood)
    await score_follow_ups(model, "r" * 50_000, "y" * 50_000, "m" * 50_000)
    assert max(lengths) < 4_000
    assert (await score_follow_ups(model, "", "", "")).reward == 0.0


async def test_between_the_thresholds_follow_ups_decide_nothing() -> None:
    stages = ReactionStages(None)

    async def label(gap: float) -> str | None:
        def likelihood(_messages: Sequence[Message], continuation: str) -> float:
            good = not any(word in continuation for word in ("not", "No", "wrong"))
            return -50.0 + (gap if good else 0.0)

        model = FunctionLikelihoodModel(fn=lambda *_: "", likelihood=likelihood)
        return (await stages.likely(model, "hm", request=REQUEST, reply=REPLY)).label

    assert [await label(gap) for gap in (-20.0, 3.0, 20.0)] == ["dissatisfied", None, "satisfied"]


async def test_a_model_that_fails_is_no_reading() -> None:
    def late(_messages: Sequence[Message], _continuation: str) -> float:
        raise ChatTimeoutError("too late")

    model = FunctionLikelihoodModel(fn=lambda *_: "", likelihood=late)
    with pytest.raises(ChatTimeoutError):
        await ReactionStages(None).likely(model, "hm", request=REQUEST, reply=REPLY)
