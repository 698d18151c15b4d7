"""Posteriors depend on the set of evidence alone: whatever came and went, in whatever order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.memory import Memory
from penchant.memory.types import (
    Choice,
    Edit,
    Observation,
    PreferenceDraft,
    Rating,
    Reaction,
)
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.posteriors import Known

EMBEDDER = HashEmbedder(16)
TEXTS = (
    "Soup, then.",
    "One might consider preparing a rather elaborate soup today, and here is why! " * 3,
    "- onions\n- carrots\n- stock",
    "Oh, I would love that. You are so kind :)",
    "The preparation necessitates simultaneous consideration of viscosity.",
)
STRENGTHS = (None, "much better", "better", "slightly better", "about the same")


class Event(NamedTuple):
    observation: Observation
    session: str | None


class Clock:
    """A minute passes at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def store(folder: Path, events: Sequence[Event | None]) -> Iterator[Memory]:
    """A store in which these events happened, a minute apart; None leaves its minute empty."""
    clock = Clock()
    with Memory(folder, EMBEDDER, clock=clock) as memory:
        memory.add("ana", "prefers short replies", aspect="length", value="short")
        for number, event in enumerate(events):
            clock.now += timedelta(minutes=1)
            if event is not None:
                record(memory, number, event)
        clock.now = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
        yield memory


def record(memory: Memory, number: int, event: Event) -> None:
    """Keeps an event with a line that rests on it alone, so that it can be taken back."""
    words = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
    draft = PreferenceDraft(description=f"collects {words}{words}", origin="inferred")
    memory.learn("ana", event.observation, [draft], session_id=event.session)


def take_back(memory: Memory, numbers: set[int]) -> None:
    for number in numbers:
        words = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
        (line,) = [p for p in memory.get_all("ana") if p.description == f"collects {words}{words}"]
        memory.undo("ana", line.id)


def same(one: Known, other: Known, atol: float) -> None:
    assert len(one.compared) == len(other.compared)
    np.testing.assert_allclose(one.posterior.mean, other.posterior.mean, atol=atol, rtol=0)
    rows = np.random.default_rng(0).normal(size=(8, len(one.posterior.mean)))
    np.testing.assert_allclose(
        one.posterior.covariance(rows), other.posterior.covariance(rows), atol=atol, rtol=0
    )


text = st.sampled_from(TEXTS)
reason = st.sampled_from((None, "too long", "friendlier", "no lists, please"))
observation = st.one_of(
    st.builds(Edit, before=text, after=text, reason=reason),
    st.builds(
        Choice,
        shown=st.permutations(TEXTS).map(lambda shown: tuple(shown[:3])),
        picked=st.integers(0, 2),
        strength=st.sampled_from(STRENGTHS),
        reason=reason,
        judge=st.sampled_from((None, None, "a model")),
    ),
    st.builds(
        Choice,
        shown=st.just(TEXTS[:2]),
        picked=st.none(),
        ignored=st.booleans(),
        strength=st.sampled_from((None, "about the same")),
    ),
    st.builds(Rating, text=text, value=st.sampled_from((-1.0, -0.5, 0.5, 1.0)), reason=reason),
    st.builds(
        Reaction,
        reply=text,
        text=st.just("hm"),
        sentiment=st.sampled_from(("satisfied", "dissatisfied")),
        category=st.sampled_from(("thanks", None)),
        about=reason,
        instead_of=st.sampled_from((None, TEXTS[1])),
    ),
)
event = st.builds(Event, observation, st.sampled_from((None, "one", "two", "three")))


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(event, min_size=2, max_size=24), st.data())
def test_what_is_taken_back_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event], data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.integers(0, len(events) - 1), min_size=1))
    kept = [None if number in gone else each for number, each in enumerate(events)]
    folder = tmp_path_factory.mktemp("stores")
    with store(folder / "lived", events) as lived, store(folder / "never", kept) as never:
        reward = PersonalReward(lived, EMBEDDER, retention=0.7)
        reward.posterior("ana")
        take_back(lived, gone)
        without = reward.known("ana")
        fresh = PersonalReward(never, EMBEDDER, retention=0.7).known("ana")
        same(without, fresh, 1e-6)
        assert without.rates == pytest.approx(fresh.rates, abs=1e-6)
        again = PersonalReward(lived, EMBEDDER, retention=0.7).known("ana")
        np.testing.assert_array_equal(again.posterior.mean, without.posterior.mean)


def many(count: int) -> list[Event]:
    rng = np.random.default_rng(count)
    found = []
    for number in range(count):
        one, two = rng.choice(len(TEXTS), size=2, replace=False)
        shown = (f"{TEXTS[one]} {number}", f"{TEXTS[two]} {number}")
        judge = "a model" if number % 3 == 0 else None
        found.append(
            Event(Choice(shown=shown, picked=int(one > two), judge=judge), f"s{number % 7}")
        )
    return found


def test_the_order_of_calls_and_threads_changes_no_bit(tmp_path: Path) -> None:
    events = many(40)
    with store(tmp_path / "one", events) as memory:
        whole = PersonalReward(memory, EMBEDDER).known("ana")
    clock = Clock()
    with Memory(tmp_path / "two", EMBEDDER, clock=clock) as memory:
        stepwise = PersonalReward(memory, EMBEDDER)
        memory.add("ana", "prefers short replies", aspect="length", value="short")
        for number, each in enumerate(events):
            clock.now += timedelta(minutes=1)
            record(memory, number, each)
            (stepwise.posterior if number % 3 else stepwise.catch_up)("ana")
            if number % 5 == 0:
                stepwise.verbalised("ana")
        found: list[Known] = []
        fresh = PersonalReward(memory, EMBEDDER)

        def look(reward: PersonalReward) -> None:
            found.append(reward.known("ana"))

        threads = [
            threading.Thread(target=look, args=(reward,)) for reward in (stepwise, fresh) * 4
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 8
    for each in found:
        np.testing.assert_array_equal(each.posterior.mean, whole.posterior.mean)
        np.testing.assert_array_equal(
            each.posterior.components[0].reduction, whole.posterior.components[0].reduction
        )
        assert each.rates == whole.rates


def test_a_kept_posterior_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    with store(tmp_path / "home", many(30)) as memory:
        first = PersonalReward(memory, EMBEDDER).known("ana")
        kept = memory.posterior("ana", PersonalReward(memory, EMBEDDER).features.id)
        assert kept.revision == kept.current
        back = PersonalReward(memory, Unused()).known("ana")
        np.testing.assert_array_equal(back.posterior.mean, first.posterior.mean)
        np.testing.assert_array_equal(
            back.posterior.components[0].reduction, first.posterior.components[0].reduction
        )
        assert (back.rates, back.observed) == (first.rates, first.observed)
        np.testing.assert_array_equal(back.trust, first.trust)
        # Anything learned makes it one of the past.
        memory.add("ana", "likes lists", aspect="format", value="lists")
        assert PersonalReward(memory, EMBEDDER).posterior("ana").observations == 2
        memory.delete_all("ana")
        assert memory.posterior("ana", kept_id(memory)).revision is None
        assert PersonalReward(memory, EMBEDDER).posterior("ana").comparisons == 0


def kept_id(memory: Memory) -> str:
    return PersonalReward(memory, EMBEDDER).features.id


class Unused:
    """An embedder that must not be asked for anything."""

    id, dimension = EMBEDDER.id, EMBEDDER.dimension

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError(f"nothing new has to be described: {texts[:1]}")


def test_of_many_comparisons_a_summary_serves_until_something_is_learned(tmp_path: Path) -> None:
    with store(tmp_path / "home", many(300)) as memory:
        exact = PersonalReward(memory, EMBEDDER).known("ana")
        opened = PersonalReward(memory, Unused())
        quick = opened.known("ana", exact=False)
        assert quick.posterior.comparisons == 300
        np.testing.assert_allclose(quick.posterior.mean, exact.posterior.mean, atol=1e-6)
        rows = np.random.default_rng(0).normal(size=(8, len(exact.posterior.mean)))
        assert (quick.posterior.utility(rows).sd >= 0.99 * exact.posterior.utility(rows).sd).all()
        np.testing.assert_array_equal(
            quick.posterior.components[0].alpha, exact.posterior.components[0].alpha
        )
        np.testing.assert_array_equal(opened.posterior("ana").mean, exact.posterior.mean)


def test_a_home_that_is_only_read_is_ranked_from(tmp_path: Path) -> None:
    with store(tmp_path / "home", many(12)) as memory:
        expected = PersonalReward(memory, EMBEDDER).known("ana")
    with store(tmp_path / "fresh", many(12)):
        pass
    for folder in ("home", "fresh"):
        clock = Clock()
        clock.now = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
        with Memory(tmp_path / folder, EMBEDDER, read_only=True, clock=clock) as memory:
            reward = PersonalReward(memory, EMBEDDER)
            reward.catch_up("ana")
            found = reward.known("ana")
            np.testing.assert_array_equal(found.posterior.mean, expected.posterior.mean)


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"?" + data[1:]])
def test_a_damaged_posterior_is_fitted_again(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    with store(tmp_path / "home", many(6)) as memory:
        expected = PersonalReward(memory, EMBEDDER).known("ana")
        kept = memory.posterior("ana", kept_id(memory))
        assert kept.revision is not None
        assert memory.keep_posterior(
            "ana",
            kept_id(memory),
            revision=kept.revision,
            basis=kept.basis,
            data=spoil(kept.data),
        )
        found = PersonalReward(memory, EMBEDDER).known("ana")
        np.testing.assert_array_equal(found.posterior.mean, expected.posterior.mean)


def test_belief_that_fades_by_the_day_fits_anew(tmp_path: Path) -> None:
    with store(tmp_path / "home", many(4)) as memory:
        before = PersonalReward(memory, EMBEDDER).known("ana")
    clock = Clock()
    clock.now = datetime(2027, 3, 1, tzinfo=UTC)
    with Memory(tmp_path / "home", EMBEDDER, clock=clock) as memory:
        after = PersonalReward(memory, EMBEDDER).known("ana")
    assert after.observed[0].sd > before.observed[0].sd
    assert not np.array_equal(after.posterior.mean, before.posterior.mean)
