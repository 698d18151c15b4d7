"""Reading people's comparisons, ratings, choices and conversations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_pairs

PAIR = {"user": "ada", "prompt": "Why?", "chosen": "Because.", "rejected": "For several reasons."}


def write(path: Path, *lines: object) -> Path:
    path.write_text(
        "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    )
    return path


def test_pairs_are_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    more = {"strength": 0.5, "source": "click", "context": "at work", "kind": "subjective"}
    first = write(tmp_path / "a.jsonl", PAIR, "", PAIR | more | {"rejected": "Line\u2028two"})
    (plain, told) = load_pairs(first)
    assert (plain.user, plain.chosen, plain.strength, plain.source) == (
        "ada",
        "Because.",
        1.0,
        None,
    )
    assert (told.strength, told.source, told.context, told.kind) == (
        0.5,
        "click",
        "at work",
        "subjective",
    )
    assert told.rejected == "Line\u2028two"
    write(tmp_path / "b.jsonl", PAIR | {"user": "ben"})
    assert [each.user for each in load_pairs(tmp_path)] == ["ada", "ada", "ben"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", r"line 2 of .*not JSON"),
        (PAIR | {"user": ""}, "line 2 of .*user"),
        ({"user": "ada", "prompt": "", "chosen": "x"}, "line 2 of .*rejected"),
        (PAIR | {"strength": 2}, "line 2 of .*strength"),
        (PAIR | {"kind": "both"}, "line 2 of .*kind"),
        (PAIR | {"rejected": "Because."}, "line 2 of .*same text"),
    ],
)
def test_malformed_pairs_are_refused(tmp_path: Path, line: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_pairs(write(tmp_path / "bad.jsonl", PAIR, line))


def test_missing_pairs_say_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; name a file"):
        load_pairs(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="holds no"):
        load_pairs(tmp_path)
    with pytest.raises(InputError, match="no comparisons"):
        load_pairs(write(tmp_path / "empty.jsonl", ""))
