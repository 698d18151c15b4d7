"""The few-shot track on small data of its own."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models.embedder import OnnxEmbedder
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Answers, TextFeatures, predict
from penchant.simulators.datasets import load_tastes
from penchant.simulators.fewshot import FewShotTrack
from penchant.simulators.fewshot.baselines import prototypes
from penchant.simulators.fewshot.outcomes import CEILING, Outcome, saved_by
from penchant.simulators.fewshot.tastes import taste_outcomes
from penchant.simulators.runner import (
    Budget,
    Episode,
    Meter,
    Summary,
    Tools,
    episode_from_json,
    episode_to_json,
    hold_all,
)
from penchant.simulators.statistics import bootstrap, calibration_error
from penchant.tui.cli import app

TOPICS = ("soup", "tea", "rain", "trains", "chess", "birds", "bread", "maps", "stars", "paint")


def pair(topic: str, short: bool) -> dict[str, str]:
    brief, long = (
        f"Try {topic}.",
        f"One might, on reflection, consider {topic} at some length. " * 3,
    )
    chosen, rejected = (brief, long) if short else (long, brief)
    return {"prompt": f"About {topic}?", "chosen": chosen, "rejected": rejected}


def write_tastes(folder: Path) -> None:
    items = []
    for number, topic in enumerate(TOPICS):
        for short in (True, False):
            others = [TOPICS[(number + step) % len(TOPICS)] for step in (1, 2, 3, 4)]
            items.append(
                pair(topic, short)
                | {
                    "ground_truth_persona": "short" if short else "long",
                    "Pair-wise Comparative Feedback": [pair(other, short) for other in others],
                }
            )
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text(json.dumps(items))


def write_statements(folder: Path) -> None:
    folder.mkdir(parents=True)
    for trait in ("tea", "chess"):
        lines = []
        for number in range(90):
            likes = number % 2 == 0
            verb = "love and enjoy" if likes else "hate and avoid"
            text = f"I {verb} {trait} in the {TOPICS[number % 10]} place number {number}"
            answer = " Yes" if likes else " No"
            lines.append(json.dumps({"statement": text, "answer_matching_behavior": answer}))
        (folder / f"{trait}.jsonl").write_text("\n".join(lines))


def write_choices(folder: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["id,choice,fee,rate"]
    for person in range(30):
        theta = np.array([2.0, -1.0]) + rng.normal(size=2)
        for _ in range(13):
            row = rng.integers(-1, 2, size=2)
            choice = int(rng.random() < 1 / (1 + np.exp(-row @ theta)))
            lines.append(f"p{person},{choice},{row[0]},{row[1]}")
    folder.mkdir(parents=True)
    (folder / "loans.csv").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_tastes(folder / "psoups")
    write_statements(folder / "persona")
    write_choices(folder / "bank")
    return folder


@pytest.fixture(scope="module")
def track(data: Path) -> FewShotTrack:
    return FewShotTrack(data=data, seed=3)


def tools_of(dimension: int) -> Tools:
    return Tools(
        settings=Settings(),
        seed=3,
        embedder=HashEmbedder(dimension),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def summed(track: FewShotTrack) -> Summary:
    return track.summarise(asyncio.run(hold_all(track, tools_of(16))))


@pytest.fixture(scope="module")
def episodes(track: FewShotTrack) -> list[Episode]:
    with pytest.MonkeyPatch.context() as patch:
        # Little training is enough to show that the arm is there.
        patch.setattr("penchant.simulators.fewshot.choices._META_STEPS", 10)
        return asyncio.run(hold_all(track, tools_of(32)))


@pytest.fixture(scope="module")
def found(track: FewShotTrack, episodes: list[Episode]) -> Summary:
    return track.summarise(episodes)


def test_every_figure_is_there_and_finite(found: Summary) -> None:
    wanted = {
        "psoups_k4_accuracy",
        "bank_nll_k0",
        "bank_nll_k3",
        "bank_nll_k9",
        "bank_ece_k9",
        "persona_k10_accuracy",
        "persona_k40_accuracy",
        "persona_chosen_k10_accuracy",
    }
    assert wanted <= set(found.figures)
    assert np.isfinite(list(found.figures.values())).all()


def test_four_pairs_tell_opposed_people_apart(found: Summary) -> None:
    assert found.figures["psoups_k4_accuracy"] == 1.0
    (both,) = [row for row in found.rows if "requests" in row]
    assert both["requests"] == len(TOPICS)
    # Ten people of each taste; four of each saw a request among their earlier pairs.
    assert both["pairs"] == len(TOPICS) * 6 * 6
    assert both["share"] == both["worst request"] == 1.0
    assert both["floor (one ranking for all)"] == 0.0
    assert both["floor for one person (longest first)"] == 0.5
    assert found.figures["psoups_opposed_share"] == 1.0
    floors = [row for row in found.rows if row.get("arm") == "longest option"]
    assert floors[0]["accuracy"] == 0.5


def test_answers_help_on_choices_and_statements(found: Summary) -> None:
    figures = found.figures
    assert figures["bank_nll_k9"] < figures["bank_nll_k0"] < np.log(2)
    assert figures["persona_k40_accuracy"] > 0.8


def test_every_arm_stands_beside_ours_with_intervals(found: Summary) -> None:
    arms = {(row["data"], row["arm"]) for row in found.rows if "arm" in row}
    for kind in ("psoups", "bank"):
        for arm in ("ours", "pooled Bradley-Terry", "PAL-style", "GPM-style", CEILING):
            assert (kind, arm) in arms
    for arm in ("ours without surface", "ours without axes", "ours without embedding", CEILING):
        assert ("persona", arm) in arms
    assert ("bank", "ours, amortised") in arms
    saved = [row for row in found.rows if "gain" in row]
    assert [row["k"] for row in saved] == [0, 3, 9]
    for row in saved:
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    assert [row["data"] for row in found.rows if "not applicable" in row] == ["bank", "persona"]
    for row in found.rows:
        if "accuracy" in row:
            assert row["accuracy_low"] <= row["accuracy"] <= row["accuracy_high"]
    ours = [row for row in found.rows if (row["data"], row.get("arm")) == ("psoups", "ours")]
    assert ours[-1]["accuracy_gain_low"] > 0
    # Without answers, nothing is known: ties, and ties are wrong.
    assert (ours[0]["ties"], ours[0]["accuracy"]) == (2 * len(TOPICS), 0.0)


def test_a_summary_is_made_of_what_was_written_down(
    track: FewShotTrack, episodes: list[Episode], found: Summary
) -> None:
    kept = [episode_from_json(episode_to_json(each)) for each in reversed(episodes)]
    assert track.summarise(kept) == found


def test_episodes_hold_what_was_predicted(episodes: list[Episode]) -> None:
    keys = [each.key for each in episodes]
    assert len(set(keys)) == len(keys)
    (one,) = [e for e in episodes if e.key == ("fewshot", "ours", "4", "bank: loans", 0)]
    assert one.series["k"] == [0.0, 3.0, 9.0]
    assert np.array(one.detail["chances"]).shape == (3, 4)
    right = (np.array(one.detail["chances"][2]) > 0.5) == np.array(one.detail["target"])
    assert one.measures["accuracy_k9"] == right.mean()
    (trait,) = [e for e in episodes if e.key == ("fewshot", "ours", "0", "persona: tea", 0)]
    assert trait.profile == {"trait": "tea"}
    assert trait.failures == {"tie": 45}  # before the first answer


def test_what_failed_counts_at_the_floor(
    track: FewShotTrack, episodes: list[Episode], found: Summary
) -> None:
    def lost(episode: Episode) -> bool:
        return episode.key.arm == "ours" and episode.key.user == "0"

    kept = [track.failed(each.key, "gone") if lost(each) else each for each in episodes]
    worse = track.summarise(kept)
    assert worse.figures["psoups_k4_accuracy"] == 1.0 - 1 / len(TOPICS)
    assert worse.figures["psoups_opposed_share"] == 1.0 - 1 / len(TOPICS)
    (row,) = [r for r in worse.rows if (r["data"], r.get("arm"), r.get("k")) == ("bank", "ours", 9)]
    assert (row["n"], row["failed"]) == (120, 1)
    assert track.failed(episodes[0].key, "gone").measures["nll_k4"] == math.log(2)
    # What was not held yet is no failure: gains are over those whom both arms have.
    some = track.summarise([each for each in episodes if not lost(each)])
    (row,) = [r for r in some.rows if (r["data"], r.get("arm"), r.get("k")) == ("bank", "ours", 9)]
    assert row["n"] == 116
    assert "failed" not in row
    assert np.isfinite(row["accuracy_gain"])


def test_what_is_saved_is_against_the_same_predictions() -> None:
    def outcome(data: str, arm: str, chance: float) -> Outcome:
        return Outcome(
            data=data,
            file="f",
            arm=arm,
            k=3,
            chances=np.full(4, chance),
            target=np.ones(4),
            clusters=np.arange(4),
        )

    some = [outcome("bank", "a", 0.8), outcome("bank", "b", 0.4), outcome("other", "b", 0.1)]
    (row,) = saved_by(some, "a", "b", seed=0)
    assert row["gain"] == pytest.approx(np.log(2))


def test_what_episodes_depend_on_is_on_record(data: Path, track: FewShotTrack) -> None:
    config = track.config()
    assert json.loads(json.dumps(config)) == config
    assert config != FewShotTrack(data=data, seed=4).config()
    assert config != FewShotTrack(data=data / "none", seed=3).config()


def test_the_same_seed_gives_the_same_numbers(data: Path, tmp_path: Path) -> None:
    (tmp_path / "psoups").symlink_to(data / "psoups")
    first, again = (summed(FewShotTrack(data=tmp_path, seed=1)) for _ in range(2))
    assert first == again
    assert "bank_nll_k0" not in first.figures


def test_one_short_trait_alone_is_measured_as_far_as_it_goes(data: Path, tmp_path: Path) -> None:
    (tmp_path / "persona").mkdir()
    lines = (data / "persona" / "tea.jsonl").read_text().splitlines()[:30]
    (tmp_path / "persona" / "tea.jsonl").write_text("\n".join(lines))
    alone = summed(FewShotTrack(data=tmp_path))
    assert set(alone.figures) == {"persona_k10_accuracy", "persona_chosen_k10_accuracy"}
    assert "pooled Bradley-Terry" not in {row.get("arm") for row in alone.rows}


def test_a_file_without_opposed_people_has_nobody_to_rank_for(data: Path, tmp_path: Path) -> None:
    items = json.loads((data / "psoups" / "mine.json").read_text())
    (tmp_path / "psoups").mkdir()
    (tmp_path / "psoups" / "short.json").write_text(json.dumps(items[::2]))
    alone = summed(FewShotTrack(data=tmp_path))
    (both,) = [row for row in alone.rows if "requests" in row]
    assert (both["requests"], both["pairs"], both["share"]) == (0, 0, 0.0)


def test_people_of_two_tastes_are_grouped_by_pal_style_prototypes() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 6, 20))
    kinds = np.arange(60) % 2
    theta = np.zeros((60, 20))
    theta[:, 0] = np.where(kinds, 4.0, -4.0)
    answers = Answers.of(list(rows), list((np.einsum("utd,ud->ut", rows, theta) > 0) * 1.0))
    found = prototypes(answers, 2)
    chances = predict(found, answers.first(4), rows[:, 4:])
    assert ((chances > 0.5) == (answers.target[:, 4:] > 0.5)).mean() > 0.85


def test_nothing_to_measure_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"P-Soups.*bayesm.*GPL.*anthropics/evals"):
        FewShotTrack(data=tmp_path).keys()
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "few.csv").write_text("id,choice,fee\n" + "a,1,1\n" * 6)
    with pytest.raises(InputError, match="at least 10"):
        FewShotTrack(data=tmp_path).keys()


def test_the_command_fails_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "fewshot", "--data", str(tmp_path / "none")])
    assert result.exit_code == 1


def test_intervals_and_calibration_are_what_they_say() -> None:
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(200), 5)
    each = np.repeat(rng.normal(1.0, 1.0, 200), 5)
    interval = bootstrap(each, people, seed=0)
    # Clusters count, not rows: 1/√200, not 1/√1000.
    assert interval.high - interval.low == pytest.approx(4 / np.sqrt(200), rel=0.2)
    assert interval.low < interval.mean < interval.high
    chances = rng.uniform(size=20000)
    target = (rng.random(20000) < chances).astype(float)
    assert calibration_error(chances, target) < 0.02
    assert calibration_error(np.full(10, 0.9), np.zeros(10)) == pytest.approx(0.9)


def test_a_taste_that_nothing_was_chosen_on_is_learned_from_four_pairs(
    minilm: OnnxEmbedder,
) -> None:
    """Hopeful or gloomy: written after the features and the scales of the prior were settled."""
    (taste,) = load_tastes(Path(__file__).parent / "data")
    hits = {
        each.arm: each.hits.mean()
        for each in taste_outcomes(taste, TextFeatures(minilm), seed=0)
        if each.k == 4
    }
    assert hits["ours"] > 0.8
    for arm in ("surface only", "embedding only", "pooled Bradley-Terry"):
        assert hits["ours"] > hits[arm] + 0.1
