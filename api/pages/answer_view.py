"""What the page of an answer shows, as strings in the reader's language: first the verdict, then a card for each thing
known, folded unless the verdict sends the reader there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ...trace.codes.model import Level, grouped
from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Role
from ...trace.parties.regions import region_name
from ...trace.verification.model import Answer, BatchFacts, Facts, Step, Verdict, Whereabouts
from ...trace.verification.scans import DayOfScans
from ...trace.verification.signals.places import counties
from .answer_checks import check_views, checks_digest
from .answer_goods import batch_facts, further_batch_facts, further_product_facts, product_facts
from .answer_parts import (
    CheckView,
    CodeView,
    Fact,
    FindingView,
    ReasonView,
    SampleView,
    StepView,
    quantity,
    row,
)
from .answer_reasons import further, reason_view
from .answer_samples import other_batches_text, sample_view, samples_digest
from .desk_view import Choice
from .rendering import day_text, number_text, word

__all__ = ["AnswerView", "Fact", "FindingView", "answer_view", "quantity"]
"""Other pages say rows, findings and values as this one does, and take them from here."""

DIGEST_MARK = " · "

NEIGHBOURS = ("150000", "610000", "620000")
"""Provinces whose shops are near enough to be told apart: 内蒙古, 陕西, 甘肃."""

MAX_DAYS_SHOWN = 12
"""Lines of the scan history: a pack that lies on its shelf for a season has fewer."""

_COMPARED = frozenset({Verdict.GENUINE, Verdict.CAUTION})
"""Verdicts whose advice is to compare the pack with the cards: what to compare lies open."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """`why` and `what_to_do` are the deciding reason's; `reasons` the others. A `*_digest` is what a folded card says
    of itself. `read_as`: how a typed text was read, where that is not as it stood. `scan`: by which name the reader can
    tell more of this scan, "" where nobody is asked; `shops`: the counties and provinces that can be told."""

    verdict: str
    title: str
    sentence: str
    why: str
    what_to_do: str
    reasons: tuple[ReasonView, ...]
    demonstration: str
    read_as: str
    code: CodeView
    checks: tuple[CheckView, ...]
    checks_digest: str
    is_compared: bool
    product: tuple[Fact, ...]
    further_product: tuple[Fact, ...]
    batch: tuple[Fact, ...]
    further_batch: tuple[Fact, ...]
    samples: tuple[SampleView, ...]
    samples_digest: str
    are_samples_open: bool
    other_batches: str
    way: tuple[StepView, ...]
    way_digest: str
    whereabouts: str
    scans: str
    scan_facts: tuple[Fact, ...]
    scan_days: tuple[str, ...]
    scan: str
    asks: bool
    shops: tuple[Choice, ...]
    answered: str
    is_registered: bool


def answer_view(
    answer: Answer,
    language: Language,
    days: Sequence[DayOfScans] = (),
    scan: str = "",
    *,
    asks: bool = False,
    is_read_as_digits: bool = False,
) -> AnswerView:
    """Everything the page of a well-formed code shows, registered here or not. `days`: its scans by county and day, the
    latest first; `scan`: the name of the one that is answered; `asks`: whether the reader is asked where the pack is
    from. `is_read_as_digits`: it was typed with letters that were taken for digits."""
    facts = answer.facts
    reasons = tuple(reason_view(reason, answer, language) for reason in answer.reasons)
    first = reasons[0] if reasons else ReasonView("note", "", "")
    product, batch = facts.product, facts.batch
    checks = check_views(answer, language)
    samples = tuple(sample_view(sample, answer, language) for sample in facts.samples)
    whereabouts = word(facts.whereabouts, language) if isinstance(facts.whereabouts, Whereabouts) else ""
    return AnswerView(
        verdict=answer.verdict.value,
        title=text(f"verdict.{answer.verdict}.title", language),
        sentence=text(f"verdict.{answer.verdict}.sentence", language),
        why=first.title,
        what_to_do=first.what_to_do,
        reasons=further(reasons, answer.verdict),
        demonstration=text("page.answer.demonstration", language) if batch and batch.is_demonstration else "",
        read_as=text("page.typed.read_as", language) if is_read_as_digits else "",
        code=_code(facts, language),
        checks=checks,
        checks_digest=checks_digest(checks, language),
        is_compared=answer.verdict in _COMPARED,
        product=product_facts(product, day_in_china(answer.answered_at), language) if product else (),
        further_product=further_product_facts(product, language) if product else (),
        batch=batch_facts(batch, product, language) if batch else (),
        further_batch=further_batch_facts(batch, product, language) if batch else (),
        samples=samples,
        samples_digest=samples_digest(samples, language),
        are_samples_open=any(sample.has_failed or sample.denial for sample in samples),
        other_batches=other_batches_text(facts.other_batches, language),
        way=tuple(_step(step, batch, language) for step in facts.way),
        way_digest=_way_digest(facts, whereabouts, language),
        whereabouts=whereabouts,
        scans=_scans(facts, language),
        scan_facts=_scan_facts(facts, language),
        scan_days=_scan_days(days, language),
        scan=scan,
        asks=asks,
        shops=_shops(language) if scan else (),
        answered=_answered(answer, language),
        is_registered=batch is not None,
    )


def _code(facts: Facts, language: Language) -> CodeView:
    level = ""
    if facts.level is not None and facts.level is not Level.UNIT:
        name = word(facts.level, language)
        level = text("page.answer.package", language, level=name, count=number_text(facts.units_inside))
    return CodeView(facts.code, grouped(facts.code), word(facts.scheme, language), level)


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


def _way_digest(facts: Facts, whereabouts: str, language: Language) -> str:
    stages = text("page.answer.way_digest", language, count=len(facts.way)) if facts.way else ""
    return DIGEST_MARK.join(each for each in (stages, whereabouts) if each) or text(
        "page.answer.no_way_short", language
    )


def _scans(facts: Facts, language: Language) -> str:
    """How often this code was queried before: a fact, not an alarm."""
    if facts.batch is None:
        return ""
    if not facts.scans.count or facts.scans.first_at is None:
        return text("page.scans.first", language)
    day = day_text(day_in_china(facts.scans.first_at), language)
    return text("page.scans.earlier", language, count=number_text(facts.scans.count), day=day)


def _scan_facts(facts: Facts, language: Language) -> tuple[Fact, ...]:
    """Days only: no person is kept with a scan."""
    scans = facts.scans
    days = [day_text(day_in_china(each), language) if each else "" for each in (scans.first_at, scans.last_at)]
    return (
        *row("scan_count", language, number_text(scans.count)),
        *row("scan_first", language, days[0]),
        *row("scan_last", language, days[1]),
    )


@cache
def _shops(language: Language) -> tuple[Choice, ...]:
    """Ningxia's counties, and the provinces beside it. None is chosen beforehand: docs/decisions/0018."""
    codes = (*(each.code for each in counties()), *NEIGHBOURS)
    return tuple(Choice(code, region_name(code, language)) for code in codes)


def _scan_days(days: Sequence[DayOfScans], language: Language) -> tuple[str, ...]:
    """One line for each county and day. Where no county was told the line says so."""
    shown = [
        text(
            "page.scans.day",
            language,
            day=day_text(each.day, language),
            region=region_name(each.region_code, language)
            if each.region_code
            else text("page.scans.no_region", language),
            count=number_text(each.scans),
        )
        for each in days[:MAX_DAYS_SHOWN]
    ]
    return (*shown, text("page.scans.more_days", language)) if len(days) > MAX_DAYS_SHOWN else tuple(shown)


def _answered(answer: Answer, language: Language) -> str:
    local = answer.answered_at.astimezone(CHINA)
    day = day_text(local.date(), language)
    return text("page.answer.answered", language, day=day, time=f"{local:%H:%M}")
