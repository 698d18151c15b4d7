"""The locomo track: recall of evidence by arm, floors, failures, and what rows add up to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models import HashEmbedder
from penchant.simulators.locomo import LocomoTrack
from penchant.simulators.locomo.finding import ARMS
from penchant.simulators.runner import Budget, Episode, Meter, Tools

ABOUT = ("canoes", "the cello", "mushrooms", "old maps", "lamps", "kites", "snails", "tide tables")


def conversation(name: str, shift: int) -> dict[str, object]:
    """Each speaker likes things in turn, amid talk of nothing; a question for each."""
    turns, questions = [], []
    for place, thing in enumerate(ABOUT[shift:] + ABOUT[:shift]):
        speaker = ("Ines", "Bram")[place % 2]
        likes, idle = f"D1:{2 * place + 1}", f"D1:{2 * place + 2}"
        turns += [
            {"speaker": speaker, "dia_id": likes, "text": f"I really like {thing}."},
            {"speaker": "Bram", "dia_id": idle, "text": f"It rained here again, day {place}."},
        ]
        questions.append(
            {
                "question": f"Who likes {thing}?",
                "answer": speaker,
                "category": 4 if place % 2 else 1,
                "evidence": [likes],
            }
        )
    questions.append({"question": "Why?", "answer": "?", "category": 3, "evidence": ["D7:1"]})
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Ines",
            "speaker_b": "Bram",
            "session_1_date_time": "10:00 am on 2 March, 2024",
            "session_1": turns,
        },
        "qa": questions,
    }


@pytest.fixture
def track(tmp_path: Path) -> LocomoTrack:
    path = tmp_path / "locomo10.json"
    path.write_text(json.dumps([conversation("one", 0), conversation("two", 3)]), "utf-8")
    return LocomoTrack(data=path)


async def held(track: LocomoTrack) -> list[Episode]:
    tools = Tools(
        settings=Settings(),
        seed=0,
        embedder=HashEmbedder(256),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    keys = track.keys()
    return [await track.episode(key, None, tools) for key in keys]


async def test_every_arm_finds_what_it_can_and_rows_add_up(track: LocomoTrack) -> None:
    episodes = await held(track)
    assert [each.key.arm for each in episodes[: len(ARMS)]] == list(ARMS)
    summary = track.summarise(episodes)
    rows = {(row["arm"], row["category"]): row for row in summary.rows}
    everything = {arm: rows[arm, "all"] for arm in ARMS}
    # Questions whose evidence no turn has are counted, and asked of nobody.
    assert all(row["n"] == 16 for row in everything.values())
    assert all(row["unknown_evidence"] == 2 for row in everything.values())
    assert rows["ours", "multi-hop"]["n"] == 8
    # Said outright, in words that the question repeats: whoever searches finds it.
    for arm in ("words", "raw turns", "ours, every turn kept", "ours"):
        assert everything[arm]["recall_5"] == pytest.approx(1.0), arm
    assert float(str(everything["random"]["recall_10"])) < 0.95
    # What was learned are the tastes, and none of the rain.
    assert everything["ours"]["kept"] == 16
    assert everything["ours, every turn kept"]["kept"] > 16
    assert "recall_5_gain" not in everything["raw turns"]
    assert float(str(everything["random"]["recall_10_gain"])) < 0
    assert summary.figures["ours_recall_5"] == pytest.approx(1.0)


async def test_a_failed_episode_counts_as_nothing_found(track: LocomoTrack) -> None:
    episodes = await held(replace(track, arms=("raw turns", "ours"), conversations=1))
    broken = track.failed(episodes[1].key, "it broke")
    assert broken.measures["recall_10"] == 0.0
    row = track.summarise([episodes[0], broken]).rows[1]
    assert (row["arm"], row["n"], row["failed"], row["recall_5"]) == ("ours", 8, 1, 0.0)
    assert row["recall_5_gain"] == pytest.approx(-1.0)


def test_odd_parameters_are_refused(track: LocomoTrack) -> None:
    with pytest.raises(InputError, match="choose from random"):
        replace(track, arms=("theirs",))
    with pytest.raises(InputError, match="conversations is 0"):
        replace(track, conversations=0)
