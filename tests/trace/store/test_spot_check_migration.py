"""A database of the first schema with samples in it: after the second they are all there, decided where they were."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import command

from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.items import Observation
from suiyuan.trace.inspection.model import Outcome, Sample, SampleState
from suiyuan.trace.store import columns, migrate
from suiyuan.trace.store.database import Database

AGENCY, MAKER, PRODUCT, BATCH = uuid4(), uuid4(), uuid4(), uuid4()
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
ID, DAY, INSTANT, FLAG, EXACT = (
    columns.Identifier(),
    columns.Day(),
    columns.Instant(),
    columns.Flag(),
    columns.Exact(),
)


def put(connection: sa.Connection, table: str, **values: Any) -> None:
    """A row of a table as it was then: types by the values."""
    types = {UUID: ID, bool: FLAG, datetime: INSTANT, date: DAY, Decimal: EXACT, int: columns.Whole}
    row = {name: value for name, value in values.items() if value is not None}
    columns_of = [sa.column(name, types.get(type(value), sa.Text())) for name, value in row.items()]
    connection.execute(sa.insert(sa.table(table, *columns_of)).values(row))


def old_sample(connection: sa.Connection, number: str, state: str, reported: bool = True) -> UUID:
    sample_id = uuid4()
    put(
        connection,
        "sample",
        batch_id=BATCH,
        sample_id=sample_id,
        sample_number=number,
        agency_id=AGENCY,
        taken_on=date(2026, 11, 1),
        region_code="640221",
        basis="random",
        laboratory="检定所" if reported else "",
        report_number="JY-1" if reported else "",
        reported_on=date(2026, 11, 10) if reported else None,
        state=state,
        state_at=AT,
        maker_response="none",
    )
    put(connection, "sample_number", sample_number=number, sample_id=sample_id, batch_id=BATCH)
    return sample_id


def old_finding(connection: sa.Connection, sample_id: UUID, position: int, **values: Any) -> None:
    plain = {"requirement": "", "limit_kind": "none", "measured_text": "", "unit": "", "outcome": "passed"}
    put(connection, "finding", batch_id=BATCH, sample_id=sample_id, position=position, **{**plain, **values})


def test_samples_of_the_first_schema_are_taken_over(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    with database.engine.connect().execution_options(begins_write=True) as connection, connection.begin():
        command.upgrade(migrate.alembic_config(connection), "0001")
        for party_id, code in ((AGENCY, "A"), (MAKER, "M")):
            put(
                connection,
                "party",
                party_id=party_id,
                credit_code=code,
                name=code,
                short_name=code,
                region_code="640000",
                telephone="",
                is_demonstration=False,
                registered_at=AT,
            )
        texts = "kind name brand registration_number registration_number_normalised code_registration_digits"
        put(
            connection,
            "product",
            product_id=PRODUCT,
            holder_id=MAKER,
            **dict.fromkeys(f"{texts} formulation usage warnings".split(), "pesticide"),
            shelf_life_days=730,
            is_demonstration=False,
            registered_at=AT,
        )
        texts = "batch_number pack_description production_type contract_maker technical_registration technical_maker"
        texts += " factory_result factory_report_number scheme code_prefix ruleset gtin"
        wholes = "size units_per_carton cartons_per_pallet spare_cartons spare_pallets code_serial gtin_serial"
        put(
            connection,
            "batch",
            batch_id=BATCH,
            maker_id=MAKER,
            product_id=PRODUCT,
            production_on=date(2026, 10, 1),
            expires_on=date(2028, 10, 1),
            **dict.fromkeys(texts.split(), "x"),
            **dict.fromkeys(wholes.split(), 1),
            is_demonstration=False,
            units_carry_codes=True,
            is_signed=False,
            registered_at=AT,
        )
        taken = old_sample(connection, "T", "taken", reported=False)
        reported = old_sample(connection, "R", "reported")
        final = old_sample(connection, "F", "final")
        old_finding(connection, reported, 0, item="pH", measured=Decimal("5.80"), unit="pH")
        old_finding(connection, final, 0, item="含量", measured=Decimal("3.10"), unit="%", outcome="failed")
        old_finding(connection, final, 1, item="未登记成分", limit_kind="not_detected", measured_text="未检出")
        old_finding(connection, final, 2, item="外观", measured_text="符合")
    migrate.upgrade(database)

    def kept(sample_id: UUID) -> Sample:
        with database.read() as connection:
            record = inspection.require_record(connection, sample_id)
        assert (record.sample.maker_id, record.sample.product_id) == (MAKER, PRODUCT)
        assert [step.state for step in record.steps] == [record.sample.state]
        return record.sample

    assert (kept(taken).state, kept(taken).results) == (SampleState.TAKEN, ())
    undecided = kept(reported).current
    assert undecided is not None
    assert (undecided.decision, str(undecided.findings[0].measured)) == (None, "5.80")
    decided = kept(final)
    assert decided.current is not None
    assert decided.current.decision is not None
    assert (decided.current.decision.verdict, decided.counts_against_maker) == (Outcome.FAILED, True)
    assert [each.observation for each in decided.findings] == [
        Observation.MEASURED,
        Observation.NOT_DETECTED,
        Observation.COMPLIES,
    ]
    assert {each.sample_number for each in inspection.samples_of(database, BATCH)} == {"T", "R", "F"}
    database.close()
