"""The embedded server with the smallest real model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from penchant.config import Settings
from penchant.errors import ChatProviderError, InputError, ModelError, NoChatModelError
from penchant.models import LocalChat, Message, ModelStore, estimate_tokens, open_chat
from penchant.models.cores import usable_cores
from penchant.models.embedded import lease_server
from penchant.models.structured import collect

HELLO = [Message(role="user", content="Say hello.")]
PATIENCE_S = 120


class Likes(BaseModel):
    likes: list[Annotated[str, Field(max_length=12)]] = Field(min_length=2, max_length=3)
    kind: Literal["animal", "plant"]
    short: str = Field(max_length=5)


class Story(BaseModel):
    text: str


@pytest.fixture(scope="module")
def chat(smollm_path: Path) -> Iterator[LocalChat]:
    # One thread: the tests share their machine.
    model = LocalChat("local/smollm", locate=lambda: smollm_path, context_window=2048, threads=1)
    yield model
    asyncio.run(model.aclose())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - a server has no event to wait for
            await asyncio.sleep(0.01)


def server_busy(chat: LocalChat) -> bool:
    assert chat.server is not None
    return chat.server.busy()


async def test_stream(chat: LocalChat) -> None:
    said: list[str] = []
    await chat.load(said.append)
    chunks = [chunk async for chunk in chat.stream(HELLO, max_tokens=8, temperature=0)]
    assert len(chunks) > 3
    assert "".join(chunk.text for chunk in chunks).strip()
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.prompt_tokens > 5
    assert 1 <= usage.completion_tokens <= 8
    assert chunks[-1].truncated == (usage.completion_tokens == 8)
    assert said[0].startswith("loading SmolLM2")
    assert chat.context_window == 2048


async def test_the_same_seed_gives_the_same_answer(chat: LocalChat) -> None:
    answers = [
        (await collect(chat.stream(HELLO, max_tokens=12, temperature=1.0, seed=seed))).text
        for seed in (7, 7)
    ]
    assert answers[0] == answers[1]


async def test_the_grammar_holds_every_bound(chat: LocalChat) -> None:
    ask = [Message(role="user", content="What does a cat like? Write an endless list.")]
    text = (await collect(chat.stream(ask, schema=Likes, max_tokens=300, temperature=0))).text
    answer = json.loads(text)
    assert list(answer) == ["likes", "kind", "short"]
    assert 2 <= len(answer["likes"]) <= 3
    assert answer["kind"] in ("animal", "plant")
    assert all(len(like) <= 12 for like in answer["likes"])
    assert len(answer["short"]) <= 5
    assert '": ' not in text
    parsed, usage = await chat.structured(ask, Likes, max_tokens=300)
    assert parsed == Likes.model_validate(answer)
    assert usage.calls == 1


async def test_closing_a_stream_frees_the_slot(chat: LocalChat) -> None:
    async with aclosing(chat.stream(HELLO, schema=Story, max_tokens=1500)) as stream:
        await anext(stream)
        assert server_busy(chat)
    await until(lambda: not server_busy(chat))
    assert (await collect(chat.stream(HELLO, max_tokens=2))).usage.completion_tokens


async def test_cancelling_stops_reading_a_long_prompt(chat: LocalChat) -> None:
    long = [Message(role="user", content="Summarise: " + "one two three four five " * 250)]
    task = asyncio.create_task(chat.structured(long, Story))
    await until(lambda: server_busy(chat))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not server_busy(chat))
    usage = (await collect(chat.stream(long, max_tokens=1))).usage
    assert usage.prompt_tokens > 1200
    assert usage.cached_tokens < usage.prompt_tokens - 128


async def test_a_background_call_gives_way_and_comes_back(chat: LocalChat) -> None:
    await chat.load()
    task = asyncio.create_task(chat.structured(HELLO, Likes, max_tokens=200, background=True))
    await until(lambda: server_busy(chat))
    answer = await collect(chat.stream(HELLO, max_tokens=2))
    assert not task.done()
    assert answer.usage.calls == 1
    _, usage = await task
    assert usage.calls == 2


async def test_priming_reads_the_prompt_ahead(chat: LocalChat) -> None:
    system = Message(role="system", content="You are kind. " * 40)
    await chat.prime([system])
    usage = (await collect(chat.stream([system, *HELLO], max_tokens=1))).usage
    assert usage.cached_tokens > 100


async def test_prompts_too_long_for_the_window_say_so(chat: LocalChat) -> None:
    long = [Message(role="user", content="word " * 3000)]
    with pytest.raises(ChatProviderError, match=r"'local/smollm' cannot take a prompt this long"):
        await collect(chat.stream(long))


async def test_tokens_are_counted_by_the_model(chat: LocalChat, smollm_path: Path) -> None:
    await chat.load()
    text = "Penchants are preferences, of a kind."
    assert chat.count_tokens(text) < estimate_tokens(text)
    assert chat.count_tokens("") == 0
    cold = LocalChat("local/cold", locate=lambda: smollm_path)
    assert cold.count_tokens(text) == estimate_tokens(text)


async def test_models_share_a_server(chat: LocalChat, smollm_path: Path) -> None:
    other = LocalChat("local/two", locate=lambda: smollm_path, context_window=2048, threads=1)
    await asyncio.gather(chat.load(), other.load(), other.load())
    assert other.server is chat.server
    await other.aclose()
    await other.aclose()
    assert chat.server is not None
    assert chat.server.alive


def test_event_loops_in_several_threads(chat: LocalChat) -> None:
    answers: list[str] = []

    async def ask() -> None:
        answers.append((await collect(chat.stream(HELLO, max_tokens=3))).text)

    threads = [threading.Thread(target=asyncio.run, args=(ask(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(answers) == 3


@pytest.fixture
async def own_chat(smollm_path: Path) -> AsyncIterator[LocalChat]:
    """A model whose server no other test uses."""
    model = LocalChat("local/own", locate=lambda: smollm_path, context_window=1024, threads=1)
    yield model
    await model.aclose()


async def test_a_server_that_died_is_started_again(own_chat: LocalChat) -> None:
    await own_chat.load()
    first = own_chat.server
    assert first is not None
    first.stop()
    assert (await collect(own_chat.stream(HELLO, max_tokens=2))).usage.completion_tokens
    assert own_chat.server is not first


async def test_closing_ends_a_load(own_chat: LocalChat) -> None:
    load = asyncio.create_task(own_chat.load())
    await asyncio.sleep(0)
    await own_chat.aclose()
    with pytest.raises(ModelError, match="cancelled"):
        await load


async def test_a_caller_that_gives_up_leaves_the_load_to_others(own_chat: LocalChat) -> None:
    impatient = asyncio.create_task(own_chat.load())
    patient = asyncio.create_task(own_chat.load())
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert own_chat.server is not None
    assert own_chat.server.alive
    assert impatient.cancelled()


async def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(1000))
    model = LocalChat("local/broken", locate=lambda: file)
    with pytest.raises(ModelError, match=r"cannot load '.*broken.gguf': .*models verify"):
        await model.load()
    await model.aclose()


def test_what_is_missing_is_said_on_opening(tmp_path: Path) -> None:
    def opened(model: str) -> pytest.ExceptionInfo[NoChatModelError]:
        with pytest.raises(NoChatModelError) as caught:
            open_chat(Settings(model=model, cache=tmp_path), store=ModelStore(tmp_path))
        return caught

    for model, pull in [
        ("local/smollm2-135m", "penchant models pull smollm2-135m"),
        ("local/nothing", "no model is called 'nothing'"),
        ("local/minilm", "'minilm' is not a chat model"),
        (f"local/{tmp_path}/no.gguf", "no.gguf"),
    ]:
        message = str(opened(model).value)
        assert pull in message
        assert "penchant models pull" in message
        assert "PENCHANT_MODEL" in message


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, smollm_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(NoChatModelError, match=r"penchant\[local\].*PENCHANT_MODEL"):
        open_chat(Settings(model=f"local/{smollm_path}"))


def test_threads_are_physical_cores_within_the_quota(tmp_path: Path) -> None:
    for cpu in os.sched_getaffinity(0):
        siblings = tmp_path / f"cpu{cpu}/topology/thread_siblings_list"
        siblings.parent.mkdir(parents=True)
        siblings.write_text(f"{cpu}\n")
    quota = tmp_path / "cpu.max"
    count = len(os.sched_getaffinity(0))
    assert usable_cores(topology=tmp_path, quota=quota) == count
    quota.write_text("150000 100000\n")
    assert usable_cores(topology=tmp_path, quota=quota) == min(count, 2)
    quota.write_text("max 100000\n")
    assert usable_cores(topology=tmp_path, quota=quota) == count


_GENERATE = """
import asyncio, sys
from pathlib import Path
from penchant.models import LocalChat, Message
from penchant.models.structured import collect

async def main():
    model = LocalChat("local/x", locate=lambda: Path(sys.argv[1]), context_window=1024, threads=1)
    await model.load()
    print(model.server._process.pid, flush=True)
    stream = model.stream([Message(role="user", content="Tell a story.")], max_tokens=900)
    await anext(stream)
    if sys.argv[2] == "leave":
        sys.exit(0)
    print("generating", flush=True)
    await collect(stream)
    await asyncio.Event().wait()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""

_LOAD = """
import sys
from pathlib import Path
from penchant.models.embedded import lease_server
lease = lease_server(Path(sys.argv[1]), 1024)
while lease._shared.server._process is None:
    pass
print(lease._shared.server._process.pid, flush=True)
"""


def gone(pid: int) -> bool:
    """Whether a process that is not a child of ours has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while not gone(pid):
        assert time.monotonic() < end, f"process {pid} still runs"
        threading.Event().wait(0.01)


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_leaving_while_a_model_loads_is_clean(smollm_path: Path) -> None:
    process = start(_LOAD, str(smollm_path))
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    wait_gone(int(out))


def test_leaving_in_the_middle_of_an_answer_is_clean(smollm_path: Path) -> None:
    process = start(_GENERATE, str(smollm_path), "leave")
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    wait_gone(int(out))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_signals_in_the_middle_of_an_answer(smollm_path: Path, sent: signal.Signals) -> None:
    process = start(_GENERATE, str(smollm_path), "stay")
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert process.stdout.readline() == "generating\n"
    process.send_signal(sent)
    out, err = process.communicate(timeout=PATIENCE_S)
    if sent is signal.SIGINT:
        assert (process.returncode, out, err) == (0, "interrupted\n", "")
    else:
        assert process.returncode == -signal.SIGKILL
    wait_gone(pid)


def test_a_lease_released_twice_counts_once(smollm_path: Path) -> None:
    first = lease_server(smollm_path, 1024, 1)
    second = lease_server(smollm_path, 1024, 1)
    server = first.ready.result(PATIENCE_S)
    first.release()
    first.release()
    assert server.alive
    second.release()
    assert not server.alive


DINNER = [
    Message(role="user", content="What can I cook?"),
    Message(role="assistant", content="Chicken and rice."),
]


async def test_a_continuation_has_the_likelihood_that_its_tokens_have_one_by_one(
    chat: LocalChat,
) -> None:
    said = "Thank you, that is just what I needed."
    unfinished = [*DINNER, Message(role="user", content="")]
    told = await chat.log_likelihood(unfinished, said)
    parts = []
    # A word at a time, each after all before it.
    words = [word if not place else f" {word}" for place, word in enumerate(said.split(" "))]
    for place, word in enumerate(words):
        begun = [*DINNER, Message(role="user", content="".join(words[:place]))]
        parts.append(await chat.log_likelihood(begun, word))
    assert told.tokens == sum(each.tokens for each in parts)
    total = sum(each.log_probability for each in parts)
    assert told.log_probability == pytest.approx(total, abs=0.3)
    assert -60.0 < told.log_probability < -5.0


async def test_what_makes_sense_is_likelier_than_what_does_not(chat: LocalChat) -> None:
    begun = [Message(role="user", content="What is the capital of")]
    sense = await chat.log_likelihood(begun, " France?")
    nonsense = await chat.log_likelihood(begun, " soup?")
    assert sense.log_probability > nonsense.log_probability + 2.0


async def test_likelihoods_of_one_conversation_share_its_prompt(chat: LocalChat) -> None:
    begun = [*DINNER, Message(role="user", content="Well")]
    await chat.log_likelihood(begun, ", thanks.")
    told = await chat.log_likelihood(begun, ", no.")
    assert told.usage.cached_tokens >= told.usage.prompt_tokens - 2


async def test_a_likelihood_in_the_background_gives_way(chat: LocalChat) -> None:
    await chat.load()
    assert chat.server is not None
    done: list[str] = []

    async def likelihood() -> None:
        long = [Message(role="user", content="word " * 1200)]
        await chat.log_likelihood(long, " and so on.", background=True)
        done.append("likelihood")

    async def answer() -> None:
        await collect(chat.stream(HELLO, max_tokens=2))
        done.append("answer")

    behind = asyncio.ensure_future(likelihood())
    await until(lambda: server_busy(chat))
    await answer()
    await behind
    assert done == ["answer", "likelihood"]


async def test_a_likelihood_needs_messages_and_a_continuation(chat: LocalChat) -> None:
    with pytest.raises(InputError, match="at least one message"):
        await chat.log_likelihood([], "Thanks")
    with pytest.raises(InputError, match="continuation"):
        await chat.log_likelihood(HELLO, "")
    with pytest.raises(ChatProviderError, match="refused"):
        await chat.log_likelihood([Message(role="user", content="word " * 4000)], " more")
