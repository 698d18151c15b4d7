"""The consent track: its arms, what it counts, and its floor and ceiling."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import replace

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models import HashEmbedder
from penchant.simulators.consent import ConsentTrack
from penchant.simulators.consent.episodes import utility
from penchant.simulators.runner import (
    Budget,
    Episode,
    Meter,
    Tools,
    episode_from_json,
    episode_to_json,
)
from penchant.simulators.tasks.scenarios import shipped_scenarios

TRACK = ConsentTrack(users=5, sessions=3, per_session=5, seed=4)
SIMPLE = tuple(each for each in TRACK.arms if each != "ours")


@pytest.fixture
def tools(settings: Settings) -> Tools:
    return Tools(
        settings=settings,
        seed=4,
        embedder=HashEmbedder(dimension=256),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def held(track: ConsentTrack, tools: Tools) -> list[Episode]:
    async def all_of() -> list[Episode]:
        prepared = await track.prepare(tools)
        keys = track.keys()
        return [await track.episode(key, prepared, tools.fresh()) for key in keys]

    return asyncio.run(all_of())


def row(track: ConsentTrack, episodes: list[Episode], arm: str) -> dict[str, object]:
    rows = track.summarise(episodes).rows
    return dict(next(r for r in rows if (r["arm"], r["temperament"]) == (arm, "all")))


def test_every_arm_meets_the_same_occasions(tools: Tools) -> None:
    track = replace(TRACK, arms=SIMPLE)
    episodes = held(track, tools)
    assert len(episodes) == len(SIMPLE) * 5
    for user in {each.key.user for each in episodes}:
        met = {
            tuple((d["topic"], d["place"], d["welcome"], d["best"]) for d in each.decisions)
            for each in episodes
            if each.key.user == user
        }
        assert len(met) == 1
    # Pure: held again, by another worker, they are the same.
    assert held(pickle.loads(pickle.dumps(track)), tools.fresh()) == episodes
    lines = [episode_to_json(each) for each in episodes]
    assert [episode_to_json(episode_from_json(line)) for line in lines] == lines


def test_floor_and_ceiling(tools: Tools) -> None:
    track = replace(TRACK, users=12, arms=SIMPLE)
    episodes = held(track, tools)
    oracle, never, act, ask = (
        row(track, episodes, arm) for arm in ("oracle", "never offer", "always act", "always ask")
    )
    assert oracle["violations"] == 0
    assert oracle["precision"] == 1.0
    assert float(oracle["regret"]) < 0.01  # type: ignore[arg-type]
    assert (never["recall"], never["utility"], never["precision"]) == (0.0, 0.0, None)
    # To who is silent nobody discloses anything but of their own accord.
    silent = [each for each in episodes if each.key.arm == "never offer"]
    assert {told.how for each in silent for told in each.disclosures} == {"volunteered"}
    assert all(each.costs.questions == 0 for each in silent)
    assert (act["recall"], ask["recall"]) == (1.0, 1.0)
    assert act["violations"] == act["opportunities"]
    assert float(act["utility"]) < 0.0 < float(oracle["utility"])  # type: ignore[arg-type]
    gain = [float(oracle[name]) for name in ("utility_gain_low", "utility_gain")]  # type: ignore[arg-type]
    assert 0.0 < gain[0] < gain[1]
    assert "utility_gain" not in ask
    assert float(ask["words_read_per_user"]) > 0  # type: ignore[arg-type]


def test_ours_keeps_to_refusals_over_sessions(tools: Tools) -> None:
    track = replace(TRACK, users=4, sessions=4, per_session=6, arms=("always ask", "ours"))
    episodes = held(track, tools)
    ours = row(track, episodes, "ours")
    assert int(str(ours["own_opportunities"])) >= 5
    assert ours["own_violations"] == 0
    summary = track.summarise(episodes)
    assert summary.figures["own_violations"] == 0.0
    assert "always_ask_utility" in summary.figures
    one = next(each for each in episodes if each.key.arm == "ours" and each.disclosures)
    assert one.transcript
    assert "wanted" in one.decisions[0]


def test_an_episode_that_failed_is_the_floor(tools: Tools) -> None:
    track = replace(TRACK, arms=("always ask", "never offer"))
    key = track.keys()[0]
    failed = track.failed(key, "no")
    assert failed.measures["wanted_occasions"] == failed.measures["unhelpful_silence"]
    found = row(track, [failed], "always ask")
    assert (found["failed"], found["recall"]) == (1, 0.0)


def test_worth_of_decisions() -> None:
    scenario = next(each for each in shipped_scenarios() if each.topic == "pay a bill")

    def worth(kind: str, welcome: str, *, wanted: bool = True, refused: bool = False) -> float:
        return utility(
            kind,  # type: ignore[arg-type]
            welcome,  # type: ignore[arg-type]
            scenario,
            wanted=wanted,
            interrupt=0.1,
            refused=refused,
        )

    assert worth("silent", "ask") == 0.0
    assert worth("act", "welcome") == scenario.benefit
    assert worth("ask", "ask") > 0.0 > worth("act", "ask")
    assert worth("ask", "unwanted", wanted=False) == -0.1
    assert worth("ask", "unwanted", wanted=False, refused=True) == pytest.approx(-0.3)


@pytest.mark.parametrize("wrong", [{"users": 0}, {"arms": ("psychic",)}, {"arms": ()}])
def test_what_cannot_be_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        ConsentTrack(**wrong)  # type: ignore[arg-type]
