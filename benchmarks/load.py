"""A small HTTP load: a fixed number of keep-alive connections, the next request on each as soon as it is answered.

Only ever sent to a server that this run started itself on the loopback address.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import cast
from urllib.error import URLError

import uvloop

CONNECTIONS = 64
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Load:
    """`rate`: answers a second. `seconds`: how long each took, from its request to the last byte of its answer."""

    rate: float
    seconds: list[float]


class _Client(asyncio.Protocol):
    """One connection. Counts answers of status 200 and stops the run on any other."""

    def __init__(self, requests: Iterator[bytes], taken: list[float]) -> None:
        self._requests = requests
        self._taken = taken
        self._asked_at = 0.0
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.failure: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at : head.find(b"\r\n", at) if b"\r\n" in head[at:] else len(head)])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.failure = head.decode("latin-1")
            self.close()
            return
        self._buffer = body[length:]
        self._taken.append(time.perf_counter() - self._asked_at)
        self._ask()

    def _ask(self) -> None:
        if self._transport is not None:
            self._asked_at = time.perf_counter()
            self._transport.write(next(self._requests))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def load(port: int, paths: Sequence[str], seconds: float, connections: int = CONNECTIONS) -> Load:
    """Answers over so many connections to 127.0.0.1, after a short warm-up.

    The client never sleeps: on a virtual machine, waking a core that sleeps is charged to the server's own send, and
    the slower of two servers, which leaves the client idle more often, would be charged more.
    """

    async def run() -> Load:
        loop = asyncio.get_running_loop()
        heads = cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("ascii") for path in paths])
        taken: list[float] = []
        clients: list[_Client] = []
        for _ in range(connections):
            _, client = await loop.create_connection(lambda: _Client(heads, taken), "127.0.0.1", port)
            clients.append(client)
        spinning = True

        def spin() -> None:
            if spinning:
                loop.call_soon(spin)

        spin()
        await asyncio.sleep(seconds / 4)
        started, before = time.perf_counter(), len(taken)
        await asyncio.sleep(seconds)
        measured = taken[before:]
        rate = len(measured) / (time.perf_counter() - started)
        spinning = False
        for client in clients:
            client.close()
        failures = [client.failure for client in clients if client.failure]
        if failures:
            raise RuntimeError(failures[0])
        return Load(rate, measured)

    return uvloop.run(run())


@contextmanager
def served(target: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    """One uvicorn worker serving the factory `target`; ended with the block."""
    command = [sys.executable, "-m", "uvicorn", target, "--factory", "--port", str(port), "--log-level", "warning"]
    command += ["--no-access-log", "--loop", "uvloop", "--http", "httptools"]
    root = Path(__file__).resolve().parent.parent
    server = subprocess.Popen(command, env=environment, cwd=root)
    try:
        _wait(server, port)
        yield
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/openapi.json", timeout=1).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")
