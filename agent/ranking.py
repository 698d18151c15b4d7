"""Ranking an app's own candidates, slates and catalogues for an agent's user."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..models.types import Usage
from ..policies.constraints import Pair, Ruling
from ..policies.rank import ruled
from ..policies.types import Candidate, Ranked
from .types import Ranking

if TYPE_CHECKING:
    from ..memory.types import Context
    from ..policies.catalogue import Catalogue, Where
    from .loop import LoopThread
    from .services import Services

__all__ = ["AgentCatalogue", "Judged", "judged", "rank_candidates", "rank_catalogue"]


class Judged(NamedTuple):
    """Candidates with what the chat model said of the rules that words cannot decide.

    Attributes:
        ranked: The candidates, those that break a rule last.
        usage: What asking cost.
    """

    ranked: tuple[Ranked, ...]
    usage: Usage


async def judged(services: Services, ranked: Sequence[Ranked]) -> Judged:
    """Has the chat model judge what words left unchecked, in one call; mostly there is nothing.

    Args:
        services: The chat model, and what it has judged before.
        ranked: Candidates in order; those that break a rule already are not judged again.

    Returns:
        The candidates in their new order. Without a chat model, or if it fails, what was unchecked
        says why.
    """
    open_still = [each for each in ranked if each.unchecked and not each.violations]
    if not open_still:
        return Judged(tuple(ranked), Usage(calls=0))
    if services.chat_missing:
        pairs = [
            Pair(place, one.preference_id)
            for place, each in enumerate(ranked)
            for one in each.unchecked
        ]
        unknown = dict.fromkeys(pairs, f"no chat model: {services.chat_missing}")
        return Judged(ruled(ranked, Ruling({}, unknown, Usage(calls=0))), Usage(calls=0))
    wanted = {one.preference_id for each in open_still for one in each.unchecked}
    live = await asyncio.to_thread(services.memory.get_all, services.user_id)
    rules = [each for each in live if each.id in wanted]
    # Those that break a rule stand last, so that places in both lists are the same.
    texts = [each.candidate.text for each in ranked if not each.violations]
    ruling = await services.judge.judge(services.chat, texts, rules)
    return Judged(ruled(ranked, ruling), ruling.usage)


async def rank_candidates(
    services: Services,
    context: Context | str,
    candidates: Sequence[Candidate | str],
    *,
    explore: bool = False,
    seed: int | None = None,
    judge: bool = True,
) -> Ranking:
    """Orders candidates; arguments as for `Agent.rank`."""
    given = [Candidate(text=each) if isinstance(each, str) else each for each in candidates]
    ranked = await asyncio.to_thread(
        services.reward.rank,
        services.user_id,
        given,
        context=context,
        explore=explore,
        seed=seed,
    )
    return Ranking(items=(await judged(services, ranked)).ranked if judge else ranked)


async def rank_catalogue(
    services: Services,
    catalogue: Catalogue,
    context: Context | str,
    *,
    steer: str | None,
    where: Sequence[Where | str],
    limit: int | None,
    explore: bool,
    seed: int | None,
) -> Ranking:
    """Ranks a catalogue; arguments as for `AgentCatalogue.rank`."""
    found = await asyncio.to_thread(
        services.reward.select,
        services.user_id,
        catalogue,
        steer=steer,
        where=where,
        limit=limit,
        context=context,
        explore=explore,
        seed=seed,
    )
    return Ranking(items=found.ranked, filtered=found.filtered, forbidden=found.forbidden)


class AgentCatalogue:
    """A catalogue that is ranked for one agent's user; `Agent.catalogue` makes it.

    Args:
        catalogue: The items; other agents may share it.
        services: Of the agent.
        loop: What the agent runs on.
    """

    def __init__(self, catalogue: Catalogue, services: Services, loop: LoopThread) -> None:
        self.catalogue = catalogue
        self._services = services
        self._loop = loop

    def __len__(self) -> int:
        return len(self.catalogue)

    def rank(
        self,
        context: Context | str = "",
        *,
        steer: str | None = None,
        where: Sequence[Where | str] = (),
        limit: int | None = 20,
        explore: bool = False,
        seed: int | None = None,
    ) -> Ranking:
        """The items that the user would like best, of those that break no hard constraint.

        Args:
            context: What the items are for.
            steer: What to go towards or away from just now, in words: "less spicy, more outdoors",
                "swap beef for lentils", "no nuts".
            where: Conditions on features, such as "price <= 20".
            limit: How many to return; None for all.
            explore: Give uncertain items a chance, by draws from the posterior.
            seed: Of those draws; None takes fresh ones.

        Raises:
            InputError: `steer` says nothing, or a condition is none.
            EmbedderError: The embedder cannot be loaded or run.
        """
        return self._loop.run(
            rank_catalogue(
                self._services,
                self.catalogue,
                context,
                steer=steer,
                where=where,
                limit=limit,
                explore=explore,
                seed=seed,
            )
        )

    async def arank(
        self,
        context: Context | str = "",
        *,
        steer: str | None = None,
        where: Sequence[Where | str] = (),
        limit: int | None = 20,
        explore: bool = False,
        seed: int | None = None,
    ) -> Ranking:
        """The async twin of `rank`."""
        return await self._loop.bridge(
            rank_catalogue(
                self._services,
                self.catalogue,
                context,
                steer=steer,
                where=where,
                limit=limit,
                explore=explore,
                seed=seed,
            )
        )
