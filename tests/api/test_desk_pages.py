"""The desk as a party uses it, without a browser: forms sent as a browser sends them, and what the pages then say."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.codes.model import Level, grouped
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .desk import Desk, rows, textarea
from .wire import Caller


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_forty_cartons_come_in_and_go_on(world: World, desk_of: Callable[[Party], Desk]) -> None:
    """Codes as scanners give them: a carton's, a link, in groups, with blank lines between."""
    batch = world.register_batch(size=960, units_per_carton=24, cartons_per_pallet=20)
    codes = [world.code(batch, Level.CARTON, index) for index in range(40)]

    desk = desk_of(world.maker)
    assert "发给我的，还没收" in desk.page()
    pasted = "\r\n".join(
        [f"http://suiyuan.example/c/{codes[0]}", grouped(codes[1]), "", "  ", *codes[2:], codes[2], ""]
    )
    page = desk.send("/desk/ship", receiver=str(world.distributor.party_id), codes=pasted)
    assert "已发货：1 个批次，共 960 个小包装。" in page
    assert textarea(page, "codes") == "", "a form that was accepted comes back empty"
    assert rows(desk.page(), "我手里的货")[0][2] == "0 个小包装 另有发出未收 40 箱"

    desk = desk_of(world.distributor)
    page = desk.page()
    for said in (batch.batch_number, world.maker.short_name, "40 箱", "全部收下"):
        assert said in page.split("发给我的，还没收")[1].split("</section>")[0]
    page = desk.send("/desk/receive", codes=pasted, rest="later")
    assert "已收货：1 个批次，共 960 个小包装。" in page
    assert "没有在途的货。" in page
    assert [row[1:3] for row in rows(page, "我手里的货")] == [[batch.batch_number, "40 箱"]]

    page = desk.send("/desk/ship", receiver=str(world.outlet.party_id), codes="\n".join(codes[10:20]))
    assert "共 240 个小包装" in page
    assert rows(desk.page(), "我手里的货")[0][2] == "30 箱 另有发出未收 10 箱"
    assert world.holders(batch) == [
        (0, 240, "distributor"),
        (240, 480, "distributor>outlet"),
        (480, 960, "distributor"),
    ]


def test_whole_shipments_are_received_in_one_tap(world: World, desk_of: Callable[[Party], Desk]) -> None:
    batch = world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    desk = desk_of(world.outlet)
    (address,) = re.findall(r'action="(/desk/inbound/[^"]+/receipt)"', desk.page())
    tokens = desk.tokens()
    page = desk.send_again(address, tokens)
    assert "已收货：1 个批次，共 12 个小包装。" in page
    assert "没有在途的货。" in page
    assert "已收货：1 个批次，共 12 个小包装。" in desk.send_again(address, tokens), "sent twice, told the same"
    assert "这批货已经收过。" in desk.send(address, 409)
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "maker")]


FORM = {
    "batch_number": "AW1124A",
    "production_on": "2026-11-20",
    "expires_on": "2028-11-19",
    "size": "480",
    "units_per_carton": "24",
    "cartons_per_pallet": "20",
    "spare_cartons": "",
    "spare_pallets": "3",
    "pack_description": "200 毫升/瓶",
    "pack_code": "001",
    "production_type": "1",
    "contract_maker": "",
    "technical_registration": "",
    "technical_maker": "",
    "factory_result": "passed",
    "factory_report_number": "CJ-1",
    "factory_inspected_on": "2026-11-21",
}


def test_a_batch_by_form(world: World, desk_of: Callable[[Party], Desk], maker: Caller) -> None:
    desk = desk_of(world.maker)
    page = desk.page("/desk/batches/new")
    names = set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', page)) - {"csrf", "once"}
    assert names == {*FORM, "product"}, "the test fills in what the form asks"
    where = desk.send("/desk/batches", 303, product=str(world.pesticide.product_id), **FORM)
    page = desk.page(where)
    assert "AW1124A" in page
    assert "可以流通" in page
    images = re.findall(r'<img src="([^"]+)"', page)
    assert len(images) == 3
    for image in images:
        assert desk.client.get(image).headers["content-type"] == "image/png"
    for link in re.findall(r'href="(/c/[^"]+)"', page):
        assert desk.client.get(link).status_code == 200
    (row,) = rows(desk.page(), "我登记的批次")
    assert row[1:3] == ["AW1124A", "20 箱"]
    (batch,) = maker.get("/api/v1/batches")
    assert (batch["factory_result"], batch["pack_description"]) == ("passed", "200 毫升/瓶")
    assert (batch["spare_cartons"], batch["spare_pallets"]) == (10, 3)
    assert re.search("备用垛码.*3", desk.page(where), re.DOTALL)
    assert "另有 10 张备用，从第 21 张起" in desk.page(f"{where}/labels?level=carton")
    assert "张备用" not in desk.page(f"{where}/labels")


def test_a_batch_page_says_what_announcement_1049_asks_for(world: World, desk_of: Callable[[Party], Desk]) -> None:
    desk = desk_of(world.maker)
    after = desk.page(f"/desk/batches/{world.register_batch(production_on=date(2026, 11, 1)).batch_id}")
    before = desk.page(f"/desk/batches/{world.register_batch(production_on=date(2026, 10, 31)).batch_id}")
    for said in ("请再看一下", "没有填写原药（母药）登记证号", "没有填写原药（母药）生产企业"):
        assert (said in after, said in before) == (True, False)
    assert "可以流通" in after


@pytest.mark.parametrize(
    ("fields", "status", "field", "reason"),
    [
        ({"size": "0"}, 422, "size", "批次数量须为 1 至"),
        ({"size": "-5"}, 422, "size", "批次数量须为 1 至"),
        ({"size": "many"}, 422, "size", "填写有误"),
        ({"size": ""}, 422, "size", "填写有误"),
        ({"expires_on": "2026-11-20"}, 422, "expires_on", "有效期必须晚于生产日期。"),
        ({"expires_on": "20/11/2028"}, 422, "expires_on", "填写有误"),
        ({"production_on": "2026-11-25"}, 422, "production_on", "生产日期不能晚于今天。"),
        ({"production_on": ""}, 422, "production_on", "填写有误"),
        ({"batch_number": " "}, 422, "batch_number", "此项必填。"),
        ({"units_per_carton": "0"}, 422, "units_per_carton", "每箱件数"),
        ({"pack_code": "1"}, 422, "pack_code", "规格码应为三位数字"),
        ({"product": ""}, 422, "product", "填写有误"),
        ({"product": "11111111-1111-4111-8111-111111111111"}, 404, "product", "没有这个产品。"),
        ({"production_type": "9"}, 422, "production_type", "填写有误"),
        ({"factory_inspected_on": "2026-11-01"}, 422, "factory_inspected_on", "出厂检验日期不能早于生产日期"),
        ({"batch_number": "TAKEN"}, 409, "batch_number", "已登记过"),
    ],
)
def test_a_refused_batch_form_marks_the_field(
    world: World,
    desk_of: Callable[[Party], Desk],
    database: Database,
    unchanged: Unchanged,
    fields: dict[str, str],
    status: int,
    field: str,
    reason: str,
) -> None:
    world.register_batch(batch_number="TAKEN")
    desk = desk_of(world.maker)
    form = {"product": str(world.pesticide.product_id), **FORM, **fields}
    with unchanged(database):
        page = desk.send("/desk/batches", status, **form)
    marked = re.findall(r'<(?:input|select) id="([^"]+)"[^>]*aria-invalid="true"', page)
    assert marked == [field]
    found = re.search(rf'<p class="field__error" id="{field}-error">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert found
    assert reason in found[1]
    described = re.search(rf'id="{field}"[^>]*aria-describedby="([^"]+)"', page)
    assert described
    assert f"{field}-error" in described[1].split()
    assert "什么都还没有登记。" in page
    for name, value in form.items():
        if re.search(rf'<input id="{name}"', page):
            assert f'id="{name}" name="{name}"' in page
            shown = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page)
            assert shown
            assert html.unescape(shown[1]) == value, "what was typed is still there"


def test_a_field_that_no_form_has_is_refused_not_ignored(
    world: World, desk_of: Callable[[Party], Desk], database: Database, unchanged: Unchanged
) -> None:
    desk = desk_of(world.maker)
    with unchanged(database):
        desk.send("/desk/batches", 422, product=str(world.pesticide.product_id), **FORM, is_demonstration="1")


def test_a_stopped_batch_is_marked_on_every_desk(world: World, desk_of: Callable[[Party], Desk], maker: Caller) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    assert "先看这些" not in desk_of(world.outlet).page()
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    desk = desk_of(world.outlet)
    page = desk.page()
    assert "badge--bad" in page
    assert f"{batch.batch_number}已停止销售（企业召回）。" in page
    code = world.code(batch, Level.CARTON)
    page = desk.send("/desk/ship", 409, receiver=str(world.distributor.party_id), codes=code)
    assert "已停止销售和使用，不能发货或销售。" in page
    page = desk_of(world.maker).page(f"/desk/batches/{batch.batch_id}")
    assert "不得销售" in page
    assert "封口不严" in page


def test_a_batch_stopped_in_part_is_marked_as_such(
    world: World, desk_of: Callable[[Party], Desk], maker: Caller
) -> None:
    batch = world.register_batch(size=24)
    stops = f"/api/v1/batches/{batch.batch_id}/stops"
    made = maker.post(stops, {"kind": "recall", "reason": "封口不严", "interval": {"start": 6, "stop": 12}})
    assert made["interval"] == {"start": 6, "stop": 12}
    desk = desk_of(world.maker)
    assert "召回（部分）" in desk.page()
    page = desk.page(f"/desk/batches/{batch.batch_id}")
    assert "部分不得销售" in page
    assert "召回（第 7 至 12 件）：封口不严" in page
    for start, stop in ((0, 6), (12, 24)):
        maker.post(stops, {"kind": "recall", "reason": "封口不严", "interval": {"start": start, "stop": stop}})
    page = desk.page(f"/desk/batches/{batch.batch_id}")
    assert "部分不得销售" not in page
    assert "不得销售" in page


def test_whoever_trades_nothing_still_has_a_desk(world: World, desk_of: Callable[[Party], Desk]) -> None:
    page = desk_of(world.agency).page()
    assert "手里没有货。" in page
    assert "登记新批次" not in page


def test_the_language_is_remembered(world: World, client: TestClient) -> None:
    page = client.get("/")
    assert '<html lang="zh-CN">' in page.text
    link = re.search(r'class="switch" href="([^"]+)"', page.text)
    assert link
    assert link[1] == "/?lang=en"
    switched = client.get(link[1])
    assert '<html lang="en">' in switched.text
    cookie = switched.headers["set-cookie"].lower()
    assert cookie.startswith("suiyuan_language=en;")
    assert "samesite=lax" in cookie
    assert '<html lang="en">' in client.get("/published").text
    assert "There is no code" in client.get("/c/-").text
    back = re.search(r'class="switch" href="([^"]+)"', client.get("/c?text=AB12").text)
    assert back
    assert html.unescape(back[1]) == "/c?text=AB12&lang=zh"
    assert '<html lang="zh-CN">' in client.get("/sign-in?lang=zh").text
    assert '<html lang="zh-CN">' in client.get("/", headers={"Accept-Language": "en"}).text, "the choice stands"
    client.cookies.clear()
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"}).text
    for odd in ("xx", "<script>", "%00", "en%0d%0aSet-Cookie:a=b"):
        response = client.get(f"/?lang={odd}")
        assert response.status_code == 200
        assert "a=b" not in repr(response.headers)
