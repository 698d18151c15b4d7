"""Measures how soon Penchant is there: help, import, first paint.

Each round starts a fresh process. First paint is timed in a pseudo-terminal, from the start of the
process to the frame that follows the first layout, for the chat and for an empty Textual app in
turn, so that both meet the same machine.
"""

from __future__ import annotations

import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence

from ... import __version__
from ...errors import PenchantError
from .report import Report

__all__ = ["measure_startup"]

_EMPTY = """
import os, sys
from textual.app import App
class Empty(App):
    def on_mount(self):
        self.call_after_refresh(self.painted)
    def painted(self):
        os.write(int(sys.argv[1]), b"p")
        self.exit()
Empty().run()
"""
_CHAT = """
import os, sys
from penchant.tui.app import ChatApp
class Timed(ChatApp):
    def on_mount(self):
        super().on_mount()
        self.screen.call_after_refresh(self.painted)
    def painted(self):
        os.write(int(sys.argv[1]), b"p")
        self.exit()
def never(session_id):
    raise AssertionError("the first paint needs no agent")
Timed(never, user_id="bench").run()
"""
_PATIENCE_S = 60.0


def measure_startup(rounds: int) -> Report:
    """Starts processes and times them.

    Args:
        rounds: Processes for each figure; the figures are medians.

    Raises:
        PenchantError: A process failed.
    """
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PENCHANT_HOME": home, "TERM": "xterm-256color"}
        for number in range(rounds):
            row: dict[str, object] = {
                "round": number,
                "help_s": _seconds([sys.executable, "-m", "penchant.tui", "--help"], environment),
                "import_ms": _import_ms(environment),
                "empty_paint_s": _paint_seconds(_EMPTY, environment),
                "chat_paint_s": _paint_seconds(_CHAT, environment),
            }
            rows.append(row)

    def median(name: str) -> float:
        return statistics.median(float(str(row[name])) for row in rows)

    return Report(
        command=f"penchant bench startup --rounds {rounds}",
        version=__version__,
        seed=0,
        figures={
            "help_s": median("help_s"),
            "import_ms": median("import_ms"),
            "first_paint_ratio": median("chat_paint_s") / median("empty_paint_s"),
        },
        rows=rows,
    )


def _seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    taken = time.perf_counter() - began
    if done.returncode != 0:
        raise PenchantError(f"{' '.join(command)!r} failed: {done.stderr.decode()[-400:]}")
    return taken


def _import_ms(environment: dict[str, str]) -> float:
    code = (
        "import time; t = time.perf_counter(); import penchant; "
        "print((time.perf_counter() - t) * 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _paint_seconds(code: str, environment: dict[str, str]) -> float:
    import fcntl
    import termios

    heard, said = os.pipe()
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    drain = threading.Thread(target=_drain, args=(screen,), daemon=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(said)],
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        pass_fds=[said],
        start_new_session=True,
    )
    os.close(said)
    os.close(terminal)
    drain.start()
    try:
        painted = os.read(heard, 1)
        taken = time.perf_counter() - began
        process.wait(_PATIENCE_S)
    finally:
        process.kill()
        os.close(heard)
    if painted != b"p":
        raise PenchantError(f"the app ended with {process.returncode} before its first paint")
    return taken


def _drain(screen: int) -> None:
    """Reads what the app paints, as a terminal would; a full buffer would hold the app up."""
    while True:
        try:
            if not os.read(screen, 65536):
                return
        except OSError:  # the other end is closed
            os.close(screen)
            return
