"""Published results as JSON: one line of the list, the counts, and a sample with all versions of its results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ...trace.inspection.model import Finding, ResultSet
from ...trace.inspection.publication.model import Counts, Failure, PublicSample, Tables
from ...trace.inspection.publication.service import BatchResults, PublicRecord
from ...trace.kernel.clock import day_in_china
from ...trace.ledger.model import plain

NOT_SHOWN = ("plan_id", "sample_id", "refusal_reason", "failures")


def sample_document(sample: PublicSample) -> dict[str, Any]:
    """One published sample. Amounts are texts: their digits are kept as printed."""
    kept = {each.name: getattr(sample, each.name) for each in fields(sample) if each.name not in NOT_SHOWN}
    return {
        **_plain(kept),
        "failures": [failure_document(each) for each in sample.failures],
        "refused_to_sign": sample.refusal_reason is not None,
        "link": f"/results/{sample.sample_number}",
    }


def failure_document(failure: Failure) -> dict[str, Any]:
    return _plain({each.name: getattr(failure, each.name) for each in fields(failure)})


def counts_document(counts: Counts) -> dict[str, Any]:
    """`pass_rate`, in percent, is `passed` of `judged`, which leaves out what makers deny; null where that is 0."""
    return {
        "samples": counts.samples,
        "passed": counts.passed,
        "failed": counts.failed,
        "denied": counts.denied,
        "judged": counts.judged,
        "pass_rate": None if counts.pass_rate is None else str(counts.pass_rate),
    }


def tables_document(tables: Tables) -> dict[str, Any]:
    def table(counted: Mapping[Any, Counts]) -> dict[str, Any]:
        return {str(key): counts_document(counts) for key, counts in counted.items()}

    return {
        "counts": counts_document(tables.total),
        "by_kind": table(tables.by_kind),
        "by_stage": table(tables.by_stage),
        "by_region": table(tables.by_region),
        "by_month": table(tables.by_month),
    }


def record_document(found: PublicRecord) -> dict[str, Any]:
    """A sample by its permanent link, with every decided version of its results, the first one first."""
    return {
        **sample_document(found.listed),
        "maker_response": found.record.sample.maker_response.value,
        "versions": [_version(each) for each in found.results],
        "history": [
            {"state": step.state.value, "on": day_in_china(step.entered_at).isoformat()} for step in found.record.steps
        ],
    }


def batch_document(found: BatchResults) -> dict[str, Any]:
    return {
        "batch_id": str(found.batch.batch_id),
        "batch_number": found.batch.batch_number,
        "product_name": found.product.name,
        "registration_number": found.product.registration_number,
        "maker_name": found.maker.name,
        "counts": counts_document(found.counts),
        "samples": [sample_document(each) for each in found.samples],
        "withdrawn": [sample_document(each) for each in found.withdrawn],
        "stops": [
            {"kind": stop.kind.value, "reason": stop.reason, "on": day_in_china(stop.ordered_at).isoformat()}
            for stop in found.stops
        ],
        "other_batches": [
            {"batch_id": str(batch_id), "batch_number": number, **counts_document(counts)}
            for batch_id, (number, counts) in found.others.items()
        ],
    }


def _version(result: ResultSet) -> dict[str, Any]:
    decision = result.decision
    return {
        "version": result.version,
        "kind": result.kind.value,
        "reason": result.reason,
        "laboratory": result.laboratory,
        "report_number": result.report_number,
        "reported_on": result.reported_on.isoformat(),
        "decision": None
        if decision is None
        else {
            "verdict": decision.verdict.value,
            "fault_class": decision.fault_class.value if decision.fault_class else None,
            "violations": [code.value for code in decision.violations],
            "reason": decision.reason,
            "decided_on": day_in_china(decision.decided_at).isoformat(),
        },
        "determination": json.loads(result.determination) if result.determination else None,
        "findings": [_finding(each) for each in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    limit = finding.limit
    named = {each.name: getattr(finding, each.name) for each in fields(finding) if each.name != "limit"}
    return _plain({**named, "limit_kind": limit.kind, "lower": limit.lower, "upper": limit.upper})


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}
