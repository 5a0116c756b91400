"""Verdicts as a table, verdict_table.md: what is known, what is answered, and why. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.codes.model import Level
from suiyuan.trace.inspection.model import CONCLUDED, MakerResponse, Outcome, SampleState
from suiyuan.trace.kernel.texts import LANGUAGES, Language, text
from suiyuan.trace.verification.judge import EXPIRES_SOON_DAYS, WEIGHT, judge, with_scans
from suiyuan.trace.verification.model import Facts, ReasonCode, StopFacts, Verdict, Whereabouts

from .cases import BATCH, FACTS, NOW, PRODUCT, WORDS, Case, facts_of, read_cases, sample, scanned, stop_of

R, V, S = ReasonCode, Verdict, SampleState

CASES = read_cases()
LEAST_CASES = 150

PASSED = sample(S.FINAL, Outcome.PASSED)
FAILED = sample(S.FINAL, Outcome.PASSED, Outcome.FAILED)
DENIED = sample(S.FINAL, Outcome.FAILED, response=MakerResponse.DENIED)
RECALL, ORDER, FAILURE = map(stop_of, (StopKind.RECALL, StopKind.REGULATOR, StopKind.FAILED_SPOT_CHECK))

GRAVEST_FIRST: list[tuple[ReasonCode, Verdict, str]] = [
    (R.RECALLED, V.STOP, "stop recall whole"),
    (R.STOPPED_BY_REGULATOR, V.STOP, "stop regulator whole"),
    (R.FAILED_SPOT_CHECK, V.STOP, "check final failed silent"),
    (R.SEIZED, V.STOP, "inside seized"),
    (R.DESTROYED, V.STOP, "inside destroyed"),
    (R.WRITTEN_OFF, V.STOP, "inside written_off"),
    (R.VOIDED, V.STOP, "void"),
    (R.EXPIRED, V.STOP, "use_by 2026-11-23"),
    (R.MAKER_DENIES, V.SUSPECT, "check final failed denied"),
    (R.LABEL_NUMBER_DIFFERS, V.SUSPECT, "label number PD20172248"),
    (R.LABEL_GTIN_DIFFERS, V.SUSPECT, "label gtin 16901234567899"),
    (R.LABEL_BATCH_DIFFERS, V.SUSPECT, "label batch A-8"),
    (R.BAD_SIGNATURE, V.SUSPECT, "forged_signature"),
    (R.POSSIBLY_COPIED, V.SUSPECT, "looks suspect"),
    (R.LABEL_NAME_DIFFERS, V.CAUTION, "label name 草甘膦水剂"),
    (R.NOT_YET_SHIPPED, V.CAUTION, "place with_maker"),
    (R.IN_TRANSIT, V.CAUTION, "place in_transit"),
    (R.SAMPLED, V.CAUTION, "inside sampled"),
    (R.DAMAGED, V.CAUTION, "inside damaged"),
    (R.EXPIRES_SOON, V.CAUTION, "use_by 2026-12-01"),
    (R.OTHER_PART_STOPPED, V.GENUINE, "stop recall elsewhere"),
    (R.PASSED_SPOT_CHECK, V.GENUINE, "check final passed silent"),
    (R.SAMPLING_UNDER_REVIEW, V.GENUINE, "check reported failed denied"),
    (R.NOT_A_SALES_UNIT, V.GENUINE, "carton"),
    (R.SEEN_BEFORE, V.GENUINE, "seen 3"),
    (R.REGISTRATION_FORMAT, V.GENUINE, "odd_number"),
]
"""Each reason that one word of the table brings about, with the verdict that it forces, in the order of the answer."""

PLACED = {R.SEIZED, R.DESTROYED, R.WRITTEN_OFF, R.NOT_YET_SHIPPED, R.IN_TRANSIT, R.SAMPLED, R.DAMAGED}
DATED = {R.EXPIRED, R.EXPIRES_SOON}


def test_the_table_is_long_and_no_two_cases_are_the_same() -> None:
    assert len(CASES) >= LEAST_CASES
    assert len({case.name for case in CASES}) == len(CASES)
    first: dict[tuple[datetime, Facts], str] = {}
    for case in CASES:
        earlier = first.setdefault((case.now, case.facts), case.name)
        assert earlier == case.name, f"{case.name} is the same case as {earlier}"


def test_the_table_knows_every_word_verdict_and_reason() -> None:
    assert {word.split()[0] for case in CASES for word in case.words} == {*WORDS, "now"}
    assert {code for case in CASES for code in case.reasons} == set(ReasonCode)
    assert {case.verdict for case in CASES} == set(Verdict)
    assert {each.state for case in CASES for each in case.facts.samples} == set(SampleState)
    assert {case.facts.whereabouts for case in CASES} == {None, *Whereabouts}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_verdict_and_reasons(case: Case) -> None:
    answer = judge(case.facts, case.now)
    assert (answer.verdict, [reason.code for reason in answer.reasons]) == (case.verdict, case.reasons)
    assert (answer.facts, answer.answered_at) == (case.facts, case.now)


def test_the_graver_of_any_two_reasons_stands_first_and_decides() -> None:
    """All pairs that can hold together: nothing that is known hides anything graver."""
    tried = 0
    for (graver, verdict, word), (milder, _, other_word) in combinations(GRAVEST_FIRST, 2):
        if {graver, milder} <= PLACED and {graver, milder} & {R.NOT_YET_SHIPPED, R.IN_TRANSIT}:
            continue
        if {graver, milder} == DATED:
            continue
        for words in ((word, other_word), (other_word, word)):
            answer = judge(facts_of(*words), NOW)
            told = [reason.code for reason in answer.reasons if reason.code in (graver, milder)]
            assert (answer.verdict, told) == (verdict, [graver, milder]), words
        tried += 1
    assert tried > 300
    assert EXPIRES_SOON_DAYS == 30


def test_each_reason_by_itself_forces_its_verdict() -> None:
    for code, verdict, word in GRAVEST_FIRST:
        answer = judge(facts_of(word), NOW)
        assert answer.verdict is verdict, word
        brought = {reason.code for reason in answer.reasons} - {R.REGISTERED, R.NOT_SAMPLED}
        assert brought == {code}, word


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_can_be_told_from_the_values_of_its_reasons_alone(language: Language) -> None:
    """As the JSON answer does: a text that asks for a value which `judge` does not give is a KeyError."""
    for case in CASES:
        answer = judge(case.facts, case.now)
        told = [text(f"verdict.{answer.verdict}.{part}", language) for part in ("title", "sentence")]
        for reason in answer.reasons:
            values = dict(reason.values)
            told += [text(f"reason.{reason.code}.{part}", language, **values) for part in ("title", "what_to_do")]
        assert all(told), case.name


def test_of_several_reasons_of_one_kind_the_first_is_told() -> None:
    first = replace(RECALL, reason="先")
    (told, *_) = judge(replace(FACTS, stops=(first, replace(RECALL, reason="后"))), NOW).reasons
    assert dict(told.values)["reason"] == "先"


def test_what_differs_on_the_label_is_told_beside_what_is_registered() -> None:
    """Of name and maker, which share a reason, the name: it says more to a farmer."""
    facts = facts_of("label name 草甘膦水剂", "label maker 河北示范农药有限公司", "label number PD20172248")
    values = {reason.code: dict(reason.values) for reason in judge(facts, NOW).reasons}
    assert values[R.LABEL_NUMBER_DIFFERS] == {"claimed": "PD20172248", "registered": "PD20172247"}
    assert values[R.LABEL_NAME_DIFFERS] == {"claimed": "草甘膦水剂", "registered": "阿维菌素乳油"}


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
