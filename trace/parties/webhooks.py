"""Webhooks: addresses of a party's own systems, to which its notices are sent. What is sent and how is the edge's.

Every notice leaves one delivery for each live webhook, in its own transaction (an outbox), and a sender works them off:

    waiting, due ── claim ──> waiting, tried, due again later ── settle ──> delivered
                                          │                                 failed, after MAX_ATTEMPTS
                                          └── due ── claim …
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import Conflict, InvalidInput, NotKnown
from ..kernel.ids import new_id
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..store.database import UnitOfWork
from . import webhook_store as store
from .model import Actor, Delivery, DeliveryState, DeliveryTrouble, Notice, Webhook
from .service import require_party

RETRY_AFTER: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""After each try that failed: a restart is over in a minute, a broken machine is replaced in two days."""

MAX_ATTEMPTS = len(RETRY_AFTER) + 1
MAX_WEBHOOKS = 5
"""Live ones of a party: each multiplies what a recall sends."""

MAX_ADDRESS_CHARACTERS = 2_000
"""What every program that handles addresses can be trusted with."""

DUE_AT_ONCE = 100

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def require_address(value: str, *, may_be_local: bool = False, field: str = "address") -> str:
    """An address that notices may be sent to: https, a host of the public network, no user name in it, no fragment.

    `may_be_local` permits http and the loopback network, for trials. Whether a host's name leads to a public address is
    seen each time something is sent. Raises InvalidInput `webhook.address`, `webhook.scheme`, `webhook.host`.
    """
    text = value.strip()
    if not text or len(text) > MAX_ADDRESS_CHARACTERS or not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        raise InvalidInput("webhook.address", field=field, maximum=MAX_ADDRESS_CHARACTERS)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput("webhook.address", field=field, maximum=MAX_ADDRESS_CHARACTERS) from None
    if parts.scheme not in (("https", "http") if may_be_local else ("https",)):
        raise InvalidInput("webhook.scheme", field=field)
    if not host or port == 0 or "@" in parts.netloc or "#" in text:
        raise InvalidInput("webhook.address", field=field, maximum=MAX_ADDRESS_CHARACTERS)
    if not _may_be_public(host) and not (may_be_local and _is_loopback(host)):
        raise InvalidInput("webhook.host", field=field)
    if _literal(host) is None and not _HOST.fullmatch(host):
        raise InvalidInput("webhook.address", field=field, maximum=MAX_ADDRESS_CHARACTERS)
    return text


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public network. What holds an IPv4 address inside is judged by that one too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if address.teredo is not None or (inner is not None and not is_public(inner)):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _may_be_public(host: str) -> bool:
    literal = _literal(host)
    if literal is not None:
        return is_public(literal)
    # A number without dots, or one in hexadecimal, is an IPv4 address to some resolvers.
    *_, last = host.rstrip(".").lower().split(".")
    return "." in host.rstrip(".") and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last) and not _is_local(host)


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host.lower() == "localhost" or (literal is not None and literal.is_loopback)


def _is_local(host: str) -> bool:
    plain = host.rstrip(".").lower()
    return any(plain == name or plain.endswith(f".{name}") for name in _LOCAL_NAMES)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def register(work: UnitOfWork, actor: Actor, party_id: UUID, address: str, *, may_be_local: bool = False) -> Webhook:
    """Has a party's notices sent to an address of its own, from the next one on.

    Raises NotAllowed `access.other_party`; NotKnown `party.unknown`; InvalidInput `webhook.*`; Conflict
    `webhook.duplicate`, `webhook.too_many`.
    """
    actor.require_self(party_id)
    require_party(work.connection, party_id)
    address = require_address(address, may_be_local=may_be_local)
    live = store.live_webhooks(work.connection, [party_id])
    if any(each.address == address for each in live):
        raise Conflict("webhook.duplicate", field="address")
    if len(live) >= MAX_WEBHOOKS:
        raise Conflict("webhook.too_many", field="address", maximum=MAX_WEBHOOKS)
    made = Webhook(party_id, new_id(), address, work.now)
    store.add_webhook(work.connection, made)
    payload = {"webhook_id": made.webhook_id, "address": address}
    ledger.append(work, Subject.PARTY, party_id, "webhook.registered", payload, actor.party_id)
    return made


def remove(work: UnitOfWork, actor: Actor, party_id: UUID, webhook_id: UUID) -> None:
    """Ends a webhook at once; what waits for it is not sent any more.

    Raises NotAllowed `access.other_party`; NotKnown `webhook.unknown`, also for another party's or a removed one.
    """
    actor.require_self(party_id)
    if store.remove_webhook(work.connection, party_id, webhook_id, work.now) != 1:
        raise NotKnown("webhook.unknown", field="webhook_id")
    ledger.append(work, Subject.PARTY, party_id, "webhook.removed", {"webhook_id": webhook_id}, actor.party_id)


def list_webhooks(connection: Connection, party_id: UUID) -> list[Webhook]:
    """A party's live webhooks, the oldest first."""
    return store.live_webhooks(connection, [party_id])


def list_deliveries(connection: Connection, party_id: UUID) -> list[Delivery]:
    """A party's deliveries in every state, the newest first, at most MAX_PAGE_ROWS."""
    return store.deliveries_of(connection, party_id, limits.MAX_PAGE_ROWS)


def queue(work: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Leaves one delivery for each live webhook of those told, in the notices' transaction, and wakes the sender after
    it."""
    hooks: dict[UUID, list[Webhook]] = {}
    for hook in store.live_webhooks(work.connection, {each.party_id for each in notices}):
        hooks.setdefault(hook.party_id, []).append(hook)
    waiting = [
        Delivery(
            party_id=each.party_id,
            delivery_id=new_id(),
            webhook_id=hook.webhook_id,
            notice_id=each.notice_id,
            state=DeliveryState.WAITING,
            attempts=0,
            created_at=work.now,
            next_attempt_at=work.now,
        )
        for each in notices
        for hook in hooks.get(each.party_id, ())
    ]
    if waiting:
        store.add_deliveries(work.connection, waiting)
        work.leave_errand()


def list_due(connection: Connection, now: datetime) -> list[Delivery]:
    """What should be sent at the instant `now`, of all parties, at most DUE_AT_ONCE."""
    return store.due_deliveries(connection, now, DUE_AT_ONCE)


def require_webhook(connection: Connection, party_id: UUID, webhook_id: UUID) -> Webhook:
    """A party's webhook, also one that was removed. Raises NotKnown `webhook.unknown`."""
    found = store.find_webhook(connection, party_id, webhook_id)
    if found is None:
        raise NotKnown("webhook.unknown", field="webhook_id")
    return found


def claim(work: UnitOfWork, seen: Delivery) -> Delivery | None:
    """Begins a try: counted, and the next one due, before anything is sent. None where another sender was faster, or
    where the last try ended with its sender and there is none left."""
    if seen.attempts >= MAX_ATTEMPTS:
        trouble = seen.trouble or DeliveryTrouble.INTERRUPTED
        store.change_delivery(work.connection, seen, _settled(work, seen, DeliveryState.FAILED, trouble, seen.status))
        return None
    wait = RETRY_AFTER[min(seen.attempts, len(RETRY_AFTER) - 1)]
    tried = replace(
        seen,
        attempts=seen.attempts + 1,
        next_attempt_at=work.now + wait,
        trouble=DeliveryTrouble.INTERRUPTED,
        status=None,
    )
    return tried if store.change_delivery(work.connection, seen, tried) == 1 else None


def settle(
    work: UnitOfWork, tried: Delivery, trouble: DeliveryTrouble | None, status: int | None = None
) -> Delivery | None:
    """Ends a try: delivered where there was no trouble, else waiting for the next, or failed after the last. None where
    somebody else has settled it meanwhile: its webhook was removed, for instance."""
    if trouble is None:
        later = _settled(work, tried, DeliveryState.DELIVERED, None, status)
    elif tried.attempts >= MAX_ATTEMPTS:
        later = _settled(work, tried, DeliveryState.FAILED, trouble, status)
    else:
        later = replace(tried, trouble=trouble, status=status)
    return later if store.change_delivery(work.connection, tried, later) == 1 else None


def _settled(
    work: UnitOfWork, delivery: Delivery, state: DeliveryState, trouble: DeliveryTrouble | None, status: int | None
) -> Delivery:
    return replace(delivery, state=state, next_attempt_at=None, settled_at=work.now, trouble=trouble, status=status)
