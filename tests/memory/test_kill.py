"""A process that is killed while it learns: what was acknowledged is there, once, and indexed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from penchant.memory import Evidence, Memory, PreferenceDraft, Statement
from penchant.models.hash_embedder import HashEmbedder

EVENTS = 200
KILLS = 20
USERS = ("ana", "ben")
SUBJECTS = ("trains", "jazz", "soup", "chess", "tulips", "maps", "oaks", "snow", "kites", "clay")
MANNERS = ("slow", "loud", "warm", "quiet", "early", "cheap", "old")

# Learns from event number `first` on and acknowledges each; dies as told. `before commit` and
# `after commit` count the commits of this process, `before index` and `in index` its writes to the
# index, and `acknowledged` leaves the killing to the parent.
CHILD = """
import os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from test_kill import EVENTS, event, open_store

home, first, how, count = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    def __init__(self):
        self.left = count

    def burn(self):
        self.left -= 1
        if self.left == 0:
            die()


fuse = Fuse()
memory = open_store(home)
for user in ("ana", "ben"):
    memory.search(user, "warm soup")  # from here on the index follows every event
if how.endswith("commit"):
    from sqlalchemy import Engine, event as happening

    if how == "before commit":
        happening.listen(Engine, "commit", lambda connection: fuse.burn())
    else:
        happening.listen(Engine, "checkin", lambda connection, record: fuse.burn())
if how.endswith("index"):
    from penchant.memory.index import VectorIndex

    put = VectorIndex.put

    def deadly(self, user_id, vectors):
        if how == "before index":
            fuse.burn()
        put(self, user_id, vectors)
        if how == "in index":
            fuse.burn()

    VectorIndex.put = deadly
for number in range(first, EVENTS):
    evidence, drafts = event(number)
    memory.learn(evidence.user_id, evidence, drafts)
    print(number, flush=True)
memory.close()
"""


class Kill(NamedTuple):
    """How one child dies: at which event of its own, or by whom."""

    how: str
    after: int


def clock() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def open_store(home: Path) -> Memory:
    return Memory(home, HashEmbedder(64), clock=clock)


def event(number: int) -> tuple[Evidence, list[PreferenceDraft]]:
    """The same event for the same number, in every process."""
    rng = random.Random(number)
    user_id = USERS[number % 2]
    subject, manner = rng.choice(SUBJECTS), rng.choice(MANNERS)
    drafts = [PreferenceDraft(description=f"likes {manner} {subject}")]
    if number % 5 == 0:
        # A value of its own for each, so that one supersedes the other.
        drafts.append(
            PreferenceDraft(
                description=f"takes {subject} to the {manner} garden",
                aspect=f"garden {rng.randrange(4)}",
                value=f"{manner} {subject}",
            )
        )
    if number % 7 == 0:
        drafts = []
    evidence = Evidence(
        id=f"event-{number:04}",
        user_id=user_id,
        observation=Statement(text=f"I like {manner} {subject} ({number})"),
        created_at=clock(),
    )
    return evidence, drafts


def _plan(seed: int) -> list[Kill]:
    rng = random.Random(seed)
    hows = ["acknowledged", "before commit", "after commit", "before index", "in index"]
    return [Kill(hows[place % len(hows)], rng.randint(1, 14)) for place in range(KILLS)]


def _run_child(home: Path, first: int, kill: Kill) -> list[int]:
    """Runs a child until it dies or is done; returns what it acknowledged."""
    here = str(Path(__file__).parent)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, here, str(home), str(first), kill.how, str(kill.after)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert child.stdout is not None
    assert child.stderr is not None
    acknowledged: list[int] = []
    for line in child.stdout:
        acknowledged.append(int(line))
        if kill.how == "acknowledged" and len(acknowledged) == kill.after:
            child.kill()
    said = child.stderr.read()
    assert child.wait() in (0, -9), said
    child.stdout.close()
    child.stderr.close()
    return acknowledged


def _state(memory: Memory) -> dict[str, object]:
    """What is known of everybody, but for ids, which differ from run to run."""
    state: dict[str, object] = {}
    for user in USERS:
        live = memory.get_all(user)
        state[user] = sorted(
            str(
                {
                    name: value
                    for name, value in asdict(each).items()
                    if name not in {"id", "supersedes"}
                }
            )
            for each in live
        )
    return state


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    home = tmp_path / "store"
    acknowledged: list[int] = []
    dead = 0
    for kill in _plan(seed=11):
        first = len(acknowledged)
        acknowledged += _run_child(home, first, kill)
        dead += 1
        assert acknowledged == list(range(len(acknowledged)))
    assert dead == KILLS
    assert len(acknowledged) < EVENTS
    acknowledged += _run_child(home, len(acknowledged), Kill("acknowledged", EVENTS + 1))
    assert acknowledged == list(range(EVENTS))

    with open_store(tmp_path / "spared") as spared:
        for number in range(EVENTS):
            evidence, drafts = event(number)
            spared.learn(evidence.user_id, evidence, drafts)
        expected = _state(spared)

    with open_store(home) as memory:
        for user in USERS:
            ids = [each.id for each in memory.evidence(user)]
            turns = range(USERS.index(user), EVENTS, len(USERS))
            assert sorted(ids) == [f"event-{n:04}" for n in turns]
        assert _state(memory) == expected
        queries = [f"{manner} {subject}" for manner in MANNERS for subject in SUBJECTS]
        before = {user: [memory.search(user, each) for each in queries] for user in USERS}
        assert memory.verify_index().agrees
        live = sum(len(memory.get_all(user)) for user in USERS)
        assert memory.reindex() == live
        assert memory.verify_index().agrees
        after = {user: [memory.search(user, each) for each in queries] for user in USERS}
        for user in USERS:
            for mine, theirs in zip(before[user], after[user], strict=True):
                assert [each.preference.id for each in mine] == [
                    each.preference.id for each in theirs
                ]
