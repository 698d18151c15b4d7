"""Personalized RewardBench's lines, and what is wrong with a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_rewardbench

LINE = {
    "id": "q7",
    "question": "Which knots hold in wet rope?",
    "profile": [
        {"id": "p1", "category": "Sailing", "text": "How do I splice a halyard?"},
        {"id": "p2", "category": "Sailing", "text": " "},
    ],
    "rubric_aspects": [
        {"aspect": "wet rope", "evidence": "it rains here", "reason": "it swells"},
        {"aspect": "no jargon", "evidence": "", "reason": ""},
    ],
    "narrative": "left out",
    "category": "Lifestyle",
    "chosen": "A bowline.",
    "rejected": "A slipped sheet bend will do as a rule.",
}


def write(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(each) for each in lines), "utf-8")
    return path


def test_lines_are_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    file = write(tmp_path / "rewardbench" / "Lifestyle_test.jsonl", LINE, LINE | {"id": 8})
    first, second = load_rewardbench(file)
    assert (first.id, second.id) == ("q7", "8")
    assert first.history == ("How do I splice a halyard?",)
    assert first.rubric == ("wet rope: it swells", "no jargon")
    assert "left out" not in repr(first)
    assert load_rewardbench(tmp_path) == (first, second)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"profile": [{"id": "p"}]}, r"line 2 of '.*all\.jsonl': profile\.0\.text: Field required"),
        ({"chosen": ""}, r"line 2 of '.*all\.jsonl': chosen: "),
        ({"rejected": "A bowline."}, r"line 2 .*chosen and rejected are the same"),
        ({"id": "q7"}, r"object 2 of '.*all\.jsonl': id: 'q7' stands twice"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "all.jsonl", LINE, LINE | {"id": "q8"} | change)
    with pytest.raises(InputError, match=told):
        load_rewardbench(file)


def test_tables_and_nothing_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"QiyaoMa/Personalized-RewardBench.*Apache-2\.0"):
        load_rewardbench(tmp_path)
    table = tmp_path / "Society_and_Culture" / "test-00000-of-00001.parquet"
    table.parent.mkdir()
    table.write_bytes(b"PAR1")
    for path in (tmp_path, table):
        with pytest.raises(InputError, match=r"is a Parquet table.*to_json\(FILE\)"):
            load_rewardbench(path)
