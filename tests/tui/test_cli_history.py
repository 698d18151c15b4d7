"""`penchant memory history`: what happened, in which version, and how far beliefs drifted."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from penchant.memory import Edit, Memory, Preference, PreferenceDraft, Statement
from penchant.models import HashEmbedder
from penchant.tui.cli import app

BEGUN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def lived(tmp_path: Path) -> dict[str, Preference]:
    """A store in which three months passed: a length that changed twice, and a habit."""
    now = [BEGUN]

    def length(value: str) -> PreferenceDraft:
        return PreferenceDraft(description=f"prefers {value} replies", aspect="length", value=value)

    habit = PreferenceDraft(description="likes tea", origin="inferred", confidence=0.6)
    with Memory(tmp_path / "home", HashEmbedder(), clock=lambda: now[0]) as memory:
        memory.learn("ana", Edit(before="coffee?", after="tea?"), [habit])
        (short,) = memory.learn("ana", Statement(text="Keep it short"), [length("short")])
        now[0] += timedelta(days=30)
        (long,) = memory.learn("ana", Statement(text="Go into detail"), [length("long")])
        memory.learn("ana", Edit(before="milk?", after="tea?"), [habit])
        now[0] += timedelta(days=30)
        last = memory.update("ana", long.id, "prefers replies of one page", value="one page")
        memory.add("bo", "likes secret jazz")
    return {"short": short, "long": long, "last": last}


def cli(*args: str) -> Result:
    return CliRunner().invoke(app, ["memory", "history", *args])


def as_json(*args: str) -> Any:
    done = cli("--user", "ana", *args, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_every_change_with_the_belief_before_and_after(lived: dict[str, Preference]) -> None:
    changes = as_json()["changes"]
    assert [each["operation"] for each in changes] == [
        "add",
        "add",
        "retire",
        "revise",
        "revise",
        "retire",
        "revise",
    ]
    tea = [each for each in changes if each["description"] == "likes tea"]
    assert [each["confidence_before"] is None for each in tea] == [True, False]
    # A month without tea, then tea.
    assert tea[1]["confidence_before"] == pytest.approx(0.6 * 2 ** (-30 / 90))
    assert tea[1]["confidence_before"] < tea[1]["confidence"]
    assert tea[1]["reason"].startswith("confirmed by edit")
    assert {each["evidence_id"] is None for each in changes} == {True, False}
    table = cli("--user", "ana").stdout
    assert "60%" in table
    assert "48% →" in table
    assert "jazz" not in table


def test_versions_are_told_in_lines(lived: dict[str, Preference]) -> None:
    told = cli("--user", "ana").stdout
    assert "\nlength:\n" in told
    assert "  short since 1 Mar 2026, because of “Keep it short”\n" in told
    assert "  short → long on 31 Mar 2026, because of “Go into detail”\n" in told
    assert "  long → one page on 30 Apr 2026, corrected by hand\n" in told
    (chain,) = as_json()["chains"]
    assert [each["id"] for each in chain] == [lived[n].id for n in ("short", "long", "last")]


@pytest.mark.parametrize("named", ["short", "long", "last"])
def test_one_preference_in_all_its_versions(lived: dict[str, Preference], named: str) -> None:
    found = as_json("--preference", lived[named].id)
    assert {each["preference_id"] for each in found["changes"]} == {p.id for p in lived.values()}
    assert len(found["chains"][0]) == 3
    assert "tea" not in cli("--user", "ana", "-p", lived[named].id).stdout


def test_nobody_reads_the_history_of_another(lived: dict[str, Preference]) -> None:
    done = cli("--user", "bo", "--preference", lived["short"].id)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "'bo' has no preference" in done.stderr
    assert "length" not in cli("--user", "bo").stdout


def test_since_leaves_out_what_was_before(lived: dict[str, Preference]) -> None:
    assert len(as_json("--since", "2026-04-15")["changes"]) == 2
    assert len(as_json("--since", "2026-03-31T12:00:00+00:00")["changes"]) == 5
    assert as_json("--since", "0")["changes"] == []


def test_drift_tells_each_topic_before_and_after(lived: dict[str, Preference]) -> None:
    drift = as_json("--drift", "--since", "2026-03-15")["drift"]
    assert 0 < drift["change"] <= 1
    assert [shift["topic"] for shift in drift["shifts"]] == ["length", "likes tea"]
    length = drift["shifts"][0]
    assert [p["value"] for p in length["before"]] == ["short"]
    assert [p["value"] for p in length["after"]] == ["one page"]
    told = cli("--user", "ana", "--drift", "--since", "2026-03-15").stdout
    assert told.startswith("Since 15 Mar 2026, beliefs moved by ")
    # How sure it is now depends on the day.
    assert re.search(r"^length: short 89% → one page \d+%$", told, re.MULTILINE)
    assert "; 30 Apr 2026: revise, corrected by hand" in told


def test_where_nothing_happened_drift_says_so() -> None:
    assert "Nothing happened." in cli("--user", "nobody", "--drift").stdout
    assert as_json("--drift")["drift"]["shifts"] == []
    assert as_json() == {"changes": [], "chains": []}


@pytest.mark.parametrize("since", ["yesterday", "-3", "2026-13-01", "9" * 30])
def test_a_moment_that_is_none_is_refused(since: str) -> None:
    done = cli("--user", "ana", "--since", since)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "give a date such as 2026-03-01" in done.stderr


def test_what_held_then_is_listed(lived: dict[str, Preference]) -> None:
    def listed(*args: str) -> list[str]:
        done = CliRunner().invoke(app, ["memory", "list", "--user", "ana", *args, "--json"])
        assert done.exit_code == 0, done.stderr
        return [each["description"] for each in json.loads(done.stdout)["preferences"]]

    tea = "likes tea"
    assert listed() == listed("--as-of", "2026-05-01") == [tea, lived["last"].description]
    assert listed("--as-of", "2026-04-15") == [tea, "prefers long replies"]
    assert listed("--as-of", "2026-03-02") == [tea, "prefers short replies"]
    assert listed("--as-of", "2026-02-01") == []
    assert len(listed("--all")) == 4
    for args, code in ((("--as-of", "once"), 1), (("--as-of", "3", "--all"), 2)):
        done = CliRunner().invoke(app, ["memory", "list", "--user", "ana", *args])
        assert done.exit_code == code


def test_what_was_learned_is_taken_back(lived: dict[str, Preference]) -> None:
    def undo(*args: str) -> Result:
        return CliRunner().invoke(app, ["memory", "undo", *args, "--user", "ana"])

    done = undo(lived["last"].id)
    assert "Took back: prefers replies of one page" in done.stdout
    assert "Holds again: prefers long replies" in done.stdout
    done = undo(lived["long"].id, "--json")
    assert json.loads(done.stdout)["restored"]["id"] == lived["short"].id
    again = undo(lived["long"].id)
    assert (again.exit_code, again.stdout) == (1, "")


def test_what_is_erased_is_told_without_its_text(lived: dict[str, Preference]) -> None:
    args = ["memory", "delete", lived["last"].id, "--user", "ana"]
    assert CliRunner().invoke(app, args).exit_code == 0
    changes = as_json()["changes"]
    assert [each["operation"] for each in changes][-3:] == ["delete"] * 3
    told = cli("--user", "ana").stdout
    for text in ("one page", "prefers", "Keep it short", "detail"):
        assert text not in told


def test_one_or_the_other(lived: dict[str, Preference]) -> None:
    assert cli("--user", "ana", "--drift", "-p", lived["last"].id).exit_code == 2
