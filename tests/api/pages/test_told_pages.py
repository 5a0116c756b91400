"""What firms are told of spot checks: what was found, until when to object, whether the goods are theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import MakerResponse, Sample, SampleState
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, cards, field_error

Desks = Callable[[Party], Desk]

OPEN = "有 1 份抽检结果可以提出异议或者需要答复"


@pytest.fixture
def told(world: World) -> Sample:
    """A failure that maker and shop were told of."""
    return world.sampled(world.register_batch(), world.failed, SampleState.NOTIFIED)


def test_nobody_is_shown_what_nobody_was_told(world: World, desk_of: Desks) -> None:
    world.report(world.take_sample(world.register_batch()), [world.failed])
    for party in (world.maker, world.outlet):
        desk = desk_of(party)
        assert "没有告知贵单位的抽检结果" in desk.page("/desk/results")
        assert "份抽检结果可以" not in desk.page()


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_shop_reads_what_was_found_and_objects(world: World, told: Sample, desk_of: Desks) -> None:
    desk = desk_of(world.outlet)
    assert OPEN in desk.page()
    (card,) = cards(desk.page("/desk/results"))
    for said in (told.sample_number, "3.1%", "≥ 5.0 %", "不合格", "提出异议、申请复检", "期限规则未经核实"):
        assert said in card
    assert "是不是贵企业的产品" not in card, "the maker is asked"
    assert desk.client.get(f"/desk/samples/{told.sample_id}/sheet.pdf").content.startswith(b"%PDF-")
    here = f"/desk/results/{told.sample_id}/objection"
    page = desk.send(here, 422, reason=" ")
    assert field_error(page, f"objection-{told.sample_id.hex[-6:]}-reason")
    page = desk.send(here, reason="样品不是本店的")
    assert "异议已提交" in page
    with world.database.read() as connection:
        record = inspection.require_record(connection, told.sample_id)
    assert (record.sample.state, record.steps[-1].note) == (SampleState.OBJECTION, "样品不是本店的")
    assert record.steps[-1].actor_id == world.outlet.party_id
    assert OPEN not in desk.page()
    page = desk.page(f"/desk/samples/{told.sample_id}")
    assert "规则建议" in page
    assert "<form class" not in page, "it is read there, and acted on elsewhere"


def test_a_maker_says_the_goods_are_not_its_own(world: World, told: Sample, desk_of: Desks) -> None:
    desk, here = desk_of(world.maker), f"/desk/results/{told.sample_id}/answer"
    assert OPEN in desk.page()
    assert field_error(desk.send(here, 422), f"answer-{told.sample_id.hex[-6:]}-response")
    assert "答复已登记" in desk.send(here, response="denied", note="批号不是我厂的")
    with world.database.read() as connection:
        assert inspection.require_sample(connection, told.sample_id).maker_response is MakerResponse.DENIED
    (card,) = cards(desk.page("/desk/results"))
    assert "样品不是其产品" in card
    assert "是不是贵企业的产品" not in card


def test_what_comes_too_late_or_from_others_is_refused(
    world: World, told: Sample, desk_of: Desks, database: Database, unchanged: Unchanged
) -> None:
    world.advance(told, SampleState.FINAL)
    objection, answer = (f"/desk/results/{told.sample_id}/{name}" for name in ("objection", "answer"))
    desk = desk_of(world.maker)
    (card,) = cards(desk.page("/desk/results"))
    assert "提出异议 写明" not in card
    with unchanged(database):
        assert 'role="alert"' in desk.send(objection, 409, reason="来迟了")
        assert "只有在结果复核期间" in desk.send(answer, 409, response="denied")
    stranger = desk_of(world.second_outlet)
    with unchanged(database):
        stranger.send(objection, 403, reason="与我无关")
        stranger.page(f"/desk/samples/{told.sample_id}", 403)


def test_a_withdrawn_result_says_so(world: World, told: Sample, desk_of: Desks) -> None:
    world.advance(told, SampleState.WITHDRAWN)
    (card,) = cards(desk_of(world.outlet).page("/desk/results"))
    assert "这份样品已撤销，不作数。原因：作废" in card
