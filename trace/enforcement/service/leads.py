"""Leads: opened by what was found, taken up by an authority, closed with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput, NotKnown
from ...kernel.normalise import half_width, require_text
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties import notices
from ...parties import service as parties
from ...parties.model import Actor, NewNotice, NoticeKind, Party, Role
from ...parties.regions import require_region
from ...store.database import LostRace, UnitOfWork
from .. import store
from ..model import NOT_ON_THE_BATCHS_CHAIN, Filter, Lead, LeadState, NewLead, county_prefix, lead_id_of, number_of
from ..reports import store as reports
from ..reports.model import MAX_PUBLIC_ANSWER_CHARACTERS

ENFORCING_ROLES = (Role.REGULATOR, Role.INSPECTION_AGENCY)
"""Who sees leads. Nobody else learns of one: a warned seller has nothing left to find."""


def open_lead(work: UnitOfWork, actor: Actor, new: NewLead, details: Mapping[str, object] | None = None) -> Lead:
    """Opens a lead in the caller's transaction, and tells the regulators of its county. The batch's own chain names its
    number only, since the maker reads that chain. `details` stand in the lead's first event with the rest.

    Whoever reports what gives rise to a lead opens it, so the caller has asked who may. Raises InvalidInput
    `region.unknown`, `text.*`.
    """
    region_code = require_region(new.region_code)
    day = day_in_china(work.now)
    number = number_of(day, store.next_sequence(work.connection, day))
    lead = Lead(
        lead_id=lead_id_of(number),
        lead_number=number,
        kind=new.kind,
        state=LeadState.OPEN,
        region_code=region_code,
        summary=require_text(new.summary, "summary", limits.MAX_NOTE_CHARACTERS, required=True),
        batch_id=new.batch_id,
        sample_id=new.sample_id,
        maker_id=new.maker_id,
        outlet_id=new.outlet_id,
        opened_at=work.now,
        opened_by_id=actor.party_id,
    )
    store.add(work.connection, lead)
    payload = {
        "lead_number": number,
        "kind": lead.kind,
        "region_code": region_code,
        "summary": lead.summary,
        "batch_id": lead.batch_id,
        "sample_id": lead.sample_id,
        "maker_id": lead.maker_id,
        "outlet_id": lead.outlet_id,
        **(details or {}),
    }
    ledger.append(work, Subject.LEAD, lead.lead_id, "lead.opened", payload, actor.party_id)
    if lead.batch_id is not None and lead.kind not in NOT_ON_THE_BATCHS_CHAIN:
        named = {"lead_number": number}
        ledger.append(work, Subject.BATCH, lead.batch_id, "batch.lead_opened", named, actor.party_id)
    facts = {
        "lead_id": lead.lead_id,
        "lead_number": number,
        "lead_kind": lead.kind,
        "region_code": region_code,
        "summary": lead.summary,
    }
    notices.notify(
        work,
        [
            NewNotice(each.party_id, NoticeKind.LEAD_OPENED, facts, lead.batch_id, lead.sample_id)
            for each in _regulators_of(work.connection, region_code)
        ],
    )
    return lead


def take_up(work: UnitOfWork, actor: Actor, lead_id: UUID, note: str = "") -> Lead:
    """Somebody begins to look into an open lead: a regulator or an inspection agency, which then has it.

    Raises NotAllowed `access.role`; NotKnown `lead.unknown`; InvalidInput `text.malformed`; Conflict `lead.state`.
    """
    lead = require_lead(work.connection, actor, lead_id)
    note = require_text(note, "note", limits.MAX_NOTE_CHARACTERS)
    if lead.state is not LeadState.OPEN:
        raise Conflict("lead.state", field="lead_id", number=lead.lead_number, state=lead.state.value)
    later = replace(lead, state=LeadState.TAKEN_UP, taken_up_at=work.now, taken_up_by_id=actor.party_id)
    _change(work, actor, lead, later, "lead.taken_up", {"note": note})
    return later


def close(work: UnitOfWork, actor: Actor, lead_id: UUID, reason: str, public_answer: str = "") -> Lead:
    """Ends a lead, once, with the reason: by a regulator, or by the agency that took it up. Of a buyer's report
    telephone and position are deleted; `public_answer` is what the buyer reads.

    Raises NotAllowed `access.role`, `access.other_party`; NotKnown `lead.unknown`; InvalidInput `text.*`,
    `report.no_buyer` for a public answer where nobody waits for one; Conflict `lead.state`.
    """
    lead = require_lead(work.connection, actor, lead_id)
    if lead.state is LeadState.CLOSED:
        raise Conflict("lead.state", field="lead_id", number=lead.lead_number, state=lead.state.value)
    if not actor.has_role(Role.REGULATOR):
        # An open lead is nobody's yet: its agency takes it up first.
        if lead.taken_up_by_id is None:
            actor.require_role(Role.REGULATOR)
        else:
            actor.require_self(lead.taken_up_by_id)
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    later = replace(lead, state=LeadState.CLOSED, closed_at=work.now, closed_by_id=actor.party_id, reason=reason)
    payload: dict[str, object] = {"reason": reason}
    public_answer = require_text(public_answer, "public_answer", MAX_PUBLIC_ANSWER_CHARACTERS)
    if reports.end(work.connection, lead_id, public_answer, work.now):
        payload["public_answer"] = public_answer
    elif public_answer:
        raise InvalidInput("report.no_buyer", field="public_answer")
    _change(work, actor, lead, later, "lead.closed", payload)
    return later


def list_leads(
    connection: Connection, actor: Actor, wanted: Filter, before: tuple[datetime, UUID] | None = None
) -> list[Lead]:
    """The leads asked for, the newest first, MAX_PAGE_ROWS at a time: those after `before` (when opened, its id), the
    last one of the page before. Raises NotAllowed `access.role`; InvalidInput `region.unknown`."""
    actor.require_role(*ENFORCING_ROLES)
    if wanted.region_code:
        require_region(wanted.region_code)
    return store.newest(connection, wanted, limits.MAX_PAGE_ROWS, before)


def require_lead(connection: Connection, actor: Actor, lead_id: UUID) -> Lead:
    """Raises NotAllowed `access.role`; NotKnown `lead.unknown`."""
    actor.require_role(*ENFORCING_ROLES)
    found = store.find(connection, lead_id)
    if found is None:
        raise NotKnown("lead.unknown", field="lead_id")
    return found


def require_lead_by_number(connection: Connection, actor: Actor, lead_number: str) -> Lead:
    """Raises NotAllowed `access.role`; NotKnown `lead.unknown`."""
    return require_lead(connection, actor, lead_id_of(half_width(lead_number).strip().upper()))


def _change(work: UnitOfWork, actor: Actor, seen: Lead, later: Lead, kind: str, payload: dict[str, object]) -> None:
    if store.change(work.connection, seen, later) != 1:
        raise LostRace
    ledger.append(work, Subject.LEAD, seen.lead_id, kind, payload, actor.party_id)


def _regulators_of(connection: Connection, region_code: str) -> list[Party]:
    """The regulators of a county, of its city and of its province."""
    return [
        each
        for each in parties.list_parties_with_role(connection, Role.REGULATOR)
        if region_code.startswith(county_prefix(each.region_code))
    ]
