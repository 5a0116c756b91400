"""Posting to an address that somebody else chose, from inside our network.

The host's name is resolved here, every address it leads to is looked at, and the connection goes to one that was looked
at: a name that leads elsewhere a moment later gains nothing. No proxy, no redirect, no more than MAX_ANSWER_BYTES of an
answer, and an end to all of it after TOTAL_SECONDS.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import cast
from urllib.parse import urlsplit

from ..trace.kernel.limits import KIB
from ..trace.parties.model import DeliveryTrouble
from ..trace.parties.webhooks import is_public

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
"""Well under the minute after which a try is taken for dead (webhooks.RETRY_AFTER)."""

MAX_ANSWER_BYTES = 64 * KIB
MAX_ADDRESSES = 3
"""Tried of those that a name leads to."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of posting: `trouble` None is a 2xx. `status`: of the answer, where there was one."""

    trouble: DeliveryTrouble | None
    status: int | None = None


class _Unsent(Exception):
    def __init__(self, trouble: DeliveryTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Transport:
    """`may_be_local` permits the loopback network. `tls` decides which certificates are good."""

    may_be_local: bool = False
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Sends `body` to an address that `webhooks.require_address` let pass. Raises nothing that comes of the other
        side."""
        parts = urlsplit(address)
        is_https = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if is_https else 80)
        kind = HTTPSConnection if is_https else HTTPConnection
        ended = threading.Event()
        try:
            connected = self._connect(host, port)
        except _Unsent as unsent:
            return Posted(unsent.trouble)
        watch = threading.Timer(self.total_seconds, _cut, (connected, ended))
        watch.daemon = True
        watch.start()
        try:
            connection = kind(host, parts.port, timeout=self.total_seconds)
            # Given a socket, it opens none: what it connects to is what was looked at.
            connection.sock = self.tls.wrap_socket(connected, server_hostname=host) if is_https else connected
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            connection.request("POST", path, body, dict(headers))
            status = _status(connection.sock)
        except (OSError, HTTPException) as error:
            return Posted(DeliveryTrouble.TIMEOUT if ended.is_set() else _trouble_of(error))
        finally:
            watch.cancel()
            connected.close()
        return Posted(None if 200 <= status < 300 else DeliveryTrouble.STATUS, status)

    def _connect(self, host: str, port: int) -> socket.socket:
        """A connection to one of the host's addresses, all of which may be connected to. Raises _Unsent."""
        trouble = DeliveryTrouble.UNREACHABLE
        for address in self._addresses(host, port)[:MAX_ADDRESSES]:
            try:
                connected = socket.create_connection((address, port), timeout=self.connect_seconds)
            except OSError as error:
                trouble = _trouble_of(error)
                continue
            connected.settimeout(self.total_seconds)
            return connected
        raise _Unsent(trouble)

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Unsent(DeliveryTrouble.UNRESOLVED) from None
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for each in addresses:
            address = ipaddress.ip_address(each.partition("%")[0])
            if not is_public(address) and not (self.may_be_local and address.is_loopback):
                raise _Unsent(DeliveryTrouble.NOT_PUBLIC)
        return addresses


def _status(connected: socket.socket) -> int:
    """The status of the answer; what follows its head is not read. Raises OSError, HTTPException."""
    # HTTPResponse asks of a socket only to be made a file.
    response = HTTPResponse(cast(socket.socket, Beginning(connected)), method="POST")
    try:
        response.begin()
        return response.status
    finally:
        response.close()


class Beginning(io.RawIOBase):
    """The beginning of what comes from a socket: MAX_ANSWER_BYTES, then its end."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        self._left = MAX_ANSWER_BYTES

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        count = self._connected.recv_into(buffer[: self._left]) if self._left else 0
        self._left -= count
        return count


def _cut(connected: socket.socket, ended: threading.Event) -> None:
    ended.set()
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def _trouble_of(error: OSError | HTTPException) -> DeliveryTrouble:
    if isinstance(error, TimeoutError):
        return DeliveryTrouble.TIMEOUT
    if isinstance(error, ssl.SSLError):
        return DeliveryTrouble.TLS
    return DeliveryTrouble.UNREACHABLE if isinstance(error, OSError) else DeliveryTrouble.MALFORMED
