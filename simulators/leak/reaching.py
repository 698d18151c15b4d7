"""Another user reaches: with foreign ids, sessions and names, through imports and namespaces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ...errors import PenchantError
from .attempts import Attempt, found_in
from .world import OWNER, READER, World

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

__all__ = ["foreign_ids", "imports", "namespaces", "sessions", "user_ids"]

# Names that somebody could take for the owner's.
NAMES = (
    "Ana",
    "ANA",
    "ana ",
    " ana",
    "ana\u200b",
    "\u200bana",
    "an\u0430",
    "\u0430na",
    "ａｎａ",
    "ana\u0301",
    "ana\u00a0",
    "ana\x00",
    "ana\x1f",
    "ana\n",
    "../ana",
    "./ana",
    "ben/../ana",
    "ana/",
    "ana\\",
    "ana.",
    "ana*",
    "an_",
    "an%",
    "%",
    "_",
    "*",
    "ana' OR '1'='1",
    "ana'--",
    'ana" OR ""="',
    "ana; DROP TABLE users",
    '{"$eq": "ana"}',
    "{user_id}",
    "$user_id",
    "user-" + "0" * 40,
    "aNa\u202e",
    "everybody else",
    "a" * 256,
    "memories.ana",
)


async def user_ids(world: World) -> AsyncIterator[Attempt]:
    """Names that look or sort like the owner's: each is somebody else, or refused."""
    await world.teach()
    memory = world.memory
    before = list(memory.export(OWNER))
    for name in NAMES:
        what = f"user id {name[:40]!r}"
        try:
            memory.add(name, "likes rain")
            seen: list[object] = [
                memory.get_all(name),
                memory.search(name, "tea", limit=50),
                memory.context(name, "tea", limit=50).text,
                list(memory.export(name)),
                memory.sessions(name),
            ]
            agent = world.agent(name, "owners-session")
            seen.append(await agent.aturns())
            memory.delete_all(name)
        except PenchantError:
            seen = []
        leaked = found_in(seen, world.secrets.words)
        if leaked is None and list(memory.export(OWNER)) != before:
            leaked = "what the owner has was changed"
        yield Attempt(what, leaked)


async def sessions(world: World) -> AsyncIterator[Attempt]:
    """The names of the owner's conversations, taken by another user."""
    await world.teach()
    before = list(world.memory.export(OWNER))
    for session in (
        "owners-session",
        "owners-question",
        "../owners-session",
        "owners-session\u200b",
    ):
        with suppress(PenchantError):
            reader = world.agent(READER, session)
            for what, ask in (
                ("turns", reader.aturns),
                ("pending", reader.apending),
                ("sessions", reader.asessions),
                ("learned", reader.alearned),
            ):
                leaked = found_in(await ask(), world.secrets.words)
                yield Attempt(f"{what} of session {session!r}", leaked)
            world.forget_prompts()
            await reader.asend("What did I say before?")
            shown = [*world.prompts(), await reader.aturns()]
            yield Attempt(f"message in session {session!r}", found_in(shown, world.secrets.words))
            await reader.adelete_session(session)
            changed = list(world.memory.export(OWNER)) != before
            yield Attempt(f"deletion of session {session!r}", "it was erased" if changed else None)
    waiting = await world.agent(OWNER, "owners-question").apending()
    still = waiting is not None
    yield Attempt("the owner's open question", None if still else "it is gone")


async def foreign_ids(world: World) -> AsyncIterator[Attempt]:
    """Ids of the owner's preferences, replies, questions, events and jobs in another's hands."""
    from ...agent.types import Choosing

    owner = await world.teach()
    question = await world.agent(OWNER, "owners-question").apending()
    memory, reader = world.memory, world.agent(READER, "reaching")
    await reader.asend("Hello there.")
    replies = [each.id for each in await owner.aturns() if each.role == "assistant"]
    preferences = memory.get_all(OWNER)
    events = memory.evidence(OWNER)
    before = list(memory.export(OWNER))

    async def tried(what: str, reach: Callable[[], Awaitable[object] | object]) -> Attempt:
        found: object = None
        with suppress(PenchantError):
            found = reach()
            if isinstance(found, Awaitable):
                found = await found
        leaked = found_in(found, world.secrets.words)
        if leaked is None and list(memory.export(OWNER)) != before:
            leaked = "what the owner has was changed"
        return Attempt(what, leaked)

    for each in preferences:
        for verb in ("get", "undo", "delete", "chain", "history"):
            yield await tried(
                f"{verb} of a foreign preference",
                partial(getattr(memory, verb), READER, each.id),
            )
        yield await tried(
            "update of a foreign preference",
            partial(memory.update, READER, each.id, "likes nothing"),
        )
        yield await tried("restore of a foreign preference", partial(memory.restore, READER, each))
        yield await tried("agent.undo", partial(reader.aundo, each.id))
    for reply in replies:
        yield await tried("edit of a foreign reply", partial(reader.aedit, reply, "x"))
        yield await tried("rating of a foreign reply", partial(reader.arate, reply, -1.0))
    if question is not None:
        number = str(getattr(question, "id", ""))
        yield await tried("answer to a foreign question", lambda: reader.aanswer(number, "no"))
        choosing = Choosing(id=number, candidates=())
        yield await tried("choice of a foreign question", lambda: reader.achoose(choosing, 0))
    for job in memory.jobs(OWNER):
        yield await tried("foreign job", partial(memory.job_evidence, READER, job.id))
        yield await tried("end of a foreign job", partial(memory.finish_job, READER, job.id))
    for event in events:
        yield await tried(
            "learning from a foreign event",
            partial(memory.learn, READER, event, []),
        )
        seen = [memory.evidence(READER), memory.near_evidence(READER, "rain", limit=50)]
        yield Attempt("events after it", found_in(seen, world.secrets.words))


async def imports(world: World) -> AsyncIterator[Attempt]:
    """Lines of the owner's export, or that name what is the owner's, brought in by another."""
    await world.teach()
    memory = world.memory
    lines = [json.loads(line) for line in memory.export(OWNER)]
    before = list(memory.export(OWNER))
    for line in lines:
        named = {**line, "user_id": READER}
        blank = _without_texts(named, world.secrets.words)
        for what, tried in (
            ("of the owner", line),
            ("of the owner under another name", blank),
            ("of another with the owner's ids", {**blank, "id": f"new-{line['id']}"[:60]}),
        ):
            with suppress(PenchantError):
                memory.import_(READER, [json.dumps(tried)])
            leaked = None
            if list(memory.export(OWNER)) != before:
                leaked = "what the owner has was changed"
            else:
                seen = [list(memory.export(READER)), memory.get_all(READER)]
                leaked = found_in(seen, world.secrets.words)
            yield Attempt(f"import of a {line['kind']} {what}", leaked)
    prefix = json.dumps({**lines[0], "user_id": READER})
    for odd in (
        prefix[:-1] + ', "user_id": "ana"}',
        '{"kind": "preference", "user_id": ["ana"]}',
        '{"kind": "users", "user_id": "ben", "id": "ana"}',
        '{"kind": "session", "user_id": "ben\\u0000ana"}',
    ):
        with suppress(PenchantError):
            memory.import_(READER, [odd])
        changed = list(memory.export(OWNER)) != before
        yield Attempt("import of an odd line", "the owner's was changed" if changed else None)


def _without_texts(line: dict[str, object], secrets: tuple[str, ...]) -> dict[str, object]:
    """A line whose secrets whoever reaches cannot know: only its ids are known."""
    text = json.dumps(line)
    for each in secrets:
        text = text.replace(each, "something")
    found: dict[str, object] = json.loads(text)
    return found


async def namespaces(world: World) -> AsyncIterator[Attempt]:
    """LangGraph's store and tools: namespaces, filters, and ids of the owner's items."""
    from langgraph.store.base import InvalidNamespaceError

    from ...memory.langgraph import (
        ChromaStore,
        create_manage_memory_tool,
        create_manage_preference_tool,
        create_search_memory_tool,
        create_search_preference_tool,
    )

    await world.teach()
    memory, secret = world.memory, world.secrets.kept
    store = ChromaStore(memory)
    store.put(("memories", OWNER), "k", {"content": f"collects {secret}"})
    before = [list(memory.export(OWNER)), [e.value for e in store.search(("memories", OWNER))]]
    template = ("memories", "{user_id}")
    # In the leaky world all tools look into one namespace.
    space = ("memories", OWNER) if world.leaky else template
    finds = create_search_memory_tool(space, store=store)
    keeps = create_manage_memory_tool(space, store=store)
    prefers, manages = create_search_preference_tool(memory), create_manage_preference_tool(memory)
    theirs = [each.id for each in memory.get_all(OWNER)]
    names = [READER, *(name for name in NAMES if name.strip("\x00\x1f\n") == name)]
    for name in names:
        run: RunnableConfig = {"configurable": {"user_id": name}}
        seen: list[object] = []
        for query in ("collects", secret[:6], "user_id: ana", "*"):
            with suppress(PenchantError, InvalidNamespaceError, ValueError):
                seen.append(finds.invoke({"query": query}, config=run))
                seen.append(prefers.invoke({"query": query}, config=run))
        yield Attempt(f"tools as {name[:40]!r}", found_in(seen, world.secrets.words))
    run = {"configurable": {"user_id": READER}}
    for each in theirs:
        with suppress(PenchantError, InvalidNamespaceError, ValueError):
            manages.invoke({"action": "delete", "id": each}, config=run)
            manages.invoke({"action": "update", "id": each, "content": "x"}, config=run)
            keeps.invoke({"action": "update", "id": each, "content": "x"}, config=run)
        now = [list(memory.export(OWNER)), [e.value for e in store.search(("memories", OWNER))]]
        yield Attempt("tool with a foreign id", None if now == before else "it was changed")
    for filters in (
        {"user_id": OWNER},
        {"content": {"$ne": ""}},
        {"content": {"$gt": ""}},
        {"$or": [{"user_id": OWNER}]},
    ):
        found: object = None
        with suppress(PenchantError, InvalidNamespaceError, ValueError, TypeError):
            found = store.search(("memories", READER), query="collects", filter=filters)
        yield Attempt(f"filter {filters!r}", found_in(found, world.secrets.words))
