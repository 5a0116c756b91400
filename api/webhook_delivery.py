"""The sender of webhooks: works off what notices left to be delivered.

A thread of the server does it, woken after each commit that left something and every POLL_SECONDS; `suiyuan webhook
deliver` does one pass. Any number of senders may run: a delivery is claimed before it is sent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic_core import to_json

from ..trace.parties import notices, webhooks
from ..trace.parties.model import Delivery, DeliveryState
from .instance import Instance
from .routes.notice_document import notice_document
from .webhook_signing import DELIVERY_HEADER, SIGNATURE_HEADER, secret_of, signature
from .webhook_transport import Transport

logger = logging.getLogger("suiyuan")

POLL_SECONDS = 30.0
"""How late a retry may be, and what another process left: nothing beside the minute it waits at least."""

SENT_AT_ONCE = 8
"""So that one address that does not answer keeps no other waiting."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass came to."""

    delivered: int = 0
    to_be_tried_again: int = 0
    failed: int = 0


def deliver_due(instance: Instance, transport: Transport, ended: threading.Event | None = None) -> Pass:
    """Sends everything that is due, once, until nothing is left or `ended` is set."""
    states: list[DeliveryState] = []
    with ThreadPoolExecutor(SENT_AT_ONCE, thread_name_prefix="webhook") as pool:
        while ended is None or not ended.is_set():
            with instance.database.read() as connection:
                due = webhooks.list_due(connection, instance.database.clock.now())
            done = list(pool.map(lambda each: deliver(instance, transport, each, ended), due))
            states += [each.state for each in done if each is not None]
            if not any(done):
                break
    return Pass(
        states.count(DeliveryState.DELIVERED), states.count(DeliveryState.WAITING), states.count(DeliveryState.FAILED)
    )


def deliver(
    instance: Instance, transport: Transport, seen: Delivery, ended: threading.Event | None = None
) -> Delivery | None:
    """One try of one delivery. None where another sender has it, where it was the last, or where it was cancelled."""
    if ended is not None and ended.is_set():
        return None
    tried = instance.database.write(lambda work: webhooks.claim(work, seen))
    if tried is None:
        return None
    with instance.database.read() as connection:
        hook = webhooks.require_webhook(connection, tried.party_id, tried.webhook_id)
        notice = notices.require_notice(connection, tried.party_id, tried.notice_id)
    body = to_json(notice_document(notice))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Suiyuan",
        DELIVERY_HEADER: str(tried.delivery_id),
        SIGNATURE_HEADER: signature(secret_of(instance.keyring, hook.webhook_id), instance.database.clock.now(), body),
    }
    posted = transport.post(hook.address, body, headers)
    settled = instance.database.write(lambda work: webhooks.settle(work, tried, posted.trouble, posted.status))
    if settled is not None and settled.state is DeliveryState.FAILED:
        logger.warning("webhook %s: delivery %s failed: %s", hook.webhook_id, tried.delivery_id, posted.trouble)
    return settled


@contextmanager
def sending(instance: Instance) -> Iterator[None]:
    """Sends as long as the block lasts, in a thread of its own; where the settings say so."""
    if not instance.settings.webhook_sender:
        yield
        return
    ended, errands = threading.Event(), instance.database.errands
    transport = Transport(may_be_local=instance.settings.webhook_may_be_local)

    def work_off() -> None:
        while not ended.is_set():
            errands.clear()
            try:
                deliver_due(instance, transport, ended)
            except Exception:  # a database that is away for a moment must not end the sending for good
                logger.exception("webhooks were not sent; next try in %s s", POLL_SECONDS)
            if not ended.is_set():
                errands.wait(POLL_SECONDS)

    thread = threading.Thread(target=work_off, name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        errands.set()
        thread.join()
