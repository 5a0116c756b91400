"""Selling, returning, writing off, moving and packing by page: done once, or refused with the field marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ...support.protocols import Dumps, Unchanged
from ...support.world import World
from ..desk import Desk, field_error, marked_fields, textarea

Desks = Callable[[Party], Desk]

BUYER = {"buyer_name": "马建国", "intended_use": "水稻二化螟"}
IDENTITY = "11010519491231002X"
UNKNOWN = "11722252247250743408010974953971"


@dataclass(frozen=True)
class Shop:
    """A shop that holds the first carton of a batch, six packs."""

    world: World
    desk: Desk
    batch: Batch

    @property
    def carton(self) -> str:
        return self.world.code(self.batch, Level.CARTON)

    def unit(self, index: int) -> str:
        return self.world.code(self.batch, Level.UNIT, index)


@pytest.fixture
def shop(world: World, desk_of: Desks) -> Shop:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    return Shop(world, desk_of(world.outlet), batch)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_what_a_shop_does_with_a_carton(shop: Shop) -> None:
    world, desk = shop.world, shop.desk
    assert "已卖出：1 个批次，共 2 个小包装。" in desk.send(
        "/desk/sell", codes=f"{shop.unit(0)}\n{shop.unit(1)}", **BUYER
    )
    assert "已收回：1 个批次，共 1 个小包装。" in desk.send("/desk/take-back", codes=shop.unit(1), reason="没用上")
    assert "已报损：1 个批次，共 1 个小包装。" in desk.send("/desk/write-off", codes=shop.unit(5), cause="damaged")
    page = desk.send("/desk/return", codes=shop.unit(4), receiver=str(world.maker.party_id), reason="漏液")
    assert "已退货，等对方收下：1 个批次，共 1 个小包装。" in page
    assert world.holders(shop.batch) == [
        (0, 1, "outlet:sold"),
        (1, 4, "outlet"),
        (4, 5, "outlet>maker"),
        (5, 6, "outlet:written_off"),
        (6, 24, "maker"),
    ]


def test_a_form_sent_twice_acts_once(shop: Shop, database: Database, unchanged: Unchanged) -> None:
    desk, tokens = shop.desk, shop.desk.tokens()
    first = desk.send_again("/desk/sell", tokens, codes=shop.unit(0), **BUYER)
    with unchanged(database):
        again = desk.send_again("/desk/sell", tokens, codes=shop.unit(0), **BUYER)
        for page in (first, again):
            assert "已卖出：1 个批次，共 1 个小包装。" in page
        changed = desk.send_again("/desk/sell", tokens, 422, codes=shop.unit(1), **BUYER)
    assert "这张表单刚才已经办过一次" in changed
    assert textarea(changed, "codes") == shop.unit(1)
    assert shop.world.holders(shop.batch)[0] == (0, 1, "outlet:sold")
    desk.send("/desk/sell", codes=shop.unit(1), **BUYER)


def test_a_refused_form_may_be_corrected_and_sent_under_the_same_name(shop: Shop) -> None:
    tokens = shop.desk.tokens()
    shop.desk.send_again("/desk/sell", tokens, 422, codes=shop.unit(0))
    assert "已卖出" in shop.desk.send_again("/desk/sell", tokens, codes=shop.unit(0), **BUYER)


def test_a_sale_is_asked_for_all_it_lacks_at_once(shop: Shop, database: Database, unchanged: Unchanged) -> None:
    with unchanged(database):
        page = shop.desk.send("/desk/sell", 422, codes=shop.unit(0), buyer_telephone="139")
    assert marked_fields(page) == ["buyer_name", "intended_use"]
    assert "阿维菌素乳油" in field_error(page, "buyer_name")
    assert 'value="139"' in page
    assert "buyer_identity" not in page, "these goods need none"
    assert "没有办成，什么都没有改动。" in page


def test_a_restricted_pesticide_is_sold_to_a_known_buyer(
    world: World, desk_of: Desks, database: Database, unchanged: Unchanged, dump: Dumps
) -> None:
    world.designate(world.outlet)
    batch = world.register_batch(world.restricted())
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    desk, code = desk_of(world.outlet), world.code(batch)
    assert "buyer_identity" not in desk.page("/desk/sell")
    with unchanged(database):
        page = desk.send("/desk/sell", 422, codes=code, **BUYER)
        assert marked_fields(page) == ["buyer_identity"]
        wrong = IDENTITY[:-1] + "1"
        page = desk.send("/desk/sell", 422, codes=code, **BUYER, buyer_identity=wrong)
        assert "校验" in field_error(page, "buyer_identity")
        assert wrong not in page, "the number is never shown again"
        page = desk.send("/desk/sell", 422, codes=UNKNOWN, **BUYER, buyer_identity=IDENTITY)
        assert IDENTITY not in page
        assert 'id="buyer_identity"' in page, "it is asked again, since it was not kept"
    tokens = desk.tokens()
    page = desk.send_again("/desk/sell", tokens, codes=code, **BUYER, buyer_identity=IDENTITY)
    assert "已卖出" in page
    assert "buyer_identity" not in page
    assert IDENTITY not in repr(dump(database))
    assert "已卖出" in desk.send_again("/desk/sell", tokens, codes=code, **BUYER, buyer_identity=IDENTITY)


def test_codes_in_the_way_are_named_and_can_be_taken_out(shop: Shop, database: Database, unchanged: Unchanged) -> None:
    world = shop.world
    link = f"http://suiyuan.example/c/{world.code(shop.batch, Level.UNIT, 9)}"
    receiver = str(world.distributor.party_id)
    with unchanged(database):
        page = shop.desk.send("/desk/ship", 422, receiver=receiver, codes=f"{shop.carton}\n{UNKNOWN}\n<b>x</b>")
        assert "有 2 个码无法识别" in field_error(page, "codes")
        assert f"<li>{UNKNOWN}</li><li>&lt;b&gt;x&lt;/b&gt;</li>" in page
        assert "共 3 个不同的码" in page
        page = shop.desk.send("/desk/ship", 409, receiver=receiver, codes=f"{shop.carton}\n{link}")
        assert f"<li>{link}</li>" in page, "named as it was scanned"
        page = shop.desk.send(
            "/desk/ship",
            receiver=receiver,
            codes=f"{shop.carton}\n{link}\n{UNKNOWN}",
            bad=f"{link}\r\n{UNKNOWN}",
            drop="1",
        )
    assert textarea(page, "codes").split() == [shop.carton]
    assert f'<option value="{receiver}" selected>' in page
    assert marked_fields(page) == []
    assert "共 6 个小包装" in shop.desk.send("/desk/ship", receiver=receiver, codes=textarea(page, "codes"))


@pytest.mark.parametrize(
    ("path", "form", "status", "field", "reason"),
    [
        ("ship", {"receiver": ""}, 422, "receiver", "必填"),
        ("ship", {"receiver": "{outlet}"}, 422, "receiver", "不能发货给自己"),
        ("ship", {"receiver": "{agency}"}, 422, "receiver", "不是经营单位"),
        ("ship", {"receiver": "11111111-1111-4111-8111-111111111111"}, 404, "receiver", "没有这个主体"),
        ("ship", {"receiver": "{distributor}", "codes": " \n"}, 422, "codes", "至少扫描一个码"),
        ("return", {"receiver": "{maker}", "reason": " "}, 422, "reason", "必填"),
        ("return", {"receiver": "{distributor}", "reason": "退"}, 409, "receiver", "不是从"),
        ("take-back", {"reason": "退"}, 409, "codes", "不在您手中"),
        ("write-off", {"cause": ""}, 422, "cause", "必填"),
        ("write-off", {"cause": "stolen"}, 422, "cause", "必填"),
        ("write-off", {"cause": "expired"}, 409, "cause", "尚未过期"),
        ("relocate", {"to_site": "11111111-1111-4111-8111-111111111111"}, 404, "to_site", "没有这个"),
        ("relocate", {"to_site": "nonsense"}, 404, "to_site", "没有这个"),
        ("repack", {"carton": ""}, 422, "carton", "追溯码"),
        ("repack", {"carton": "{unit}"}, 422, "carton", "箱"),
        ("repack", {"carton": "{other_carton}"}, 422, "codes", "同一批次"),
        ("repack", {"carton": "{third_carton}"}, 409, "carton", "不在您手中"),
        ("sell", {**BUYER, "buyer_name": "马" * 201}, 422, "buyer_name", "文字过长"),
    ],
)
def test_a_refusal_marks_its_field_and_keeps_the_codes(
    shop: Shop,
    database: Database,
    unchanged: Unchanged,
    path: str,
    form: dict[str, str],
    status: int,
    field: str,
    reason: str,
) -> None:
    world = shop.world
    known = {
        **{f"{{{name}}}": str(getattr(world, name).party_id) for name in ("outlet", "agency", "distributor", "maker")},
        "{unit}": shop.unit(0),
        "{other_carton}": world.code(world.register_batch(), Level.CARTON),
        "{third_carton}": world.code(shop.batch, Level.CARTON, 2),
    }
    sent = {"codes": shop.unit(0), **{name: known.get(value, value) for name, value in form.items()}}
    with unchanged(database):
        page = shop.desk.send(f"/desk/{path}", status, **sent)
    assert marked_fields(page) == [field]
    assert reason in field_error(page, field)
    assert f'<a href="#{field}">' in page, "the summary leads to it"
    assert textarea(page, "codes").split() == sent["codes"].split()


def test_a_party_with_sites_is_asked_where(shop: Shop) -> None:
    world = shop.world
    assert "/desk/relocate" not in shop.desk.page()
    assert 'id="site"' not in shop.desk.page("/desk/write-off")
    site = world.site(world.outlet, "后院")
    assert "/desk/relocate" in shop.desk.page()
    page = shop.desk.send("/desk/write-off", codes=shop.unit(0), cause="lost", site=str(site.site_id))
    assert f'<option value="{site.site_id}" selected>' in page, "the next one is likely there too"
    assert "已移库" in shop.desk.send("/desk/relocate", codes=shop.unit(1), to_site=str(site.site_id))
    assert "后院" in shop.desk.page("/desk/expiring?days=7000")


def test_cartons_are_unpacked_and_filled(shop: Shop) -> None:
    world = shop.world
    spare = world.code(shop.batch, Level.CARTON, 4)
    assert "已拆箱，共 6 个小包装" in shop.desk.send("/desk/unpack", codes=shop.carton)
    shop.desk.send("/desk/ship", 422, codes=shop.carton, receiver=str(world.distributor.party_id))
    units = "\n".join(shop.unit(index) for index in range(4))
    assert "已装箱，共 4 个小包装" in shop.desk.send("/desk/repack", codes=units, carton=spare)
    assert "共 4 个小包装" in shop.desk.send("/desk/ship", codes=spare, receiver=str(world.distributor.party_id))


def test_what_no_desk_has_is_not_found(shop: Shop) -> None:
    for path in ("/desk/nothing", "/desk/seize", "/desk/movements/x/y/undo"):
        assert shop.desk.client.get(path).status_code in (404, 405)
