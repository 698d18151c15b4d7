"""GATE's personas, and what is wrong with a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_gate

PERSONA = {
    "persona": "You keep bees and read of little else.",
    "task_description": "find out which books somebody would open",
    "test_case_prompt": ["ignored", "too"],
    "test_cases": [["A book on hives", True], ["A book on yachts", False]],
}


def write(path: Path, **changes: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(PERSONA | changes), "utf-8")
    return path


def test_personas_are_read_from_a_file_a_folder_or_folders(tmp_path: Path) -> None:
    file = write(tmp_path / "gate" / "beekeeper.json")
    write(tmp_path / "gate" / "moral" / "stoic.json", persona="You are calm.")
    first, second = load_gate(tmp_path)
    assert (first.name, second.name) == ("beekeeper", "moral/stoic")
    assert first.cases[0] == ("A book on hives", True)
    assert [case.answer for case in second.cases] == [True, False]
    assert load_gate(file) == (first,)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"test_cases": [["x", "yes"]]}, r"bad\.json': test_cases\.0\.1: .*boolean, not 'yes'"),
        ({"persona": ""}, r"bad\.json': persona: "),
        ({"test_cases": []}, r"bad\.json': test_cases: "),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(
    changes: dict[str, object], told: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=told):
        load_gate(write(tmp_path / "bad.json", **changes))


def test_no_data_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"alextamkin/generative-elicitation.*MIT"):
        load_gate(tmp_path)
