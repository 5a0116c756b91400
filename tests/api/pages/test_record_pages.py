"""What can be looked up by page: movements and undoing them, ledgers and their files, balances, expiry, traces."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from suiyuan.api.pages.ledgers import days_of
from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, cards, rows, words
from ..wire import Caller

Desks = Callable[[Party], Desk]

BUYER = {"buyer_name": "马建国", "intended_use": "水稻二化螟"}


def undo_addresses(page: str) -> list[str]:
    return re.findall(r'action="(/desk/movements/[^"]+/undo)"', page)


def table(page: str) -> list[list[str]]:
    """The cells of the one table of a page."""
    body = page.split("<tbody")[1]
    lines = re.findall(r'<tr role="row"[^>]*>(.*?)</tr>', body, re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", line, re.DOTALL)] for line in lines]


# ------------------------------------------------------------------------------------------------- movements


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_wrong_scan_is_undone_and_shown_as_corrected(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    desk = desk_of(world.outlet)
    desk.send("/desk/sell", codes=world.code(batch), **BUYER)
    page = desk.page("/desk/movements")
    sold, received = cards(page)
    assert "销售给使用者" in sold
    assert "1 个小包装" in sold
    assert "来自贺兰山农化有限公司" in received
    (address,) = undo_addresses(page)
    assert address in page.split("销售给使用者")[1].split("</li>")[0], "the receipt cannot be undone: it was acted on"

    world.later(minutes=5)
    tokens = desk.tokens()
    page = desk.send_again(address, tokens, reason="扫错了一瓶")
    assert "已撤销，货恢复原状：1 个批次，共 1 个小包装。" in page
    undo, sold, received = cards(page)
    assert undo.startswith("撤销 更正")
    assert "扫错了一瓶" in undo
    assert sold.startswith("销售给使用者 已撤销")
    assert "2026年11月24日" in received
    assert world.holders(batch) == [(0, 6, "outlet"), (6, 24, "maker")]
    assert "已撤销，货恢复原状" in desk.send_again(address, tokens, reason="扫错了一瓶")
    assert 'role="alert"' in desk.send(address, 409, reason="再来一次")
    assert len(undo_addresses(page)) == 1, "the receipt stands as it was, and can be undone again"


def test_what_can_be_undone_has_a_button(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    world.ship(world.maker, world.outlet, world.goods(batch, (6, 12)))
    world.receive(world.outlet, world.goods(batch, (6, 12)))
    desk = desk_of(world.maker)
    assert len(undo_addresses(desk.page("/desk/movements"))) == 1, "not of what was received"
    world.later(days=11)
    assert undo_addresses(desk.page("/desk/movements")) == [], "not after ten days"


def test_an_undo_needs_a_reason_and_its_own_party(
    world: World, desk_of: Desks, database: Database, unchanged: Unchanged
) -> None:
    batch = world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    desk = desk_of(world.maker)
    (address,) = undo_addresses(desk.page("/desk/movements"))
    with unchanged(database):
        assert "此项必填。" in desk.send(address, 422, reason="")
    receiver = desk_of(world.outlet)
    with unchanged(database):
        assert 'role="alert"' in receiver.send(address, 404, reason="不是我的")
    assert undo_addresses(receiver.page("/desk/movements")) == []


def test_movements_are_paged(world: World, desk_of: Desks) -> None:
    batch = world.register_batch(size=24)
    for index in range(21):
        world.ship(world.maker, world.outlet, world.goods(batch, (index, index + 1)))
        world.later(minutes=1)
    desk = desk_of(world.maker)
    page = desk.page("/desk/movements")
    assert len(cards(page)) == 20
    older = re.search(r'href="(/desk/movements\?before=[^"]+)"', page)
    assert older
    assert len(cards(desk.page(older[1]))) == 1
    assert desk.client.get("/desk/movements?before=nonsense").status_code == 422


# ------------------------------------------------------------------------------------------------- ledgers


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_the_ledgers_after_a_day(world: World, desk_of: Desks) -> None:
    batch = world.register_batch(batch_number="AW1")
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    desk = desk_of(world.outlet)
    desk.send("/desk/sell", codes=world.code(batch), **BUYER)
    desk.send("/desk/sell", codes=world.code(batch, Level.UNIT, 1), buyer_name="李秀兰", intended_use="棉铃虫")
    world.later(minutes=5)
    desk.send(undo_addresses(desk.page("/desk/movements"))[0], reason="扫错了")

    purchase = desk.page("/desk/ledgers")
    assert "2026年11月1日至2026年11月30日，共 1 条。" in purchase
    (line,) = rows(purchase, "农药")
    for value in ("阿维菌素乳油", "12", world.maker.name, "AW1", "2026-11-24", "2028-11-24"):
        assert value in line
    sale = desk.page("/desk/ledgers?side=sale&period=this_year&kind=pesticide")
    found = rows(sale, "农药")
    assert [("更正" in line[0], line[2], line[4]) for line in found] == [
        (False, "1", "马建国"),
        (False, "1", "李秀兰"),
        (True, "-1", "李秀兰"),
    ]
    assert "农药管理条例第27条" in sale
    assert "这一段没有记录。" in desk.page("/desk/ledgers?side=sale&period=last_month")
    assert "这一段没有记录。" in desk.page("/desk/ledgers?side=sale&kind=seed")
    assert "采购台账" in desk.page("/desk/ledgers?side=x&period=y&kind=z"), "what is not offered is not heard"

    files = re.findall(r'href="(/desk/ledgers/file\?[^"]+)"', sale)
    assert len(files) == 2
    for address in files:
        response = desk.client.get(address.replace("&amp;", "&"))
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert "attachment" in response.headers["content-disposition"]
        if "form=csv" in address:
            lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
            assert [line[4] for line in lines[1:4]] == ["马建国", "李秀兰", "李秀兰"]
        else:
            book = openpyxl.load_workbook(io.BytesIO(response.content))
            assert [row[4] for row in list(book.worksheets[0].values)[1:4]] == ["马建国", "李秀兰", "李秀兰"]
    assert desk.client.get("/desk/ledgers/file?side=sale&kind=nonsense").status_code == 422


@pytest.mark.parametrize(
    ("period", "today", "expected"),
    [
        ("this_month", date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
        ("this_month", date(2026, 12, 1), (date(2026, 12, 1), date(2026, 12, 31))),
        ("this_month", date(2026, 1, 31), (date(2026, 1, 1), date(2026, 1, 31))),
        ("last_month", date(2026, 1, 1), (date(2025, 12, 1), date(2025, 12, 31))),
        ("last_month", date(2026, 3, 31), (date(2026, 2, 1), date(2026, 2, 28))),
        ("this_year", date(2026, 6, 15), (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_the_days_of_a_period(period: str, today: date, expected: tuple[date, date]) -> None:
    assert days_of(period, today) == expected


# ------------------------------------------------------------------------------------------------- balances and expiry


def test_the_balance_is_an_equation(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.ship(world.maker, world.outlet, world.goods(batch, (12, 14)))
    world.sell(world.outlet, world.goods(batch, (0, 1)))
    (line,) = table(desk_of(world.maker).page("/desk/balances"))
    assert line[1:] == ["生产 24 = 24", "在库 10 + 在途 2 + 发出已收 12 = 24", "平"]
    (line,) = table(desk_of(world.outlet).page("/desk/balances"))
    assert line[1:] == ["收货 12 = 12", "在库 11 + 卖出 1 = 12", "平"]
    assert "还没有经手过货。" in desk_of(world.second_outlet).page("/desk/balances")


def test_what_expires_is_named_on_the_desk_and_listed(world: World, desk_of: Desks) -> None:
    soon = world.register_batch(batch_number="SOON", expires_on=date(2026, 12, 24))
    over = world.register_batch(batch_number="OVER", expires_on=date(2026, 11, 25))
    late = world.register_batch(batch_number="LATE", expires_on=date(2027, 6, 1))
    for batch in (soon, over, late):
        world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    world.later(days=2)
    desk = desk_of(world.outlet)
    home = desk.page()
    assert "有 1 批货已经过期，不能再卖。" in home
    assert "有 1 批货 60 天内到期。" in home
    found = table(desk.page("/desk/expiring"))
    assert [(line[1], line[3]) for line in found] == [
        ("OVER", "2026年11月25日"),
        ("SOON", "2026年12月24日 还剩 28 天"),
    ]
    assert "已过期 1 天" in found[0][0]
    assert len(table(desk.page("/desk/expiring?days=365"))) == 3
    for odd in ("x", "-1", "1e9", "９", ""):
        assert len(table(desk.page(f"/desk/expiring?days={odd}"))) == 2
    assert desk.client.get("/desk/expiring?days=9999").status_code == 422


# ------------------------------------------------------------------------------------------------- traces


def test_where_a_batch_is_for_its_maker_and_the_regulator(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 7)))
    world.sell(world.outlet, world.goods(batch, (0, 1)))
    path = f"/desk/batches/{batch.batch_id}/holders"
    expected = [
        [world.maker.name, "在库", "2 箱 5 个小包装", "17"],
        [world.outlet.name, "在库", "1 箱", "6"],
        [world.outlet.name, "已售给使用者", "1 个小包装", "1"],
    ]
    assert path in desk_of(world.maker).page(f"/desk/batches/{batch.batch_id}")
    for party in (world.maker, world.regulator):
        assert sorted(table(desk_of(party).page(path))) == sorted(expected)
    for party in (world.outlet, world.agency):
        page = desk_of(party).page(path, 403)
        assert world.maker.name not in page


def test_the_way_of_a_pack_is_the_regulators(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    world.sell(world.outlet, world.goods(batch, (0, 1)))
    code = world.code(batch)
    desk = desk_of(world.regulator)
    assert "/desk/way" in desk.page()
    assert "小包装的码" in desk.page("/desk/way")
    page = desk.page(f"/desk/way?code={code}")
    steps = rows(page, f"阿维菌素乳油 {batch.batch_number}")
    way = f"{world.maker.name} → {world.outlet.name}"
    assert [step[:2] for step in steps] == [["发货", way], ["收货", way], ["销售给使用者", world.outlet.name]]
    assert sorted(row[3] for row in rows(page, "这一批现在在哪里")) == ["1", "18", "5"]
    assert "马建国" not in page
    for wrong, status in (
        ("abc", 422),
        (world.code(batch, Level.CARTON), 422),
        ("11722252247250743408010974953971", 404),
    ):
        answer = desk.page(f"/desk/way?code={wrong}", status)
        assert 'role="alert"' in answer
        assert f'value="{wrong}"' in answer
    for party in (world.maker, world.outlet, world.agency):
        desk_of(party).page(f"/desk/way?code={code}", 403)


def test_suppliers_of_a_year(world: World, desk_of: Desks) -> None:
    batch = world.register_batch(batch_number="AW1")
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    (line,) = table(desk_of(world.outlet).page("/desk/suppliers"))
    assert line == [world.distributor.name, "阿维菌素乳油 AW1", "1 箱", "2026年11月24日"]
    assert "这段时间没有收过货。" in desk_of(world.maker).page("/desk/suppliers")


def test_no_desk_without_a_session(world: World, maker: Caller) -> None:
    paths = ("movements", "discrepancies", "ledgers", "ledgers/file?side=sale&kind=seed", "balances", "expiring")
    for path in (*paths, "suppliers", "way", "ship", "sell", "receive"):
        response = maker.http.get(f"/desk/{path}")
        assert (response.status_code, response.headers.get("location")) == (303, "/sign-in"), path
