"""What the page of one published sample shows: every version of its results, the decision and its arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...trace.inspection.determination import document
from ...trace.inspection.model import Finding, MakerResponse, Outcome, ResultSet, SampleState
from ...trace.inspection.publication.model import limit_text
from ...trace.inspection.publication.service import PublicRecord
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import region_name
from .answer_view import Fact, FindingView
from .rendering import day_text, word
from .result_words import class_text, quantity_text, violation_text


@dataclass(frozen=True, slots=True)
class ArithmeticView:
    """What the rules said of one item: its steps as sentences, and the rule they follow."""

    item: str
    outcome: str
    steps: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of the results. `is_current`: it is the one that counts."""

    title: str
    is_current: bool
    verdict: str
    has_failed: bool
    facts: tuple[Fact, ...]
    findings: tuple[FindingView, ...]
    arithmetic: tuple[ArithmeticView, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    """`withdrawn`: the sentence that says so, "" where it counts; `denial` likewise."""

    title: str
    goods: str
    withdrawn: str
    denial: str
    verdict: str
    tone: str
    facts: tuple[Fact, ...]
    versions: tuple[VersionView, ...]
    history: tuple[Fact, ...]
    batch_link: str


def record_view(found: PublicRecord, language: Language) -> RecordView:
    """The versions stand with the last one first."""
    listed = found.listed
    is_denied = found.record.sample.maker_response is MakerResponse.DENIED
    withdrawn = ""
    if listed.withdrawn_on is not None:
        day = day_text(listed.withdrawn_on, language)
        withdrawn = text("page.result.withdrawn", language, day=day, reason=listed.withdrawal_reason)
    return RecordView(
        title=text("page.result.title", language, number=listed.sample_number),
        goods=f"{listed.product_name} {listed.batch_number}",
        withdrawn=withdrawn,
        denial=text("page.result.denied", language) if is_denied else "",
        verdict=word(listed.verdict, language),
        tone={"passed": "good", "failed": "bad", "denied": "warn"}[listed.verdict.value],
        facts=_facts(found, language),
        versions=tuple(_version(each, each.version == listed.version, language) for each in reversed(found.results)),
        history=tuple(
            Fact(word(step.state, language), (day_text(day_in_china(step.entered_at), language),))
            for step in found.record.steps
            if step.state in SHOWN_STATES
        ),
        batch_link=f"/results/batches/{listed.batch_id}",
    )


SHOWN_STATES = frozenset(
    {
        SampleState.TAKEN,
        SampleState.SEALED,
        SampleState.RECEIVED,
        SampleState.FINAL,
        SampleState.PUBLISHED,
        SampleState.WITHDRAWN,
    }
)
"""The others have one and the same word for the public: under review."""


def _facts(found: PublicRecord, language: Language) -> tuple[Fact, ...]:
    listed, response = found.listed, found.record.sample.maker_response
    facts = {
        "number": listed.sample_number,
        "kind": word(listed.kind, language),
        "product_name": listed.product_name,
        "registration_number": listed.registration_number,
        "batch": listed.batch_number,
        "maker_name": listed.maker_name,
        "maker_response": word(response, language),
        "outlet": listed.outlet_name,
        "region": region_name(listed.region_code, language),
        "taken_on": day_text(listed.taken_on, language),
        "basis": word(listed.basis, language),
        "stage": word(listed.stage, language),
        "refused_to_sign": listed.refusal_reason or "",
        "published_on": day_text(listed.published_on, language) if listed.published_on else "",
    }
    return _as_facts(facts, language)


def _version(result: ResultSet, is_current: bool, language: Language) -> VersionView:
    decision, determined = result.decision, document.read(result.determination)
    facts = {
        "laboratory": result.laboratory,
        "report_number": result.report_number,
        "reported_on": day_text(result.reported_on, language),
    }
    own = [(text("page.result.reason", language), result.reason)]
    if decision is not None:
        own += [
            (text("page.results.fault_class", language), class_text(decision.fault_class, language)),
            *(
                (text("page.results.violation", language), violation_text(each, language))
                for each in decision.violations
            ),
            (text("page.result.law", language), _article(determined, decision.fault_class)),
            (text("page.result.decided_on", language), day_text(day_in_china(decision.decided_at), language)),
            (text("page.result.decision_reason", language), decision.reason),
        ]
    return VersionView(
        title=text("page.result.version", language, version=result.version, kind=word(result.kind, language)),
        is_current=is_current,
        verdict=word(decision.verdict, language) if decision else "",
        has_failed=result.failed,
        facts=(*_as_facts(facts, language), *(Fact(label, (value,)) for label, value in own if value)),
        findings=tuple(finding_view(each, language) for each in result.findings),
        arithmetic=tuple(_arithmetic(each, language) for each in determined["judgements"] if each["steps"]),
    )


def finding_view(finding: Finding, language: Language) -> FindingView:
    """One item as the report prints it, with the limit in signs where it prints none."""
    measured = f"{finding.measured:f}" if finding.measured is not None else finding.measured_text
    return FindingView(
        item=finding.item,
        measured=quantity_text(measured, finding.unit, language) or word(finding.observation, language),
        limit=finding.requirement or limit_text(finding.limit, finding.unit) or word(finding.limit.kind, language),
        outcome=word(finding.outcome, language) if finding.outcome else "",
        has_failed=finding.outcome is Outcome.FAILED,
    )


def _arithmetic(judgement: Mapping[str, Any], language: Language) -> ArithmeticView:
    rule = judgement["rule"]
    return ArithmeticView(
        item=judgement["item"],
        outcome=text(f"determination.outcome.{judgement['outcome']}", language),
        steps=tuple(document.steps_text(dict(judgement), language)),
        rule=text("page.result.rule", language, source=rule["source"]) if rule else "",
    )


def _article(determined: Mapping[str, Any], fault: object) -> str:
    law = determined.get("law")
    return str(law[str(fault)]) if law and fault is not None else ""


def _as_facts(values: Mapping[str, str], language: Language) -> tuple[Fact, ...]:
    return tuple(Fact(text(f"page.results.{name}", language), (value,)) for name, value in values.items() if value)
