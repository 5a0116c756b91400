"""The laboratory's desk: samples that wait, blind; receiving; results by file and by form, refused cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import Sample, SampleState
from suiyuan.trace.parties.model import Party, Role
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, field_error, marked_fields, rows, words
from ..laboratory_sheets import book_of, csv_of, row, saved

Desks = Callable[[Party], Desk]
RESULT = {
    "rows": "4",
    "report_number": "JY-7",
    "reported_on": "2026-11-24",
    "item-0": "主成分",
    "kind-0": "active_content",
    "declared-0": "5.0",
    "declared_unit-0": "%",
    "requirement-0": "4.5~5.5",
    "measured-0": "5.10",
    "unit-0": "%",
}


@dataclass(frozen=True)
class Bench:
    """A laboratory, its desk, and a sample that it has received."""

    world: World
    laboratory: Party
    desk: Desk
    sample: Sample

    def state(self, sample: Sample | None = None) -> SampleState:
        with self.world.database.read() as connection:
            return inspection.require_sample(connection, (sample or self.sample).sample_id).state

    @property
    def form(self) -> str:
        return f"/desk/laboratory/{self.sample.sample_id}"

    def upload(self, name: str, content: bytes, tokens: dict[str, str] | None = None, **values: str) -> tuple[int, str]:
        data = {**(tokens or self.desk.tokens()), **values}
        answer = self.desk.client.post("/desk/laboratory/files", data=data, files={"file": (name, content)})
        return answer.status_code, answer.text


def sealed_for(world: World, laboratory_id: UUID | None) -> Sample:
    """A sealed sample, on its way to a laboratory."""
    sample = world.seal_sample(world.take_sample(world.register_batch()))
    return sample if laboratory_id is None else received_at(world, sample, laboratory_id)


def received_at(world: World, sample: Sample, laboratory_id: UUID) -> Sample:
    return world.database.write(
        lambda work: inspection.receive(
            work, world.actor(world.agency), sample.sample_id, seals_are_intact=True, laboratory_id=laboratory_id
        )
    )


@pytest.fixture
def bench(world: World, desk_of: Desks) -> Bench:
    laboratory = world.party(Role.LABORATORY, name="宁夏农药检定所")
    return Bench(world, laboratory, desk_of(laboratory), sealed_for(world, laboratory.party_id))


def test_a_sample_is_blind(bench: Bench) -> None:
    assert 'href="/desk/laboratory"' in bench.desk.page("/desk")
    for page in (bench.desk.page("/desk/laboratory"), bench.desk.page(bench.form)):
        shown = words(page)
        for told in (bench.sample.sample_number, "农药", "阿维菌素乳油", "主成分 5.0 %"):
            assert told in shown
        for hidden in (bench.world.maker, bench.world.outlet):
            assert hidden.name not in shown
            assert hidden.short_name not in shown
            assert str(hidden.party_id) not in page


def test_an_agency_receives_for_a_laboratory(bench: Bench, desk_of: Desks, unchanged: Unchanged) -> None:
    world = bench.world
    sample = sealed_for(world, None)
    desk = desk_of(world.agency)
    assert words(desk.page("/desk/laboratory")).count("收样") >= 1
    path = f"/desk/laboratory/{sample.sample_id}/receipt"
    tokens = desk.tokens()
    with unchanged(world.database):
        assert "封条破损" in desk.send_again(path, tokens, 422)
        desk.send_again(path, desk.tokens(), 422, seals_are_intact="1", laboratory="x")
    assert bench.state(sample) is SampleState.SEALED
    chosen = str(bench.laboratory.party_id)
    tokens = desk.tokens()
    page = desk.send_again(path, tokens, seals_are_intact="1", laboratory=chosen)
    assert "已收样。" in page
    with unchanged(world.database):
        assert "已收样。" in desk.send_again(path, tokens, seals_are_intact="1", laboratory=chosen)
    assert bench.state(sample) is SampleState.RECEIVED


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_file_sent_twice_is_taken_once(bench: Bench, database: Database, unchanged: Unchanged) -> None:
    content = saved(book_of(row(sample_number=bench.sample.sample_number)))
    with unchanged(database):
        status, page = bench.upload("结果.XLSX", content, check="1")
        assert (status, "可收 1 份报告" in page) == (200, True)
    tokens = bench.desk.tokens()
    status, page = bench.upload("结果.xlsx", content, tokens)
    assert (status, "已收下 1 份报告" in page) == (200, True)
    taken = [[bench.sample.sample_number, "JY-1", "2026年11月24日", "1"]]
    assert rows(page, "报告") == taken
    assert bench.state() is SampleState.REPORTED
    with unchanged(database):
        status, page = bench.upload("结果.xlsx", content, tokens)
        assert (status, rows(page, "报告")) == (200, taken)
        status, page = bench.upload("结果.xlsx", content + b"\0", tokens)
        assert status == 422


def test_a_faulty_file_comes_back_as_a_table(bench: Bench, database: Database, unchanged: Unchanged) -> None:
    number = bench.sample.sample_number
    content = csv_of(row(sample_number=number), row(sample_number=number, item="二", measured="5,1", unit="ppm"))
    with unchanged(database):
        status, page = bench.upload("结果.csv", content)
        assert status == 422
        assert "文件有 2 处错误" in page
        found = rows(page, "错误")
        assert [line[:2] for line in found] == [["第 3 行", "J 实测值"], ["第 3 行", "K 单位"]]
        assert "不用逗号" in found[0][2]
        many = csv_of(*(row(sample_number=f"S{each}") for each in range(120)))
        assert "还有 20 处没有列出。" in bench.upload("结果.csv", many)[1]
        assert "GBK" in bench.upload("结果.csv", "抽样单号".encode("gbk"))[1]
        assert bench.upload("结果.csv", b"")[0] == 422
        status, page = bench.upload("结果.csv", content, {**bench.desk.tokens(), "csrf": "x"})
        assert status == 403


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_results_by_form(bench: Bench, database: Database, unchanged: Unchanged) -> None:
    tokens = bench.desk.tokens()
    page = bench.desk.send_again(bench.form, tokens, **RESULT)
    assert rows(page, "报告") == [[bench.sample.sample_number, "JY-7", "2026年11月24日", "1"]]
    with unchanged(database):
        bench.desk.send_again(bench.form, tokens, **RESULT)
        assert "sample" not in marked_fields(bench.desk.send(bench.form, 422, **RESULT))
    with database.read() as connection:
        (finding,) = inspection.require_sample(connection, bench.sample.sample_id).findings
    assert (str(finding.measured), finding.item, str(finding.declared)) == ("5.10", "主成分", "5.0")


def test_a_refused_form_keeps_what_was_typed(bench: Bench, database: Database, unchanged: Unchanged) -> None:
    wrong = {**RESULT, "report_number": "", "measured-0": "5,1", "uncertainty-0": "-1", "item-2": "水分"}
    with unchanged(database):
        page = bench.desk.send(bench.form, 422, **wrong)
        assert set(marked_fields(page)) == {"report_number", "measured-0", "uncertainty-0", "kind-2", "measured-2"}
        assert "不用逗号" in field_error(page, "measured-0")
        assert 'value="4.5~5.5"' in page
        assert '<details class="more" open>' in page
        assert "检验项目须为" in bench.desk.send(bench.form, 422, **{**RESULT, "requirement-0": "", "measured-0": ""})
        more = bench.desk.send(bench.form, more="1", **RESULT)
        assert ("第 9 项" in more, "第 10 项" in more) == (True, False)
        assert 'value="5.10"' in more
        bench.desk.send(bench.form, 422, **{**RESULT, "rows": "9" * 30, "measured-0": "x"})


def test_the_form_begins_with_what_is_declared(bench: Bench) -> None:
    page = bench.desk.page(bench.form)
    assert page.count("<fieldset") == 1 + 1 + 3
    assert 'name="item-0" type="text" value="主成分"' in page
    assert 'value="5.0"' in page
    assert 'id="laboratory"' not in page


def test_an_agency_says_which_laboratory(world: World, desk_of: Desks) -> None:
    sample = world.receive_sample(world.take_sample(world.register_batch()))
    desk = desk_of(world.agency)
    path = f"/desk/laboratory/{sample.sample_id}"
    assert 'id="laboratory"' in desk.page(path)
    assert field_error(desk.send(path, 422, **RESULT), "laboratory") == "此项必填。"
    desk.send(path, laboratory="省外某检测中心", **RESULT)
    with world.database.read() as connection:
        assert inspection.require_sample(connection, sample.sample_id).laboratory == "省外某检测中心"


def test_whose_business_it_is_not(bench: Bench, desk_of: Desks) -> None:
    other = desk_of(bench.world.party(Role.LABORATORY, name="别的所"))
    assert bench.sample.sample_number not in other.page("/desk/laboratory")
    other.page(bench.form, 403)
    other.send(bench.form, 403, **RESULT)
    shop = desk_of(bench.world.outlet)
    for path in ("/desk/laboratory", bench.form):
        shop.page(path, 403)
    assert 'href="/desk/laboratory"' not in shop.page("/desk")
    assert bench.state() is SampleState.RECEIVED


def test_a_retest_waits_until_it_is_reported(bench: Bench, desk_of: Desks) -> None:
    world = bench.world
    second = world.party(Role.LABORATORY, name="复检所")
    bench.desk.send(bench.form, **{**RESULT, "measured-0": "3.1"})
    with world.database.read() as connection:
        sample = inspection.require_sample(connection, bench.sample.sample_id)
    sample = world.advance(sample, SampleState.NOTIFIED, SampleState.OBJECTION)
    world.database.write(
        lambda work: inspection.order_retest(
            work,
            world.actor(world.agency),
            sample.sample_id,
            laboratory=second.name,
            laboratory_id=second.party_id,
        )
    )
    desk = desk_of(second)
    assert f"{sample.sample_number} （复检）" in words(desk.page("/desk/laboratory"))
    page = desk.send(bench.form, **{**RESULT, "report_number": "FJ-1", "measured-0": "3.2"})
    assert rows(page, "报告") == [[sample.sample_number, "FJ-1", "2026年11月24日", "1"]]
    assert sample.sample_number not in words(desk.page("/desk/laboratory"))
