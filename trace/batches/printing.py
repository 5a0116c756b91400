"""Use cases of printing: who printed which labels, and labels that must not be on any pack."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import Conflict, InvalidInput
from ..kernel.ids import new_id
from ..kernel.normalise import require_text
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties.model import Actor
from ..store.database import Database, UnitOfWork
from . import store
from .model import Batch, PrintJob, Voided
from .service import require_batch


@dataclass(frozen=True, slots=True)
class PackageRange:
    """Packages `[start, stop)` of one level of a batch."""

    level: int
    start: int
    stop: int


def record_print(
    work: UnitOfWork, actor: Actor, batch_id: UUID, which: PackageRange, form: str, reason: str = ""
) -> PrintJob:
    """Records that labels of a range are printed in `form` (pdf, zpl …). A range is printed once: again needs a reason.

    Raises InvalidInput `print.range`, `text.*`; NotKnown `batch.unknown`; NotAllowed `access.other_party`; Conflict
    `print.voided`, `print.printed_before` where part of the range was printed and no reason is given.
    """
    _require_range(require_batch(work.connection, batch_id), actor, which)
    if any(_overlap(which, each) for each in store.voided_in(work.connection, batch_id)):
        raise Conflict("print.voided", field="start")
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS)
    if not reason:
        for job in store.print_jobs(work.connection, batch_id):
            if _overlap(which, job):
                raise Conflict("print.printed_before", field="reason", first=job.start, last=job.stop - 1)
    job = PrintJob(batch_id, new_id(), which.level, which.start, which.stop, form, actor.party_id, work.now, reason)
    store.add_print_job(work.connection, job)
    payload = {"job_id": job.job_id, "level": job.level, "span": [job.start, job.stop], "form": form, "reason": reason}
    ledger.append(work, Subject.BATCH, batch_id, "labels.printed", payload, actor.party_id)
    return job


def void(work: UnitOfWork, actor: Actor, batch_id: UUID, which: PackageRange, reason: str) -> Voided:
    """Declares the codes of a range void: spoilt, lost or stolen labels. Whoever scans one is told to stop.

    Raises InvalidInput `print.range`, `text.*`; NotKnown `batch.unknown`; NotAllowed `access.other_party`; Conflict
    `print.voided` where part of the range is void already.
    """
    _require_range(require_batch(work.connection, batch_id), actor, which)
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    if any(_overlap(which, each) for each in store.voided_in(work.connection, batch_id)):
        raise Conflict("print.voided", field="start")
    voided = Voided(which.level, which.start, which.stop, reason, work.now)
    store.add_voided(work.connection, batch_id, voided)
    payload = {"level": voided.level, "span": [voided.start, voided.stop], "reason": reason}
    ledger.append(work, Subject.BATCH, batch_id, "codes.voided", payload, actor.party_id)
    return voided


def list_print_jobs(connection: Connection, batch_id: UUID) -> list[PrintJob]:
    """A batch's print jobs, oldest first."""
    return store.print_jobs(connection, batch_id)


def current_voided(database: Database, batch_id: UUID) -> tuple[Voided, ...]:
    """A batch's void codes, read on the hot path."""
    return store.voided(database, batch_id)


def _require_range(batch: Batch, actor: Actor, which: PackageRange) -> None:
    actor.require_self(batch.maker_id)
    carries_none = which.level == 0 and not batch.units_carry_codes
    if (
        carries_none
        or which.level not in (0, 1, 2)
        or not 0 <= which.start < which.stop <= batch.packages_at(which.level)
    ):
        raise InvalidInput("print.range", field="start")


def _overlap(which: PackageRange, other: PrintJob | Voided) -> bool:
    return which.level == other.level and which.start < other.stop and other.start < which.stop
