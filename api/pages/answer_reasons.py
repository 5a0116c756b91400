"""The words of an answer's reasons: the fuller text of the page where the facts fill it, else the plain one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from string import Formatter

from ...trace.batches.model import StopKind
from ...trace.inspection.model import CONCLUDED, MakerResponse, Outcome
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, catalogue, text
from ...trace.parties.model import Role
from ...trace.verification.model import (
    Answer,
    Facts,
    Reason,
    ReasonCode,
    SampleFacts,
    StopFacts,
    Verdict,
)
from .answer_parts import ReasonView, day_or_nothing
from .rendering import day_text, number_text, word

NOTHING = "—"
"""Stands where a text has a place for a value that nobody stated."""

TONES: dict[ReasonCode, str] = {
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
    ReasonCode.POSSIBLY_COPIED: "warn",
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


_ADVERSE = frozenset({Verdict.STOP, Verdict.SUSPECT})


def further(reasons: tuple[ReasonView, ...], verdict: Verdict) -> tuple[ReasonView, ...]:
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


def reason_view(reason: Reason, answer: Answer, language: Language) -> ReasonView:
    """A reason's texts: the fuller title where the facts know every value of it, else the plain one."""
    own = {name: _readable(name, value, language) for name, value in reason.values}
    known = _values_from_facts(reason, answer, language)
    values = known | {name: value for name, value in own.items() if value}
    fuller = f"page.reason.{reason.code}"
    key = fuller if fuller in catalogue() and not _missing(fuller, language, values) else f"reason.{reason.code}.title"
    filled = dict.fromkeys(_missing(key, language, values), NOTHING) | values
    return ReasonView(
        tone=TONES[reason.code],
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
        "day": day_or_nothing(day, language),
        "first": day_or_nothing(day_in_china(first) if first else None, language),
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
