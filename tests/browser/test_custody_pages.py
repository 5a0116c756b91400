"""Goods on their way, by page, in Chromium: a carton short and settled, a restricted sale, an undo, the ledger.

On a phone and on a desk, in both languages, with scripts and without.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from suiyuan.trace.kernel.clock import SystemClock, day_in_china
from suiyuan.trace.kernel.texts import Language, text

from ..api.wire import Caller
from .conftest import PHONE, Site
from .test_answer_pages import SMALL_TARGETS

DESK_SCREEN = {"width": 1280, "height": 800}
IDENTITY = "11010519491231002X"
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}
MIN_TARGET_PIXELS = 48

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Goods:
    """Four cartons of a restricted pesticide with its maker, and the codes of the first carton's packs."""

    site: Site
    cartons: list[str]
    units: list[str]
    batch_number: str


@dataclass(frozen=True)
class Reader:
    """A party's browser: `says` is a text in its language."""

    page: Page
    language: Language
    site: Site

    def says(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.site.url}{path}")

    def press(self, key: str) -> None:
        self.page.get_by_role("button", name=self.says(key), exact=True).click()

    def entry(self, words: str) -> Locator:
        return self.page.locator("li.entry").filter(has_text=words).first

    def check(self) -> None:
        """Nothing sticks out at the side; every button and link outside running text is large enough for a thumb."""
        page = self.page
        width = page.viewport_size
        assert width is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= width["width"]
        wrong = [each for each in page.evaluate(SMALL_TARGETS, 44) if 'type="radio"' not in each]
        assert [each for each in wrong if 'type="checkbox"' not in each] == []
        for selector in (".button", "summary", ".choice", "textarea", "select"):
            for box in page.locator(f"main {selector}:visible").all():
                shown = box.bounding_box()
                assert shown is not None
                least = 44 if selector == ".button" else MIN_TARGET_PIXELS
                assert shown["height"] >= least, (selector, shown)


@pytest.fixture(scope="module")
def product_id(site: Site) -> str:
    """A restricted pesticide of the maker's; the shop and the distributor are licensed for it and designated."""
    today = day_in_china(SystemClock().now())
    with httpx2.Client(base_url=site.url, timeout=30) as http:
        regulator, maker = Caller(http, site.regulator_key), Caller(http, site.maker_key)
        for key, name in ((site.outlet_key, "outlet"), (site.distributor_key, "distributor")):
            party = Caller(http, key).get("/api/v1/parties/me")
            licence = {
                "number": f"定点-{name}",
                "activity": "trade",
                "product_kind": "pesticide",
                "valid_from": str(today - timedelta(days=100)),
                "valid_until": str(today + timedelta(days=100)),
                "covers_restricted": True,
            }
            regulator.post(f"/api/v1/parties/{party['party_id']}/licences", licence)
        product = {
            "kind": "pesticide",
            "name": "3%克百威颗粒剂",
            "registration_number": "PD20990097",
            "shelf_life_days": 730,
            "composition": "克百威=3 %",
        }
        return str(maker.post("/api/v1/products", product)["product_id"])


@pytest.fixture
def goods(site: Site, product_id: str) -> Goods:
    today = day_in_china(SystemClock().now())
    number = f"CUSTODY-{next(_NUMBERS)}"
    with httpx2.Client(base_url=site.url, timeout=30) as http:
        maker = Caller(http, site.maker_key)
        batch = maker.post(
            "/api/v1/batches",
            {
                "product_id": product_id,
                "batch_number": number,
                "production_on": str(today - timedelta(days=30)),
                "size": 24,
                "units_per_carton": 6,
                "cartons_per_pallet": 2,
                "pack_code": "001",
                "factory_result": "passed",
            },
        )
        return Goods(site, maker.codes(batch, "carton")[:4], maker.codes(batch)[:6], number)


@pytest.fixture(
    params=[("phone", "zh", False), ("phone", "en", True), ("desk", "zh", True), ("desk", "en", False)],
    ids=lambda each: f"{each[0]}-{each[1]}-{'script' if each[2] else 'plain'}",
)
def reader_of(
    request: pytest.FixtureRequest, open_context: Callable[..., BrowserContext], site: Site
) -> Iterator[Callable[[str], Reader]]:
    """Signs a party in, in a window of its own."""
    screen, language, has_script = request.param
    is_phone = screen == "phone"

    def open_desk(key: str) -> Reader:
        context = open_context(
            viewport=PHONE if is_phone else DESK_SCREEN,
            is_mobile=is_phone,
            has_touch=is_phone,
            locale=LOCALES[language],
            java_script_enabled=has_script,
        )
        page = context.new_page()
        page.goto(f"{site.url}/sign-in")
        page.fill("#key", key)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(f"{site.url}/desk")
        return Reader(page, language, site)

    yield open_desk


def scan(page: Page, field: str, codes: list[str]) -> None:
    page.fill(field, "".join(f"{code}\n" for code in codes))


def test_from_the_factory_to_the_farmer(goods: Goods, reader_of: Callable[[str], Reader]) -> None:
    site = goods.site

    # The maker ships three cartons; the distributor gets two of them and says so.
    maker = reader_of(site.maker_key)
    maker.go("/desk/ship")
    scan(maker.page, "#codes", goods.cartons[:3])
    maker.page.locator("#receiver").select_option(label=receiver_label(maker, "示范配送"))
    maker.check()
    maker.press("page.act.ship.submit")
    expect(maker.page.get_by_role("status")).to_contain_text(maker.says("page.act.ship.done", units="18", batches="1"))

    distributor = reader_of(site.distributor_key)
    inbound = distributor.page.locator(".inbound li").filter(has_text=goods.batch_number)
    distributor.check()
    inbound.get_by_role("link", name=distributor.says("page.desk.something_wrong")).click()
    distributor.page.get_by_label(distributor.says("page.ask.rest_missing")).check()
    scan(distributor.page, "#codes", goods.cartons[:2])
    distributor.page.fill("#note", "少一箱")
    distributor.check()
    distributor.press("page.act.receive.submit")
    status = distributor.page.get_by_role("status")
    expect(status).to_contain_text(distributor.says("page.act.receive.done", units="12", batches="1"))
    expect(status).to_contain_text(distributor.says("page.receive.open_points", count="1"))
    distributor.go("/desk/discrepancies")
    expect(distributor.entry(goods.batch_number)).to_contain_text("少一箱")
    distributor.check()

    # The sender finds the third carton and settles.
    maker.go("/desk/discrepancies")
    entry = maker.entry(goods.batch_number)
    entry.locator("summary").click()
    entry.get_by_label(maker.says("page.ask.outcome")).select_option("not_sent")
    entry.get_by_label(maker.says("page.ask.note")).fill("还在库里")
    maker.check()
    entry.get_by_role("button").click()
    expect(maker.page.get_by_role("status")).to_have_text(maker.says("page.discrepancies.settled_now"))
    maker.go("/desk/discrepancies?state=settled")
    expect(maker.entry(goods.batch_number)).to_contain_text("还在库里")

    # One carton goes to the shop, which takes it in with one tap.
    distributor.go("/desk/ship")
    scan(distributor.page, "#codes", goods.cartons[:1])
    distributor.page.locator("#receiver").select_option(label=receiver_label(distributor, site.outlet_name))
    distributor.press("page.act.ship.submit")
    expect(distributor.page.get_by_role("status")).to_be_visible()
    shop = reader_of(site.outlet_key)
    shop.page.locator(".inbound li").filter(has_text=goods.batch_number).get_by_role("button").click()
    expect(shop.page.get_by_role("status")).to_contain_text(shop.says("page.act.receive.done", units="6", batches="1"))
    held = shop.page.get_by_role("row").filter(has_text=goods.batch_number)
    expect(held).to_contain_text(shop.says("page.amount.carton", count="1"))

    _sells_what_is_restricted(shop, goods)
    _undoes_a_wrong_scan(shop, goods)
    _reads_its_ledger(shop, goods)


def _sells_what_is_restricted(shop: Reader, goods: Goods) -> None:
    """Asked for what the goods need, and no more; the identity number is not shown again."""
    page = shop.page
    shop.go("/desk/sell")
    expect(page.locator("#buyer_identity")).to_have_count(0)
    scan(page, "#codes", goods.units[:2])
    shop.press("page.act.sell.submit")
    alert = page.get_by_role("alert")
    for key in ("error.sale.buyer", "error.sale.intended_use", "error.sale.identity"):
        expect(alert).to_contain_text(shop.says(key, product="3%克百威颗粒剂"))
    assert page.locator("#codes").input_value().split() == goods.units[:2]
    shop.check()
    page.fill("#buyer_name", "马建国")
    page.fill("#intended_use", "花生线虫")
    page.fill("#buyer_identity", IDENTITY[:-1] + "1")
    shop.press("page.act.sell.submit")
    expect(alert).to_contain_text(shop.says("error.identity.check_character"))
    assert page.locator("#buyer_identity").input_value() == ""
    assert page.locator("#buyer_name").input_value() == "马建国"
    page.fill("#buyer_identity", IDENTITY)
    shop.press("page.act.sell.submit")
    expect(page.get_by_role("status")).to_contain_text(shop.says("page.act.sell.done", units="2", batches="1"))
    expect(page.locator("#buyer_identity")).to_have_count(0)
    page.reload()  # sends the form again
    expect(page.get_by_role("status")).to_contain_text(shop.says("page.act.sell.done", units="2", batches="1"))


def _undoes_a_wrong_scan(shop: Reader, goods: Goods) -> None:
    page = shop.page
    page.get_by_role("link", name=shop.says("page.sending.to_movements")).click()
    entry = shop.entry(goods.batch_number)
    expect(entry).to_contain_text(shop.says("word.movement_kind.sell"))
    entry.locator("summary").click()
    entry.get_by_label(shop.says("page.movements.undo_reason")).fill("扫错了")
    shop.check()
    entry.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text(shop.says("page.movements.undone", units="2", batches="1"))
    correction, sold = page.locator("li.entry--undone").filter(has_text=goods.batch_number).all()
    expect(correction.locator(".badge")).to_have_text(shop.says("page.movements.state_undo"))
    expect(sold.locator(".badge")).to_have_text(shop.says("page.movements.state_undone"))
    expect(sold).to_contain_text(shop.says("word.movement_kind.sell"))


def _reads_its_ledger(shop: Reader, goods: Goods) -> None:
    page = shop.page
    shop.go("/desk/ledgers")
    page.locator("#side").select_option("sale")
    page.locator("#period").select_option("this_year")
    shop.press("page.ledgers.submit")
    lines = page.get_by_role("row").filter(has_text=goods.batch_number)
    expect(lines).to_have_count(2)
    for value in ("马建国", "花生线虫", "002X"):
        expect(lines.first).to_contain_text(value)
    expect(lines.last).to_contain_text(shop.says("page.ledgers.correction"))
    expect(page.locator("main")).not_to_contain_text(IDENTITY)
    shop.check()
    with page.expect_download() as started:
        page.get_by_role("link", name=shop.says("page.ledgers.download", form="XLSX")).first.click()
    assert started.value.suggested_filename.endswith(".xlsx")
    shop.go("/desk/balances")
    row = page.get_by_role("row").filter(has_text=goods.batch_number)
    expect(row).to_contain_text(shop.says("page.balances.is_even"))
    expect(row).to_contain_text("6 = 6")
    shop.check()


def receiver_label(reader: Reader, words: str) -> str:
    """The whole label of the one option with some words in it."""
    labels = reader.page.locator("#receiver option").all_inner_texts()
    (found,) = [label for label in labels if words in label]
    return found
