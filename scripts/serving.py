"""A server over the sample batches, on a free loopback port, with a database and a key of its own; gone afterwards."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).with_name("suiyuan")
START_SECONDS = 60

_LINE = re.compile(r"^(\S+) +(?:stop|suspect|unknown|caution|genuine) .*\n +code \S+  page (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server answers, and the page of each batch's first unit by batch number."""

    url: str
    pages: dict[str, str]


@contextmanager
def served_samples() -> Iterator[Served]:
    """Starts what `make run` starts. Raises RuntimeError where the server does not come up."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SUIYUAN_")},
            "SUIYUAN_DATABASE_URL": f"sqlite:///{folder}/suiyuan.db",
            "SUIYUAN_MASTER_KEY_FILE": f"{folder}/master.key",
            "SUIYUAN_PORT": port,
        }
        printed = Path(folder) / "printed"
        with printed.open("wb") as output:
            server = subprocess.Popen(
                [COMMAND, "serve", "--with-samples", "sample_batches"], env=environment, cwd=ROOT, stdout=output
            )
            try:
                url = f"http://127.0.0.1:{port}"
                _wait(server, url)
                yield Served(url, dict(_LINE.findall(printed.read_text(encoding="utf-8"))))
            finally:
                server.terminate()
                server.wait(10)


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode} before it answered")
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  # our own server on the loopback address
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not answer within {START_SECONDS} seconds")
