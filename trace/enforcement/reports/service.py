"""Receiving a buyer's report, looking it up, and reading it as an authority.

What stands in the event log names nobody: the code found, what is wrong, digests of words and photos. Words, telephone
and position are in the table only, where they can be deleted. Attempts are counted, as scans are, without events.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...codes.keyring import Keyring
from ...codes.model import Level
from ...codes.service import Resolution
from ...custody import service as custody
from ...custody.model import CustodyState
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import InvalidInput, NotKnown
from ...kernel.ids import new_id, random_secret
from ...kernel.intervals import Interval
from ...kernel.texts import text
from ...parties import service as parties
from ...parties.model import Actor, Role
from ...parties.regions import NINGXIA, require_region
from ...store.database import Database, UnitOfWork
from .. import store as leads
from ..model import LeadKind, NewLead, lead_id_of
from ..service.leads import open_lead, require_lead
from . import sealing, store
from .attempts import count, require_allowed
from .model import (
    CHECK_CHARACTERS,
    MAX_PHOTOS,
    AttemptKind,
    KeptReport,
    NewReport,
    ReadReport,
    Received,
    Report,
    ReportStatus,
    Trouble,
    check_of,
    read_reference,
    reference_of,
    require_scanned,
    require_telephone,
    require_words,
)

WORDS_PURPOSE = "report words/v1"
"""What the key of the digest of words is derived for (`Keyring.derive`)."""

ANYBODY = Actor(party_id=None)
"""Who reports: nobody is asked who they are, and so nobody may do anything else."""


def receive(work: UnitOfWork, keyring: Keyring, resolution: Resolution, new: NewReport, address: str) -> Received:
    """Takes a report: it becomes a lead, and the regulators of its county are told.

    `resolution` is of `new.code_text`; unknown and malformed codes are taken too. `address`: who sends, one text for
    each source; only a pseudonym of the day is kept. The lead is looked into where the buyer says, else where the
    outlet is that has or sold the unit, else by the province. A sending that was taken before gets its first answer.

    Raises TooMany `report.too_many`; InvalidInput `text.malformed`, `report.trouble`, `report.telephone`,
    `report.photos`, `region.unknown`.
    """
    earlier = store.find_sent(work.connection, new.sent_id) if new.sent_id is not None else None
    if earlier is not None:
        return _received(work.connection, earlier)
    new = _checked(new)
    count(work, keyring, AttemptKind.REPORT, address)
    maker_id, outlet_id = _concerned(work.connection, resolution)
    lead = open_lead(
        work,
        ANYBODY,
        NewLead(
            LeadKind.CONSUMER_REPORT,
            new.region_code or _region_of(work.connection, outlet_id),
            _summary(new.troubles, resolution.code),
            batch_id=resolution.batch_id,
            maker_id=maker_id,
            outlet_id=outlet_id,
        ),
        {
            "code": resolution.code,
            "troubles": [each.value for each in new.troubles],
            "words_digest": _words_digest(keyring, new),
            "photo_digests": [hashlib.sha256(each).hexdigest() for each in new.photos],
        },
    )
    report = Report(
        lead_id=lead.lead_id,
        code_text=new.code_text,
        code=resolution.code,
        troubles=new.troubles,
        words=new.words,
        region_code=new.region_code,
        position=new.position,
        has_telephone=bool(new.telephone),
        photos=len(new.photos),
        public_answer="",
        erased_at=None,
    )
    check = check_of(random_secret(CHECK_CHARACTERS))
    sealed = sealing.seal(keyring, lead.lead_id, new.telephone)
    store.add(work.connection, KeptReport(report, new.sent_id or new_id(), check, sealed), new.photos)
    return Received(lead.lead_number, reference_of(lead.lead_number, check), lead.opened_at)


def require_leave(connection: Connection, keyring: Keyring, new: NewReport, address: str, now: datetime) -> None:
    """Whether `receive` would take one more report of this source, asked before photos are worked on. A sending that
    was taken already may come again. Raises TooMany `report.too_many`."""
    if new.sent_id is None or store.find_sent(connection, new.sent_id) is None:
        require_allowed(connection, keyring, AttemptKind.REPORT, address, now)


def look_up(database: Database, keyring: Keyring, reference: str, address: str) -> ReportStatus:
    """How far a report is, for whoever has its number and check. A wrong one is counted against the source.

    Raises NotKnown `report.unknown`; TooMany `report.too_many`.
    """
    now = database.clock.now()
    with database.read() as connection:
        require_allowed(connection, keyring, AttemptKind.WRONG_CHECK, address, now)
        found = _status(connection, reference)
    if found is None:
        database.write(lambda work: count(work, keyring, AttemptKind.WRONG_CHECK, address))
        raise NotKnown("report.unknown", field="reference")
    return found


def read_report(connection: Connection, actor: Actor, keyring: Keyring, lead_id: UUID) -> ReadReport | None:
    """The report of a lead, None where it comes from elsewhere. The telephone is for regulators, who may call back; an
    agency learns that there is one.

    Raises NotAllowed `access.role`; NotKnown `lead.unknown`; UnsafeToRun `report.sealed`.
    """
    lead = require_lead(connection, actor, lead_id)
    kept = store.find(connection, lead_id)
    if kept is None:
        return None
    sealed = kept.telephone_sealed if actor.has_role(Role.REGULATOR) else ""
    telephone = sealing.unseal(keyring, lead_id, sealed)
    return ReadReport(kept.report, reference_of(lead.lead_number, kept.check_text), telephone)


def require_report(connection: Connection, actor: Actor, keyring: Keyring, lead_id: UUID) -> ReadReport:
    """The same. Raises NotKnown `report.none` too."""
    found = read_report(connection, actor, keyring, lead_id)
    if found is None:
        raise NotKnown("report.none", field="lead_id")
    return found


def require_photo(connection: Connection, actor: Actor, lead_id: UUID, number: int) -> bytes:
    """One photo of a report, JPEG; `number` from 1. Raises NotAllowed `access.role`; NotKnown `lead.unknown`,
    `report.photo_unknown`."""
    require_lead(connection, actor, lead_id)
    content = store.photo(connection, lead_id, number) if 1 <= number <= MAX_PHOTOS else None
    if content is None:
        raise NotKnown("report.photo_unknown", field="number")
    return content


def _checked(new: NewReport) -> NewReport:
    if not new.troubles:
        raise InvalidInput("report.trouble", field="troubles")
    if len(new.photos) > MAX_PHOTOS:
        raise InvalidInput("report.photos", field="photos", maximum=MAX_PHOTOS)
    return replace(
        new,
        troubles=tuple(each for each in Trouble if each in new.troubles),
        code_text=require_scanned(new.code_text),
        words=require_words(new.words, limits.MAX_NOTE_CHARACTERS),
        region_code=require_region(new.region_code) if new.region_code else "",
        telephone=require_telephone(new.telephone),
    )


def _concerned(connection: Connection, resolution: Resolution) -> tuple[UUID | None, UUID | None]:
    """The maker of a known code's batch, and who has its unit or sold it, where that is not the maker."""
    if resolution.batch_id is None:
        return None, None
    maker_id = batches.require_batch(connection, resolution.batch_id).maker_id
    if resolution.level is not Level.UNIT:
        return maker_id, None
    here = custody.presences(connection, resolution.batch_id, Interval(resolution.index, resolution.index + 1))
    outlets = [
        each.holder_id
        for each in here
        if each.holder_id != maker_id and each.state in (CustodyState.HELD, CustodyState.SOLD)
    ]
    return maker_id, outlets[0] if outlets else None


def _region_of(connection: Connection, outlet_id: UUID | None) -> str:
    return NINGXIA if outlet_id is None else parties.require_party(connection, outlet_id).region_code


def _summary(troubles: tuple[Trouble, ...], code: str) -> str:
    """In Chinese, as all summaries are: authorities read them."""
    words = "、".join(text(f"word.trouble.{each.value}", "zh") for each in troubles)
    return text("report.summary_code" if code else "report.summary", "zh", troubles=words, code=code)


def _words_digest(keyring: Keyring, new: NewReport) -> str:
    """HMAC-SHA-256 of what was typed, so that it can be shown to be unchanged; keyed, since short texts can be tried.
    "" where nothing was."""
    if not (new.words or new.code_text):
        return ""
    message = f"{len(new.code_text)}|{new.code_text}|{new.words}".encode()
    return hmac.new(keyring.derive(WORDS_PURPOSE), message, "sha256").hexdigest()


def _received(connection: Connection, kept: KeptReport) -> Received:
    lead = leads.find(connection, kept.report.lead_id)
    if lead is None:
        raise NotKnown("lead.unknown", field="lead_id")
    return Received(lead.lead_number, reference_of(lead.lead_number, kept.check_text), lead.opened_at)


def _status(connection: Connection, text: str) -> ReportStatus | None:
    read = read_reference(text)
    if read is None:
        return None
    number, check = read
    kept = store.find(connection, lead_id_of(number))
    lead = leads.find(connection, lead_id_of(number))
    if kept is None or lead is None or not hmac.compare_digest(kept.check_text, check):
        return None
    closed_on = day_in_china(lead.closed_at) if lead.closed_at is not None else None
    reference = reference_of(lead.lead_number, kept.check_text)
    return ReportStatus(reference, lead.state, day_in_china(lead.opened_at), closed_on, kept.report.public_answer)
