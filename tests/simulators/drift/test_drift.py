from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penchant.config import Settings
from penchant.errors import InputError
from penchant.memory import Memory
from penchant.models.hash_embedder import HashEmbedder
from penchant.simulators.drift import (
    PairScores,
    Stance,
    compare_factors,
    compare_pairs,
    load_scores,
    load_stances,
    memory_stances,
    value_drift,
)
from penchant.simulators.reports import Run, load_run
from penchant.simulators.runner import (
    Episode,
    EpisodeKey,
    FunctionTrack,
    RunOptions,
    Tools,
    bare_tools,
    run_batch,
)
from penchant.tui.cli import app


def _scores(*pairs: tuple[float, float]) -> dict[str, PairScores]:
    return {
        str(place): PairScores(id=place, chosen=chosen, rejected=rejected)
        for place, (chosen, rejected) in enumerate(pairs)
    }


def test_pairs_are_fixed_broken_or_still_wrong() -> None:
    before = _scores((1, 0), (0, 1), (0, 1), (1, 0), (1, 1))
    after = _scores((1, 0), (1, 0), (0, 1), (0, 1), (1, 1))
    found = compare_pairs(before, after)
    assert found.figures["accuracy_before"] == found.figures["accuracy_after"] == 0.4
    counts = {name: found.figures[name] for name in ("fixed", "broken", "still_wrong")}
    assert counts == {"fixed": 1, "broken": 1, "still_wrong": 2}
    assert found.figures["ties_after"] == 1
    assert found.figures["change_low"] < 0 < found.figures["change_high"]
    assert {row["pair"] for row in found.rows} == {"1", "2", "3", "4"}


def test_the_loss_that_a_pair_needs_is_where_dpo_ranks_it_rightly() -> None:
    beta, ref = 0.5, (-9.0, -5.0)
    pair = PairScores(id=1, chosen=-7.0, rejected=-6.9, ref_chosen=ref[0], ref_rejected=ref[1])
    found = compare_pairs({"1": pair}, {"1": pair}, beta=beta)
    (row,) = found.rows
    assert row["hard"]
    counts = {name: found.figures[name] for name in ("with_reference", "hard_pairs")}
    assert counts == {"with_reference": 1, "hard_pairs": 1}
    assert "accuracy_after_others" not in found.figures

    def loss(margin: float) -> float:
        return math.log1p(math.exp(-beta * (margin - (ref[0] - ref[1]))))

    needed = row["loss_needed"]
    assert isinstance(needed, float)
    assert loss(0.01) < needed < loss(-0.01)


def test_files_without_a_pair_in_common_are_refused() -> None:
    with pytest.raises(InputError, match="no pair is in both"):
        compare_pairs(_scores((1, 0)), {"x": PairScores(id="x", chosen=1, rejected=0)})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": 1, "chosen": "high", "rejected": 0}', "chosen"),
        ('{"id": 1, "chosen": 1, "rejected": 0, "ref_chosen": 1}', "ref_rejected"),
        ("{oops", "not JSON"),
    ],
)
def test_a_malformed_line_names_file_line_and_field(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text('{"id": 0, "chosen": 1, "rejected": 0}\n' + line + "\n", "utf-8")
    with pytest.raises(InputError, match=r"line 2 of .*scores\.jsonl") as caught:
        load_scores(file)
    assert told in str(caught.value)


def test_drift_is_the_mean_move_from_the_first_checkpoint() -> None:
    stances = [
        Stance(checkpoint, topic, p)
        for checkpoint, values in (
            ("start", (0.5, 0.2)),
            ("sft", (0.9, 0.2)),
            ("dpo", (0.9, 0.24)),
        )
        for topic, p in zip(("taxes", "zoos"), values, strict=True)
    ]
    found = value_drift(stances)
    assert found.figures["drift"] == pytest.approx(0.22)
    # Nine tenths of 0.22 are 0.198; the way to the first checkpoint goes to 0.2.
    assert found.figures["checkpoints_to_90_percent"] == pytest.approx(0.99)
    topics = [row for row in found.rows if row["what"] == "topics"]
    assert [row["topic"] for row in topics] == ["taxes", "zoos"]
    assert topics[0]["moved"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("names", "unit", "reached"),
    [
        (("100", "300", "700"), "steps", 200 + 400 * 0.26 / 0.3),
        (
            ("2026-03-01T00:00+00:00", "2026-03-03T00:00+00:00", "2026-03-13T00:00+00:00"),
            "days",
            2 + 10 * 0.26 / 0.3,
        ),
        (("base", "sft", "dpo"), None, None),
    ],
)
def test_time_to_nine_tenths_is_told_in_steps_or_days(
    names: Sequence[str], unit: str | None, reached: float | None
) -> None:
    stances = [Stance(each, "zoos", p) for each, p in zip(names, (0.1, 0.2, 0.5), strict=True)]
    figures = value_drift(stances).figures
    assert figures["checkpoints_to_90_percent"] == pytest.approx(1 + 0.26 / 0.3)
    found = {name for name in figures if name.endswith("_to_90_percent")}
    assert found == {"checkpoints_to_90_percent", *([f"{unit}_to_90_percent"] if unit else [])}
    if reached is not None:
        assert figures[f"{unit}_to_90_percent"] == pytest.approx(reached)
    still = value_drift([Stance(each, "zoos", 0.1) for each in names]).figures
    assert still["checkpoints_to_90_percent"] == 0.0


@pytest.mark.parametrize(
    ("stances", "told"),
    [
        ([Stance("a", "x", 0.1)], "two or more"),
        ([Stance("a", "x", 0.1), Stance("b", "y", 0.1)], "no topic"),
        ([Stance("a", "x", 0.1), Stance("a", "x", 0.2), Stance("b", "x", 0.2)], "twice"),
    ],
)
def test_stances_that_cannot_be_compared_are_refused(stances: Sequence[Stance], told: str) -> None:
    with pytest.raises(InputError, match=told):
        value_drift(stances)


def test_what_memory_held_at_two_moments(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    memory = Memory(tmp_path, HashEmbedder(), clock=lambda: now[0])
    try:
        memory.add("ana", "likes tea")
        kept = memory.add("ana", "likes trams")
        first = now[0]
        now[0] += timedelta(days=2)
        memory.delete("ana", kept.id)
        memory.add("ana", "likes coffee")
        found = value_drift(memory_stances(memory, "ana", [first, now[0]]))
    finally:
        memory.close()
    moved = {row["topic"]: row["moved"] for row in found.rows if row["what"] == "topics"}
    # What was erased is gone from every view.
    assert set(moved) == {"likes tea", "likes coffee"}
    assert abs(moved["likes tea"]) < 0.05  # type: ignore[arg-type]
    assert moved["likes coffee"] > 0.2  # type: ignore[operator]


def _held(key: EpisodeKey, tools: Tools) -> Episode:
    return Episode(key=key, measures={"score": 0.5 + 0.25 * (key.arm == "ours")})


def _better(key: EpisodeKey, tools: Tools) -> Episode:
    return Episode(key=key, measures={"score": 0.75}, failures={"tie": 2, "parse": 0})


def test_only_what_changed_alone_is_held_responsible(tmp_path: Path, settings: Settings) -> None:
    options = RunOptions(settings=settings)

    def run(name: str, loss: str, data: str, fn: object = _held) -> Run:
        track = FunctionTrack(fn=fn, users=8, parameters={"loss": loss, "data": data})  # type: ignore[arg-type]
        run_batch(track, tmp_path / name, seed=0, options=options, tools=bare_tools)
        return load_run(tmp_path / name)

    runs = [run("a", "dpo", "x"), run("b", "ipo", "x", _better), run("c", "ipo", "y", _better)]
    found = compare_factors(runs)
    assert found.figures == {"one_factor_pairs": 2.0, "several_factors_pairs": 1.0}
    told = {(row["first"], row["second"], row["arm"]): row for row in found.rows if "arm" in row}
    assert told["a", "b", "baseline"]["factor"] == "config.loss"
    assert told["a", "b", "baseline"]["difference"] == pytest.approx(0.25)
    assert told["b", "c", "ours"]["difference"] == 0.0
    row = told["a", "b", "ours"]
    assert (row["n"], row["failed_is"], row["only_in_one"], row["without_measure"]) == (8, 0, 0, 0)
    assert (row["failures_was"], row["failures_is"]) == ("none", "tie 16")
    (mixed,) = [row for row in found.rows if row["what"] == "not attributable"]
    assert mixed["changed"] == "config.loss, config.data"


def test_the_commands_print_one_object(tmp_path: Path) -> None:
    stances = tmp_path / "stances.jsonl"
    lines = [{"checkpoint": c, "topic": "zoos", "p": p} for c, p in (("a", 0.1), ("b", 0.4))]
    stances.write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")
    assert len(load_stances(stances)) == 2
    told = CliRunner().invoke(app, ["drift", "values", str(stances), "--json"])
    assert json.loads(told.stdout)["figures"]["drift"] == pytest.approx(0.3)
    scores = tmp_path / "scores.jsonl"
    scores.write_text('{"id": 1, "chosen": 2, "rejected": 1}\n', "utf-8")
    told = CliRunner().invoke(app, ["drift", "pairs", str(scores), str(scores), "--json"])
    assert json.loads(told.stdout)["figures"]["accuracy_after"] == 1.0


def _with_models(run: Run, **models: Mapping[str, str]) -> Run:
    every = {role: {"name": "local/q", "sha256": "aa"} for role in ("agent", "simulator", "judge")}
    return replace(run, config={**run.config, "models": {**every, **models}})


def test_a_model_is_one_factor_whatever_parts_it_plays(tmp_path: Path, settings: Settings) -> None:
    track = FunctionTrack(fn=_held, users=2)
    options = RunOptions(settings=settings)
    run_batch(track, tmp_path / "a", seed=0, options=options, tools=bare_tools)
    held = load_run(tmp_path / "a")
    same = _with_models(held)
    other = {"name": "local/z", "sha256": "zz"}

    def factor(run: Run) -> object:
        return compare_factors([same, run]).rows[0].get("factor")

    assert factor(_with_models(held, agent={"name": "local/q", "sha256": "bb"})) == "models.agent"
    assert factor(_with_models(held, agent=other)) == "models.agent"
    assert factor(_with_models(held, judge=other)) == "models.judge"
    assert factor(_with_models(held, agent=other, simulator=other, judge=other)) == "models.agent"
    assert factor(replace(same, config={**same.config, "version": "another"})) == "version"
    several = _with_models(held, agent=other, judge={"name": "local/y", "sha256": "yy"})
    assert compare_factors([same, several]).rows[0]["changed"] == "models.agent, models.judge"


def test_a_seed_that_the_track_keeps_too_is_one_factor(tmp_path: Path, settings: Settings) -> None:
    runs = []
    for seed in (0, 1):
        track = FunctionTrack(fn=_held, users=2, parameters={"seed": seed})
        options = RunOptions(settings=settings)
        run_batch(track, tmp_path / str(seed), seed=seed, options=options, tools=bare_tools)
        runs.append(load_run(tmp_path / str(seed)))
    assert {row.get("factor") for row in compare_factors(runs).rows} == {"seed"}


def test_an_unfinished_run_is_refused(tmp_path: Path, settings: Settings) -> None:
    track = FunctionTrack(fn=_held, users=2)
    options = RunOptions(settings=settings)
    run_batch(track, tmp_path / "a", seed=0, options=options, tools=bare_tools)
    run = load_run(tmp_path / "a")
    with pytest.raises(InputError, match="unfinished"):
        compare_factors([run, replace(run, episodes=run.episodes[:1])])


def test_either_file_may_tell_the_reference() -> None:
    told = PairScores(id=1, chosen=-7, rejected=-6, ref_chosen=-9, ref_rejected=-5)
    bare = PairScores(id=1, chosen=-7, rejected=-6)
    for before, after in ((told, bare), (bare, told)):
        (row,) = compare_pairs({"1": before}, {"1": after}).rows
        assert row["ref_margin"] == -4.0


def test_moments_at_which_nothing_can_be_compared_are_refused(tmp_path: Path) -> None:
    memory = Memory(tmp_path, HashEmbedder())
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    try:
        with pytest.raises(InputError, match="nothing of the user 'ana'"):
            memory_stances(memory, "ana", [moment, moment + timedelta(days=1)])
        with pytest.raises(InputError, match="the same"):
            memory_stances(memory, "ana", [moment, moment])
    finally:
        memory.close()
