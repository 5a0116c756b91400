"""The form of a row of counts that an authority published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ...trace.inspection.publication.aggregate_model import PublishedAggregate
from ...trace.kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from .base import BlankIsNone, Form, OptionalExact

MAX_SAMPLES = 10_000_000
"""A thousand times the largest campaign published so far: what is above is a typing error."""

Count = Annotated[int, Field(ge=0, le=MAX_SAMPLES)]
Name = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)]
Text = Annotated[str, Field(max_length=MAX_NOTE_CHARACTERS)]


class AggregateForm(Form):
    aggregate_id: Annotated[Name, Field(min_length=1)]
    kind: Annotated[Name, Field(min_length=1)]
    period: Name
    authority: Annotated[Name, Field(min_length=1)]
    scope: Name
    samples: Count
    passed: Count
    failed: Count
    fail_percent: OptionalExact
    fake_count: Annotated[Count | None, BlankIsNone]
    note: Text
    source: Annotated[Text, Field(min_length=1)]
    reliability: Name

    def read(self) -> PublishedAggregate:
        return PublishedAggregate(**{name: getattr(self, name) for name in type(self).model_fields})
