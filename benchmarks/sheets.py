"""Finished labels: PDF sheets and PNG files against the usual libraries, and the memory that a million labels take."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import qrcode
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from suiyuan.labels.job import Form, Job, write_labels
from suiyuan.labels.layout import Layout
from suiyuan.labels.records import Bytes
from suiyuan.labels.sheet import A4_MM, sheet_named
from suiyuan.labels.sources import decoded
from suiyuan.labels.symbol import QUIET_ZONE_MODULES
from suiyuan.labels.template import MM_PER_PT, LabelFields, load_template
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import MASTER_KEY_BYTES, Keyring
from suiyuan.trace.codes.model import Level, Scheme, grouped

from .figure import Figure, figure, interleaved

BASE_URL = "https://suiyuan.example"
PREFIX = "11722252001"
SHEET = "a4-65"
TEMPLATE = "pesticide-38x21"
FIELDS = LabelFields(
    kind="pesticide",
    product="5%阿维菌素乳油",
    registration_number="PD20990001",
    maker="示范测速农药厂",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
    marks=("限制使用",),
)

SHEETS_WRITTEN = 400
SHEETS_OF_REFERENCE = 2
PNGS_WRITTEN = 6_000
PNGS_OF_REFERENCE = 100
MANY, FEW = 1_000_000, 10_000
_FONT = "sheets"


def job(count: int, *, sheet: str = SHEET) -> Job:
    """`count` labels of a made-up batch, nothing of them made yet."""
    codes = issue(Keyring(bytes(MASTER_KEY_BYTES)), Scheme.PESTICIDE, PREFIX, 1, Level.UNIT, 0, count)
    template = load_template(TEMPLATE)
    return Job(template, FIELDS, Scheme.PESTICIDE, BASE_URL, codes, PREFIX, sheet=sheet_named(sheet))


def run_pdf() -> Iterator[Figure]:
    """Both get their font ready made; ours builds the batch's tables within the time."""
    per_sheet = sheet_named(SHEET).labels_per_page
    ours, theirs = SHEETS_WRITTEN * per_sheet, SHEETS_OF_REFERENCE * per_sheet
    sample = job(theirs)
    pdfmetrics.registerFont(TTFont(_FONT, io.BytesIO(sample.layout.font.data)))
    codes = _codes(sample)
    fast, slow = interleaved(
        (lambda: write_labels(Form.PDF, io.BytesIO(), job(ours)), lambda: _reportlab_pdf(sample.layout, codes)),
        rounds=5,
        repeats=1,
    )
    yield figure(
        "sheet-pdf", ours / fast, "labels/s", "labels/s by ReportLab and qrcode", theirs / slow, "at least 200"
    )


def run_png() -> Iterator[Figure]:
    """Symbols alone, which the bound is about, and whole labels to compare."""
    codes = _codes(job(PNGS_OF_REFERENCE))
    layout = job(1).layout
    for name, form, reference, bound in (
        ("png", Form.PNG_SYMBOLS, _qrcode_png, "at least 40"),
        ("png-label", Form.PNG, _qrcode_label_png, "for comparison"),
    ):
        count = PNGS_WRITTEN if form is Form.PNG_SYMBOLS else PNGS_WRITTEN // 4
        fast, slow = interleaved(
            (
                lambda form=form, count=count: write_labels(form, io.BytesIO(), job(count)),
                lambda reference=reference: [reference(layout, code) for code in codes],
            ),
            rounds=5,
            repeats=1,
        )
        yield figure(name, count / fast, "files/s", "files/s by qrcode and Pillow", len(codes) / slow, bound)


def run_memory() -> Iterator[Figure]:
    """A page a label, which keeps the most; each number in a process of its own."""
    many, few = (_peak_mib(count) for count in (MANY, FEW))
    yield figure("labels-memory", many, "MiB for 1e6 labels", "MiB for 1e4", few, "at most 1.3")


def _peak_mib(count: int) -> float:
    printed = subprocess.run(
        [sys.executable, "-m", __spec__.name, str(count)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    return int(printed.stdout) / 1024


def _codes(made: Job) -> list[str]:
    arrays: list[Bytes] = list(made.codes)
    return decoded(np.concatenate(arrays))


def _reportlab_pdf(layout: Layout, codes: list[str]) -> bytes:
    """The same sheet, drawn as ReportLab's guide shows."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(A4_MM[0] * mm, A4_MM[1] * mm))
    sheet, box = sheet_named(SHEET), layout.template.symbol
    places = sheet.places_mm(layout.template)
    for number, code in enumerate(codes):
        if number and number % len(places) == 0:
            canvas.showPage()
        x, y = places[number % len(places)]
        top = A4_MM[1] - y
        for line in layout.lines:
            canvas.setFont(_FONT, line.size_pt)
            canvas.drawString((x + line.x_mm) * mm, (top - line.baseline_mm) * mm, line.text)
        text = grouped(code)
        for line in layout.code_lines:
            canvas.setFont(_FONT, line.size_pt)
            canvas.drawString((x + line.x_mm) * mm, (top - line.baseline_mm) * mm, text[line.start : line.stop])
        image = ImageReader(_qrcode_image(layout, code))
        bottom = top - box.y_mm - box.width_mm
        canvas.drawImage(image, (x + box.x_mm) * mm, bottom * mm, box.width_mm * mm, box.width_mm * mm)
    canvas.save()
    return buffer.getvalue()


def _qrcode_image(layout: Layout, code: str) -> Image.Image:
    symbol = qrcode.QRCode(
        error_correction=qrcode.ERROR_CORRECT_M, box_size=layout.symbol.dots, border=QUIET_ZONE_MODULES
    )
    symbol.add_data(f"{BASE_URL}/c/{code}")
    return symbol.make_image().get_image()


def _qrcode_png(layout: Layout, code: str) -> bytes:
    return _saved(_qrcode_image(layout, code))


def _qrcode_label_png(layout: Layout, code: str) -> bytes:
    size = (layout.dots(layout.template.width_mm), layout.dots(layout.template.height_mm))
    image = Image.new("1", size, 1)
    symbol = _qrcode_image(layout, code)
    quiet = QUIET_ZONE_MODULES * layout.symbol.dots
    image.paste(symbol, (layout.symbol_x_dots - quiet, layout.symbol_y_dots - quiet))
    draw = ImageDraw.Draw(image)
    text = grouped(code)
    pieces = [(line, line.text) for line in layout.lines]
    pieces += [(line, text[line.start : line.stop]) for line in layout.code_lines]
    for line, piece in pieces:
        font = ImageFont.truetype(io.BytesIO(layout.font.data), line.size_pt * MM_PER_PT / layout.dot_mm)
        draw.text((line.x_mm / layout.dot_mm, line.baseline_mm / layout.dot_mm), piece, 0, font, anchor="ls")
    return _saved(image)


def _saved(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _measure(count: int) -> None:
    """Writes so many labels to a file that is thrown away, and prints this process's peak memory in KiB."""
    with Path("/dev/null").open("wb") as nowhere:
        write_labels(Form.PDF, nowhere, job(count, sheet="roll"))
    # Not ru_maxrss: Linux carries the parent's over into the child.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


if __name__ == "__main__":
    _measure(int(sys.argv[1]))
