"""Requests that are wrong whatever they ask for: no key, wrong key, no JSON, too large, no such address or method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.kernel.limits import MAX_REQUEST_BYTES
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .conftest import Refused
from .wire import PROBLEM_JSON, Caller

ID = "11111111-1111-4111-8111-111111111111"

POSTS = (
    "/api/v1/parties",
    f"/api/v1/parties/{ID}/licences",
    f"/api/v1/parties/{ID}/sites",
    f"/api/v1/parties/{ID}/keys",
    "/api/v1/products",
    "/api/v1/batches",
    f"/api/v1/batches/{ID}/codes",
    f"/api/v1/batches/{ID}/labels",
    f"/api/v1/batches/{ID}/labels/preview.png",
    f"/api/v1/batches/{ID}/packing",
    f"/api/v1/batches/{ID}/voided",
    f"/api/v1/batches/{ID}/stops",
    f"/api/v1/batches/{ID}/stops/{ID}/lift",
    "/api/v1/transfers",
    "/api/v1/returns",
    "/api/v1/receipts",
    "/api/v1/refusals",
    f"/api/v1/batches/{ID}/transfers/{ID}/refusal",
    "/api/v1/sales",
    "/api/v1/take-backs",
    "/api/v1/relocations",
    "/api/v1/unpackings",
    "/api/v1/repackings",
    "/api/v1/write-offs",
    "/api/v1/destructions",
    "/api/v1/sampled-units",
    "/api/v1/seizures",
    "/api/v1/releases",
    f"/api/v1/batches/{ID}/movements/{ID}/undo",
    f"/api/v1/batches/{ID}/discrepancies/{ID}/settlement",
    "/api/v1/movement-bundles",
    "/api/v1/webhooks",
    f"/api/v1/leads/{ID}/take-up",
    f"/api/v1/leads/{ID}/close",
    "/api/v1/suspects/{code}/dismiss",
    "/api/v1/suspects/{code}/confirm",
    "/api/v1/samples",
    "/api/v1/samples/duplicates",
    "/api/v1/sample-sheets",
    *(
        f"/api/v1/samples/{ID}/{name}"
        for name in (
            "seal",
            "reception",
            "report",
            "decision",
            "state",
            "objection",
            "retest",
            "retest-report",
            "correction",
            "withdrawal",
            "maker-response",
            "hold",
            "hold/release",
        )
    ),
    "/api/v1/inspectors",
    f"/api/v1/inspectors/{ID}/interests",
    "/api/v1/plans",
    f"/api/v1/plans/{ID}/revision",
    f"/api/v1/plans/{ID}/cancellation",
    f"/api/v1/plans/{ID}/draw",
    f"/api/v1/plans/{ID}/redraws",
    f"/api/v1/plans/{ID}/visits",
    "/api/v1/bulletins",
    f"/api/v1/bulletins/{ID}/versions",
)

WITHOUT_BODY = (
    f"/api/v1/batches/{ID}/transfers/{ID}/receipt",
    f"/api/v1/notices/{ID}/read",
    f"/api/v1/plans/{ID}/commitment",
    f"/api/v1/plans/{ID}/publication",
)

FILES = ("/api/v1/movement-files", "/api/v1/laboratory-files")
"""Their body is a file, and what to do with it stands in the address."""

DELETES = (
    "/api/v1/keys/{key_id}",
    f"/api/v1/parties/{ID}/sites/{ID}",
    f"/api/v1/webhooks/{ID}",
    f"/api/v1/inspectors/{ID}",
    f"/api/v1/inspectors/{ID}/interests/{ID}",
)

GETS = (
    "/api/v1/parties",
    "/api/v1/parties/me",
    f"/api/v1/parties/{ID}",
    f"/api/v1/parties/{ID}/licences",
    f"/api/v1/parties/{ID}/sites",
    "/api/v1/products",
    f"/api/v1/products/{ID}",
    "/api/v1/batches",
    f"/api/v1/batches/{ID}",
    f"/api/v1/batches/{ID}/codes",
    f"/api/v1/batches/{ID}/custody",
    f"/api/v1/batches/{ID}/holders",
    f"/api/v1/batches/{ID}/packages/{{level}}/{{index}}",
    f"/api/v1/batches/{ID}/print-jobs",
    f"/api/v1/batches/{ID}/events",
    "/api/v1/inbound",
    "/api/v1/holdings",
    "/api/v1/stock",
    "/api/v1/expiring",
    "/api/v1/balances",
    "/api/v1/movements",
    "/api/v1/discrepancies",
    "/api/v1/ledgers/{side}",
    "/api/v1/suppliers",
    "/api/v1/codes/{code}/way",
    "/api/v1/samples",
    f"/api/v1/samples/{ID}",
    f"/api/v1/samples/{ID}/sheet.pdf",
    "/api/v1/notices",
    "/api/v1/webhooks",
    "/api/v1/webhooks/deliveries",
    "/api/v1/leads",
    f"/api/v1/leads/{ID}",
    f"/api/v1/leads/{ID}/report",
    "/api/v1/suspects",
    "/api/v1/suspects/experience",
    "/api/v1/suspects/{code}",
    "/api/v1/bundle",
    f"/api/v1/leads/{ID}/report/photos/{{number}}",
    "/api/v1/probes",
    "/api/v1/inspectors",
    "/api/v1/plans",
    f"/api/v1/plans/{ID}",
    f"/api/v1/plans/{ID}/candidates",
    f"/api/v1/plans/{ID}/draw",
    f"/api/v1/plans/{ID}/visits",
    "/api/v1/visits",
)

PUBLIC = (
    ("/api/v1/answers/{code}", "GET"),
    ("/api/v1/answers", "POST"),
    ("/api/v1/codes/{code}/label.png", "GET"),
    ("/api/v1/codes/{code}/symbol", "GET"),
    ("/api/v1/codes/{code}/link", "GET"),
    ("/api/v1/label-templates", "GET"),
    ("/.well-known/suiyuan-label-keys.json", "GET"),
    ("/.well-known/suiyuan-receipt-key.json", "GET"),
    ("/.well-known/suiyuan-bundle-key.json", "GET"),
    ("/api/v1/scans/{code}", "GET"),
    ("/api/v1/scans/place", "POST"),
    ("/api/v1/scans/origin", "POST"),
    ("/api/v1/receipts/{code}", "GET"),
    ("/api/v1/receipts/verification", "POST"),
    ("/api/v1/register", "GET"),
    ("/api/v1/published-results", "GET"),
    ("/api/v1/results", "GET"),
    ("/api/v1/results.csv", "GET"),
    ("/api/v1/results.json", "GET"),
    ("/api/v1/results/{sample_number}", "GET"),
    ("/api/v1/result-batches/{batch_id}", "GET"),
    ("/api/v1/bulletins", "GET"),
    ("/api/v1/bulletins/{number}", "GET"),
    ("/api/v1/laboratory-files/template.csv", "GET"),
    ("/api/v1/laboratory-files/template.xlsx", "GET"),
    ("/api/v1/draws", "GET"),
    ("/api/v1/reports", "POST"),
    ("/api/v1/reports/{reference}", "GET"),
    ("/api/v1/draws/{plan_number}", "GET"),
)


def test_the_lists_above_are_all_there_is(client: TestClient) -> None:
    """A route that is added and named nowhere here fails this test."""
    listed = {(as_template(path), "POST") for path in (*POSTS, *WITHOUT_BODY, *FILES)}
    listed |= {(as_template(path), "GET") for path in GETS}
    listed |= {(as_template(path), "DELETE") for path in DELETES}
    listed |= {(as_template(path), method) for path, method in PUBLIC}
    schema = client.get("/api/openapi.json").json()
    found = {(as_template(path), method.upper()) for path, methods in schema["paths"].items() for method in methods}
    assert found == listed


def as_template(path: str) -> str:
    parts = [("*" if part.startswith("{") or part == ID else part) for part in path.split("/")]
    return "/".join(parts)


BAD_KEYS: dict[str, tuple[str | None, str]] = {
    "no key": (None, "access.none"),
    "empty": ("", "access.none"),
    "another scheme": ("Basic c3k6c3k=", "access.none"),
    "scheme alone": ("Bearer", "access.none"),
    "blank key": ("Bearer  ", "access.none"),
    "nonsense": ("Bearer nonsense", "access.key"),
    "well formed": (f"Bearer sy_abcdefgh_{'A' * 43}", "access.key"),
    "SQL": ("Bearer ' OR 1=1 --", "access.key"),
    "very long": (f"Bearer {'sy_' * 20_000}", "access.key"),
}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("bad", list(BAD_KEYS))
def test_every_route_but_the_public_ones_asks_for_a_key(client: TestClient, refused: Refused, bad: str) -> None:
    header, code = BAD_KEYS[bad]
    headers = {} if header is None else {"Authorization": header}
    routes = [("POST", path) for path in (*WITHOUT_BODY, *FILES)]
    routes += [("GET", path) for path in GETS] + [("DELETE", path) for path in DELETES]
    for method, path in routes:
        refused(lambda method=method, path=path: client.request(method, path, headers=headers), 401, code)
    assert client.get("/api/v1/parties/me", headers=headers).headers["www-authenticate"] == "Bearer"


@pytest.mark.usefixtures("world")
def test_nothing_is_written_without_a_key(client: TestClient, database: Database, unchanged: Unchanged) -> None:
    """Which fault is named first, the body's or the key's, is the framework's affair; that it is refused is ours."""
    for path in POSTS:
        with unchanged(database):
            responses = [client.post(path, json=body, headers=headers) for body in ({}, []) for headers in KEYLESS]
        for response in responses:
            assert response.status_code in (401, 422), path
            assert response.headers["content-type"] == PROBLEM_JSON


KEYLESS: tuple[dict[str, str], ...] = ({}, {"Authorization": f"Bearer sy_abcdefgh_{'A' * 43}"})


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_valid_form_without_a_key(world: World, client: TestClient, refused: Refused) -> None:
    batch = world.register_batch()
    goods = {"codes": [world.code(batch)]}
    ship = {"to_id": str(world.distributor.party_id), **goods}
    for path, body in (
        ("/api/v1/transfers", ship),
        ("/api/v1/receipts", goods),
        (f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "无"}),
        (f"/api/v1/parties/{world.maker.party_id}/keys", {"label": ""}),
    ):
        refused(lambda path=path, body=body: client.post(path, json=body), 401, "access.none")
        refused(lambda path=path, body=body: client.post(path, json=body, headers=KEYLESS[1]), 401, "access.key")


def test_a_withdrawn_key(world: World, maker: Caller, key_of: Callable[[Party], str], refused: Refused) -> None:
    other = Caller(maker.http, key_of(world.maker), maker.party_id)
    assert other.get("/api/v1/parties/me") == maker.get("/api/v1/parties/me")
    key_id = other.key.split("_")[1]
    maker.delete(f"/api/v1/keys/{key_id}")
    refused(lambda: other.send("GET", "/api/v1/parties/me"), 401, "access.key")
    refused(lambda: other.send("POST", "/api/v1/products", {"kind": "feed", "name": "x", "shelf_life_days": 9}), 401,
            "access.key")  # fmt: skip
    refused(lambda: maker.send("DELETE", f"/api/v1/keys/{key_id}"), 404, "key.unknown", "key_id")


MULTIPART = b"--x\r\nContent-Disposition: form-data; name=kind\r\n\r\nfeed\r\n--x--"

BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "broken": (b'{"kind": ', "application/json"),
    "two documents": (b"{}{}", "application/json"),
    "a list": (b"[]", "application/json"),
    "a number": (b"7", "application/json"),
    "null": (b"null", "application/json"),
    "not UTF-8": (b'{"name": "\xff\xfe"}', "application/json"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "application/json"),
    "a surrogate for a name": (b'{"\\ud800": 1}', "application/json"),
    "NaN": (b'{"size": NaN}', "application/json"),
    "a number without end": (b'{"size": ' + b"9" * 100_000 + b"}", "application/json"),
    "deep": (b"[" * 200_000, "application/json"),
    "deep in an object": (b'{"a":' * 100_000, "application/json"),
    "a form": (b"kind=feed&name=x", "application/x-www-form-urlencoded"),
    "a file": (MULTIPART, "multipart/form-data; boundary=x"),
    "XML": (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
    "text": (b'{"kind": "feed", "name": "x", "shelf_life_days": 9}', "text/plain"),
}  # fmt: skip


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("bad", list(BAD_BODIES))
def test_bodies_that_are_no_form(
    regulator: Caller, database: Database, unchanged: Unchanged, client: TestClient, bad: str
) -> None:
    content, kind = BAD_BODIES[bad]
    for path in (*POSTS, "/api/v1/answers"):
        with unchanged(database):
            response = client.post(path, content=content, headers={**regulator.headers, "Content-Type": kind})
        assert response.status_code in (400, 422), (path, response.status_code)
        assert response.headers["content-type"] == PROBLEM_JSON
        assert response.json()["code"] == "request.body"


@pytest.mark.usefixtures("world")
def test_an_unknown_field(regulator: Caller, database: Database, unchanged: Unchanged) -> None:
    """A misspelt optional field must not pass for an absent one."""
    for path in (*POSTS, "/api/v1/answers"):
        with unchanged(database):
            response = regulator.send("POST", path, {"labell": "x"})
        assert response.status_code == 422, path
        assert "labell" in {fault["field"] for fault in response.json()["errors"]}, path


@pytest.mark.usefixtures("world")
def test_a_body_over_the_limit(regulator: Caller, refused: Refused) -> None:
    content = b'{"text": "' + b"1" * MAX_REQUEST_BYTES + b'"}'
    headers = {**regulator.headers, "Content-Type": "application/json"}
    for path in (*POSTS, "/api/v1/answers"):
        problem = refused(
            lambda path=path: regulator.http.post(path, content=content, headers=headers), 413, "request.too_large"
        )
        assert str(MAX_REQUEST_BYTES) in problem["detail"].replace(",", "")


def test_a_body_over_the_limit_in_pieces(world: World, regulator: Caller, refused: Refused) -> None:
    """Without a length stated beforehand."""
    headers = {**regulator.headers, "Content-Type": "application/json"}

    def pieces() -> Any:
        yield b'{"text": "'
        for _ in range(MAX_REQUEST_BYTES // 65_536 + 1):
            yield b"1" * 65_536
        yield b'"}'

    refused(lambda: regulator.http.post("/api/v1/answers", content=pieces(), headers=headers), 413, "request.too_large")


@pytest.mark.usefixtures("world")
def test_a_page_form_over_the_limit(
    client: TestClient, maker: Caller, database: Database, unchanged: Unchanged
) -> None:
    assert client.post("/sign-in", data={"key": maker.key}).status_code == 303
    for path in ("/sign-in", "/desk/receive", "/desk/ship", "/desk/batches"):
        with unchanged(database):
            response = client.post(path, data={"codes": "1" * (MAX_REQUEST_BYTES + 1)})
        assert response.status_code == 413, path
        assert response.headers["content-type"].startswith("text/html"), path


WRONG_METHODS = (
    ("PUT", "/api/v1/batches"),
    ("DELETE", "/api/v1/batches"),
    ("PATCH", f"/api/v1/batches/{ID}"),
    ("DELETE", f"/api/v1/batches/{ID}"),
    ("POST", f"/api/v1/batches/{ID}"),
    ("GET", "/api/v1/transfers"),
    ("GET", "/api/v1/receipts"),
    ("DELETE", "/api/v1/answers/AB12"),
    ("POST", "/api/v1/answers/AB12"),
    ("PUT", "/api/v1/answers"),
    ("POST", "/api/v1/codes/AB12/label.png"),
    ("GET", f"/api/v1/samples/{ID}/report"),
    ("TRACE", "/api/v1/batches"),
    ("BREW", "/api/v1/batches"),
)


@pytest.mark.usefixtures("world")
def test_a_wrong_method(regulator: Caller, refused: Refused) -> None:
    for method, path in WRONG_METHODS:
        refused(lambda method=method, path=path: regulator.send(method, path), 405, "request.method")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/",
        "/api/v1/batch",
        "/api/v2/batches",
        f"/api/v1/batches/{ID}/owner",
        "/api/v1/sample",
        "/api/docs",
        "/api/../api/v1/nothing",
        "/api/v1/%00",
        "/api/v1/codes/label.png",
        "/api/v1/codes//label.png",
    ],
)
def test_an_unknown_path(regulator: Caller, database: Database, unchanged: Unchanged, path: str) -> None:
    with unchanged(database):
        response = regulator.send("GET", path)
    assert response.status_code in (404, 405), response.text
    assert response.headers["content-type"] == PROBLEM_JSON
    assert response.json()["code"] in ("request.host", "request.method")


@pytest.mark.parametrize("path", ["/nothing", "/docs", "/redoc", "/static/../app.py", "/static/%2e%2e/app.py",
                                  "/static/nothing.css", "/static/", "/desk/nothing", "/.git/config"])  # fmt: skip
def test_an_unknown_page(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "没有找到" in response.text


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", [f"/api/v1/batches/{bad}" for bad in ("1", "x" * 5_000, "%00", "'", "None", "..")])
def test_an_id_that_is_none(regulator: Caller, database: Database, unchanged: Unchanged, path: str) -> None:
    with unchanged(database):
        response = regulator.send("GET", path)
    assert response.status_code in (404, 422)
    assert response.json()["code"] in ("request.body", "request.host")


def test_things_that_are_not_there(world: World, regulator: Caller, refused: Refused) -> None:
    for path, code, field in (
        (f"/api/v1/batches/{uuid4()}", "batch.unknown", "batch_id"),
        (f"/api/v1/batches/{uuid4()}/codes", "batch.unknown", "batch_id"),
        (f"/api/v1/batches/{uuid4()}/custody", "batch.unknown", "batch_id"),
        (f"/api/v1/batches/{uuid4()}/events", "batch.unknown", "batch_id"),
        (f"/api/v1/products/{uuid4()}", "product.unknown", "product_id"),
        (f"/api/v1/parties/{uuid4()}", "party.unknown", "party_id"),
        (f"/api/v1/parties/{uuid4()}/licences", "party.unknown", "party_id"),
        (f"/api/v1/samples/{uuid4()}", "sample.unknown", "sample_id"),
    ):
        refused(lambda path=path: regulator.send("GET", path), 404, code, field)


def test_the_language_of_a_refusal(world: World, client: TestClient) -> None:
    path = "/api/v1/answers/%3Cscript%3E"
    assert client.get(path).json()["detail"] == "没有找到追溯码。"
    assert client.get(path, headers={"Accept-Language": "en-GB,zh;q=0.5"}).json()["detail"].startswith("There is no")
    assert client.get(f"{path}?lang=en").json()["detail"].startswith("There is no")
    for odd in ("xx", "\x00", "en;q=nonsense", "zh" * 10_000, "*;q=" + "9" * 400, ",,,;;;=="):
        response = client.get(path, headers={"Accept-Language": odd.replace("\x00", "")})
        assert response.status_code == 422


def test_a_hostile_host_header(world: World, client: TestClient) -> None:
    code = world.code(world.register_batch())
    for host in ("[", "a]b", "evil.example", "a b", "<script>", "x" * 5_000):
        for path in (f"/c/{code}", "/sign-in", "/desk", "/nothing", f"/api/v1/answers/{code}"):
            response = client.get(path, headers={"Host": host})
            assert response.status_code < 500, (host, path)
            assert "evil.example" not in response.headers.get("location", "")
            assert "evil.example" not in response.text
