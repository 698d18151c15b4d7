"""What is kept of live preferences between events is what the database holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from penchant.memory import Edit, Memory, PreferenceDraft, Statement
from penchant.memory.conflict import Known
from penchant.memory.known import KnownVerbs
from penchant.memory.types import Add, Retire

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.backends("sqlite", "postgres")

SUBJECTS = ("tea", "jazz", "snow", "chess", "trains")
LENGTHS = ("short", "long")


def draft(rng: random.Random, **fields: Any) -> PreferenceDraft:
    match rng.randrange(4):
        case 0:
            value = rng.choice(LENGTHS)
            return PreferenceDraft(
                description=f"prefers {value} replies", aspect="length", value=value, **fields
            )
        case 1:
            disliked = rng.choice(("like", "dislike"))
            return PreferenceDraft(description=rng.choice(SUBJECTS), polarity=disliked, **fields)
        case 2:
            return PreferenceDraft(description=f"needs {rng.choice(SUBJECTS)}", lasts_hours=2)
        case _:
            return PreferenceDraft(description=f"likes thing{rng.randrange(40)}", **fields)


def live(memory: Memory, seed: int, clock: Any) -> None:
    """Sixty random events of two users, all kinds of them."""
    rng = random.Random(seed)
    for _ in range(60):
        user = rng.choice(("ana", "bo"))
        there = memory.get_all(user)
        one = rng.choice(there) if there else None
        match rng.randrange(9):
            case 0 | 1 | 2:
                drafts = [draft(rng) for _ in range(rng.randrange(3))]
                memory.learn(user, Statement(text="said"), drafts)
            case 3:
                memory.add(user, f"likes thing{rng.randrange(40)}")
            case 4 if one is not None:
                memory.update(user, one.id, f"likes thing{rng.randrange(40)}")
            case 5 if one is not None:
                rng.choice((memory.delete, memory.undo))(user, one.id)
            case 6:
                guess = draft(rng, origin="inferred", confidence=0.5)
                inferred = [p for p in there if p.origin == "inferred" and not p.revised]
                gone = [Retire(preference_id=p.id, reason="worse") for p in inferred[:1]]
                if guess.origin == "inferred":
                    memory.apply(
                        user, Edit(before="a", after="b"), [*gone, Add(draft=guess, reason="fits")]
                    )
            case 7:
                clock.pass_hours(rng.choice((1, 3, 24)))
            case _:
                memory.record(user, Statement(text="heard"))


@pytest.mark.parametrize("seed", range(6))
def test_learning_is_the_same_with_and_without(
    open_memory: Callable[..., Memory],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Any,
    seed: int,
) -> None:
    began = clock.now
    told = []
    for keeps in (True, False):
        clock.now = began
        numbers = count(1)
        with monkeypatch.context() as patch:
            if not keeps:
                patch.setattr(KnownVerbs, "_keep_known", lambda *_: None)
            memory = open_memory(
                home=tmp_path / f"{keeps}",
                new_id=lambda numbers=numbers: f"{next(numbers):08}",  # type: ignore[misc]
            )
            live(memory, seed, clock)
            told.append({user: list(memory.export(user)) for user in ("ana", "bo")})
            for user in ("ana", "bo"):
                memory.erase(user)
            memory.close()
    assert told[0] == told[1]


def test_a_copy_is_used_while_it_holds_and_only_then(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    reads: list[str] = []
    known = KnownVerbs._known

    def read(self: Memory, transaction: Any) -> list[Known]:
        reads.append(transaction.user_id)
        return known(self, transaction)

    monkeypatch.setattr(KnownVerbs, "_known", read)

    def read_again(act: Callable[[], object]) -> bool:
        reads.clear()
        act()
        return bool(reads)

    assert read_again(lambda: memory.add("ana", "likes tea"))
    assert not read_again(lambda: memory.add("ana", "likes jazz"))
    assert not read_again(
        lambda: memory.learn(
            "ana", Statement(text="x"), [PreferenceDraft(description="likes snow")]
        )
    )
    assert read_again(lambda: memory.add("bo", "likes tea"))
    # A confirmation changes what is believed.
    assert not read_again(lambda: memory.add("ana", "likes tea"))
    assert read_again(lambda: memory.add("ana", "likes chess"))
    memory.delete("ana", memory.get_all("ana")[0].id)
    assert read_again(lambda: memory.add("ana", "likes rain"))
    # What ends by itself may have ended.
    assert not read_again(lambda: memory.add("ana", "is in a hurry", lasts_hours=1))
    assert read_again(lambda: memory.add("ana", "likes wind"))
    clock.pass_hours(2)
    assert read_again(lambda: memory.add("ana", "likes hail"))
    assert not read_again(lambda: memory.add("ana", "likes fog"))


@pytest.mark.backends("postgres")
def test_one_event_of_another_machine_is_seen(
    open_memory: Callable[..., Memory], memory: Memory, tmp_path: Path
) -> None:
    other = open_memory(home=tmp_path / "other machine")
    memory.add("ana", "likes tea")
    short = PreferenceDraft(description="prefers short replies", aspect="length", value="short")
    other.learn("ana", Statement(text="x"), [short])
    memory.add("ana", "prefers long replies", aspect="length", value="long")
    assert [each.value for each in memory.get_all("ana") if each.aspect] == ["long"]
