"""How far beliefs of the reward model moved, of one user and of fitted priors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.errors import InputError
from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.reward import Population, Provenance, SavedPrior, TextFeatures, save_prior
from penchant.simulators.datasets import UserPair
from penchant.simulators.drift import prior_tastes, taste_drift, user_tastes
from penchant.tui.cli import app

EMBEDDER = HashEmbedder(16)
SHORT, LONG = "Tea, then.", "One might consider a rather elaborate pot of tea this afternoon. " * 4
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A day for each event."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(tmp_path: Path, clock: Clock) -> Iterator[Memory]:
    with Memory(tmp_path / "home", EMBEDDER, clock=clock) as opened:
        yield opened


def choose(memory: Memory, clock: Clock, picked: int | None, count: int) -> None:
    for _ in range(count):
        clock.now += timedelta(days=1)
        day = f" Day {clock.now:%d}."
        told = Choice(shown=(SHORT + day, LONG + day), picked=picked)
        memory.record("ana", told, session_id=f"on{day}")


def test_beliefs_of_then_are_those_that_were_held_then(memory: Memory, clock: Clock) -> None:
    choose(memory, clock, 0, 3)
    kept = memory.add("ana", "likes long replies", aspect="length", value="long")
    then = clock.now
    held = PersonalReward(memory, EMBEDDER).posterior("ana")
    choose(memory, clock, 1, 5)
    reward = PersonalReward(memory, EMBEDDER)
    found = reward.at("ana", then)
    assert found.posterior.mean.tobytes() == held.mean.tobytes()
    now = reward.known("ana").posterior
    assert reward.at("ana", clock.now).posterior.mean.tobytes() == now.mean.tobytes()
    # What was erased since counts at no moment.
    memory.delete("ana", kept.id)
    liking = reward.at("ana", then).posterior.weights()["length"].mean
    assert liking < held.weights()["length"].mean
    assert reward.at("ana", START).posterior.comparisons == 0


def test_a_users_drift_is_judged_by_what_came_after(memory: Memory, clock: Clock) -> None:
    choose(memory, clock, 0, 3)
    first = clock.now
    choose(memory, clock, 1, 9)
    second = clock.now
    choose(memory, clock, 1, 4)
    choose(memory, clock, None, 1)
    found = taste_drift(user_tastes(PersonalReward(memory, EMBEDDER), "ana", [first, second]))
    assert (found.figures["accuracy_first"], found.figures["accuracy_last"]) == (0.0, 1.0)
    assert found.figures["accuracy_gain_low"] == 1.0
    assert (found.figures["pairs"], found.figures["pairs_left_out"]) == (4.0, 2.0)
    at_first, at_second = (row for row in found.rows if row["what"] == "checkpoints")
    assert (at_first["comparisons"], at_second["comparisons"]) == (3, 12)
    assert at_first["drift"] == 0.0
    moved = {row["attribute"]: row for row in found.rows if row["what"] == "attributes"}
    length = moved["length"]
    assert length["first"] < 0.5 < length["last"]  # type: ignore[operator]
    assert length["weight_first"] < 0 < length["weight_last"]  # type: ignore[operator]
    sizes = [abs(row["moved"]) for row in moved.values()]  # type: ignore[arg-type]
    assert sizes == sorted(sizes, reverse=True)
    assert found.figures["largest"] == pytest.approx(sizes[0])
    groups = {row["group"]: row for row in found.rows if row["what"] == "groups"}
    surface = len(TextFeatures(EMBEDDER).attributes[TextFeatures(EMBEDDER).blocks["surface"]])
    assert groups["surface"]["attributes"] == surface
    weights = [groups[name]["attributes"] * groups[name]["drift"] for name in groups]  # type: ignore[operator]
    assert sum(weights) / len(moved) == pytest.approx(found.figures["drift"])
    assert (
        "accuracy"
        not in taste_drift(
            user_tastes(PersonalReward(memory, EMBEDDER), "ana", [second, clock.now])
        ).rows[0]
    )


def saved(path: Path, length: float, *own: str) -> Path:
    features = TextFeatures(EMBEDDER, own)
    prior = features.prior()
    prior.mean[features.names.index("length")] = length
    where = Provenance(
        features=TextFeatures(EMBEDDER).id,
        data="none",
        layout="pairs",
        licence="CC0-1.0",
        people=1,
        comparisons=1,
        seed=0,
        version="0",
    )
    save_prior(
        path, SavedPrior(population=Population.of(prior), names=features.names, provenance=where)
    )
    return path


def test_priors_are_compared_and_judged_by_peoples_pairs(tmp_path: Path) -> None:
    files = [saved(tmp_path / "a.npz", 0.0), saved(tmp_path / "b.npz", -2.0, "price")]
    pairs = [
        UserPair(user=f"p{place % 4}", prompt="", chosen=f"{SHORT} {place}", rejected=LONG)
        for place in range(8)
    ]
    tie = UserPair(user="p0", prompt="", chosen=SHORT, rejected=LONG, strength=0.0)
    found = taste_drift(prior_tastes(files, TextFeatures(EMBEDDER), [*pairs, tie]))
    # A prior that knows nothing ranks nothing rightly.
    assert (found.figures["accuracy_first"], found.figures["accuracy_last"]) == (0.0, 1.0)
    assert (found.figures["pairs"], found.figures["pairs_left_out"]) == (8.0, 1.0)
    rows = [row for row in found.rows if row["what"] == "attributes"]
    assert rows[0]["attribute"] == "length"
    assert np.sign(rows[0]["moved"]) == -1
    assert [row["moved"] for row in rows[1:]] == [0.0] * (len(rows) - 1)
    assert "price" in {row["attribute"] for row in rows}
    with pytest.raises(InputError, match="given twice"):
        prior_tastes([files[0], files[0]], TextFeatures(EMBEDDER))


def test_the_commands_print_one_object(
    tmp_path: Path, memory: Memory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penchant.models.deferred.DeferredEmbedder", lambda settings: EMBEDDER)
    choose(memory, clock, 0, 2)
    times = [START.isoformat()[:19], (clock.now - timedelta(hours=1)).isoformat()[:19]]
    memory.close()
    command = ["drift", "taste", *times, "--user", "ana", "--home", str(tmp_path / "home")]
    found = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert found["figures"]["drift"] > 0.0
    files = [str(saved(tmp_path / f"{name}.npz", value)) for name, value in (("a", 0.0), ("b", 1))]
    found = json.loads(CliRunner().invoke(app, ["drift", "priors", *files, "--json"]).stdout)
    assert found["figures"]["drift"] > 0.0
    told = CliRunner().invoke(app, ["drift", "priors", files[0]])
    assert told.exit_code != 0
    assert "two or more" in told.output
