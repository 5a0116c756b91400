"""The JSON form of an answer, for orjson: it writes days, instants, ids and enums; decimals are text.

What does not change from scan to scan is written once and kept: product, maker and batch as registered, and the texts
of verdicts and of reasons without values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from uuid import UUID

import orjson

from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.verification.judge import ORDER
from ...trace.verification.model import (
    Answer,
    BatchFacts,
    Facts,
    ProductFacts,
    Reason,
    ReasonCode,
    SampleFacts,
    StopFacts,
    Verdict,
)

MAX_REMEMBERED = 5_000
"""Batches whose unchanging part of the document is kept as written, about 2 KiB each."""

_written: dict[UUID, tuple[BatchFacts, dict[str, orjson.Fragment]]] = {}


@dataclass(frozen=True, slots=True)
class _Written:
    """What answers share, as JSON: the members before and after the reasons, and the reasons that stand before and
    after that of earlier scans."""

    members: bytes
    first_reasons: bytes
    last_reasons: bytes


def answer_bytes(answer: Answer, language: Language) -> bytes:
    """The document of an answer to a known code, as JSON; what answers share is written once and kept with them."""
    facts, kept = answer.facts, answer.kept
    if facts.batch is None or kept is None:
        return orjson.dumps(answer_document(answer, language))
    written: _Written | None = kept.get(language)
    if written is None:
        written = kept[language] = _shared(answer, language)
    own = orjson.dumps(
        {
            "code": facts.code,
            "answered_at": answer.answered_at,
            "index": facts.index,
            "scans": {
                "count": facts.scans.count,
                "first_on": _day(facts.scans.first_at),
                "last_on": _day(facts.scans.last_at),
            },
        }
    )
    seen = next((each for each in answer.reasons if each.code is ReasonCode.SEEN_BEFORE), None)
    told = _seen_before(seen, language) if seen is not None else b""
    reasons = b",".join([each for each in (written.first_reasons, told, written.last_reasons) if each])
    return b"".join((own[:-1], b',"reasons":[', reasons, b"],", written.members, b"}"))


@lru_cache(maxsize=4_096)
def _seen_before(reason: Reason, language: Language) -> bytes:
    """Counts are small and days few: most are written already."""
    return orjson.dumps(_reason(reason, language))


def _shared(answer: Answer, language: Language) -> _Written:
    own = ("code", "answered_at", "index", "scans", "reasons")
    members = {name: value for name, value in answer_document(answer, language).items() if name not in own}
    first = [each for each in answer.reasons if ORDER[each.code] < ORDER[ReasonCode.SEEN_BEFORE]]
    last = [each for each in answer.reasons if ORDER[each.code] > ORDER[ReasonCode.SEEN_BEFORE]]
    return _Written(
        orjson.dumps(members)[1:-1],
        *(b",".join(orjson.dumps(_reason(each, language)) for each in part) for part in (first, last)),
    )


def answer_document(answer: Answer, language: Language) -> dict[str, object]:
    """The members of an answer's document, in the language of its texts."""
    title, sentence = _verdict_texts(answer.verdict, language)
    return {
        "code": answer.facts.code,
        "scheme": answer.facts.scheme,
        "verdict": answer.verdict,
        "title": title,
        "sentence": sentence,
        "reasons": [
            _reason(reason, language) if reason.values else _plain_reason(reason.code, language)
            for reason in answer.reasons
        ],
        "answered_at": answer.answered_at,
        **_known(answer.facts),
    }


@cache
def _verdict_texts(verdict: Verdict, language: Language) -> tuple[str, str]:
    return text(f"verdict.{verdict}.title", language), text(f"verdict.{verdict}.sentence", language)


@cache
def _plain_reason(code: ReasonCode, language: Language) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(_reason(Reason(code), language)))


def _reason(reason: Reason, language: Language) -> dict[str, object]:
    values = dict(reason.values)
    return {
        "code": reason.code,
        "title": text(f"reason.{reason.code}.title", language, **values),
        "what_to_do": text(f"reason.{reason.code}.what_to_do", language, **values),
        "values": values,
    }


def _known(facts: Facts) -> dict[str, object]:
    batch, product = facts.batch, facts.product
    if batch is None or product is None or facts.level is None:
        return {}
    return {
        "level": facts.level.name.lower(),
        "index": facts.index,
        "units_inside": facts.units_inside,
        **_registered(product, batch),
        "stops": [_stop(stop) for stop in facts.stops],
        "stops_elsewhere": [_stop(stop) for stop in facts.stops_elsewhere],
        "sampled": bool(facts.samples),
        "samples": [_sample(sample) for sample in facts.samples],
        "other_batches": facts.other_batches,
        "whereabouts": facts.whereabouts,
        "way": [
            {
                "role": step.role,
                "region_code": step.region_code,
                "shipped_on": step.shipped_on,
                "received_on": step.received_on,
            }
            for step in facts.way
        ],
        "scans": {
            "count": facts.scans.count,
            "first_on": _day(facts.scans.first_at),
            "last_on": _day(facts.scans.last_at),
        },
    }


def _registered(product: ProductFacts, batch: BatchFacts) -> dict[str, orjson.Fragment]:
    """Product, maker and batch as registered. The same facts give the same bytes, so they are written once."""
    kept = _written.get(batch.batch_id)
    if kept is not None and kept[0] is batch:
        return kept[1]
    parts: dict[str, dict[str, object]] = {
        "product": {
            "product_id": product.product_id,
            "kind": product.kind,
            "name": product.name,
            "brand": product.brand,
            "registration_number": product.registration_number,
            "formulation": product.formulation,
            "composition": [
                {"name": part.name, "content": str(part.content), "unit": part.unit} for part in product.composition
            ],
            "usage": product.usage,
            "warnings": product.warnings,
        },
        "maker": {
            "name": batch.maker_name,
            "region_code": batch.maker_region_code,
            "telephone": batch.maker_telephone,
        },
        "batch": {
            "batch_id": batch.batch_id,
            "batch_number": batch.batch_number,
            "production_on": batch.production_on,
            "expires_on": batch.expires_on,
            "pack_description": batch.pack_description,
            "contract_maker": batch.contract_maker,
            "technical_registration": batch.technical_registration,
            "technical_maker": batch.technical_maker,
            "factory_result": batch.factory_result,
            "factory_report_number": batch.factory_report_number,
            "factory_inspected_on": batch.factory_inspected_on,
            "ruleset": batch.ruleset,
            "gtin": batch.gtin,
            "is_demonstration": batch.is_demonstration,
        },
    }
    written = {name: orjson.Fragment(orjson.dumps(part)) for name, part in parts.items()}
    if len(_written) >= MAX_REMEMBERED:
        _written.clear()
    _written[batch.batch_id] = (batch, written)
    return written


def _stop(stop: StopFacts) -> dict[str, object]:
    return {
        "kind": stop.kind,
        "reason": stop.reason,
        "ordered_by": stop.ordered_by,
        "ordered_at": stop.ordered_at,
        "interval": {"start": stop.interval.start, "stop": stop.interval.stop},
    }


def _sample(sample: SampleFacts) -> dict[str, object]:
    return {
        "sample_number": sample.sample_number,
        "taken_on": sample.taken_on,
        "region_code": sample.region_code,
        "basis": sample.basis,
        "agency": sample.agency,
        "laboratory": sample.laboratory,
        "report_number": sample.report_number,
        "reported_on": sample.reported_on,
        "state": sample.state,
        "maker_response": sample.maker_response,
        "findings": [
            {
                "item": finding.item,
                "requirement": finding.requirement,
                "lower": _number(finding.limit.lower),
                "upper": _number(finding.limit.upper),
                "measured": _number(finding.measured),
                "measured_text": finding.measured_text,
                "unit": finding.unit,
                "outcome": finding.outcome,
            }
            for finding in sample.findings
        ],
    }


def _day(value: datetime | None) -> date | None:
    return None if value is None else day_in_china(value)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
