"""Forks a server for each line of standard input, and writes its process id to standard output. See warm.py."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from typing import Any

from suiyuan.api.cli.main import main

IMPORTED_LATE = ("suiyuan.api.app", "uvicorn")
"""What the command imports only once it is run, and the greater part of its start."""


def serve(order: dict[str, Any]) -> None:
    """Becomes the server that `order` describes."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = order["arguments"]
    main()


def light() -> None:
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin:
        process_id = os.fork()
        if process_id == 0:
            serve(json.loads(line))
            return
        sys.stdout.write(f"{process_id}\n")
        sys.stdout.flush()


light()
