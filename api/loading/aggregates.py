"""A file of counts that authorities published."""

from __future__ import annotations

from pathlib import Path

from ...trace.inspection.publication.aggregate_model import PublishedAggregate
from ...trace.inspection.publication.aggregates import require_sum
from ..forms.aggregates import AggregateForm
from ..tables import blamed_on, read_table


def published_aggregates(path: Path) -> list[PublishedAggregate]:
    """Counts of campaigns, each with its source. Raises InvalidInput `file.*`; LineRefused, with `aggregate.sum` where
    a row does not add up."""
    columns = tuple(AggregateForm.model_fields)
    found: list[PublishedAggregate] = []
    for line in read_table(path, columns):
        with blamed_on(line):
            aggregate = AggregateForm.model_validate(line.take(*columns)).read()
            require_sum(aggregate)
        found.append(aggregate)
    return found
