"""Files of batches, of their imported codes, and of stops."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...trace.batches import code_lists
from ...trace.batches import service as batches
from ...trace.batches.model import Batch
from ...trace.custody import service as custody
from ...trace.enforcement import service as enforcement
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..forms.base import level_of_name
from ..forms.batches import BatchForm, StopForm
from ..tables import Line, read_table
from .steps import (
    BATCH_NAME,
    LONG_AGO,
    Act,
    Options,
    Step,
    batch_of,
    closing_time_on,
    instant_of,
    product_of,
    table_steps,
)

BATCH_COLUMNS = (
    "batch_number",
    "production_on",
    "expires_on",
    "size",
    "units_per_carton",
    "cartons_per_pallet",
    "pack_code",
    "pack_description",
    "production_type",
    "contract_maker",
    "technical_registration",
    "technical_maker",
    "factory_result",
    "factory_report_number",
    "factory_inspected_on",
)

OPTIONAL_COLUMNS = ("spare_cartons", "spare_pallets")


def batch_steps(
    path: Path, options: Options, *, skip_known: bool = True, registered: dict[UUID, Batch] | None = None
) -> list[Step]:
    """`skip_known`: leave a batch that is there already; otherwise it is refused as a duplicate. `registered` is filled
    with the batches registered, by id: a transaction may be run again."""

    def act(line: Line) -> Act:
        fields = line.take(*BATCH_COLUMNS, *(column for column in OPTIONAL_COLUMNS if column in line.fields))

        def register(work: UnitOfWork) -> None:
            product = product_of(work, line)
            form = BatchForm.model_validate({**fields, "product_id": product.product_id})
            batch_id = batches.batch_id_of(product.holder_id, product.product_id, form.batch_number)
            if skip_known and batches.find_batch(work.connection, batch_id) is not None:
                return
            batch = custody.register_batch(work, options.actor, form.read(is_demonstration=options.is_demonstration))
            if registered is not None:
                registered[batch_id] = batch

        return register

    return table_steps(
        path,
        (*BATCH_NAME, *BATCH_COLUMNS),
        act,
        at=_registered_at,
    )


def batch_instants(path: Path) -> dict[tuple[str, ...], datetime]:
    """When each batch of a file is registered, by how lines name it."""
    return {tuple(line[column] for column in BATCH_NAME): _registered_at(line) for line in read_table(path, BATCH_NAME)}


def imported_code_steps(
    path: Path, options: Options, registered: Mapping[tuple[str, ...], datetime] | None = None
) -> list[Step]:
    """One step per batch and level, in file order; a batch that has codes of that level is left as it is.

    `registered`: when the batches of the same load are registered; their codes come right after.
    """
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in read_table(path, (*BATCH_NAME, "level", "code")):
        groups.setdefault((*(line[column] for column in BATCH_NAME), line["level"]), []).append(line)

    def act(lines: list[Line]) -> Act:
        def take(work: UnitOfWork) -> None:
            batch = batch_of(work, lines[0])
            level = level_of_name(lines[0]["level"])
            if not code_lists.count_imported(work.connection, batch.batch_id, level):
                codes = [line["code"] for line in lines]
                code_lists.import_codes(work, options.actor, batch.batch_id, level, codes)

        return take

    instants = registered or {}
    return [Step(instants.get(key[:-1], LONG_AGO), lines[0], act(lines)) for key, lines in groups.items()]


def _registered_at(line: Line) -> datetime:
    return closing_time_on(line["factory_inspected_on"] or line["production_on"])


def stop_steps(path: Path, options: Options) -> list[Step]:
    def act(line: Line) -> Act:
        form = StopForm.model_validate(line.take("kind", "reason"))

        def order(work: UnitOfWork) -> None:
            batch = batch_of(work, line)
            if any(stop.kind is form.kind for stop in batches.open_stops(work.connection, batch.batch_id)):
                return
            party = parties.require_party_by_credit_code(work.connection, line["ordered_by_credit_code"])
            actor = Actor(party.party_id, party.roles)
            enforcement.stop_batch(work, actor, batch.batch_id, form.kind, form.reason)

        return order

    columns = (*BATCH_NAME, "kind", "reason", "ordered_by_credit_code", "ordered_at")
    return table_steps(path, columns, act, at=lambda line: instant_of(line["ordered_at"]))
