"""/api/v1/webhooks: the caller's own systems that its notices are sent to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic_core import to_json

from ...trace.parties import webhooks
from ...trace.parties.model import Delivery, Webhook
from ...trace.store.idempotency import KeptAnswer
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.webhooks import WebhookForm
from ..webhook_signing import secret_of
from ..writes import Replayed, TheWrite

router = APIRouter(prefix="/api/v1/webhooks", tags=["notices"])


@dataclass(frozen=True, slots=True)
class IssuedWebhook:
    """A fresh webhook. `secret` signs what is sent there; it is not shown again."""

    webhook_id: UUID
    address: str
    created_at: datetime
    secret: str


@router.post("", status_code=201)
def register_webhook(form: WebhookForm, instance: TheInstance, write: TheWrite) -> IssuedWebhook:
    """Has the caller's notices sent to an address from the next one on. The secret that signs them stands in this
    answer only."""
    party_id = acting_party(write.actor)
    may_be_local = instance.settings.webhook_may_be_local
    done = write.once(
        lambda work: webhooks.register(work, write.actor, party_id, form.address, may_be_local=may_be_local), _kept
    )
    if not isinstance(done, KeptAnswer):
        return IssuedWebhook(
            done.webhook_id, done.address, done.created_at, secret_of(instance.keyring, done.webhook_id)
        )
    # The answer is kept without the secret, which is made again: it is stored nowhere.
    first = orjson.loads(done.body)
    first["secret"] = secret_of(instance.keyring, UUID(first["webhook_id"]))
    raise Replayed(replace(done, body=orjson.dumps(first).decode("utf-8")))


def _kept(made: Webhook) -> str:
    kept = {"webhook_id": made.webhook_id, "address": made.address, "created_at": made.created_at}
    return to_json(kept).decode("utf-8")


@router.get("")
def list_webhooks(instance: TheInstance, actor: TheActor) -> list[Webhook]:
    """The caller's webhooks, the oldest first."""
    with instance.database.read() as connection:
        return webhooks.list_webhooks(connection, acting_party(actor))


@router.get("/deliveries")
def list_deliveries(instance: TheInstance, actor: TheActor) -> list[Delivery]:
    """What was sent to the caller's webhooks, or waits for its next try, the newest first; at most 200."""
    with instance.database.read() as connection:
        return webhooks.list_deliveries(connection, acting_party(actor))


@router.delete("/{webhook_id}", status_code=204)
def remove_webhook(webhook_id: UUID, write: TheWrite) -> None:
    """Ends a webhook at once; what waits for it is not sent any more."""
    write.run(lambda work: webhooks.remove(work, write.actor, acting_party(write.actor), webhook_id))
