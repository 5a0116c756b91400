"""Sign in, receive and ship with nothing but a keyboard, which is also what a hand scanner is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Site
from .test_answer_pages import SMALL_TARGETS, assert_is_drawn

MAX_TABS = 40


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus; it must show that it has."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            ring = page.evaluate(
                """() => { const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== "none" || style.boxShadow !== "none" }"""
            )
            assert ring, f"{selector} does not show its focus"
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


def sign_in(page: Page, site: Site, key: str) -> None:
    page.goto(f"{site.url}/sign-in")
    tab_to(page, "#key")
    page.keyboard.insert_text(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/desk")


def scan(page: Page, codes: list[str]) -> None:
    """As a hand scanner does: the code, then a line break."""
    for code in codes:
        page.keyboard.insert_text(code)
        page.keyboard.press("Enter")


def choose(page: Page, text: str) -> None:
    """In a select with the focus, by arrow keys."""
    for _ in range(MAX_TABS):
        page.keyboard.press("ArrowDown")
        shown = page.evaluate("document.activeElement.selectedOptions[0].label")
        if text in shown:
            return
    raise AssertionError(f"no choice named {text}")


def open_act(page: Page, address: str) -> None:
    """From the desk, by keyboard: the scan field has the focus at once."""
    tab_to(page, f"a[href='{address}']")
    page.keyboard.press("Enter")
    expect(page.locator("#codes")).to_be_focused()


def test_receive_and_ship(open_context: Callable[..., BrowserContext], site: Site, tmp_path: Path) -> None:
    maker = open_context(is_mobile=False, has_touch=False, viewport={"width": 1280, "height": 800}).new_page()
    sign_in(maker, site, site.maker_key)
    expect(maker.locator("h1")).to_have_text("宁夏穗源示范农药有限公司")
    open_act(maker, "/desk/ship")
    scan(maker, list(site.cartons[:20]))
    expect(maker.get_by_text("共 20 个不同的码")).to_be_visible()
    tab_to(maker, "#receiver")
    choose(maker, "示范配送")
    tab_to(maker, "button[type=submit]")
    maker.keyboard.press("Enter")
    expect(maker.get_by_role("status")).to_contain_text("已发货：1 个批次，共 120 个小包装。")

    phone = open_context().new_page()
    sign_in(phone, site, site.distributor_key)
    expect(phone.locator(".inbound li").filter(has_text="BROWSER-1")).to_contain_text("20 箱")
    open_act(phone, "/desk/receive")
    scan(phone, [f"{site.url}/c/{code}" for code in site.cartons[:20]])
    tab_to(phone, "button[type=submit]")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("已收货：1 个批次，共 120 个小包装。")

    # A second time is refused in words, and the codes are still in the field.
    open_act(phone, "/desk/receive")
    scan(phone, [site.cartons[0]])
    tab_to(phone, "button[type=submit]")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("或已经收过")
    assert phone.locator("#codes").input_value().strip() == site.cartons[0]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    picture = tmp_path / "receive.png"
    phone.screenshot(path=picture, full_page=True)
    assert_is_drawn(picture)
    phone.goto(f"{site.url}/desk")
    assert phone.evaluate(SMALL_TARGETS, 44) == []


def test_a_wrong_key(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    tab_to(page, "#key")
    page.keyboard.insert_text("sy_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("密钥无效或已停用。")
    assert page.locator("#key").input_value() == ""
    assert page.locator("#key").get_attribute("type") == "password"


def test_the_skip_link_comes_first(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/c/{site.genuine}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_registering_a_batch_by_form(open_context: Callable[..., BrowserContext], site: Site) -> None:
    """The browser's own checks first, then the service's; then a page with labels one can look at."""
    page = open_context().new_page()
    sign_in(page, site, site.maker_key)
    page.get_by_role("link", name="登记新批次").click()
    page.get_by_label("批号").fill("BROWSER-2")
    page.get_by_label("生产日期").fill("2026-03-01")
    page.get_by_label("有效期至").fill("2026-02-01")
    page.get_by_label("最小销售包装总数").fill("24")
    page.get_by_label("每箱几包").fill("6")
    page.get_by_label("每垛几箱").fill("2")
    page.locator("#pack_description").fill("100 毫升/瓶")
    page.get_by_label("规格代码").fill("001")
    page.get_by_role("button", name="登记这一批").click()
    expect(page.get_by_role("alert")).to_contain_text("什么都还没有登记。")
    expires = page.locator("#expires_on")
    assert expires.get_attribute("aria-invalid") == "true"
    assert page.locator("#batch_number").input_value() == "BROWSER-2"
    expires.fill("2028-02-29")
    page.get_by_role("button", name="登记这一批").click()
    expect(page.locator("h1")).to_contain_text("BROWSER-2")
    images = page.locator(".labels img")
    expect(images).to_have_count(3)
    for number in range(3):
        images.nth(number).scroll_into_view_if_needed()
        expect(images.nth(number)).to_have_js_property("complete", True)
        assert images.nth(number).evaluate("each => each.naturalWidth") > 100
