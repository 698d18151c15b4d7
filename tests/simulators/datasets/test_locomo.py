"""LoCoMo's format: sessions in order, loose evidence made out, and what is wrong with a file."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_locomo

SAMPLE: dict[str, Any] = {
    "sample_id": "talk-1",
    "conversation": {
        "speaker_a": "Ines",
        "speaker_b": "Bram",
        "session_2_date_time": "9:05 am on 3 June, 2024",
        "session_2": [
            {"speaker": "Bram", "dia_id": "D2:1", "text": "My cello is back from repair."},
            {
                "speaker": "Ines",
                "dia_id": "D2:2",
                "text": "Look!",
                "img_url": ["elsewhere"],
                "blip_caption": "a red canoe on a lake",
            },
        ],
        "session_1_date_time": "1:56 pm on 8 May, 2024",
        "session_1": [
            {"speaker": "Ines", "dia_id": "D1:1", "text": "I love canoeing on still lakes."},
            {"speaker": "Bram", "dia_id": "D1:2", "text": "I play the cello in a quartet."},
        ],
        "session_3_date_time": "8:00 pm on 1 July, 2024",
    },
    "qa": [
        {
            "question": "What does Bram play?",
            "answer": "cello",
            "category": 4,
            "evidence": ["D1:2"],
        },
        {
            "question": "What are the two fond of?",
            "answer": "canoes; the cello",
            "category": 1,
            "evidence": ["D1:1; D1:02", "D9:4", "D1:1"],
        },
        {"question": "When?", "answer": 2024, "category": 2, "evidence": []},
        {
            "question": "Whose canoe?",
            "adversarial_answer": "x",
            "category": 5,
            "evidence": ["D2:2"],
        },
    ],
    "event_summary": {"ignored": True},
}


def write(folder: Path, *samples: dict[str, Any]) -> Path:
    path = folder / "locomo10.json"
    path.write_text(json.dumps(samples), "utf-8")
    return path


def test_sessions_are_in_order_and_loose_evidence_is_made_out(tmp_path: Path) -> None:
    (found,) = load_locomo(write(tmp_path, SAMPLE))
    assert [turn.id for turn in found.turns] == ["D1:1", "D1:2", "D2:1", "D2:2"]
    assert found.turns[3].text == "Look! [shares a picture: a red canoe on a lake]"
    assert found.turns[0].at.isoformat() == "2024-05-08T13:56:00+00:00"
    single, several, when, whose = found.questions
    assert (single.category, single.evidence) == ("single-hop", ("D1:2",))
    assert (several.evidence, several.unknown) == (("D1:1", "D1:2"), ("D9:4",))
    assert (when.answer, when.evidence) == ("2024", ())
    assert (whose.category, whose.answer) == ("adversarial", None)
    (tmp_path / "sets" / "locomo").mkdir(parents=True)
    write(tmp_path / "sets" / "locomo", SAMPLE)
    assert load_locomo(tmp_path / "sets") == (found,)


@pytest.mark.parametrize(
    ("way", "value", "told"),
    [
        (("qa", 1, "category"), 6, r"entry 1 of '.*locomo10.json': qa\.1\.category: .*5, not 6"),
        (("qa", 0, "question"), "", r"entry 1 of .*: qa\.0\.question"),
        (
            ("conversation", "session_2", 0, "dia_id"),
            "two",
            r"entry 1 of .*: conversation\.session_2: 0\.dia_id: .*not 'two'",
        ),
        (
            ("conversation", "session_1_date_time"),
            "8 May",
            r"entry 1 of .*: conversation\.session_1_date_time: is '8 May'; it must be",
        ),
        (("conversation", "speaker_a"), None, r"entry 1 of .*: conversation\.speaker_a"),
        (("conversation", "session_2", 0, "dia_id"), "D1:1", r"entry 1 .*dia_id stands twice"),
        (("sample_id",), "talk-0", r"entry 1 of .*: sample_id: 'talk-0' stands twice"),
    ],
)
def test_what_is_wrong_is_named_by_file_entry_and_field(
    way: tuple[str | int, ...], value: object, told: str, tmp_path: Path
) -> None:
    bad: Any = copy.deepcopy(SAMPLE)
    holder = bad
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = value
    with pytest.raises(InputError, match=told):
        load_locomo(write(tmp_path, SAMPLE | {"sample_id": "talk-0"}, bad))


def test_no_data_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"LoCoMo.*snap-research.*CC BY-NC 4\.0"):
        load_locomo(tmp_path)
