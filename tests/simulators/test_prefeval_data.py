"""PrefEval's format, on a few items of our own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import load_prefeval

DATA = Path(__file__).parent / "data" / "prefeval"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "prefeval"))


def test_the_forms_of_an_item_are_put_together() -> None:
    items = load_prefeval(DATA)
    assert [item.id for item in items[:4]] == [
        "garden_tools/0",
        "garden_tools/1",
        "garden_tools/2",
        "museum_visits/0",
    ]
    first = items[0]
    assert first.topic == "garden_tools"
    assert first.preference.startswith("I can't stand petrol mowers")
    assert first.options[0] == "A cordless mower with two batteries."
    assert first.choice is not None
    assert first.choice.picked.startswith("The cordless trimmer")
    assert [said.user[:13] for said in first.persona] == ["I teach the d", "Good. For the"]


def test_what_gives_a_choice_away_is_dropped() -> None:
    assert all("Understood" not in repr(item) for item in load_prefeval(DATA))


def test_a_folder_above_does_too(copy: Path) -> None:
    assert len(load_prefeval(copy.parent)) == 6


def test_implicit_forms_may_be_missing(copy: Path) -> None:
    shutil.rmtree(copy / "implicit_preference")
    assert all(item.choice is None and not item.persona for item in load_prefeval(copy))


def test_a_missing_path_says_what_and_where_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.*PrefEval.*amazon-science.*CC BY-NC"):
        load_prefeval(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "field", "value", "told"),
    [
        ("mcq_options", "classification_task_options", ["one"], r"entry 1 .*task_options"),
        ("explicit_preference", "question", "Another one?", r"entry 1 .*question"),
        ("implicit_preference/persona-driven", "conversation", {}, r"entry 1 .*conversation"),
        ("implicit_preference/choice-based", "conversation", {"query": "?"}, r"assistant_options"),
    ],
)
def test_a_malformed_entry_names_file_index_and_field(
    copy: Path, file: str, field: str, value: object, told: str
) -> None:
    path = copy / file / "garden_tools.json"
    entries = json.loads(path.read_text("utf-8"))
    entries[1][field] = value
    path.write_text(json.dumps(entries), "utf-8")
    with pytest.raises(InputError, match=told) as caught:
        load_prefeval(copy)
    assert "garden_tools.json" in str(caught.value)


def test_lists_of_different_lengths_are_refused(copy: Path) -> None:
    path = copy / "explicit_preference" / "museum_visits.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))[:2]), "utf-8")
    with pytest.raises(InputError, match="2 entries"):
        load_prefeval(copy)
