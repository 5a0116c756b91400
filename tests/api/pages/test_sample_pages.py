"""Spot checks on the desk: each act by its form with the state after it, refusals at the fields, who sees what."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.items import FaultClass, ItemKind, ViolationCode
from suiyuan.trace.inspection.model import (
    Acknowledgement,
    Finding,
    MakerResponse,
    Outcome,
    Portion,
    PortionRole,
    Sample,
    SampleState,
)
from suiyuan.trace.inspection.service import Sealing
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties.model import Party, Role
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, field_error, marked_fields, words

Desks = Callable[[Party], Desk]

TAKEN, SEALED, RECEIVED, REPORTED, NOTIFIED, OBJECTION, RETEST, FINAL, PUBLISHED, WITHDRAWN = SampleState

LOW = Finding(
    item="主成分",
    kind=ItemKind.ACTIVE_CONTENT,
    measured=Decimal("3.10"),
    unit=Unit.PERCENT,
    declared=Decimal("5.0"),
    declared_unit=Unit.PERCENT,
    method="HPLC",
    detection_limit=Decimal("0.01"),
    uncertainty=Decimal("0.05"),
)
REPORT = {"report_number": "JY-9", "reported_on": "2026-11-24", "laboratory": "宁夏农药检定所", "rows": "1"}
ITEM = {
    "item-0": "主成分",
    "kind-0": "active_content",
    "declared-0": "5.0",
    "declared_unit-0": "%",
    "measured-0": "3.10",
    "unit-0": "%",
}
SEALS = {
    "portions.0.role": "test",
    "portions.0.seal_number": "F-1",
    "portions.1.role": "reserve",
    "portions.1.seal_number": "F-2",
    "portions.2.role": "reserve",
    "acknowledgement": "signed",
    "signed_by": "马建国",
}


@dataclass(frozen=True)
class Case:
    """A sample and the agency's desk."""

    world: World
    desk: Desk
    sample: Sample

    @property
    def here(self) -> str:
        return f"/desk/samples/{self.sample.sample_id}"

    def send(self, act: str, status: int = 200, /, **form: str) -> str:
        return self.desk.send(f"{self.here}/{act}", status, **form)

    def now(self) -> Sample:
        with self.world.database.read() as connection:
            return inspection.require_sample(connection, self.sample.sample_id)

    @property
    def state(self) -> SampleState:
        return self.now().state

    def id(self, act: str, field: str) -> str:
        return f"{act}-{self.sample.sample_id.hex[-6:]}-{field}"


@pytest.fixture
def case_at(world: World, desk_of: Desks) -> Callable[..., Case]:
    """A case at a state, by default of a failure that its laboratory leaves to the rules."""

    def make(state: SampleState, finding: Finding = LOW, party: Party | None = None) -> Case:
        sample = world.take_sample(world.register_batch())
        if state is SEALED:
            sample = world.seal_sample(sample)
        elif state is RECEIVED:
            sample = world.receive_sample(sample)
        elif state is not TAKEN:
            sample = world.report(sample, [finding])
        if state not in (TAKEN, SEALED, RECEIVED, REPORTED):
            sample = world.advance(sample, NOTIFIED)
        if state not in (TAKEN, SEALED, RECEIVED, REPORTED, NOTIFIED):
            sample = world.advance(sample, state)
        return Case(world, desk_of(party or world.agency), sample)

    return make


def offered(page: str, here: str) -> list[str]:
    """The acts that a page has a form for."""
    return re.findall(rf'<form class="form" action="{here}/([a-z]+)"', page)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_failure_from_the_bag_to_the_public_page_by_page(world: World, desk_of: Desks) -> None:
    sample = world.take_sample(world.register_batch())
    case = Case(world, desk_of(world.agency), sample)
    assert offered(case.desk.page(case.here), case.here) == ["seal", "answer", "withdraw"]
    page = case.send("seal", **SEALS)
    assert "已封样。" in page
    assert (case.state, "F-2" in page, "马建国 签字" in page) == (SEALED, True, True)
    assert offered(page, case.here) == ["receive", "answer", "withdraw"]
    assert f"{case.here}/report" in case.send("receive", seals_are_intact="1")
    page = case.send("report", **REPORT, **ITEM)
    assert "结果已录入，请判定。" in page
    assert offered(page, case.here) == ["confirm", "decide", "answer", "withdraw"]
    page = case.send("confirm")
    current = case.now().current
    assert current is not None and current.decision is not None
    assert (current.decision.verdict, current.decision.fault_class) == (Outcome.FAILED, FaultClass.SUBSTANDARD)
    assert "P02 有效成分含量不足" in page
    assert offered(page, case.here) == ["notify", "answer", "withdraw"]
    assert "已通知。" in case.send("notify")
    assert case.state is NOTIFIED
    world.later(days=40)
    page = case.send("conclude")
    assert "批次已停售，发出" in page
    assert batches.current_stops(world.database, sample.batch_id)[0].kind is StopKind.FAILED_SPOT_CHECK
    assert "publish" not in offered(page, case.here), "the regulator's act"
    page = Case(world, desk_of(world.regulator), sample).send("publish")
    assert case.state is PUBLISHED
    assert f"/results/{sample.sample_number}" in page


def test_an_objection_a_retest_and_the_earlier_results_folded(case_at: Callable[..., Case]) -> None:
    case = case_at(NOTIFIED)
    assert "已登记异议。" in case.send("objection", reason="取样不规范")
    page = case.desk.page(case.here)
    assert "取样不规范" in page
    assert offered(page, case.here) == ["retest", "conclude", "answer", "withdraw"]
    page = case.send("conclude", 422, note="")
    assert field_error(page, case.id("conclude", "note"))
    page = case.send("retest", 422, laboratory_name="宁夏农药检定所")
    assert "须由另一家" in field_error(page, case.id("retest", "laboratory_name"))
    case.send("retest", laboratory_name="国家农药质检中心", note="备份样品完好")
    assert case.state is RETEST
    again = {**REPORT, "laboratory": "国家农药质检中心", "report_number": "FJ-1"}
    page = case.send("report", **again, **{**ITEM, "measured-0": "5.02"})
    assert "第 2 版：复检" in page
    assert page.index("FJ-1") < page.index("JY-1")
    assert '<details class="more"><summary>检验结果</summary>' in page
    case.send("confirm")
    assert "已定论。" in case.send("conclude")
    assert (case.state, case.now().failed) == (FINAL, False)


def test_every_finding_stands_with_rule_source_and_arithmetic(case_at: Callable[..., Case]) -> None:
    case = case_at(REPORTED)
    page = words(html.unescape(case.desk.page(case.here)))
    for said in (
        "标明值 5.0%",
        "实测 3.10%",
        "方法 HPLC",
        "检出限 0.01%",
        "不确定度 0.05%",
        "建议判不合格",
        "标明 5.0 %，允许偏差为标明值的 ±10 %，即 4.5–5.5 %",
        "低于 4.5–5.5 %",
        "FAO/WHO 农药标准手册",
        "所用规则未经核实",
    ):
        assert said in page, said
    english = words(html.unescape(case.desk.client.get(f"{case.here}?lang=en").text))
    assert "Suggested: failed" in english
    assert "Detection limit 0.01%" in english


def test_what_nobody_judges_is_decided_item_by_item(case_at: Callable[..., Case], unchanged: Unchanged) -> None:
    unknown = replace(LOW, item="悬浮率", kind=ItemKind.PHYSICAL, declared=None, declared_unit=Unit.NONE)
    case = case_at(REPORTED, unknown)
    page = case.desk.page(case.here)
    assert offered(page, case.here)[0] == "decide", "nothing to confirm"
    with unchanged(case.world.database):
        page = case.send("decide", 422)
        assert "无法按规则自动判定" in field_error(page, case.id("decide", "outcome-0"))
        page = case.send("decide", 422, **{"outcome-0": "passed", "verdict": "failed"})
        assert field_error(page, case.id("decide", "reason"))
        assert '<option value="failed" selected>' in page, "it comes back as it was filled in"
        page = case.send("decide", 422, **{"outcome-0": "better"})
        assert marked_fields(page) == [case.id("decide", "outcome-0")]
    case.send(
        "decide", **{"outcome-0": "failed", "fault_class": "substandard", "violations-P08": "1", "reason": "低于标准"}
    )
    current = case.now().current
    assert current is not None and current.decision is not None
    assert current.decision.violations == (ViolationCode.P08,)
    assert (current.decision.fault_class, current.decision.reason) == (FaultClass.SUBSTANDARD, "低于标准")


def test_an_inspector_overrides_the_rules_with_a_reason(case_at: Callable[..., Case]) -> None:
    case = case_at(REPORTED)
    chosen = {"outcome-0": "passed", "violations-P02": "1"}
    assert field_error(case.send("decide", 422, **chosen), case.id("decide", "reason"))
    case.send("decide", reason="标签另有登记标准", **chosen)
    current = case.now().current
    assert current is not None and current.decision is not None
    assert (current.decision.verdict, current.decision.violations) == (Outcome.PASSED, ())


def test_a_correction_comes_filled_in_and_the_stop_follows(
    case_at: Callable[..., Case], database: Database, unchanged: Unchanged
) -> None:
    case = case_at(FINAL)
    page = case.desk.page(f"{case.here}/correction")
    for name, value in {"measured-0": "3.10", "detection_limit-0": "0.01", "laboratory": "宁夏农药检定所"}.items():
        assert re.search(rf'<input id="{name}"[^>]* value="{value}"', page)
    fixed = {**REPORT, **ITEM, "measured-0": "5.02"}
    with unchanged(database):
        page = case.send("correction", 422, **fixed)
        assert marked_fields(page) == ["reason"]
        page = case.send("correction", 422, **{**fixed, "measured-0": "5,02"}, reason="抄错")
        assert marked_fields(page) == ["measured-0"]
        page = case.send("correction", 422, **fixed, verdict="passed", reason="抄错", **{"outcome-0": "failed"})
        assert marked_fields(page) == ["verdict"]
        page = case.send("correction", 422, **{**fixed, "reported_on": "2027-01-01"}, reason="抄错")
        assert marked_fields(page) == ["reported_on"]
        assert 'value="5.02"' in page
    page = case.send("correction", **fixed, reason="抄错小数点")
    assert "抄错小数点" in page
    assert "第 1 版" in page and "第 2 版：更正" in page
    assert (case.now().failed, batches.current_stops(database, case.sample.batch_id)) == (False, [])


def test_the_regulator_holds_quietly_and_releases(case_at: Callable[..., Case], world: World) -> None:
    case = case_at(REPORTED, LOW, world.regulator)
    assert field_error(case.send("hold", 422, reason=""), case.id("hold", "reason"))
    page = case.send("hold", reason="等待复检")
    assert "批次因这份样品暂控" in page
    assert [stop.kind for stop in batches.current_stops(world.database, case.sample.batch_id)] == [
        StopKind.UNDER_REVIEW
    ]
    assert "release" in offered(page, case.here) and "hold" not in offered(page, case.here)
    case.send("release", reason="无必要")
    assert batches.current_stops(world.database, case.sample.batch_id) == []


def test_the_makers_letter_and_a_withdrawal(case_at: Callable[..., Case]) -> None:
    case = case_at(NOTIFIED)
    assert field_error(case.send("answer", 422, response="perhaps"), case.id("answer", "response"))
    page = case.send("answer", response="denied", note="来函 12 号")
    assert case.now().maker_response is MakerResponse.DENIED
    assert "涉嫌假冒" in page
    assert field_error(case.send("withdraw", 422, reason=" "), case.id("withdraw", "reason"))
    page = case.send("withdraw", reason="抽错批次")
    assert case.state is WITHDRAWN
    assert offered(page, case.here) == []


def test_what_the_state_does_not_allow_is_refused_and_said(
    case_at: Callable[..., Case], database: Database, unchanged: Unchanged
) -> None:
    case = case_at(TAKEN)
    with unchanged(database):
        for act, form in {"notify": {}, "objection": {"reason": "x"}, "conclude": {}, "confirm": {}}.items():
            page = case.send(act, 409, **form)
            assert 'role="alert"' in page
        page = case.send("seal", 422, **{**SEALS, "portions.1.seal_number": "f-1"})
        assert "F-1" in field_error(page, case.id("seal", "portions.1.seal_number"))
        page = case.send("seal", 422, **{**SEALS, "portions.1.role": "test"})
        assert field_error(page, case.id("seal", "portions.0.seal_number"))
        page = case.send("seal", 422, **{**SEALS, "signed_by": ""})
        assert field_error(page, case.id("seal", "signed_by"))
        assert "F-2" in page, "it comes back with its text"
        assert case.desk.page(f"{case.here}/correction", 409)


def test_a_form_sent_twice_acts_once(case_at: Callable[..., Case], database: Database, unchanged: Unchanged) -> None:
    case = case_at(NOTIFIED)
    tokens = case.desk.tokens()
    first = case.desk.send_again(f"{case.here}/objection", tokens, reason="来函")
    with unchanged(database):
        again = case.desk.send_again(f"{case.here}/objection", tokens, reason="来函")
        assert case.desk.send_again(f"{case.here}/objection", {**tokens, "csrf": "x"}, 403, reason="来函")
    assert "已登记异议。" in first and "已登记异议。" in again


def test_the_list_says_what_is_due_and_filters(case_at: Callable[..., Case], world: World, desk_of: Desks) -> None:
    case = case_at(REPORTED)
    taken = world.take_sample(world.register_batch())
    world.later(days=40)
    page = case.desk.page("/desk/samples")
    assert case.sample.sample_number in page and taken.sample_number in page
    assert "/desk/sheets/new" in page
    row = next(part for part in page.split("<tr") if case.sample.sample_number in part)
    assert "已逾期" in row and "结果已出" in row and world.outlet.short_name in row
    page = case.desk.page("/desk/samples?state=taken")
    assert taken.sample_number in page and case.sample.sample_number not in page
    assert case.desk.page("/desk/samples?before=nonsense", 422)
    other = world.party(Role.INSPECTION_AGENCY, name="外市检测中心")
    assert "没有符合条件的样品" in desk_of(other).page("/desk/samples")
    assert case.sample.sample_number in desk_of(world.regulator).page("/desk/samples")
    desk_of(world.outlet).page("/desk/samples", 403)


def test_a_long_list_goes_on(case_at: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_at(TAKEN)
    older = case.world.take_sample(case.world.register_batch(), taken_on=date(2026, 11, 1))
    for module in ("trace.inspection.service.reading.limits.MAX_PAGE_ROWS", "api.pages.samples.MAX_PAGE_ROWS"):
        monkeypatch.setattr(f"suiyuan.{module}", 1)
    page = case.desk.page("/desk/samples?state=taken")
    assert older.sample_number not in page
    link = re.search(r'href="(/desk/samples\?[^"]*before=[^"]+)"', page)
    assert link
    assert older.sample_number in case.desk.page(html.unescape(link[1]))


def test_each_sees_only_what_is_its_own(case_at: Callable[..., Case], world: World, desk_of: Desks) -> None:
    laboratory = world.party(Role.LABORATORY, name="西北检测所")
    sealed, reported = case_at(SEALED), case_at(REPORTED)
    world.database.write(
        lambda work: inspection.receive(
            work,
            world.actor(world.agency),
            sealed.sample.sample_id,
            seals_are_intact=True,
            laboratory_id=laboratory.party_id,
        )
    )
    desk = desk_of(laboratory)
    page = desk.page(sealed.here)
    assert "样品盲检" in page
    for hidden in (world.maker.name, world.outlet.name, "货架", "<form class"):
        assert hidden not in page
    desk.page(reported.here, 403)
    desk.page(f"{sealed.here}/report", 403)
    for party in (world.outlet, world.maker, world.second_outlet):
        desk_of(party).page(reported.here, 403)
    desk_of(world.outlet).send(f"{reported.here}/withdraw", 403, reason="x")
    desk_of(world.agency).page(f"/desk/samples/{UUID(int=7)}", 404)


def test_the_sheet_is_drawn_as_it_was_written(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.take_sample(batch, number="NX-EARLIER")
    sample = world.take_sample(batch)
    portions = (Portion(PortionRole.TEST, "T-77", "100 mL"), Portion(PortionRole.RESERVE, "R-77", "100 mL"))
    sealing = Sealing(portions, Acknowledgement.SIGNED, "马建国", signature="M10 20L30 40")
    world.database.write(lambda work: inspection.seal(work, world.actor(world.agency), sample.sample_id, sealing))
    page = desk_of(world.agency).page(f"/desk/samples/{sample.sample_id}")
    for said in ('<path d="M10 20L30 40"/>', "NX-EARLIER", "马晓燕（执法证 宁农执法001）", "T-77", "货架", "已封样"):
        assert said in page
    pdf = desk_of(world.agency).client.get(f"/desk/samples/{sample.sample_id}/sheet.pdf")
    assert pdf.content.startswith(b"%PDF-")
