"""PERMA's folders, and what is wrong with one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_perma

TALK = [
    {"role": "user", "content": "Wake me at six, with birdsong."},
    {"role": "assistant", "content": "Six it is, with birdsong."},
]


def meta(**changes: object) -> dict[str, object]:
    return {
        "question": "Set an alarm for the day after the trip?",
        "options": "A: At nine, with a bell.\nB: At six, with birdsong.\nI. More of it.",
        "gold_label": "B",
        "task_type": 2,
    } | changes


def event(**changes: object) -> dict[str, object]:
    return {
        "task_id": "SD-Alarm-task-1",
        "type": 2,
        "context": [[TALK, "2023-01-15 Morning"], {"conversation": TALK, "date": "2023-02-01"}],
        "preferences": [],
    } | changes


def write(root: Path, events: list[Any], **metas: object) -> Path:
    data = root / "data"
    shutil.rmtree(data, ignore_errors=True)
    tasks = data / "tasks" / "user7"
    tasks.mkdir(parents=True)
    (tasks / "input_data_c.json").write_text(json.dumps({"overall": events}), "utf-8")
    folder = data / "evaluation" / "user7" / "meta" / "overall"
    folder.mkdir(parents=True)
    for name, told in metas.items():
        (folder / f"SD-Alarm-task-{name[1:]}.json").write_text(json.dumps(told), "utf-8")
    return root


def test_questions_come_with_what_was_said_before_them(tmp_path: Path) -> None:
    root = write(tmp_path, [event(), event(type=1, context=[])], _1_2=meta(), _1_1=meta())
    timely, before = load_perma(root)
    assert (timely.user, timely.task, timely.point) == ("user7", "SD-Alarm-task-1", "in-time")
    assert timely.options == ("At nine, with a bell.", "At six, with birdsong.\nI. More of it.")
    assert timely.gold == 1
    assert [each.day for each in timely.sessions] == ["2023-01-15", "2023-02-01"]
    assert timely.sessions[1].messages[0].content == "Wake me at six, with birdsong."
    assert (before.point, before.sessions) == ("zero-memory", ())
    assert load_perma(root / "data") == (timely, before)


@pytest.mark.parametrize(
    ("changes", "of_meta", "told"),
    [
        ({"type": 4}, {}, r"input_data_c\.json': overall\.0\.type: "),
        ({"context": [[[{"role": "user"}], "x"]]}, {}, r"overall\.0\.context\.0: 0\.content: Fiel"),
        ({"context": ["x"]}, {}, r"overall\.0\.context\.0: is 'x'; it must be \[messages"),
        ({"task_id": "SD-Alarm-task-9"}, {}, r"overall\.0\.task_id: there is no '.*task-9_2\.json"),
        ({}, {"gold_label": "C"}, r"task-1_2\.json': gold_label: is 'C', and there are 2"),
        ({}, {"options": "A: x\nC: y"}, r"task-1_2\.json': options: is 'A: x.*begin with 'A: '"),
        ({}, {"question": ""}, r"task-1_2\.json': question: "),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(
    changes: dict[str, object], of_meta: dict[str, object], told: str, tmp_path: Path
) -> None:
    root = write(tmp_path, [event(**changes)], _1_2=meta(**of_meta))
    with pytest.raises(InputError, match=told):
        load_perma(root)


def test_no_data_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"PolarisLiu1/PERMA.*Apache-2\.0"):
        load_perma(tmp_path)
    with pytest.raises(InputError, match=r"PolarisLiu1/PERMA"):
        load_perma(write(tmp_path, [event()], _1_2=meta()), variant="multi_n")
