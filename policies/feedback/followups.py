"""Scores a reply by how likely a model holds it that its reader goes on pleased, or displeased."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ...models.likelihood import LikelihoodModel
from ...models.types import Message, Usage

__all__ = ["FollowUpScore", "score_follow_ups"]

_REQUEST_CHARACTERS = 1_000
_REPLY_CHARACTERS = 2_000
_MESSAGE_CHARACTERS = 600


class _FollowUps(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    satisfied: tuple[str, ...] = Field(min_length=1)
    dissatisfied: tuple[str, ...] = Field(min_length=1)


class FollowUpScore(NamedTuple):
    """What the likelihood of set follow-ups says of a reply.

    Attributes:
        reward: Mean log-probability of the pleased follow-ups less that of the displeased, in nats;
            finite, and without a zero point: compare it with that of another reply, or message.
        usage: What asking cost.
    """

    reward: float
    usage: Usage


async def score_follow_ups(
    model: LikelihoodModel, request: str, reply: str, message: str = "", *, background: bool = True
) -> FollowUpScore:
    """FLR: how much likelier the reader of a reply goes on pleased than displeased.

    r = mean log p(u⁺ | x, y) - mean log p(u⁻ | x, y) of "Aligning Language Models Using Follow-up
    Likelihood as Reward Signal", with set follow-ups u⁺ and u⁻ in words of our own. Without a
    message it scores a reply before any reaction, as there. What differs: given a message, the
    user's turn begins with it and the follow-ups go on from there, so that the score reads what
    the message thinks of the reply. Long texts are cut.

    Args:
        model: Tells likelihoods; eight short calls, which share their prompt.
        request: What the reply answered.
        reply: The reply.
        message: What the user wrote next, if that is to be read.
        background: Other calls to the same model go first.

    Raises:
        ModelError: The model cannot be loaded or run, or cannot tell.
    """
    said = message.strip()[:_MESSAGE_CHARACTERS]
    conversation = (
        Message(role="user", content=request.strip()[-_REQUEST_CHARACTERS:] or "…"),
        Message(role="assistant", content=_ends(reply.strip()) or "…"),
        Message(role="user", content=said),
    )
    usage = Usage(calls=0)
    means = []
    for follow_ups in (_set().satisfied, _set().dissatisfied):
        total = 0.0
        for each in follow_ups:
            goes_on = f" {each}" if said else each
            told = await model.log_likelihood(conversation, goes_on, background=background)
            usage = usage + told.usage
            total += told.log_probability
        means.append(total / len(follow_ups))
    return FollowUpScore(means[0] - means[1], usage)


def _ends(text: str) -> str:
    """The beginning and the end of a text: replies say what they are, then what to do."""
    half = _REPLY_CHARACTERS // 2
    return text if len(text) <= _REPLY_CHARACTERS else f"{text[:half]} … {text[-half:]}"


@cache
def _set() -> _FollowUps:
    raw = (files(__package__) / "followups.toml").read_text(encoding="utf-8")
    return _FollowUps.model_validate(tomllib.loads(raw))
