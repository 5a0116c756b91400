"""Texts that are no code of ours, at every door that takes one: refused by name, and nothing is recorded of them."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.codes.schemes import with_check_digit
from suiyuan.trace.kernel.limits import MAX_SCANNED_CHARACTERS
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .conftest import Refused
from .wire import Caller

UNKNOWN = {
    "pesticide": "11722252247250743408010974953971",
    "veterinary drug": "202403150123456789012345",
    "own": with_check_digit("019254121540948244996"),
    "seed": "64010412345678901234",
    "a short word": "AB12",
    "address": "https://elsewhere.example/c/11722252247250743408010974953971",
    "full width": "１１７２２２５２２４７２５０７４３４０８０１０９７４９５３９７１",
}

HOSTILE = {
    "script": ("<script>alert(document.cookie)</script>", "no_code"),
    "attribute": ('" autofocus onfocus="alert(1)', "no_code"),
    "template": ("{{ 7 * 7 }}{% raw %}", "no_code"),
    "format string": ("%s%n{0.__class__}", "no_code"),
    "SQL": ("'; DROP TABLE scan; --", "no_code"),
    "SQL that is true": ("1' OR '1'='1", "no_code"),
    "emoji": ("🌾🌾🌾", "no_code"),
    "flags and joiners": ("👨‍👩‍👧‍👦🇨🇳", "no_code"),
    "NUL": ("\x00", "no_code"),
    "NUL inside": ("1172225224725074\x003408010974953971", "no_code"),
    "control characters": ("\x1b[2J\x07\x08", "no_code"),
    "line breaks": ("\r\nSet-Cookie: a=b\r\n\r\n", "no_code"),
    "path traversal": ("../../../etc/passwd", "no_code"),
    "encoded slash": ("..%2F..%2Fetc%2Fpasswd", "no_code"),
    "right to left": ("\u202e1793594790801043470527422522711", "wrong_length"),
    "other digits": ("١١٧٢٢٢٥٢٢٤٧٢٥٠٧٤٣٤٠٨٠١٠٩٧٤٩٥٣٩٧١", "no_code"),
    "command": ("$(rm -rf /)`id`", "no_code"),
    "blanks": (" \t\u3000", "empty"),
    "one digit too many": ("117222522472507434080109749539710", "wrong_length"),
    "wrong structure": ("91722252247250743408010974953971", "bad_structure"),
    "no such day": ("202413150123456789012345", "bad_structure"),
    "check digit": ("0192541215409482449960", "check_digit"),
    "two codes": ("11722252247250743408010974953971 12308841005260627001000011857410", "several_codes"),
    "just too long": ("1" * (MAX_SCANNED_CHARACTERS + 1), "too_long"),
}

IDS = list(HOSTILE)


@pytest.fixture(params=IDS)
def hostile(request: pytest.FixtureRequest) -> tuple[str, str]:
    return HOSTILE[request.param]


@pytest.fixture(params=list(UNKNOWN))
def unknown(request: pytest.FixtureRequest) -> str:
    return UNKNOWN[request.param]


@pytest.fixture
def scanned_before(world: World, client: TestClient) -> str:
    """A code that is known and was scanned: what follows must leave it alone."""
    code = world.code(world.register_batch())
    assert client.get(f"/api/v1/answers/{code}").status_code == 200
    return code


def path_of(text: str) -> str:
    return quote(text, safe="")


@pytest.mark.usefixtures("scanned_before")
def test_hostile_text_at_every_door(
    client: TestClient, refused: Refused, database: Database, unchanged: Unchanged, hostile: tuple[str, str]
) -> None:
    """A page's address cannot carry a line break, nor a label's a slash: there it is an address of nothing."""
    text, reason = hostile
    answer, label = f"/api/v1/answers/{path_of(text)}", f"/api/v1/codes/{path_of(text)}/label.png"
    refused(lambda: client.post("/api/v1/answers", json={"text": text}), 422, f"code.{reason}", "code")
    refused(lambda: client.get(answer), 422, f"code.{reason}", "code")
    if "/" in unquote(text):  # decoded twice: the test client does it once more than a server
        refused(lambda: client.get(label), 404, "request.host")
    else:
        refused(lambda: client.get(label), 422, f"code.{reason}", "code")
    with unchanged(database):
        by_path, by_form = client.get(f"/c/{path_of(text)}"), client.get("/c", params={"text": text})
    for response, is_nothing in ((by_path, "\n" in text), (by_form, False)):
        assert response.status_code == (404 if is_nothing else 422)
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert ("没有找到" if is_nothing else "读不出码") in response.text
        for mark in ("<script>alert", '" autofocus onfocus', "{{ 7", "<class"):
            assert mark not in response.text.replace("{{ 7 * 7 }}{% raw %}", "")
        assert "set-cookie" not in response.headers


@pytest.mark.usefixtures("scanned_before")
def test_unknown_codes_at_every_door(
    client: TestClient, refused: Refused, database: Database, unchanged: Unchanged, unknown: str
) -> None:
    by_path = refused(lambda: client.get(f"/api/v1/answers/{path_of(unknown)}"), 404, "code.unknown", "code")
    by_post = refused(lambda: client.post("/api/v1/answers", json={"text": unknown}), 404, "code.unknown", "code")
    for found in (by_path, by_post):
        assert found["verdict"] == "unknown"
        assert [reason["code"] for reason in found["reasons"]] == ["not_registered_here"]
        assert found["scanned_code"] in ("AB12", *UNKNOWN.values())
        assert "product" not in found
    label = f"/api/v1/codes/{path_of(unknown)}/label.png"
    if "/" in unknown:
        refused(lambda: client.get(label), 404, "request.host")
    else:
        refused(lambda: client.get(label), 404, "code.unknown", "code")
    with unchanged(database):
        page = client.get("/c", params={"text": unknown})
    assert page.status_code == 404
    assert "未查到" in page.text
    assert "在这里查不到，不等于是假的。" in page.text


def test_a_megabyte_of_text(client: TestClient, refused: Refused, world: World) -> None:
    world.register_batch()
    megabyte = "1" * 1_000_000
    problem = refused(lambda: client.post("/api/v1/answers", json={"text": megabyte}), 422, "request.body", "text")
    assert len(str(problem)) < 1_000, "what was sent does not come back"
    long_address = "1" * 60_000
    refused(lambda: client.get(f"/api/v1/answers/{long_address}"), 422, "code.too_long", "code")
    refused(lambda: client.get(f"/api/v1/codes/{long_address}/label.png"), 422, "code.too_long", "code")
    page = client.get(f"/c/{long_address}")
    assert page.status_code == 422
    assert "内容太长" in page.text


def test_half_a_surrogate_pair(client: TestClient, refused: Refused, world: World) -> None:
    """JSON can spell what no text is; an address can only spell bytes that are not UTF-8."""
    world.register_batch()
    json = {"Content-Type": "application/json"}
    body = b'{"text": "\\ud83c"}'
    refused(lambda: client.post("/api/v1/answers", content=body, headers=json), 422, "request.body", "text")
    refused(lambda: client.get("/api/v1/answers/%ED%A0%BC"), 422, "code.no_code", "code")
    refused(lambda: client.get("/api/v1/codes/%FF%FE/label.png"), 422, "code.no_code", "code")
    assert client.get("/c/%ED%A0%BC%C0%80").status_code == 422
    assert client.get("/c?text=%ED%A0%BC%C0%80").status_code == 422


def test_no_code_at_all(client: TestClient, refused: Refused, world: World) -> None:
    world.register_batch()
    refused(lambda: client.get("/api/v1/answers/"), 422, "code.empty", "code")
    refused(lambda: client.post("/api/v1/answers", json={"text": ""}), 422, "code.empty", "code")
    refused(lambda: client.post("/api/v1/answers", json={}), 422, "request.body", "text")
    assert client.get("/c").status_code == 422
    assert client.get("/c/").status_code == 422


@pytest.mark.parametrize("pixels", [-1, 0, 1, 41, 10**9, 10**30])
def test_a_label_of_absurd_size(client: TestClient, refused: Refused, world: World, pixels: int) -> None:
    code = world.code(world.register_batch())
    path = f"/api/v1/codes/{code}/label.png?module_pixels={pixels}"
    refused(lambda: client.get(path), 422, "label.module_pixels", "module_pixels")


def test_a_label_size_that_is_no_number(client: TestClient, refused: Refused, world: World) -> None:
    code = world.code(world.register_batch())
    path = f"/api/v1/codes/{code}/label.png?module_pixels=big"
    refused(lambda: client.get(path), 422, "request.body", "query.module_pixels")


@pytest.mark.parametrize("symbology", ["", "QR", "aztec", "datamatrix%00", "qr,datamatrix"])
def test_a_label_with_a_symbol_there_is_none_of(
    client: TestClient, refused: Refused, world: World, symbology: str
) -> None:
    code = world.code(world.register_batch())
    path = f"/api/v1/codes/{code}/label.png?symbology={symbology}"
    refused(lambda: client.get(path), 422, "request.body", "query.symbology")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("start=-1", "code.index", "start"),
        ("start=24", "code.index", "start"),
        ("start=9223372036854775808", "code.index", "start"),
        ("start=10000000000000000000000000000000", "code.index", "start"),
        ("level=carton&start=14", "code.index", "start"),  # four cartons, and ten to spare
        ("level=pallet&start=12", "code.index", "start"),
        ("count=0", "request.body", "query.count"),
        ("count=1001", "request.body", "query.count"),
        ("level=crate", "request.body", "query.level"),
        ("level=²", "request.body", "query.level"),
        ("level=7", "request.body", "query.level"),
        ("start=x", "request.body", "query.start"),
    ],
)
def test_codes_outside_the_batch(
    world: World, maker: Caller, refused: Refused, query: str, code: str, field: str
) -> None:
    batch = world.register_batch()
    refused(lambda: maker.send("GET", f"/api/v1/batches/{batch.batch_id}/codes?{query}"), 422, code, field)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_nul_where_no_code_is_expected(maker: Caller, regulator: Caller, refused: Refused) -> None:
    """PostgreSQL holds no NUL in a text: it must not get that far."""
    assert maker.get("/api/v1/register?number=%00") == []
    refused(lambda: regulator.send("DELETE", "/api/v1/keys/%00"), 404, "key.unknown", "key_id")
