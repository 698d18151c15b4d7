"""A process that is killed while it learns: what was acknowledged is there, once, and indexed."""

from __future__ import annotations

import os
import random
import signal
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

# Learns from event number `first` on and acknowledges each; dies at event number `point` as told:
# before or after its commit, before or after its write to the index. `acknowledged` leaves the
# killing to the parent, once it has read that number.
CHILD = """
import os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from test_kill import EVENTS, Memory, event, open_store

home, first, how, point = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
armed = False


def die(*_):
    if armed:
        os.kill(os.getpid(), signal.SIGKILL)


memory = open_store(home)
if how.endswith("commit"):
    from sqlalchemy import Engine, event as happening

    happening.listen(Engine, "commit" if how == "before commit" else "checkin", die)
if how.endswith("index"):
    from penchant.memory.index import VectorIndex

    # The index names what is searched for, and from here on it follows every event.
    Memory.exact_limit = 0
    for user in ("ana", "ben"):
        memory.search(user, "warm soup")
        assert memory._index.opened(user) or not memory.get_all(user)
    put = VectorIndex.put

    def deadly(self, user_id, vectors):
        if how == "before index":
            die()
        put(self, user_id, vectors)
        die()

    VectorIndex.put = deadly
for number in range(first, EVENTS):
    armed = how != "acknowledged" and number == point
    evidence, drafts = event(number)
    memory.learn(evidence.user_id, evidence, drafts)
    print(number, flush=True)
memory.close()
"""


class Kill(NamedTuple):
    """How a child dies, and at which event."""

    how: str
    point: int


class Ran(NamedTuple):
    """What a child acknowledged, and whether it was killed."""

    acknowledged: list[int]
    killed: bool


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
    # A little room between them, since a child learns on while its parent makes up its mind.
    points = sorted(rng.sample(range(2, EVENTS - 20, 6), KILLS))
    return [Kill(hows[place % len(hows)], point) for place, point in enumerate(points)]


def _run_child(home: Path, first: int, kill: Kill) -> Ran:
    """Runs a child until it dies or is done."""
    here = str(Path(__file__).parent)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, here, str(home), str(first), kill.how, str(kill.point)],
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
        if kill.how == "acknowledged" and acknowledged[-1] == kill.point:
            child.kill()
    said = child.stderr.read()
    code = child.wait()
    assert code in (0, -signal.SIGKILL), said
    child.stdout.close()
    child.stderr.close()
    return Ran(acknowledged, code != 0)


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
def test_twenty_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "store"
    acknowledged: list[int] = []
    for kill in _plan(seed=11):
        first = len(acknowledged)
        ran = _run_child(home, first, kill._replace(point=max(first, kill.point)))
        assert ran.killed
        acknowledged += ran.acknowledged
        # One that was killed after its commit is learned again, and is not there twice.
        assert acknowledged == list(range(len(acknowledged)))
    assert len(acknowledged) < EVENTS
    acknowledged += _run_child(home, len(acknowledged), Kill("acknowledged", EVENTS)).acknowledged
    assert acknowledged == list(range(EVENTS))

    with open_store(tmp_path / "spared") as spared:
        for number in range(EVENTS):
            evidence, drafts = event(number)
            spared.learn(evidence.user_id, evidence, drafts)
        expected = _state(spared)

    monkeypatch.setattr(Memory, "exact_limit", 0)
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
