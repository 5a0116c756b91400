"""What the public may look up: concluded samples kept current, searched, counted, and one by its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import Batch, Stop, StopKind
from ...catalog import service as catalog
from ...catalog.model import Product
from ...kernel.clock import day_in_china
from ...kernel.errors import InvalidInput, NotKnown
from ...kernel.normalise import half_width
from ...parties import service as parties
from ...parties.model import Party
from ...store.database import UnitOfWork
from .. import store as sample_store
from ..model import (
    CONCLUDED,
    Acknowledgement,
    MakerResponse,
    Outcome,
    ResultSet,
    Sample,
    SampleRecord,
    SampleSheet,
    SampleState,
    StateStep,
)
from ..records import require_record
from . import store
from .model import (
    MAX_FILE_ROWS,
    PAGE_ROWS,
    Counts,
    Cursor,
    PublicSample,
    PublicVerdict,
    ResultPage,
    Search,
    Tables,
    failure_of,
    tables_of,
)


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A sample by its permanent link: as it is listed, and its results in all versions that were decided."""

    listed: PublicSample
    record: SampleRecord
    results: tuple[ResultSet, ...]


@dataclass(frozen=True, slots=True)
class BatchResults:
    """What is public of a batch. `others`: other batches of the product by id, with number and counts."""

    batch: Batch
    product: Product
    maker: Party
    counts: Counts
    samples: tuple[PublicSample, ...]
    withdrawn: tuple[PublicSample, ...]
    stops: tuple[Stop, ...]
    others: dict[UUID, tuple[str, Counts]]


def note(work: UnitOfWork, sample_id: UUID) -> None:
    """Brings what the public search holds of a sample up to its present state, in the caller's transaction.

    Called by every use case that changes what the public may see of a sample, after it has written. Safe to repeat;
    nothing is held of a sample that never came to its final result. Raises NotKnown `sample.unknown`.
    """
    record = require_record(work.connection, sample_id)
    decided = _decided(record.sample)
    if not decided or not _was_concluded(record):
        store.remove(work.connection, record.sample.batch_id, sample_id)
    else:
        store.put(work.connection, _public(work.connection, record, decided[-1]))


def search(connection: Connection, wanted: Search, after: Cursor | None = None, limit: int = PAGE_ROWS) -> ResultPage:
    """One page of published samples, the newest first. Raises InvalidInput `period.reversed`."""
    _require_period(wanted)
    found = store.page(connection, wanted, after, limit + 1)
    shown = tuple(found[:limit])
    more = len(found) > limit
    return ResultPage(shown, Cursor(shown[-1].taken_on, shown[-1].sample_number) if more else None)


def tables(connection: Connection, wanted: Search) -> Tables:
    """The counts of all published samples that fit. Raises InvalidInput `period.reversed`."""
    _require_period(wanted)
    return tables_of(store.cells(connection, wanted))


def whole(connection: Connection, wanted: Search) -> tuple[list[PublicSample], bool]:
    """Up to MAX_FILE_ROWS published samples that fit, the newest first, and whether there are more. Raises InvalidInput
    `period.reversed`."""
    _require_period(wanted)
    found = store.page(connection, wanted, None, MAX_FILE_ROWS + 1)
    return found[:MAX_FILE_ROWS], len(found) > MAX_FILE_ROWS


def product_counts(connection: Connection, product_id: UUID, since: date, except_batch: UUID | None = None) -> Counts:
    """Concluded samples of a product taken since a day, those of one batch left out: how other batches of it did.

    Not withdrawn; published or not. Goods that their maker denies are counted apart.
    """
    return store.product_counts(connection, product_id, since, except_batch)


def require_public(connection: Connection, sample_number: str) -> PublicRecord:
    """A sample that was published, by the number of its sheet; withdrawn ones too, which say so. Raises NotKnown
    `sample.unknown`, also for one that is there and not public."""
    number = half_width(sample_number).strip()
    sample_id = sample_store.sample_of_number(connection, number) if number.isprintable() else None
    batch_id = sample_store.batch_of_sample(connection, sample_id) if sample_id else None
    listed = store.find(connection, batch_id, sample_id) if batch_id and sample_id else None
    if listed is None or listed.published_on is None:
        raise NotKnown("sample.unknown", field="sample_number", sample=sample_number[:100])
    record = require_record(connection, listed.sample_id)
    return PublicRecord(listed, record, _decided(record.sample))


def require_batch_results(connection: Connection, batch_id: UUID) -> BatchResults:
    """What is public of a batch: published samples, stops in force, other batches of the product.

    A hold during a review is quiet (`inspection.service.hold`) and not among them. Raises NotKnown `batch.unknown`,
    also for a batch of which nothing was published and that no stop is on.
    """
    batch = batches.require_batch(connection, batch_id)
    own = Search(batch_id=batch_id)
    samples = store.page(connection, own, None, MAX_FILE_ROWS)
    withdrawn = store.withdrawn_of(connection, own, MAX_FILE_ROWS)
    stops = [each for each in batches.open_stops(connection, batch_id) if each.kind is not StopKind.UNDER_REVIEW]
    if not (samples or withdrawn or stops):
        raise NotKnown("batch.unknown", field="batch_id")
    others = store.batches_of_product(connection, batch.product_id)
    others.pop(batch_id, None)
    return BatchResults(
        batch=batch,
        product=catalog.require_product(connection, batch.product_id),
        maker=parties.require_party(connection, batch.maker_id),
        counts=Counts.of((each.verdict, 1) for each in samples),
        samples=tuple(samples),
        withdrawn=tuple(withdrawn),
        stops=tuple(stops),
        others=others,
    )


def _require_period(wanted: Search) -> None:
    if wanted.first is not None and wanted.last is not None and wanted.last < wanted.first:
        raise InvalidInput("period.reversed", field="to")


def _decided(sample: Sample) -> tuple[ResultSet, ...]:
    """Versions that somebody answers for: what is entered and not decided yet is nobody's verdict."""
    return tuple(each for each in sample.results if each.decision is not None)


def _was_concluded(record: SampleRecord) -> bool:
    return record.sample.state in CONCLUDED or any(step.state in CONCLUDED for step in record.steps)


def _public(connection: Connection, record: SampleRecord, result: ResultSet) -> PublicSample:
    sample, sheet = record.sample, record.sheet
    batch = batches.require_batch(connection, sample.batch_id)
    product = catalog.require_product(connection, batch.product_id)
    maker = parties.require_party(connection, batch.maker_id)
    outlet = parties.find_party(connection, sample.sampled_from_id) if sample.sampled_from_id else None
    decision = result.decision
    published, withdrawn = (_last(record.steps, state) for state in (SampleState.PUBLISHED, SampleState.WITHDRAWN))
    return PublicSample(
        batch_id=sample.batch_id,
        sample_id=sample.sample_id,
        sample_number=sample.sample_number,
        plan_id=sample.plan_id,
        product_id=product.product_id,
        kind=product.kind,
        product_name=product.name,
        registration_number=product.registration_number,
        batch_number=batch.batch_number,
        maker_name=maker.name,
        maker_credit_code=maker.credit_code,
        outlet_name=outlet.name if outlet else sheet.place,
        outlet_credit_code=outlet.credit_code if outlet else "",
        region_code=sample.region_code,
        taken_on=sample.taken_on,
        basis=sample.basis,
        stage=sample.stage,
        verdict=_verdict(sample, result),
        fault_class=decision.fault_class if decision else None,
        violations=decision.violations if decision else (),
        laboratory=result.laboratory,
        report_number=result.report_number,
        reported_on=result.reported_on,
        version=result.version,
        items=tuple(dict.fromkeys(each.item for each in result.findings)),
        failures=tuple(failure_of(each) for each in result.findings if each.outcome is Outcome.FAILED),
        refusal_reason=_refusal(sheet),
        published_on=day_in_china(published.entered_at) if published else None,
        withdrawn_on=day_in_china(withdrawn.entered_at) if withdrawn else None,
        withdrawal_reason=withdrawn.note if withdrawn else "",
    )


def _verdict(sample: Sample, result: ResultSet) -> PublicVerdict:
    if sample.maker_response is MakerResponse.DENIED:
        return PublicVerdict.DENIED
    return PublicVerdict.FAILED if result.failed else PublicVerdict.PASSED


def _refusal(sheet: SampleSheet) -> str | None:
    return sheet.refusal_reason if sheet.acknowledgement is Acknowledgement.REFUSED else None


def _last(steps: Sequence[StateStep], state: SampleState) -> StateStep | None:
    return next((step for step in reversed(steps) if step.state is state), None)
