"""The desk as a party uses it, without a browser: forms sent as a browser sends them, and what the pages then say."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.codes.model import Level, grouped
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .wire import Caller


class Desk:
    """One party's desk, signed in."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        assert client.post("/sign-in", data={"key": key}).headers["location"] == "/desk"

    def page(self, path: str = "/desk") -> str:
        response = self.client.get(path)
        assert response.status_code == 200
        return response.text

    def send(self, path: str, status: int = 200, **form: str) -> str:
        token = re.search(r'name="csrf" value="([^"]+)"', self.page())
        assert token
        response = self.client.post(path, data={"csrf": token[1], **form})
        assert response.status_code == status, response.text
        return response.headers["location"] if status == 303 else response.text


@pytest.fixture
def desk_of(client: TestClient, key_of: Callable[[Party], str]) -> Callable[[Party], Desk]:
    def sign_in(party: Party) -> Desk:
        client.cookies.clear()
        return Desk(client, key_of(party))

    return sign_in


def textarea(page: str, identifier: str) -> str:
    found = re.search(rf'<textarea id="{identifier}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table under a heading, as text."""
    section = page.split(f"<h2>{title}</h2>")[1].split("</section>")[0]
    lines = re.findall(r'<tr role="row"[^>]*>(.*?)</tr>', section.split("<tbody")[-1], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)]
        for line in lines
    ]


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
    assert textarea(page, "ship-codes") == "", "a form that was accepted comes back empty"

    desk = desk_of(world.distributor)
    inbound = rows(desk.page(), "发给我的，还没收")
    assert [row[1:5] for row in inbound] == [[batch.batch_number, world.maker.short_name, "40", "960"]]
    page = desk.send("/desk/receive", codes=pasted)
    assert "已收货：1 个批次，共 960 个小包装。" in page
    assert "没有在途的货。" in page
    assert [row[1:4] for row in rows(page, "我手里的货")] == [[batch.batch_number, "1", "960"]]

    page = desk.send("/desk/ship", receiver=str(world.outlet.party_id), codes="\n".join(codes[10:20]))
    assert "共 240 个小包装" in page
    assert [row[2:4] for row in rows(page, "我手里的货")] == [["2", "720"]]
    assert world.holders(batch) == [
        (0, 240, "distributor"),
        (240, 480, "distributor>outlet"),
        (480, 960, "distributor"),
    ]


def test_a_refused_form_keeps_its_text(
    world: World, desk_of: Callable[[Party], Desk], database: Database, unchanged: Unchanged
) -> None:
    batch = world.register_batch()
    good = world.code(batch, Level.CARTON)
    unknown = "11722252247250743408010974953971"
    desk = desk_of(world.maker)
    typed = f"{good}\r\n{unknown}\r\n<b>不是码</b>"
    with unchanged(database):
        page = desk.send("/desk/ship", 422, receiver=str(world.distributor.party_id), codes=typed)
    assert textarea(page, "ship-codes").splitlines() == typed.splitlines()
    assert f'<option value="{world.distributor.party_id}" selected>' in page
    assert 'role="alert"' in page
    assert "有 2 个码无法识别，本次全部未处理。" in page
    assert f"<li>{unknown}</li>" in page
    assert "<li>&lt;b&gt;不是码&lt;/b&gt;</li>" in page
    assert textarea(page, "receive-codes") == "", "the other form is left alone"

    with unchanged(database):
        page = desk.send("/desk/receive", 409, codes=good)
    assert textarea(page, "receive-codes") == good
    assert "不是发给您的在途货物" in page
    for receiver in ("", "nonsense"):
        with unchanged(database):
            page = desk.send("/desk/ship", 422, receiver=receiver, codes=good)
        assert textarea(page, "ship-codes") == good
        assert "此项必填。" in page
    with unchanged(database):
        assert "请至少扫描一个码。" in desk.send("/desk/ship", 422, receiver=str(world.outlet.party_id), codes=" \n ")
        too_many = "\n".join([good] * 1_001)
        assert "一次最多 1000 个码" in desk.send("/desk/receive", 422, codes=too_many)


def test_receiving_twice_says_so(world: World, desk_of: Callable[[Party], Desk]) -> None:
    batch = world.register_batch()
    code = world.code(batch, Level.CARTON)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    desk = desk_of(world.outlet)
    desk.send("/desk/receive", codes=code)
    assert "或已经收过" in desk.send("/desk/receive", 409, codes=code)


FORM = {
    "batch_number": "AW1124A",
    "production_on": "2026-11-20",
    "expires_on": "2028-11-19",
    "size": "480",
    "units_per_carton": "24",
    "cartons_per_pallet": "20",
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
    names = set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', page)) - {"csrf"}
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
    assert row[1:3] == ["AW1124A", "480"]
    (batch,) = maker.get("/api/v1/batches")
    assert (batch["factory_result"], batch["pack_description"]) == ("passed", "200 毫升/瓶")


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
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    desk = desk_of(world.outlet)
    page = desk.page()
    assert "badge--bad" in page
    code = world.code(batch, Level.CARTON)
    page = desk.send("/desk/ship", 409, receiver=str(world.distributor.party_id), codes=code)
    assert "已停止销售和使用，不能发货。" in page
    page = desk_of(world.maker).page(f"/desk/batches/{batch.batch_id}")
    assert "不得销售" in page
    assert "封口不严" in page


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
