"""Verdicts as a table: what is known, what is answered, and why. No database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches.model import FactoryResult, StopKind
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.codes.claims import Claims
from suiyuan.trace.codes.model import Level, Scheme
from suiyuan.trace.inspection.model import (
    CONCLUDED,
    Basis,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    SampleState,
)
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.verification.judge import EXPIRES_SOON_DAYS, WEIGHT, judge, with_scans
from suiyuan.trace.verification.model import (
    BatchFacts,
    Facts,
    ProductFacts,
    ReasonCode,
    SampleFacts,
    ScanFacts,
    StopFacts,
    Verdict,
    Whereabouts,
)
from suiyuan.trace.verification.signals.model import Suspicion

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
R, V, S, W = ReasonCode, Verdict, SampleState, Whereabouts

PRODUCT = ProductFacts(
    product_id=UUID(int=1),
    kind=ProductKind.PESTICIDE,
    name="阿维菌素",
    brand="",
    registration_number="PD20172247",
    formulation="乳油",
    composition=(),
    usage="",
    warnings=(),
)
BATCH = BatchFacts(
    batch_id=UUID(int=2),
    batch_number="1",
    production_on=date(2026, 10, 1),
    expires_on=date(2028, 10, 1),
    pack_description="",
    maker_name="厂",
    maker_region_code="640122",
    maker_telephone="",
    contract_maker="",
    technical_registration="",
    technical_maker="",
    factory_result=FactoryResult.PASSED,
    factory_report_number="",
    factory_inspected_on=None,
    ruleset="2579",
    is_demonstration=False,
)
FACTS = Facts(
    scheme=Scheme.PESTICIDE,
    code="1" * 32,
    level=Level.UNIT,
    index=0,
    product=PRODUCT,
    batch=BATCH,
    whereabouts=W.WITH_DEALER,
)


def stop(kind: StopKind) -> StopFacts:
    return StopFacts(kind, f"因{kind.value}", "某局", NOW, Interval(0, 24))


def finding(outcome: Outcome) -> Finding:
    return Finding("含量", "", Limit(LimitKind.NONE), Decimal(5), "", Unit.PERCENT, outcome)


def sample(
    state: SampleState, *outcomes: Outcome, response: MakerResponse = MakerResponse.NONE, number: str = "NX-1"
) -> SampleFacts:
    return SampleFacts(
        sample_number=number,
        taken_on=date(2026, 11, 1),
        region_code="640221",
        basis=Basis.RANDOM,
        agency="检测中心",
        laboratory="",
        report_number="",
        reported_on=None,
        state=state,
        maker_response=response,
        findings=tuple(finding(outcome) for outcome in outcomes),
    )


def scanned(count: int) -> ScanFacts:
    return ScanFacts(count, datetime(2026, 11, 1, 16, 30, tzinfo=UTC), NOW) if count else ScanFacts(0, None, None)


PASSED = sample(S.FINAL, Outcome.PASSED)
FAILED = sample(S.FINAL, Outcome.PASSED, Outcome.FAILED)
DENIED = sample(S.FINAL, Outcome.FAILED, response=MakerResponse.DENIED)
RECALL, ORDER, FAILURE = stop(StopKind.RECALL), stop(StopKind.REGULATOR), stop(StopKind.FAILED_SPOT_CHECK)


@dataclass(frozen=True)
class Row:
    name: str
    verdict: Verdict
    reasons: list[ReasonCode]
    facts: dict[str, Any] = field(default_factory=dict)
    batch: dict[str, Any] = field(default_factory=dict)


def out_of_trade(place: Whereabouts) -> dict[str, object]:
    """Facts of a unit that is at `place`."""
    return {"whereabouts": place, "out_of_trade": frozenset({place})}


def at(day: date, **facts: Any) -> dict[str, Any]:
    return {"batch": {"expires_on": day}, "facts": facts}


BASE = [R.REGISTERED, R.NOT_SAMPLED]


def looks(suspicion: Suspicion) -> dict[str, object]:
    """Facts of a code whose looks came to this."""
    return {"scans": ScanFacts(0, None, None, suspicion)}


TABLE = [
    Row("plain", V.GENUINE, BASE),
    # expiry: the last day counts as in date
    Row("expired_yesterday", V.STOP, [R.EXPIRED, *BASE], **at(date(2026, 11, 23))),
    Row("expires_today", V.CAUTION, [R.EXPIRES_SOON, *BASE], **at(date(2026, 11, 24))),
    Row("expires_in_30_days", V.CAUTION, [R.EXPIRES_SOON, *BASE], **at(date(2026, 12, 24))),
    Row("expires_in_31_days", V.GENUINE, BASE, **at(date(2026, 12, 25))),
    Row("expired_long_ago", V.STOP, [R.EXPIRED, *BASE], **at(date(2020, 1, 1))),
    # stops
    Row("recalled", V.STOP, [R.RECALLED, *BASE], {"stops": (RECALL,)}),
    Row("stopped_by_regulator", V.STOP, [R.STOPPED_BY_REGULATOR, *BASE], {"stops": (ORDER,)}),
    Row("stopped_by_failure", V.STOP, [R.FAILED_SPOT_CHECK, *BASE], {"stops": (FAILURE,)}),
    Row("recalled_twice", V.STOP, [R.RECALLED, *BASE], {"stops": (RECALL, RECALL)}),
    Row(
        "all_stops",
        V.STOP,
        [R.RECALLED, R.STOPPED_BY_REGULATOR, R.FAILED_SPOT_CHECK, *BASE],
        {"stops": (FAILURE, ORDER, RECALL)},
    ),
    Row("recalled_and_expired", V.STOP, [R.RECALLED, R.EXPIRED, *BASE], **at(date(2026, 1, 1), stops=(RECALL,))),
    Row(
        "recalled_and_expires_soon",
        V.STOP,
        [R.RECALLED, R.EXPIRES_SOON, *BASE],
        **at(date(2026, 12, 1), stops=(RECALL,)),
    ),
    Row(
        "recalled_in_spite_of_a_passed_check",
        V.STOP,
        [R.RECALLED, R.REGISTERED, R.PASSED_SPOT_CHECK],
        {"stops": (RECALL,), "samples": (PASSED,)},
    ),
    Row(
        "recalled_still_with_the_maker",
        V.STOP,
        [R.RECALLED, R.NOT_YET_SHIPPED, *BASE],
        {"stops": (RECALL,), "whereabouts": W.WITH_MAKER},
    ),
    # stops of another part of the batch: a fact, whatever their kind
    Row(
        "another_part_recalled",
        V.GENUINE,
        [R.REGISTERED, R.OTHER_PART_STOPPED, R.NOT_SAMPLED],
        {"stops_elsewhere": (RECALL,)},
    ),
    Row(
        "another_part_stopped",
        V.GENUINE,
        [R.REGISTERED, R.OTHER_PART_STOPPED, R.NOT_SAMPLED],
        {"stops_elsewhere": (ORDER, RECALL)},
    ),
    Row(
        "this_part_and_another",
        V.STOP,
        [R.STOPPED_BY_REGULATOR, R.REGISTERED, R.OTHER_PART_STOPPED, R.NOT_SAMPLED],
        {"stops": (ORDER,), "stops_elsewhere": (RECALL,)},
    ),
    Row(
        "another_part_recalled_and_expired",
        V.STOP,
        [R.EXPIRED, R.REGISTERED, R.OTHER_PART_STOPPED, R.NOT_SAMPLED],
        **at(date(2026, 1, 1), stops_elsewhere=(RECALL,)),
    ),
    # final results
    Row("passed", V.GENUINE, [R.REGISTERED, R.PASSED_SPOT_CHECK], {"samples": (PASSED,)}),
    Row("failed_without_a_stop", V.STOP, [R.FAILED_SPOT_CHECK, R.REGISTERED], {"samples": (FAILED,)}),
    Row("failed_and_stopped", V.STOP, [R.FAILED_SPOT_CHECK, R.REGISTERED], {"samples": (FAILED,), "stops": (FAILURE,)}),
    Row(
        "one_passed_one_failed",
        V.STOP,
        [R.FAILED_SPOT_CHECK, R.REGISTERED, R.PASSED_SPOT_CHECK],
        {"samples": (PASSED, FAILED)},
    ),
    Row(
        "confirmed_failure",
        V.STOP,
        [R.FAILED_SPOT_CHECK, R.REGISTERED],
        {"samples": (sample(S.FINAL, Outcome.FAILED, response=MakerResponse.CONFIRMED),)},
    ),
    Row("denied", V.SUSPECT, [R.MAKER_DENIES, R.REGISTERED], {"samples": (DENIED,)}),
    Row(
        "denied_and_passed",
        V.SUSPECT,
        [R.MAKER_DENIES, R.REGISTERED],
        {"samples": (sample(S.FINAL, Outcome.PASSED, response=MakerResponse.DENIED),)},
    ),
    Row(
        "denied_and_recalled",
        V.STOP,
        [R.RECALLED, R.MAKER_DENIES, R.REGISTERED],
        {"samples": (DENIED,), "stops": (RECALL,)},
    ),
    Row(
        "denied_one_failed_another",
        V.STOP,
        [R.FAILED_SPOT_CHECK, R.MAKER_DENIES, R.REGISTERED],
        {"samples": (DENIED, FAILED)},
    ),
    Row(
        "denied_one_passed_another",
        V.SUSPECT,
        [R.MAKER_DENIES, R.REGISTERED, R.PASSED_SPOT_CHECK],
        {"samples": (DENIED, PASSED)},
    ),
    Row(
        "denied_and_expired",
        V.STOP,
        [R.EXPIRED, R.MAKER_DENIES, R.REGISTERED],
        **at(date(2026, 1, 1), samples=(DENIED,)),
    ),
    Row("final_without_findings", V.GENUINE, [R.REGISTERED, R.PASSED_SPOT_CHECK], {"samples": (sample(S.FINAL),)}),
    # not final: nothing is forced
    Row("reported", V.GENUINE, [R.REGISTERED, R.SAMPLING_UNDER_REVIEW], {"samples": (sample(S.REPORTED),)}),
    Row("notified", V.GENUINE, [R.REGISTERED, R.SAMPLING_UNDER_REVIEW], {"samples": (sample(S.NOTIFIED),)}),
    Row("objected_to", V.GENUINE, [R.REGISTERED, R.SAMPLING_UNDER_REVIEW], {"samples": (sample(S.OBJECTION),)}),
    Row(
        "failed_but_under_review",
        V.GENUINE,
        [R.REGISTERED, R.SAMPLING_UNDER_REVIEW],
        {"samples": (sample(S.OBJECTION, Outcome.FAILED, response=MakerResponse.DENIED),)},
    ),
    Row(
        "passed_and_another_under_review",
        V.GENUINE,
        [R.REGISTERED, R.PASSED_SPOT_CHECK, R.SAMPLING_UNDER_REVIEW],
        {"samples": (PASSED, sample(S.REPORTED))},
    ),
    Row(
        "failed_and_another_under_review",
        V.STOP,
        [R.FAILED_SPOT_CHECK, R.REGISTERED, R.SAMPLING_UNDER_REVIEW],
        {"samples": (sample(S.NOTIFIED), FAILED)},
    ),
    Row("only_taken", V.GENUINE, BASE, {"samples": (sample(S.TAKEN),)}),
    Row("withdrawn_failure", V.GENUINE, BASE, {"samples": (sample(S.WITHDRAWN, Outcome.FAILED),)}),
    # where it is
    Row("with_the_maker", V.CAUTION, [R.NOT_YET_SHIPPED, *BASE], {"whereabouts": W.WITH_MAKER}),
    Row("on_its_way", V.CAUTION, [R.IN_TRANSIT, *BASE], {"whereabouts": W.IN_TRANSIT}),
    Row("sold", V.GENUINE, BASE, {"whereabouts": W.SOLD}),
    # what is out of trade, wherever the rest of a package is
    Row("seized", V.STOP, [R.SEIZED, *BASE], out_of_trade(W.SEIZED)),
    Row("destroyed", V.STOP, [R.DESTROYED, *BASE], out_of_trade(W.DESTROYED)),
    Row("written_off", V.STOP, [R.WRITTEN_OFF, *BASE], out_of_trade(W.WRITTEN_OFF)),
    Row("sampled_unit", V.CAUTION, [R.SAMPLED, *BASE], out_of_trade(W.SAMPLED)),
    Row("damaged_unit", V.CAUTION, [R.DAMAGED, *BASE], out_of_trade(W.DAMAGED)),
    Row(
        "carton_with_one_seized",
        V.STOP,
        [R.SEIZED, *BASE, R.NOT_A_SALES_UNIT],
        {"level": Level.CARTON, "whereabouts": W.DIVIDED, "out_of_trade": frozenset({W.SEIZED})},
    ),
    Row(
        "carton_with_samples_taken_and_recalled",
        V.STOP,
        [R.RECALLED, R.SAMPLED, *BASE, R.NOT_A_SALES_UNIT],
        {"level": Level.CARTON, "stops": (RECALL,), "whereabouts": W.DIVIDED, "out_of_trade": frozenset({W.SAMPLED})},
    ),
    Row("divided", V.GENUINE, BASE, {"whereabouts": W.DIVIDED}),
    Row("nowhere", V.GENUINE, BASE, {"whereabouts": None}),
    Row(
        "with_the_maker_and_expires_soon",
        V.CAUTION,
        [R.NOT_YET_SHIPPED, R.EXPIRES_SOON, *BASE],
        **at(date(2026, 12, 1), whereabouts=W.WITH_MAKER),
    ),
    # packages, second looks, odd numbers
    Row("carton", V.GENUINE, [*BASE, R.NOT_A_SALES_UNIT], {"level": Level.CARTON, "units_inside": 6}),
    Row("pallet", V.GENUINE, [*BASE, R.NOT_A_SALES_UNIT], {"level": Level.PALLET, "units_inside": 12}),
    Row(
        "carton_on_its_way",
        V.CAUTION,
        [R.IN_TRANSIT, *BASE, R.NOT_A_SALES_UNIT],
        {"level": Level.CARTON, "whereabouts": W.IN_TRANSIT},
    ),
    Row(
        "another_batch_in_the_link",
        V.SUSPECT,
        [R.LABEL_BATCH_DIFFERS, *BASE],
        {"claims": Claims(gtin="06901234567892", batch_number="A-8")},
        {"gtin": "06901234567892", "batch_number": "A-7"},
    ),
    Row(
        "another_gtin_in_the_link",
        V.SUSPECT,
        [R.LABEL_GTIN_DIFFERS, *BASE],
        {"claims": Claims(gtin="16901234567899", batch_number="a-7 ")},
        {"gtin": "06901234567892", "batch_number": "A-7"},
    ),
    Row("a_gtin_where_none_is_registered", V.GENUINE, BASE, {"claims": Claims(gtin="06901234567892")}),
    Row("seen_once", V.GENUINE, [*BASE, R.SEEN_BEFORE], {"scans": scanned(1)}),
    Row("seen_very_often", V.GENUINE, [*BASE, R.SEEN_BEFORE], {"scans": scanned(1_000)}),
    Row("recalled_and_seen", V.STOP, [R.RECALLED, *BASE, R.SEEN_BEFORE], {"scans": scanned(1), "stops": (RECALL,)}),
    Row(
        "odd_number",
        V.GENUINE,
        [*BASE, R.REGISTRATION_FORMAT],
        {"product": replace(PRODUCT, warnings=("registration.format",))},
    ),
    Row(
        "everything_minor_at_once",
        V.GENUINE,
        [
            R.REGISTERED,
            R.PASSED_SPOT_CHECK,
            R.SAMPLING_UNDER_REVIEW,
            R.NOT_A_SALES_UNIT,
            R.SEEN_BEFORE,
            R.REGISTRATION_FORMAT,
        ],
        {
            "samples": (PASSED, sample(S.REPORTED)),
            "level": Level.CARTON,
            "scans": scanned(3),
            "product": replace(PRODUCT, warnings=("registration.format",)),
        },
    ),
    # what the label and the maker say of this very code
    Row("void", V.STOP, [R.VOIDED, *BASE], {"void_reason": "stolen labels"}),
    Row("recalled_and_void", V.STOP, [R.RECALLED, R.VOIDED, *BASE], {"void_reason": "spoilt", "stops": (RECALL,)}),
    Row(
        "another_number_on_the_label",
        V.SUSPECT,
        [R.LABEL_NUMBER_DIFFERS, *BASE],
        {"claims": Claims(registration_number="PD20000001")},
    ),
    Row("another_name_on_the_label", V.CAUTION, [R.LABEL_NAME_DIFFERS, *BASE], {"claims": Claims("草甘膦")}),
    Row("another_maker_on_the_label", V.CAUTION, [R.LABEL_NAME_DIFFERS, *BASE], {"claims": Claims(maker_name="别家")}),
    Row("the_label_agrees", V.GENUINE, BASE, {"claims": Claims(PRODUCT.name, PRODUCT.registration_number)}),
    Row("bad_signature", V.SUSPECT, [R.BAD_SIGNATURE, *BASE], {"has_bad_signature": True}),
    Row("looks_do_not_fit_one_pack", V.SUSPECT, [R.POSSIBLY_COPIED, *BASE], looks(Suspicion.SUSPECT)),
    Row("looks_that_regulators_watch", V.GENUINE, BASE, looks(Suspicion.WATCH)),
    Row("looks_that_fit_one_pack", V.GENUINE, BASE, looks(Suspicion.NONE)),
    Row(
        "small_bottles_in_a_box",
        V.GENUINE,
        [*BASE, R.UNITS_CARRY_NO_CODE],
        {"level": Level.CARTON, "units_inside": 10},
        {"units_carry_codes": False},
    ),
    # not ours
    Row("unknown", V.UNKNOWN, [R.NOT_REGISTERED_HERE], {"batch": None, "product": None, "whereabouts": None}),
    Row(
        "unknown_whatever_else_is_claimed",
        V.UNKNOWN,
        [R.NOT_REGISTERED_HERE],
        {"batch": None, "product": None, "scans": scanned(9), "samples": (PASSED,)},
    ),
]


def test_the_table_is_long_and_its_rows_differ() -> None:
    assert len(TABLE) >= 40
    assert len({row.name for row in TABLE}) == len(TABLE)
    assert {code for row in TABLE for code in row.reasons} == set(ReasonCode)
    assert {row.verdict for row in TABLE} == set(Verdict)


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_verdict_and_reasons(row: Row) -> None:
    facts = replace(replace(FACTS, batch=replace(BATCH, **row.batch)), **row.facts)
    answer = judge(facts, NOW)
    assert (answer.verdict, [reason.code for reason in answer.reasons]) == (row.verdict, row.reasons)
    assert WEIGHT[answer.reasons[0].code] is answer.verdict
    assert (answer.facts, answer.answered_at) == (facts, NOW)


def test_expiry_turns_at_midnight_in_china() -> None:
    facts = replace(FACTS, batch=replace(BATCH, expires_on=date(2026, 11, 24)))
    assert judge(facts, datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)).verdict is V.CAUTION
    assert judge(facts, datetime(2026, 11, 24, 16, 0, tzinfo=UTC)).verdict is V.STOP
    assert EXPIRES_SOON_DAYS == 30


def test_reasons_carry_what_their_texts_need() -> None:
    facts = replace(
        FACTS,
        batch=replace(BATCH, expires_on=date(2026, 12, 1)),
        stops=(RECALL,),
        stops_elsewhere=(ORDER, FAILURE),
        samples=(DENIED, PASSED),
        level=Level.CARTON,
        units_inside=6,
        scans=scanned(2),
        product=replace(PRODUCT, warnings=("registration.format",)),
    )
    values = {reason.code: dict(reason.values) for reason in judge(facts, NOW).reasons}
    assert values[R.RECALLED] == {"reason": "因recall", "by": "某局"}
    assert values[R.OTHER_PART_STOPPED] == {"reason": "因regulator"}
    assert values[R.EXPIRES_SOON] == {"day": "2026-12-01"}
    assert values[R.MAKER_DENIES] == values[R.PASSED_SPOT_CHECK] == {"number": "NX-1"}
    assert values[R.NOT_A_SALES_UNIT] == {"units": "6"}
    assert values[R.SEEN_BEFORE] == {"count": "2", "first": "2026-11-02"}
    assert values[R.REGISTRATION_FORMAT] == {"number": "PD20172247"}


def test_of_several_reasons_of_one_kind_the_first_is_told() -> None:
    first = replace(RECALL, reason="先")
    (told, *_) = judge(replace(FACTS, stops=(first, replace(RECALL, reason="后"))), NOW).reasons
    assert dict(told.values)["reason"] == "先"


def test_the_reason_of_a_stop_goes_before_that_of_its_sample() -> None:
    (told, *_) = judge(replace(FACTS, stops=(FAILURE,), samples=(FAILED,)), NOW).reasons
    assert dict(told.values) == {"reason": "因failed_spot_check", "by": "某局"}


SAMPLES = st.builds(
    lambda state, outcomes, response: sample(state, *outcomes, response=response),
    st.sampled_from(SampleState),
    st.lists(st.sampled_from(Outcome), max_size=3),
    st.sampled_from(MakerResponse),
)
ALL_FACTS = st.builds(
    replace,
    st.just(FACTS),
    batch=st.builds(replace, st.just(BATCH), expires_on=st.dates(date(2026, 1, 1), date(2028, 1, 1))),
    stops=st.lists(st.sampled_from([RECALL, ORDER, FAILURE]), max_size=3).map(tuple),
    stops_elsewhere=st.lists(st.sampled_from([RECALL, ORDER, FAILURE]), max_size=2).map(tuple),
    samples=st.lists(SAMPLES, max_size=3).map(tuple),
    whereabouts=st.none() | st.sampled_from(Whereabouts),
    level=st.sampled_from(Level),
    scans=st.integers(0, 3).map(scanned),
)


@given(ALL_FACTS)
def test_what_is_stopped_failed_or_expired_is_never_called_anything_but_stop(facts: Facts) -> None:
    answer = judge(facts, NOW)
    failed = any(
        each.state in CONCLUDED
        and each.maker_response is not MakerResponse.DENIED
        and Outcome.FAILED in {finding.outcome for finding in each.findings}
        for each in facts.samples
    )
    assert facts.batch is not None
    must_stop = bool(facts.stops) or failed or facts.batch.expires_on < date(2026, 11, 24)
    assert (answer.verdict is V.STOP) == must_stop
    assert WEIGHT[answer.reasons[0].code] is answer.verdict
    codes = [reason.code for reason in answer.reasons]
    assert len(set(codes)) == len(codes)
    assert R.REGISTERED in codes
    assert R.NOT_REGISTERED_HERE not in codes


@given(ALL_FACTS, st.sampled_from([RECALL, ORDER, FAILURE]))
def test_a_further_stop_never_makes_an_answer_milder(facts: Facts, further: StopFacts) -> None:
    rank = list(Verdict).index
    before = judge(facts, NOW)
    after = judge(replace(facts, stops=(*facts.stops, further)), NOW)
    assert rank(after.verdict) <= rank(before.verdict)
    assert {reason.code for reason in before.reasons} <= {reason.code for reason in after.reasons}


@given(ALL_FACTS)
def test_a_stop_of_another_part_changes_no_verdict(facts: Facts) -> None:
    without = judge(replace(facts, stops_elsewhere=()), NOW)
    beside = judge(replace(facts, stops_elsewhere=(RECALL,)), NOW)
    assert beside.verdict is without.verdict
    assert beside.reasons[0] == without.reasons[0]
    assert {reason.code for reason in beside.reasons} - {reason.code for reason in without.reasons} == {
        R.OTHER_PART_STOPPED
    }


def test_every_reason_has_a_weight_and_verdicts_are_weighed_in_order() -> None:
    assert set(WEIGHT) == set(ReasonCode)
    ranks = [list(Verdict).index(verdict) for verdict in WEIGHT.values()]
    assert ranks == sorted(ranks)


@given(ALL_FACTS, st.integers(0, 3))
def test_scans_change_nothing_but_their_reason(facts: Facts, count: int) -> None:
    """What is judged once for many units and then told with scans is what would have been judged with them."""
    alone = judge(replace(facts, scans=scanned(0)), NOW)
    whole = judge(replace(facts, scans=scanned(count)), NOW)
    assert (alone.verdict, with_scans(alone.reasons, scanned(count))) == (whole.verdict, whole.reasons)
