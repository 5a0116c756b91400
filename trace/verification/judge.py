"""Facts and the present instant in, verdict and reasons out. Pure: no database, no clock, no language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from ..batches.model import StopKind
from ..codes.claims import Claims, agree
from ..codes.model import Level
from ..inspection.model import CONCLUDED, UNDER_REVIEW, MakerResponse
from ..kernel.clock import day_in_china
from ..kernel.normalise import registration_number as normalised
from .model import (
    Answer,
    BatchFacts,
    Facts,
    ProductFacts,
    Reason,
    ReasonCode,
    SampleFacts,
    ScanFacts,
    Verdict,
    Whereabouts,
)
from .signals.model import Suspicion

EXPIRES_SOON_DAYS = 30
"""A pack bought now is used within a growing month; ours, no rule."""

WEIGHT: dict[ReasonCode, Verdict] = {
    ReasonCode.RECALLED: Verdict.STOP,
    ReasonCode.STOPPED_BY_REGULATOR: Verdict.STOP,
    ReasonCode.FAILED_SPOT_CHECK: Verdict.STOP,
    ReasonCode.SEIZED: Verdict.STOP,
    ReasonCode.DESTROYED: Verdict.STOP,
    ReasonCode.WRITTEN_OFF: Verdict.STOP,
    ReasonCode.VOIDED: Verdict.STOP,
    ReasonCode.EXPIRED: Verdict.STOP,
    ReasonCode.MAKER_DENIES: Verdict.SUSPECT,
    ReasonCode.LABEL_NUMBER_DIFFERS: Verdict.SUSPECT,
    ReasonCode.LABEL_GTIN_DIFFERS: Verdict.SUSPECT,
    ReasonCode.LABEL_BATCH_DIFFERS: Verdict.SUSPECT,
    ReasonCode.BAD_SIGNATURE: Verdict.SUSPECT,
    ReasonCode.POSSIBLY_COPIED: Verdict.SUSPECT,
    ReasonCode.NOT_REGISTERED_HERE: Verdict.UNKNOWN,
    ReasonCode.LABEL_NAME_DIFFERS: Verdict.CAUTION,
    ReasonCode.NOT_YET_SHIPPED: Verdict.CAUTION,
    ReasonCode.IN_TRANSIT: Verdict.CAUTION,
    ReasonCode.SAMPLED: Verdict.CAUTION,
    ReasonCode.DAMAGED: Verdict.CAUTION,
    ReasonCode.EXPIRES_SOON: Verdict.CAUTION,
    ReasonCode.REGISTERED: Verdict.GENUINE,
    ReasonCode.OTHER_PART_STOPPED: Verdict.GENUINE,
    ReasonCode.PASSED_SPOT_CHECK: Verdict.GENUINE,
    ReasonCode.NOT_SAMPLED: Verdict.GENUINE,
    ReasonCode.SAMPLING_UNDER_REVIEW: Verdict.GENUINE,
    ReasonCode.NOT_A_SALES_UNIT: Verdict.GENUINE,
    ReasonCode.UNITS_CARRY_NO_CODE: Verdict.GENUINE,
    ReasonCode.SEEN_BEFORE: Verdict.GENUINE,
    ReasonCode.REGISTRATION_FORMAT: Verdict.GENUINE,
}
"""The verdict that a reason forces. The answer's verdict is the foremost of its reasons', in Verdict's order.

What is only a fact (a second look, a check under review, not sampled) forces nothing: false alarms are how systems of
this kind lost their users.
"""

_PRECEDENCE = {verdict: rank for rank, verdict in enumerate(Verdict)}
ORDER = {code: rank for rank, code in enumerate(WEIGHT)}
"""The place of each reason among those of an answer."""

_SEEN_BEFORE = ORDER[ReasonCode.SEEN_BEFORE]

_STOP_REASONS = {
    StopKind.RECALL: ReasonCode.RECALLED,
    StopKind.REGULATOR: ReasonCode.STOPPED_BY_REGULATOR,
    StopKind.FAILED_SPOT_CHECK: ReasonCode.FAILED_SPOT_CHECK,
}

_OUT_OF_TRADE = {
    Whereabouts.SEIZED: ReasonCode.SEIZED,
    Whereabouts.DESTROYED: ReasonCode.DESTROYED,
    Whereabouts.WRITTEN_OFF: ReasonCode.WRITTEN_OFF,
    Whereabouts.SAMPLED: ReasonCode.SAMPLED,
    Whereabouts.DAMAGED: ReasonCode.DAMAGED,
}


def judge(facts: Facts, now: datetime) -> Answer:
    """The answer to a scan at the instant `now`. Its first reason is the one that decided."""
    found = {reason.code: reason for reason in reversed(list(_reasons(facts, now)))}
    reasons = tuple(sorted(found.values(), key=lambda reason: ORDER[reason.code]))
    verdict = min((WEIGHT[reason.code] for reason in reasons), key=_PRECEDENCE.__getitem__)
    return Answer(verdict, reasons, facts, now)


def with_scans(reasons: tuple[Reason, ...], scans: ScanFacts) -> tuple[Reason, ...]:
    """The reasons of an answer without earlier scans, with them: a fact among the others, which decides nothing."""
    if not scans.count or scans.first_at is None:
        return reasons
    at = 0
    while at < len(reasons) and ORDER[reasons[at].code] < _SEEN_BEFORE:
        at += 1
    return (*reasons[:at], _seen_before(scans.count, day_in_china(scans.first_at)), *reasons[at:])


def _reasons(facts: Facts, now: datetime) -> Iterator[Reason]:
    batch = facts.batch
    if batch is None:
        yield Reason(ReasonCode.NOT_REGISTERED_HERE)
        return
    for stop in facts.stops:
        yield Reason(_STOP_REASONS[stop.kind], (("reason", stop.reason), ("by", stop.ordered_by)))
    for stop in facts.stops_elsewhere:
        yield Reason(ReasonCode.OTHER_PART_STOPPED, (("reason", stop.reason),))
    if facts.void_reason is not None:
        yield Reason(ReasonCode.VOIDED, (("reason", facts.void_reason),))
    yield from _expiry(facts, now)
    yield from _label(facts.claims, facts.product, batch)
    if facts.has_bad_signature:
        yield Reason(ReasonCode.BAD_SIGNATURE)
    if facts.scans.suspicion is Suspicion.SUSPECT:
        yield Reason(ReasonCode.POSSIBLY_COPIED)
    yield from _sampling(facts.samples)
    if facts.whereabouts is Whereabouts.WITH_MAKER:
        yield Reason(ReasonCode.NOT_YET_SHIPPED)
    elif facts.whereabouts is Whereabouts.IN_TRANSIT:
        yield Reason(ReasonCode.IN_TRANSIT)
    for place in facts.out_of_trade:
        yield Reason(_OUT_OF_TRADE[place])
    if facts.level is not None and facts.level is not Level.UNIT:
        code = ReasonCode.NOT_A_SALES_UNIT if batch.units_carry_codes else ReasonCode.UNITS_CARRY_NO_CODE
        yield Reason(code, (("units", str(facts.units_inside)),))
    if facts.scans.count and facts.scans.first_at is not None:
        yield _seen_before(facts.scans.count, day_in_china(facts.scans.first_at))
    if facts.product is not None and facts.product.warnings:
        yield Reason(ReasonCode.REGISTRATION_FORMAT, (("number", facts.product.registration_number),))
    yield Reason(ReasonCode.REGISTERED)


@lru_cache(maxsize=4_096)
def _seen_before(count: int, first_on: date) -> Reason:
    return Reason(ReasonCode.SEEN_BEFORE, (("count", str(count)), ("first", first_on.isoformat())))


def _expiry(facts: Facts, now: datetime) -> Iterator[Reason]:
    """The last day counts as in date: expiry is read as "use until", inclusive."""
    if facts.batch is None:
        return
    days_left = (facts.batch.expires_on - day_in_china(now)).days
    day = (("day", facts.batch.expires_on.isoformat()),)
    if days_left < 0:
        yield Reason(ReasonCode.EXPIRED, day)
    elif days_left <= EXPIRES_SOON_DAYS:
        yield Reason(ReasonCode.EXPIRES_SOON, day)


def _label(claims: Claims, product: ProductFacts | None, batch: BatchFacts) -> Iterator[Reason]:
    """What the label's own text says against what is registered. Numbers are exact; names are shortened freely."""
    if not claims or product is None:
        return
    for code, claimed, registered in (
        (ReasonCode.LABEL_NUMBER_DIFFERS, claims.registration_number, product.registration_number),
        (ReasonCode.LABEL_GTIN_DIFFERS, claims.gtin, batch.gtin),
        (ReasonCode.LABEL_BATCH_DIFFERS, claims.batch_number, batch.batch_number),
    ):
        if claimed and registered and normalised(claimed) != normalised(registered):
            yield Reason(code, (("claimed", claimed), ("registered", registered)))
    for claimed, registered in ((claims.product_name, product.name), (claims.maker_name, batch.maker_name)):
        if claimed and not agree(claimed, registered):
            yield Reason(ReasonCode.LABEL_NAME_DIFFERS, (("claimed", claimed), ("registered", registered)))


def _sampling(samples: tuple[SampleFacts, ...]) -> Iterator[Reason]:
    final = [sample for sample in samples if sample.state in CONCLUDED]
    for sample in final:
        number = (("number", sample.sample_number),)
        if sample.maker_response is MakerResponse.DENIED:
            yield Reason(ReasonCode.MAKER_DENIES, number)
        elif sample.failed:
            yield Reason(ReasonCode.FAILED_SPOT_CHECK, (("reason", ""), ("by", sample.agency)))
        else:
            yield Reason(ReasonCode.PASSED_SPOT_CHECK, number)
    if any(sample.state in UNDER_REVIEW for sample in samples):
        yield Reason(ReasonCode.SAMPLING_UNDER_REVIEW)
    elif not final:
        yield Reason(ReasonCode.NOT_SAMPLED)
