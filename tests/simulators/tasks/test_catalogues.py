"""The catalogues that are shipped, and what a malformed one is told."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz import fuzz

from penchant.errors import InputError
from penchant.simulators.tasks.catalogues import load_catalogue, shipped_catalogues

NAMES = ("books", "gifts", "restaurants", "trips")

GOOD = """\
name: teas
features:
  - { key: strength, about: "0 weak, 4 strong", low: 0, high: 4 }
  - { key: price, about: euros, low: 1, high: 30 }
items:
  - id: soot
    title: Sailor's Soot
    values: [4, 6.5]
    text: Smoked over ship's timber.
  - id: mist
    title: Valley Mist
    values: [1, 22]
    text: >-
      Pale, grassy and gone in three sips.
"""


def test_four_catalogues_are_shipped() -> None:
    assert shipped_catalogues() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_items_are_many_and_natural(name: str) -> None:
    catalogue = load_catalogue(name)
    assert catalogue.name == name
    assert len(catalogue.items) >= 60
    assert 8 <= len(catalogue.features) <= 12
    assert len({item.title for item in catalogue.items}) == len(catalogue.items)
    for item in catalogue.items:
        assert 15 <= len(item.text.split()) <= 40, item.id
        assert "\n" not in item.text
    texts = [item.text for item in catalogue.items]
    assert max(fuzz.ratio(one, other) for one, other in combinations(texts, 2)) <= 85
    openings = [" ".join(text.lower().split()[:2]) for text in texts]
    assert max(openings.count(each) for each in openings) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_features_vary_and_say_different_things(name: str) -> None:
    rows = load_catalogue(name).scaled()
    assert np.abs(rows).max() <= 1.0
    # Of at most 1, that of a coin between the two ends.
    assert rows.std(axis=0).min() > 0.25
    assert np.ptp(rows, axis=0).min() > 0.7
    assert np.linalg.matrix_rank(rows - rows.mean(axis=0)) == rows.shape[1]
    related = np.abs(np.corrcoef(rows.T) - np.eye(rows.shape[1]))
    assert related.max() < 0.8
    assert np.median(related) < 0.3
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_anybodys_own_catalogue_is_read_from_a_path(tmp_path: Path) -> None:
    (tmp_path / "teas.yaml").write_text(GOOD)
    for path in (tmp_path / "teas.yaml", str(tmp_path / "teas.yaml")):
        catalogue = load_catalogue(path)
        assert [item.id for item in catalogue.items] == ["soot", "mist"]
        assert catalogue.items[1].text == "Pale, grassy and gone in three sips."
        assert catalogue.scaled()[0].tolist() == pytest.approx([1.0, 2 * 5.5 / 29 - 1])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low: 0, high: 4", "low: 4, high: 4", "line 3: features.0.low: 4.0 is not below"),
        ("key: price", "key: strength", "line 4: features.1.key: 'strength' is a feature already"),
        ("id: mist", "id: soot", "line 10: items.1.id: 'soot' is an item already"),
        ("[4, 6.5]", "[4]", "line 8: items.0.values: 1 values for 2 features"),
        ("[4, 6.5]", "[4, 65]", "line 8: items.0.values.1: price is 65.0; it lies from 1 to 30"),
        ("[4, 6.5]", "[4, .nan]", "line 8: items.0.values.1: price is nan"),
        ("[4, 6.5]", "[4, dear]", "line 8: items.0.values.1: .*not 'dear'"),
        ("[4, 6.5]", "[yes, 6.5]", "line 8: items.0.values.0: .*not True"),
        ("    title: Valley Mist\n", "", "line 10: items.1.title: Field required"),
        ("title: Valley", "titel: Valley", "line 10: items.1.title: Field required"),
        ("name: teas", "name: teas\ncolour: red", "line 2: colour: Extra inputs"),
        ("id: mist", "id: mist\n    id: fog", "line 11: items.1.id: stands twice"),
        ("[4, 6.5]", "[4, 6.5", "line 9: is not YAML"),
        ("id: soot", "id: &a soot", "line 10: items.1.id: anchors"),
        ("name: teas", "- teas\nname: teas", "line 2: is not YAML"),
    ],
)
def test_what_is_malformed_is_told_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = GOOD.replace("id: mist", "id: *a") if "&a" in new else GOOD
    assert old in text
    path = tmp_path / "teas.yaml"
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=said.replace(": ", r" of .*teas\.yaml':? ", 1)):
        load_catalogue(path)


def test_what_is_not_there_is_told_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no catalogue 'cars'.*books, gifts, restaurants, trips"):
        load_catalogue("cars")
    (tmp_path / "none.yaml").write_text("# nothing\n")
    with pytest.raises(InputError, match="holds 0 documents"):
        load_catalogue(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot read"):
        load_catalogue(tmp_path / "bytes.yaml")
