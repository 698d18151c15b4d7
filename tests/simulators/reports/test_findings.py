"""What a report says of a run besides its scores: curves, costs, disclosures, failures, notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from penchant.simulators.reports import RunReport, build_report, load_run
from penchant.simulators.runner import Costs, Disclosure, Episode, EpisodeKey, Line

from .conftest import make_episode, write_run


def _report(directory: Path, episodes: Sequence[Episode], **config: object) -> RunReport:
    write_run(
        directory,
        arms=("never ask", "ours"),
        episodes=episodes,
        config={"higher_is_better": {"fit": True}, **config},
        summary={"notes": [], "rows": []},
    )
    return build_report(load_run(directory))


def _with(episode: Episode, **changes: object) -> Episode:
    return dataclasses.replace(episode, **changes)  # type: ignore[arg-type]


def test_an_episode_that_ends_early_keeps_its_last_value(tmp_path: Path) -> None:
    key = EpisodeKey("outing", "ours", "u", "t")
    report = _report(
        tmp_path / "run",
        [
            Episode(key=key, measures={"fit": 1.0}, series={"fit": [0.0, 1.0]}),
            Episode(
                key=key._replace(user="v"), measures={"fit": 0.6}, series={"fit": [0.0, 0.2, 0.6]}
            ),
            Episode(key=key._replace(user="w"), measures={"fit": 0.0}, error="it broke"),
        ],
    )
    (curve,) = report.curves["fit"]
    assert [point.mean for point in curve.points] == pytest.approx([0.0, 0.6, 0.8])
    assert (curve.arm, curve.n, curve.without) == ("ours", 2, 1)


def test_a_series_without_steps_is_no_curve(tmp_path: Path) -> None:
    still = make_episode("never ask", 0)
    assert _report(tmp_path / "run", [still]).curves == {}


def test_episodes_are_tallied_by_arm(tmp_path: Path) -> None:
    leak = Disclosure(turn=0, aspect="tea", what="value", how="leaked", value="green")
    asked = Disclosure(turn=1, aspect="tea", what="value", how="asked", value="green")
    base = make_episode("ours", 0)
    bare = _with(base, failures={}, disclosures=[], stop="done", costs=Costs())
    episodes = [
        _with(bare, disclosures=[leak, leak, asked], failures={"parse": 2, "tie": 0}),
        _with(bare, key=base.key._replace(user="b"), failures={"parse": 1, "timeout": 1}),
        _with(bare, key=base.key._replace(user="c"), error="no answer", attempts=3, stop="error"),
        _with(bare, key=base.key._replace(trial=1), costs=Costs(questions=4, usd=0.5)),
    ]
    none, ours = _report(tmp_path / "run", episodes).tallies
    assert (none.arm, none.n, none.costs) == ("never ask", 0, {})
    assert (ours.n, ours.users) == (4, 3)
    assert (ours.asked, ours.volunteered, ours.leaked, ours.leaking) == (1, 0, 2, 1)
    assert ours.failures == {"parse": 3, "timeout": 1}
    assert (ours.failed, ours.errors, ours.retried) == (1, {"no answer": 1}, 1)
    assert ours.stops == {"done": 3, "error": 1}
    assert ours.costs["questions"].mean == 1.0
    assert ours.totals["usd"] == 0.5


def test_the_worst_come_first_and_troubled_ones_before_their_equals(tmp_path: Path) -> None:
    base = _with(make_episode("ours", 0), failures={})
    episodes = [
        _with(base, key=base.key._replace(user=user), measures={"fit": fit}, failures=failures)
        for user, fit, failures in (
            ("a", 0.9, {}),
            ("b", 0.1, {}),
            ("c", 0.1, {"parse": 1}),
            ("d", None, {"parse": 9}),
            ("e", 0.5, {}),
        )
    ]
    report = _report(tmp_path / "run", episodes)
    assert [each.key.user for each in report.worst["ours"]] == ["c", "b", "e"]
    lower = _report(tmp_path / "low", episodes, higher_is_better={"fit": False})
    assert [each.key.user for each in lower.worst["ours"]] == ["a", "e", "c"]
    none = build_report(load_run(tmp_path / "low"), worst=0)
    assert list(none.worst["ours"]) == []


def test_notes_say_what_makes_numbers_doubtful(tmp_path: Path) -> None:
    directory = write_run(
        tmp_path / "run",
        arms=("never ask", "ours"),
        users=4,
        config={
            "models": {
                "agent": {"name": "local/a"},
                "judge": {"name": "local/a"},
                "simulator": {"name": "local/b"},
            }
        },
    )
    file = directory / "episodes.jsonl"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines))
    (directory / "summary.json").unlink()
    notes = build_report(load_run(directory)).notes
    assert notes[0].startswith("One model, local/a, plays agent and judge")
    told = "\n".join(notes)
    assert "not finished: the numbers are over the 7 of 8 episodes held" in told
    assert f"Go on with: penchant eval outing --users 4 --seed 0 --run {directory}" in told
    assert "last line of episodes.jsonl was cut off" in told
    assert "different numbers of episodes: never ask 4, ours 3" in told
    assert "Fewer than 6 people (4)" in told


def test_the_run_speaks_of_its_judge_itself(tmp_path: Path) -> None:
    same = {"agent": {"name": "a"}, "judge": {"name": "a"}}
    note = "The judge is the agent's model."
    write_run(tmp_path / "run", config={"models": same}, summary={"notes": [note]})
    assert build_report(load_run(tmp_path / "run")).notes == [note]


def test_why_a_run_stopped_is_told(tmp_path: Path) -> None:
    stopped = "the budget of 5 seconds is used up"
    write_run(tmp_path / "run", config={"episodes": 99}, summary={"stopped": stopped})
    assert f"not finished ({stopped}): the numbers are over the 48 of 99" in "".join(
        build_report(load_run(tmp_path / "run")).notes
    )


def test_without_its_baseline_nothing_is_compared(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run", arms=("ours", "random"), config={"baseline": "none"})
    report = build_report(load_run(directory))
    assert "The baseline, none, was not held: nothing is compared with it." in report.notes
    assert {each.verdict for each in report.scores} == {"not compared"}
    assert all("not compared with none" in each for each in report.findings)


def test_findings_say_the_headline_of_each_arm(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run")
    findings = build_report(load_run(directory)).findings
    assert len(findings) == 4
    assert findings[0].endswith("the baseline")
    assert findings[2].startswith("ours: 0.")
    assert findings[2].endswith(": better")


def test_a_run_without_episodes_says_so(tmp_path: Path) -> None:
    directory = write_run(tmp_path / "run", episodes=[])
    report = build_report(load_run(directory))
    assert "nothing to show" in report.notes[-1]
    assert {each.value for each in report.scores} == {None}


def test_transcripts_are_kept_whole(tmp_path: Path) -> None:
    long = [Line(role="user", text=f"line {number}") for number in range(200)]
    episode = _with(make_episode("ours", 0), transcript=long)
    report = _report(tmp_path / "run", [episode])
    assert list(report.worst["ours"][0].transcript) == long
