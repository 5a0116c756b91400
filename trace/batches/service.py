"""Registering batches, importing their codes, ordering and lifting stops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from ..catalog import service as catalog
from ..catalog.model import LICENSED_KINDS, Product, ProductKind, registration_class_digit
from ..codes import service as codes
from ..codes.ff1_vector import Digits
from ..codes.keyring import Keyring
from ..codes.model import LAYOUTS, Level, Scheme
from ..kernel import limits
from ..kernel.clock import day_in_china
from ..kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from ..kernel.ids import derived_id, new_id
from ..kernel.intervals import Interval
from ..kernel.normalise import half_width, require_text
from ..kernel.normalise import registration_number as normalised
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties import service as parties
from ..parties.model import Activity, Actor, Role
from ..store.database import Database, UnitOfWork
from . import store
from .model import Batch, FactoryResult, Packing, ProductionType, SignedBatch, Stop, StopKind, ruleset_on

MAX_BATCH_NUMBER_CHARACTERS = 50
MIN_SPARE_PACKAGES = 10
MAX_SPARE_OF_SMALL = 1_000

_SCHEMES = {
    ProductKind.PESTICIDE: Scheme.PESTICIDE,
    ProductKind.SEED: Scheme.SEED,
    ProductKind.VET_DRUG: Scheme.VET_DRUG,
}


SIGNED_SCHEMES = frozenset({Scheme.PESTICIDE, Scheme.OWN})
"""Schemes whose symbol is an address, which can end in a signature."""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What a maker states of a batch. `expires_on` None: production day plus the product's shelf life."""

    product_id: UUID
    batch_number: str
    production_on: date
    size: int
    units_per_carton: int
    cartons_per_pallet: int
    expires_on: date | None = None
    pack_code: str = ""
    pack_description: str = ""
    production_type: ProductionType = ProductionType.OWN
    contract_maker: str = ""
    technical_registration: str = ""
    technical_maker: str = ""
    factory_result: FactoryResult = FactoryResult.NOT_STATED
    factory_report_number: str = ""
    factory_inspected_on: date | None = None
    is_demonstration: bool = False
    units_carry_codes: bool = True
    is_signed: bool = False
    spare_cartons: int | None = None
    spare_pallets: int | None = None
    """Packages with codes beyond the regular ones, for re-packing. None: `default_spare`."""


def batch_id_of(maker_id: UUID, product_id: UUID, batch_number: str) -> UUID:
    """The identifier that one batch number of one product and maker always gives."""
    return derived_id("batch", str(maker_id), str(product_id), normalised(batch_number))


def register(work: UnitOfWork, actor: Actor, new: NewBatch) -> Batch:
    """Registers a batch; its codes exist from then on. The maker is the product's holder.

    Called by `custody.service.register_batch`, which also puts the batch into its maker's hands.

    Raises InvalidInput `batch.*`, `text.*`, `code.capacity`; NotKnown `product.unknown`; NotAllowed `access.*`,
    `licence.*`; Conflict `batch.duplicate`.
    """
    product = catalog.require_product(work.connection, new.product_id)
    actor.require_self(product.holder_id)
    number = require_text(half_width(new.batch_number), "batch_number", MAX_BATCH_NUMBER_CHARACTERS, required=True)
    expires_on = _require_days(work, product, new)
    packing = _require_packing(new)
    spare_cartons = _require_spare("spare_cartons", new.spare_cartons, packing.count_at(Level.CARTON, new.size))
    spare_pallets = _require_spare("spare_pallets", new.spare_pallets, packing.count_at(Level.PALLET, new.size))
    batch_id = batch_id_of(product.holder_id, product.product_id, number)
    if store.find_batch(work.connection, batch_id) is not None:
        raise Conflict("batch.duplicate", field="batch_number", batch_number=number)
    if product.kind in LICENSED_KINDS:
        maker = parties.require_party(work.connection, product.holder_id)
        parties.require_licence(work.connection, maker, (Activity.PRODUCTION,), product.kind.value, new.production_on)
    scheme = _SCHEMES.get(product.kind, Scheme.OWN)
    if not new.units_carry_codes and scheme is not Scheme.VET_DRUG:
        raise InvalidInput("batch.units_carry_codes", field="units_carry_codes")
    if new.is_signed and scheme not in SIGNED_SCHEMES:
        raise InvalidInput("batch.is_signed", field="is_signed")
    prefix = _code_prefix(scheme, product, new)
    gtin = product.gtin if new.units_carry_codes else ""
    serial = gtin_serial = 0
    if scheme in LAYOUTS:
        counts = (
            new.size,
            packing.count_at(Level.CARTON, new.size) + spare_cartons,
            packing.count_at(Level.PALLET, new.size) + spare_pallets,
        )
        serial = codes.allocate(work, scheme, prefix, batch_id, counts)
    if gtin:
        # A GTIN names the smallest sales pack; cartons and pallets would need GTINs of their own.
        gtin_serial = codes.allocate(work, Scheme.GS1, gtin, batch_id, (new.size, 0, 0))
    batch = Batch(
        batch_id=batch_id,
        maker_id=product.holder_id,
        product_id=product.product_id,
        batch_number=number,
        production_on=new.production_on,
        expires_on=expires_on,
        size=new.size,
        packing=packing,
        spare_cartons=spare_cartons,
        spare_pallets=spare_pallets,
        pack_description=require_text(new.pack_description, "pack_description", limits.MAX_NAME_CHARACTERS),
        production_type=new.production_type,
        contract_maker=require_text(new.contract_maker, "contract_maker", limits.MAX_NAME_CHARACTERS),
        technical_registration=require_text(
            new.technical_registration, "technical_registration", limits.MAX_NAME_CHARACTERS
        ),
        technical_maker=require_text(new.technical_maker, "technical_maker", limits.MAX_NAME_CHARACTERS),
        factory_result=new.factory_result,
        factory_report_number=require_text(
            new.factory_report_number, "factory_report_number", limits.MAX_NAME_CHARACTERS
        ),
        factory_inspected_on=new.factory_inspected_on,
        scheme=scheme.value,
        code_prefix=prefix,
        code_serial=serial,
        ruleset=ruleset_on(new.production_on) if product.kind is ProductKind.PESTICIDE else "",
        registered_at=work.now,
        is_demonstration=new.is_demonstration or product.is_demonstration,
        units_carry_codes=new.units_carry_codes,
        is_signed=new.is_signed,
        gtin=gtin,
        gtin_serial=gtin_serial,
    )
    store.add_batch(work.connection, batch)
    ledger.append(work, Subject.BATCH, batch_id, "batch.registered", _statement(batch), actor.party_id)
    return batch


def stop_batch(
    work: UnitOfWork, actor: Actor, batch_id: UUID, kind: StopKind, reason: str, interval: Interval | None = None
) -> Stop:
    """Orders that units `interval` of a batch (all of it, where None) be neither sold nor used: a recall by its maker
    or a regulator, a stop by a regulator.

    Raises InvalidInput `stop.kind`, `stop.interval`, `text.*`; NotKnown `batch.unknown`; NotAllowed `access.*`.
    Source: 农药管理条例 art. 42; 兽药管理条例 art. 69; 种子法 arts 74-75.
    """
    if kind in (StopKind.FAILED_SPOT_CHECK, StopKind.UNDER_REVIEW):
        raise InvalidInput("stop.kind", field="kind")
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(require_batch(work.connection, batch_id).maker_id)
        if kind is not StopKind.RECALL:
            actor.require_role(Role.REGULATOR)
    return place_stop(work, actor, batch_id, kind, reason, interval)


def place_stop(
    work: UnitOfWork, actor: Actor, batch_id: UUID, kind: StopKind, reason: str, interval: Interval | None = None
) -> Stop:
    """Writes a stop that its caller was entitled to order: `stop_batch`, or inspection on a final failure."""
    size = require_batch(work.connection, batch_id).size
    interval = Interval(0, size) if interval is None else interval
    if not 0 <= interval.start < interval.stop <= size:
        raise InvalidInput("stop.interval", field="interval", size=size)
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    stop = Stop(batch_id, new_id(), kind, reason, interval, actor.party_id, work.now)
    store.add_stop(work.connection, stop)
    ledger.append(
        work,
        Subject.BATCH,
        batch_id,
        "batch.stopped",
        {"stop_id": stop.stop_id, "kind": kind, "reason": reason, "span": [interval.start, interval.stop]},
        actor.party_id,
    )
    return stop


def lift_stop(work: UnitOfWork, actor: Actor, batch_id: UUID, stop_id: UUID, reason: str) -> None:
    """Ends a stop: the regulator's act, or the maker's for its own recall.

    Raises NotKnown `stop.unknown`; Conflict `stop.lifted`; NotAllowed `access.*`.
    """
    found = [stop for stop in store.stops(work.connection, batch_id) if stop.stop_id == stop_id]
    if not found:
        raise NotKnown("stop.unknown", field="stop_id")
    is_own_recall = found[0].kind is StopKind.RECALL and found[0].ordered_by_id == actor.party_id
    if not actor.has_role(Role.REGULATOR) and not is_own_recall:
        raise NotAllowed("access.other_party")
    end_stop(work, actor, batch_id, stop_id, reason)


def end_stop(work: UnitOfWork, actor: Actor, batch_id: UUID, stop_id: UUID, reason: str) -> None:
    """Ends a stop that its caller was entitled to end: `lift_stop`, or inspection where a result fails no more.

    Raises InvalidInput `text.*`; Conflict `stop.lifted`.
    """
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    if store.lift_stop(work.connection, batch_id, stop_id, work.now) != 1:
        raise Conflict("stop.lifted", field="stop_id")
    ledger.append(
        work,
        Subject.BATCH,
        batch_id,
        "batch.stop_lifted",
        {"stop_id": stop_id, "reason": reason},
        actor.party_id,
    )


def current_stops(database: Database, batch_id: UUID) -> list[Stop]:
    """Stops in force, of all of the batch and of parts, read on the hot path."""
    return store.open_stops(database, batch_id)


def open_stops(connection: Connection, batch_id: UUID) -> list[Stop]:
    return store.open_stops_in(connection, batch_id)


def list_open_stops(connection: Connection, batch_ids: Sequence[UUID]) -> list[Stop]:
    """Stops in force on any of these batches, in no order. One query."""
    return store.open_stops_of(connection, batch_ids)


def list_signed(connection: Connection, on: date, limit: int) -> list[SignedBatch]:
    """Batches whose labels are signed and that are in date on a day, at most `limit`."""
    return store.signed_batches(connection, on, limit)


def find_batch(connection: Connection, batch_id: UUID) -> Batch | None:
    return store.find_batch(connection, batch_id)


def require_batch(connection: Connection, batch_id: UUID) -> Batch:
    """Raises NotKnown `batch.unknown`."""
    batch = store.find_batch(connection, batch_id)
    if batch is None:
        raise NotKnown("batch.unknown", field="batch_id", batch=batch_id)
    return batch


def list_batches(connection: Connection, maker_id: UUID) -> list[Batch]:
    """A maker's newest batches, at most MAX_PAGE_ROWS."""
    return store.batches_of(connection, maker_id, limits.MAX_PAGE_ROWS)


def list_batches_by_id(connection: Connection, batch_ids: Iterable[UUID]) -> list[Batch]:
    """The batches named, those unknown left out, in no order."""
    return store.batches_by_id(connection, batch_ids)


def all_batches(connection: Connection) -> list[Batch]:
    return store.all_batches(connection)


def code_of(connection: Connection, keyring: Keyring, batch: Batch, level: Level, index: int) -> str:
    """The code of package `index` of `level`.

    Raises InvalidInput `code.index` outside the batch; NotKnown `code.not_imported`.
    """
    if not 0 <= index < batch.packages_at(level):
        raise InvalidInput("code.index", field="index", index=index)
    return codes.code_at(
        connection,
        keyring,
        Scheme(batch.scheme),
        batch.code_prefix,
        batch.code_serial,
        batch.batch_id,
        level,
        index,
    )


def codes_of(
    database: Database, keyring: Keyring, batch: Batch, level: Level, start: int, stop: int
) -> Iterator[Digits]:
    """The codes of packages `[start, stop)` as arrays (n, code length) of ASCII, in constant memory.

    Raises InvalidInput `code.index` outside the batch, at once; NotKnown `code.not_imported` on the way.
    """
    if not 0 <= start < stop <= batch.packages_at(level):
        raise InvalidInput("code.index", field="range", index=start)
    return codes.codes_between(
        database,
        keyring,
        Scheme(batch.scheme),
        batch.code_prefix,
        batch.code_serial,
        batch.batch_id,
        level,
        start,
        stop,
    )


def _require_days(work: UnitOfWork, product: Product, new: NewBatch) -> date:
    if new.production_on > day_in_china(work.now):
        raise InvalidInput("batch.production_in_future", field="production_on")
    expires_on = new.expires_on or date.fromordinal(new.production_on.toordinal() + product.shelf_life_days)
    if expires_on <= new.production_on:
        raise InvalidInput("batch.expiry_before_production", field="expires_on")
    if (expires_on - new.production_on).days > limits.MAX_SHELF_LIFE_DAYS:
        raise InvalidInput("batch.expiry_too_far", field="expires_on", maximum=limits.MAX_SHELF_LIFE_DAYS)
    if new.factory_inspected_on is not None and new.factory_inspected_on < new.production_on:
        raise InvalidInput("batch.inspected_before_production", field="factory_inspected_on")
    return expires_on


def _require_packing(new: NewBatch) -> Packing:
    if not 0 < new.size <= limits.MAX_BATCH_UNITS:
        raise InvalidInput("batch.size", field="size", maximum=limits.MAX_BATCH_UNITS)
    for field, value in (
        ("units_per_carton", new.units_per_carton),
        ("cartons_per_pallet", new.cartons_per_pallet),
    ):
        if not 0 < value <= limits.MAX_PACKING:
            raise InvalidInput("batch.packing", field=field, maximum=limits.MAX_PACKING)
    return Packing(new.units_per_carton, new.cartons_per_pallet)


def default_spare(regular: int) -> int:
    """Spare packages of a level with so many regular ones: one in a hundred, at least MIN_SPARE_PACKAGES.

    A spare code costs nothing where codes are computed; where they are issued elsewhere, this is how many more than
    the regular ones may be imported.
    """
    return max(MIN_SPARE_PACKAGES, regular // 100)


def _require_spare(field: str, stated: int | None, regular: int) -> int:
    """At most as many spare packages as regular ones, or MAX_SPARE_OF_SMALL: more is a typing error."""
    if stated is None:
        return default_spare(regular)
    maximum = max(MAX_SPARE_OF_SMALL, regular)
    if not 0 <= stated <= maximum:
        raise InvalidInput("batch.spare", field=field, maximum=maximum)
    return stated


def _code_prefix(scheme: Scheme, product: Product, new: NewBatch) -> str:
    """Positions 1-11 of a pesticide code: class, registration, production type, pack. Source: 农业部公告第2579号."""
    if scheme is not Scheme.PESTICIDE:
        return ""
    class_digit = registration_class_digit(product.registration_number)
    if class_digit is None:
        raise InvalidInput("batch.registration_class", field="product_id", value=product.registration_number)
    if not re.fullmatch(r"[0-9]{3}", new.pack_code):
        raise InvalidInput("batch.pack_code", field="pack_code")
    return class_digit + product.code_registration_digits + new.production_type.value + new.pack_code


def _statement(batch: Batch) -> dict[str, object]:
    return {
        "maker_id": batch.maker_id,
        "product_id": batch.product_id,
        "batch_number": batch.batch_number,
        "production_on": batch.production_on,
        "expires_on": batch.expires_on,
        "size": batch.size,
        "units_per_carton": batch.packing.units_per_carton,
        "cartons_per_pallet": batch.packing.cartons_per_pallet,
        "spare_cartons": batch.spare_cartons,
        "spare_pallets": batch.spare_pallets,
        "pack_description": batch.pack_description,
        "production_type": batch.production_type,
        "contract_maker": batch.contract_maker,
        "technical_registration": batch.technical_registration,
        "technical_maker": batch.technical_maker,
        "factory_result": batch.factory_result,
        "factory_report_number": batch.factory_report_number,
        "factory_inspected_on": batch.factory_inspected_on,
        "scheme": batch.scheme,
        "code_prefix": batch.code_prefix,
        "code_serial": batch.code_serial,
        "ruleset": batch.ruleset,
        "is_demonstration": batch.is_demonstration,
        "units_carry_codes": batch.units_carry_codes,
        "is_signed": batch.is_signed,
        "gtin": batch.gtin,
        "gtin_serial": batch.gtin_serial,
    }
