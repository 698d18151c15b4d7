"""The chat in a real terminal, with the smallest real models: what a user sees and presses."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DEADLINE_S = 30.0
"""After so long without what it waits for, a test fails; none waits that long if all is well."""

CHAT = [sys.executable, "-c", "from penchant.tui.cli import main; main()", "chat", "--user", "ana"]


@pytest.fixture
def environment(
    tmp_path: Path, smollm_path: Path, minilm: object, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Settings for a small model that writes little."""
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    return {
        "PENCHANT_HOME": str(tmp_path / "home"),
        "PENCHANT_MODEL": f"local/{smollm_path}",
        "PENCHANT_REPLY_TOKENS": "32",
        "PENCHANT_CONTEXT_WINDOW": "2048",
        "PENCHANT_DRAFTS": "1",
        "PENCHANT_QUESTIONS_PER_SESSION": "2",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


class Pane:
    """A terminal of a given size, with a shell in it."""

    def __init__(self, columns: int, lines: int, environment: dict[str, str]) -> None:
        self._socket = f"penchant-{uuid.uuid4().hex[:12]}"
        given = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        size = ["-x", str(columns), "-y", str(lines)]
        shell = "PS1='shell> ' exec sh"
        self._tmux("-f", os.devnull, "new-session", "-d", *size, *given, shell)
        self.until(lambda: "shell>" in self.screen())

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def run(self, *command: str) -> None:
        self.type(shlex.join(command))
        self.press("Enter")

    def resize(self, columns: int, lines: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def kill(self) -> None:
        """Kills what the shell runs, and begins a new shell: the terminal was left as it was."""
        os.kill(self._foreground(), signal.SIGKILL)
        self.shows("Killed")
        self._tmux("respawn-pane", "-k")
        self.until(lambda: self.screen().strip() == "shell>")

    def _foreground(self) -> int:
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
        )
        return int(found.stdout.split()[0])

    def until(self, true: Callable[[], object], what: str = "") -> None:
        began = time.monotonic()
        while not true():
            if time.monotonic() - began > DEADLINE_S:
                raise AssertionError(f"never came true: {what}; the screen:\n{self.screen()}")
            time.sleep(0.05)

    def shows(self, *texts: str) -> None:
        for text in texts:
            self.until(lambda text=text: text in self.screen(), f"{text!r} shown")  # type: ignore[misc]

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        # Without `env`, what readline set behind Python's back (COLUMNS, LINES) would come along,
        # and applications believe that before they ask the terminal.
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ),
        )
        return done.stdout


@pytest.fixture(params=[(80, 24), (120, 40)], ids=["80x24", "120x40"])
def pane(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Pane]:
    if shutil.which("tmux") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("tmux is not installed; CI has to have it")
        pytest.skip("tmux is not installed")
    made = Pane(*request.param, environment)
    yield made
    made.close()


def test_a_conversation_survives_a_killed_process(pane: Pane) -> None:
    pane.run(*CHAT)
    pane.shows("ready", "2 questions left", "^Q Quit")
    pane.type("Any ideas for dinner tonight?")
    pane.press("Enter")
    pane.shows("question", "Is there a diet", "2  vegetarian", "Esc skips")
    pane.press("2")
    pane.shows("Learned: must: is vegetarian", "[undo]", "How much effort", "ready")

    pane.kill()
    pane.run(*CHAT, "--continue")
    pane.shows("How much effort", "ready", "vegetarian")
    pane.press("1")
    pane.shows("Learned: ", "penchant ─", "ready", "0 questions left")
    assert "Esc skips" not in pane.screen()

    pane.resize(60, 20)
    pane.until(lambda: max(map(len, pane.screen().splitlines())) <= 60, "everything within")
    pane.shows("ready", "F1 Help")
    pane.press("C-q")
    pane.shows("shell>")
    pane.until(lambda: "F1 Help" not in pane.screen(), "the terminal restored")
    pane.run("stty", "-a")
    pane.shows(" echo ", " icanon")


def test_a_whole_conversation_through_a_pipe(environment: dict[str, str]) -> None:
    lines = ["Any ideas for dinner tonight?", "2", "skip", "/memory", "/sessions"]
    done = subprocess.run(
        [*CHAT, "--plain"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    question, learned = said.index("Question: Is there a diet"), said.index("Learned: must: is veg")
    assert question < learned < said.index("Question: How much effort") < said.index("- must: ")
    assert "Any ideas for dinner tonight?  (" in said.splitlines()[-1]
    # What stands between the last question and the list is the reply.
    assert said.split('"skip".')[-1].split("- must: ")[0].strip()


def test_lines_typed_at_a_terminal(environment: dict[str, str]) -> None:
    """By lines at a terminal that can nothing but lines."""
    import pty

    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(CHAT[0], CHAT, {**os.environ, **environment, "TERM": "dumb"})
    shown = b""

    def shows(text: bytes) -> None:
        nonlocal shown
        while text not in shown:
            ready, _, _ = select.select([terminal], [], [], DEADLINE_S)
            assert ready, f"never shown: {text!r}; there is {shown!r}"
            shown += os.read(terminal, 65536)

    try:
        shows(b"> ")
        os.write(terminal, b"Any ideas for dinner tonight?\n")
        shows(b"4. gluten-free")
        os.write(terminal, "I'm vegan, s'il vous pla\u00eet\n".encode())
        shows(b"Learned: must: is vegan")
        shows(b"Question: How much effort")
        os.write(terminal, b"/quit\n")
        _, status = os.waitpid(process, 0)
        assert os.waitstatus_to_exitcode(status) == 0, shown
        assert b"\x1b[" not in shown
    finally:
        os.close(terminal)
