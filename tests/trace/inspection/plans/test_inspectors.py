"""Who inspects and who steps aside: what is kept, what stands in the log, and every refusal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import Inspector
from suiyuan.trace.inspection.plans.service import NewInspector
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Role

from .acts import Planning

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World


@pytest.fixture
def planning(world: World) -> Planning:
    return Planning(world, shops=0, inspectors=1)


def listed(world: World, *, in_office: bool = False) -> list[Inspector]:
    with world.database.read() as connection:
        return plans.list_inspectors(connection, [world.agency.party_id], in_office=in_office)


def test_an_inspector_comes_steps_aside_and_leaves(world: World, planning: Planning) -> None:
    [person] = planning.inspectors
    assert (person.name, person.certificate_number, person.left_at) == ("检查员0", "NX-0", None)
    assert listed(world) == [person]
    noted = planning.do(
        lambda work: plans.note_interest(
            work, planning.actor, person.inspector_id, world.outlet.credit_code, " 配偶  在此任职 "
        )
    )
    assert [(each.party_id, each.reason, each.ended_at) for each in noted.interests] == [
        (world.outlet.party_id, "配偶 在此任职", None)
    ]
    with world.database.read() as connection:
        assert plans.interested_certificates(connection, [world.outlet.party_id]) == {"NX-0"}
        assert plans.interested_certificates(connection, [world.second_outlet.party_id]) == set()
    ended = planning.do(
        lambda work: plans.end_interest(work, planning.actor, person.inspector_id, world.outlet.party_id)
    )
    assert ended.interests[0].ended_at is not None
    with world.database.read() as connection:
        assert plans.interested_certificates(connection, [world.outlet.party_id]) == set()
    again = planning.interest(person, world.outlet)
    assert [(each.reason, each.ended_at) for each in again.interests] == [("亲属开店", None)]
    left = planning.do(lambda work: plans.remove_inspector(work, planning.actor, person.inspector_id))
    assert left.left_at == world.clock.now()
    assert listed(world, in_office=True) == []
    assert [each.inspector_id for each in listed(world)] == [person.inspector_id]
    assert planning.inspector("新人", "nx-0").certificate_number == "NX-0", "a certificate is free once its holder left"


def test_the_log_has_neither_names_nor_reasons(world: World, planning: Planning) -> None:
    planning.interest(planning.inspectors[0], world.outlet)
    with world.database.read() as connection:
        events = ledger.list_events(connection, world.agency.party_id)
    assert [each.kind for each in events][-2:] == ["inspector.added", "inspector.interest_noted"]
    assert str(world.outlet.party_id) in events[-1].payload
    assert not any(re.search("检查员|亲属", each.payload) for each in events)


def test_refused_inspectors(world: World, planning: Planning, refuses: Refuses) -> None:
    new, agency_id = NewInspector("李某", "NX-7"), world.agency.party_id

    def add(actor=planning.actor, party_id=agency_id, new=new):  # one line for each refusal
        return planning.do(lambda work: plans.add_inspector(work, actor, party_id, new))

    with refuses(Conflict, "inspector.duplicate", field="certificate_number", certificate_number="NX-0"):
        add(new=NewInspector("李某", " nx-0"))
    with refuses(InvalidInput, "text.missing", field="name"):
        add(new=NewInspector(" ", "NX-7"))
    with refuses(InvalidInput, "text.missing", field="certificate_number"):
        add(new=NewInspector("李某", ""))
    with refuses(InvalidInput, "inspector.agency", field="agency_id"):
        add(world.actor(world.regulator), world.outlet.party_id)
    with refuses(NotKnown, "party.unknown", field="agency_id"):
        add(world.actor(world.regulator), uuid4())
    with refuses(NotAllowed, "access.role"):
        add(world.actor(world.outlet), world.outlet.party_id)
    other = world.party(Role.INSPECTION_AGENCY)
    with refuses(NotAllowed, "access.other_party"):
        add(world.actor(other))
    assert add(world.actor(world.regulator)).agency_id == agency_id


def test_refused_interests(world: World, planning: Planning, refuses: Refuses) -> None:
    person, actor = planning.inspectors[0], planning.actor
    code = world.outlet.credit_code

    def note(actor=actor, inspector_id=person.inspector_id, code=code, reason="亲属"):
        return planning.do(lambda work: plans.note_interest(work, actor, inspector_id, code, reason))

    with refuses(InvalidInput, "text.missing", field="reason"):
        note(reason=" ")
    with refuses(InvalidInput, "party.credit_code", field="credit_code"):
        note(code="123")
    with refuses(NotKnown, "inspector.unknown", field="inspector_id"):
        note(inspector_id=uuid4())
    with refuses(NotAllowed, "access.role"):
        note(world.actor(world.outlet))
    other = world.party(Role.INSPECTION_AGENCY)
    with refuses(NotAllowed, "access.other_party"):
        note(world.actor(other))
    with refuses(NotKnown, "inspector.interest_unknown", field="party_id"):
        planning.do(lambda work: plans.end_interest(work, actor, person.inspector_id, world.outlet.party_id))
    note()
    with refuses(Conflict, "inspector.interest_duplicate", field="credit_code"):
        note()
    planning.do(lambda work: plans.remove_inspector(work, actor, person.inspector_id))
    with refuses(Conflict, "inspector.left", field="inspector_id"):
        note(code=world.second_outlet.credit_code)
    with refuses(Conflict, "inspector.left", field="inspector_id"):
        planning.do(lambda work: plans.remove_inspector(work, actor, person.inspector_id))
