"""Without signal signed labels are judged by the bundle that a phone carries, with its age, for 72 hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from suiyuan.trace.kernel.clock import SystemClock, day_in_china

from ..api.wire import Caller
from .conftest import Site

KEPT = """() => new Promise((resolve) => {
    const opening = indexedDB.open("suiyuan-offline", 1);
    opening.onsuccess = () => {
        const asked = opening.result.transaction("bundle").objectStore("bundle").get("current");
        asked.onsuccess = () => { opening.result.close(); resolve(asked.result ?? null); };
    };
})"""
DAMAGE = """() => new Promise((resolve) => {
    const opening = indexedDB.open("suiyuan-offline", 1);
    opening.onsuccess = () => {
        const store = opening.result.transaction("bundle", "readwrite").objectStore("bundle");
        const asked = store.get("current");
        asked.onsuccess = () => {
            const kept = asked.result;
            kept.content.stops = [];
            store.put(kept, "current").onsuccess = () => { opening.result.close(); resolve(); };
        };
    };
})"""


@dataclass(frozen=True)
class Labels:
    """What the symbols of packs say: of a signed batch, of one that was recalled, of one that was in part, unsigned."""

    good: str
    stopped: str
    part: str
    unsigned: str


@pytest.fixture(scope="module")
def labels(site: Site) -> Iterator[Labels]:
    with httpx2.Client(base_url=site.url, timeout=30) as http:
        maker = Caller(http, site.maker_key)
        today = day_in_china(SystemClock().now())
        product = next(each for each in maker.get("/api/v1/products") if each["registration_number"] == "PD20990001")

        def register(number: str, *, is_signed: bool) -> dict[str, Any]:
            new = {
                "product_id": product["product_id"],
                "batch_number": number,
                "production_on": str(today - timedelta(days=30)),
                "size": 24,
                "units_per_carton": 6,
                "cartons_per_pallet": 2,
                "pack_code": "009",
                "is_signed": is_signed,
            }
            return maker.post("/api/v1/batches", new)

        def label(batch: dict[str, Any]) -> str:
            return maker.get(f"/api/v1/codes/{maker.codes(batch, count=1)[0]}/symbol")["text"]

        good, stopped, part = (register(f"OFF.{name}", is_signed=True) for name in ("GOOD", "STOPPED", "PART"))
        for batch, spans in ((stopped, {}), (part, {"interval": {"start": 6, "stop": 12}})):
            maker.post(f"/api/v1/batches/{batch['batch_id']}/stops", {"kind": "recall", "reason": "渗漏", **spans})
        yield Labels(label(good), label(stopped), label(part), label(register("OFF.PLAIN", is_signed=False)))


def load(page: Page, site: Site, *, has_worker: bool = True) -> None:
    """Signs in, loads the data by hand, and waits until the phone has all it needs to do without the network."""
    page.goto(f"{site.url}/sign-in")
    page.fill("#key", site.outlet_key)
    page.click("button[type=submit]")
    page.click("a[href='/offline']")
    expect(page.locator("#reason")).to_contain_text("还没有数据")
    page.click("#load")
    expect(page.locator("#told")).to_have_text("数据已更新。")
    if has_worker:
        page.evaluate("navigator.serviceWorker.ready")


def judge(page: Page, text: str, verdict: str, why: str) -> None:
    """Checks a text by the keyboard alone."""
    page.fill("#label", text)
    page.press("#label", "Enter")
    expect(page.locator("#verdict-why")).to_contain_text(why)
    expect(page.locator("#verdict-title")).to_have_text(verdict)
    expect(page.locator("#age")).to_contain_text("数据是")
    expect(page.locator("#age")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def forged(label: str) -> str:
    """The same label for another day: what a forger would like to change."""
    head, key, _, rest = label.split(".", 3)[0], *label.rsplit("#", 1)[1].split(".", 3)[1:]
    return f"{head.rsplit('#', 1)[0]}#1.{key}.20991231.{rest}"


def test_labels_are_judged_without_signal_until_the_data_is_too_old(
    open_context: Callable[..., BrowserContext], site: Site, labels: Labels
) -> None:
    context = open_context()
    page = context.new_page()
    load(page, site)
    context.set_offline(True)
    page.reload()
    expect(page.locator("#age")).to_have_text("数据是 0 分钟前的")

    judge(page, labels.good, "签名有效", "复制的标签和之后的停用，没有信号看不出")
    expect(page.locator("#facts")).to_contain_text("OFF.GOOD")
    judge(page, labels.stopped, "停用", "召回")
    judge(page, labels.part, "请再查", "分不出这一包在不在内")
    judge(page, forged(labels.good), "可疑", "可能是假的")
    judge(page, labels.good[:-3], "可疑", "没有扫全")
    judge(page, labels.good.replace("#1.1.", "#1.77."), "无法判断", "手机里没有的公钥")
    judge(page, labels.unsigned, "无法判断", "没有签名")
    judge(page, "你好！", "无法判断", "不是标签的内容")
    judge(page, "9" * 1_000_000, "无法判断", "文字太长")

    made_at, hour = page.evaluate(KEPT)["madeAt"] / 1_000, 3_600
    page.clock.set_fixed_time(made_at + 71 * hour)
    judge(page, labels.good, "签名有效", "按 71 小时前的数据")
    page.clock.set_fixed_time(made_at + 73 * hour)
    page.press("#label", "Enter")
    expect(page.locator("#reason")).to_contain_text("已超过 72 小时")
    expect(page.locator("#age")).to_have_text("数据是 73 小时前的")
    expect(page.locator("#verdict-part")).to_be_hidden()
    page.clock.set_fixed_time(made_at + hour)
    page.reload()
    expect(page.locator("#reason")).to_contain_text("被调回过")
    page.clock.set_fixed_time(made_at - hour)
    page.reload()
    expect(page.locator("#reason")).to_contain_text("手机时间不对")
    page.fill("#label", labels.good)
    page.press("#label", "Enter")
    expect(page.locator("#verdict-part")).to_be_hidden()


def test_what_is_not_whole_or_not_the_services_own_is_not_kept(
    open_context: Callable[..., BrowserContext], site: Site, labels: Labels
) -> None:
    page = open_context(service_workers="block").new_page()
    load(page, site, has_worker=False)
    before = page.evaluate(KEPT)
    genuine = page.request.get(f"{site.url}/offline/bundle").text()
    assert labels.stopped
    answers = {
        "不完整或被改动过": (
            genuine[: len(genuine) // 2],
            genuine.replace('"is_whole":true', '"is_whole":false', 1),
            "[]",
        ),
        "不是本服务签名的": (
            genuine.replace('"key_number":1', '"key_number":2'),
            genuine.replace('made_at":"20', 'made_at":"21'),
        ),
    }
    for said, bodies in answers.items():
        for body in bodies:
            assert body != genuine

            def answer(route: Route, _: Request, body: str = body) -> None:
                route.fulfill(body=body, content_type="application/json")

            page.route("**/offline/bundle", answer)
            page.evaluate("document.getElementById('told').textContent = ''")
            page.click("#load")
            expect(page.locator("#told")).to_contain_text(said)
            page.unroute("**/offline/bundle")
    assert page.evaluate(KEPT)["seal"] == before["seal"]

    page.clock.set_fixed_time(before["madeAt"] / 1_000 + 73 * 3_600)
    page.click("#load")
    expect(page.locator("#told")).to_contain_text("已经过期")
    page.evaluate(DAMAGE)
    page.reload()
    expect(page.locator("#told")).to_contain_text("已删除")
    expect(page.locator("#reason")).to_contain_text("还没有数据")
    assert page.evaluate(KEPT) is None


def test_a_browser_without_the_signature_judges_nothing(
    open_context: Callable[..., BrowserContext], site: Site
) -> None:
    page = open_context().new_page()
    page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")
    page.goto(f"{site.url}/offline")
    expect(page.locator("#reason")).to_contain_text("不能验证签名")
    page.fill("#label", "1" * 32)
    page.press("#label", "Enter")
    expect(page.locator("#verdict-part")).to_be_hidden()
