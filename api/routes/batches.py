"""/api/v1/batches: batches, their codes, their stops, their events."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from ...trace.batches import code_lists, packing, printing, service
from ...trace.batches.contents import PackingException
from ...trace.batches.model import Batch, PrintJob, Stop, Voided
from ...trace.batches.packing import Package
from ...trace.codes.model import Level
from ...trace.custody import service as custody
from ...trace.custody.model import Span
from ...trace.enforcement import service as enforcement
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MAX_CODES_PER_REQUEST
from ...trace.ledger import service as ledger
from ...trace.ledger.model import Event
from ...trace.parties.model import Actor, Role
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.base import LevelName
from ..forms.batches import BatchForm, CodeListForm, LiftForm, PackingForm, RangeForm, StopForm
from ..instance import Instance
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1/batches", tags=["batches"])


@router.post("", status_code=201)
def register_batch(form: BatchForm, write: TheWrite) -> Batch:
    """Registers a batch of the caller's product. All its codes exist from then on."""
    return write.run(lambda work: custody.register_batch(work, write.actor, form.read()))


@router.get("")
def list_own_batches(instance: TheInstance, actor: TheActor) -> list[Batch]:
    with instance.database.read() as connection:
        return service.list_batches(connection, acting_party(actor))


@router.get("/{batch_id}")
def get_batch(batch_id: UUID, instance: TheInstance, actor: TheActor) -> Batch:
    """A batch: its maker's, or any for regulators and inspectors."""
    return visible_batch(instance, actor, batch_id)


@router.get("/{batch_id}/codes", response_class=PlainTextResponse)
def list_codes(
    batch_id: UUID,
    instance: TheInstance,
    actor: TheActor,
    level: Annotated[LevelName, Query()] = Level.UNIT,
    start: int = 0,
    count: Annotated[int, Query(ge=1, le=MAX_CODES_PER_REQUEST)] = 100,
) -> str:
    """Codes of packages `start` to `start + count`, cut at the last regular one, or at the last spare one where `start`
    is among those; one a line. The maker's only."""
    with instance.database.read() as connection:
        batch = service.require_batch(connection, batch_id)
        actor.require_self(batch.maker_id)
        stop = min(start + count, batch.last_of_run(level, start))
        if not 0 <= start < stop:
            raise InvalidInput("code.index", field="start", index=start)
        codes = [service.code_of(connection, instance.keyring, batch, level, index) for index in range(start, stop)]
    return "\n".join(codes) + "\n"


@router.post("/{batch_id}/codes", status_code=201)
def import_codes(batch_id: UUID, form: CodeListForm, write: TheWrite) -> dict[str, int]:
    """Takes nationally issued codes of a veterinary drug batch, in index order. All or nothing."""
    return write.run(
        lambda work: {"imported": code_lists.import_codes(work, write.actor, batch_id, form.level, form.codes)}
    )


@router.post("/{batch_id}/packing", status_code=201)
def record_packing(batch_id: UUID, form: PackingForm, write: TheWrite) -> list[PackingException]:
    """Records irregular packing: rejects, re-packs, short cartons. Returns all exceptions in force."""
    return write.run(lambda work: list(packing.record_exception(work, write.actor, batch_id, form.read()).exceptions))


@router.get("/{batch_id}/packages/{level}/{index}")
def get_package(batch_id: UUID, level: LevelName, index: int, instance: TheInstance, actor: TheActor) -> Package:
    """Which carton or pallet a package is in, and which units are in it, those of other batches packed with them."""
    batch = visible_batch(instance, actor, batch_id)
    with instance.database.read() as connection:
        return packing.package_at(connection, batch, int(level), index)


@router.post("/{batch_id}/voided", status_code=201)
def void_codes(batch_id: UUID, form: RangeForm, write: TheWrite) -> Voided:
    """Declares codes void: spoilt, lost or stolen labels. Whoever scans one is told to stop."""
    return write.run(lambda work: printing.void(work, write.actor, batch_id, form.read(), form.reason))


@router.get("/{batch_id}/print-jobs")
def list_print_jobs(batch_id: UUID, instance: TheInstance, actor: TheActor) -> list[PrintJob]:
    """Who printed which labels, when, and why again."""
    visible_batch(instance, actor, batch_id)
    with instance.database.read() as connection:
        return printing.list_print_jobs(connection, batch_id)


@router.get("/{batch_id}/custody")
def list_custody(batch_id: UUID, instance: TheInstance, actor: TheActor) -> list[Span]:
    """Who holds what: all spans for the regulator, one's own (and those on their way to one) for others."""
    with instance.database.read() as connection:
        service.require_batch(connection, batch_id)
        spans = custody.spans_of(connection, batch_id)
    if actor.has_role(Role.REGULATOR):
        return spans
    return [span for span in spans if actor.party_id in (span.holder_id, span.receiver_id)]


@router.get("/{batch_id}/events")
def list_events(batch_id: UUID, instance: TheInstance, actor: TheActor) -> list[Event]:
    """The batch's hash chain, for its maker and for regulators."""
    visible_batch(instance, actor, batch_id)
    with instance.database.read() as connection:
        return ledger.list_events(connection, batch_id)


@router.post("/{batch_id}/stops", status_code=201)
def stop_batch(batch_id: UUID, form: StopForm, write: TheWrite) -> Stop:
    """Recalls a batch (its maker, or a regulator) or stops it (a regulator). In force at once, everywhere; every holder
    is told, with quantities."""
    return write.run(
        lambda work: enforcement.stop_batch(work, write.actor, batch_id, form.kind, form.reason, form.units())
    )


@router.post("/{batch_id}/stops/{stop_id}/lift", status_code=204)
def lift_stop(batch_id: UUID, stop_id: UUID, form: LiftForm, write: TheWrite) -> None:
    """Ends a stop. The order and its end both stay on record."""
    write.run(lambda work: enforcement.lift_stop(work, write.actor, batch_id, stop_id, form.reason))


def visible_batch(instance: Instance, actor: Actor, batch_id: UUID) -> Batch:
    """A batch that the actor may see whole. Raises NotKnown `batch.unknown`; NotAllowed `access.other_party`."""
    with instance.database.read() as connection:
        batch = service.require_batch(connection, batch_id)
    if not actor.has_role(Role.REGULATOR, Role.INSPECTION_AGENCY):
        actor.require_self(batch.maker_id)
    return batch
