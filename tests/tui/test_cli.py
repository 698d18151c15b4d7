"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import penchant
from penchant.memory.lock import WriterLock
from penchant.tui.cli import app

HEAVY = (
    "chromadb",
    "langgraph",
    "litellm",
    "numpy",
    "onnxruntime",
    "pydantic",
    "rich",
    "sentence_transformers",
    "sqlalchemy",
    "textual",
    "torch",
)


class Cli:
    """Runs commands in this process, over a home and an empty model directory of the test."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home
        self.env = {"PENCHANT_HOME": str(home), "PENCHANT_CACHE": str(cache)}

    def __call__(self, *args: str, stdin: str | None = None) -> Result:
        return CliRunner(env=self.env).invoke(app, list(args), input=stdin)

    def json(self, *args: str, stdin: str | None = None) -> Any:
        result = self(*args, "--json", stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home", tmp_path / "cache")


def run(
    *args: str, home: Path, cache: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    places = {"PENCHANT_HOME": str(home)}
    if cache is not None:
        places["PENCHANT_CACHE"] = str(cache)
    return subprocess.run(
        [sys.executable, "-c", "from penchant.tui.cli import main; main()", *args],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **places},
    )


@pytest.mark.parametrize("module", ["penchant", "penchant.tui.cli"])
def test_importing_brings_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_chat_paints_before_anything_of_the_agent_is_imported() -> None:
    heavy = tuple(sorted({*HEAVY, "penchant.agent", "penchant.models"} - {"rich", "textual"}))
    code = f"import sys, penchant.tui.app; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").stdout.strip() == f"penchant {penchant.__version__}"
    said = cli("--help")
    assert said.exit_code == 0
    for command in ("chat", "models", "memory", "rank", "doctor", "sessions"):
        assert command in said.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("memory", "show"),
        ("memory", "delete"),
        ("memory", "delete", "x", "--all"),
        ("rank",),
        ("chat", "--session", "s", "--continue"),
    ],
)
def test_wrong_usage_is_exit_code_2(cli: Cli, args: tuple[str, ...]) -> None:
    result = cli(*args)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_errors_are_one_line_on_standard_error(cli: Cli) -> None:
    result = cli("memory", "show", "no-such-id", "--user", "ana", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("penchant: ")
    assert result.stderr.count("\n") == 1
    assert "'no-such-id'" in result.stderr


def test_memory_from_adding_to_deleting(cli: Cli) -> None:
    user = ("--user", "ana")
    added = cli.json("memory", "add", "is vegetarian", "--hard", *user)["preferences"][0]
    cli("memory", "add", "likes jazz", "--scope", "parties", *user)
    listed = cli("memory", "list", *user).stdout
    assert "must, stated" in listed
    assert "likes jazz (for parties)" in listed
    assert cli.json("memory", "list", "--user", "bo") == {"preferences": []}

    found = cli.json("memory", "search", "what jazz to play", *user)["recalled"]
    assert found[0]["preference"]["description"] == "likes jazz"

    edited = cli.json("memory", "edit", added["id"], "is vegan", *user)["preferences"][0]
    scoped = cli.json("memory", "edit", edited["id"], "--scope", "dinners", *user)
    edited = scoped["preferences"][0]
    assert (edited["description"], edited["scope"]) == ("is vegan", "dinners")
    edited = cli.json("memory", "edit", edited["id"], "--always", *user)["preferences"][0]
    assert edited["scope"] is None
    assert edited["revised"] is True
    shown = cli("memory", "show", edited["id"], *user).stdout
    assert shown.startswith("is vegan")
    assert f"replaced {scoped['preferences'][0]['id']}" in shown
    changes = cli.json("memory", "history", *user)["changes"]
    assert [c["operation"] for c in changes][:2] == ["add", "add"]

    assert cli("memory", "delete", edited["id"], *user).exit_code == 0
    assert [p["description"] for p in cli.json("memory", "list", *user)["preferences"]] == [
        "likes jazz"
    ]


def test_deleting_everything_asks_first(cli: Cli) -> None:
    cli("memory", "add", "likes jazz", "--user", "ana")
    refused = cli("memory", "delete", "--all", "--user", "ana", stdin="n\n")
    assert refused.exit_code == 1
    assert len(cli.json("memory", "list", "--user", "ana")["preferences"]) == 1
    assert cli.json("memory", "delete", "--all", "--yes", "--user", "ana")["deleted"] == 1
    assert cli.json("memory", "list", "--user", "ana") == {"preferences": []}


def test_export_goes_into_another_home(cli: Cli, tmp_path: Path) -> None:
    cli("memory", "add", "likes jazz", "--user", "ana")
    exported = cli("memory", "export", "--user", "ana").stdout
    assert all(json.loads(line)["user_id"] == "ana" for line in exported.splitlines())
    other = Cli(tmp_path / "other", tmp_path / "cache")
    assert other.json("memory", "import", "-", "--user", "ana", stdin=exported)["imported"] > 0
    assert "likes jazz" in other("memory", "list", "--user", "ana").stdout
    bad = other("memory", "import", "-", "--user", "ana", stdin="{}\n")
    assert bad.exit_code == 1
    file = tmp_path / "ana.jsonl"
    assert cli("memory", "export", str(file), "--user", "ana").stdout == ""
    assert file.read_text(encoding="utf-8") == exported


def test_reading_works_beside_a_writer_and_writing_says_who(cli: Cli) -> None:
    cli("memory", "add", "likes jazz", "--user", "ana")
    lock = WriterLock(cli.home)
    try:
        assert "likes jazz" in cli("memory", "list", "--user", "ana").stdout
        refused = cli("memory", "add", "likes tea", "--user", "ana")
        assert refused.exit_code == 1
        assert str(os.getpid()) in refused.stderr
    finally:
        lock.release()


def test_the_user_comes_from_the_environment_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("memory", "add", "likes jazz", "--user", "env-user")
    monkeypatch.setenv("PENCHANT_USER", "env-user")
    assert len(cli.json("memory", "list")["preferences"]) == 1


def test_models(cli: Cli) -> None:
    found = {m["name"]: m for m in cli.json("models", "list")["models"]}
    assert not found["minilm"]["installed"]
    assert "minilm" in cli("models", "list").stdout
    assert cli("models", "verify").exit_code == 0
    missing = cli("models", "path", "minilm")
    assert missing.exit_code == 1
    assert "penchant models pull minilm" in missing.stderr
    assert cli("models", "path", "nonsense").exit_code == 1


def test_doctor_names_every_problem_with_its_fix(cli: Cli) -> None:
    result = cli("doctor", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["healthy"] is False
    problems = [c for c in report["checks"] if c["state"] == "problem"]
    assert {"model", "embedder"} <= {c["name"] for c in problems}
    assert all(c["fix"] for c in problems)
    assert "penchant models pull minilm" in cli("doctor").stdout


def test_doctor_never_shows_a_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    said = cli("doctor").stdout
    assert "OPENAI_API_KEY" in said
    assert "sk-very-secret" not in said


def test_doctor_asks_for_the_key_of_the_chosen_provider(cli: Cli) -> None:
    checks = json.loads(cli("doctor", "--json", "--model", "anthropic/some").stdout)["checks"]
    keys = next(c for c in checks if c["name"] == "keys")
    assert keys["state"] == "problem"
    assert "ANTHROPIC_API_KEY" in keys["fix"]


def test_a_broken_setting_is_named(cli: Cli) -> None:
    cli.env["PENCHANT_DRAFTS"] = "many"
    result = cli("chat", "--plain", stdin="")
    assert result.exit_code == 1
    assert "'drafts'" in result.stderr
    checks = json.loads(cli("doctor", "--json").stdout)["checks"]
    assert any(c["name"] == "settings" and c["state"] == "problem" for c in checks)


@pytest.mark.usefixtures("minilm")
def test_without_a_model_a_conversation_still_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENCHANT_MODEL", f"local/{tmp_path}/none.gguf")
    done = run("chat", "--plain", "--user", "ana", home=tmp_path, stdin="hello there\n/memory\n")
    assert done.returncode == 0, done.stderr
    assert "Nothing is known about you yet." in done.stdout
    assert "penchant models pull" in done.stderr
    assert "OPENAI_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_news(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from penchant.tui.cli import main; main()' --help | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_rank_orders_by_what_is_known(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, minilm: object
) -> None:
    # The real embedder of this machine; the home stays the test's own.
    del cli.env["PENCHANT_CACHE"]
    cli("memory", "add", "is vegetarian", "--hard", "--user", "ana")
    candidates = 'Steak with beef gravy\n{"id": "b", "text": "Lentil soup", "features": {}}\n'
    items = cli.json("rank", "--user", "ana", "--context", "dinner", stdin=candidates)["items"]
    assert [item["candidate"]["text"] for item in items] == ["Lentil soup", "Steak with beef gravy"]
    assert items[1]["violations"]
    said = cli("rank", "--user", "ana", "-c", "dinner", stdin=candidates)
    assert said.stdout.startswith("1. ")
    bad = cli("rank", "--user", "ana", "-c", "dinner", stdin='{"txt": 1}\n')
    assert bad.exit_code == 1
    assert "line 1" in bad.stderr


def test_without_an_embedder_everything_says_so_and_goes_on(cli: Cli, tmp_path: Path) -> None:
    fix = "penchant models pull minilm"
    cli("memory", "add", "is vegetarian", "--hard", "--user", "ana")
    found = cli("memory", "search", "dinner", "--user", "ana")
    assert found.exit_code == 0
    assert fix in found.stderr
    ranked = cli("rank", "--user", "ana", "--context", "dinner", stdin="Steak\nSoup\n")
    assert ranked.exit_code == 1
    assert fix in ranked.stderr
    said = run(
        "chat", "--plain", "--user", "ana", "--model", f"local/{tmp_path}/none.gguf",
        home=cli.home, cache=tmp_path / "cache", stdin="hello there\n/memory\n",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "- must: is vegetarian" in said.stdout
    assert fix in said.stderr.splitlines()[0]
    assert "none.gguf" in said.stderr.splitlines()[0]


@pytest.mark.parametrize("place", ["/proc/nowhere", "file/under"])
def test_a_home_that_cannot_be_is_one_clear_line(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no directory", encoding="utf-8")
    home = tmp_path / place
    for args in (
        ("memory", "add", "likes jazz"),
        ("memory", "delete", "--all", "--yes"),
        ("rank", "-c", "x"),
        ("chat", "--plain"),
    ):
        result = cli(*args, "--home", str(home), "--user", "ana", stdin="a\n")
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert str(home) in result.stderr
        assert isinstance(result.exception, SystemExit)


def test_reading_makes_nothing(cli: Cli) -> None:
    assert cli.json("memory", "list", "--user", "ana") == {"preferences": []}
    assert cli.json("sessions", "list", "--user", "ana") == {"sessions": []}
    assert not cli.home.exists()


def test_what_is_added_for_an_occasion_speaks_on_it(cli: Cli) -> None:
    user = ("--user", "ana")
    cli("memory", "add", "prefers a casual tone", *user)
    cli("memory", "add", "prefers a formal tone", "--scope", "work emails", *user)
    cli("memory", "add", "likes short films", *user)
    assert [each["aspect"] for each in cli.json("memory", "list", *user)["preferences"]] == [
        "tone", "tone", None
    ]  # fmt: skip

    def told(request: str) -> str:
        return cli.json("memory", "context", request, *user)["context"]["text"]

    at_work = told("Write an email to my boss about the delay.")
    assert "formal tone (only for: work emails)" in at_work
    assert "casual" not in at_work
    at_home = told("Write an email to my mum about Sunday.")
    assert "casual" in at_home
    assert "formal" not in at_home
    # A later one of the same kind takes the place of the first.
    cli("memory", "add", "prefers a playful tone", *user)
    known = [each["description"] for each in cli.json("memory", "list", *user)["preferences"]]
    assert "prefers a casual tone" not in known
