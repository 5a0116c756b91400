"""/api/v1/leads: suspicions for those who enforce. Regulators and inspection agencies only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter

from ...trace.enforcement import service
from ...trace.enforcement.model import Filter, Lead, LeadKind, LeadState
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ..deps import TheActor, TheInstance
from ..forms.leads import CloseForm, TakeUpForm
from ..writes import TheWrite
from .movements import place_of
from .notices import mark_of

router = APIRouter(prefix="/api/v1/leads", tags=["enforcement"])


@dataclass(frozen=True, slots=True)
class LeadsDocument:
    """One page. `next`: what to pass as `before` for the page after it; None on the last."""

    leads: list[Lead]
    next: str | None


@router.get("")
def list_leads(
    instance: TheInstance,
    actor: TheActor,
    region_code: str = "",
    kind: LeadKind | None = None,
    state: LeadState | None = None,
    before: str = "",
) -> LeadsDocument:
    """Leads, the newest first, 200 at a time; where asked, of one county, city or province, kind and state."""
    place = place_of(before) if before else None
    with instance.database.read() as connection:
        found = service.list_leads(connection, actor, Filter(region_code, kind, state), place)
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    return LeadsDocument(found, mark_of(last.opened_at, last.lead_id) if last else None)


@router.get("/{lead_id}")
def get_lead(lead_id: UUID, instance: TheInstance, actor: TheActor) -> Lead:
    """One lead."""
    with instance.database.read() as connection:
        return service.require_lead(connection, actor, lead_id)


@router.post("/{lead_id}/take-up")
def take_up(lead_id: UUID, form: TakeUpForm, write: TheWrite) -> Lead:
    """The caller begins to look into an open lead."""
    return write.run(lambda work: service.take_up(work, write.actor, lead_id, form.note))


@router.post("/{lead_id}/close")
def close(lead_id: UUID, form: CloseForm, write: TheWrite) -> Lead:
    """Ends a lead, once, with the reason: a regulator's act, or the agency's that took it up."""
    return write.run(lambda work: service.close(work, write.actor, lead_id, form.reason, form.public_answer))
