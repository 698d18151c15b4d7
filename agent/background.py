"""Inference that must not delay a reply: it runs behind the turns, and nothing of it is lost.

What is to be inferred waits in memory's queue, written there with its event. This takes it up
after a turn, one job at a time, with calls that give way to everybody else's. What fails (a model
that times out, or writes prose) stays in the queue and is tried again later; what a process leaves
behind when it ends, the user's next conversation takes up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from ..errors import (
    InputError,
    NoChatModelError,
    NotFoundError,
    PenchantError,
    StructuredOutputError,
)
from ..memory.types import Command, Evidence, Job, Preference, Statement
from ..models.likelihood import Likelihood, LikelihoodModel, likelihood_model
from ..models.passing import PassingChatModel
from ..models.types import ChatModel, Chunk, Message, Usage
from ..policies.feedback import infer_statements
from .inferring import infer_from_choice, infer_from_edit, infer_from_repair
from .reacting import FOLLOW_UPS, infer_from_follow_ups
from .services import Inference, Services

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..memory import Memory

    T = TypeVar("T", bound=BaseModel)

__all__ = ["HANDLERS", "Background", "Handler", "infer_from_message"]

Handler: TypeAlias = Callable[[Services, Evidence, Mapping[str, str]], Awaitable[Inference]]
"""Infers what a queued event teaches and learns it, with `finishes=services.job_id`."""

_log = logging.getLogger("penchant.agent")

# Jobs that a conversation of this process has in hand; those of one user may be several.
_taken: WeakKeyDictionary[Memory, set[str]] = WeakKeyDictionary()


async def infer_from_message(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Asks the chat model what a message states, where the rules were unsure.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The message as a statement.
        details: Nothing else is needed.

    Raises:
        InputError: The evidence is no message.
        ModelError: The call failed.
    """
    said = evidence.observation
    if not isinstance(said, Statement | Command):
        raise InputError(f"evidence {evidence.id!r} is {said.kind!r}; give a statement")
    drafts, usage = await infer_statements(services.chat, said.text)
    if not drafts:
        return Inference((), usage)
    learned = await asyncio.to_thread(
        services.memory.learn, services.user_id, evidence, drafts, finishes=services.job_id
    )
    return Inference(tuple(learned), usage)


HANDLERS: Mapping[str, Handler] = {
    "statements": infer_from_message,
    "edit": infer_from_edit,
    "choice": infer_from_choice,
    "repair": infer_from_repair,
    FOLLOW_UPS: infer_from_follow_ups,
}
"""What does each kind of job."""


class Background:
    """Works off the queue of one conversation's user.

    Args:
        handlers: What does each kind of job; those of no known kind wait.
    """

    def __init__(self, handlers: Mapping[str, Handler] = HANDLERS) -> None:
        self._handlers = handlers
        self._task: asyncio.Task[None] | None = None
        self._services: Services | None = None
        self._ending = False
        self._learned: list[Preference] = []
        self.usage = Usage(calls=0)

    def wake(self, services: Services) -> None:
        """Has what is due worked off, on the running loop; returns at once.

        Without a chat model everything waits.
        """
        if services.chat_missing or services.memory.read_only:
            return
        self._services = services
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    async def drain(self) -> tuple[Preference, ...]:
        """Waits until nothing is due; returns what was learned since the last call."""
        while self._task is not None:
            await asyncio.wait([self._task])
        learned, self._learned = tuple(self._learned), []
        return learned

    async def finish(self, patience_s: float = 10.0) -> None:
        """Gives the job in hand a while to end, then drops it; it stays in the queue."""
        task = self._task
        if task is None:
            return
        self._services, self._ending = None, True
        try:
            await asyncio.wait([task], timeout=patience_s)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        finally:
            self._ending = False

    async def _work(self) -> None:
        try:
            # Whoever wakes it while it works has it look again.
            while (services := self._services) is not None:
                self._services = None
                while (job := await self._take(services)) is not None:
                    try:
                        goes_on = await self._do(services, job)
                    finally:
                        _in_hand(services.memory).discard(job.id)
                    if self._ending or not goes_on:
                        break
        except PenchantError as error:
            # The store was closed under it, or refuses: the queue is as it was.
            _log.warning("inference in the background stopped: %s", error)
        finally:
            self._task = None

    async def _take(self, services: Services) -> Job | None:
        """The next job that is due and that nobody here has in hand."""
        due = await asyncio.to_thread(services.memory.jobs, services.user_id, due=True)
        taken = _in_hand(services.memory)
        for job in due:
            if job.id not in taken and job.kind in self._handlers:
                taken.add(job.id)
                return job
        return None

    async def _do(self, services: Services, job: Job) -> bool:
        """Does one job; tells whether others are worth trying now."""
        memory, user_id = services.memory, services.user_id
        evidence = await asyncio.to_thread(memory.job_evidence, user_id, job.id)
        if evidence is None:
            return True
        chat = _counted(services.chat)
        work = replace(services, chat=chat, job_id=job.id)
        try:
            done = await self._handlers[job.kind](work, evidence, job.details)
        except NoChatModelError:
            # It is there no longer: what waits is not at fault.
            return False
        except Exception as error:  # noqa: BLE001
            # Whatever a job fails with, it must neither be lost nor hold up the others.
            if not isinstance(error, PenchantError):
                _log.error("inference failed", exc_info=error)
            _log.warning("nothing inferred yet: %s", error)
            why = str(error) or type(error).__name__
            try:
                await asyncio.to_thread(memory.fail_job, user_id, job.id, why)
            except NotFoundError:
                # Erased meanwhile.
                return True
        else:
            await asyncio.to_thread(memory.finish_job, user_id, job.id)
            self._learned += done.learned
        finally:
            self.usage = self.usage + chat.usage
        return True


def _in_hand(memory: Memory) -> set[str]:
    return _taken.setdefault(memory, set())


def _counted(chat: ChatModel) -> _Counted:
    model = likelihood_model(chat)
    return _Counted(chat) if model is None else _CountedLikelihoods(chat, model)


class _Counted(PassingChatModel):
    """A chat model whose calls are counted, those that fail too."""

    def __init__(self, chat: ChatModel) -> None:
        super().__init__(chat)
        self.usage = Usage(calls=0)

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int | None = None,
        schema: type[BaseModel] | None = None,
        background: bool = False,
    ) -> AsyncGenerator[Chunk]:
        began = perf_counter()
        spent: Usage | None = None
        try:
            async for chunk in super().stream(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                schema=schema,
                background=background,
            ):
                spent = chunk.usage or spent
                yield chunk
        finally:
            self.usage = self.usage + (spent or Usage(seconds=perf_counter() - began))

    async def structured(
        self,
        messages: Sequence[Message],
        schema: type[T],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int | None = None,
        background: bool = False,
    ) -> tuple[T, Usage]:
        began = perf_counter()
        try:
            answer, spent = await super().structured(
                messages,
                schema,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                background=background,
            )
        except NoChatModelError:
            raise
        except BaseException as error:
            # What a failing call cost is not told; that it was made is.
            calls = 2 if isinstance(error, StructuredOutputError) else 1
            self.usage = self.usage + Usage(calls=calls, seconds=perf_counter() - began)
            raise
        self.usage = self.usage + spent
        return answer, spent


class _CountedLikelihoods(_Counted):
    """The same for a model that tells likelihoods."""

    def __init__(self, chat: ChatModel, model: LikelihoodModel) -> None:
        super().__init__(chat)
        self._model = model

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, background: bool = False
    ) -> Likelihood:
        told = await self._model.log_likelihood(messages, continuation, background=background)
        self.usage = self.usage + told.usage
        return told
