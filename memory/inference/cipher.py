"""CIPHER as published: learn from edits by asking a language model what lies behind each.

Gao et al. 2024, "Aligning LLM Agents by Learning Latent Preference from User Edits". Nothing of
what Penchant adds (measured differences, tests, belief) is in here, so that it can be compared
with; the assistant itself infers through `verification` and `profile_update`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, Field

from ...errors import InputError
from ...models.prompts import fence, one_line, render
from ...models.structured import collect
from ...models.types import Message, Usage
from ..prompt import inert
from ..types import Choice, Context, Edit, Preference, PreferenceDraft

if TYPE_CHECKING:
    from ...models.types import ChatModel
    from ..store import Memory

__all__ = ["Cipher", "Drafted", "Observed", "Recollection", "draft_under"]

# Events whose descriptions were erased leave gaps; so many are looked at to find k.
_LOOKED_AT = 64
_LONGEST = 200
_LONGEST_SCOPE = 400


class Recollection(NamedTuple):
    """What earlier edits in near contexts say.

    Attributes:
        description: How the user likes such texts; empty while nothing is known.
        evidence_ids: The earlier events that it comes from, nearest first.
        usage: What merging them cost.
    """

    description: str
    evidence_ids: tuple[str, ...]
    usage: Usage


class Drafted(NamedTuple):
    """A text written under a description, and what it cost."""

    text: str
    usage: Usage


class Observed(NamedTuple):
    """What one round taught.

    Attributes:
        description: What is kept for this context now; empty if nothing is.
        edited: Whether the user changed anything.
        learned: The preferences that are new.
        usage: What inference cost; no call where nothing was edited.
    """

    description: str
    edited: bool
    learned: tuple[Preference, ...]
    usage: Usage


class _Description(BaseModel):
    description: str = Field(max_length=_LONGEST)


class Cipher:
    """The loop for one user: recall, draft, observe.

    For each round: retrieve the k nearest contexts, take their descriptions (k = 1) or merge them
    with one call, draft under that; then, if the user edited, infer a description with one call,
    else keep the recalled one for this context too.

    As in the authors' code, inference reads the edit and not the request, and any change counts as
    an edit. What differs: contexts are embedded with the memory's embedder rather than with BERT or
    MPNet; answers are structured and at most 200 characters long; a single description is not
    merged with itself; and descriptions are kept as preferences, each scoped to its context, so
    that none of another context confirms or contradicts it.

    Args:
        memory: Where edits and descriptions are kept.
        chat: Writes, describes and merges.
        user_id: Whose edits; give the loop a user of its own to compare it with others.
        k: How many contexts are retrieved; 1 and 5 in the paper.
        seed: Seed of sampling; None leaves it to the model.

    Raises:
        InputError: `k` is not positive.
    """

    def __init__(
        self, memory: Memory, chat: ChatModel, user_id: str, *, k: int = 1, seed: int | None = None
    ) -> None:
        if k < 1:
            raise InputError(f"k is {k!r}; give a positive number of contexts")
        self._memory = memory
        self._chat = chat
        self._user_id = user_id
        self._k = k
        self._seed = seed

    async def recall(self, context: Context) -> Recollection:
        """How the user likes texts in contexts like this one.

        Raises:
            ModelError: Merging failed; with `k=1` nothing is asked.
        """
        near = await self._memory.anear_evidence(
            self._user_id, context, kinds=("edit", "choice"), limit=_LOOKED_AT
        )
        live = await self._memory.aget_all(self._user_id)
        said: dict[str, list[str]] = {}
        for preference in live:
            for each in preference.evidence_ids:
                said.setdefault(each, []).append(preference.description)
        known = [each.evidence.id for each in near if each.evidence.id in said][: self._k]
        descriptions = ["; ".join(said[each]) for each in known]
        if len(descriptions) < 2:
            found = descriptions[0] if descriptions else ""
            return Recollection(found, tuple(known), Usage(calls=0))
        listed = "\n".join(f"- {one_line(each, limit=_LONGEST)}" for each in descriptions)
        prompt = render(__package__, "merge", descriptions=fence(listed, "descriptions"))
        merged, usage = await self._ask(prompt)
        return Recollection(merged or descriptions[0], tuple(known), usage)

    async def draft(self, context: Context, description: str, *, max_tokens: int = 400) -> Drafted:
        """Writes what the context asks for under a description; see `draft_under`."""
        return await draft_under(
            self._chat, context.text, description, max_tokens=max_tokens, seed=self._seed
        )

    async def observe(
        self, context: Context, before: str, after: str, recalled: Recollection
    ) -> Observed:
        """Learns from a round.

        Args:
            context: What the text was for.
            before: The text as it was drafted.
            after: What the user made of it; the same if they left it alone.
            recalled: What it was drafted under.

        Raises:
            ModelError: Inference failed; nothing of the round is kept then.
        """
        if before.strip() == after.strip():
            observation: Edit | Choice = Choice(shown=(before,), picked=0)
            description, usage, edited = recalled.description, Usage(calls=0), False
        else:
            observation, edited = Edit(before=before, after=after), True
            prompt = render(
                __package__,
                "describe",
                before=fence(before, "before", limit=2400),
                after=fence(after, "after", limit=2400),
            )
            description, usage = await self._ask(prompt)
        drafts = (
            [
                PreferenceDraft(
                    description=description,
                    origin="inferred",
                    confidence=0.5,
                    scope=one_line(context.text, limit=_LONGEST_SCOPE),
                )
            ]
            if description
            else []
        )
        learned = await asyncio.to_thread(
            self._memory.learn, self._user_id, observation, drafts, context=context
        )
        return Observed(description, edited, tuple(learned), usage)

    async def _ask(self, prompt: str) -> Drafted:
        answer, usage = await self._chat.structured(
            [Message(role="user", content=prompt)],
            _Description,
            max_tokens=96,
            seed=self._seed,
            background=True,
        )
        return Drafted(one_line(answer.description, limit=_LONGEST), usage)


async def draft_under(
    chat: ChatModel,
    request: str,
    description: str,
    *,
    max_tokens: int = 400,
    temperature: float = 0.0,
    seed: int | None = None,
    background: bool = False,
) -> Drafted:
    """Writes what a request asks for the way a description says.

    Args:
        chat: Writes.
        request: What the user asked for.
        description: How they like it; empty writes without.
        max_tokens: The longest text.
        temperature: Randomness.
        seed: Seed of sampling; None leaves it to the model.
        background: Whether nobody waits for it.

    Raises:
        ModelError: The call failed.
    """
    # A small model writes what stands in tags again; the description comes last, for it heeds
    # what it read last.
    said = one_line(inert(description), limit=_LONGEST_SCOPE).rstrip(". ")
    prompt = (
        render(__package__, "draft", request=request.strip(), description=said)
        if said
        else render(__package__, "plain", request=request.strip())
    )
    answer = await collect(
        chat.stream(
            [Message(role="user", content=prompt)],
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            background=background,
        )
    )
    return Drafted(answer.text.strip(), answer.usage)
