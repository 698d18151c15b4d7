"""Timelines are read, checked, and asked without giving the answer away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.tasks.timelines import (
    Timeline,
    holding,
    load_timelines,
    point_of,
    quizzes,
    target,
)
from penchant.simulators.tasks.timelines.truth import ended, true_of

LITTLE = """\
name: little
user: Wim
domain: tea
part: open
preferences:
  - {key: milk, value: with, says: takes milk in tea, told: milk}
  - {key: milk, value: without, says: takes no milk in tea, told: no milk}
decoys:
  - {what: his aunt's sugar, told: sugar}
sessions:
  - date: 2025-01-01
    turns:
      - {say: Milk for me., reply: Noted., shows: [milk/with], how: stated}
  - date: 2025-01-02
    turns:
      - {say: My aunt takes sugar., reply: I see., distracts: other}
  - date: 2025-01-03
    turns:
      - {say: No milk any more., reply: Noted., shows: [milk/without], how: stated}
probes:
  - about: milk
    after: [0, 1, 2, 3]
    question: Which cup is mine?
    options:
      with: The pale cup
      without: The dark cup
      other: [The sweet cup, The iced cup]
    open: [3]
    request: Pour me one.
    fits:
      without: {with: black, without: milk, most_words: 5}
    wrong:
      without: I take no milk.
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "little.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def little(folder: Path) -> Timeline:
    (timeline,) = load_timelines(write(folder, LITTLE))
    return timeline


def test_what_holds_follows_what_was_said(tmp_path: Path) -> None:
    timeline = little(tmp_path)
    (probe,) = timeline.probes
    values = [target(timeline, probe, after).value for after in range(4)]
    assert values == ["with", "with", "with", "without"]
    assert holding(timeline, 0) == {}
    assert [taste.value for taste in ended(timeline, 3)] == ["with"]
    assert [point_of(timeline, probe, after) for after in range(4)] == [
        "zero-memory",
        "in-time",
        "post-distraction",
        "after-change",
    ]
    assert true_of(timeline, "sugar", 3) is None


def test_a_quiz_knows_its_gold_and_what_is_stale(tmp_path: Path) -> None:
    asked = list(quizzes(little(tmp_path)))
    assert [quiz.options[quiz.gold] for quiz in asked] == [*["The pale cup"] * 3, "The dark cup"]
    assert sorted(quiz.gold for quiz in asked) == [0, 1, 2, 3]
    assert [quiz.options[place] for quiz in asked for place in quiz.stale] == ["The pale cup"]


def test_replies_are_checked_by_their_words(tmp_path: Path) -> None:
    fit = little(tmp_path).probes[0].fits["without"]
    assert fit.holds("One BLACK tea.")
    assert not fit.holds("One black tea with milk.")
    assert not fit.holds("Here is one nice cup of black tea.")
    assert not fit.holds("")


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("how: stated}\n  - date: 2025-01-02", "how: sung}\n  - date: 2025-01-02", 13, "how"),
        ("shows: [milk/with]", "shows: [milk/oat]", 13, "'milk/oat'"),
        ("told: no milk", "told: '(no'", 7, "told"),
        ("told: no milk", "denies: coffee", 7, "says"),
        ("date: 2025-01-03", "date: 2025-01-01", 10, "ascend"),
        ("open: [3]", "open: [1]", 30, "'with'"),
        ("after: [0, 1, 2, 3]", "after: [0, 9]", 22, "3 sessions"),
        ("[The sweet cup, The iced cup]", "[The sweet cup]", 24, "four different"),
        ("about: milk", "about: sugar", 21, "'sugar'"),
        ("name: little", "name: large", 1, "'large'"),
        ("reply: I see.", "pick: I see.", 16, "nothing besides"),
        ("domain: tea", "domain: [tea", 4, "not YAML"),
    ],
)
def test_errors_name_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, problem: str
) -> None:
    assert LITTLE.count(old) == 1
    path = write(tmp_path, LITTLE.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_timelines(path)
    message = str(caught.value)
    assert f"{str(path)!r}" in message
    assert problem in message
    # YAML notices a bracket that is left open only further on.
    assert f"line {line} " in message or problem == "not YAML"


def test_the_timelines_of_the_package_are_fair() -> None:
    timelines = load_timelines()
    parts = Counter(timeline.part for timeline in timelines)
    assert len(timelines) >= 20
    assert parts["aside"] / len(timelines) == pytest.approx(1 / 3, abs=0.05)
    assert all(4 <= len(timeline.sessions) <= 7 for timeline in timelines)
    assert all(any(turn.distracts for s in t.sessions for turn in s.turns) for t in timelines)
    shown = Counter(turn.how for t in timelines for s in t.sessions for turn in s.turns)
    assert min(shown[how] for how in ("stated", "passing", "choice", "complaint", "edit")) >= 5
    asked = [quiz for timeline in timelines for quiz in quizzes(timeline)]
    points = Counter(quiz.point for quiz in asked)
    assert min(points.values()) >= 20
    golds = Counter(quiz.gold for quiz in asked)
    assert max(golds.values()) - min(golds.values()) <= 0.1 * len(asked)


@pytest.mark.parametrize("pick", [max, min], ids=["longest", "shortest"])
def test_length_gives_no_option_away(pick: Callable[[list[int]], int]) -> None:
    asked = [quiz for timeline in load_timelines() for quiz in quizzes(timeline)]
    hits = 0.0
    for quiz in asked:
        lengths = [len(option) for option in quiz.options]
        extreme = pick(lengths)
        hits += (lengths[quiz.gold] == extreme) / lengths.count(extreme)
    assert 0.15 <= hits / len(asked) <= 0.35


def test_nobody_can_pick_what_fits_without_the_timeline() -> None:
    # Where a preference changes, the same question with the same options has another answer.
    changing = 0
    for timeline in load_timelines():
        for probe in timeline.probes:
            fitting = {target(timeline, probe, after).value for after in probe.after}
            changing += len(fitting) > 1
    assert changing >= len(load_timelines()) * 0.8
