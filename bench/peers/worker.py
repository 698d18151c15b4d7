"""Feeds one system the stream and asks the queries; run in a process of its own.

Each line on standard input is a number of events to go on to; when they are in and the queries
asked, the same line is the answer on standard output.

Everything is appended as JSON Lines, one line for each event, so that a run goes on where it
stopped. Sockets reach this machine only; what tries to leave it is refused and counted.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from peers import workload
from peers.systems import System, open_system

_OUTSIDE: list[str] = []
_LIMIT = 5


def main() -> None:
    """Runs the system that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--system", required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--queries", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    wanted = parser.parse_args()
    _stay_on_this_machine()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What libraries print is no answer.
    os.dup2(2, 1)
    stream = workload.events(wanted.events, wanted.seed)
    # Its chat model loads now: nobody waits for that in an add.
    urllib.request.urlopen(f"{wanted.url}/server").close()
    system = open_system(wanted.system, wanted.run / f"{wanted.system}-home", wanted.url)
    try:
        for line in sys.stdin:
            stretch = stream[: int(line)]
            _feed(system, wanted, stretch)
            _ask(system, wanted, stretch)
            print(len(stretch), file=answers, flush=True)
    finally:
        system.close()


def _feed(system: System, wanted: argparse.Namespace, stream: list[workload.Event]) -> None:
    log = wanted.run / f"{wanted.system}-adds.jsonl"
    done = len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
    for event in stream[done:]:
        before = system.entries(event.user_id)
        used = _counts(wanted.url)
        began = time.perf_counter()
        error = ""
        behind = 0.0
        try:
            system.add(event.user_id, event.text)
            ended = time.perf_counter()
            system.settle()
            behind = time.perf_counter() - ended
        # Whatever a system raises is its result for this event, and the next event comes.
        except Exception as raised:  # noqa: BLE001
            ended = time.perf_counter()
            error = f"{type(raised).__name__}: {raised}"[:300]
        after = system.entries(event.user_id)
        now = _counts(wanted.url)
        line = {
            "event": event.number,
            "seconds": round(ended - began, 5),
            "behind_seconds": round(behind, 5),
            "error": error,
            "used": {name: now[name] - used[name] for name in now},
            "born": {key: text for key, text in after.items() if before.get(key) != text},
            "gone": sorted(before.keys() - after.keys()),
            "outside": len(_OUTSIDE),
        }
        _append(log, line)


def _ask(system: System, wanted: argparse.Namespace, stream: list[workload.Event]) -> None:
    asked = workload.queries(stream, wanted.queries)
    answers = []
    for query in asked:
        began = time.perf_counter()
        found: list[str] = []
        error = ""
        try:
            found = system.search(query.user_id, query.text, _LIMIT)
        except Exception as raised:  # noqa: BLE001 - as above
            error = f"{type(raised).__name__}: {raised}"[:300]
        seconds = round(time.perf_counter() - began, 5)
        answers.append(
            {
                "user_id": query.user_id,
                "slot": query.slot,
                "query": query.text,
                "seconds": seconds,
                "found": found,
                "right": any(workload.speaks_of(each, query.pattern) for each in found),
                "error": error,
            }
        )
    users = sorted({event.user_id for event in stream})
    state = {
        "events": len(stream),
        "answers": answers,
        "entries": {user: system.entries(user) for user in users},
        "outside": _OUTSIDE,
    }
    file = wanted.run / f"{wanted.system}-at-{len(stream):04}.json"
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps(state, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(file)


def _append(log: Path, line: dict[str, Any]) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _counts(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/counts") as answer:
        counts: dict[str, float] = json.load(answer)
    return counts


def _stay_on_this_machine() -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        inside = self.family == getattr(socket, "AF_UNIX", None) or (
            isinstance(address, tuple) and str(address[0]) in {"127.0.0.1", "::1", "localhost"}
        )
        if not inside:
            _OUTSIDE.append(str(address))
            raise ConnectionRefusedError(f"this run stays on this machine; refused {address!r}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    resolve = socket.getaddrinfo

    def looked_up(host: Any, *args: Any, **options: Any) -> Any:
        if host not in {"127.0.0.1", "::1", "localhost", None}:
            _OUTSIDE.append(str(host))
            raise socket.gaierror(f"this run stays on this machine; refused {host!r}")
        return resolve(host, *args, **options)

    socket.getaddrinfo = looked_up


if __name__ == "__main__":
    main()
