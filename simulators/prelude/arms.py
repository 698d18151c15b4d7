"""The arms: how each drafts for a user, and what it learns from what they make of the draft."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...errors import StructuredOutputError
from ...memory.inference.cipher import Cipher, Drafted, Recollection, draft_under
from ...models.prompts import fence, render
from ...models.structured import collect
from ...models.types import ChatModel, Message, Usage
from ..runner import Tools
from ..users.edits import EditUser
from .rounds import Round

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...agent import Agent
    from ...agent.types import Reply
    from ...agent.workspace import Workspace
    from ...memory.types import Preference

__all__ = ["ARMS", "Draft", "Learner", "Learnt", "open_arm"]

_USER = "user"
# The end of a long example says little that its beginning does not.
_SHOWN = 900


class Draft(NamedTuple):
    """A draft, and what it was written under.

    Attributes:
        text: The draft; empty if the model wrote none.
        description: How the arm thinks that the user likes it; None where it has no words for it.
        questions: What it asked back, to no avail.
        failures: What went wrong, by kind.
    """

    text: str
    description: str | None
    questions: int = 0
    failures: tuple[str, ...] = ()


class Learnt(NamedTuple):
    """What a round taught.

    Attributes:
        lines: What is new or was changed, in words.
        failures: What went wrong, by kind.
    """

    lines: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


class Learner(Protocol):
    """An arm in one episode."""

    async def draft(self, at: Round) -> Draft:
        """Writes what the round asks for.

        Raises:
            ModelError: The call failed.
        """
        ...

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        """Learns from what the user made of the draft; the same text if they left it alone."""
        ...


@dataclass(slots=True)
class _Untaught:
    """No learning: every draft is written from the notes alone."""

    chat: ChatModel
    tokens: int
    seed: int

    async def draft(self, at: Round) -> Draft:
        written = await draft_under(
            self.chat, at.request, "", max_tokens=self.tokens, seed=self.seed
        )
        return Draft(written.text, "")

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        return Learnt()


class _Cipher:
    """CIPHER; an inference whose answer fits no schema teaches nothing, and is counted."""

    def __init__(self, cipher: Cipher, tokens: int) -> None:
        self._cipher = cipher
        self._tokens = tokens
        self._recalled = Recollection("", (), Usage(calls=0))

    async def draft(self, at: Round) -> Draft:
        failures: tuple[str, ...] = ()
        try:
            self._recalled = await self._cipher.recall(at.near)
        except StructuredOutputError:
            self._recalled = Recollection("", (), Usage(calls=0))
            failures = ("parse",)
        said = self._recalled.description
        written = await self._cipher.draft(at.near, said, max_tokens=self._tokens)
        return Draft(written.text, said, failures=failures)

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        try:
            seen = await self._cipher.observe(at.near, before, after, self._recalled)
        except StructuredOutputError:
            return Learnt(failures=("parse",))
        return Learnt((seen.description,) if seen.edited and seen.description else ())


class _Past(NamedTuple):
    vector: NDArray[np.float32]
    before: str
    after: str


class _Examples:
    """The edits of the nearest contexts as examples in the prompt, as in PRELUDE's ICL-edit."""

    def __init__(self, tools: Tools, chat: ChatModel, *, k: int, tokens: int, seed: int) -> None:
        self._embed = tools.embedder.embed
        self._chat = chat
        self._k = k
        self._tokens = tokens
        self._seed = seed
        self._past: list[_Past] = []

    async def draft(self, at: Round) -> Draft:
        if not self._past:
            plain = await draft_under(
                self._chat, at.request, "", max_tokens=self._tokens, seed=self._seed
            )
            return Draft(plain.text, None)
        near = await asyncio.to_thread(self._nearest, at)
        examples = "\n\n".join(
            "\n".join(
                (
                    fence(each.before, "draft", limit=_SHOWN),
                    fence(each.after, "edited", limit=_SHOWN),
                )
            )
            for each in near
        )
        prompt = render(
            __package__, "examples", examples=examples, request=fence(at.request, "request")
        )
        written = await _plain(self._chat, prompt, self._tokens, self._seed)
        return Draft(written.text, None)

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        (vector,) = await asyncio.to_thread(self._embed, [at.request])
        self._past.append(_Past(vector, before, after))
        return Learnt()

    def _nearest(self, at: Round) -> Sequence[_Past]:
        """The nearest last, next to the request."""
        (vector,) = self._embed([at.request])
        near = sorted(self._past, key=lambda each: -float(each.vector @ vector))
        return near[: self._k][::-1]


async def _plain(chat: ChatModel, prompt: str, tokens: int, seed: int) -> Drafted:
    answer = await collect(
        chat.stream(
            [Message(role="user", content=prompt)], max_tokens=tokens, temperature=0.0, seed=seed
        )
    )
    return Drafted(answer.text.strip(), answer.usage)


class _Product:
    """The product's way to draft: an `Agent` in a new conversation each round.

    A new conversation shows what memory holds, rather than what stands in the history.

    Args:
        workspace: Of this episode.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.agent: Agent | None = None
        self.reply: Reply | None = None

    async def draft(self, at: Round, user_id: str) -> Draft:
        """Drafts for a user of the workspace, under what their memory holds."""
        from ...agent import Agent

        await self.close()
        agent = Agent(user_id, session_id=f"round-{at.number}", workspace=self.workspace)
        self.agent = agent
        reply = await agent.asend(at.request)
        questions = 0
        # The user only edits: what is asked back is passed over.
        while reply.question is not None or reply.conflict is not None:
            questions += 1
            if reply.question is not None:
                reply = await agent.aanswer(reply.question, None)
            elif reply.conflict is not None:
                reply = await agent.aresolve(reply.conflict, None)
        await agent.alearned()
        self.reply = reply
        return Draft(reply.text.strip(), "; ".join(map(_line, reply.recalled)), questions)

    async def close(self) -> None:
        """Ends the conversation that is open."""
        if self.agent is not None:
            await self.agent.aclose()
            self.agent = None


class _Ours:
    """The product, with one memory behind all rounds.

    A text that was left alone is rated well.

    Args:
        product: Drafts.
        taught: False withholds every edit: the product's own way to draft, without learning.
    """

    def __init__(self, product: _Product, *, taught: bool) -> None:
        self._product = product
        self._taught = taught
        self._known: frozenset[str] = frozenset()

    async def draft(self, at: Round) -> Draft:
        drafted = await self._product.draft(at, _USER)
        self._known = frozenset(await self._lines())
        return drafted

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        agent, reply = self._product.agent, self._product.reply
        assert agent is not None
        assert reply is not None
        if not self._taught or not before:
            return Learnt()
        if before.strip() == after.strip():
            await agent.arate(reply, 1.0)
        else:
            await agent.aedit(reply, after)
        await agent.alearned()
        now = await self._lines()
        gone = tuple(f"no longer: {each}" for each in sorted(self._known - set(now)))
        return Learnt((*(each for each in now if each not in self._known), *gone))

    async def _lines(self) -> list[str]:
        return [_line(each) for each in await self._product.workspace.memory.aget_all(_USER)]


class _Oracle:
    """The ceiling of the product: it drafts as ever, and its memory holds the hidden style.

    Each context is somebody of their own, so that nothing of another style is in sight.
    """

    def __init__(self, product: _Product, user: EditUser) -> None:
        self._product = product
        self._user = user
        self._told: set[str] = set()

    async def draft(self, at: Round) -> Draft:
        words = self._user.style_for(at.context).words
        somebody = at.context.replace("/", "-")
        if somebody not in self._told:
            self._told.add(somebody)
            await self._product.workspace.memory.aadd(
                somebody, f"likes such texts like this: {words}", aspect="style"
            )
        drafted = await self._product.draft(at, somebody)
        return drafted._replace(description=words)

    async def learn(self, at: Round, before: str, after: str) -> Learnt:
        return Learnt()


def _line(each: Preference) -> str:
    return f"{each.description} (for {each.scope})" if each.scope else each.description


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What an arm is made from."""

    tools: Tools
    user: EditUser
    tokens: int
    examples: int
    seed: int


_Open = Callable[[_Setting], AbstractAsyncContextManager[Learner]]


def _simple(make: Callable[[_Setting], Learner]) -> _Open:
    @asynccontextmanager
    async def opened(setting: _Setting) -> AsyncIterator[Learner]:
        yield make(setting)

    return opened


def _cipher(k: int) -> _Open:
    @asynccontextmanager
    async def opened(setting: _Setting) -> AsyncIterator[Learner]:
        tools = setting.tools
        with tools.workspace() as workspace:
            cipher = Cipher(workspace.memory, tools.chat, _USER, k=k, seed=setting.seed)
            yield _Cipher(cipher, setting.tokens)

    return opened


def _product(make: Callable[[_Setting, _Product], Learner]) -> _Open:
    @asynccontextmanager
    async def opened(setting: _Setting) -> AsyncIterator[Learner]:
        with setting.tools.workspace(
            drafts=1, questions_per_session=0, reply_tokens=setting.tokens
        ) as workspace:
            product = _Product(workspace)
            try:
                yield make(setting, product)
            finally:
                await product.close()

    return opened


ARMS: dict[str, _Open] = {
    "none": _simple(lambda s: _Untaught(s.tools.chat, s.tokens, s.seed)),
    "CIPHER-1": _cipher(1),
    "CIPHER-5": _cipher(5),
    "edits in context": _simple(
        lambda s: _Examples(s.tools, s.tools.chat, k=s.examples, tokens=s.tokens, seed=s.seed)
    ),
    "ours untaught": _product(lambda s, product: _Ours(product, taught=False)),
    "ours": _product(lambda s, product: _Ours(product, taught=True)),
    "oracle": _product(lambda s, product: _Oracle(product, s.user)),
}
"""Every arm by name; "none" is the baseline, "ours untaught" the product without its learning."""


def open_arm(
    name: str, *, tools: Tools, user: EditUser, tokens: int, examples: int, seed: int
) -> AbstractAsyncContextManager[Learner]:
    """An arm for one episode.

    Args:
        name: Of `ARMS`.
        tools: The episode's.
        user: Whose drafts; only the oracle looks at the hidden style.
        tokens: The longest draft.
        examples: How many edits "edits in context" shows.
        seed: Of sampling.
    """
    setting = _Setting(tools=tools, user=user, tokens=tokens, examples=examples, seed=seed)
    return ARMS[name](setting)
