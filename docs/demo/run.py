"""Holds the scripted conversation of `script.toml` and writes it down as it came out.

Each session is a process of its own (`penchant chat --json`), so that what the second one knows
of Ana can only come from what the first one left in the store. Run it with `make demo`; it
prints the transcript, and `--write` also puts it into `transcript.md` and the README.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from penchant import Memory, Settings, __version__
from penchant.models import HashEmbedder, ModelStore, load_catalog
from penchant.policies.constraints import violations

HERE = Path(__file__).parent
USER = "ana"
LINES = "\n\n"
COMMAND = (sys.executable, "-m", "penchant.tui")


class Session:
    """One process of `penchant chat --json`."""

    def __init__(self, home: Path, model: str | None) -> None:
        command = [*COMMAND, "chat", "--json", "--new", "--user", USER, "--home", str(home)]
        if model is not None:
            command += ["--model", model]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, line: str, until: str) -> Iterator[dict[str, Any]]:
        """Sends a line; yields events up to the one named."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        for text in self._process.stdout:
            event = json.loads(text)
            yield event
            if event["event"] == "error":
                raise SystemExit(f"the turn failed: {event['message']}")
            if event["event"] == until:
                return
        raise SystemExit(f"the chat ended with {self._process.wait()}")

    def end(self) -> list[dict[str, Any]]:
        """Closes the input and waits; returns the events that still came."""
        rest, _ = self._process.communicate()
        if self._process.returncode:
            raise SystemExit(f"the chat ended with {self._process.returncode}")
        return [json.loads(line) for line in rest.splitlines()]


def learned(event: dict[str, Any]) -> list[str]:
    """Lines for what an event says was learned."""
    if event["event"] != "learned":
        return []
    return [
        f"*Learned: {'must: ' if p['hard'] else ''}{p['description']}*"
        for p in event["preferences"]
    ]


def hold(session: Session, script: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Plays one session; returns its transcript and the replies."""
    lines: list[str] = []
    replies: list[str] = []
    for turn in script["turns"]:
        said, answers = turn["say"], list(turn.get("answers", []))
        lines.append(f"**Ana:** {said}")
        while True:
            reply: dict[str, Any] = {}
            for event in session.say(said, "finished"):
                lines += learned(event)
                reply = event.get("reply", {})
            question = reply["question"]
            if question is None:
                break
            options = ", ".join(question["options"])
            lines.append(f"**Penchant asks:** {question['text']} ({options}, …)")
            said = answers.pop(0) if answers else "skip"
            lines.append(f"**Ana:** {said}")
        listed = reply["text"].startswith(("-", "1."))
        lines.append(f"**Penchant:**{LINES if listed else ' '}{reply['text']}")
        replies.append(reply["text"])
        if reply["notice"]:
            lines.append(f"*{reply['notice']}*")
        if "edit" in turn:
            lines.append(f"**Ana rewrites this to:** {turn['edit']}")
            for event in session.say(f"/edit {turn['edit']}", "learned"):
                lines += learned(event)
    for event in session.end():
        lines += learned(event)
    return lines, replies


def main() -> None:
    """Runs the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="another chat model than the configured one")
    parser.add_argument("--write", action="store_true", help="write transcript.md too")
    arguments = parser.parse_args()
    script = tomllib.loads((HERE / "script.toml").read_text("utf-8"))
    settings = Settings.load(model=arguments.model)
    out = [
        "# Two sessions with Ana",
        "",
        f"Printed by `make demo` with Penchant {__version__} and {describe(settings)}. "
        "The script says what Ana says; the rest is as it came out.",
    ]
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        for number, session in enumerate(script["session"], 1):
            lines, replies = hold(Session(home, arguments.model), session)
            out += ["", f"## Session {number}", "", "\n\n".join(lines)]
        listing = subprocess.run(
            [*COMMAND, "memory", "list", "--user", USER, "--home", directory],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        out += ["", "## `penchant memory list --user ana`, afterwards", "", "```text"]
        out += [*(line.rstrip() for line in listing.splitlines()), "```"]
        with Memory(home, HashEmbedder(), read_only=True) as memory:
            rules = [p for p in memory.get_all(USER) if p.hard]
    broken = [v.found for reply in replies for v in violations(reply, rules)]
    words = [len(reply.split()) for reply in replies]
    out += [
        "",
        f"In the last session, {len(broken)} words of the replies break one of Ana's rules"
        f"{': ' + ', '.join(broken) if broken else ''}; "
        f"the replies have {' and '.join(map(str, words))} words.",
    ]
    text = "\n".join(out) + "\n"
    sys.stdout.write(text)
    if arguments.write:
        (HERE / "transcript.md").write_text(text, "utf-8")
        show(text)


def show(text: str) -> None:
    """Puts the two sessions into the README, between its markers."""
    readme = HERE.parent.parent / "README.md"
    sessions = text[text.index("## Session 1") : text.index("## `penchant memory list")]
    quoted = "\n".join(
        f"> {line}".rstrip() for line in sessions.replace("## ", "#### ").split("\n")
    )
    before, _, rest = readme.read_text("utf-8").partition("<!-- demo -->")
    _, _, after = rest.partition("<!-- /demo -->")
    marked = f"{before}<!-- demo -->\n\n{quoted.rstrip('> ').rstrip()}\n\n<!-- /demo -->{after}"
    readme.write_text(marked, "utf-8")


def describe(settings: Settings) -> str:
    """The model's name, and the hash of its file if it is one of the catalogue's."""
    name = settings.model.removeprefix("local/")
    if any(info.name == name for info in ModelStore(settings.models_dir).list()):
        (file,) = load_catalog().model(name).files
        return f"`{settings.model}` (SHA-256 `{file.sha256[:16]}…`)"
    return f"`{settings.model}`"


if __name__ == "__main__":
    main()
