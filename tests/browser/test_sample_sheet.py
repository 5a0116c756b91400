"""An inspector's phone without signal: the sheet is filled in, kept, and sent when there is one; then the laboratory's
result stops the batch, and who scans another pack of it reads why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from suiyuan.trace.kernel.clock import SystemClock, day_in_china

from ..api.wire import Caller
from .conftest import Site

PACKS = 3
KEPT = """() => Object.entries(localStorage).filter(([key]) => key.startsWith("suiyuan.sheets."))
    .map(([, value]) => JSON.parse(value).queue).flat()"""


@dataclass(frozen=True)
class Goods:
    """A batch in the maker's store: `taken` are packs that go into the bag, `other` one that stays."""

    batch: dict[str, Any]
    taken: list[str]
    other: str


@pytest.fixture
def http(site: Site) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=site.url, timeout=30) as client:
        yield client


@pytest.fixture
def agency(site: Site, http: httpx2.Client) -> Caller:
    return Caller(http, site.agency_key)


@pytest.fixture
def goods_of(site: Site, http: httpx2.Client) -> Callable[[str], Goods]:
    """Registers a batch of today's."""

    def make(batch_number: str) -> Goods:
        maker = Caller(http, site.maker_key)
        today = day_in_china(SystemClock().now())
        product = next(each for each in maker.get("/api/v1/products") if each["registration_number"] == "PD20990001")
        new = {
            "product_id": product["product_id"],
            "batch_number": batch_number,
            "production_on": str(today - timedelta(days=30)),
            "size": 24,
            "units_per_carton": 6,
            "cartons_per_pallet": 2,
            "pack_code": "009",
            "pack_description": "200毫升/瓶",
            "factory_result": "passed",
        }
        batch = maker.post("/api/v1/batches", new)
        codes = maker.codes(batch, count=PACKS + 1)
        return Goods(batch, codes[:PACKS], codes[PACKS])

    return make


def open_sheet(page: Page, site: Site, key: str) -> None:
    """Signs in and opens the page, until the phone has all it needs to do without the network."""
    page.goto(f"{site.url}/sign-in")
    page.fill("#key", key)
    page.click("button[type=submit]")
    page.goto(f"{site.url}/desk/sheets/new")
    page.evaluate("navigator.serviceWorker.ready")


def fill(page: Page, codes: list[str], number: str, seals: tuple[str, str]) -> None:
    page.locator("#codes").press_sequentially("")
    page.fill("#codes", "\n".join([*codes, codes[0]]))
    page.fill("#sample_number", number)
    page.select_option("#region_code", "640122")
    page.fill("#place", "成品库三号垛")
    page.select_option("#basis", "random")
    for row, (name, certificate) in enumerate((("马晓燕", "宁农执法001"), ("王建军", "宁农执法002"))):
        page.fill(f"[id='inspectors.{row}.name']", name)
        page.fill(f"[id='inspectors.{row}.certificate_number']", certificate)
    for row, seal in enumerate(seals):
        page.fill(f"[id='portions.{row}.seal_number']", seal)
        page.fill(f"[id='portions.{row}.quantity']", "200 mL")
    page.fill("#signed_by", "马建国")


def sign(page: Page) -> None:
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.move(box["x"] + 200, box["y"] + 30, steps=5)
    page.mouse.up()


def sample_of(agency: Caller, number: str) -> dict[str, Any]:
    found = next(each for each in agency.get("/api/v1/samples")["samples"] if each["sample_number"] == number)
    return agency.get(f"/api/v1/samples/{found['sample_id']}")["record"]


def test_from_a_sheet_without_signal_to_the_stop_that_a_farmer_reads(
    open_context: Callable[..., BrowserContext],
    site: Site,
    agency: Caller,
    goods_of: Callable[[str], Goods],
) -> None:
    goods = goods_of("BROWSER-SHEET")
    context = open_context()
    page = context.new_page()
    open_sheet(page, site, site.agency_key)

    context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("抽样单")
    expect(page.locator("#offline")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    fill(page, goods.taken, "BROWSER-S-1", ("BR-0001", "BR-0002"))
    expect(page.locator("[data-count-of=codes]")).to_contain_text(str(PACKS))
    page.reload()
    expect(page.locator("#place")).to_have_value("成品库三号垛")
    sign(page)
    page.click(".sheet__bar button")
    kept = page.locator(".sheet__kept")
    expect(kept).to_contain_text("BROWSER-S-1")
    expect(kept).to_contain_text("等待发送")
    expect(page.locator("#place")).to_have_value("")
    expect(page.locator("[id='inspectors.1.name']")).to_have_value("王建军")

    context.set_offline(False)
    expect(kept).to_contain_text("已登记", timeout=15_000)
    expect(kept).to_contain_text(f"{PACKS} 个小包装")
    record = sample_of(agency, "BROWSER-S-1")
    sample, sheet = record["sample"], record["sheet"]
    assert (sample["state"], sheet["units"]) == ("sealed", PACKS)
    assert [each["seal_number"] for each in sheet["portions"]] == ["BR-0001", "BR-0002"]
    assert sheet["signature"].startswith("M")
    holder = Caller(agency.http, site.regulator_key).get(f"/api/v1/batches/{goods.batch['batch_id']}/holders")
    assert {"state": "sampled", "units": PACKS}.items() <= next(
        each for each in holder if each["state"] == "sampled"
    ).items()

    expect(kept.locator("[data-part=file]")).to_have_attribute("href", f"/desk/samples/{sample['sample_id']}/sheet.pdf")
    assert page.request.get(f"{site.url}/desk/samples/{sample['sample_id']}/sheet.pdf").body().startswith(b"%PDF")
    assert all(each["sheet"] is None and each["held"] is None for each in page.evaluate(KEPT))
    kept.locator("[data-part=done]").click()
    expect(kept).to_have_count(0)

    report_a_failure(agency, sample["sample_id"])
    page.goto(f"{site.url}/c/{goods.other}")
    expect(page.locator(".verdict")).to_have_class("verdict verdict--stop")
    findings = page.locator(".findings")
    expect(findings).to_contain_text("3.1")
    expect(findings).to_contain_text("4.5")


def report_a_failure(agency: Caller, sample_id: str) -> None:
    """The laboratory, then the agency."""
    path = f"/api/v1/samples/{sample_id}"
    laboratory_id = agency.get("/api/v1/parties/me")["party_id"]
    agency.post(f"{path}/reception", {"seals_are_intact": True, "laboratory_id": laboratory_id})
    finding = {
        "item": "阿维菌素",
        "requirement": "4.5–5.5",
        "limit_kind": "between",
        "lower": "4.5",
        "upper": "5.5",
        "measured": "3.1",
        "unit": "%",
        "declared": "5.0",
        "declared_unit": "%",
        "kind": "active_content",
        "outcome": "failed",
    }
    today = str(day_in_china(SystemClock().now()))
    agency.post(f"{path}/report", {"report_number": "JY-SHEET-1", "reported_on": today, "findings": [finding]})
    agency.post(f"{path}/decision", {})
    agency.post(f"{path}/state", {"state": "notified"}, 200)
    agency.post(f"{path}/state", {"state": "final", "note": "当事人已书面接受"}, 200)


def test_a_refused_sheet_stays_on_the_phone_and_is_mended(
    page: Page, site: Site, agency: Caller, goods_of: Callable[[str], Goods]
) -> None:
    goods = goods_of("BROWSER-MENDED")
    open_sheet(page, site, site.agency_key)
    fill(page, goods.taken, "BROWSER-S-2", ("BR-0010", "br-0010"))
    expect(page.locator("[id='portions.1.seal_number-error']")).to_contain_text("封条号")
    page.fill("[id='portions.1.seal_number']", "BR-0011")
    page.fill("#sampled_from_credit_code", "91640100MA0000000X")
    page.check("#on_paper")
    page.fill("#codes", f"{goods.other}\n7654321")
    page.locator("#place").focus()
    expect(page.locator("#codes-error")).to_contain_text("7654321")
    page.fill("#codes", goods.other)
    page.click(".sheet__bar button")
    kept = page.locator(".sheet__kept")
    expect(kept).to_contain_text("未被接受", timeout=15_000)

    kept.locator("[data-part=mend]").click()
    error = page.locator("#sampled_from_credit_code-error")
    expect(error).to_be_visible()
    expect(page.locator("#sampled_from_credit_code")).to_be_focused()
    page.fill("#sampled_from_credit_code", "")
    page.click(".sheet__bar button")
    expect(kept).to_contain_text("已登记", timeout=15_000)
    expect(kept).to_have_count(1)
    assert sample_of(agency, "BROWSER-S-2")["sheet"]["signature"] == ""


def test_a_session_that_ran_out_loses_nothing_and_signing_out_leaves_nothing(
    page: Page, site: Site, agency: Caller, goods_of: Callable[[str], Goods]
) -> None:
    goods = goods_of("BROWSER-EXPIRED")
    open_sheet(page, site, site.agency_key)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    fill(page, goods.taken, "BROWSER-S-3", ("BR-0020", "BR-0021"))
    page.check("#on_paper")
    page.click(".sheet__bar button")
    expect(page.locator("#told")).to_contain_text("登录已过期")
    expect(page.locator("#told-link")).to_be_visible()
    assert [each["state"] for each in page.evaluate(KEPT)] == ["waiting"]

    page.context.add_cookies(cast(Any, cookies))
    page.goto(f"{site.url}/desk")
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.click("form[action='/sign-out'] button")
    assert len(asked) == 1
    assert "1" in asked[0]
    expect(page).to_have_url(f"{site.url}/desk")
    assert len(page.evaluate(KEPT)) == 1

    page.goto(f"{site.url}/desk/sheets/new")
    expect(page.locator(".sheet__kept")).to_contain_text("已登记", timeout=15_000)
    assert sample_of(agency, "BROWSER-S-3")["sample"]["state"] == "sealed"
    page.goto(f"{site.url}/desk")
    page.click("form[action='/sign-out'] button")
    expect(page).to_have_url(f"{site.url}/")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('suiyuan.sheets'))") == []


def test_the_form_is_sent_without_script_too(
    open_context: Callable[..., BrowserContext], site: Site, agency: Caller, goods_of: Callable[[str], Goods]
) -> None:
    goods = goods_of("BROWSER-PLAIN")
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/sign-in")
    page.fill("#key", site.agency_key)
    page.click("button[type=submit]")
    page.click("a[href='/desk/sheets/new']")
    fill(page, goods.taken, "BROWSER-S-4", ("BR-0030", "BR-0031"))
    page.click(".sheet__bar button")
    expect(page.locator("[role=alert]")).to_contain_text("纸质")
    page.check("#on_paper")
    page.click(".sheet__bar button")
    expect(page.locator("[role=status].notice--good")).to_contain_text("BROWSER-S-4 已登记")
    assert UUID(sample_of(agency, "BROWSER-S-4")["sample"]["sample_id"])
