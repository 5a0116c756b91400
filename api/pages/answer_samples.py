"""The card of spot checks: what the public may see of each, and how other batches of the product did."""

from __future__ import annotations

from urllib.parse import quote

from ...trace.inspection.model import (
    CONCLUDED,
    UNDER_REVIEW,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    SampleState,
)
from ...trace.kernel.texts import Language, text
from ...trace.kernel.units import Unit
from ...trace.parties.regions import region_name
from ...trace.verification.model import Answer, OtherBatches, ReasonCode, SampleFacts
from .answer_parts import Fact, FindingView, SampleView, day_or_nothing, quantity, row
from .rendering import word


def sample_view(sample: SampleFacts, answer: Answer, language: Language) -> SampleView:
    """A spot check as the public may see it: values and the laboratory's report only of a final result."""
    is_final = sample.state in CONCLUDED
    findings = sample.findings if is_final else ()
    has_failed = is_final and sample.failed
    is_denied = sample.maker_response is MakerResponse.DENIED and (
        is_final or any(reason.code is ReasonCode.MAKER_DENIES for reason in answer.reasons)
    )
    return SampleView(
        title=text("page.sample.title", language, day=day_or_nothing(sample.taken_on, language)),
        notice="" if is_final else _state_notice(sample.state, language),
        denial=word(MakerResponse.DENIED, language) if is_denied else "",
        has_failed=has_failed,
        link=f"/results/{quote(sample.sample_number, safe='')}" if sample.state is SampleState.PUBLISHED else "",
        outcome=word(Outcome.FAILED if has_failed else Outcome.PASSED, language) if findings else "",
        facts=_sample_facts(sample, is_final, language),
        findings=tuple(_finding(finding, language) for finding in findings),
    )


def samples_digest(samples: tuple[SampleView, ...], language: Language) -> str:
    """One line for all checks of the batch: a failed one before any other, else the first told."""
    if not samples:
        return text("page.answer.not_sampled_short", language)
    shown = next((each for each in samples if each.has_failed), samples[0])
    return " · ".join(each for each in (shown.outcome, shown.title) if each)


def other_batches_text(others: OtherBatches | None, language: Language) -> str:
    """How other batches of the product did, as counts; "" where none of them was sampled."""
    if others is None or not others.samples:
        return ""
    key = "page.sample.other_batches_denied" if others.denied else "page.sample.other_batches"
    return text(
        key,
        language,
        batches=others.batches,
        samples=others.samples,
        passed=others.passed,
        failed=others.failed,
        denied=others.denied,
    )


def _state_notice(state: SampleState, language: Language) -> str:
    if state in UNDER_REVIEW:
        return text("page.sample.under_review", language)
    return text("page.sample.withdrawn" if state is SampleState.WITHDRAWN else "page.sample.taken", language)


def _sample_facts(sample: SampleFacts, is_final: bool, language: Language) -> tuple[Fact, ...]:
    known = (
        *row("basis", language, word(sample.basis, language)),
        *row("sampled_in", language, region_name(sample.region_code, language)),
        *row("agency", language, sample.agency),
    )
    if not is_final:
        return known
    return (
        *row("laboratory", language, sample.laboratory),
        *row("report_number", language, sample.report_number),
        *row("reported_on", language, day_or_nothing(sample.reported_on, language)),
        *known,
    )


def _finding(finding: Finding, language: Language) -> FindingView:
    measured = finding.measured_text
    if finding.measured is not None:
        measured = quantity(finding.measured, finding.unit, language)
    return FindingView(
        item=finding.item,
        measured=measured or text("page.sample.no_value", language),
        limit=finding.requirement or _limit(finding.limit, finding.unit, language),
        outcome=word(finding.outcome, language) if finding.outcome else "",
        has_failed=finding.outcome is Outcome.FAILED,
    )


def _limit(limit: Limit, unit: Unit, language: Language) -> str:
    """A limit in words, for the report that prints none."""
    bounds = [quantity(bound, unit, language) for bound in (limit.lower, limit.upper) if bound is not None]
    if limit.kind is LimitKind.BETWEEN:
        return "–".join(bounds)
    return " ".join([word(limit.kind, language), *bounds])
