"""The written scenarios, and what the loader says of malformed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.tasks.scenarios import load_scenarios, shipped_scenarios

GOOD = """\
- topic: water the plants
  domain: garden
  does: opens the valve for ten minutes
  offers: ["Shall I water the plants?", "The soil is dry. Water it?"]
  occasions:
    - {place: home, time: weekday morning, doing: having tea on the balcony}
    - {place: work, time: weekday afternoon, doing: looking at the weather}
  benefit: 0.4
  harm: 0.2
  reversible: false
  consent: none
  touches: water
  related:
    - {topic: irrigate the garden, offer: "Shall I irrigate the garden?"}
  near: [mow the lawn]
- topic: mow the lawn
  domain: garden
  does: sends out the mower
  offers: ["Shall I mow?", "The grass is high. Mow it?"]
  occasions:
    - {place: home, time: weekend morning, doing: reading}
    - {place: out, time: weekend afternoon, doing: cycling}
  benefit: 0.3
  harm: 0.3
  reversible: false
  consent: none
  touches: lawn
  related:
    - {topic: cut the grass, offer: "Shall I cut the grass?"}
  near: [water the plants]
"""


def test_there_are_enough_of_them() -> None:
    found = shipped_scenarios()
    assert len(found) >= 40
    assert len({each.domain for each in found}) >= 8
    assert {each.consent for each in found} >= {"none", "money", "messages", "deletion", "health"}
    for each in found:
        texts = [*each.offers, *(alike.offer for alike in each.related)]
        assert len(set(texts)) == len(texts)
        # What cannot be taken back and needs leave does real harm.
        assert each.harm >= 0.4 or each.reversible


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "garden.yaml"
    file.write_text(GOOD, encoding="utf-8")
    first, second = load_scenarios(file)
    assert (first.topic, second.near) == ("water the plants", ("water the plants",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("benefit: 0.4", "benefit: 4", r"line 8 of .*: 0\.benefit: .*not 4"),
        ("place: work", "place: moon", r"line 7 of .*: \d\.occasions.1.place.*'moon'"),
        ("  harm: 0.2\n", "", r"line 1 of .*: \d\.harm.*required"),
        ("consent: none", "consent: maybe", r"line 11 of .*: \d\.consent"),
        (
            "near: [mow the lawn]",
            "near: [rake leaves]",
            r"line 15 of .*near.0.*'rake leaves'",
        ),
        ("topic: irrigate the garden", "topic: mow the lawn", r"topic already"),
        ("  does: opens", "  soon: yes\n  does: opens", r"line 3 of .*: \d\.soon"),
        ('offers: ["Shall I mow?", ', "offers: [", r"line 19 of .*: \d\.offers"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "garden.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        load_scenarios(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["", "topic: x", "- {a: [", "[]", "- 3"])
def test_what_is_no_list_of_scenarios_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"odd\.yaml"):
        load_scenarios(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        load_scenarios(tmp_path / "none.yaml")
