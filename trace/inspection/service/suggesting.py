"""What the rules make of a sample's findings, kept with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ...batches import service as batches
from ...catalog import service as catalog
from ...kernel.errors import InvalidInput
from ..determination import Content, Context, Item, StandardLimit, document, suggest
from ..model import Finding, LimitKind, SampleRecord


@dataclass(frozen=True, slots=True)
class Suggested:
    """Findings with what is suggested of each, and the whole determination as it is kept."""

    findings: tuple[Finding, ...]
    document: str


def suggestion_for(connection: Connection, record: SampleRecord, findings: Sequence[Finding]) -> Suggested:
    """Applies the rules in force on the day of sampling. Raises InvalidInput `finding.*` with the finding's place."""
    items = [_item(each) for each in findings]
    try:
        determination = suggest(context_of(connection, record), items)
    except InvalidInput as refused:
        refused.field = (refused.field or "").replace("items", "findings", 1) or "findings"
        raise
    judged = determination.judgements[: len(items)]
    return Suggested(
        tuple(replace(each, suggested=said.outcome) for each, said in zip(findings, judged, strict=True)),
        document.written(determination),
    )


def context_of(connection: Connection, record: SampleRecord) -> Context:
    """What is known of what was sampled: product, batch and sheet."""
    sample, sheet = record.sample, record.sheet
    product = catalog.require_product(connection, sample.product_id)
    batch = batches.require_batch(connection, sample.batch_id)
    return Context(
        kind=product.kind,
        sampled_on=sample.taken_on,
        formulation=product.formulation,
        composition=product.composition,
        seed=sheet.seed_lot,
        allows_northern_moisture=sheet.allows_northern_moisture,
        expires_on=batch.expires_on,
        maker_response=sample.maker_response,
    )


def _item(each: Finding) -> Item:
    has_limit = each.limit.kind is not LimitKind.NONE
    return Item(
        name=each.item,
        kind=each.kind,
        observation=each.observation,
        measured=each.measured,
        unit=each.unit,
        declared=None if each.declared is None else Content(each.declared, each.declared_unit),
        standard=StandardLimit(each.limit, each.unit) if has_limit else None,
    )
