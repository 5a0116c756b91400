"""On the spot: take a sample, seal it, and see whether it is one too many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import Batch
from ...catalog import service as catalog
from ...catalog.model import ProductKind
from ...custody import service as custody
from ...custody.service import MAX_CLOCK_SKEW, Circumstances, Goods
from ...kernel import limits
from ...kernel.clock import CHINA, day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.ids import derived_id
from ...kernel.normalise import half_width, require_text
from ...parties import service as parties
from ...parties.model import Actor, Role
from ...parties.regions import require_region
from ...store.database import Database, UnitOfWork
from .. import sheet_store, store
from ..items import SeedLot
from ..model import (
    MIN_INSPECTORS,
    Acknowledgement,
    Basis,
    Duplicate,
    DuplicateKind,
    MakerResponse,
    Portion,
    PortionRole,
    Sample,
    SampleSheet,
    SampleState,
    SheetInspector,
    Stage,
)
from ..plans import people_store
from ..records import require_sample
from .common import INSPECTING_ROLES, add_step, move, note_event, require_own

MAX_INSPECTORS = 20
MAX_PORTIONS = 20
MAX_SIGNATURE_CHARACTERS = 20_000
"""A name drawn with a finger is some 3,000."""

SIGNATURE = re.compile(r"(?:[ML]-?\d{1,4}(?:\.\d{1,2})? -?\d{1,4}(?:\.\d{1,2})? ?)+")
"""SVG path data of straight lines only: nothing in it can be anything but a drawing."""

SAME_CROP_WITHIN = timedelta(days=183)
"""Six months. Source: 农作物种子质量监督抽查管理办法 (部令50号)."""


@dataclass(frozen=True, slots=True)
class NewSample:
    """What an inspector writes on the sample sheet.

    `goods`: the packs taken, by their codes; all of `batch_id`. `taken_at` None: only the day is known. `stage` None:
    as the sampled party's roles have it. `captured_at`: by the clock of the phone, already set right.
    """

    batch_id: UUID
    sample_number: str
    agency_id: UUID
    taken_on: date
    region_code: str
    basis: Basis
    stage: Stage | None = None
    sampled_from_id: UUID | None = None
    site_id: UUID | None = None
    place: str = ""
    plan_id: UUID | None = None
    laboratory_id: UUID | None = None
    inspectors: tuple[SheetInspector, ...] = ()
    goods: tuple[Goods, ...] = ()
    seed_lot: SeedLot | None = None
    allows_northern_moisture: bool = False
    note: str = ""
    taken_at: datetime | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealing:
    """How a sample was closed on the spot: its portions under seal, and what the sampled party did with the sheet."""

    portions: tuple[Portion, ...]
    acknowledgement: Acknowledgement
    signed_by: str = ""
    refusal_reason: str = ""
    signature: str = ""


def take_sample(work: UnitOfWork, actor: Actor, new: NewSample) -> Sample:
    """Records that units of a batch were sampled, and takes charge of the packs named by their codes.

    Duplicate sampling is a warning on the sheet and no refusal: the goods are in the bag.

    Raises NotAllowed `access.*`; NotKnown `batch.unknown`, `party.unknown`, `site.unknown`; InvalidInput `text.*`,
    `region.unknown`, `sample.day`, `sample.several_batches`, `sheet.inspectors`, `sheet.same_inspector`,
    `sheet.interest`, `sheet.laboratory`; Conflict
    `sample.duplicate`; and what `custody.sample` raises.
    """
    actor.require_role(*INSPECTING_ROLES)
    actor.require_self(new.agency_id)
    agency = parties.require_party(work.connection, new.agency_id, "agency_id")
    batch = batches.require_batch(work.connection, new.batch_id)
    taken_at = _taken_at(work, batch, new)
    number = require_text(half_width(new.sample_number), "sample_number", limits.MAX_NAME_CHARACTERS, required=True)
    if store.sample_of_number(work.connection, number) is not None:
        raise Conflict("sample.duplicate", field="sample_number", number=number)
    if any(each.batch_id != batch.batch_id for each in new.goods):
        raise InvalidInput("sample.several_batches", field="codes", batch_number=batch.batch_number)
    duplicates = find_duplicates(work.connection, batch, agency.region_code, new.taken_on, new.seed_lot)
    movements = (
        custody.sample(
            work, actor, agency.party_id, new.goods, Circumstances(reason=number, captured_at=new.captured_at)
        )
        if new.goods
        else []
    )
    holders = {movement.from_id for movement in movements}
    sampled_from_id = new.sampled_from_id or (holders.pop() if len(holders) == 1 else None)
    inspectors = _require_inspectors(new.inspectors) if new.inspectors else ()
    _require_no_interest(work.connection, inspectors, [each for each in (batch.maker_id, sampled_from_id) if each])
    sample = Sample(
        batch_id=batch.batch_id,
        sample_id=derived_id("sample", number),
        maker_id=batch.maker_id,
        product_id=batch.product_id,
        sample_number=number,
        agency_id=agency.party_id,
        taken_on=new.taken_on,
        region_code=require_region(new.region_code),
        basis=new.basis,
        stage=new.stage or _stage_of(work.connection, sampled_from_id),
        sampled_from_id=sampled_from_id,
        plan_id=new.plan_id,
        laboratory_id=require_laboratory(work.connection, new.laboratory_id),
        state=SampleState.TAKEN,
        state_at=work.now,
        maker_response=MakerResponse.NONE,
    )
    is_northern = new.allows_northern_moisture
    if new.site_id is not None and sampled_from_id is not None:
        site = parties.require_site(work.connection, sampled_from_id, new.site_id)
        is_northern = is_northern or site.allows_northern_moisture
    sheet = SampleSheet(
        taken_at=taken_at,
        place=require_text(new.place, "place", limits.MAX_NAME_CHARACTERS),
        site_id=new.site_id,
        units=sum(interval.units for each in new.goods for interval in each.intervals),
        movement_id=movements[0].movement_id if movements else None,
        inspectors=inspectors,
        portions=(),
        acknowledgement=None,
        signed_by="",
        refusal_reason="",
        signature="",
        seed_lot=_require_seed_lot(new.seed_lot),
        allows_northern_moisture=is_northern,
        note=require_text(new.note, "note", limits.MAX_NOTE_CHARACTERS),
        duplicates=duplicates,
        captured_at=new.captured_at,
    )
    store.add_sample(work.connection, sample)
    sheet_store.add_sheet(work.connection, sample, sheet)
    add_step(work, actor, sample, SampleState.TAKEN, "")
    note_event(work, actor, sample, "sample.taken", _statement(sample, sheet))
    return sample


def seal(work: UnitOfWork, actor: Actor, sample_id: UUID, sealing: Sealing) -> Sample:
    """Closes a sample on the spot: at least one portion to test and one in reserve, each under a seal of its own, two
    inspectors or more, and a signature or the reason why there is none.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `sheet.*`, `text.*`; Conflict `sample.state`,
    `sheet.seal_used`. Source: 农产品质量安全监测管理办法 (two officers, sealed on site, both sign); 部令50号.
    """
    sample = require_own(work, actor, sample_id)
    sheet = sheet_store.sheet_of(work.connection, sample.batch_id, sample_id)
    if len(sheet.inspectors) < MIN_INSPECTORS:
        raise InvalidInput("sheet.inspectors", field="inspectors", minimum=MIN_INSPECTORS)
    portions = _require_portions(sealing.portions)
    seals = [each.seal_number for each in portions]
    used = sheet_store.taken_seals(work.connection, seals)
    if used:
        first = next(position for position, each in enumerate(seals) if each in used)
        raise Conflict("sheet.seal_used", field=f"portions.{first}.seal_number", seal=seals[first])
    acknowledged = _require_acknowledgement(sealing)
    move(work, actor, sample, SampleState.SEALED)
    sheet_store.add_seals(work.connection, sample, portions)
    sheet_store.set_acknowledgement(work.connection, sample, **acknowledged)
    note_event(
        work,
        actor,
        sample,
        "sample.sealed",
        {
            "portions": [[each.role, each.seal_number, each.quantity] for each in portions],
            **{name: value for name, value in acknowledged.items() if name != "signature"},
            "is_drawn": bool(sealing.signature),
        },
    )
    return require_sample(work.connection, sample_id)


def find_duplicates(
    connection: Connection, batch: Batch, agency_region: str, taken_on: date, seed_lot: SeedLot | None
) -> tuple[Duplicate, ...]:
    """Earlier samples that make a new one doubtful: of the same batch, by an agency of the same level or above; of
    seed, of the same firm and crop within six months.

    Source: 农产品质量安全法 arts 46-52; 农作物种子质量监督抽查管理办法 (部令50号).
    """
    agencies: dict[UUID, int] = {}

    def is_above(agency_id: UUID) -> bool:
        if agency_id not in agencies:
            agency = parties.find_party(connection, agency_id)
            agencies[agency_id] = _level(agency.region_code if agency else agency_region)
        return agencies[agency_id] <= _level(agency_region)

    found = {
        number: Duplicate(DuplicateKind.SAME_BATCH, number, day)
        for number, day, agency_id in store.earlier_of_batch(connection, batch.batch_id)
        if is_above(agency_id)
    }
    if catalog.require_product(connection, batch.product_id).kind is ProductKind.SEED:
        crop = seed_lot.crop if seed_lot else ""
        since = taken_on - SAME_CROP_WITHIN
        earlier = sheet_store.earlier_of_crop(connection, batch.maker_id, batch.product_id, crop, since)
        for number, day, agency_id in earlier:
            if is_above(agency_id):
                found.setdefault(number, Duplicate(DuplicateKind.SAME_FIRM_AND_CROP, number, day))
    return tuple(sorted(found.values(), key=lambda each: (each.taken_on, each.sample_number)))


def duplicates_for(
    database: Database, actor: Actor, agency_id: UUID, batch_id: UUID, taken_on: date, crop: str = ""
) -> tuple[Duplicate, ...]:
    """The same for a sample that is about to be taken. Raises NotAllowed `access.role`; NotKnown `batch.unknown`."""
    actor.require_role(*INSPECTING_ROLES)
    lot = SeedLot(crop, "", "") if crop else None
    with database.read() as connection:
        agency = parties.require_party(connection, agency_id, "agency_id")
        batch = batches.require_batch(connection, batch_id)
        return find_duplicates(connection, batch, agency.region_code, taken_on, lot)


def require_laboratory(connection: Connection, laboratory_id: UUID | None) -> UUID | None:
    """A party that is a laboratory, or none. Raises NotKnown `party.unknown`; InvalidInput `sheet.laboratory`."""
    if laboratory_id is not None:
        laboratory = parties.require_party(connection, laboratory_id, "laboratory_id")
        if Role.LABORATORY not in laboratory.roles:
            raise InvalidInput("sheet.laboratory", field="laboratory_id", party=laboratory.name)
    return laboratory_id


def _taken_at(work: UnitOfWork, batch: Batch, new: NewSample) -> datetime:
    taken_at = new.taken_at or datetime.combine(new.taken_on, time.min, tzinfo=CHINA)
    is_past = day_in_china(taken_at) == new.taken_on and taken_at <= work.now + MAX_CLOCK_SKEW
    if not is_past or not batch.production_on <= new.taken_on <= day_in_china(work.now + MAX_CLOCK_SKEW):
        raise InvalidInput("sample.day", field="taken_on")
    return taken_at


def _stage_of(connection: Connection, party_id: UUID | None) -> Stage:
    """The stage that a party's roles stand for; use, where the goods were with nobody who trades."""
    party = parties.find_party(connection, party_id) if party_id else None
    if party is None:
        return Stage.TRADE if party_id is None else Stage.USE
    if party.roles & {Role.DISTRIBUTOR, Role.OUTLET}:
        return Stage.TRADE
    return Stage.PRODUCTION if Role.MANUFACTURER in party.roles else Stage.USE


def _level(region_code: str) -> int:
    """0 for a province, 1 for a city, 2 for a county (GB/T 2260)."""
    if region_code.endswith("0000"):
        return 0
    return 1 if region_code.endswith("00") else 2


def _require_inspectors(given: Sequence[SheetInspector]) -> tuple[SheetInspector, ...]:
    if not MIN_INSPECTORS <= len(given) <= MAX_INSPECTORS:
        raise InvalidInput("sheet.inspectors", field="inspectors", minimum=MIN_INSPECTORS)
    taken: dict[str, SheetInspector] = {}
    for position, each in enumerate(given):
        field = f"inspectors.{position}"
        name = require_text(each.name, f"{field}.name", limits.MAX_NAME_CHARACTERS, required=True)
        number = require_text(
            half_width(each.certificate_number),
            f"{field}.certificate_number",
            limits.MAX_NAME_CHARACTERS,
            required=True,
        )
        if number in taken:
            raise InvalidInput("sheet.same_inspector", field=f"{field}.certificate_number", number=number)
        taken[number] = SheetInspector(name, number)
    return tuple(taken.values())


def _require_no_interest(
    connection: Connection, inspectors: Sequence[SheetInspector], party_ids: Sequence[UUID]
) -> None:
    """Source: 农业行政处罚程序规定 art. 5 (回避)."""
    interested = people_store.interested_certificates(connection, party_ids)
    for position, each in enumerate(inspectors):
        if each.certificate_number in interested:
            field = f"inspectors.{position}.certificate_number"
            raise InvalidInput("sheet.interest", field=field, number=each.certificate_number)


def _require_portions(given: Sequence[Portion]) -> tuple[Portion, ...]:
    roles = {each.role for each in given}
    if roles != set(PortionRole) or len(given) > MAX_PORTIONS:
        raise InvalidInput("sheet.portions", field="portions", maximum=MAX_PORTIONS)
    taken: dict[str, Portion] = {}
    for position, each in enumerate(given):
        field = f"portions.{position}"
        seal_number = require_text(
            half_width(each.seal_number), f"{field}.seal_number", limits.MAX_NAME_CHARACTERS, required=True
        ).upper()
        if seal_number in taken:
            raise InvalidInput("sheet.same_seal", field=f"{field}.seal_number", seal=seal_number)
        quantity = require_text(each.quantity, f"{field}.quantity", limits.MAX_NAME_CHARACTERS)
        taken[seal_number] = replace(each, seal_number=seal_number, quantity=quantity)
    return tuple(taken.values())


def _require_acknowledgement(sealing: Sealing) -> dict[str, str]:
    """A name under a signature, or a reason why nobody signed: one of the two."""
    is_signed = sealing.acknowledgement is Acknowledgement.SIGNED
    signed_by = require_text(sealing.signed_by, "signed_by", limits.MAX_NAME_CHARACTERS, required=is_signed)
    refusal = require_text(sealing.refusal_reason, "refusal_reason", limits.MAX_NOTE_CHARACTERS, required=not is_signed)
    signature = sealing.signature.strip()
    if len(signature) > MAX_SIGNATURE_CHARACTERS or (signature and not SIGNATURE.fullmatch(signature)):
        raise InvalidInput("sheet.signature", field="signature", maximum=MAX_SIGNATURE_CHARACTERS)
    if (is_signed and refusal) or (not is_signed and signature):
        raise InvalidInput("sheet.acknowledgement", field="acknowledgement")
    return {
        "acknowledgement": sealing.acknowledgement.value,
        "signed_by": signed_by,
        "refusal_reason": refusal,
        "signature": signature,
    }


def _require_seed_lot(given: SeedLot | None) -> SeedLot | None:
    if given is None or not given.crop.strip():
        return None
    return SeedLot(
        crop=require_text(given.crop, "seed_lot.crop", limits.MAX_NAME_CHARACTERS),
        type=require_text(given.type, "seed_lot.type", limits.MAX_NAME_CHARACTERS),
        seed_class=require_text(given.seed_class, "seed_lot.seed_class", limits.MAX_NAME_CHARACTERS),
        subspecies=require_text(given.subspecies, "seed_lot.subspecies", limits.MAX_NAME_CHARACTERS),
    )


def _statement(sample: Sample, sheet: SampleSheet) -> dict[str, object]:
    return {
        "sample_number": sample.sample_number,
        "agency_id": sample.agency_id,
        "taken_on": sample.taken_on,
        "taken_at": sheet.taken_at,
        "region_code": sample.region_code,
        "place": sheet.place,
        "basis": sample.basis,
        "stage": sample.stage,
        "sampled_from_id": sample.sampled_from_id,
        "plan_id": sample.plan_id,
        "units": sheet.units,
        "inspectors": [each.certificate_number for each in sheet.inspectors],
    }
