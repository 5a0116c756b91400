"""A reporter's telephone at rest: sealed, so that a copy of the database names nobody.

nonce (12 random bytes) ‖ AES-256-GCM(number in UTF-8), in hexadecimal digits; with the lead's id
"""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...codes.keyring import Keyring
from ...kernel.errors import UnsafeToRun
from ...kernel.ids import random_secret

PURPOSE = "report telephone/v1"
"""What the key is derived for (`Keyring.derive`). With another one, nobody can be called back any more."""

NONCE_BYTES = 12
"""NIST SP 800-38D, section 8.2: far fewer than 2^32 numbers are ever sealed."""


def seal(keyring: Keyring, lead_id: UUID, telephone: str) -> str:
    """Sealed; "" stays ""."""
    if not telephone:
        return ""
    nonce = random_secret(NONCE_BYTES)
    content = AESGCM(keyring.derive(PURPOSE)).encrypt(nonce, telephone.encode("utf-8"), lead_id.bytes)
    return (nonce + content).hex()


def unseal(keyring: Keyring, lead_id: UUID, sealed: str) -> str:
    """Raises UnsafeToRun `report.sealed` where it was sealed with another key, or for another report, or changed."""
    if not sealed:
        return ""
    content = bytes.fromhex(sealed)
    try:
        opened = AESGCM(keyring.derive(PURPOSE)).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], lead_id.bytes)
    except InvalidTag:
        raise UnsafeToRun("report.sealed") from None
    return opened.decode("utf-8")
