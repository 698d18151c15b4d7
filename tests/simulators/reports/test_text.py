"""Reports as Markdown and JSON."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from penchant.simulators.audit import audit_run
from penchant.simulators.reports import (
    build_report,
    load_run,
    report_json,
    report_markdown,
    report_page,
)
from penchant.simulators.runner import Line

from .conftest import ARMS, make_episode, write_run


def test_markdown_says_what_the_page_says(run_directory: Path) -> None:
    text = report_markdown(build_report(load_run(run_directory)))
    assert text.startswith("# outing: 4 arms, 48 episodes\n\n`penchant eval outing --users 12")
    assert text.index("The wishes were made up.") < text.index("## Headline: fit")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        "Headline: fit",
        "Learning curve: fit",
        "Learning curve: regret",
        "Costs of an episode",
        "Disclosures and failures",
        "All measures of the track",
        "The worst episodes of each arm",
        "Record",
    ]
    table = text[text.index("| arm | n | fit ↑ |") :].split("\n\n")[0].splitlines()
    assert [line.split(" | ")[0] for line in table[2:]] == [f"| {arm}" for arm in ARMS]
    assert {line.count(" | ") for line in table} - {0} == {7}
    assert "▲ better" in table[4]
    assert "user: Where should we go tonight?" in text
    worst = text[text.index("## The worst episodes") : text.index("## Record")]
    assert [worst.count(f"**{arm}**, person ") for arm in ARMS] == [3, 3, 3, 3]


def test_an_audit_stands_beside_the_disclosures_in_every_form(tmp_path: Path) -> None:
    held = [make_episode(arm, user) for user in range(8) for arm in ARMS]
    # Only some people say what nobody asked for.
    kept = [e if e.key.user < "person 3" else dataclasses.replace(e, disclosures=[]) for e in held]
    run = load_run(write_run(tmp_path / "run", users=8, episodes=kept))
    report = build_report(run, audit=audit_run(run))
    assert report.audit is not None
    flags = next(row for row in report.audit.rows if row["arm"] == "random")
    assert int(str(flags["volunteered"])) > 0
    text = report_markdown(report)
    told = text[text.index("## Audit of simulated users") : text.index("## All measures")]
    assert f"in {len(report.audit.flagged)} of 32 episodes" in told
    assert "volunteered" in told
    assert told.count("| without flagged |") == len(ARMS) * len(run.higher_is_better)
    page = report_page(report)
    assert page.index('id="disclosures"') < page.index('id="audit"') < page.index('id="worst"')
    assert page.count("without flagged") >= len(ARMS)
    assert report_json(report)["audit"]["rows"] == report.audit.rows


def test_a_transcript_cannot_leave_its_block(tmp_path: Path) -> None:
    said = "so:\n```\n# owned\n````\n<b>x</b>"
    episode = dataclasses.replace(
        make_episode("ours", 0), transcript=[Line(role="assistant", text=said)]
    )
    run = load_run(write_run(tmp_path / "run", episodes=[episode], summary={"notes": ["a\n# b"]}))
    text = report_markdown(build_report(run))
    block = re.search(r"^(`{5,})text\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    assert said in block[2]
    assert "> - a # b" in text


def test_json_holds_every_number(run_directory: Path) -> None:
    report = build_report(load_run(run_directory), worst=2)
    found = json.loads(json.dumps(report_json(report), allow_nan=False))
    assert {"command", "version", "environment", "seed", "figures", "rows"} <= set(found)
    assert found["figures"] == {"fit_ours": 0.75, "fit_random": 0.6}
    score = next(
        each for each in found["scores"] if (each["arm"], each["measure"]) == ("ours", "fit")
    )
    same = report.score("ours", "fit")
    assert same.value is not None
    assert (score["value"], score["value_low"], score["value_high"]) == same.value
    assert score["verdict"] == "better"
    assert [len(each) for each in found["worst"].values()] == [2, 2, 2, 2]
    first = found["worst"]["ours"][0]
    assert first["transcript"][0] == {"role": "user", "text": "Where should we go tonight?"}
    assert len(found["curves"]["fit"][2]["points"]) == 5
    assert found["tallies"][1]["asked"] == report.tallies[1].asked


@pytest.mark.parametrize("count", [0, 1])
def test_a_run_that_has_hardly_begun_has_both_forms(tmp_path: Path, count: int) -> None:
    episodes = [make_episode("ours", 0)][:count]
    report = build_report(load_run(write_run(tmp_path / "run", episodes=episodes)))
    assert report_markdown(report)
    json.dumps(report_json(report), allow_nan=False)
