"""The labels' acceptance: of a long roll, a hundred pages drawn at random are rendered, read, and say the right code.

The reader (zxing-cpp) and the renderer (poppler) share no code with the writer.
"""

from __future__ import annotations

import io
import random
import subprocess
from datetime import date
from pathlib import Path

import zxingcpp
from PIL import Image

from suiyuan.labels.job import Form, Job, write_labels
from suiyuan.labels.sheet import sheet_named
from suiyuan.labels.template import LabelFields, load_template
from suiyuan.trace.codes.issue import issue
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, Place, Scheme

BASE_URL = "https://suiyuan.example"
PREFIX = "11722252001"
SERIAL = 7
KEYRING = Keyring(bytes(range(32)))
FIELDS = LabelFields(
    kind="pesticide",
    product="5%阿维菌素乳油",
    registration_number="PD20990001",
    maker="示范农药有限公司",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
)

FIRST, LABELS = 99_000_000, 50_000
"""Late in a batch of a hundred million; pages enough that a hundred are a drawing and no census."""

PAGES_READ = 100
DPI = 300


def rendered(path: Path, page: int) -> Image.Image:
    """One page, counted from 0."""
    number = str(page + 1)
    run = ["pdftoppm", "-r", str(DPI), "-gray", "-f", number, "-l", number, str(path)]
    done = subprocess.run(run, check=True, capture_output=True)
    assert done.stderr == b""
    return Image.open(io.BytesIO(done.stdout))


def code_at(index: int) -> str:
    """One code by itself, not from the block that was printed."""
    return KEYRING.encode(Scheme.PESTICIDE, PREFIX, Place(SERIAL, Level.UNIT, index))


def test_a_hundred_random_pages_of_a_long_roll_carry_the_codes_of_their_places(tmp_path: Path) -> None:
    path = tmp_path / "labels.pdf"
    codes = issue(KEYRING, Scheme.PESTICIDE, PREFIX, SERIAL, Level.UNIT, FIRST, FIRST + LABELS)
    template = load_template("pesticide-50x30")
    job = Job(template, FIELDS, Scheme.PESTICIDE, BASE_URL, codes, PREFIX, sheet=sheet_named("roll"), dpi=DPI)
    with path.open("wb") as file:
        assert write_labels(Form.PDF, file, job).labels == LABELS
    drawn = random.Random(20261124).sample(range(LABELS), PAGES_READ - 2)  # noqa: S311  # drawn the same again, not a secret
    for page in (0, *drawn, LABELS - 1):
        (symbol,) = zxingcpp.read_barcodes(rendered(path, page))
        assert symbol.text == f"{BASE_URL}/c/{code_at(FIRST + page)}", page
