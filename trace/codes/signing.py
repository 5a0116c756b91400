"""Signed labels: a phone without signal can tell a label of this service from an invented one.

The address on a signed label ends in a fragment, which no server sees:

    https://host/c/<code>#1.<key>.<expiry>.<batch number>.<registration number>.<signature>
                          │ │     │        └ percent-encoded ┘                  └ 155 decimal digits
                          │ │     └ YYYYMMDD
                          │ └ number of the signing key
                          └ version of this form

The signature is Ed25519 (RFC 8032) over all that stands before it. It proves who printed the label first, not that
this pack carries the only copy: a copied label has a good signature. In decimal digits it takes QR's numeric mode, 3.3
bits a digit, where base64 would take 8 bits for 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .keyring import Keyring

FORM = "1"
SIGNATURE_BYTES = 64
SIGNATURE_DIGITS = 155
"""Decimal digits of any 512-bit number, leading zeros kept."""

_FRAGMENT = re.compile(
    r"(?:.*/c/)?(?P<code>[0-9A-Za-z]{1,40})#1\.(?P<key>[0-9]{1,6})\.(?P<expiry>[0-9]{8})"
    r"\.(?P<batch>[^.#\s]{1,600})\.(?P<registration>[^.#\s]{0,2400})\.(?P<signature>[0-9]{155})",
    re.DOTALL,
)


_SIGNED = re.compile(r"[0-9A-Za-z]#1\.[0-9]{1,6}\.[0-9]{8}\.")
"""How a signed label begins: what begins so and does not hold to its end is a bad signature, not none."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key labels are signed with: `retired_at` is when a newer one took over; its labels stay good."""

    key_number: int
    public_key: bytes
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelStatement:
    """What a signed label states."""

    code: str
    key_number: int
    expires_on: date
    batch_number: str
    registration_number: str


def signing_key(keyring: Keyring, key_number: int) -> Ed25519PrivateKey:
    """The private key of a number: derived from the master key, stored nowhere."""
    return keyring.signing_key(_purpose(key_number))


def public_bytes(keyring: Keyring, key_number: int) -> bytes:
    """The 32 bytes of the public key."""
    return keyring.public_key(_purpose(key_number))


def _purpose(key_number: int) -> str:
    return f"label signing key {key_number}"


def signed_fragment(private_key: Ed25519PrivateKey, statement: LabelStatement) -> str:
    """The fragment, without its `#`."""
    head = _head(statement)
    number = int.from_bytes(private_key.sign(_message(statement.code, head)), "big")
    return f"{head}.{number:0{SIGNATURE_DIGITS}d}"


def has_fragment(text: str) -> bool:
    """Whether a scanned text has the form of a signed label."""
    return _SIGNED.search(text) is not None


def read_statement(text: str, public_keys: Mapping[int, bytes]) -> LabelStatement | None:
    """What a signed label states, if its signature is good under one of `public_keys` (by number); else None.

    None too for a text that is no signed label. Never raises.
    """
    match = _FRAGMENT.fullmatch(text.strip())
    if match is None or int(match["key"]) not in public_keys:
        return None
    number = int(match["signature"])
    if number >> (8 * SIGNATURE_BYTES):
        return None
    try:
        expires_on = date(int(match["expiry"][:4]), int(match["expiry"][4:6]), int(match["expiry"][6:]))
        statement = LabelStatement(
            match["code"], int(match["key"]), expires_on, unquote(match["batch"]), unquote(match["registration"])
        )
        key = Ed25519PublicKey.from_public_bytes(public_keys[statement.key_number])
        head = ".".join((FORM, *match.group("key", "expiry", "batch", "registration")))
        key.verify(number.to_bytes(SIGNATURE_BYTES, "big"), _message(statement.code, head))
    except (ValueError, InvalidSignature):
        return None
    return statement


def _head(statement: LabelStatement) -> str:
    batch, registration = (
        quote(value, safe="").replace(".", "%2E") for value in (statement.batch_number, statement.registration_number)
    )
    return f"{FORM}.{statement.key_number}.{statement.expires_on:%Y%m%d}.{batch}.{registration}"


def _message(code: str, head: str) -> bytes:
    return f"suiyuan label\n{code}\n{head}".encode()
