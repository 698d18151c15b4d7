"""Reports in a real browser: what it shows, asks for and complains of."""

from __future__ import annotations

import dataclasses
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from penchant.simulators.reports import (
    build_report,
    compare_runs,
    comparison_page,
    load_run,
    report_page,
)
from penchant.simulators.runner import Line

from .conftest import make_episode, write_run

_ITS_OWN = (".google.com", ".googleapis.com")
"""Where a browser asks for its own sake, whatever page it shows."""
_HOSTILE = (
    '<script>console.error("ran")</script><img src="http://example.test/a.png" onerror="boom()">'
    "</div></li></ol><h1 id=owned>owned</h1><style>body{display:none}</style>"
)


class Seen(NamedTuple):
    """What became of a page.

    Attributes:
        dom: The document as the browser understood it.
        console: What was written to its console, errors among it.
        asked: Addresses that it asked for over a network.
    """

    dom: str
    console: list[str]
    asked: list[str]


class Browser:
    """Headless Chromium without a network."""

    def __init__(self, program: str, place: Path) -> None:
        self._program = program
        self._place = place

    def open(self, page: str) -> Seen:
        file, log = self._place / "page.html", self._place / "net.json"
        file.write_text(page, "utf-8")
        done = subprocess.run(
            [
                self._program,
                "--headless=new",
                # As root, as in containers, its sandbox does not start.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
                "--disable-sync",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--enable-logging=stderr",
                f"--user-data-dir={self._place / 'profile'}",
                f"--log-net-log={log}",
                "--window-size=1000,900",
                "--dump-dom",
                file.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        events = json.loads(log.read_text("utf-8"))["events"]
        urls = {event["params"]["url"] for event in events if "url" in event.get("params", {})}
        return Seen(
            dom=done.stdout,
            console=re.findall(r":CONSOLE[:(].*", done.stderr),
            asked=sorted(
                url
                for url in urls
                if urlsplit(url).scheme in {"http", "https", "ws", "wss"}
                and not (urlsplit(url).hostname or "").endswith(_ITS_OWN)
            ),
        )


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Chromium; where it is missing tests are skipped, and fail in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        program = shutil.which(name)
        if program is not None:
            return Browser(program, tmp_path)
    if os.environ.get("CI"):
        pytest.fail("chromium is not installed; CI has to have it")
    pytest.skip("chromium is not installed")


def test_a_browser_tells_what_a_page_does(browser: Browser) -> None:
    seen = browser.open(
        '<!doctype html><img src="http://example.test/a.png"><script>nothing()</script>'
    )
    assert seen.asked == ["http://example.test/a.png"]
    assert any("nothing is not defined" in line for line in seen.console)


def test_a_report_shows_its_numbers_and_asks_for_nothing(browser: Browser, tmp_path: Path) -> None:
    episodes = [
        make_episode(arm, user) for user in range(8) for arm in ("never ask", "random", "ours")
    ]
    hostile = [Line(role="user", text=_HOSTILE), *episodes[0].transcript]
    # Of hostile names as of hostile texts nothing is taken for markup.
    key = episodes[0].key._replace(user="u", task='"><b>bold</b>')
    episodes.append(
        dataclasses.replace(episodes[0], key=key, measures={"fit": 0.0}, transcript=hostile)
    )
    arms = ("never ask", "random", "ours")
    run = load_run(write_run(tmp_path / "run", arms=arms, episodes=episodes))
    seen = browser.open(report_page(build_report(run)))
    assert seen.console == []
    assert seen.asked == []
    assert ">Headline: fit</h2>" in seen.dom
    assert seen.dom.count('class="chart"') >= 5
    assert "owned" in seen.dom
    for markup in ("<script", "<img", 'id="owned"', "<h1 id=", "<b>bold"):
        assert markup not in seen.dom
    # The page ends where it should: nothing closed it early.
    assert seen.dom.index("owned") < seen.dom.index('id="again"')


def test_pages_fit_a_narrow_window(browser: Browser, tmp_path: Path) -> None:
    reports = [
        build_report(load_run(write_run(tmp_path / name, users=6, seed=seed)))
        for name, seed in (("a-run-with-a-long-name", 0), ("b", 1))
    ]
    tell = (
        "<script>const root = document.documentElement;"
        "parent.document.title = `${root.clientWidth} ${root.scrollWidth}`</script></body>"
    )
    for page in (report_page(reports[0]), comparison_page(compare_runs(reports))):
        # What the page itself forbids is allowed for measuring it.
        bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        opened = bare.replace("<details", "<details open").replace("</body>", tell)
        # A window is never so narrow on a desktop, but a frame may be.
        frame = f'<iframe width="400" height="900" srcdoc="{html.escape(opened)}"></iframe>'
        seen = browser.open(f"<!doctype html><title>none</title>{frame}")
        wide = re.search(r"<title>(\d+) (\d+)</title>", seen.dom)
        assert wide is not None
        assert 380 <= int(wide[1]) <= 400
        assert int(wide[2]) == int(wide[1])
