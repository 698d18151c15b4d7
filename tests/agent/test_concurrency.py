"""Many users at once, in threads and in loops, and programs that end without tidying up."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent, DraftDelta, ReplyDelta, Workspace
from penchant.config import Settings
from penchant.errors import PenchantError, SessionBusyError
from penchant.models import FunctionChatModel, HashEmbedder

if TYPE_CHECKING:
    from conftest import Agents

POEM = "Write a short poem about rain."
DINNER = "Any ideas for dinner tonight?"
USERS = 20


@pytest.fixture
def workspace(agents: Agents, settings: Settings) -> Any:
    chat = FunctionChatModel(fn=agents.drafting("Nina.", "A longer reply about something else."))
    shared = Workspace(settings, chat=chat, embedder=HashEmbedder())
    yield shared
    shared.close()


def _converse(agent: Agent, word: str) -> None:
    agent.send(f"I love {word} music.")
    reply = agent.send(DINNER)
    while reply.question is not None:
        reply = agent.answer(reply.question, 0)
    agent.edit(reply, f"{word}.")
    agent.rate(reply, 0.5)
    agent.send(POEM)


def _only_of(agent: Agent, word: str) -> bool:
    known = " ".join(p.description for p in agent.memory.get_all())
    return word in known and not any(
        f"kind{i} " in known + " " for i in range(USERS) if f"kind{i}" != word
    )


def test_twenty_users_in_threads(workspace: Workspace) -> None:
    users = [Agent(f"user{i}", workspace=workspace) for i in range(USERS)]
    with ThreadPoolExecutor(USERS) as pool:
        list(pool.map(lambda i: _converse(users[i], f"kind{i}"), range(USERS)))
    for i, agent in enumerate(users):
        assert _only_of(agent, f"kind{i}")
        assert agent.turns()[-1].role == "assistant"
        agent.close()


async def test_twenty_users_in_one_loop(workspace: Workspace) -> None:
    users = [Agent(f"user{i}", workspace=workspace) for i in range(USERS)]
    await asyncio.gather(*(a.asend(f"I love kind{i} music.") for i, a in enumerate(users)))
    replies = await asyncio.gather(*(a.asend(POEM) for a in users))
    assert all(reply.text for reply in replies)
    for i, agent in enumerate(users):
        assert _only_of(agent, f"kind{i}")
    await asyncio.gather(*(agent.aclose() for agent in users))


def test_one_user_in_two_sessions_at_once(workspace: Workspace) -> None:
    both = [Agent("ana", session_id=f"s{i}", workspace=workspace) for i in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda i: _converse(both[i], f"kind{i}"), range(2)))
    assert {p.value for p in both[0].memory.get_all()} >= {"kind0 music", "kind1 music"}
    for i, agent in enumerate(both):
        assert agent.turns()[0].text == f"I love kind{i} music."


def test_one_session_takes_one_turn_at_a_time_whoever_asks(agents: Agents) -> None:
    one, two = agents(session_id="s"), agents(session_id="s")
    events = one.stream(POEM)
    next(events)
    with pytest.raises(SessionBusyError):
        two.send(POEM)
    events.close()  # type: ignore[attr-defined]
    assert two.send(POEM).text


def test_an_abandoned_iterator_frees_the_session(workspace: Workspace) -> None:
    agent = Agent("ana", workspace=workspace)
    next(agent.stream(POEM))
    gc.collect()
    assert agent.send(POEM).text


async def test_an_abandoned_async_iterator_frees_the_session(workspace: Workspace) -> None:
    agent = Agent("ana", workspace=workspace)

    async def leave() -> None:
        async for event in agent.astream(POEM):
            if isinstance(event, DraftDelta | ReplyDelta):
                return

    await leave()
    gc.collect()
    for _ in range(200):
        try:
            assert (await agent.asend(POEM)).text
            return
        except SessionBusyError:
            await asyncio.sleep(0.01)
    raise AssertionError("the session stays busy")


def test_a_loop_closed_in_the_middle_of_a_stream(workspace: Workspace) -> None:
    agent = Agent("ana", workspace=workspace)
    loop = asyncio.new_event_loop()
    events = agent.astream(POEM)
    loop.run_until_complete(anext(events))  # type: ignore[arg-type]
    loop.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            assert agent.send(POEM).text
            break
        except SessionBusyError:
            assert time.monotonic() < deadline


async def test_the_sync_face_works_inside_a_running_loop(workspace: Workspace) -> None:
    agent = Agent("ana", workspace=workspace)
    assert agent.send(POEM).text
    assert (await agent.asend(POEM)).text
    agent.close()


def test_no_word_of_one_user_ever_reaches_another(settings: Settings) -> None:
    """Random interleavings of two users, each with words of their own."""
    heard: list[str] = []
    speaking = [""]

    def answering(messages: Any, schema: Any) -> str:
        heard.append("\n".join(m.content for m in messages))
        if schema is not None and "aspects" in schema.model_fields:
            values = [f"{speaking[0]}{level}" for level in ("low", "mid", "high")]
            return f'{{"aspects": [{{"name": "tone", "values": {values}}}]}}'.replace("'", '"')
        return "Fine."

    chat = FunctionChatModel(fn=answering)
    workspace = Workspace(settings, chat=chat, embedder=HashEmbedder())
    users = {word: Agent(f"user-{word}", workspace=workspace) for word in ("zana", "zben")}
    dice = random.Random(7)
    for _ in range(40):
        word = dice.choice(sorted(users))
        speaking[0] = word
        agent, other = users[word], "zben" if word == "zana" else "zana"
        said = dice.choice(
            [
                f"I love {word} music.",
                f"I'm allergic to {word}berries.",
                f"Suggest some ideas for what to do with a {word}",
                "Suggest some ideas for what to engrave on a sundial",
                DINNER,
                "shorter",
                f"I feel {word} about long mornings, to be honest with you.",
                f"Write a poem about {word}.",
                "forget that",
            ]
        )
        before = len(heard)
        reply = agent.send(said)
        if reply.question is not None:
            assert other not in str(reply.question)
            reply = agent.answer(reply.question, dice.choice([None, 0, f"rather {word}"]))
        if reply.text and dice.random() < 0.4:
            agent.edit(reply, f"{word} {word}.")
        agent.learned()
        assert not any(other in prompt for prompt in heard[before:])
        assert other not in str(reply)
        assert not any(other in p.description for p in agent.memory.get_all())
    assert any("zana" in prompt for prompt in heard)
    workspace.close()


def test_nothing_learned_outlives_its_deletion(workspace: Workspace) -> None:
    agent = Agent("ana", workspace=workspace)
    texts = ["Nina.", "A longer reply about something else, with many more words than that."]
    fresh = [item.utility for item in agent.rank("x", texts).items]
    _converse(agent, "zydeco")
    assert [item.utility for item in agent.rank("x", texts).items] != pytest.approx(fresh)
    agent.erase()
    assert [item.utility for item in agent.rank("x", texts).items] == pytest.approx(fresh)
    assert agent.send(POEM).recalled == ()


LEFT_OPEN = """
    import asyncio, sys, threading
    from penchant import Agent, Settings
    from penchant.models import FunctionChatModel, HashEmbedder

    class Slow(FunctionChatModel):
        async def stream(self, *args, **options):
            async for chunk in super().stream(*args, **options):
                yield chunk
                started.set()
                await asyncio.sleep(600)

    started = threading.Event()
    agent = Agent("ana", settings=Settings.load(home=sys.argv[1]), embedder=HashEmbedder(),
                  chat=Slow(fn=lambda messages, schema: "Tofu, and more tofu."))
    threading.Thread(target=lambda: agent.send("Write a poem about rain."), daemon=True).start()
    started.wait()
"""


def test_a_process_that_ends_in_the_middle_of_a_turn_ends_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LEFT_OPEN), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_errors_of_a_workspace_closed_first_are_typed(settings: Settings) -> None:
    chat = FunctionChatModel(fn=lambda _messages, _schema: "Fine.")
    workspace = Workspace(settings, chat=chat, embedder=HashEmbedder())
    agent = Agent("ana", workspace=workspace)
    workspace.close()
    with pytest.raises(PenchantError, match="closed"):
        agent.send(POEM)
    agent.close()
