"""The keys that sign labels: made when first needed, replaced on demand, never forgotten while labels live."""

from __future__ import annotations

from sqlalchemy import Connection

from ..store.database import UnitOfWork
from . import store
from .keyring import Keyring
from .signing import SigningKey, public_bytes

FIRST_KEY = 1


def current_key(work: UnitOfWork, keyring: Keyring) -> SigningKey:
    """The key that new labels are signed with; made where there is none yet."""
    known = store.label_keys(work.connection)
    return known[-1] if known else _add(work, keyring, FIRST_KEY)


def rotate(work: UnitOfWork, keyring: Keyring) -> SigningKey:
    """Makes a new signing key and retires the present one, whose labels stay good."""
    known = store.label_keys(work.connection)
    if known:
        store.retire_label_key(work.connection, known[-1].key_number, work.now)
    return _add(work, keyring, known[-1].key_number + 1 if known else FIRST_KEY)


def list_keys(connection: Connection) -> list[SigningKey]:
    """All keys, the newest last: what is published for phones and other verifiers."""
    return store.label_keys(connection)


def _add(work: UnitOfWork, keyring: Keyring, number: int) -> SigningKey:
    key = SigningKey(number, public_bytes(keyring, number), work.now)
    store.add_label_key(work.connection, key)
    return key
