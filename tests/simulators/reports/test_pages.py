"""Pages as documents: they need nothing else, and escape what they are given."""

from __future__ import annotations

import dataclasses
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from penchant.simulators.reports import build_report, load_run, report_page
from penchant.simulators.reports.numbers import number, signed, spoken
from penchant.simulators.reports.pages import pretty, safe_text
from penchant.simulators.runner import Line
from penchant.simulators.statistics import Interval

from .conftest import make_episode, write_run

_VOID = {"meta", "link"}


class Document(HTMLParser):
    """The tags of a page, with those that are open, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [given for tag, given in self.tags if tag in tags]


@pytest.fixture
def page(run_directory: Path) -> str:
    return report_page(build_report(load_run(run_directory)))


def test_a_page_needs_nothing_else(page: str) -> None:
    document = Document(page)
    assert document.open == []
    assert not document.named("script", "iframe", "object", "img", "base")
    for given in document.named("link", "a"):
        assert (given["href"] or "").startswith(("#", "data:"))
    assert "url(" not in page
    assert "@import" not in page
    assert "://" not in page


def test_a_page_can_be_read_without_seeing_it(page: str) -> None:
    document = Document(page)
    ids = [given["id"] for _, given in document.tags if "id" in given]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    for _, given in document.tags:
        for name in (given.get("aria-labelledby") or "").split():
            assert name in ids
        if (given.get("href") or "#").startswith("#"):
            assert given.get("href", "#main") in {f"#{each}" for each in ids}
    assert all(given.get("scope") for given in document.named("th"))
    charts = document.named("svg")
    assert len(charts) >= 6
    assert all(given["role"] == "img" and given["aria-labelledby"] for given in charts)
    # What scrolls can be reached with the keyboard.
    scrolling = [given for given in document.named("div") if given.get("class") == "scroll"]
    assert scrolling
    assert all(given["tabindex"] == "0" and given["aria-label"] for given in scrolling)


def test_a_page_says_what_was_run_and_how_to_run_it_again(page: str) -> None:
    text = " ".join(Document(page).text)
    assert "penchant eval outing --users 12 --seed 0" in text
    for said in ("0123456789abcdef" * 4, "cd" * 32, "The wishes were made up.", "local/small"):
        assert said in text
    assert text.index("The wishes were made up.") < text.index("Headline: fit")
    for arm in ("never ask", "random", "ours", "oracle"):
        assert f"{arm}: 0." in text or f"{arm}: 1." in text
    assert "▲ better" in text
    assert "Where should we go tonight?" in text


def test_nothing_that_was_said_becomes_markup(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>&lt;\"'</pre></style>{{ 7*7919 }}\u202egnp\x00\x1b[31m"
    episode = dataclasses.replace(
        make_episode("never ask", 0),
        key=make_episode("never ask", 0).key._replace(user=bad, task=bad),
        transcript=[Line(role="user", text=bad), Line(role="note", text="مرحبا")],
        stop=bad,
        error=bad,
        failures={bad: 1},
        profile={bad: bad},
        detail={bad: [bad]},
        decisions=[{bad: bad}],
    )
    run = load_run(
        write_run(
            tmp_path / "run",
            arms=("never ask", bad),
            episodes=[episode],
            config={
                "track": "outing",
                "models": {bad: {bad: bad}},
                "config": {bad: bad},
                "environment": bad,
                "command": bad,
                "started": bad,
            },
            summary={"notes": [bad], "figures": {bad: 1.0}, "rows": [{bad: bad, "arm": bad}]},
        )
    )
    page = report_page(build_report(run))
    document = Document(page)
    assert document.open == []
    assert not document.named("script")
    assert len(document.named("style")) == 1
    for hidden in ("\u202e", "\x00", "\x1b", "55433"):
        assert hidden not in page
    said = "".join(document.text)
    assert "<script>alert(1)</script>&lt;\"'</pre></style>{{ 7*7919 }}�gnp" in said
    assert "مرحبا" in said


@pytest.mark.parametrize("episodes", [[], [make_episode("ours", 0)]])
def test_a_page_of_a_run_that_has_hardly_begun(tmp_path: Path, episodes: list[object]) -> None:
    directory = write_run(tmp_path / "run", episodes=episodes)  # type: ignore[arg-type]
    (directory / "summary.json").unlink()
    page = report_page(build_report(load_run(directory)))
    assert Document(page).open == []
    assert "nan" not in page.replace("unanimous", "")


def test_json_for_people_keeps_short_things_on_a_line() -> None:
    value = {"a": [1, 2.5, None], "b": {"c": "x\n[ y ]", "d": {"e": True}}, "f": [[1], [2]]}
    assert pretty(value) == (
        '{\n  "a": [1, 2.5, null],\n  "b": {\n    "c": "x\\n[ y ]",\n    "d": {"e": true}\n  },\n'
        '  "f": [\n    [1],\n    [2]\n  ]\n}'
    )
    assert pretty([]) == "[]"


def test_what_cannot_be_seen_is_marked() -> None:
    assert safe_text("a\r\nb\tc\x07d\u2066e") == "a\nb\tc�d�e"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (12345, "12,345"),
        (0.12345, "0.123"),
        (0.0012345, "0.0012"),
        (-1.234, "−1.23"),
        (-0.0001, "−0.0001"),
        (0.0, "0.000"),
        (55.55, "55.5"),
        (1234.5, "1,234"),
    ],
)
def test_numbers_have_three_digits_or_so(value: float | None, said: str) -> None:
    assert number(value) == said


def test_intervals_are_told_with_the_same_decimals() -> None:
    assert spoken(Interval(0.5, 0.25, 12.0)) == "0.5 (0.2 to 12.0)"
    assert spoken(Interval(1.0, 1.0, 1.0)) == "1.000"
    assert signed(Interval(0.05, -0.01, 0.11)) == "+0.050 (−0.010 to +0.110)"
    assert signed(Interval(0.0, 0.0, 0.0)) == "0.000"
