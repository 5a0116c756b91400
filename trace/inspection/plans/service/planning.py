"""Drafting a plan, changing the draft, cancelling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from ....kernel.errors import Conflict, InvalidInput, NotKnown
from ....kernel.limits import MAX_NOTE_CHARACTERS
from ....kernel.normalise import require_text
from ....ledger import service as ledger
from ....ledger.model import Subject
from ....parties import service as parties
from ....parties.model import Actor, Role
from ....store.database import UnitOfWork
from .. import store
from ..model import (
    AGENCY_ROLES,
    Plan,
    PlannedExclusion,
    PlannedStratum,
    PlanState,
    PlanTerms,
    require_plan_number,
    require_terms,
)
from .reading import plan_id_of, require_own_plan, require_state


@dataclass(frozen=True, slots=True)
class NewPlan:
    plan_number: str
    terms: PlanTerms


def register_plan(work: UnitOfWork, actor: Actor, organiser_id: UUID, new: NewPlan) -> Plan:
    """Drafts a plan: an inspection agency's own act, or the regulator's. Nothing of it is public.

    Raises NotAllowed `access.*`; NotKnown `party.unknown`; InvalidInput `plan.*`, `draw.*`, `text.*`, `region.unknown`,
    `party.credit_code`; Conflict `plan.duplicate`.
    """
    actor.require_role(*AGENCY_ROLES)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(organiser_id)
    if not parties.require_party(work.connection, organiser_id, "organiser_id").roles & AGENCY_ROLES:
        raise InvalidInput("inspector.agency", field="organiser_id")
    plan_number = require_plan_number(new.plan_number)
    plan = Plan(
        plan_id=plan_id_of(plan_number),
        plan_number=plan_number,
        organiser_id=organiser_id,
        terms=_require_terms(work.connection, organiser_id, new.terms),
        state=PlanState.DRAFT,
        created_at=work.now,
    )
    if store.plans(work.connection, plan_id=plan.plan_id):
        raise Conflict("plan.duplicate", field="plan_number", plan_number=plan_number)
    store.add_plan(work.connection, plan)
    ledger.append(work, Subject.PLAN, plan.plan_id, "plan.registered", _payload(plan), actor.party_id)
    return plan


def revise_plan(work: UnitOfWork, actor: Actor, plan_id: UUID, terms: PlanTerms) -> Plan:
    """Replaces the terms of a draft. After the commitment nothing of a plan can be changed.

    Raises what `register_plan` raises; NotKnown `plan.unknown`; Conflict `plan.committed` and the like.
    """
    plan = require_own_plan(work.connection, actor, plan_id)
    require_state(plan, PlanState.DRAFT)
    plan = replace(plan, terms=_require_terms(work.connection, plan.organiser_id, terms))
    store.change_terms(work.connection, plan_id, plan.terms)
    ledger.append(work, Subject.PLAN, plan_id, "plan.revised", _payload(plan), actor.party_id)
    return plan


def cancel_plan(work: UnitOfWork, actor: Actor, plan_id: UUID, reason: str) -> Plan:
    """Gives a plan up before its draw. One that was committed to stays in the public list, with the reason: whoever
    dislikes what would be drawn does not get rid of it unseen. A draw is never given up.

    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; InvalidInput `text.*`; Conflict `plan.drawn` and the like.
    """
    plan = require_own_plan(work.connection, actor, plan_id)
    require_state(plan, PlanState.DRAFT, PlanState.COMMITTED)
    reason = require_text(reason, "reason", MAX_NOTE_CHARACTERS, required=True)
    changed = {"state": PlanState.CANCELLED.value, "cancelled_at": work.now, "cancellation": reason}
    store.change_plan(work.connection, plan_id, plan.state, **changed)
    ledger.append(work, Subject.PLAN, plan_id, "plan.cancelled", {"reason": reason}, actor.party_id)
    return replace(plan, state=PlanState.CANCELLED, cancelled_at=work.now, cancellation=reason)


def _require_terms(connection: Connection, organiser_id: UUID, given: PlanTerms) -> PlanTerms:
    """The terms with credit codes in their plain form, once every party named in them is known."""
    terms = require_terms(
        replace(
            given,
            strata=tuple(_stratum(connection, each, f"strata.{at}") for at, each in enumerate(given.strata)),
            exclusions=tuple(
                _exclusion(connection, each, f"exclusions.{at}") for at, each in enumerate(given.exclusions)
            ),
        )
    )
    organiser = parties.require_party(connection, organiser_id)
    agencies = {
        each.party_id for each in parties.list_parties(connection, terms.agency_ids) if each.roles & AGENCY_ROLES
    }
    if terms.agency_ids - agencies:
        raise NotKnown("plan.agency", field="agency_ids")
    if Role.REGULATOR not in organiser.roles and terms.agency_ids - {organiser_id}:
        raise InvalidInput("plan.agency_other", field="agency_ids")
    return terms


def _stratum(connection: Connection, given: PlannedStratum, field: str) -> PlannedStratum:
    if not given.producer.strip():
        return replace(given, producer="")
    producer = parties.require_party_by_credit_code(connection, given.producer, f"{field}.producer")
    return replace(given, producer=producer.credit_code)


def _exclusion(connection: Connection, given: PlannedExclusion, field: str) -> PlannedExclusion:
    party = parties.require_party_by_credit_code(connection, given.credit_code, f"{field}.credit_code")
    return replace(given, credit_code=party.credit_code)


def _payload(plan: Plan) -> dict[str, object]:
    terms = plan.terms
    return {
        "plan_number": plan.plan_number,
        "organiser_id": plan.organiser_id,
        "title": terms.title,
        "kinds": terms.kinds,
        "stages": terms.stages,
        "first_on": terms.first_on,
        "last_on": terms.last_on,
        "strata": [{"name": each.name, "size": each.size} for each in terms.strata],
        "exclusions": [{"object_id": each.credit_code, "reason": each.reason} for each in terms.exclusions],
        "inspectors_per_object": terms.inspectors_per_object,
        "public_source": terms.public_source,
        "agency_ids": terms.agency_ids,
    }
