"""Memory is asked for one preference among others, without a chat model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models.embedder import OnnxEmbedder
from penchant.simulators.prefeval import RecallTrack
from penchant.simulators.runner import Budget, Episode, Meter, Tools, episode_to_json

DATA = Path(__file__).parents[1] / "data" / "prefeval"
TRACK = RecallTrack(data=DATA, within=3, groups=1)


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory, minilm: OnnxEmbedder) -> list[Episode]:
    tools = Tools(
        settings=Settings(home=tmp_path_factory.mktemp("home")),
        seed=0,
        embedder=minilm,
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )

    async def hold() -> list[Episode]:
        keys = TRACK.keys()
        return [await TRACK.episode(key, None, tools.fresh()) for key in keys]

    return asyncio.run(hold())


def test_each_arm_is_asked_for_every_item_of_a_group(episodes: list[Episode]) -> None:
    found = {(each.key.arm, each.key.user): each for each in episodes}
    assert {user for _, user in found} == {
        "topics 0",
        "garden_tools 0",
        "museum_visits 0",
    }
    assert found["random", "garden_tools 0"].measures["recall_1"] == pytest.approx(1 / 3)
    assert found["random", "topics 0"].measures["recall_5"] == 1.0
    for arm in ("ours", "ours, as stated", "raw turns"):
        # Two preferences of two topics are told apart by anything that works.
        assert found[arm, "topics 0"].measures["recall_1"] == 1.0
        assert episode_to_json(found[arm, "topics 0"])
    stated = found["ours, as stated", "museum_visits 0"]
    assert stated.measures["learned"] == 1.0
    assert stated.costs.llm_calls == 0


def test_rows_pair_groups_with_raw_turns_and_count_what_failed(episodes: list[Episode]) -> None:
    broken = next(each.key for each in episodes if each.key.arm == "ours")
    mixed = [
        TRACK.failed(each.key, "it broke") if each.key == broken else each for each in episodes
    ]
    summary = TRACK.summarise(mixed)
    rows = {(row["task"], row["arm"]): row for row in summary.rows}
    ours = rows["among topics", "ours"]
    assert (ours["n"], ours["groups"], ours["failed"]) == (2, 1, 1)
    assert (ours["recall_1"], ours["recall_1_gain"]) == (0.0, -1.0)
    within = rows["within a topic", "ours"]
    assert (within["n"], within["groups"], within["failed"]) == (6, 2, 0)
    assert "recall_1_gain" not in rows["among topics", "raw turns"]
    assert summary.figures["random_within_a_topic_recall_1"] == pytest.approx(1 / 3)
    assert "2 topics" in summary.notes[0]


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(InputError, match="form is 'sung'"):
        RecallTrack(data=DATA, form="sung")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="within is 1"):
        RecallTrack(data=DATA, within=1)
    assert RecallTrack(data=DATA).config() != TRACK.config()
