"""The farmer's answer in Chromium at the size of a small phone: words, layout, weight, and nothing from elsewhere."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import PHONE, UNKNOWN, Site

MAX_PAGE_BYTES = 20 * 1024
"""HTML and CSS as sent compressed: three seconds on a 2G connection in the hills."""

MIN_TARGET_PIXELS = 44

MALFORMED = UNKNOWN[:-1]

WORDS = {
    "genuine": {"zh": "正品", "en": "Genuine"},
    "stopped": {"zh": "不要使用", "en": "Do not use"},
    "unknown": {"zh": "未查到", "en": "Not found"},
    "malformed": {"zh": "读不出码", "en": "No code to read"},
}
STATUS = {"genuine": 200, "stopped": 200, "unknown": 404, "malformed": 422}


def code_of(site: Site, kind: str) -> str:
    return {"genuine": site.genuine, "stopped": site.stopped, "unknown": UNKNOWN, "malformed": MALFORMED}[kind]


@pytest.fixture(params=list(WORDS))
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def show(page: Page, site: Site, kind: str, query: str = "") -> None:
    response = page.goto(f"{site.url}/c/{code_of(site, kind)}{query}")
    assert response is not None
    assert response.status == STATUS[kind]


def words_of(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_in_chinese(page: Page, site: Site, kind: str) -> None:
    show(page, site, kind)
    assert words_of(page) == WORDS[kind]["zh"]
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.title().startswith(("查询结果", "读不出码"))


def test_in_english_by_the_address_and_then_remembered(page: Page, site: Site, kind: str) -> None:
    show(page, site, kind, "?lang=en")
    assert words_of(page) == WORDS[kind]["en"]
    assert page.locator("html").get_attribute("lang") == "en"
    show(page, site, "unknown")
    assert words_of(page) == WORDS["unknown"]["en"]
    page.get_by_role("link", name="中文", exact=True).click()
    expect(page.locator("h1")).to_have_text(WORDS["unknown"]["zh"])


def test_in_english_by_the_browsers_language(
    open_context: Callable[..., BrowserContext], site: Site, kind: str
) -> None:
    page = open_context(locale="en-GB").new_page()
    show(page, site, kind)
    assert words_of(page) == WORDS[kind]["en"]


def test_without_scripts(open_context: Callable[..., BrowserContext], site: Site, kind: str) -> None:
    page = open_context(java_script_enabled=False).new_page()
    show(page, site, kind)
    assert words_of(page) == WORDS[kind]["zh"]
    if kind == "malformed":
        page.get_by_label("核对后再查").fill(site.genuine)
        page.get_by_role("button", name="查一查").click()
        expect(page.locator("h1")).to_have_text("正品")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_layout_at_phone_size(
    open_context: Callable[..., BrowserContext], site: Site, kind: str, language: str, scheme: str, tmp_path: Path
) -> None:
    page = open_context(color_scheme=scheme).new_page()
    show(page, site, kind, f"?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(SMALL_TARGETS, MIN_TARGET_PIXELS)
    assert small == [], "too small for a thumb"
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"], "the verdict is seen without scrolling"
    picture = tmp_path / f"{kind}-{language}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    assert_is_drawn(picture)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(number) for number in re.findall(r"\d+", background)[:3]]
    assert (sum(channels) < 200) == (scheme == "dark"), background


@pytest.mark.parametrize("width", [280, 320, 412, 768, 1280])
def test_no_sideways_scrolling_at_any_width(
    open_context: Callable[..., BrowserContext], site: Site, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 720}, is_mobile=width < 700).new_page()
    for path in ("/", "/published", "/sign-in", f"/c/{site.stopped}", f"/c/{site.genuine}?lang=en", "/c/-"):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


SMALL_TARGETS = """least => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")]
    .filter(each => each.checkVisibility() && !each.closest("p, li, dd") && !each.classList.contains("skip"))
    .map(each => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
    .filter(([_, box]) => box.width > 0 && (box.height < least || box.width < least))
    .map(([html, box]) => `${html} ${box.width} × ${box.height}`)"""
"""Links inside running text are exempt, as in WCAG 2.5.8."""


def assert_is_drawn(picture: Path) -> None:
    """Neither blank nor nearly so: many colours, and much that is not background."""
    with Image.open(io.BytesIO(picture.read_bytes())) as image:
        assert image.width == 2 * PHONE["width"]
        assert image.height >= 2 * PHONE["height"]
        colours = image.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None
    assert len(colours) > 100
    commonest = max(count for count, _ in colours)
    assert commonest < 0.97 * sum(count for count, _ in colours)


def test_each_verdict_looks_its_own_way(page: Page, site: Site) -> None:
    """By outline as well as by colour: the mark of each is another shape."""
    shapes: dict[str, str] = {}
    colours: dict[str, str] = {}
    for kind in ("genuine", "stopped", "unknown"):
        show(page, site, kind)
        shapes[kind] = page.locator(".verdict__icon").inner_html()
        colours[kind] = page.locator(".verdict").evaluate("each => getComputedStyle(each).backgroundColor")
    assert len(set(shapes.values())) == 3
    assert len(set(colours.values())) == 3


def test_the_failed_check_is_told_in_full(page: Page, site: Site) -> None:
    """Measured value, limit, laboratory, date and basis; and that the batch is made up."""
    show(page, site, "stopped")
    main = page.locator("main").inner_text().replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")
    for words in (
        "这一批抽检不合格：高效氯氟氰菊酯",
        "3.1 克/升",
        "21.25–28.75",
        "示范农业投入品检验中心",
        "SF-JY-2026-0001",
        "2026年4月28日",
        "2026年4月14日抽样",
        "不要买，不要用。",
        "这是演示数据",
    ):
        assert words in main, words
    row = page.get_by_role("row").filter(has_text="高效氯氟氰菊酯")
    expect(row).to_be_visible()
    expect(row.get_by_text("不合格")).to_be_visible()
    assert "12316" in main
    assert "示范配送" not in main
    assert "盐池示范" not in main


def test_the_genuine_answer_is_told_in_full(page: Page, site: Site) -> None:
    show(page, site, "genuine")
    main = page.locator("main").inner_text()
    for words in (
        "5%阿维菌素乳油",
        "宁夏穗源示范农药有限公司",
        "BROWSER-1",
        "5.1%",
        "4.5–5.5",
        "出厂检验",
        "经销",
        "贺兰县",
    ):
        assert words in main, words
    expect(page.get_by_role("link", name="0951-0000001")).to_have_attribute("href", "tel:09510000001")


def test_an_unsampled_batch_says_so(page: Page, site: Site) -> None:
    with httpx2.Client(base_url=site.url, headers={"Authorization": f"Bearer {site.maker_key}"}) as http:
        batch = next(each for each in http.get("/api/v1/batches").json() if each["batch_number"] == "AW260820C")
        code = http.get(f"/api/v1/batches/{batch['batch_id']}/codes?count=1").text.strip()
    page.goto(f"{site.url}/c/{code}")
    assert "这一批没有被抽检过。" in page.locator("main").inner_text()


def test_a_page_is_light(site: Site, kind: str) -> None:
    with httpx2.Client(base_url=site.url, headers={"Accept-Encoding": "identity"}) as http:
        response = http.get(f"/c/{code_of(site, kind)}")
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', response.text)
        assert len(sheets) == 1
        assert "<script" not in response.text
        total = len(gzip.compress(response.content)) + sum(
            len(gzip.compress(http.get(each).content)) for each in sheets
        )
    assert total <= MAX_PAGE_BYTES, total


def test_a_typed_code_from_the_home_page(page: Page, site: Site) -> None:
    page.goto(site.url)
    expect(page.locator("h1")).to_have_text("这一包，是真的吗？")
    field = page.get_by_label("追溯码")
    groups = " ".join(re.findall(".{1,4}", site.genuine)).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    field.fill(groups)
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("正品")
    page.goto(site.url)
    page.get_by_label("追溯码").fill("扫不出来")
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("读不出码")
    again = page.get_by_label("核对后再查")
    assert again.input_value() == "扫不出来", "what was typed is kept"
    again.fill(UNKNOWN)
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("未查到")


def test_hostile_text_stays_text(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_label("追溯码").fill("</textarea><img src=x onerror=\"document.title='被改了'\"><script>1</script>")
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("读不出码")
    assert page.locator("main img").count() == 0
    assert "被改了" not in page.title()
