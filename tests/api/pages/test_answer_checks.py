"""The checklist of an answer: nine questions, and what is not known is never counted as a yes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from suiyuan.api.pages.answer_checks import check_views, checks_digest
from suiyuan.api.pages.answer_parts import CheckView
from suiyuan.api.pages.answer_view import answer_view
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.codes.model import Scheme
from suiyuan.trace.kernel.texts import LANGUAGES, Language, catalogue, text
from suiyuan.trace.verification.judge import WEIGHT, judge
from suiyuan.trace.verification.model import Answer, Facts, ReasonCode, Verdict, Whereabouts

from ...trace.verification.cases import read_cases
from .test_answer_view import ANSWERS, BATCH, CODE, FACTS, NOW, PRODUCT, answer, page

QUESTIONS = (
    "well_formed",
    "known",
    "ours",
    "alive",
    "in_date",
    "licensed",
    "not_stopped",
    "plausible",
    "spot_checked",
)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


def checked(given: Answer) -> dict[str, CheckView]:
    return dict(zip(QUESTIONS, check_views(given, "zh"), strict=True))


def says(key: str, language: Language = "zh", **values: str) -> str:
    return text(f"page.check.says.{key}", language, **values)


@both_languages
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_the_nine_questions_in_their_order(name: str, language: Language) -> None:
    checks = check_views(ANSWERS[name], language)
    assert [check.question for check in checks] == [text(f"page.check.question.{each}", language) for each in QUESTIONS]
    html = page(ANSWERS[name], language)
    for check in checks:
        assert check.says and "{" not in check.says
        assert f"{check.question}</span></dt><dd>{check.says}</dd>" in html.replace("&#39;", "'")


@both_languages
def test_the_cases_of_judge_say_every_text_of_the_checklist(language: Language) -> None:
    """Each line of each case has its text, and no text of the checklist is left that nothing says."""
    questions: set[str] = set()
    lines: set[str] = set()
    for case in read_cases():
        for check in check_views(judge(case.facts, case.now), language):
            questions.add(check.question)
            lines.add(check.says)
    catalogued = {key: entry[language] for key, entry in catalogue().items() if key.startswith("page.check.")}
    asked = {sentence for key, sentence in catalogued.items() if key.startswith("page.check.question.")}
    assert questions == asked
    for key, sentence in catalogued.items():
        if key.startswith("page.check.says."):
            form = re.compile(".+".join(re.escape(part) for part in sentence.split("{day}")))
            assert any(form.fullmatch(line) for line in lines), f"nothing says {key}"
    assert all(line and "{" not in line for line in lines)


@pytest.mark.parametrize("code", ReasonCode)
def test_what_weighs_against_a_pack_shows_in_the_list_and_what_does_not_does_not(code: ReasonCode) -> None:
    lines = checked(answer(Verdict.CAUTION, FACTS, code)).values()
    troubled = [line for line in lines if line.tone in ("bad", "warn")]
    assert bool(troubled) == (WEIGHT[code] not in (Verdict.GENUINE, Verdict.UNKNOWN))
    assert len(troubled) <= (2 if code is ReasonCode.FAILED_SPOT_CHECK else 1)
    assert all(line.tone == "bad" for line in troubled if WEIGHT[code] is Verdict.STOP)


def test_a_stop_for_a_failed_check_is_both_a_stop_and_a_check() -> None:
    lines = checked(answer(Verdict.STOP, FACTS, ReasonCode.FAILED_SPOT_CHECK))
    assert lines["not_stopped"] == CheckView("bad", lines["not_stopped"].question, says("stopped"))
    assert (lines["spot_checked"].tone, lines["spot_checked"].says) == ("bad", says("failed_spot_check"))


def test_a_genuine_pack() -> None:
    lines = checked(judge(FACTS, NOW))
    assert {name for name, line in lines.items() if line.tone == "good"} == set(QUESTIONS) - {"plausible"}
    assert lines["plausible"].says == says("not_judged")
    assert lines["in_date"].says == says("in_date", day="2028年8月14日")
    assert lines["ours"].says == says("ours")
    assert checks_digest(tuple(lines.values()), "zh") == "通过 8 项，有问题 0 项，还说不了 1 项"


def test_of_an_unknown_code_nothing_is_said_to_be_in_order_but_its_form() -> None:
    lines = checked(judge(Facts(Scheme.PESTICIDE, CODE), NOW))
    assert [line.tone for line in lines.values()] == ["good", *["ask"] * 8]
    assert "不等于是假的" in lines["known"].says
    assert checks_digest(tuple(lines.values()), "zh") == "通过 1 项，有问题 0 项，还说不了 8 项"


def test_what_is_not_asked_or_not_known_is_open() -> None:
    other = replace(FACTS, product=replace(PRODUCT, kind=ProductKind.FERTILISER), samples=())
    lines = checked(judge(other, NOW))
    assert (lines["licensed"].tone, lines["licensed"].says) == ("note", says("no_licence_needed"))
    assert (lines["spot_checked"].tone, lines["spot_checked"].says) == ("note", says("not_sampled"))


def test_national_codes_are_on_a_list_and_not_proved_by_a_key() -> None:
    assert checked(judge(replace(FACTS, scheme=Scheme.VET_DRUG), NOW))["ours"].says == says("listed")
    assert checked(judge(replace(FACTS, has_bad_signature=True), NOW))["ours"].says == says("bad_signature")


def test_a_sold_pack_is_alive() -> None:
    line = checked(judge(replace(FACTS, whereabouts=Whereabouts.SOLD), NOW))["alive"]
    assert (line.tone, line.says) == ("good", says("sold"))


@pytest.mark.parametrize(
    ("name", "are_compared", "are_samples_open"),
    [
        ("genuine", True, False),
        ("caution", True, False),
        ("stop", False, True),
        ("suspect", False, True),
        ("unknown", False, False),
    ],
)
def test_what_the_verdict_sends_the_reader_to_lies_open(name: str, are_compared: bool, are_samples_open: bool) -> None:
    view = answer_view(ANSWERS[name], "zh")
    assert (view.is_compared, view.are_samples_open) == (are_compared, are_samples_open)
    assert page(ANSWERS[name], "zh").count('<details class="card fold" open>') == 2 * are_compared + are_samples_open


@both_languages
def test_a_folded_card_says_what_is_in_it(language: Language) -> None:
    view = answer_view(ANSWERS["genuine"], language)
    assert view.samples_digest.endswith(view.samples[0].title) and view.samples[0].outcome in view.samples_digest
    assert view.whereabouts in view.way_digest and "3" in view.way_digest
    assert [fact.values[0] for fact in view.scan_facts[:1]] == ["3"]
    assert len(view.scan_facts) == 3
    bare = answer_view(judge(replace(FACTS, samples=(), way=(), whereabouts=None), NOW), language)
    assert bare.samples_digest == text("page.answer.not_sampled_short", language)
    assert bare.way_digest == text("page.answer.no_way_short", language)


def test_a_folded_failure_stands_before_a_later_pass() -> None:
    stopped = ANSWERS["stop"].facts.samples[0]
    passed = FACTS.samples[0]
    view = answer_view(judge(replace(FACTS, samples=(passed, stopped)), NOW), "zh")
    assert view.samples_digest.startswith("不合格")


def test_days_to_harvest_are_on_the_label() -> None:
    labels = {
        kind: {
            fact.label
            for fact in answer_view(judge(replace(FACTS, product=replace(PRODUCT, kind=kind)), NOW), "zh").product
        }
        for kind in ProductKind
    }
    assert "安全间隔期" in labels[ProductKind.PESTICIDE]
    assert "休药期" in labels[ProductKind.VET_DRUG]
    assert not labels[ProductKind.SEED] & {"安全间隔期", "休药期"}
    assert BATCH.batch_number in answer_view(ANSWERS["genuine"], "zh").batch[0].values
