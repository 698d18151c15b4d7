"""Loading evaluation data, and saying what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_choices, load_statements, load_tastes

ITEM = {
    "prompt": "Why?",
    "chosen": "Because.",
    "rejected": "It is on account of several reasons.",
    "ground_truth_persona": "short",
    "profile": "ignored",
    "Pair-wise Comparative Feedback": [
        {"prompt": "Who?", "chosen": "Me.", "rejected": "The person who stands before you."}
    ],
}
LINE = {"statement": "I like tea", "answer_matching_behavior": " Yes"}


def lines(count: int = 20) -> str:
    return "\n".join(
        json.dumps(
            {"statement": f"statement {n}", "answer_matching_behavior": " Yes" if n % 2 else " No"}
        )
        for n in range(count)
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path.parent


def test_tastes_are_read_whatever_the_name_of_the_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "psoups" / "any name.json", json.dumps([ITEM, ITEM]))
    (taste,) = load_tastes(folder)
    assert taste.name == "any name"
    assert len(taste.items) == 2
    assert taste.items[0].pair.chosen == "Because."
    assert taste.items[0].history[0].prompt == "Who?"
    assert taste.items[0].taste == "short"


def test_statements_are_read_once_each(tmp_path: Path) -> None:
    folder = write(tmp_path / "trait.jsonl", f"\n{lines()}\n{lines(3)}\n")
    (trait,) = load_statements(folder)
    assert trait.texts[:2] == ("statement 0", "statement 1")
    assert trait.agrees[:2] == (False, True)
    assert len(trait.texts) == 20


def test_choices_are_read_by_person_in_order_and_other_tables_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "cards.csv", "id,choice,fee,rate\nb,1,1,0\na,0,-1,0.5\nb,0,0,1\n")
    folder = write(tmp_path / "demographics.csv", "id,age\nb,30\n")
    (choices,) = load_choices(folder)
    assert choices.attributes == ("fee", "rate")
    assert [rows.tolist() for rows in choices.rows] == [[[1, 0], [0, 1]], [[-1, 0.5]]]
    assert [picked.tolist() for picked in choices.picked] == [[1, 0], [0]]


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert load_tastes(tmp_path / "none") == ()
    assert load_statements(tmp_path / "none") == ()
    assert load_choices(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("{}", "no list"),
        ("[]", "no list"),
        (json.dumps([ITEM, {**ITEM, "chosen": 3}]), "item 2 .*chosen"),
        (json.dumps([{**ITEM, "Pair-wise Comparative Feedback": []}]), "no earlier pairs"),
        (json.dumps([{"prompt": "x"}]), "item 1"),
    ],
)
def test_malformed_tastes_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_tastes(write(tmp_path / "bad.json", text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1 .*not JSON"),
        ('{"statement": "x"}', "line 1 .*answer_matching_behavior"),
        (json.dumps({**LINE, "answer_matching_behavior": "maybe"}), "'maybe'"),
        (json.dumps(LINE), "at least 20"),
    ],
)
def test_malformed_statements_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_statements(write(tmp_path / "bad.jsonl", text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,choice,fee\na,1\n", "line 2 .*2 cells"),
        ("id,choice,fee\na,1,x\n", "fee is 'x'"),
        ("id,choice,fee\na,1,nan\n", "fee is 'nan'"),
        ("id,choice,fee\na,2,1\n", "0 or 1"),
        ("id,choice,fee\n", "no choices"),
        ("id,choice\na,1\n", "no columns"),
    ],
)
def test_malformed_choices_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_choices(write(tmp_path / "bad.csv", text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot read"):
        load_choices(tmp_path)
