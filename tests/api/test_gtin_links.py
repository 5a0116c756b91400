"""GTINs and GS1 Digital Links on the wire: registration, the links, their labels, and the answer they lead to."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from suiyuan.api.app import create_app
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.codes.gs1 import read_gtin_link
from suiyuan.trace.codes.model import Level

from ..support.world import World
from .conftest import BASE_URL, Refused
from .wire import Caller

GTIN = "06901234567892"
PRODUCT: dict[str, Any] = {
    "kind": "pesticide",
    "name": "某药",
    "registration_number": "PD20081234",
    "shelf_life_days": 730,
}


@pytest.fixture
def batch(world: World, maker: Caller) -> Batch:
    """A batch of a product with a GTIN, its number with a slash in it."""
    found = maker.post("/api/v1/products", {**PRODUCT, "gtin": GTIN[1:]})
    assert found["gtin"] == maker.get(f"/api/v1/products/{found['product_id']}")["gtin"] == GTIN
    product = next(each for each in maker.get("/api/v1/products") if each["gtin"])
    sent = {
        "product_id": product["product_id"],
        "batch_number": "A/7",
        "production_on": "2026-11-03",
        "size": 24,
        "units_per_carton": 6,
        "cartons_per_pallet": 2,
        "pack_code": "001",
    }
    made = maker.post("/api/v1/batches", sent)
    assert (made["gtin"], made["gtin_serial"]) == (GTIN, 0)
    assert made["warnings"] == ["technical_registration", "technical_maker"]
    assert maker.get(f"/api/v1/batches/{made['batch_id']}") == made
    with world.database.read() as connection:
        return batches.require_batch(connection, UUID(made["batch_id"]))


@pytest.fixture
def link(world: World, batch: Batch, client: TestClient) -> str:
    found = client.get(f"/api/v1/codes/{world.code(batch, index=4)}/link").json()
    assert (found["gtin"], found["batch_number"]) == (GTIN, "A/7")
    return found["link"]


@pytest.mark.parametrize(
    ("gtin", "status", "code", "field"),
    [
        ("6901234567893", 422, "product.gtin_check_digit", "gtin"),
        ("123", 422, "product.gtin", "gtin"),
        (6901234567892, 422, "request.body", "gtin"),
        (None, 422, "request.body", "gtin"),
        (GTIN, 409, "product.gtin_taken", "gtin"),
    ],
)
@pytest.mark.usefixtures("batch")
def test_products_that_cannot_have_this_gtin(
    maker: Caller, refused: Refused, gtin: object, status: int, code: str, field: str
) -> None:
    body = {**PRODUCT, "registration_number": "PD20084321", "gtin": gtin}
    refused(lambda: maker.send("POST", "/api/v1/products", body), status, code, field)


def test_a_link_is_that_of_its_unit(world: World, batch: Batch, client: TestClient, link: str) -> None:
    assert link.startswith(f"{BASE_URL}/01/{GTIN}/10/A%2F7/21/")
    assert re.fullmatch(r"[0-9]{20}", read_gtin_link(link).serial or "")
    code = GTIN + link[-20:]
    assert client.get(f"/api/v1/codes/{code}/link").json()["link"] == link
    assert client.get(f"/api/v1/codes/{code}/symbol").json()["text"] == link
    elsewhere = quote(f"https://other.example/01/{GTIN}/21/{link[-20:]}", safe="")
    answers = [client.get(f"/api/v1/answers/{text}").json() for text in (code, elsewhere)]
    for answer in (*answers, client.post("/api/v1/answers", json={"text": link}).json()):
        assert (answer["scheme"], answer["code"], answer["index"]) == ("gs1", code, 4)
        assert (answer["batch"]["batch_number"], answer["batch"]["gtin"]) == ("A/7", GTIN)


@pytest.mark.parametrize("path", [f"/01/{GTIN}/10/A%2F7/21/", f"/01/{GTIN}/21/"])
def test_our_host_answers_its_own_links(client: TestClient, link: str, path: str) -> None:
    page = client.get(path + link[-20:], headers={"Accept-Language": "en"})
    assert page.status_code == 200
    plain = client.get(f"/c/{GTIN}{link[-20:]}", headers={"Accept-Language": "en"})
    assert page.text.count("Earlier queries") < plain.text.count("Earlier queries"), "the first look was a scan"
    for said in ("A/7", GTIN, "PD20081234", "GTIN"):
        assert said in page.text


def test_a_link_of_another_batch_number_is_suspect(client: TestClient, link: str) -> None:
    page = client.get(f"/01/{GTIN}/10/B-1/21/{link[-20:]}?lang=en")
    assert page.status_code == 200
    assert "gives batch B-1; A/7 is registered" in page.text
    answer = client.get("/api/v1/answers/" + quote(f"/01/{GTIN}/10/B-1/21/{link[-20:]}", safe="")).json()
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("suspect", "label_batch_differs")
    assert answer["reasons"][0]["values"] == {"claimed": "B-1", "registered": "A/7"}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"/01/{GTIN}/21/{'9' * 20}", 404, "not registered"),
        (f"/01/{GTIN}", 422, "no single pack"),
        (f"/01/{GTIN}/10/A-7", 422, "no single pack"),
        (f"/01/{GTIN[:-1]}3/21/1", 422, "wrong check digit"),
        (f"/01/{GTIN}/21/A%20B", 422, "not written as GS1 lays down"),
        ("/01/", 422, "no code"),
        ("/01/%FF%00", 422, "no code"),
    ],
)
@pytest.mark.usefixtures("world")
def test_links_that_lead_to_no_pack(client: TestClient, path: str, status: int, said: str) -> None:
    page = client.get(f"{path}?lang=en")
    assert page.status_code == status
    assert said in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"https://x.example/01/{GTIN}", "code.no_serial"),
        (f"https://x.example/01/{GTIN[:-1]}3/21/1", "code.gtin_check_digit"),
        (f"https://x.example/01/{GTIN}/21/{'1' * 21}", "code.bad_link"),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_link_that_cannot_be_has_its_own_reason(client: TestClient, refused: Refused, text: str, code: str) -> None:
    refused(lambda: client.post("/api/v1/answers", json={"text": text}), 422, code, "code")
    refused(lambda: client.get(f"/api/v1/codes/{quote(text, safe='')}/link"), 404, "request.host", None)


def test_codes_that_have_no_link(world: World, batch: Batch, client: TestClient, refused: Refused) -> None:
    plain, carton = world.code(world.register_batch()), world.code(batch, Level.CARTON)
    refused(lambda: client.get(f"/api/v1/codes/{plain}/link"), 422, "link.no_gtin", "batch_id")
    refused(lambda: client.get(f"/api/v1/codes/{carton}/link"), 422, "link.level", "code")
    refused(lambda: client.get(f"/api/v1/codes/{plain[:-1]}/link"), 422, "code.wrong_length", "code")


def test_a_batch_number_in_chinese_has_no_link(world: World, maker: Caller, batch: Batch, refused: Refused) -> None:
    with world.database.read() as connection:
        product = catalog.require_product(connection, batch.product_id)
    other = world.register_batch(product, batch_number="批1")
    path = f"/api/v1/codes/{world.code(other)}/link"
    assert refused(lambda: maker.send("GET", path), 422, "link.batch_number", "batch_number")["evidence"] == {
        "value": "批1"
    }
    labels = f"/api/v1/batches/{other.batch_id}/labels"
    body = {"start": 0, "stop": 1, "is_gs1_link": True}
    refused(lambda: maker.send("POST", labels, body), 422, "link.batch_number", "batch_number")


def test_labels_with_links(maker: Caller, batch: Batch, link: str) -> None:
    path = f"/api/v1/batches/{batch.batch_id}/labels"
    sent = maker.send("POST", path, {"start": 3, "stop": 6, "form": "csv", "is_gs1_link": True})
    assert sent.status_code == 200, sent.text
    head, *lines = csv.reader(io.StringIO(sent.content.decode("utf-8-sig")))
    assert head == ["code", "payload"]
    assert len(lines) == 3
    assert lines[1] == [link[-20:], link]
    preview = maker.send(
        "POST", f"{path}/preview.png", {"start": 4, "stop": 5, "template": "plain-40x30", "is_gs1_link": True}
    )
    assert preview.status_code == 200, preview.text
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(preview.content)).convert("L"))
    assert read.text == link


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"level": "carton", "start": 0, "stop": 1}, "link.level", "level"),
        ({"start": 0, "stop": 25}, "code.index", "range"),
        ({"start": 24, "stop": 25}, "code.index", "range"),
        ({"start": 2, "stop": 2}, "code.index", "range"),
        ({"start": -1, "stop": 2}, "code.index", "range"),
    ],
)
def test_labels_with_links_that_cannot_be(
    maker: Caller, batch: Batch, refused: Refused, body: dict[str, Any], code: str, field: str
) -> None:
    path = f"/api/v1/batches/{batch.batch_id}/labels"
    refused(lambda: maker.send("POST", path, {**body, "is_gs1_link": True}), 422, code, field)


@pytest.mark.parametrize("symbology", ["qr", "datamatrix"])
def test_either_symbol_of_a_code(world: World, batch: Batch, client: TestClient, symbology: str) -> None:
    code = world.code(batch)
    image = client.get(f"/api/v1/codes/{code}/label.png?symbology={symbology}")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image.content)))
    wanted = {"qr": zxingcpp.BarcodeFormat.QRCode, "datamatrix": zxingcpp.BarcodeFormat.DataMatrix}
    assert (read.format, read.text) == (wanted[symbology], f"{BASE_URL}/c/{code}")


def test_no_segment_of_our_own_paths_reads_as_an_application_identifier() -> None:
    """A link is read from its end backwards: /c/…/21/… would be one."""
    paths = set(create_app().openapi()["paths"]) | {getattr(route, "path", "") for route in create_app().routes}
    assert len(paths) > 20
    numeric = {(path, segment) for path in paths for segment in path.split("/") if re.fullmatch(r"[0-9]{2,4}", segment)}
    assert {segment for _, segment in numeric} <= {"01"}
