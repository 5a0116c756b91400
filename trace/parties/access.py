"""API keys: made, checked, withdrawn. The one place that turns a secret into an Actor.

A key reads `sy_<8 characters of id>_<43 characters of secret>`. The secret is 32 random bytes, so a plain SHA-256 of
it is safe to store: there is nothing to guess (a slow hash is for what people choose).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import NotAuthenticated, NotKnown
from ..kernel.ids import random_secret
from ..kernel.normalise import require_text
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..store.database import UnitOfWork
from . import store
from .model import Actor, IssuedKey, Role
from .service import require_party

_KEY = re.compile(r"sy_(?P<key_id>[a-z2-7]{8})_(?P<secret>[A-Za-z0-9_-]{43})")


def issue_key(work: UnitOfWork, actor: Actor, party_id: UUID, label: str) -> IssuedKey:
    """Makes a key for a party: for oneself, or for another by the regulator. The secret exists only in the result.

    Raises NotKnown `party.unknown`; InvalidInput `text.malformed`; NotAllowed `access.other_party`.
    """
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    require_party(work.connection, party_id)
    label = require_text(label, "label", limits.MAX_NAME_CHARACTERS)
    key_id = base64.b32encode(random_secret(5)).decode("ascii").lower()
    secret = base64.urlsafe_b64encode(random_secret(32)).decode("ascii").rstrip("=")
    store.add_key(work.connection, key_id, party_id, label, _hash(secret), work.now)
    ledger.append(work, Subject.PARTY, party_id, "key.issued", {"key_id": key_id, "label": label}, actor.party_id)
    return IssuedKey(key_id, party_id, label, f"sy_{key_id}_{secret}", work.now)


def withdraw_key(work: UnitOfWork, actor: Actor, key_id: str) -> None:
    """Ends a key at once. Raises NotKnown `key.unknown` for one that does not exist or is withdrawn."""
    found = store.key(work.connection, key_id) if key_id.isprintable() else None
    if found is None:
        raise NotKnown("key.unknown", field="key_id")
    party_id = found[0]
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    if store.withdraw_key(work.connection, key_id, work.now) != 1:
        raise NotKnown("key.unknown", field="key_id")
    ledger.append(work, Subject.PARTY, party_id, "key.withdrawn", {"key_id": key_id}, actor.party_id)


def authenticate(connection: Connection, key: str) -> Actor:
    """The actor that a key stands for. Raises NotAuthenticated `access.key` for any key that is not in force.

    One error for every cause, so that the answer does not tell which part of a guess was right.
    """
    match = _KEY.fullmatch(key.strip())
    found = store.key(connection, match["key_id"]) if match else None
    if match is None or found is None:
        raise NotAuthenticated("access.key")
    party_id, secret_hash, withdrawn_at = found
    if not hmac.compare_digest(secret_hash, _hash(match["secret"])) or withdrawn_at is not None:
        raise NotAuthenticated("access.key")
    return actor_of(connection, party_id)


def key_id_of(key: str) -> str:
    """The public part of a key. Raises NotAuthenticated `access.key` where it has not the form of one."""
    match = _KEY.fullmatch(key.strip())
    if match is None:
        raise NotAuthenticated("access.key")
    return match["key_id"]


def actor_by_key_id(connection: Connection, key_id: str) -> Actor:
    """The actor behind a signed-in page, as long as its key is in force. Raises NotAuthenticated `access.key`."""
    found = store.key(connection, key_id)
    if found is None or found[2] is not None:
        raise NotAuthenticated("access.key")
    return actor_of(connection, found[0])


def actor_of(connection: Connection, party_id: UUID) -> Actor:
    """The actor with a party's roles. Raises NotKnown `party.unknown`."""
    return Actor(party_id=party_id, roles=require_party(connection, party_id).roles)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()
