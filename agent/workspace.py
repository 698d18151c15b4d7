"""What agents of one process share: models, the store of memories, and the loop they run on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from weakref import WeakKeyDictionary, WeakValueDictionary

from ..config import Settings
from ..errors import ConfigError, EmbedderError, ModelError, NoChatModelError
from ..memory import Memory
from ..memory.types import Context
from ..models import DeferredEmbedder, open_chat
from ..models.types import ChatModel, Chunk, Embedder, Message
from ..policies.constraints import ConstraintJudge
from ..policies.elicit import Aspects, Elicitor
from ..policies.feedback import ReactionStages
from ..policies.personal import PersonalReward
from ..policies.propose import system_prompt
from ..policies.types import Reading
from .checkpoints import open_checkpoints
from .forgetting import OpenTurns
from .loop import LoopThread
from .types import Pending

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph
    from pydantic import BaseModel

    from .services import Services
    from .state import TurnState

    Graph = CompiledStateGraph[TurnState, Services, TurnState, TurnState]

__all__ = ["MissingChat", "Session", "Workspace"]


class MissingChat:
    """Stands in where no chat model can be opened; memory and ranking work without one."""

    context_window = 4096

    def __init__(self, name: str, error: NoChatModelError) -> None:
        self.name = name
        self.error = error

    def stream(self, messages: Sequence[Message], **_options: object) -> AsyncGenerator[Chunk]:
        """Raises NoChatModelError."""
        raise self.error

    async def structured(
        self, messages: Sequence[Message], schema: type[BaseModel], **_options: object
    ) -> NoReturn:
        """Raises NoChatModelError."""
        raise self.error

    def count_tokens(self, text: str) -> int:
        """A rough count."""
        return len(text) // 3

    async def aclose(self) -> None:
        """Does nothing."""


class Session:
    """What agents of one session in this process share: whose turn it is, and what waits.

    Attributes:
        turn: Held during a turn.
        pending: The question, choice or contradiction that waits for the user, once `known`.
        known: Whether `pending` was looked up.
        shown: The drafts behind the last reply, in the order in which the user saw them.
        used: The preferences that the last reply was written under, by its id; empty once the user
            has rewritten it.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.pending: Pending | None = None
        self.known = False
        self.shown: tuple[str, ...] = ()
        self.used: dict[str, tuple[str, ...]] = {}


# Sessions that an agent of this process has open, by store and name; one that no agent has open
# is forgotten.
_Sessions = WeakValueDictionary[str, Session]
_sessions: WeakKeyDictionary[Memory, _Sessions] = WeakKeyDictionary()
_sessions_lock = threading.Lock()


def _sessions_of(memory: Memory) -> _Sessions:
    return _sessions.setdefault(memory, WeakValueDictionary())


@dataclass(slots=True)
class _Shared:
    memory: Memory
    embedder_name: str
    index_url: str | None
    users: int


# The store's writer lock belongs to the process, so agents of one process must share one Memory
# for each home; this is the one place that knows which are open.
_memories: dict[Path, _Shared] = {}
_memories_lock = threading.Lock()


class Workspace:
    """Models, memory, policies and checkpoints that any number of agents work with.

    An `Agent` makes one for itself; an app that serves many users makes one and hands it to each
    of its agents.

    Args:
        settings: The settings in force.
        chat: A chat model of the app's own; by default `settings.model`.
        embedder: An embedder of the app's own; by default `settings.embedder`.
        memory: A store of the app's own; by default the one under `settings.home`.
        aspects: What good answers to the app's requests differ on; by default the shipped library.

    Raises:
        StoreLockedError: Another process writes to this home.
        ConfigError: This process has the home open with another embedder, database or index.
        MemoryStoreError: The database cannot be reached.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        chat: ChatModel | None = None,
        embedder: Embedder | None = None,
        memory: Memory | None = None,
        aspects: Aspects | None = None,
    ) -> None:
        self.settings = settings
        self.embedder: Embedder = embedder if embedder is not None else DeferredEmbedder(settings)
        self._embedder_name = settings.embedder if embedder is None else embedder.id
        self._owns_chat = chat is None
        self._chat = chat
        self._owns_memory = memory is None
        self.memory = memory if memory is not None else self._shared_memory()
        self.reward = PersonalReward(self.memory, self.embedder, prior=settings.reward_prior)
        self.judge = ConstraintJudge()
        self.reactions = ReactionStages(self.embedder)
        self.elicitor = Elicitor(self.embedder, aspects)
        self.loop = LoopThread("penchant")
        self._graph: Graph | None = None
        self._checkpoints_made = False
        self._closed = False
        if not self.memory.read_only:
            with _sessions_lock:
                sessions = _sessions_of(self.memory)
            turns = OpenTurns(memory=self.memory, home=settings.home, sessions=sessions)
            self.memory.watch_erasures(f"open turns in {settings.home}", turns)

    def _shared_memory(self) -> Memory:
        settings, home = self.settings, self.settings.home
        with _memories_lock:
            shared = _memories.get(home)
            if shared is None:
                memory = Memory(
                    home,
                    self.embedder,
                    database=settings.database_url,
                    index=settings.index_url,
                )
                shared = _Shared(memory, self._embedder_name, settings.index_url, 0)
                _memories[home] = shared
            elif shared.embedder_name != self._embedder_name:
                raise ConfigError(
                    f"{str(home)!r} is already open in this process with the embedder "
                    f"{shared.embedder_name!r}, not {self._embedder_name!r}; "
                    "use one embedder for it"
                )
            elif (shared.memory.database, shared.index_url) != (
                settings.database_url,
                settings.index_url,
            ):
                raise ConfigError(
                    f"{str(home)!r} is already open in this process with another database_url or "
                    "index_url; give each database a home of its own"
                )
            shared.users += 1
            return shared.memory

    @property
    def chat(self) -> ChatModel:
        """The chat model; a `MissingChat` while none can be opened."""
        if self._chat is None:
            try:
                self._chat = open_chat(self.settings)
            except NoChatModelError as error:
                # Not kept: the model may be there the next time.
                return MissingChat(self.settings.model, error)
        return self._chat

    def session(self, name: str) -> Session:
        """What all agents of a session share, made by the first to ask."""
        with _sessions_lock:
            return _sessions_of(self.memory).setdefault(name, Session())

    @asynccontextmanager
    async def graph(self) -> AsyncIterator[Graph]:
        """The graph with its checkpointer open; nothing stays open between turns.

        Raises:
            MemoryStoreError: The checkpointer's database does not answer.
        """
        async with open_checkpoints(
            self.settings.home, self.memory.database, made=self._checkpoints_made
        ) as saver:
            self._checkpoints_made = True
            yield self.compiled_graph().copy({"checkpointer": saver})

    def compiled_graph(self) -> Graph:
        """The graph without a checkpointer, compiled on first use."""
        from .graph import build_graph

        if self._graph is None:
            self._graph = build_graph()
        return self._graph

    def close(self) -> None:
        """Ends the loop and lets go of models and memory; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._owns_chat and self._chat is not None:
                self.loop.run(self._chat.aclose())
        finally:
            self.loop.close()
            if self._owns_memory:
                self._release_memory()

    def _release_memory(self) -> None:
        home = self.settings.home
        with _memories_lock:
            shared = _memories[home]
            shared.users -= 1
            if shared.users == 0:
                del _memories[home]
                shared.memory.close()


async def forget_thread(graph: Graph, thread_id: str) -> None:
    """Drops a thread's checkpoints."""
    saver = graph.checkpointer
    assert saver is not None, "the graph is built with a saver"
    assert not isinstance(saver, bool), "the graph is built with a saver of its own"
    await saver.adelete_thread(thread_id)


async def load_models(
    workspace: Workspace, user_id: str, progress: Callable[[str], None] | None
) -> None:
    """Loads embedder and chat model, side by side, and what a first turn would wait for.

    What can be loaded is, even if something else is missing.

    Raises:
        NoChatModelError: Neither a key nor a local model; names a missing embedder too.
        EmbedderError: The embedder cannot be loaded.
    """
    without_chat, without_embedder = await asyncio.gather(
        _load_chat(workspace.chat, progress),
        _load_embedder(workspace, user_id),
        return_exceptions=True,
    )
    if isinstance(without_chat, NoChatModelError) and without_embedder is not None:
        raise NoChatModelError(f"{without_chat}. Besides: {without_embedder}") from without_chat
    for problem in (without_chat, without_embedder):
        if problem is not None:
            raise problem


async def _load_chat(chat: ChatModel, progress: Callable[[str], None] | None) -> None:
    if isinstance(chat, MissingChat):
        raise chat.error
    load = getattr(chat, "load", None)
    if load is not None:
        await load(progress)
    prime = getattr(chat, "prime", None)
    if prime is not None:
        # Every prompt begins with it, so that the first turn finds it read.
        await prime([Message(role="system", content=system_prompt())])


async def _load_embedder(workspace: Workspace, user_id: str) -> None:
    try:
        await asyncio.to_thread(_warm, workspace, user_id)
    except ModelError as error:
        raise EmbedderError(
            f"no questions, no ranking of replies and no search by meaning: {error}"
        ) from error


def _warm(workspace: Workspace, user_id: str) -> None:
    """Touches index, aspects and features, each of which takes a moment the first time."""
    workspace.compiled_graph()
    workspace.memory.recall(user_id, Context(text="hello"))
    workspace.elicitor.needs_discovery("Any ideas for today?", reading=Reading())
    workspace.reward.posterior(user_id)
    workspace.reward.features.transform(["hello"])
