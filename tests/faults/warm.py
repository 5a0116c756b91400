"""Servers that need not import the program again: fifty restarts in the time of a few.

A process of its own (warm_server.py) has imported the program, connected to nothing and started no thread. For each
server it forks, and the child runs the console script's entry: from there on it is the server that operators run.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..api.running import Installation, free_port, wait_until_it_listens

PROGRAM = Path(__file__).with_name("warm_server.py")
END_SECONDS = 10.0


@dataclass(frozen=True)
class WarmServer:
    """A running server; `url` answers. `end` becomes readable when the process is gone."""

    url: str
    process_id: int
    end: int

    def kill(self) -> None:
        """As a power cut does: nothing is flushed, nothing is closed."""
        signal.pidfd_send_signal(self.end, signal.SIGKILL)
        assert self.ends_within(END_SECONDS)

    def ends_within(self, seconds: float) -> bool:
        return bool(select.select([self.end], [], [], seconds)[0])


@dataclass(frozen=True)
class Stove:
    """The process that servers come from."""

    process: subprocess.Popen[str]

    @contextmanager
    def serving(self, installation: Installation) -> Iterator[WarmServer]:
        """Starts a server and waits until it answers; kills it at the end if it still runs."""
        port = free_port()
        log = installation.folder / f"server-{port}.log"
        order = {
            "arguments": ["suiyuan", "serve", "--port", str(port)],
            "environment": installation.variables(),
            "folder": str(installation.folder),
            "log": str(log),
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        process_id = int(self.process.stdout.readline())
        end = os.pidfd_open(process_id)
        server = WarmServer(f"http://127.0.0.1:{port}", process_id, end)
        try:
            wait_until_it_listens(port, lambda: not server.ends_within(0), log)
            yield server
        finally:
            if not server.ends_within(0):
                server.kill()
            os.close(end)


@contextmanager
def lit() -> Iterator[Stove]:
    command = [sys.executable, str(PROGRAM)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a process that forks has one thread
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Stove(process)
        finally:
            process.terminate()
