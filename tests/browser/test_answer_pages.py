"""The farmer's answer in Chromium at the size of a small phone: words, layout, weight, and nothing from elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import PHONE, UNKNOWN, Site
from .page_checks import (
    CONTROLS,
    COUNT_TEXTS,
    FAINT_TEXTS,
    MIN_LINK_PIXELS,
    NAMELESS,
    SMALL_LINKS,
    SMALL_TARGETS,
    with_voices,
)

MAX_PAGE_BYTES = 20 * 1024
"""HTML and CSS as sent compressed: three seconds on a 2G connection in the hills."""

MIN_TARGET_PIXELS = 44
MIN_CONTRAST = 4.5

MALFORMED = UNKNOWN[:-1]

WORDS = {
    "genuine": {"zh": "正品", "en": "Genuine"},
    "caution": {"zh": "请注意", "en": "Take care"},
    "suspect": {"zh": "存疑", "en": "In doubt"},
    "copied": {"zh": "存疑", "en": "In doubt"},
    "stopped": {"zh": "不要使用", "en": "Do not use"},
    "unknown": {"zh": "未查到", "en": "Not found"},
    "malformed": {"zh": "读不出码", "en": "No code to read"},
}
STATUS = {"unknown": 404, "malformed": 422}
VERDICTS = ("genuine", "caution", "suspect", "stopped", "unknown")
"""Kinds of answers, one of each verdict: a copied code is in doubt too, and what is malformed has no verdict."""


def text_of(site: Site, kind: str) -> str:
    """What to type for an answer of each kind: for a caution a carton that was never shipped, for a suspicion a label
    with a signature that nobody made, or a pack whose code was looked at in counties far apart."""
    forged = f"{site.url}/c/{site.genuine}#1.1.20260101.AAAA"
    return {
        "genuine": site.genuine,
        "caution": site.cartons[-1],
        "suspect": forged,
        "copied": site.copied,
        "stopped": site.stopped,
        "unknown": UNKNOWN,
        "malformed": MALFORMED,
    }[kind]


@pytest.fixture(params=["genuine", "stopped", "unknown", "malformed"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def path_of(site: Site, kind: str) -> str:
    """The address on a label where the kind has one, else that of the form."""
    typed = text_of(site, kind)
    return f"/c/{typed}?" if typed.isalnum() else f"/c?text={quote(typed, safe='')}&"


def show(page: Page, site: Site, kind: str, language: str = "") -> None:
    response = page.goto(f"{site.url}{path_of(site, kind)}{f'lang={language}' if language else ''}")
    assert response is not None
    assert response.status == STATUS.get(kind, 200)


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def words_of(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_in_chinese(page: Page, site: Site, kind: str) -> None:
    show(page, site, kind)
    assert words_of(page) == WORDS[kind]["zh"]
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.title().startswith(("查询结果", "读不出码"))


def test_in_english_by_the_address_and_then_remembered(page: Page, site: Site, kind: str) -> None:
    show(page, site, kind, "en")
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


def test_every_verdict_without_scripts(open_context: Callable[..., BrowserContext], site: Site, tmp_path: Path) -> None:
    """The same words on the same first screen, nothing on it that would do nothing, and cards that unfold."""
    page = open_context(java_script_enabled=False).new_page()
    for kind, words in WORDS.items():
        show(page, site, kind)
        assert words_of(page) == words["zh"]
        assert_is_told_on_the_first_screen(page, kind)
        picture = tmp_path / f"{kind}-without-scripts.png"
        page.screenshot(path=picture)
        assert_is_drawn(picture)
        expect(page.locator("[data-aloud]:visible")).to_have_count(0)
        if kind == "stopped":
            card = page.locator("details.fold", has=page.get_by_role("heading", name="来路"))
            card.locator("summary").click()
            expect(card.locator(".way__step").first).to_be_visible()
    assert list(WORDS)[-1] == "malformed"
    page.get_by_label("核对后再查").fill(site.genuine)
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("正品")


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "dark")])
def test_every_verdict_can_be_read_and_used_on_a_small_phone(
    open_context: Callable[..., BrowserContext], site: Site, language: str, scheme: str, tmp_path: Path
) -> None:
    """On the first screen of 360 × 640 stand verdict, why and what to do. With everything unfolded, each text has a
    contrast of 4.5 to what is behind it, each control a name and the size of a thumb, and nothing is wider than 320."""
    page = open_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    for kind, words in WORDS.items():
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        show(page, site, kind, language)
        assert words_of(page) == words[language]
        assert_is_told_on_the_first_screen(page, kind)
        picture = tmp_path / f"{kind}-{language}-{scheme}.png"
        page.screenshot(path=picture)
        assert_is_drawn(picture)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        channels = [int(number) for number in re.findall(r"\d+", background)[:3]]
        assert (sum(channels) < 200) == (scheme == "dark"), background
        unfold(page)
        for each_scheme in ("light", "dark"):
            page.emulate_media(color_scheme=each_scheme)
            assert page.evaluate(FAINT_TEXTS, MIN_CONTRAST) == [], (kind, each_scheme)
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        assert page.evaluate(NAMELESS) == [], kind
        assert page.evaluate(SMALL_TARGETS, MIN_TARGET_PIXELS) == [], "too small for a thumb"
        assert page.evaluate(SMALL_LINKS, MIN_LINK_PIXELS) == [], "too small for a finger"
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.set_viewport_size({"width": 320, "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, kind


def test_the_checks_of_the_pages_see_what_is_wrong(page: Page, site: Site) -> None:
    """A check that finds nothing on a good page must find something on a bad one."""
    show(page, site, "genuine")
    assert page.evaluate(COUNT_TEXTS) > 20
    page.evaluate(
        """() => { const main = document.querySelector("main");
        main.insertAdjacentHTML("beforeend", "<button><svg width=9 height=9></svg></button><p id=grey>灰</p>"
            + "<ul><li><button>小</button></li></ul><p>见<a href='/' style='font-size:9px;color:inherit'>此</a></p>");
        document.querySelector("#grey").style.color = "#999";
        document.querySelector("#grey").style.background = "#fff"; }"""
    )
    assert len(page.evaluate(FAINT_TEXTS, MIN_CONTRAST)) == 1
    assert len(page.evaluate(NAMELESS)) == 1
    assert len(page.evaluate(SMALL_TARGETS, MIN_TARGET_PIXELS)) == 2, "also one in a list"
    assert len(page.evaluate(SMALL_LINKS, MIN_LINK_PIXELS)) == 1


def test_by_keyboard_in_the_order_of_the_page(page: Page, site: Site) -> None:
    """Every control gets the focus once, from the top down, and shows it; a card unfolds without a mouse."""
    show(page, site, "stopped")
    count = page.evaluate(f"{CONTROLS}.length")
    places: list[int] = []
    for _ in range(count):
        page.keyboard.press("Tab")
        place, outline = page.evaluate(
            f"[{CONTROLS}.indexOf(document.activeElement), getComputedStyle(document.activeElement).outlineStyle]"
        )
        places.append(place)
        assert outline == "solid"
    assert places == list(range(count))
    card = page.locator("details.fold", has=page.get_by_role("heading", name="来路"))
    expect(card.locator(".way__step").first).to_be_hidden()
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(card.locator(".way__step").first).to_be_visible()


def test_read_aloud_in_the_language_of_the_page(open_context: Callable[..., BrowserContext], site: Site) -> None:
    """Verdict, why and what to do, each by itself; a second press stops it. Where there is no voice for the language,
    as in some browsers within apps, there is no button."""
    page = with_voices(open_context().new_page(), "en-GB", "zh-HK", "zh_CN")
    show(page, site, "stopped", "zh")
    button = page.get_by_role("button", name="读给我听")
    expect(button).to_be_visible()
    assert page.evaluate(SMALL_TARGETS, MIN_TARGET_PIXELS) == []
    assert page.evaluate(FAINT_TEXTS, MIN_CONTRAST) == []
    button.click()
    said = page.evaluate("said")
    parts = page.locator("h1, .verdict__sentence, .verdict__more dd").all_inner_texts()
    assert said == ["|", *(f"zh-CN/zh_CN: {part}" for part in parts)]
    assert "不要使用" in said[1] and "不要买" in said[-1]
    stop = page.get_by_role("button", name="停下")
    expect(stop).to_have_attribute("aria-pressed", "true")
    stop.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    show(page, site, "unknown", "en")
    page.get_by_role("button", name="Read aloud").click()
    assert page.evaluate("said[1]") == "en/en-GB: Not found"
    for voices in ((), ("fr-FR", "en-US")):
        silent = with_voices(open_context().new_page(), *voices)
        show(silent, site, "genuine", "zh")
        expect(silent.locator("[data-aloud]")).to_be_hidden()


def test_a_typed_code_falls_into_groups_and_letters_are_left(page: Page, site: Site) -> None:
    page.goto(site.url)
    field = page.get_by_label("追溯码")
    field.press_sequentially(site.genuine[:10])
    assert field.input_value() == f"{site.genuine[:4]} {site.genuine[4:8]} {site.genuine[8:10]}"
    for _ in range(3):
        field.press("Backspace")
    assert field.input_value() == f"{site.genuine[:4]} {site.genuine[4:8]}"
    field.fill("")
    field.press_sequentially("AB12cd345")
    assert field.input_value() == "AB12cd345"
    field.fill(site.genuine.replace("0", "O").replace("1", "l"))
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("h1")).to_have_text("正品")
    expect(page.get_by_text("字母 O 当作 0")).to_be_visible()


@pytest.mark.parametrize("width", [280, 320, 412, 768, 1280])
def test_no_sideways_scrolling_at_any_width(
    open_context: Callable[..., BrowserContext], site: Site, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 720}, is_mobile=width < 700).new_page()
    for path in ("/", "/published", "/sign-in", f"/c/{site.stopped}", f"/c/{site.genuine}?lang=en", "/c/-"):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def assert_is_told_on_the_first_screen(page: Page, kind: str) -> None:
    """Why, and what to do, without scrolling. Of what is no code there is only why."""
    told = page.locator(".verdict__more dd, .plain__why").all()
    assert len(told) == (1 if kind == "malformed" else 2)
    for each in told:
        box = each.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"], f"{kind}: {each.inner_text()} is below the first screen"


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
    for kind in VERDICTS:
        show(page, site, kind)
        shapes[kind] = page.locator(".verdict__icon").inner_html()
        colours[kind] = page.locator(".verdict").evaluate("each => getComputedStyle(each).backgroundColor")
    assert len(set(shapes.values())) == 5
    assert len(set(colours.values())) == 5


def test_the_failed_check_is_told_in_full(page: Page, site: Site) -> None:
    """Measured value, limit, laboratory, date and basis; and that the batch is made up."""
    show(page, site, "stopped")
    assert page.get_by_role("row").filter(has_text="高效氯氟氰菊酯").is_visible(), "what failed is not folded away"
    unfold(page)
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
    unfold(page)
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
    unfold(page)
    assert "这一批没有被抽检过。" in page.locator("main").inner_text()


def test_a_possibly_copied_pack_is_told_as_a_possibility(page: Page, site: Site) -> None:
    """The genuine pack shows the same, so nobody is accused. Counties stand in the history of scans only, by day."""
    show(page, site, "copied")
    unfold(page)
    main = page.locator("main").inner_text()
    for words in ("可能被抄到了别的包装上", "这不等于您手里的是假的", "先不要用", "12316", "有对不上的地方"):
        assert words in main, words
    verdict = page.locator(".verdict").inner_text()
    history = page.locator(".days").inner_text()
    for county in ("泾源", "惠农", "沙坡头", "盐池"):
        assert county not in verdict, county
        assert county in history, county


def test_who_looks_can_tell_the_county_and_is_asked_where_the_pack_is_from(
    open_context: Callable[..., BrowserContext], site: Site
) -> None:
    """With the telephone's position in the south, while the record has the pack elsewhere."""
    south = {"latitude": 35.5, "longitude": 106.33}
    page = open_context(geolocation=south, permissions=["geolocation"]).new_page()
    page.goto(f"{site.url}/c/{site.fresh}")
    expect(page.locator("[data-place] [role=status]")).to_have_text("已记下：固原市泾源县。谢谢。")
    question = page.locator("[data-origin]")
    expect(question).to_be_visible()
    question.get_by_label("在商店买的").select_option(label="固原市泾源县")
    question.get_by_role("button", name="就是这里买的").click()
    expect(question.locator("[role=status]")).to_have_text("谢谢，已记下。查询结果不变。")
    expect(question.locator("fieldset")).to_be_hidden()


@pytest.mark.parametrize("kind", WORDS)
def test_a_page_is_light(site: Site, kind: str) -> None:
    """Everything that a first answer takes over the wire, as this server compresses it, with the heads."""
    with httpx2.Client(base_url=site.url, headers={"Accept-Encoding": "gzip"}) as http:
        response = http.get(path_of(site, kind))
        assert response.status_code == STATUS.get(kind, 200)
        files = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"', response.text)
        assert len(files) == 3, "style, drawing and script"
        total = 0
        for each in (response, *map(http.get, files)):
            assert each.headers["content-encoding"] == "gzip"
            total += each.num_bytes_downloaded + sum(len(name) + len(value) + 4 for name, value in each.headers.raw)
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
