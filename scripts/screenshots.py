"""`make screenshots`: docs/images/answer.png, the answer to a genuine pack, its spot check, and the answer to a stopped
pack, side by side."""

from __future__ import annotations

import io
import shutil
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

from .serving import ROOT, served_samples

SHOTS = (("AW260316A", ""), ("AW260316A", ".sample"), ("GX260210B", ""))
"""Batch, and the part of its page to scroll to (none: the top). The first was sampled and passed, the second is stopped
after a failed spot check. Both are made up: see sample_batches/README.md."""

TARGET = ROOT / "docs" / "images" / "answer.png"
WIDTH, HEIGHT, SCALE = 360, 640, 2
"""The smallest phone still common, in CSS pixels, at the density of its screen."""

GAP_PIXELS = 32
GROUND = (222, 224, 217)
COLOURS = 128
MAX_BYTES = 200_000

TO_CARD = "part => scrollTo(0, document.querySelector(part).closest('.card').getBoundingClientRect().top - 16)"

QUIET_BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""No sandbox, since the build machine runs as root; and nothing that calls home."""


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    with served_samples() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET_BROWSER))
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, locale="zh-CN", color_scheme="light"
        )
        shots: list[bytes] = []
        for number, part in SHOTS:
            page.goto(served.pages[number], wait_until="networkidle")
            if part:
                page.evaluate(TO_CARD, part)
            shots.append(page.screenshot())
        browser.close()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    side_by_side(shots).save(TARGET, optimize=True)
    size = TARGET.stat().st_size
    if size > MAX_BYTES:
        sys.exit(f"{TARGET.relative_to(ROOT)} has {size:,} bytes, more than {MAX_BYTES:,}")
    print(f"{TARGET.relative_to(ROOT)}: {size:,} bytes")


def side_by_side(shots: list[bytes]) -> Image.Image:
    """The pictures in one row with a margin, in few colours."""
    images = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    width = sum(image.width for image in images) + GAP_PIXELS * (len(images) + 1)
    height = max(image.height for image in images) + 2 * GAP_PIXELS
    sheet = Image.new("RGB", (width, height), GROUND)
    left = GAP_PIXELS
    for image in images:
        sheet.paste(image, (left, GAP_PIXELS))
        left += image.width + GAP_PIXELS
    return sheet.quantize(COLOURS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
