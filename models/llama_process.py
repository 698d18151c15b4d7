"""The process that runs llama.cpp; started by `embedded`, never imported.

Loading a model holds Python's global lock for seconds and a crash in native code ends the process,
so both happen here and not in the application. The first line on standard input is the request, as
JSON; the first line on the original standard output is the answer. When standard input ends, which
it also does when the application dies, the process ends too.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys

_ERRORS_ONLY = 1


def main() -> None:
    """Serves one model until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    # Imported by name: the package is optional and ships no types.
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = request["path"]
    params.n_ctx = request["n_ctx"]
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [request["api_key"]]
    params.verbosity = _ERRORS_ONLY
    params.cpuparams.n_threads = request["threads"]
    params.cpuparams_batch.n_threads = request["threads"]
    # A cancelled call ends between two batches, so a batch is at most a second or two of work.
    params.n_batch = request["batch"]
    params.n_ubatch = request["batch"]
    # Prompts that alternate (a reply, then learning from it) each find their prefix again.
    params.cache_ram_mib = request["cache_mib"]
    # The memory the model needs is known to be small; measuring the machine costs load time.
    params.fit_params = False
    params.warmup = False
    params.ui = False
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    grammar = xllamacpp.json_schema_to_grammar({"type": "object"})
    started = {
        "address": server.listening_address,
        "llguidance": grammar.startswith("%llguidance"),
    }
    print(json.dumps(started), file=answer, flush=True)
    sys.stdin.read()
    # Without the orderly way out, which would wait for an answer that is being written.
    os._exit(0)


if __name__ == "__main__":
    main()
