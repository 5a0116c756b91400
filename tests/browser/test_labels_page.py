"""The maker's page of labels: choose a template, look at it, download a file whose symbols lead to the right codes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Site

LABELS = 6


def labels_page(page: Page, site: Site) -> None:
    """Signs in and goes the way a maker goes: desk, batch, labels."""
    page.goto(f"{site.url}/sign-in")
    page.fill("#key", site.maker_key)
    page.click("button[type=submit]")
    page.click("a:has-text('BROWSER-1')")
    page.click("a[href$='/labels']")
    expect(page.locator("h1")).to_have_text("打印标签")


def download(page: Page, to: Path) -> None:
    with page.expect_download() as started:
        page.click("form[method=post] button[type=submit]")
    started.value.save_as(to)


def test_choose_preview_and_download(open_context: Callable[..., BrowserContext], site: Site, tmp_path: Path) -> None:
    page = open_context(accept_downloads=True).new_page()
    labels_page(page, site)
    page.select_option("#template", "pesticide-50x30")
    page.click("form[method=get] button[type=submit]")
    preview = page.locator("img.preview")
    expect(preview).to_have_attribute("src", re.compile("template=pesticide-50x30"))
    assert preview.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.fill("#first", "1")
    page.fill("#last", str(LABELS))
    download(page, tmp_path / "labels.pdf")
    subprocess.run(["pdftoppm", "-r", "300", "-png", "labels.pdf", "page"], cwd=tmp_path, check=True)
    pictures = sorted(tmp_path.glob("page*.png"))
    assert len(pictures) == LABELS
    read = [zxingcpp.read_barcodes(Image.open(picture))[0].text for picture in pictures]
    assert len(set(read)) == LABELS and read[0].endswith(f"/c/{site.genuine}")

    page.reload()
    expect(page.locator("main")).to_contain_text("印过的")
    page.fill("#first", "1")
    page.fill("#last", "2")
    page.click("form[method=post] button[type=submit]")
    expect(page.locator("[role=alert]")).to_contain_text("已印过")
    page.fill("#reason", "第一卷印坏了")
    download(page, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes().startswith(b"%PDF-")


def test_a_template_that_will_not_do_is_said_so(open_context: Callable[..., BrowserContext], site: Site) -> None:
    page = open_context().new_page()
    labels_page(page, site)
    page.goto(f"{page.url}?template=carton-100x60&level=carton")
    expect(page.locator("img.preview")).to_be_visible()
    page.goto(f"{page.url.partition('?')[0]}?template=nonsense")
    expect(page.locator("[role=alert]")).to_contain_text("nonsense")
    expect(page.locator("img.preview")).to_have_count(0)
    answer = page.goto(f"{page.url.partition('?')[0]}?level=nonsense")
    assert answer is not None and answer.status == 422
