"""The use cases behind the acts on a sample, each from what was sent in its form."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...trace.enforcement import service as enforcement
from ...trace.inspection import service as inspection
from ...trace.inspection.determination import document
from ...trace.inspection.model import MakerResponse
from ...trace.kernel.errors import InvalidInput
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from .sample_fields import chosen, decision_of, sealing_of
from .sent_forms import Done, Sent

STOPPED = "stopped"
"""What a conclusion made, where it stopped the batch."""


@dataclass(frozen=True, slots=True)
class Doing:
    """One sending of an act's form."""

    actor: Actor
    sample_id: UUID
    sent: Sent


def seal(work: UnitOfWork, doing: Doing) -> Done:
    inspection.seal(work, doing.actor, doing.sample_id, sealing_of(doing.sent))
    return Done()


def receive(work: UnitOfWork, doing: Doing) -> Done:
    sent = doing.sent
    inspection.receive(
        work,
        doing.actor,
        doing.sample_id,
        seals_are_intact=bool(sent.get("seals_are_intact")),
        laboratory_id=_laboratory_id(sent),
        note=sent.get("note"),
    )
    return Done()


def confirm(work: UnitOfWork, doing: Doing) -> Done:
    inspection.decide(work, doing.actor, doing.sample_id)
    return Done()


def decide(work: UnitOfWork, doing: Doing) -> Done:
    current = inspection.require_sample(work.connection, doing.sample_id).current
    places = range(len(current.findings)) if current else ()
    suggested = document.read(current.determination if current else "")["violations"]
    new = decision_of(doing.sent, places, suggested, doing.sent.get("reason"))
    inspection.decide(work, doing.actor, doing.sample_id, new)
    return Done()


def notify(work: UnitOfWork, doing: Doing) -> Done:
    enforcement.notify_result(work, doing.actor, doing.sample_id, doing.sent.get("note"))
    return Done()


def object_to(work: UnitOfWork, doing: Doing) -> Done:
    inspection.object_to(work, doing.actor, doing.sample_id, doing.sent.get("reason"))
    return Done()


def retest(work: UnitOfWork, doing: Doing) -> Done:
    sent, laboratory_id = doing.sent, _laboratory_id(doing.sent)
    name = sent.get("laboratory_name")
    if laboratory_id is not None:
        name = parties.require_party(work.connection, laboratory_id, "laboratory_id").name
    try:
        inspection.order_retest(
            work, doing.actor, doing.sample_id, laboratory=name, laboratory_id=laboratory_id, note=sent.get("note")
        )
    except InvalidInput as error:
        if laboratory_id is None and error.field == "laboratory":
            error.field = "laboratory_name"
        raise
    return Done()


def conclude(work: UnitOfWork, doing: Doing) -> Done:
    done = enforcement.conclude(work, doing.actor, doing.sample_id, doing.sent.get("note"))
    return Done(units=done.told, made=STOPPED if done.stop else "")


def publish(work: UnitOfWork, doing: Doing) -> Done:
    inspection.publish(work, doing.actor, doing.sample_id)
    return Done()


def answer(work: UnitOfWork, doing: Doing) -> Done:
    response = chosen(MakerResponse, doing.sent.get("response"), "response")
    enforcement.record_maker_response(work, doing.actor, doing.sample_id, response, doing.sent.get("note"))
    return Done()


def hold(work: UnitOfWork, doing: Doing) -> Done:
    inspection.hold(work, doing.actor, doing.sample_id, doing.sent.get("reason"))
    return Done()


def release(work: UnitOfWork, doing: Doing) -> Done:
    inspection.release_hold(work, doing.actor, doing.sample_id, doing.sent.get("reason"))
    return Done()


def withdraw(work: UnitOfWork, doing: Doing) -> Done:
    enforcement.withdraw(work, doing.actor, doing.sample_id, doing.sent.get("reason"))
    return Done()


def _laboratory_id(sent: Sent) -> UUID | None:
    return sent.identifier("laboratory", "laboratory") if sent.get("laboratory") else None
