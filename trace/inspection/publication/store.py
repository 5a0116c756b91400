"""Table `concluded_sample`, and every query on it.

A sample gets its row when it is final. It repeats what is spread over sample, report, batch, product and parties, so
that the search reads one table, and it holds the texts that are searched in their compared form (`model.searchable`),
which no engine here can make by itself. The row follows from those tables; `service.note` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    Row,
    Select,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
)

from ...catalog.model import ProductKind
from ...kernel.units import Unit
from ...store.columns import STRICT, Day, Identifier, Whole, metadata
from ..items import FaultClass, Observation, ViolationCode
from ..model import Basis, Stage
from ..store import sample
from .model import Cell, Counts, Cursor, Failure, PublicSample, PublicVerdict, Search, region_range, searchable

concluded_sample = Table(
    "concluded_sample",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("sample_number", Text, nullable=False),
    Column("plan_id", Identifier, nullable=True),
    Column("product_id", Identifier, nullable=False),
    Column("kind", Text, nullable=False),
    Column("product_name", Text, nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("batch_number", Text, nullable=False),
    Column("maker_name", Text, nullable=False),
    Column("maker_credit_code", Text, nullable=False),
    Column("outlet_name", Text, nullable=False),
    Column("outlet_credit_code", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("taken_on", Day, nullable=False),
    Column("month_text", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("fault_class", Text, nullable=False),
    Column("violations", Text, nullable=False),
    Column("laboratory", Text, nullable=False),
    Column("report_number", Text, nullable=False),
    Column("reported_on", Day, nullable=False),
    Column("version", Whole, nullable=False),
    Column("items", Text, nullable=False),
    Column("failures", Text, nullable=False),
    Column("refusal_reason", Text, nullable=True),
    Column("published_on", Day, nullable=True),
    Column("withdrawn_on", Day, nullable=True),
    Column("withdrawal_reason", Text, nullable=False),
    Column("product_text", Text, nullable=False),
    Column("maker_text", Text, nullable=False),
    Column("batch_text", Text, nullable=False),
    Column("outlet_text", Text, nullable=False),
    Column("item_text", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)
"""`violations`: codes, each between spaces. `items`, `failures`: JSON. `month_text`: 2026-11, of `taken_on`. The other
`…_text`: lines of the compared form."""

_c = concluded_sample.c

IS_LISTED = and_(_c.published_on.is_not(None), _c.withdrawn_on.is_(None))
"""Published, and not withdrawn since: what the search finds and counts."""

Index("ix_concluded_sample_newest", _c.taken_on, _c.sample_number, sqlite_where=IS_LISTED, postgresql_where=IS_LISTED)
Index(
    "ix_concluded_sample_counted",
    _c.kind,
    _c.stage,
    _c.region_code,
    _c.month_text,
    _c.verdict,
    _c.published_on,
    _c.withdrawn_on,
)
"""In the order of the counts, and with all that they read: they never touch the table."""

Index("ix_concluded_sample_product", _c.product_id, _c.taken_on, _c.verdict, _c.withdrawn_on)

_PUBLIC = [column for column in _c if not column.name.endswith("_text")]


def put(connection: Connection, new: PublicSample) -> None:
    """Writes the row of a sample, in place of an earlier one."""
    remove(connection, new.batch_id, new.sample_id)
    connection.execute(insert(concluded_sample).values(row_of(new)))


def remove(connection: Connection, batch_id: UUID, sample_id: UUID) -> None:
    connection.execute(delete(concluded_sample).where(_c.batch_id == batch_id, _c.sample_id == sample_id))


def row_of(new: PublicSample) -> dict[str, object]:
    failures = [
        [each.item, each.requirement, each.measured, each.unit.value, each.observation.value] for each in new.failures
    ]
    return {
        **{column.name: getattr(new, column.name) for column in _PUBLIC},
        "kind": new.kind.value,
        "basis": new.basis.value,
        "stage": new.stage.value,
        "verdict": new.verdict.value,
        "fault_class": new.fault_class.value if new.fault_class else "",
        "violations": f" {' '.join(new.violations)} " if new.violations else "",
        "items": json.dumps(new.items, ensure_ascii=False),
        "failures": json.dumps(failures, ensure_ascii=False),
        "month_text": f"{new.taken_on:%Y-%m}",
        "product_text": _lines(new.product_name, new.registration_number),
        "maker_text": _lines(new.maker_name, new.maker_credit_code),
        "batch_text": _lines(new.batch_number),
        "outlet_text": _lines(new.outlet_name, new.outlet_credit_code),
        "item_text": _lines(*new.items),
    }


def find(connection: Connection, batch_id: UUID, sample_id: UUID) -> PublicSample | None:
    row = connection.execute(select(*_PUBLIC).where(_c.batch_id == batch_id, _c.sample_id == sample_id)).one_or_none()
    return None if row is None else _read(row)


def page(connection: Connection, search: Search, after: Cursor | None, limit: int) -> list[PublicSample]:
    """Listed samples that fit, the newest first."""
    query = select(*_PUBLIC).where(*_conditions(search))
    if after is not None:
        # The first condition says nothing new, and lets the engines begin in the midst of the index.
        query = query.where(
            _c.taken_on <= after.taken_on,
            or_(
                _c.taken_on < after.taken_on,
                and_(_c.taken_on == after.taken_on, _c.sample_number < after.sample_number),
            ),
        )
    return [_read(row) for row in connection.execute(_newest_first(query).limit(limit))]


def named(connection: Connection, search: Search, limit: int) -> list[PublicSample]:
    """Of the listed samples that fit, those that a bulletin names: failed, denied, or with a sheet nobody signed."""
    is_named = or_(_c.verdict != PublicVerdict.PASSED.value, _c.refusal_reason.is_not(None))
    query = select(*_PUBLIC).where(*_conditions(search), is_named)
    return [_read(row) for row in connection.execute(_newest_first(query).limit(limit))]


def withdrawn_of(connection: Connection, search: Search, limit: int) -> list[PublicSample]:
    """Samples of one batch or product that were published and withdrawn: shown, not counted."""
    conditions = [*_filters(search), _c.published_on.is_not(None), _c.withdrawn_on.is_not(None)]
    return [_read(row) for row in connection.execute(_newest_first(select(*_PUBLIC).where(*conditions)).limit(limit))]


def cells(connection: Connection, search: Search) -> list[Cell]:
    """How many listed samples fit, by everything they are counted by: one query."""
    groups = (_c.kind, _c.stage, _c.region_code, _c.month_text, _c.verdict)
    rows = connection.execute(
        select(*groups, func.count()).where(*_conditions(search)).group_by(*groups).order_by(*groups)
    )
    return [Cell(ProductKind(row[0]), Stage(row[1]), row[2], row[3], PublicVerdict(row[4]), row[5]) for row in rows]


def product_counts(connection: Connection, product_id: UUID, since: date, except_batch: UUID | None) -> Counts:
    conditions = [_c.product_id == product_id, _c.taken_on >= since, _c.withdrawn_on.is_(None)]
    if except_batch is not None:
        conditions.append(_c.batch_id != except_batch)
    rows = connection.execute(
        select(_c.batch_id, _c.verdict, func.count()).where(*conditions).group_by(_c.batch_id, _c.verdict)
    ).all()
    counted = Counts.of((PublicVerdict(verdict), count) for _, verdict, count in rows)
    return Counts(counted.samples, counted.passed, counted.failed, counted.denied, len({row[0] for row in rows}))


def failures(connection: Connection, since: date) -> list[tuple[UUID, UUID | None]]:
    """Maker and sampled party of every concluded failure since a day of sampling that its maker did not deny."""
    own = and_(sample.c.batch_id == _c.batch_id, sample.c.sample_id == _c.sample_id)
    rows = connection.execute(
        select(sample.c.maker_id, sample.c.sampled_from_id)
        .join(concluded_sample, own)
        .where(_c.taken_on >= since, _c.verdict == PublicVerdict.FAILED.value, _c.withdrawn_on.is_(None))
    )
    return [(row[0], row[1]) for row in rows]


def faults(connection: Connection, batch_ids: Sequence[UUID]) -> list[tuple[UUID, bool]]:
    """Of these batches those with a concluded sample that failed or that its maker denies, and whether it denies."""
    against = [PublicVerdict.FAILED.value, PublicVerdict.DENIED.value]
    rows = connection.execute(
        select(_c.batch_id, _c.verdict)
        .where(_c.batch_id.in_(batch_ids), _c.verdict.in_(against), _c.withdrawn_on.is_(None))
        .distinct()
    )
    return [(row.batch_id, row.verdict == PublicVerdict.DENIED.value) for row in rows]


def batches_of_product(connection: Connection, product_id: UUID) -> dict[UUID, tuple[str, Counts]]:
    """Number and counts of every batch of a product that has listed samples."""
    rows = connection.execute(
        select(_c.batch_id, _c.batch_number, _c.verdict, func.count())
        .where(IS_LISTED, _c.product_id == product_id)
        .group_by(_c.batch_id, _c.batch_number, _c.verdict)
        .order_by(_c.batch_number)
    )
    found: dict[UUID, tuple[str, list[tuple[PublicVerdict, int]]]] = {}
    for batch_id, number, verdict, count in rows:
        found.setdefault(batch_id, (number, []))[1].append((PublicVerdict(verdict), count))
    return {batch_id: (number, Counts.of(parts)) for batch_id, (number, parts) in found.items()}


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(_c.taken_on.desc(), _c.sample_number.desc())


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    return [IS_LISTED, *_filters(search)]


def _filters(search: Search) -> Iterator[ColumnElement[bool]]:
    texts = (
        (_c.product_text, search.product),
        (_c.maker_text, search.maker),
        (_c.batch_text, search.batch),
        (_c.outlet_text, search.outlet),
        (_c.item_text, search.item),
    )
    for column, wanted in texts:
        if compared := searchable(wanted):
            yield column.contains(compared, autoescape=True)
    if search.kinds:
        yield _c.kind.in_([kind.value for kind in search.kinds])
    if search.region_code:
        yield _c.region_code.between(*region_range(search.region_code))
    if search.first is not None:
        yield _c.taken_on >= search.first
    if search.last is not None:
        yield _c.taken_on <= search.last
    for column, wanted in ((_c.verdict, search.verdict), (_c.basis, search.basis), (_c.stage, search.stage)):
        if wanted is not None:
            yield column == wanted.value
    if search.violation is not None:
        yield _c.violations.contains(f" {search.violation.value} ")
    if search.batch_id is not None:
        yield _c.batch_id == search.batch_id
    if search.product_id is not None:
        yield _c.product_id == search.product_id
    if search.plan_ids:
        yield _c.plan_id.in_(search.plan_ids)


def _lines(*values: str) -> str:
    return "\n".join(searchable(value) for value in values if value)


def _read(row: Row[Any]) -> PublicSample:
    values: dict[str, Any] = dict(row._mapping)
    failures: Sequence[Sequence[str]] = json.loads(row.failures)
    return PublicSample(
        **{
            **values,
            "kind": ProductKind(row.kind),
            "basis": Basis(row.basis),
            "stage": Stage(row.stage),
            "verdict": PublicVerdict(row.verdict),
            "fault_class": FaultClass(row.fault_class) if row.fault_class else None,
            "violations": tuple(ViolationCode(code) for code in row.violations.split()),
            "items": tuple(json.loads(row.items)),
            "failures": tuple(
                Failure(item, requirement, measured, Unit(unit), Observation(observation))
                for item, requirement, measured, unit, observation in failures
            ),
        }
    )
