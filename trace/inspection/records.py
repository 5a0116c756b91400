"""A sample by its id: with its results, and with its sheet and history. For use cases and for publication alike."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from ..kernel.errors import NotKnown
from . import result_store, sheet_store, store
from .model import Sample, SampleRecord


def require_sample(connection: Connection, sample_id: UUID) -> Sample:
    """Raises NotKnown `sample.unknown`."""
    batch_id = store.batch_of_sample(connection, sample_id)
    sample = None if batch_id is None else result_store.find_sample(connection, batch_id, sample_id)
    if sample is None:
        raise NotKnown("sample.unknown", field="sample_id", sample=sample_id)
    return sample


def require_record(connection: Connection, sample_id: UUID) -> SampleRecord:
    """A sample with its sheet and history. Raises NotKnown `sample.unknown`."""
    return record_of(connection, require_sample(connection, sample_id))


def record_of(connection: Connection, sample: Sample) -> SampleRecord:
    return SampleRecord(
        sample,
        sheet_store.sheet_of(connection, sample.batch_id, sample.sample_id),
        store.steps_of(connection, sample.batch_id, sample.sample_id),
    )
