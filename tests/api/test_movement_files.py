"""Movements by a file of codes: CSV, text and XLSX; all or nothing, with the lines that are no codes."""

from __future__ import annotations

import io
from collections.abc import Callable
from uuid import uuid4

import httpx2
import pytest
from openpyxl import Workbook

from suiyuan.api.movement_files import SUFFIXES
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody.service import MAX_CODES_PER_FILE, MAX_OFFENDERS
from suiyuan.trace.kernel.limits import MAX_REQUEST_BYTES

from ..support.world import World
from .conftest import Refused
from .wire import Caller

CSV, TEXT, XLSX = SUFFIXES
UNKNOWN = "11722252247250743408010974953971"


@pytest.fixture
def batch(world: World) -> Batch:
    """12,000 units in 2,000 cartons: more than a request names."""
    return world.register_batch(size=12_000)


@pytest.fixture
def codes(world: World, batch: Batch) -> list[str]:
    return [world.code(batch, Level.CARTON, index) for index in range(1_500)]


def sending(
    caller: Caller, content: bytes, *, kind: str = "ship", media_type: str = CSV, **stated: object
) -> Callable[[], httpx2.Response]:
    headers = {**caller.headers, "Content-Type": media_type}
    params = {"kind": kind, **{name: str(value) for name, value in stated.items()}}
    return lambda: caller.http.post("/api/v1/movement-files", content=content, params=params, headers=headers)


def spreadsheet(codes: list[str]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ("追溯码", *codes):
        sheet.append([row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_lorry_goes_by_file_and_back(
    world: World, maker: Caller, outlet: Caller, batch: Batch, codes: list[str]
) -> None:
    to_id = world.outlet.party_id
    (shipped,) = sending(maker, "\n".join(["code", *codes]).encode(), to_id=to_id)().json()
    assert (shipped["kind"], shipped["intervals"]) == ("ship", [{"start": 0, "stop": 9_000}])
    text = "\ufeff" + "\r\n".join(codes[:1_200]) + "\r\n\r\n"
    short = sending(
        outlet, text.encode(), kind="receive", media_type=f"{TEXT}; charset=utf-8", is_complete=True, note="短"
    )
    (received,) = short().json()
    assert received["intervals"] == [{"start": 0, "stop": 7_200}]
    (found,) = outlet.get("/api/v1/discrepancies")
    assert (found["kind"], found["intervals"], found["note"]) == ("short", [{"start": 7_200, "stop": 9_000}], "短")
    back = sending(outlet, spreadsheet(codes[:1_100]), kind="return", media_type=XLSX, to_id=world.maker.party_id,
                   reason="召回")  # fmt: skip
    (returned,) = back().json()
    assert returned["intervals"] == [{"start": 0, "stop": 6_600}]


def test_lines_that_are_no_codes(world: World, maker: Caller, codes: list[str], refused: Refused) -> None:
    to_id = world.outlet.party_id
    lines = ["code", codes[0], "no code", "", codes[1], UNKNOWN]
    problem = refused(sending(maker, "\n".join(lines).encode(), to_id=to_id), 422, "custody.unusable_lines", "file")
    assert problem["evidence"] == {"count": 2, "codes": ["3: no code", f"6: {UNKNOWN}"]}
    many = "\n".join([codes[0], *(f"x{number}" for number in range(3 * MAX_OFFENDERS))])
    problem = refused(sending(maker, many.encode(), to_id=to_id), 422, "custody.unusable_lines", "file")
    assert problem["evidence"]["count"] == 3 * MAX_OFFENDERS
    assert problem["evidence"]["codes"] == [f"{number + 2}: x{number}" for number in range(MAX_OFFENDERS)]
    # More than any other request may have.
    large = f"{UNKNOWN}\n".encode() * (MAX_REQUEST_BYTES // len(UNKNOWN))
    problem = refused(sending(maker, large, to_id=to_id), 422, "custody.unusable_lines", "file")
    assert problem["evidence"]["count"] == MAX_REQUEST_BYTES // len(UNKNOWN)
    taken = [*codes, world.code(world.register_batch(), Level.CARTON, 0)]
    world.ship(world.maker, world.outlet, world.goods_of(codes[7]))
    problem = refused(sending(maker, "\n".join(taken).encode(), to_id=to_id), 409, "custody.not_held", "codes")
    assert problem["evidence"]["codes"] == [codes[7]]


@pytest.mark.usefixtures("world")
def test_files_that_are_none(world: World, maker: Caller, codes: list[str], refused: Refused) -> None:
    to_id = world.outlet.party_id
    content = codes[0].encode()
    for media_type in ("application/json", "", "image/png", "text/csvx"):
        refused(sending(maker, content, media_type=media_type, to_id=to_id), 422, "file.type", "Content-Type")
    for empty in (b"", b"\n\n", b"code\n", "\ufeff".encode()):
        refused(sending(maker, empty, to_id=to_id), 422, "custody.no_codes", "file")
    refused(sending(maker, "追溯码\n".encode("gbk"), to_id=to_id), 422, "file.not_utf8", "file.csv")
    refused(sending(maker, b"x" * 5_000, to_id=to_id), 422, "file.malformed", "file.csv")
    refused(sending(maker, b"PK\x03\x04nonsense", media_type=XLSX, to_id=to_id), 422, "file.spreadsheet", "file.xlsx")
    long = b"x\n" * (MAX_CODES_PER_FILE + 1)
    problem = refused(sending(maker, long, to_id=to_id), 422, "custody.too_many_lines", "file")
    assert str(MAX_CODES_PER_FILE) in problem["detail"]


def test_what_the_address_must_state(world: World, maker: Caller, codes: list[str], refused: Refused) -> None:
    content = codes[0].encode()
    to_id = world.outlet.party_id
    refused(sending(maker, content), 422, "request.body", "to_id")
    refused(sending(maker, content, kind="sell"), 422, "request.body", "query.kind")
    refused(sending(maker, content, to_id="x"), 422, "request.body", "query.to_id")
    refused(sending(maker, content, to_id=to_id, from_id=to_id), 422, "request.body", "query.from_id")
    refused(sending(maker, content, to_id=to_id, is_complete=True), 422, "request.body", "is_complete")
    refused(sending(maker, content, to_id=to_id, captured_at="2026-11-24T08:00:00"), 422, "request.body",
            "query.captured_at")  # fmt: skip
    refused(sending(maker, content, to_id=uuid4()), 404, "party.unknown", "to_id")
    refused(sending(maker, content, kind="return", to_id=to_id), 422, "text.missing", "reason")
