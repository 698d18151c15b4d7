"""`penchant memory learn`: what it shows, asks, keeps and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from penchant.tui.cli import app

MAIL = (
    "Hey Sam,\n\nthe demo's moved to Friday, and that's fine with me. Don't worry about the "
    "slides, they're done. Bring your laptop, and we'll set things up together.\n\nCheers,\nAna\n"
)
LIST = "- tea for the week\n- milk and butter\n- two loaves of bread\n- a jar of honey\n"


class Cli:
    """Runs `penchant memory` over a home of the test, with no models."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.env = {
            "PENCHANT_HOME": str(directory / "home"),
            "PENCHANT_CACHE": str(directory / "cache"),
        }

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner(env=self.env).invoke(app, ["memory", *args], input=stdin)

    def learn(self, *args: str, stdin: str | bytes | None = None) -> Result:
        return self("learn", "--measure-only", *args, stdin=stdin)

    def json(self, *args: str) -> Any:
        result = self(*args, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def file(self, name: str, content: str | bytes) -> str:
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def kept(cli: Cli) -> list[str]:
    return [each["description"] for each in cli.json("list")["preferences"]]


def test_it_shows_each_with_its_quote_and_asks(cli: Cli) -> None:
    result = cli.learn("--from", cli.file("mail.txt", MAIL), stdin="1 3\n")
    assert result.exit_code == 0
    shown = [line for line in result.stdout.splitlines() if line[:2].strip().isdigit()]
    assert len(shown) >= 4
    assert "“Hey Sam" in result.stdout
    assert "Keep which? (numbers, all, none)" in result.stderr
    assert "only what can be measured" in result.stderr
    assert result.stdout.count("Learned: ") == 2
    assert len(kept(cli)) == 2
    wanted = {shown[0][4:].strip(), shown[2][4:].strip()}
    assert set(kept(cli)) == wanted


def test_what_is_no_number_is_asked_again(cli: Cli) -> None:
    result = cli.learn("--from", cli.file("mail.txt", MAIL), stdin="7-99\nwhat\n0\nnone\n")
    assert result.exit_code == 0
    assert result.stderr.count("Give numbers from 1 to") == 3
    assert "Nothing was kept." in result.stdout
    assert kept(cli) == []


def test_an_answer_that_never_comes_keeps_nothing(cli: Cli) -> None:
    result = cli.learn("--from", cli.file("mail.txt", MAIL), stdin="")
    assert result.exit_code == 1
    assert kept(cli) == []


def test_yes_keeps_all_for_an_occasion(cli: Cli) -> None:
    file = cli.file("mail.txt", MAIL)
    result = cli.learn("--from", file, "--yes", "--for", "work emails")
    assert "Keep which?" not in result.stderr
    assert "work emails" in result.stdout
    scopes = {each["scope"] for each in cli.json("list")["preferences"]}
    assert scopes == {"work emails"}
    again = cli.learn("--from", file, "--yes", "--for", "work emails")
    assert "known already" in again.stdout


def test_json_proposes_and_keeps_only_what_it_is_told_to(cli: Cli) -> None:
    file = cli.file("list.txt", LIST)
    found = cli.json("learn", "--measure-only", "--from", file)
    assert found["example"] == "artefact"
    assert found["llm_calls"] == 0
    assert found["learned"] == []
    first = found["proposals"][0]
    assert (first["number"], first["kept"], first["measured"]) == (1, False, True)
    assert first["quotes"]
    assert kept(cli) == []
    again = cli.json("learn", "--measure-only", "--from", file, "--keep", "1")
    assert [each["kept"] for each in again["proposals"]][:2] == [True, False]
    assert [each["description"] for each in again["learned"]] == [first["description"]]
    assert kept(cli) == [first["description"]]


def test_a_pair_in_one_file_or_in_two(cli: Cli) -> None:
    after = "Sam, the demo is on Friday.\n"
    one = cli.json(
        "learn", "--measure-only", "--from", cli.file("pair.txt", f"Before\n{MAIL}\nAfter\n{after}")
    )
    two = cli.json(
        "learn", "--measure-only",
        "--before", cli.file("before.txt", MAIL), "--after", cli.file("after.txt", after),
    )  # fmt: skip
    assert one["example"] == two["example"] == "edit"
    assert [p["description"] for p in one["proposals"]] == [
        p["description"] for p in two["proposals"]
    ]
    assert any(p["aspect"] == "length" for p in one["proposals"])


def test_standard_input_and_other_encodings(cli: Cli) -> None:
    piped = cli.learn("--from", "-", "--yes", stdin=LIST)
    assert "Learned: prefers bullet points" in piped.stdout
    for encoding in ("utf-16", "utf-8-sig"):
        found = cli.json("learn", "--measure-only", "--from", cli.file("x", LIST.encode(encoding)))
        assert any(p["value"] == "bullet points" for p in found["proposals"])


def test_a_text_of_few_words_shows_nothing(cli: Cli) -> None:
    result = cli.learn("--from", cli.file("short.txt", "See you at five.\n"))
    assert result.exit_code == 0
    assert "shows nothing that could be learned" in result.stdout


def test_a_hundred_thousand_characters(cli: Cli) -> None:
    text = "Rain taps on the tin roof of the shed. " * 2_600
    found = cli.json("learn", "--measure-only", "--from", cli.file("long.txt", text), "--yes")
    assert len(text) > 100_000
    assert found["learned"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "is no UTF-8 text"),
        (b"a text with a \x00 in it", "is no text: it holds NUL bytes"),
        (b"?!? 123", "nothing to read in it"),
        (b"Before\na text\nAfter\na  text", "the same text"),
        (b"word " * 900_000, "larger than 4 MB"),
        (b"word " * 300_000, "at most 1,048,576 fit"),
    ],
)
def test_bad_files_are_refused_with_the_reason(cli: Cli, content: bytes, why: str) -> None:
    result = cli.learn("--from", cli.file("bad", content), "--yes")
    assert result.exit_code == 1
    assert why in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_not_there_or_is_a_directory(cli: Cli) -> None:
    for file in (str(cli.directory / "none.txt"), str(cli.directory)):
        result = cli.learn("--from", file, "--yes")
        assert result.exit_code == 1
        assert "cannot read" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--before", "x"),
        ("--after", "x"),
        ("--from", "x", "--before", "x", "--after", "x"),
    ],
)
def test_wrong_usage(cli: Cli, args: tuple[str, ...]) -> None:
    assert cli.learn(*args).exit_code == 2


@pytest.mark.parametrize("keep", ["0", "99", "x", "1-99"])
def test_numbers_of_nothing_are_wrong_usage(cli: Cli, keep: str) -> None:
    result = cli.learn("--from", cli.file("mail.txt", MAIL), "--keep", keep)
    assert result.exit_code == 2
    assert kept(cli) == []


def test_without_a_model_it_says_so_and_measures(cli: Cli) -> None:
    result = cli("learn", "--from", cli.file("mail.txt", MAIL), "--yes")
    assert result.exit_code == 0
    assert "no chat model was asked" in " ".join(result.stderr.split())
    assert "Learned: " in result.stdout
