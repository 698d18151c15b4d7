"""What is erased from memory leaves the turns that wait for an answer, too.

A turn that waits holds what was recalled for it. It goes on without what is gone; where it asks
about just that, it is dropped.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..memory.types import Conflict, Preference
from .checkpoints import erase_checkpoints, open_checkpoints, open_threads
from .state import Json, unpack

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

    from ..memory import Memory
    from .workspace import Session

__all__ = ["OpenTurns"]

# Lists in the state of a turn, whose entries it can do without.
_LISTS = ("recalled", "learned", "used")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTurns:
    """Watches the erasures of a store, and clears the turns that wait in a home.

    Of a contradiction whose old side is erased, the new side holds: the user said so.

    Attributes:
        memory: The store.
        home: Where the turns wait, unless beside a truth on PostgreSQL.
        sessions: The sessions that this process has open, by thread.
    """

    memory: Memory
    home: Path
    sessions: Mapping[str, Session]

    def __call__(self, user_id: str, erased: Sequence[Preference] | None) -> None:
        """Clears a user's open turns; those that run meanwhile go on as they are.

        Raises:
            MemoryStoreError: The file or database of open turns cannot be written.
        """
        database = self.memory.database
        threads = open_threads(self.home, user_id, database=database)
        with ExitStack() as held:
            for thread in sorted(threads):
                session = self.sessions.get(thread)
                if session is None:
                    continue
                if not session.turn.acquire(blocking=False):
                    threads.discard(thread)
                    continue
                held.callback(session.turn.release)
                # Looked up again when next asked for.
                session.known = False
            if threads:
                _forget(self, user_id, erased, sorted(threads))


def _forget(
    turns: OpenTurns, user_id: str, erased: Sequence[Preference] | None, threads: Sequence[str]
) -> None:
    home, memory = turns.home, turns.memory
    if erased is None:
        for thread in threads:
            session_id = thread.removeprefix(user_id)[1:]
            erase_checkpoints(home, user_id, session_id, database=memory.database)
        return
    quotes = frozenset(text for each in erased for text in (each.id, each.description))
    gone = {each.id for each in erased}
    for conflict in _apart(home, memory.database, threads, quotes):
        if conflict.old.id in gone:
            memory.resolve(user_id, conflict, "new")


def _apart(
    home: Path, database: str | None, threads: Sequence[str], quotes: frozenset[str]
) -> list[Conflict]:
    """Clears threads on a loop of its own, whatever loop the caller runs on."""
    moot: list[Conflict] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            moot.extend(asyncio.run(_clear(home, database, threads, quotes)))
        except BaseException as error:  # noqa: BLE001 - raised again below, where it is waited for
            failed.append(error)

    worker = threading.Thread(target=work, name="penchant-forgetting")
    worker.start()
    worker.join()
    if failed:
        raise failed[0]
    return moot


async def _clear(
    home: Path, database: str | None, threads: Sequence[str], quotes: frozenset[str]
) -> list[Conflict]:
    moot: list[Conflict] = []
    async with open_checkpoints(home, database, made=True) as saver:
        for thread in threads:
            moot += await _clear_thread(saver, thread, quotes)
    return moot


async def _clear_thread(
    saver: BaseCheckpointSaver[str], thread: str, quotes: frozenset[str]
) -> list[Conflict]:
    config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    found = await saver.aget_tuple(config)
    if found is None:
        return []
    values: Json = found.checkpoint["channel_values"]
    writes = [_Write(*each) for each in found.pending_writes or ()]
    if not _quotes((values, writes), quotes):
        return []
    await saver.adelete_thread(thread)
    kept = {channel: _without(channel, value, quotes) for channel, value in values.items()}
    left = [each._replace(value=_without(each.channel, each.value, quotes)) for each in writes]
    if _quotes((kept, left), quotes):
        return [unpack(Conflict, each) for each in values.get("conflicts", ())]
    await _put(saver, config, found, kept, left)
    return []


class _Write(NamedTuple):
    task_id: str
    channel: str
    value: Any


async def _put(
    saver: BaseCheckpointSaver[str],
    config: RunnableConfig,
    found: CheckpointTuple,
    values: Json,
    writes: Sequence[_Write],
) -> None:
    """Puts a thread back, with what is left of it."""
    checkpoint = found.checkpoint.copy()
    checkpoint["channel_values"] = values
    placed = await saver.aput(config, checkpoint, found.metadata, checkpoint["channel_versions"])
    for task in dict.fromkeys(each.task_id for each in writes):
        own = [(each.channel, each.value) for each in writes if each.task_id == task]
        await saver.aput_writes(placed, own, task)


def _without(channel: str, value: Any, quotes: frozenset[str]) -> Any:
    """The value of a channel without the entries that quote what was erased."""
    if channel in _LISTS and isinstance(value, list):
        return [each for each in value if not _quotes(each, quotes)]
    if channel == "reading" and isinstance(value, dict):
        said = [each for each in value["preferences"] if not _quotes(each, quotes)]
        return {**value, "preferences": said}
    return value


def _quotes(value: Any, quotes: frozenset[str]) -> bool:
    return any(quote in text for text in _texts(value) for quote in quotes)


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain data, and in what waits for an answer."""
    from langgraph.types import Interrupt

    if isinstance(value, str):
        yield value
    elif isinstance(value, Interrupt):
        yield from _texts(value.value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
