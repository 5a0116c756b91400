"""What only a real server meets: an endless address, half a request, bytes that are no HTTP. It refuses, and lives."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from suiyuan.trace.kernel.limits import MAX_REQUEST_BYTES

from .running import Installation, Server, serving

SECONDS = 10.0

CLOSED_BY_SERVER = {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}
"""What the kernel says of a connection the other side has closed, as the moment falls."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Installation(tmp_path_factory.mktemp("server"))) as server:
        yield server


@contextmanager
def until_closed() -> Iterator[None]:
    try:
        yield
    except OSError as closed:
        if closed.errno not in CLOSED_BY_SERVER:
            raise


def send(server: Server, *pieces: bytes) -> bytes:
    """What comes back for raw bytes, up to the end of the connection; empty where it is just closed.

    A server may answer and close before it has read everything: then the rest cannot be sent, and what it answered is
    still there to read.
    """
    address = urlsplit(server.url)
    received = b""
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS) as connection:
        with until_closed():
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        with until_closed():
            while block := connection.recv(65_536):
                received += block
    return received


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(autouse=True)
def lives_on(server: Server) -> Iterator[None]:
    """After every test the server still answers, and nothing it said was a fault."""
    yield
    assert httpx2.get(f"{server.url}/api/v1/answers/AB12", timeout=SECONDS).status_code == 404
    assert "Traceback" not in server.log.read_text("utf-8")


@pytest.mark.parametrize("path", ["/api/v1/answers/", "/c/", "/api/v1/codes/"])
def test_a_megabyte_in_the_address(server: Server, path: str) -> None:
    end = b"/label.png" if path.endswith("codes/") else b""
    for filling in (b"1", b"%F0%9F%8C%BE", b"%00"):
        code = filling * (1_000_000 // len(filling))
        request = b"GET " + path.encode() + code + end + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = send(server, request)
        assert 400 <= status_of(answer) < 500
        assert len(answer) < 100_000, "it does not come back"


def test_what_is_no_request(server: Server) -> None:
    for junk in (b"\x00" * 1_000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        answer = send(server, junk)
        assert answer == b"" or status_of(answer) == 400


def test_half_a_request(server: Server) -> None:
    head = b"POST /api/v1/answers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    answer = send(server, head, b'{"text": "')
    assert answer == b"" or 400 <= status_of(answer) < 500


def test_a_length_that_is_a_lie(server: Server) -> None:
    head = b"POST /api/v1/answers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    for length in (b"-1", b"x", b"99999999999999999999999", str(MAX_REQUEST_BYTES + 1).encode()):
        answer = send(server, head + b"Content-Length: " + length + b"\r\n\r\n{}")
        assert answer == b"" or 400 <= status_of(answer) < 500


def test_a_body_in_pieces_over_the_limit(server: Server) -> None:
    head = (
        b"POST /api/v1/answers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"10000\r\n" + b"1" * 65_536 + b"\r\n"
    answer = send(server, head, *[piece] * (MAX_REQUEST_BYTES // 65_536 + 1), b"0\r\n\r\n")
    assert answer == b"" or status_of(answer) == 413
