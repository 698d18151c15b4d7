"""Reads a reaction in stages: rules, then the embedder, then the likelihood of follow-ups."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from ...memory.types import ReactionReader
from ...models.types import Usage
from ..types import Reading
from .clauses import clean
from .followups import score_follow_ups
from .prototypes import Prototypes, ReactionLabel
from .reading import read_message

if TYPE_CHECKING:
    from ...models.likelihood import LikelihoodModel
    from ...models.types import Embedder

__all__ = ["LikelyReaction", "ReactionStages", "StagedReaction"]

_LONGEST = 240
# Quotations, code, what stands after a colon or on another line.
_OTHERS_WORDS = re.compile(r'["«»`>\n]|:\s')


class StagedReaction(NamedTuple):
    """What a message shows of the last reply.

    Attributes:
        label: What it shows; None where neither stage decides.
        reader: Which stage said so; None where none did.
    """

    label: ReactionLabel | None
    reader: ReactionReader | None


class LikelyReaction(NamedTuple):
    """What the likelihood of follow-ups says of a message.

    Attributes:
        label: Satisfied or dissatisfied; None between the two thresholds.
        reward: The score, in nats (see `FollowUpScore`).
        usage: What asking cost.
    """

    label: ReactionLabel | None
    reward: float
    usage: Usage


class ReactionStages:
    """Each stage is asked only where those before it decide nothing.

    Args:
        embedder: Whose vectors the second stage compares; None leaves that stage out.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self._prototypes = None if embedder is None else Prototypes(embedder)

    def quick(
        self, message: str, *, request: str, reply: str, reading: Reading | None = None
    ) -> StagedReaction:
        """Reads by rules, and by the embedder where they decide nothing; asks no chat model.

        A message that is long, or holds what the user quotes or pastes, is left to the rules:
        what it is like then says little of what its author thinks.

        Args:
            message: The message that follows the reply.
            request: What the reply answered; may be empty.
            reply: The reply.
            reading: What the rules made of the message, if they were asked already.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        if reading is None:
            reading = read_message(message, last_reply=reply, last_request=request or None)
        if reading.sentiment is not None:
            return StagedReaction(reading.sentiment, "rules")
        if _says_something_else(reading):
            return StagedReaction("neutral", "rules")
        if self._prototypes is None or not plain(message):
            return StagedReaction(None, None)
        label = self._prototypes.read(message, request=request, reply=reply).label
        return StagedReaction(label, None if label is None else "embedder")

    async def likely(
        self, model: LikelihoodModel, message: str, *, request: str, reply: str
    ) -> LikelyReaction:
        """Reads by the likelihood of set follow-ups, behind everything else the model does.

        Args:
            model: Tells likelihoods.
            message: The message that follows the reply.
            request: What the reply answered; may be empty.
            reply: The reply.

        Raises:
            ModelError: The model cannot be loaded or run, or cannot tell.
        """
        found = await score_follow_ups(model, request, reply, message)
        return LikelyReaction(_thresholds().label(found.reward), found.reward, found.usage)


def plain(message: str) -> bool:
    """Whether a message is short and all of it the user's own words."""
    text = clean(message).strip()
    return bool(text) and len(text) <= _LONGEST and _OTHERS_WORDS.search(text) is None


def _says_something_else(reading: Reading) -> bool:
    """Whether the message orders something and judges nothing."""
    return (
        reading.command is not None
        or reading.lasting
        or reading.forget is not None
        or reading.asks_less is not None
        or reading.wants_options
        or reading.wants_silence
    )


class _Thresholds(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    pleased: float
    displeased: float

    def label(self, reward: float) -> ReactionLabel | None:
        if reward >= self.pleased:
            return "satisfied"
        return "dissatisfied" if reward <= self.displeased else None


@cache
def _thresholds() -> _Thresholds:
    raw = (files(__package__) / "followups.toml").read_text(encoding="utf-8")
    return _Thresholds.model_validate(tomllib.loads(raw))
