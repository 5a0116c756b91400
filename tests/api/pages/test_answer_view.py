"""The page of an answer: every verdict, in both languages, from facts made up here."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from suiyuan.api.pages.answer_parts import StepView, quantity
from suiyuan.api.pages.answer_reasons import NOTHING
from suiyuan.api.pages.answer_view import AnswerView, answer_view
from suiyuan.api.pages.rendering import render, word
from suiyuan.api.pages.typed_view import malformed_view
from suiyuan.trace.batches.model import FactoryResult, StopKind
from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.codes.model import Level, MalformedReason, Scheme, grouped
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
from suiyuan.trace.kernel.texts import LANGUAGES, Language, text
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties.model import Role
from suiyuan.trace.verification.judge import judge
from suiyuan.trace.verification.model import (
    Answer,
    BatchFacts,
    Facts,
    ProductFacts,
    Reason,
    ReasonCode,
    SampleFacts,
    ScanFacts,
    Step,
    StopFacts,
    Verdict,
    Whereabouts,
)

CODE = "11234561001" + "048215739260184773951"
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)

PRODUCT = ProductFacts(
    product_id=UUID(int=1),
    kind=ProductKind.PESTICIDE,
    name="高效氯氟氰菊酯·噻虫嗪悬浮剂",
    brand="贺兰青",
    registration_number="PD20123456",
    formulation="悬浮剂",
    composition=(
        Ingredient("噻虫嗪", Decimal("12.6"), Unit.PERCENT),
        Ingredient("高效氯氟氰菊酯", Decimal("94"), Unit.GRAM_PER_LITRE),
    ),
    usage="枸杞 蚜虫 喷雾",
    warnings=(),
)
BATCH = BatchFacts(
    batch_id=UUID(int=2),
    batch_number="20260815A3",
    production_on=date(2026, 8, 15),
    expires_on=date(2028, 8, 14),
    pack_description="100 毫升/瓶",
    maker_name="宁夏丰泽示范农化有限公司",
    maker_region_code="640181",
    maker_telephone="0951-555 0100",
    contract_maker="",
    technical_registration="PD20094321",
    technical_maker="江苏示范原药有限公司",
    factory_result=FactoryResult.PASSED,
    factory_report_number="CJ-2026-0815",
    factory_inspected_on=date(2026, 8, 16),
    ruleset="1049",
    is_demonstration=False,
)


def finding(item: str, measured: str, requirement: str, outcome: Outcome) -> Finding:
    limit = Limit(LimitKind.AT_LEAST, lower=Decimal("11.8"))
    return Finding(item, requirement, limit, Decimal(measured), "", Unit.PERCENT, outcome)


FINDINGS = (
    finding("噻虫嗪质量分数", "12.5", "11.8–13.4", Outcome.PASSED),
    finding("高效氯氟氰菊酯质量分数", "9.4", "8.9–9.9", Outcome.PASSED),
)
SAMPLE = SampleFacts(
    sample_number="NX-2026-0131",
    taken_on=date(2026, 10, 9),
    region_code="640521",
    basis=Basis.RANDOM,
    agency="中宁县农业农村局",
    laboratory="宁夏农药质量监督检验站",
    report_number="NXJ-2026-0977",
    reported_on=date(2026, 10, 27),
    state=SampleState.FINAL,
    maker_response=MakerResponse.CONFIRMED,
    findings=FINDINGS,
)
FAILED = replace(SAMPLE, findings=(finding("噻虫嗪质量分数", "3.1", "11.8–13.4", Outcome.FAILED), FINDINGS[1]))
WAY = (
    Step(Role.MANUFACTURER, "640181", None, None),
    Step(Role.DISTRIBUTOR, "640104", date(2026, 8, 20), date(2026, 8, 21)),
    Step(Role.OUTLET, "640521", date(2026, 9, 3), date(2026, 9, 4)),
)
FACTS = Facts(
    scheme=Scheme.PESTICIDE,
    code=CODE,
    level=Level.UNIT,
    index=4711,
    product=PRODUCT,
    batch=BATCH,
    samples=(SAMPLE,),
    whereabouts=Whereabouts.WITH_DEALER,
    way=WAY,
    scans=ScanFacts(3, datetime(2026, 11, 2, 1, tzinfo=UTC), datetime(2026, 11, 23, 1, tzinfo=UTC)),
)
ALL = Interval(0, 24_000)
STOPS = (
    StopFacts(
        StopKind.RECALL, "有效成分含量不足", "宁夏丰泽示范农化有限公司", datetime(2026, 11, 20, 2, tzinfo=UTC), ALL
    ),
    StopFacts(StopKind.REGULATOR, "冒用登记证", "中宁县农业农村局", datetime(2026, 11, 21, 2, tzinfo=UTC), ALL),
    StopFacts(StopKind.FAILED_SPOT_CHECK, "噻虫嗪不足", "中宁县农业农村局", datetime(2026, 11, 19, 2, tzinfo=UTC), ALL),
)


def answer(verdict: Verdict, facts: Facts, *codes: ReasonCode) -> Answer:
    return Answer(verdict, tuple(Reason(code) for code in codes), facts, NOW)


ANSWERS: dict[str, Answer] = {
    "genuine": answer(
        Verdict.GENUINE, FACTS, ReasonCode.REGISTERED, ReasonCode.PASSED_SPOT_CHECK, ReasonCode.SEEN_BEFORE
    ),
    "caution": answer(
        Verdict.CAUTION,
        replace(
            FACTS,
            level=Level.CARTON,
            units_inside=40,
            samples=(),
            whereabouts=Whereabouts.IN_TRANSIT,
            scans=ScanFacts(0, None, None),
            batch=replace(
                BATCH,
                expires_on=date(2026, 12, 10),
                is_demonstration=True,
                technical_registration="",
                technical_maker="",
                contract_maker="河北示范加工有限公司",
            ),
        ),
        ReasonCode.EXPIRES_SOON,
        ReasonCode.NOT_A_SALES_UNIT,
        ReasonCode.IN_TRANSIT,
        ReasonCode.NOT_YET_SHIPPED,
        ReasonCode.NOT_SAMPLED,
        ReasonCode.REGISTRATION_FORMAT,
    ),
    "stop": answer(
        Verdict.STOP,
        replace(FACTS, stops=STOPS, samples=(FAILED,)),
        ReasonCode.FAILED_SPOT_CHECK,
        ReasonCode.RECALLED,
        ReasonCode.STOPPED_BY_REGULATOR,
        ReasonCode.EXPIRED,
        ReasonCode.REGISTERED,
    ),
    "suspect": answer(
        Verdict.SUSPECT,
        replace(
            FACTS,
            samples=(
                replace(SAMPLE, state=SampleState.OBJECTION, maker_response=MakerResponse.DENIED, findings=()),
                replace(SAMPLE, taken_on=date(2026, 11, 22), state=SampleState.TAKEN, findings=()),
            ),
        ),
        ReasonCode.MAKER_DENIES,
        ReasonCode.SAMPLING_UNDER_REVIEW,
    ),
    "unknown": answer(Verdict.UNKNOWN, Facts(scheme=Scheme.PESTICIDE, code=CODE), ReasonCode.NOT_REGISTERED_HERE),
}

both_languages = pytest.mark.parametrize("language", LANGUAGES)


def page(given: Answer, language: Language) -> str:
    return render("answer.html", language, view=answer_view(given, language))


@both_languages
@pytest.mark.parametrize("name", ANSWERS)
def test_each_verdict_has_its_page(name: str, language: Language) -> None:
    given = ANSWERS[name]
    html = page(given, language)
    assert f'class="verdict verdict--{given.verdict}"' in html
    assert f'<h1 id="verdict" data-spoken>{text(f"verdict.{given.verdict}.title", language)}</h1>' in html
    assert text(f"verdict.{given.verdict}.sentence", language) in html
    assert re.search(r'<svg class="verdict__icon".*?<(path|circle) class="shape"', html, re.DOTALL)
    view = answer_view(given, language)
    assert html.count("reasons__title") == len(given.reasons) - 1 == len(view.reasons)
    for line in (view.why, view.what_to_do, *(reason.title for reason in view.reasons)):
        assert line and "{" not in line and "—" not in line
        assert line in html


@both_languages
@pytest.mark.parametrize("code", ReasonCode)
def test_a_reason_without_facts_or_values_still_has_its_texts(code: ReasonCode, language: Language) -> None:
    view = answer_view(answer(Verdict.CAUTION, Facts(Scheme.OWN, "1234"), code), language)
    assert view.why and view.what_to_do


def test_a_reasons_own_values_stand_before_the_facts() -> None:
    reasons = (Reason(ReasonCode.RECALLED, (("reason", "swollen bottles"), ("by", ""))),)
    view = answer_view(Answer(Verdict.STOP, reasons, replace(FACTS, stops=STOPS), NOW), "en")
    assert view.why == "Recalled on 20 November 2026: swollen bottles"


@both_languages
def test_beside_a_warning_nothing_good_gives_advice_and_none_is_given_twice(language: Language) -> None:
    """Under "do not use", "compare the pack" would read as a way out."""
    stopped = answer_view(ANSWERS["stop"], language)
    assert [(reason.tone, bool(reason.what_to_do)) for reason in stopped.reasons] == [
        ("bad", False),
        ("bad", True),
        ("bad", False),
        ("good", False),
    ]
    assert text("reason.registered.what_to_do", language) not in page(ANSWERS["stop"], language)
    assert text("reason.passed_spot_check.what_to_do", language) in page(ANSWERS["genuine"], language)


def test_a_level_is_said_by_its_name() -> None:
    reasons = (Reason(ReasonCode.NOT_A_SALES_UNIT, (("units", "1200"),)),)
    facts = replace(FACTS, level=Level.PALLET, units_inside=1200)
    assert (
        answer_view(Answer(Verdict.CAUTION, reasons, facts, NOW), "zh").why
        == "这是整垛的码，里面有 1,200 个最小销售包装"
    )


@both_languages
@pytest.mark.parametrize("name", ANSWERS)
def test_what_judge_gives_is_all_that_a_plain_text_asks_for(name: str, language: Language) -> None:
    """The JSON answer fills the texts from a reason's own values alone."""
    facts = ANSWERS[name].facts
    unshipped = replace(facts, whereabouts=Whereabouts.WITH_MAKER)
    for given in (judge(facts, NOW), judge(unshipped, datetime(2030, 1, 1, tzinfo=UTC))):
        for reason in given.reasons:
            for part in ("title", "what_to_do"):
                assert text(f"reason.{reason.code}.{part}", language, **dict(reason.values))
        view = answer_view(given, language)
        shown = (view.why, *(reason.title for reason in view.reasons))
        assert all(line and "{" not in line and NOTHING not in line for line in shown)


def test_the_passed_check_named_by_judge_gives_the_day() -> None:
    other = replace(SAMPLE, sample_number="NX-2", reported_on=date(2026, 11, 1))
    view = answer_view(judge(replace(FACTS, samples=(SAMPLE, other)), NOW), "zh")
    assert "这一批抽检合格（2026年10月27日）" in [reason.title for reason in view.reasons]


def test_numbers_that_are_names_stay_as_they_are() -> None:
    reasons = (Reason(ReasonCode.REGISTRATION_FORMAT, (("number", "150512539"),)),)
    assert "“150512539”" in answer_view(Answer(Verdict.CAUTION, reasons, FACTS, NOW), "zh").why


def test_the_six_fields_that_the_announcement_demands() -> None:
    """Source: 农业农村部公告第1049号 arts 2 and 5."""
    html = page(ANSWERS["genuine"], "zh")
    for value in (
        PRODUCT.name,
        BATCH.maker_name,
        "2026年8月15日",
        BATCH.batch_number,
        "PD20094321",
        BATCH.technical_maker,
    ):
        assert value in html
    assert "出厂检验" in html and "CJ-2026-0815" in html


def test_a_technical_that_nobody_stated_is_on_the_label() -> None:
    assert "见产品标签" in page(ANSWERS["caution"], "zh")
    older = replace(FACTS, batch=replace(BATCH, ruleset="2579", technical_registration="", technical_maker=""))
    assert "见产品标签" not in page(answer(Verdict.GENUINE, older, ReasonCode.REGISTERED), "zh")


@both_languages
def test_restrictions_stand_with_the_product_and_only_those_that_bind(language: Language) -> None:
    """That sale of carbofuran ended in 2026 was not verified: the public is not told it as law."""
    carbofuran = replace(PRODUCT, composition=(Ingredient("克百威", Decimal("3"), Unit.PERCENT),))
    label = text("page.fact.restriction", language)
    given = judge(replace(FACTS, product=carbofuran), NOW)
    view = answer_view(given, language)
    (fact,) = [fact for fact in view.product if fact.label == label]
    (line,) = fact.values
    assert "克百威" in line
    assert "农业部公告第2567号" in line
    assert "2017" in line
    assert line in page(given, language)
    plain = answer_view(judge(FACTS, NOW), language)
    assert not [fact for fact in plain.product if fact.label == label]
    methamidophos = replace(PRODUCT, composition=(Ingredient("甲胺磷", Decimal("50"), Unit.PERCENT),))
    banned = answer_view(judge(replace(FACTS, product=methamidophos), NOW), language)
    ((line,),) = [fact.values for fact in banned.product if fact.label == label]
    assert ("禁止销售" if language == "zh" else "not to be sold") in line


@both_languages
def test_a_final_sample_shows_values_limits_and_outcomes(language: Language) -> None:
    view = answer_view(ANSWERS["stop"], language).samples[0]
    assert [(row.measured, row.limit, row.has_failed) for row in view.findings] == [
        ("3.1%", "11.8–13.4", True),
        ("9.4%", "8.9–9.9", False),
    ]
    html = page(ANSWERS["stop"], language)
    for value in ("3.1%", "11.8–13.4", word(Outcome.FAILED, language), SAMPLE.laboratory, SAMPLE.report_number):
        assert value in html


@pytest.mark.parametrize("state", [state for state in SampleState if state not in CONCLUDED])
def test_what_is_not_final_shows_no_value_even_if_handed_one(state: SampleState) -> None:
    facts = replace(FACTS, samples=(replace(FAILED, state=state),))
    given = answer(Verdict.GENUINE, facts, ReasonCode.REGISTERED)
    view = answer_view(given, "zh").samples[0]
    assert view.notice and not view.findings and not view.outcome and not view.has_failed
    html = page(given, "zh")
    for secret in ("3.1%", "11.8–13.4", SAMPLE.report_number, SAMPLE.laboratory, word(Outcome.FAILED, "zh")):
        assert secret not in html


@both_languages
def test_sampled_not_sampled_and_under_review_are_three_things(language: Language) -> None:
    not_sampled = text("page.answer.not_sampled", language)
    under_review = text("page.sample.under_review", language)
    pages = {name: page(ANSWERS[name], language) for name in ("genuine", "caution", "suspect")}
    assert not_sampled in pages["caution"] and under_review not in pages["caution"]
    assert under_review in pages["suspect"] and not_sampled not in pages["suspect"]
    assert not_sampled not in pages["genuine"] and under_review not in pages["genuine"]


def test_the_makers_denial_is_recorded() -> None:
    denial = word(MakerResponse.DENIED, "zh")
    assert denial in page(ANSWERS["suspect"], "zh")
    assert denial not in page(ANSWERS["genuine"], "zh")


def test_the_way_has_no_place_for_a_name() -> None:
    assert {field.name for field in fields(StepView)} == {"role", "region", "days"}
    assert {field.name for field in fields(Step)} == {"role", "region_code", "shipped_on", "received_on"}
    assert not {"buyer", "seller", "receiver", "sender", "holder"} & {field.name for field in fields(AnswerView)}
    steps = answer_view(ANSWERS["genuine"], "zh").way
    assert steps[2] == StepView("零售店", "中卫市中宁县", ("2026年9月3日发来", "2026年9月4日收货")), (
        "17:00 UTC is the next day in China"
    )
    assert steps[1].days == ("2026年8月20日发来", "2026年8月21日收货")
    assert steps[0].days == ("2026年8月15日生产",)
    on_its_way = replace(WAY[2], received_on=None)
    given = answer(Verdict.CAUTION, replace(FACTS, way=(*WAY[:2], on_its_way)), ReasonCode.IN_TRANSIT)
    assert answer_view(given, "zh").way[2].days == ("2026年9月3日发来", "还没有登记收货")


@both_languages
def test_earlier_queries_are_a_fact(language: Language) -> None:
    assert text("page.scans.first", language) in page(ANSWERS["caution"], language)
    html = page(ANSWERS["genuine"], language)
    assert text("page.scans.first", language) not in html
    assert (
        answer_view(ANSWERS["genuine"], "en").scans == "Earlier queries of this code: 3, the first on 2 November 2026."
    )


def test_a_carton_says_how_much_is_inside() -> None:
    assert "整箱" in answer_view(ANSWERS["caution"], "zh").code.level
    assert "40" in answer_view(ANSWERS["caution"], "zh").code.level
    assert answer_view(ANSWERS["genuine"], "zh").code.level == ""


def test_made_up_goods_say_so_before_the_verdict() -> None:
    html = page(ANSWERS["caution"], "zh")
    assert 0 < html.index(text("page.answer.demonstration", "zh")) < html.index('id="verdict"')
    assert text("page.answer.demonstration", "zh") not in page(ANSWERS["genuine"], "zh")


@both_languages
def test_an_unknown_code_is_explained_and_can_be_corrected(language: Language) -> None:
    html = page(ANSWERS["unknown"], language)
    assert f">{grouped(CODE)}</textarea>" in html and "12316" in html
    assert "假的" not in html or "不等于是假的" in html
    assert "fake" not in html.lower() and "counterfeit" not in html.lower()
    assert text("page.answer.form_means_nothing", language) in html
    assert 'class="facts"' not in html and 'class="way"' not in html


@both_languages
@pytest.mark.parametrize("reason", MalformedReason)
def test_a_text_that_is_no_code_is_explained(reason: MalformedReason, language: Language) -> None:
    html = render("malformed.html", language, view=malformed_view("1234 56", reason, language))
    assert text(f"malformed.{reason}.title", language) in html and ">1234 56</textarea>" in html


def test_a_text_too_long_to_correct_is_not_given_back() -> None:
    assert malformed_view("9" * 5000, MalformedReason.TOO_LONG, "zh").scanned == ""


HOSTILE = "</textarea><script>alert('1')</script>\"'><img src=x onerror=alert(1)>"


def _hostile_facts() -> Facts:
    bad = HOSTILE
    return replace(
        FACTS,
        code=bad,
        product=replace(PRODUCT, name=bad, brand=bad, usage=bad, composition=(Ingredient(bad, Decimal(1), Unit.PH),)),
        batch=replace(BATCH, maker_name=bad, maker_telephone="javascript:alert(1)", batch_number=bad),
        stops=(replace(STOPS[0], reason=bad, ordered_by=bad),),
        samples=(
            replace(FAILED, agency=bad, laboratory=bad, findings=(replace(FINDINGS[0], item=bad, requirement=bad),)),
        ),
    )


@both_languages
def test_hostile_strings_stay_text(language: Language) -> None:
    registered = answer(Verdict.STOP, _hostile_facts(), ReasonCode.RECALLED, ReasonCode.REGISTERED)
    pages = [
        page(registered, language),
        page(answer(Verdict.UNKNOWN, Facts(Scheme.OWN, HOSTILE), ReasonCode.NOT_REGISTERED_HERE), language),
        render(
            "malformed.html",
            language,
            view=malformed_view(HOSTILE, MalformedReason.NO_CODE, language),
            here=f"/c?text={HOSTILE}",
        ),
    ]
    for html in pages:
        html = re.sub(r'<script src="/static/answer\.js\?v=[0-9a-f]{12}" defer></script>', "", html)
        assert "<script" not in html and "<img" not in html and "&lt;/te" in html
        assert "javascript:" not in re.sub(r"<span>.*?</span>|<a [^>]*>javascript:[^<]*</a>", "", html)
    assert 'href="tel:1"' in pages[0]


def test_braces_in_a_value_are_not_placeholders() -> None:
    facts = replace(FACTS, stops=(replace(STOPS[0], reason="{day}{0}{secret}"),))
    assert "{secret}" in answer_view(answer(Verdict.STOP, facts, ReasonCode.RECALLED), "zh").why


@pytest.mark.parametrize(
    ("value", "unit", "language", "expected"),
    [
        (Decimal("10.0"), Unit.PERCENT, "zh", "10.0%"),
        (Decimal("18"), Unit.GRAM_PER_LITRE, "en", "18\u00a0g/L"),
        (Decimal("97.5"), Unit.PERCENT_OF_LABEL, "zh", "97.5%（占标示量）"),
        (Decimal("6.8"), Unit.PH, "zh", "6.8"),
        (Decimal("0.0000001"), Unit.NONE, "en", "0.0000001"),
    ],
)
def test_values_keep_their_written_digits(value: Decimal, unit: Unit, language: Language, expected: str) -> None:
    assert quantity(value, unit, language) == expected


@pytest.mark.parametrize(
    ("limit", "measured_text", "expected"),
    [
        (Limit(LimitKind.AT_MOST, upper=Decimal("1.0")), "", ("未给数值", "不高于 1.0%")),
        (Limit(LimitKind.BETWEEN, Decimal("5"), Decimal("8")), "", ("未给数值", "5%–8%")),
        (Limit(LimitKind.NOT_DETECTED), "未检出", ("未检出", "不得检出")),
    ],
)
def test_a_finding_without_a_number_or_a_printed_limit(
    limit: Limit, measured_text: str, expected: tuple[str, str]
) -> None:
    row = Finding("水分", "", limit, None, measured_text, Unit.PERCENT, Outcome.PASSED)
    given = answer(Verdict.GENUINE, replace(FACTS, samples=(replace(SAMPLE, findings=(row,)),)), ReasonCode.REGISTERED)
    view = answer_view(given, "zh").samples[0].findings[0]
    assert (view.measured, view.limit) == expected
