"""What the page of an answer shows, as strings in the reader's language. Templates see these objects only.

The public reads roles, counties and days of the way; no type here has a place for a trading partner's name.
Long, because it is one page's whole text and nothing else uses its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from string import Formatter
from urllib.parse import quote

from ...trace.batches.model import TECHNICAL_RULESET, StopKind
from ...trace.catalog.model import Ingredient, ProductKind
from ...trace.codes.model import Level, MalformedReason, grouped
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
from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.texts import Language, catalogue, text
from ...trace.kernel.units import Unit
from ...trace.parties.model import Role
from ...trace.parties.regions import region_name
from ...trace.verification.model import (
    Answer,
    BatchFacts,
    Facts,
    OtherBatches,
    ProductFacts,
    Reason,
    ReasonCode,
    SampleFacts,
    Step,
    StopFacts,
    Verdict,
    Whereabouts,
)
from .rendering import day_text, number_text, word
from .restrictions_view import restriction_lines

NOTHING = "—"
"""Stands where a text has a place for a value that nobody stated."""

MAX_KEPT_CHARACTERS = 500
"""A seed label's four lines are about 150; a longer text is not worth correcting by hand."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a card. `link` is a tel: address or empty; `is_key` marks what to compare with the pack."""

    label: str
    values: tuple[str, ...]
    link: str = ""
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class ReasonView:
    """`tone` is one of good, note, warn, bad, ask: it picks a mark beside the words, never replaces them."""

    tone: str
    title: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class FindingView:
    item: str
    measured: str
    limit: str
    outcome: str
    has_failed: bool


@dataclass(frozen=True, slots=True)
class SampleView:
    """One spot check. `findings` is empty unless the result is final; then `notice` is empty. `link`: its permanent
    page, "" before it is published."""

    title: str
    notice: str
    denial: str
    has_failed: bool
    link: str
    outcome: str
    facts: tuple[Fact, ...]
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One stage of the way: what kind of party, in which county, on which days."""

    role: str
    region: str
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeView:
    """The code itself. `grouped` is for reading aloud, `plain` for the form."""

    plain: str
    grouped: str
    scheme: str
    level: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    verdict: str
    title: str
    sentence: str
    why: str
    what_to_do: str
    reasons: tuple[ReasonView, ...]
    demonstration: str
    code: CodeView
    product: tuple[Fact, ...]
    batch: tuple[Fact, ...]
    samples: tuple[SampleView, ...]
    other_batches: str
    way: tuple[StepView, ...]
    whereabouts: str
    scans: str
    answered: str
    is_registered: bool


@dataclass(frozen=True, slots=True)
class MalformedView:
    """A text that is no code of any scheme: why, and the text again for the form."""

    scanned: str
    why: str
    what_to_do: str


_TONES: dict[ReasonCode, str] = {
    ReasonCode.RECALLED: "bad",
    ReasonCode.STOPPED_BY_REGULATOR: "bad",
    ReasonCode.FAILED_SPOT_CHECK: "bad",
    ReasonCode.VOIDED: "bad",
    ReasonCode.SEIZED: "bad",
    ReasonCode.DESTROYED: "bad",
    ReasonCode.WRITTEN_OFF: "bad",
    ReasonCode.EXPIRED: "bad",
    ReasonCode.MAKER_DENIES: "warn",
    ReasonCode.LABEL_NUMBER_DIFFERS: "warn",
    ReasonCode.LABEL_GTIN_DIFFERS: "warn",
    ReasonCode.LABEL_BATCH_DIFFERS: "warn",
    ReasonCode.BAD_SIGNATURE: "warn",
    ReasonCode.LABEL_NAME_DIFFERS: "warn",
    ReasonCode.NOT_REGISTERED_HERE: "ask",
    ReasonCode.EXPIRES_SOON: "warn",
    ReasonCode.NOT_YET_SHIPPED: "warn",
    ReasonCode.IN_TRANSIT: "warn",
    ReasonCode.SAMPLED: "warn",
    ReasonCode.DAMAGED: "warn",
    ReasonCode.NOT_A_SALES_UNIT: "note",
    ReasonCode.UNITS_CARRY_NO_CODE: "note",
    ReasonCode.REGISTERED: "good",
    ReasonCode.OTHER_PART_STOPPED: "note",
    ReasonCode.PASSED_SPOT_CHECK: "good",
    ReasonCode.NOT_SAMPLED: "note",
    ReasonCode.SAMPLING_UNDER_REVIEW: "note",
    ReasonCode.SEEN_BEFORE: "note",
    ReasonCode.REGISTRATION_FORMAT: "note",
}


def answer_view(answer: Answer, language: Language) -> AnswerView:
    """Everything the page of a well-formed code shows, registered here or not."""
    facts = answer.facts
    reasons = tuple(reason_view(reason, answer, language) for reason in answer.reasons)
    first = reasons[0] if reasons else ReasonView("note", "", "")
    return AnswerView(
        verdict=answer.verdict.value,
        title=text(f"verdict.{answer.verdict}.title", language),
        sentence=text(f"verdict.{answer.verdict}.sentence", language),
        why=first.title,
        what_to_do=first.what_to_do,
        reasons=_further(reasons, answer.verdict),
        demonstration=text("page.answer.demonstration", language) if _is_demonstration(facts) else "",
        code=_code(facts, language),
        product=_product(facts.product, day_in_china(answer.answered_at), language) if facts.product else (),
        batch=_batch(facts.batch, facts.product, language) if facts.batch else (),
        samples=tuple(_sample(sample, answer, language) for sample in facts.samples),
        other_batches=_other_batches(facts.other_batches, language),
        way=tuple(_step(step, facts.batch, language) for step in facts.way),
        whereabouts=word(facts.whereabouts, language) if isinstance(facts.whereabouts, Whereabouts) else "",
        scans=_scans(facts, language),
        answered=_answered(answer, language),
        is_registered=facts.batch is not None,
    )


_ADVERSE = frozenset({Verdict.STOP, Verdict.SUSPECT})


def _further(reasons: tuple[ReasonView, ...], verdict: Verdict) -> tuple[ReasonView, ...]:
    """The reasons after the first. Advice is given once, and beside a warning nothing good gives any: "compare the
    pack" under "do not use" would read as a way out.
    """
    said = {reasons[0].what_to_do} if reasons else set[str]()
    further: list[ReasonView] = []
    for reason in reasons[1:]:
        is_idle = reason.what_to_do in said or (verdict in _ADVERSE and reason.tone == "good")
        said.add(reason.what_to_do)
        further.append(replace(reason, what_to_do="") if is_idle else reason)
    return tuple(further)


def malformed_view(scanned: str, reason: MalformedReason, language: Language) -> MalformedView:
    """What the page of a text shows that can be no code; the form keeps what was typed, up to a sane length."""
    return MalformedView(
        scanned=scanned if len(scanned) <= MAX_KEPT_CHARACTERS else "",
        why=text(f"malformed.{reason}.title", language),
        what_to_do=text(f"malformed.{reason}.what_to_do", language),
    )


def reason_view(reason: Reason, answer: Answer, language: Language) -> ReasonView:
    """A reason's texts: the fuller title where the facts know every value of it, else the plain one."""
    own = {name: _readable(name, value, language) for name, value in reason.values}
    known = _values_from_facts(reason, answer, language)
    values = known | {name: value for name, value in own.items() if value}
    fuller = f"page.reason.{reason.code}"
    key = fuller if fuller in catalogue() and not _missing(fuller, language, values) else f"reason.{reason.code}.title"
    filled = dict.fromkeys(_missing(key, language, values), NOTHING) | values
    return ReasonView(
        tone=_TONES[reason.code],
        title=text(key, language, **filled),
        what_to_do=text(f"reason.{reason.code}.what_to_do", language, **filled),
    )


def _missing(key: str, language: Language, values: dict[str, str]) -> set[str]:
    """Placeholders of a text for which there is no value."""
    return {name for _, name, _, _ in Formatter().parse(catalogue()[key][language]) if name and not values.get(name)}


_STOP_OF: dict[ReasonCode, StopKind] = {
    ReasonCode.RECALLED: StopKind.RECALL,
    ReasonCode.STOPPED_BY_REGULATOR: StopKind.REGULATOR,
    ReasonCode.FAILED_SPOT_CHECK: StopKind.FAILED_SPOT_CHECK,
}


def _values_from_facts(reason: Reason, answer: Answer, language: Language) -> dict[str, str]:
    """What the facts say for the placeholders; names without a value are left out."""
    facts, code = answer.facts, reason.code
    stop = next((stop for stop in facts.stops if stop.kind is _STOP_OF.get(code)), None)
    day = _reason_day(reason, facts, stop)
    first = facts.scans.first_at
    batch = facts.batch
    values = {
        "reason": stop.reason if stop else "",
        "by": (stop.ordered_by if stop else "") or word(Role.REGULATOR, language),
        "items": _failed_items(facts.samples, language) or (stop.reason if stop else ""),
        "day": _day(day, language),
        "first": _day(day_in_china(first) if first else None, language),
        "days": str((batch.expires_on - day_in_china(answer.answered_at)).days) if batch else "",
        "level": word(facts.level, language) if facts.level is not None else "",
        "units": number_text(facts.units_inside),
        "count": number_text(facts.scans.count),
        "maker": batch.maker_name if batch else "",
        "number": facts.product.registration_number if facts.product else "",
    }
    return {name: value for name, value in values.items() if value}


def _failed_items(samples: Iterable[SampleFacts], language: Language) -> str:
    """What failed in final checks of goods that the maker does not disown."""
    failed = [
        finding.item
        for sample in samples
        if sample.state in CONCLUDED and sample.maker_response is not MakerResponse.DENIED
        for finding in sample.findings
        if finding.outcome is Outcome.FAILED
    ]
    return text("page.list_mark", language).join(dict.fromkeys(failed))


def _reason_day(reason: Reason, facts: Facts, stop: StopFacts | None) -> date | None:
    if stop:
        return day_in_china(stop.ordered_at)
    if reason.code in (ReasonCode.EXPIRED, ReasonCode.EXPIRES_SOON) and facts.batch:
        return facts.batch.expires_on
    if reason.code is ReasonCode.PASSED_SPOT_CHECK:
        number = dict(reason.values).get("number")
        named = [sample for sample in facts.samples if sample.sample_number == number]
        return (named[0].reported_on or named[0].taken_on) if named else None
    return None


_DAYS = frozenset({"day", "first"})
_COUNTS = frozenset({"count", "units"})


def _readable(name: str, value: str, language: Language) -> str:
    """A reason's own value for people: ISO days in words, counts with their thousands apart, others as they stand."""
    if name in _DAYS and value:
        return day_text(date.fromisoformat(value), language)
    return number_text(int(value)) if name in _COUNTS and value else value


def _is_demonstration(facts: Facts) -> bool:
    return facts.batch is not None and facts.batch.is_demonstration


def _code(facts: Facts, language: Language) -> CodeView:
    level = ""
    if facts.level is not None and facts.level is not Level.UNIT:
        name = word(facts.level, language)
        level = text("page.answer.package", language, level=name, count=number_text(facts.units_inside))
    return CodeView(facts.code, grouped(facts.code), word(facts.scheme, language), level)


def _row(key: str, language: Language, *values: str, link: str = "", is_key: bool = False) -> tuple[Fact, ...]:
    """The row labelled `page.fact.<key>`, or none where nothing is stated."""
    stated = tuple(value for value in values if value)
    return (Fact(text(f"page.fact.{key}", language), stated, link, is_key),) if stated else ()


def _product(product: ProductFacts, on: date, language: Language) -> tuple[Fact, ...]:
    number = product.kind.value if product.kind in _NUMBER_LABELS else "other"
    return (
        *_row("name", language, product.name, is_key=True),
        *_row("brand", language, product.brand),
        *_row("kind", language, word(product.kind, language)),
        *_row(f"registration_{number}", language, product.registration_number, is_key=True),
        *_row("formulation", language, product.formulation),
        *_row("composition", language, *(_ingredient(part, language) for part in product.composition)),
        *_row("restriction", language, *restriction_lines(product, on, language)),
        *_row("usage", language, product.usage),
    )


_NUMBER_LABELS = frozenset({ProductKind.PESTICIDE, ProductKind.SEED, ProductKind.VET_DRUG})
"""Kinds whose registration number has a name of its own: 登记证号, 审定编号, 批准文号."""


def _ingredient(part: Ingredient, language: Language) -> str:
    return f"{part.name} {quantity(part.content, part.unit, language)}"


def quantity(value: Decimal, unit: Unit, language: Language) -> str:
    """A value with its unit: 20%, 18 g/L, 97% of label; pH and counts stand alone."""
    name = word(unit, language)
    if not name:
        return f"{value:f}"
    return f"{value:f}{name}" if name.startswith("%") else f"{value:f}\N{NO-BREAK SPACE}{name}"


def _batch(batch: BatchFacts, product: ProductFacts | None, language: Language) -> tuple[Fact, ...]:
    is_pesticide = product is not None and product.kind is ProductKind.PESTICIDE
    inspected = text("page.answer.on", language, day=_day(batch.factory_inspected_on, language))
    report = text("page.answer.report", language, number=batch.factory_report_number)
    return (
        *_row("batch_number", language, batch.batch_number, is_key=True),
        *_row("production_on", language, _day(batch.production_on, language), is_key=True),
        *_row("expires_on", language, _day(batch.expires_on, language)),
        *_row("pack", language, batch.pack_description),
        *_row("gtin", language, batch.gtin),
        *_row("holder" if is_pesticide else "maker", language, batch.maker_name, is_key=True),
        *_row("maker_region", language, region_name(batch.maker_region_code, language)),
        *_row("telephone", language, batch.maker_telephone, link=_telephone_link(batch.maker_telephone)),
        *_row("contract_maker", language, batch.contract_maker),
        *_technical(batch, is_pesticide, language),
        *_row(
            "factory",
            language,
            word(batch.factory_result, language),
            inspected if batch.factory_inspected_on else "",
            report if batch.factory_report_number else "",
        ),
    )


def _technical(batch: BatchFacts, is_pesticide: bool, language: Language) -> tuple[Fact, ...]:
    """The technical material's registration and producer; under 1049, where neither is given, the label has them.

    Source: 农业农村部公告第1049号 art. 2 (read in a secondary source: docs/sources.md).
    """
    stated = (
        *_row("technical_registration", language, batch.technical_registration),
        *_row("technical_maker", language, batch.technical_maker),
    )
    if stated or not (is_pesticide and batch.ruleset == TECHNICAL_RULESET):
        return stated
    return _row("technical_registration", language, text("page.answer.see_label", language))


def _telephone_link(number: str) -> str:
    digits = re.sub(r"[^0-9+]", "", number)
    return f"tel:{digits}" if digits else ""


def _day(day: date | None, language: Language) -> str:
    return day_text(day, language) if day else ""


def _sample(sample: SampleFacts, answer: Answer, language: Language) -> SampleView:
    """A spot check as the public may see it: values and the laboratory's report only of a final result."""
    is_final = sample.state in CONCLUDED
    findings = sample.findings if is_final else ()
    has_failed = is_final and sample.failed
    is_denied = sample.maker_response is MakerResponse.DENIED and (
        is_final or any(reason.code is ReasonCode.MAKER_DENIES for reason in answer.reasons)
    )
    return SampleView(
        title=text("page.sample.title", language, day=_day(sample.taken_on, language)),
        notice="" if is_final else _state_notice(sample.state, language),
        denial=word(MakerResponse.DENIED, language) if is_denied else "",
        has_failed=has_failed,
        link=f"/results/{quote(sample.sample_number, safe='')}" if sample.state is SampleState.PUBLISHED else "",
        outcome=word(Outcome.FAILED if has_failed else Outcome.PASSED, language) if findings else "",
        facts=_sample_facts(sample, is_final, language),
        findings=tuple(_finding(finding, language) for finding in findings),
    )


def _other_batches(others: OtherBatches | None, language: Language) -> str:
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
        *_row("basis", language, word(sample.basis, language)),
        *_row("sampled_in", language, region_name(sample.region_code, language)),
        *_row("agency", language, sample.agency),
    )
    if not is_final:
        return known
    return (
        *_row("laboratory", language, sample.laboratory),
        *_row("report_number", language, sample.report_number),
        *_row("reported_on", language, _day(sample.reported_on, language)),
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


def _step(step: Step, batch: BatchFacts | None, language: Language) -> StepView:
    """A stage: the maker with the day of production, each receiver with the days of dispatch to it and of receipt."""
    days: list[str] = []
    if step.role is Role.MANUFACTURER and step.shipped_on is None and step.received_on is None and batch:
        days.append(text("page.way.produced", language, day=day_text(batch.production_on, language)))
    if step.shipped_on:
        days.append(text("page.way.shipped", language, day=day_text(step.shipped_on, language)))
    if step.received_on:
        days.append(text("page.way.received", language, day=day_text(step.received_on, language)))
    elif step.shipped_on:
        days.append(text("page.way.not_received", language))
    return StepView(word(step.role, language), region_name(step.region_code, language), tuple(days))


def _scans(facts: Facts, language: Language) -> str:
    """How often this code was queried before: a fact, not an alarm."""
    if facts.batch is None:
        return ""
    if not facts.scans.count or facts.scans.first_at is None:
        return text("page.scans.first", language)
    day = day_text(day_in_china(facts.scans.first_at), language)
    return text("page.scans.earlier", language, count=number_text(facts.scans.count), day=day)


def _answered(answer: Answer, language: Language) -> str:
    local = answer.answered_at.astimezone(CHINA)
    day = day_text(local.date(), language)
    return text("page.answer.answered", language, day=day, time=f"{local:%H:%M}")
