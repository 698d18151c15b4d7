"""Ratings, picks and rated conversations become people's comparisons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import (
    data_hash,
    load_people,
    load_prism,
    load_ratings,
    load_slates,
    recognise,
)

RATING = {"user": "ada", "text": "A short one.", "rating": 5}
PICK = {"user": "ada", "shown": ["one", "two", "three"], "picked": 1, "prompt": "Which?"}
TURN = [
    {"turn": 0, "role": "user", "content": "Is it fair?"},
    {"turn": 0, "role": "model", "content": "Yes.", "score": 90, "if_chosen": True},
    {"turn": 0, "role": "model", "content": "It depends.", "score": 65, "if_chosen": False},
    {"turn": 0, "role": "model", "content": "Never.", "score": 95, "if_chosen": False},
]
TALK = {
    "user_id": "u1",
    "conversation_type": "values guided",
    "conversation_history": [*TURN, {"turn": 1, "role": "user", "content": "Why?"}],
}


def write(path: Path, *lines: object) -> Path:
    path.write_text(
        "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    )
    return path


def test_ratings_are_compared_with_those_before_that_differ(tmp_path: Path) -> None:
    path = write(
        tmp_path / "ratings.jsonl",
        RATING,
        {"user": "ada", "item": "A long one.", "rating": 1, "features": {"price": 2.0}},
        {"user": "ben", "text": "Another.", "rating": 3},
        {"user": "ada", "text": "In between.", "rating": 3},
    )
    first, second, third = load_ratings(path)
    assert (first.chosen, first.rejected, first.strength, first.weight) == (
        "A short one.",
        "A long one.",
        1.0,
        1.0,
    )
    assert first.rejected_features == {"price": 2.0}
    # Two of four steps between: half the range leaves no doubt.
    assert (second.chosen, second.rejected, second.weight) == ("In between.", "A long one.", 0.5)
    assert (third.chosen, third.rejected, third.strength) == ("A short one.", "In between.", 1.0)


def test_ratings_of_different_prompts_are_not_compared(tmp_path: Path) -> None:
    other = RATING | {"text": "Other.", "rating": 1, "prompt": "another"}
    with pytest.raises(InputError, match="2 ratings, and nobody"):
        load_ratings(write(tmp_path / "r.jsonl", RATING, other))


def test_a_pick_beats_what_else_was_shown(tmp_path: Path) -> None:
    refused = {"user": "ben", "shown": [{"text": "four", "features": {"fee": 1}}], "picked": None}
    pairs = load_slates(write(tmp_path / "picks.jsonl", PICK, refused))
    assert [(each.chosen, each.rejected) for each in pairs] == [
        ("two", "one"),
        ("two", "three"),
        ("", "four"),
    ]
    assert pairs[-1].rejected_features == {"fee": 1.0}


def test_tables_of_choices_are_comparisons_by_their_attributes(tmp_path: Path) -> None:
    write(tmp_path / "ages.csv", "id,age\nb,30")
    write(tmp_path / "cards.csv", "id,choice,fee,rate\nb,1,1,0\na,0,-1,0.5")
    left, right = load_people(tmp_path)
    assert (left.user, left.chosen_features, left.rejected_features) == (
        "b",
        {"fee": 1.0, "rate": 0.0},
        {},
    )
    assert right.rejected_features == {"fee": -1.0, "rate": 0.5}
    with pytest.raises(InputError, match="no columns id and choice"):
        load_slates(tmp_path / "ages.csv")


def test_the_chosen_answer_of_a_turn_beats_the_others(tmp_path: Path) -> None:
    against, contradicted = load_prism(write(tmp_path / "talks.jsonl", TALK))
    assert (against.user, against.prompt, against.kind) == ("u1", "Is it fair?", "subjective")
    assert (against.chosen, against.rejected, against.strength) == ("Yes.", "It depends.", 0.5)
    assert (contradicted.rejected, contradicted.strength) == ("Never.", 0.0)


def test_layouts_are_told_by_their_first_line(tmp_path: Path) -> None:
    for number, (line, layout) in enumerate(
        [(RATING, "ratings"), (PICK, "choices"), (TALK, "prism")]
    ):
        path = write(tmp_path / f"{number}.jsonl", "", line)
        assert recognise(path) == layout
    with pytest.raises(InputError, match="--format"):
        recognise(write(tmp_path / "x.jsonl", {"user": "ada"}))
    with pytest.raises(InputError, match="format is 'votes'"):
        load_people(path, "votes")
    empty = tmp_path / "folder"
    empty.mkdir()
    with pytest.raises(InputError, match=r"folder' holds no \*.jsonl or \*.csv; give a file"):
        load_people(empty)
    with pytest.raises(InputError, match=r"none' does not exist; give a file"):
        load_people(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"a.jsonl' is empty; give a file"),
        (" \n\n", r"a.jsonl' is empty; give a file"),
        ("\nuser: ada\n", r"line 2 of '.*a.jsonl' is not JSON"),
        ("[1, 2]\n", r"line 1 of '.*a.jsonl' is '\[1, 2\]'; it must be an object"),
        ('{"user": "ada", "chosn": "x"}\n', r"has none of chosen, .*, but 'user', 'chosn'; say"),
        ("{}", r"has none of chosen, .*, but nothing; say"),
    ],
)
def test_what_is_wrong_with_a_first_line_is_told(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        load_people(path)


def test_the_hash_is_of_what_the_files_hold(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", PICK)
    assert data_hash(path) == data_hash(tmp_path)
    before = data_hash(path)
    write(path, PICK | {"picked": 0})
    assert data_hash(path) != before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (RATING | {"rating": "high"}, "line 1 of .*rating"),
        ({"user": "ada", "rating": 1}, "no text, no item"),
        (PICK | {"picked": 3}, "line 1 of .*picked is 3"),
        (PICK | {"shown": []}, "line 1 of .*shown"),
        (PICK | {"shown": [{}], "picked": 0}, "line 1 of .*shown"),
        (TALK | {"conversation_history": [TURN[0] | {"role": "robot"}]}, "line 1 of .*role"),
        (TALK | {"conversation_history": TURN[:2]}, "no turn with two"),
    ],
)
def test_malformed_lines_are_refused(tmp_path: Path, line: dict[str, object], says: str) -> None:
    path = write(tmp_path / "bad.jsonl", line)
    with pytest.raises(InputError, match=says):
        load_people(path)
