"""The sheet on the spot: packs taken, portions sealed, who signs, and what warns of one sample too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from suiyuan.trace.custody.model import Interval
from suiyuan.trace.custody.service import Goods
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.items import SeedLot
from suiyuan.trace.inspection.model import (
    Acknowledgement,
    Basis,
    DuplicateKind,
    Portion,
    PortionRole,
    Sample,
    SampleRecord,
    SampleState,
    SheetInspector,
    Stage,
)
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.service import NewInspector
from suiyuan.trace.inspection.service import NewSample, Sealing
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotKnown
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import Role
from suiyuan.trace.parties.service import NewSite

if TYPE_CHECKING:
    from suiyuan.trace.batches.model import Batch
    from suiyuan.trace.parties.model import Party
    from tests.support.protocols import Refuses
    from tests.support.world import World

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
"""What is refused before the database is asked is refused on one engine as on the other."""

TODAY = date(2026, 11, 24)
PORTIONS = (Portion(PortionRole.TEST, "ＦＹ-1", "100 mL"), Portion(PortionRole.RESERVE, "fy-2", "100 mL"))
SIGNED = Sealing(PORTIONS, Acknowledgement.SIGNED, "马建国", signature="M1 1L20.5 30 L40 2")


def take(world: World, batch: Batch, number: str = "NX-1", by: Party | None = None, **change: Any) -> Sample:
    agency = by or world.agency
    plain = NewSample(
        batch.batch_id, number, agency.party_id, TODAY, "640221", Basis.RANDOM, inspectors=world.inspectors
    )
    return world.database.write(
        lambda work: inspection.take_sample(work, world.actor(agency), replace(plain, **change))
    )


def seal(world: World, sample: Sample, **change: Any) -> Sample:
    sealing = replace(SIGNED, **change)
    return world.database.write(
        lambda work: inspection.seal(work, world.actor(world.agency), sample.sample_id, sealing)
    )


def record(world: World, sample: Sample) -> SampleRecord:
    with world.database.read() as connection:
        return inspection.require_record(connection, sample.sample_id)


def test_packs_named_by_their_codes_are_in_the_agencys_charge(world: World) -> None:
    batch = world.register_batch()
    sample = take(world, batch, goods=(Goods(batch.batch_id, (Interval(3, 5),)),))
    assert (sample.sampled_from_id, sample.stage) == (world.maker.party_id, Stage.PRODUCTION)
    assert world.holders(batch) == [(0, 3, "maker"), (3, 5, "agency:sampled"), (5, 24, "maker")]
    sheet = record(world, sample).sheet
    assert sheet.units == 2
    assert sheet.movement_id is not None


@SQLITE
def test_a_sheet_is_about_one_batch(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(), world.register_batch()
    with refuses(InvalidInput, "sample.several_batches", field="codes"):
        take(world, batch, goods=(Goods(other.batch_id, (Interval(0, 1),)),))


def test_a_sealed_sheet_keeps_all_that_was_written_on_it(world: World) -> None:
    lot = SeedLot("水稻", "常规种", "大田用种", "粳")
    taken = take(world, world.register_batch(), place="门店货架", seed_lot=lot, allows_northern_moisture=True)
    sample = seal(world, taken)
    assert sample.state is SampleState.SEALED
    kept = record(world, sample)
    assert kept.sheet.portions == (
        Portion(PortionRole.TEST, "FY-1", "100 mL"),
        Portion(PortionRole.RESERVE, "FY-2", "100 mL"),
    )
    assert kept.sheet.inspectors == world.inspectors
    assert (kept.sheet.acknowledgement, kept.sheet.signed_by) == (Acknowledgement.SIGNED, "马建国")
    assert (kept.sheet.signature, kept.sheet.place) == ("M1 1L20.5 30 L40 2", "门店货架")
    assert (kept.sheet.seed_lot, kept.sheet.allows_northern_moisture) == (lot, True)
    assert [step.state for step in kept.steps] == [SampleState.TAKEN, SampleState.SEALED]


def test_a_site_north_of_the_wall_says_so_on_every_sheet(world: World) -> None:
    batch = world.register_batch(product=world.seed)
    new = NewSite("盐池库", "640323", allows_northern_moisture=True)
    owner = world.actor(world.outlet)
    site = world.database.write(lambda work: parties.add_site(work, owner, world.outlet.party_id, new))
    plain = take(world, batch, sampled_from_id=world.outlet.party_id)
    northern = take(world, batch, "NX-2", sampled_from_id=world.outlet.party_id, site_id=site.site_id)
    assert not record(world, plain).sheet.allows_northern_moisture
    assert record(world, northern).sheet.allows_northern_moisture
    with world.database.read() as connection:
        assert parties.list_sites(connection, world.outlet.party_id) == [site]


def test_a_refusal_to_sign_is_recorded(world: World) -> None:
    sample = take(world, world.register_batch())
    seal(world, sample, acknowledgement=Acknowledgement.REFUSED, signed_by="", signature="", refusal_reason="拒签")
    sheet = record(world, sample).sheet
    assert (sheet.acknowledgement, sheet.refusal_reason) == (Acknowledgement.REFUSED, "拒签")


@SQLITE
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"portions": ()}, "sheet.portions", "portions"),
        ({"portions": PORTIONS[:1]}, "sheet.portions", "portions"),
        ({"portions": PORTIONS[1:]}, "sheet.portions", "portions"),
        (
            {"portions": (*PORTIONS, replace(PORTIONS[0], seal_number="fy-1"))},
            "sheet.same_seal",
            "portions.2.seal_number",
        ),
        ({"portions": (replace(PORTIONS[0], seal_number=" "), PORTIONS[1])}, "text.missing", "portions.0.seal_number"),
        ({"signed_by": ""}, "text.missing", "signed_by"),
        ({"refusal_reason": "拒签"}, "sheet.acknowledgement", "acknowledgement"),
        ({"acknowledgement": Acknowledgement.REFUSED, "signature": ""}, "text.missing", "refusal_reason"),
        (
            {"acknowledgement": Acknowledgement.REFUSED, "refusal_reason": "拒签"},
            "sheet.acknowledgement",
            "acknowledgement",
        ),
        ({"signature": "<script>"}, "sheet.signature", "signature"),
        ({"signature": "M1 1C2 2 3 3 4 4"}, "sheet.signature", "signature"),
        ({"signature": "M1 1L2 2 " * 3_000}, "sheet.signature", "signature"),
    ],
)
def test_a_sealing_that_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    sample = take(world, world.register_batch())
    with refuses(InvalidInput, code, field=field):
        seal(world, sample, **change)


def test_a_seal_number_is_used_once(world: World, refuses: Refuses) -> None:
    seal(world, take(world, world.register_batch()))
    second = take(world, world.register_batch(), "NX-2")
    with refuses(Conflict, "sheet.seal_used", field="portions.1.seal_number", seal="FY-2"):
        seal(world, second, portions=(replace(PORTIONS[0], seal_number="FY-9"), PORTIONS[1]))


@SQLITE
def test_two_inspectors_at_least_and_no_one_twice(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    one, two = world.inspectors
    with refuses(InvalidInput, "sheet.inspectors", field="inspectors"):
        take(world, batch, inspectors=(one,))
    with refuses(InvalidInput, "sheet.same_inspector", field="inspectors.1.certificate_number"):
        take(world, batch, inspectors=(one, replace(two, certificate_number=one.certificate_number)))
    nobody = take(world, batch, inspectors=())
    with refuses(InvalidInput, "sheet.inspectors", field="inspectors"):
        seal(world, nobody)


def test_an_inspector_with_an_interest_steps_aside(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    cousin = SheetInspector("李某", "宁农执法009")

    def act(work: Any) -> None:
        agency = world.actor(world.agency)
        new = NewInspector(cousin.name, cousin.certificate_number)
        person = plans.add_inspector(work, agency, world.agency.party_id, new)
        plans.note_interest(work, agency, person.inspector_id, world.outlet.credit_code, "近亲属")

    world.database.write(act)
    people = (world.inspectors[0], cousin)
    with refuses(InvalidInput, "sheet.interest", field="inspectors.1.certificate_number"):
        take(world, batch, sampled_from_id=world.outlet.party_id, inspectors=people)
    assert take(world, batch, sampled_from_id=world.second_outlet.party_id, inspectors=people)


def test_sampling_a_batch_again_is_warned_of_by_the_same_level_or_above(world: World) -> None:
    batch = world.register_batch()
    county = world.party(Role.INSPECTION_AGENCY, name="平罗县站", region_code="640221")
    province = world.party(Role.INSPECTION_AGENCY, name="自治区站", region_code="640000")
    first = take(world, batch, "A", by=county)
    assert record(world, first).sheet.duplicates == ()
    above = take(world, batch, "B", by=province)
    assert record(world, above).sheet.duplicates == ()
    third = take(world, batch, "C", by=county)
    assert [(each.kind, each.sample_number) for each in record(world, third).sheet.duplicates] == [
        (DuplicateKind.SAME_BATCH, "A"),
        (DuplicateKind.SAME_BATCH, "B"),
    ]


def test_seed_of_one_firm_and_crop_is_not_sampled_again_within_six_months(world: World) -> None:
    old = world.register_batch(product=world.seed, production_on=TODAY - timedelta(days=300))
    new = world.register_batch(product=world.seed)
    take(world, old, "A", taken_on=TODAY - timedelta(days=184))
    take(world, old, "B", taken_on=TODAY - timedelta(days=183))
    other = world.register_batch()
    take(world, other, "P", taken_on=TODAY)
    warned = record(world, take(world, new, "C")).sheet.duplicates
    assert [(each.kind, each.sample_number) for each in warned] == [(DuplicateKind.SAME_FIRM_AND_CROP, "B")]
    agency = world.actor(world.agency)
    before = inspection.duplicates_for(world.database, agency, world.agency.party_id, new.batch_id, TODAY)
    assert [each.sample_number for each in before] == ["B", "C"]


@SQLITE
def test_what_is_no_laboratory_tests_nothing(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, "sheet.laboratory", field="laboratory_id"):
        take(world, batch, laboratory_id=world.outlet.party_id)
    with refuses(NotKnown, "party.unknown", field="laboratory_id"):
        take(world, batch, laboratory_id=batch.batch_id)
