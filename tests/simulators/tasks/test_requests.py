"""The open requests that are shipped, and what a malformed file is told."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from penchant.errors import InputError
from penchant.simulators.profiles.schema import DOMAINS
from penchant.simulators.tasks.requests import load_requests

GOOD = """\
requests:
  - id: one
    domain: food
    text: What goes with rhubarb?
    aspects:
      sweetness: [tart, sweet]
  - id: two
    domain: travel
    text: Where is it warm in May?
    aspects:
      distance: [near, far]
      company: [alone, together, with children]
"""


def test_every_domain_has_its_requests() -> None:
    requests = load_requests()
    assert len(requests) >= 80
    counts = Counter(request.domain for request in requests)
    assert set(counts) == set(DOMAINS)
    assert min(counts.values()) >= 6
    assert len({request.id for request in requests}) == len(requests)


def test_requests_are_worded_in_many_ways() -> None:
    texts = [request.text for request in load_requests()]
    assert max(fuzz.ratio(one, other) for one, other in combinations(texts, 2)) <= 85
    openings = Counter(" ".join(text.lower().split()[:2]) for text in texts)
    assert max(openings.values()) <= len(texts) // 8
    assert sum(text.endswith("?") for text in texts) < 0.75 * len(texts)
    assert all(4 <= len(text.split()) <= 25 for text in texts)


def test_answers_differ_on_several_aspects() -> None:
    for request in load_requests():
        assert 3 <= len(request.aspects) <= 6, request.id
        assert all(len(values) >= 2 for values in request.aspects.values())
        # The request itself does not give an answer away.
        told = request.text.lower()
        given = [v for vs in request.aspects.values() for v in vs if len(v) > 5 and v in told]
        assert not given, request.id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("domain: food", "domain: cars", "line 3: requests.0.domain: Input should be 'travel'"),
        ("id: two", "id: one", "line 7: requests.1.id: 'one' is a request already"),
        ("Where is it warm in May?", "What goes with rhubarb?", "line 9: requests.1.text: "),
        ("[near, far]", "[near]", "line 11: requests.1.aspects.distance: List should have"),
        ("[near, far]", "[near, near]", "line 11: requests.1.aspects.distance: .* a value twice"),
        ("[near, far]", "near", "line 11: requests.1.aspects.distance: .*not 'near'"),
        ("[near, far]", "[yes, no]", "line 11: requests.1.aspects.distance.0: .*not True"),
        ("      company:", "      distance:", "line 12: requests.1.aspects.distance: stands twice"),
        ("    text: Where", "    says: Where", "line 7: requests.1.text: Field required"),
        ("requests:", "questions:", "line 1: requests: Field required"),
    ],
)
def test_what_is_malformed_is_told_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=said.replace(": ", r" of .*mine\.yaml':? ", 1)):
        load_requests(path)


def test_anybodys_own_requests_are_read_from_a_path(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    one, two = load_requests(tmp_path / "mine.yaml")
    assert (one.id, one.domain) == ("one", "food")
    assert two.aspects["company"] == ("alone", "together", "with children")
    with pytest.raises(InputError, match="cannot read"):
        load_requests(tmp_path / "none.yaml")
