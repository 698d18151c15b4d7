"""`penchant rank`: what moved each candidate, catalogues, and what could not be checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.embedder import OnnxEmbedder
from penchant.tui.cli import app

SHORT, LONG = "A short walk.", "One might consider a rather long walk along the river. " * 3


class Cli:
    """Runs commands in this process over a home of the test's, with this machine's embedder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *args: str, stdin: str | None = None) -> Result:
        env = {"PENCHANT_HOME": str(self.home)}
        return CliRunner(env=env).invoke(app, [*args, "--user", "ana"], input=stdin)

    def json(self, *args: str, stdin: str | None = None) -> Any:
        result = self(*args, "--json", stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def cli(tmp_path: Path, minilm: OnnxEmbedder) -> Cli:
    return Cli(tmp_path / "home")


def test_each_candidate_says_which_memory_moved_it(cli: Cli) -> None:
    cli("memory", "add", "likes short replies")
    given = f"{LONG}\n{SHORT}\n"
    said = cli("rank", "-c", "an afternoon", stdin=given)
    assert said.stdout.splitlines()[0].endswith(SHORT)
    assert "by: likes short replies" in said.stderr
    items = cli.json("rank", "-c", "an afternoon", stdin=given)["items"]
    moved = items[0]["memories"][0]
    assert (moved["kind"], moved["description"]) == ("preference", "likes short replies")
    assert moved["effect"] > 0
    assert sum(items[0]["contributions"].values()) == pytest.approx(items[0]["utility"], abs=1e-9)

    cli("memory", "delete", moved["id"], "--yes")
    after = cli.json("rank", "-c", "an afternoon", stdin=given)["items"]
    assert [item["candidate"]["text"] for item in after] == [LONG.strip(), SHORT]
    assert all(not item["memories"] for item in after)


def test_a_catalogue_is_filtered_steered_and_kept(cli: Cli, tmp_path: Path) -> None:
    menu = tmp_path / "menu.jsonl"
    dishes = {"Beef stew": 90, "Lentil soup": 30, "Watermelon with mint": 5, "Nut roast": 80}
    menu.write_text(
        "".join(
            json.dumps({"text": text, "features": {"minutes": minutes}}) + "\n"
            for text, minutes in dishes.items()
        )
    )
    cli("memory", "add", "is vegetarian", "--hard")

    def items(*args: str) -> list[str]:
        found = cli.json("rank", "--catalogue", str(menu), *args)
        return [item["candidate"]["text"] for item in found["items"]]

    assert items("--steer", "more fruit")[0] == "Watermelon with mint"
    assert "Beef stew" not in items()
    assert items("--where", "minutes <= 30", "--steer", "less fruit")[0] == "Lentil soup"
    said = cli("rank", "--catalogue", str(menu), "--steer", "more fruit", "--limit", "1")
    assert said.stdout.count("\n") == 1
    assert "towards fruit" in said.stderr
    assert "1 that break a must" in said.stderr


def test_circles_in_choices_are_told(cli: Cli, minilm: OnnxEmbedder) -> None:
    with Memory(cli.home, minilm) as memory:
        for pair in (("tea", "milk"), ("milk", "water"), ("water", "tea")):
            memory.record("ana", Choice(shown=pair, picked=0))
    said = cli("rank", "-c", "a drink", stdin="tea\nwater\n")
    assert "go in circles: “milk” over “water” over “tea” over “milk”" in said.stderr
    found = cli.json("rank", "-c", "a drink", stdin="tea\nwater\n")
    assert len(found["cycles"][0]["evidence_ids"]) == 3


def test_what_no_chat_model_judged_is_said(cli: Cli, tmp_path: Path) -> None:
    cli("memory", "add", "never anything that needs an oven", "--hard")
    said = cli("rank", "-c", "x", "--no-judge", stdin="Bake a pie\n")
    assert "not checked: never anything that needs an oven" in said.stderr


def test_wrong_usage_is_told(cli: Cli) -> None:
    assert cli("rank", stdin="a\n").exit_code == 2
    steered = cli("rank", "-c", "x", "--steer", "more fruit", stdin="a\n")
    assert steered.exit_code == 1
    assert "--catalogue" in steered.stderr


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": ', "line 2 of standard input is not JSON"),
        ('{"id": "a"}', "line 2 of standard input: text: Field required; a candidate is"),
        (
            '{"text": "x", "features": {"price": "high"}}',
            "features.price: Input should be a valid number, unable to parse string as a number, "
            "not 'high'",
        ),
        ('{"text": "x", "prize": 3}', "prize: Extra inputs are not permitted, not 3"),
    ],
)
def test_a_line_that_is_no_candidate_is_told_by_its_field(cli: Cli, line: str, says: str) -> None:
    said = cli("rank", "-c", "x", stdin=f"tea\n{line}\n")
    assert said.exit_code == 1
    assert says in " ".join(said.stderr.split())


def test_a_condition_on_what_no_item_has_is_told(cli: Cli, tmp_path: Path) -> None:
    items = tmp_path / "items.txt"
    items.write_text("tea\nmilk\n", "utf-8")
    said = cli("rank", "--catalogue", str(items), "--where", "price <= 3")
    assert said.exit_code == 1
    assert "no item has a feature 'price': they have none" in said.stderr
    items.write_text("\n", "utf-8")
    assert "no candidates in" in cli("rank", "-c", "x", str(items)).stderr
