"""PRELUDE's sources: rows become documents as in its code, and what is wrong with a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_prelude

LONG = "A lock lifts boats. " * 130


def write(folder: Path, name: str, *rows: object) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return folder


def test_rows_become_documents_by_source(tmp_path: Path) -> None:
    folder = tmp_path / "prelude"
    write(folder, "slf5k", {"post": "My flat  floods.", "title": "x"}, {"post": "I moved."})
    write(folder, "wikipedia", {"text": "Too short."}, {"text": LONG})
    write(
        folder,
        "ccby",
        {"title": "None", "abstract": "x", "author_highlights": []},
        {"title": "On locks", "abstract": "They lift.", "author_highlights": ["Boats", "Water"]},
    )
    write(folder, "ampere", {"doc_id": "1", "text": ["Well put.", "Too long."]})
    write(
        folder,
        "paper_tweet",
        {"text": "[1, 2]"},
        {"text": 'so: "We lift boats now" end'},
        {"text": "-"},
    )
    found = {each.id: each for each in load_prelude(tmp_path)}
    assert list(found) == [
        "slf5k/summary/0",
        "slf5k/email/0",
        "slf5k/summary/1",
        "slf5k/email/1",
        "wikipedia/summary/0",
        "ccby/email/0",
        "ampere/email/0",
        "paper_tweet/email/0",
    ]
    assert found["slf5k/email/0"].text == "My flat floods."
    assert found["ccby/email/0"].text.endswith("They lift. My highlights: Boats. Water")
    assert found["ampere/email/0"].text == "Well put. Too long."
    assert found["paper_tweet/email/0"].text == "We lift boats now"
    assert len(load_prelude(folder, most=1)) == 6


def test_what_is_wrong_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    write(tmp_path, "cnn_dailymail", {"article": "Fine."}, {"highlights": "No article."})
    with pytest.raises(InputError, match=r"line 2 of '.*cnn_dailymail\.jsonl': article: Field re"):
        load_prelude(tmp_path)
    with pytest.raises(InputError, match=r"gao-g/prelude.*licence: each source has its own"):
        load_prelude(tmp_path / "nowhere")
