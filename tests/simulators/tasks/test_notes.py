"""Notes: how many there are and how they differ; what is said of a malformed file."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from penchant.errors import InputError
from penchant.simulators.tasks.notes import Note, load_notes

GOOD = """\
licence: CC0-1.0
domain: harbour
notes:
  - id: harbour-1
    kind: email
    to: Ada
    text: >-
      crane two stuck
      since noon
  - id: harbour-2
    kind: summary
    text: tide late
"""


def test_there_are_enough_of_both_kinds_in_every_domain() -> None:
    notes = load_notes()
    assert len(notes) >= 120
    assert len({note.domain for note in notes}) == 8
    kinds = Counter(note.kind for note in notes)
    assert min(kinds.values()) >= 60
    contexts = Counter((note.domain, note.kind) for note in notes)
    assert min(contexts.values()) >= 8
    assert len({note.id for note in notes}) == len(notes)


def test_each_is_facts_of_a_size_for_a_short_text() -> None:
    lengths = [len(note.text.split()) for note in load_notes()]
    assert min(lengths) >= 40
    assert max(lengths) <= 90


def test_no_two_are_alike() -> None:
    texts = [note.text for note in load_notes()]
    assert max(fuzz.ratio(one, other) for one, other in combinations(texts, 2)) < 60


def test_every_file_states_its_licence() -> None:
    files = sorted(Path(load_notes.__code__.co_filename).parent.glob("notes_*.yaml"))
    assert len(files) == 8
    assert all("licence: Apache-2.0" in file.read_text("utf-8") for file in files)


def test_a_file_or_a_folder_is_read(tmp_path: Path) -> None:
    path = tmp_path / "notes_harbour.yaml"
    path.write_text(GOOD, "utf-8")
    (first, second) = load_notes(path)
    assert first == Note(
        id="harbour-1", domain="harbour", kind="email", to="Ada", text="crane two stuck since noon"
    )
    assert second.to == ""
    assert load_notes(tmp_path) == (first, second)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: summary", "kind: poem", r"line 11 of .*notes_x.yaml.*kind: .*'poem'"),
        ("    to: Ada\n", "", r"line 4 of .*names whom it goes to"),
        ("text: tide late", "text: ''", r"line 12 of .*text: .*at least 1"),
        ("text: tide late", "words: tide late", r"line 10 of .*text: Field required"),
        ("id: harbour-2", "id: harbour-1", r"line 10 of .*'harbour-1' is given twice"),
        ("domain: harbour\n", "", r"line 1 of .*domain: Field required"),
        ("licence: CC0-1.0", "licence: [", r"line 3 of .*notes_x.yaml. is not YAML"),
    ],
)
def test_what_is_wrong_names_file_line_and_field(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "notes_x.yaml"
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=told):
        load_notes(path)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no notes_\*.yaml"):
        load_notes(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load_notes(tmp_path / "none.yaml")
