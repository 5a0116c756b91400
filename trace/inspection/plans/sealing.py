"""The secret of a committed plan at rest: sealed, so that a copy of the database does not foretell the draw.

    nonce (12 random bytes) ‖ AES-256-GCM(secret), in hexadecimal digits; the plan's id is authenticated with it

The key is derived from the master key. Whoever holds that, and so whoever runs the service, can still open it: what
keeps the operator honest is the public value, which nobody knows at the commitment.
"""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...codes.keyring import Keyring
from ...kernel.errors import UnsafeToRun
from ...kernel.ids import random_secret

PURPOSE = "draw secret/v1"
"""What the key is derived for (`Keyring.derive`). With another one, no committed plan can be drawn any more."""

NONCE_BYTES = 12
"""NIST SP 800-38D, section 8.2. A plan's secret is sealed once, so that numbers drawn at random do not meet."""


def seal(keyring: Keyring, plan_id: UUID, secret: bytes) -> str:
    nonce = random_secret(NONCE_BYTES)
    return (nonce + AESGCM(keyring.derive(PURPOSE)).encrypt(nonce, secret, plan_id.bytes)).hex()


def unseal(keyring: Keyring, plan_id: UUID, sealed: str) -> bytes:
    """Raises UnsafeToRun `plan.sealed` where it was sealed with another key, or for another plan, or changed."""
    content = bytes.fromhex(sealed)
    try:
        return AESGCM(keyring.derive(PURPOSE)).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], plan_id.bytes)
    except InvalidTag:
        raise UnsafeToRun("plan.sealed") from None
