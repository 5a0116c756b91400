"""Identifiers, made in Python so that every database engine stores the same ones."""

from __future__ import annotations

import os
import time
import uuid

NAMESPACE = uuid.UUID("5f1d1e52-8f4e-5c0e-9d0b-7a6a1c2e9b40")
"""Root of the derived identifiers. Never change it: every stored id depends on it."""


def new_id() -> uuid.UUID:
    """A time-ordered identifier (RFC 9562 version 7: 48 bits of milliseconds, 74 random bits)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def derived_id(noun: str, *parts: str) -> uuid.UUID:
    """The identifier that `parts` always give (RFC 9562 version 5), so that a primary key forbids a duplicate.

    Parts are length-prefixed: ("ab", "c") and ("a", "bc") differ.
    """
    name = noun + "".join(f"|{len(part)}:{part}" for part in parts)
    return uuid.uuid5(NAMESPACE, name)


def random_secret(length_bytes: int) -> bytes:
    return os.urandom(length_bytes)
