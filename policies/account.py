"""What the reward model believes of a user, why, and where the agent goes past it: in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..memory.types import Choice, Edit, Reaction
from .reward import Suggestion, Weight
from .reward.cycles import Cycle
from .reward.factors import Factor, Leaning, factors, leanings, rank_agreement
from .reward.sources import reliability

if TYPE_CHECKING:
    from ..memory import Memory
    from .personal import PersonalReward

__all__ = ["Account", "Trusted", "account"]

_SURE = 1.5
_DRAFTS = 200


class Trusted(NamedTuple):
    """How far a source of comparisons is trusted.

    Attributes:
        source: What kind of event.
        comparisons: How many come from it.
        stated: How often it is taken to say the opposite of what is meant, beforehand.
        learned: How often it does, as learned.
    """

    source: str
    comparisons: int
    stated: float
    learned: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is believed of one user's taste.

    Attributes:
        user_id: Whose.
        comparisons: How many comparisons it rests on.
        observations: How many stored preferences and reasons speak of attributes.
        confident: Weights that are more than 1.5 standard deviations from 0, the surest first.
        suggestions: What the user's choices show and nothing says yet, in words.
        factors: How each attribute counts in what the user chose, the strongest first.
        drafts: How many texts of the agent's were compared with it.
        agent: How each attribute counts in these drafts, against an ordinary reply.
        agreement: Kendall's τ between the two rankings, if both are there.
        leanings: What the agent gives more or less of than the user likes.
        cycles: Where the user's choices go in circles.
        sources: How far each source is trusted.
        doubted: How many comparisons count less, since almost all others contradict them.
    """

    user_id: str
    comparisons: int
    observations: int
    confident: Mapping[str, Weight]
    suggestions: Sequence[Suggestion]
    factors: Sequence[Factor]
    drafts: int
    agent: Sequence[Factor]
    agreement: float | None
    leanings: Sequence[Leaning]
    cycles: Sequence[Cycle]
    sources: Sequence[Trusted]
    doubted: int


def account(reward: PersonalReward, memory: Memory, user_id: str) -> Account:
    """Accounts for what is believed of a user.

    Args:
        reward: The reward models.
        memory: Where the user's events and conversations are.
        user_id: Whose.

    Raises:
        EmbedderError: The embedder cannot be loaded or run.
    """
    features = reward.features
    live = memory.get_all(user_id)
    known = reward.known(user_id, live)
    compared = known.compared
    own = [place for place, each in enumerate(compared.sources) if each != "judge"]
    decided = [place for place in own if compared.target[place] > 0.5]
    names = features.attributes
    user = factors(compared.differences[decided], names)
    drafts = _drafts(memory, user_id)
    agent = factors(features.transform(drafts), names) if drafts else ()
    weights = known.posterior.weights()
    sure = {
        name: each
        for name, each in sorted(
            weights.items(), key=lambda item: -abs(item[1].mean) / max(item[1].sd, 1e-12)
        )
        if abs(each.mean) > _SURE * each.sd
    }
    return Account(
        user_id=user_id,
        comparisons=len(compared),
        observations=len(known.observed),
        confident=sure,
        suggestions=reward.verbalised(user_id, live),
        factors=user,
        drafts=len(drafts),
        agent=agent,
        agreement=rank_agreement(user, agent),
        leanings=leanings(user, agent),
        cycles=reward.cycles(user_id),
        sources=[
            Trusted(
                source,
                compared.sources.count(source),
                reliability(source).flip,
                float(known.rates.get(source, reliability(source).flip)),
            )
            for source in dict.fromkeys(compared.sources)
            if source
        ],
        doubted=int((known.trust < 1.0).sum()),
    )


def _drafts(memory: Memory, user_id: str) -> list[str]:
    """What the agent wrote for a user, the latest two hundred, each text once."""
    texts = [
        turn.text
        for session in memory.sessions(user_id)
        for turn in memory.turns(user_id, session.id)
        if turn.role == "assistant"
    ]
    for event in memory.evidence(user_id):
        seen = event.observation
        if isinstance(seen, Edit):
            texts.append(seen.before)
        elif isinstance(seen, Reaction):
            texts.append(seen.reply)
        elif isinstance(seen, Choice) and event.source == "chat" and seen.judge is None:
            texts += seen.shown
    return list(dict.fromkeys(text for text in texts if text.strip()))[:_DRAFTS]
