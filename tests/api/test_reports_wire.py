"""Reports over the API: from anybody, as JSON or with photos; read by authorities, looked up by number and check."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from suiyuan.trace.kernel.limits import MAX_REPORT_BYTES

from ..support.world import World
from .conftest import BASE_URL, Refused
from .test_report_photos import located, webp_of
from .wire import Caller

REPORTS = "/api/v1/reports"
TELEPHONE = "13800138000"
SCRIPT = "<script>alert(1)</script>"
FULL = {
    "code": "扫不出来",
    "troubles": ["opened", "looks_different"],
    "words": f"瓶盖松的\n{SCRIPT}",
    "region_code": "640221",
    "latitude": "38.487193",
    "longitude": 106.230909,
    "telephone": TELEPHONE,
}

Sends = Callable[..., httpx2.Response]


def photo(name: str, content: bytes, kind: str = "image/jpeg") -> tuple[str, tuple[str, bytes, str]]:
    return ("photos", (name, content, kind))


@pytest.fixture
def send(client: TestClient) -> Sends:
    """One report as a form, with its photos."""

    def post(*photos: tuple[str, tuple[str, bytes, str]], **fields: Any) -> httpx2.Response:
        files = [*photos] or [photo("", b"", "application/octet-stream")]
        return client.post(REPORTS, data={"troubles": "opened", **fields}, files=files)

    return post


def lead_id_of(authority: Caller, number: str) -> str:
    (found,) = [each for each in authority.get("/api/v1/leads")["leads"] if each["lead_number"] == number]
    return found["lead_id"]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_report_is_sent_followed_read_and_closed(
    client: TestClient, send: Sends, regulator: Caller, agency: Caller, outlet: Caller
) -> None:
    response = send(photo("x.heic.exe", located(), "text/html"), photo("y.jpg", located()), **FULL)
    assert response.status_code == 201, response.text
    received = response.json()
    assert set(received) == {"lead_number", "reference", "received_at"}
    status = client.get(f"{REPORTS}/{received['reference']}").json()
    assert (status["state"], status["received_on"], status["public_answer"]) == ("open", "2026-11-24", "")
    assert set(status) == {"reference", "state", "received_on", "closed_on", "public_answer"}
    path = f"/api/v1/leads/{lead_id_of(regulator, received['lead_number'])}"
    report = regulator.get(f"{path}/report")
    assert report["troubles"] == ["looks_different", "opened"]
    assert (report["code_text"], report["code"], report["words"]) == (FULL["code"], "", FULL["words"])
    assert report["position"] == {"latitude_degrees": "38.49", "longitude_degrees": "106.23"}
    assert (report["telephone"], report["photos"]) == (TELEPHONE, 2)
    assert agency.get(f"{path}/report") == {**report, "telephone": ""}
    outlet.get(f"{path}/report", 403)
    outlet.get(f"{path}/report/photos/1", 403)
    picture = agency.send("GET", f"{path}/report/photos/1")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert picture.headers["content-security-policy"] == "default-src 'none'"
    assert dict(Image.open(io.BytesIO(picture.content)).getexif()) == {}
    for number in ("0", "3", "99999999999999999999"):
        agency.get(f"{path}/report/photos/{number}", 404)
    regulator.post(f"{path}/close", {"reason": "内部", "public_answer": "已查处，谢谢。"}, 200)
    status = client.get(f"{REPORTS}/{received['reference']}").json()
    assert (status["state"], status["public_answer"]) == ("closed", "已查处，谢谢。")
    after = regulator.get(f"{path}/report")
    assert (after["telephone"], after["has_telephone"], after["position"]) == ("", False, None)


@pytest.mark.usefixtures("world")
def test_json_and_sending_again(client: TestClient, regulator: Caller) -> None:
    body = {**FULL, "sent_id": str(uuid4())}
    first = client.post(REPORTS, json=body)
    assert first.status_code == 201
    assert client.post(REPORTS, json=body).json() == first.json()
    assert len(regulator.get("/api/v1/leads?kind=consumer_report")["leads"]) == 1
    least = client.post(
        REPORTS, json={"troubles": ["other"]}, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert least.status_code == 201


def test_known_unknown_and_malformed_codes_are_all_taken(world: World, client: TestClient, regulator: Caller) -> None:
    code = world.code(world.register_batch())
    unknown = code[:-3] + ("000" if code[-3:] != "000" else "111")
    for text, found in (
        (f"https://elsewhere.example/c/{code}", code),
        (unknown, unknown),
        (SCRIPT, ""),
        ("\x00\ud7ff", ""),
    ):
        number = client.post(REPORTS, json={"code": text, "troubles": ["other"]}).json()["lead_number"]
        lead = regulator.get(f"/api/v1/leads/{lead_id_of(regulator, number)}")
        assert (lead["maker_id"] is not None) == (found == code)
        assert regulator.get(f"/api/v1/leads/{lead['lead_id']}/report")["code"] == found


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing is wrong": ({"troubles": []}, "report.trouble", "troubles"),
    "another trouble": ({"troubles": ["magic"]}, "request.body", "troubles.0"),
    "an endless code": ({"code": "x" * 4_297}, "text.malformed", "code"),
    "endless words": ({"words": "长" * 2_001}, "text.malformed", "words"),
    "no county": ({"region_code": "649999"}, "region.unknown", "region_code"),
    "no telephone": ({"telephone": "<b>"}, "report.telephone", "telephone"),
    "half a position": ({"latitude": "38", "longitude": None}, "report.position", "longitude"),
    "off the globe": ({"latitude": "91"}, "report.position", "latitude"),
    "no number": ({"latitude": "NaN"}, "request.body", "latitude"),
    "no UUID": ({"sent_id": "once"}, "request.body", "sent_id"),
    "a field of another form": ({"phone": "1"}, "request.body", "phone"),
}


@pytest.mark.usefixtures("world")
def test_what_no_report_can_be(client: TestClient, refused: Refused) -> None:
    for fields, code, field in WRONG.values():
        body = {**FULL, **fields}
        problem = refused(lambda body=body: client.post(REPORTS, json=body), 422, code, field)
        assert TELEPHONE not in str(problem)


@pytest.mark.usefixtures("world")
def test_photos_that_are_refused(client: TestClient, send: Sends, refused: Refused) -> None:
    heic = photo("IMG_0001.jpg", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40)
    problem = refused(lambda: send(photo("a.jpg", located()), heic), 422, "report.photo_heic", "photos")
    assert "苹果手机" in problem["detail"]
    refused(lambda: send(photo("a.jpg", b"<script>")), 422, "report.photo_type", "photos")
    refused(lambda: send(photo("a.webp", webp_of(16_384, 16_384))), 422, "report.photo_size", "photos")
    refused(lambda: send(photo("a.jpg", located()[:300])), 422, "report.photo_broken", "photos")
    refused(lambda: send(*[photo("a.jpg", located())] * 4), 422, "report.photos", "photos")
    refused(lambda: send(*[photo("a.jpg", located())] * 11), 400, "request.body")
    refused(lambda: client.post(REPORTS, data={"troubles": "other"}), 422, "file.type", "Content-Type")
    for content in (b"", b"{", b"[]", b'{"troubles": "\xff"}', b"[" * 100_000):
        response = client.post(REPORTS, content=content, headers={"Content-Type": "application/json"})
        assert (response.status_code, response.json()["code"]) == (422, "request.body")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", [REPORTS, "/report"])
def test_fifty_megabytes_are_refused_by_the_length_they_state(client: TestClient, path: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    def pieces() -> Any:
        """Without a length stated beforehand."""
        yield head
        for _ in range(MAX_REPORT_BYTES >> 20):
            yield b"\xff" * (1 << 20)

    stated = {**headers, "Content-Length": str(50 << 20)}
    for content, given in ((b"\xff\xd8", stated), (pieces(), headers)):
        response = client.post(path, content=content, headers=given)
        assert response.status_code == 413
        assert str(MAX_REPORT_BYTES) in response.text.replace(",", "")


@pytest.mark.usefixtures("world")
def test_the_sixth_within_an_hour_waits(client: TestClient, send: Sends, refused: Refused) -> None:
    for _ in range(5):
        assert send().status_code == 201
    problem = refused(lambda: send(photo("a.jpg", b"not looked at")), 429, "report.too_many")
    assert "12316" in problem["detail"]
    assert send().headers["retry-after"] == "3600"
    page = client.post("/report", data={"troubles-other": "1", "words": "又来"})
    assert (page.status_code, page.headers["retry-after"]) == (429, "3600")
    assert "又来" in page.text


@pytest.mark.usefixtures("world")
def test_wrong_checks_are_slowed(client: TestClient, send: Sends) -> None:
    reference = send().json()["reference"]
    for number in range(10):
        assert client.get(f"{REPORTS}/{reference[:-4]}000{number}".replace(reference, "x")).status_code == 404
    for path in (f"{REPORTS}/{reference}", f"/report/{reference}"):
        response = client.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (429, "3600")


@pytest.mark.usefixtures("world")
def test_sources_are_addresses_and_of_ipv6_their_first_half(client: TestClient) -> None:
    def status_of(host: str) -> int:
        caller = TestClient(client.app, base_url=BASE_URL, client=(host, 50_000))
        return caller.post(REPORTS, json={"troubles": ["other"]}).status_code

    neighbours = [status_of(f"2001:db8:1:2::{number}") for number in range(6)]
    assert neighbours == [201] * 5 + [429]
    assert status_of("2001:db8:1:3::1") == 201
    assert [status_of(host) for host in ("192.0.2.7", "::ffff:192.0.2.7") * 3] == [201] * 5 + [429]


def test_complaints_weigh_in_the_draw(world: World, client: TestClient, agency: Caller) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    for number in range(2):
        agency.post("/api/v1/inspectors", {"name": f"检查员{number}", "certificate_number": f"NX-{number}"})
    first_day, last_day = "2026-11-25", "2026-12-31"
    body = {
        "plan_number": "NX-2026-1",
        "title": "秋季抽检",
        "kinds": ["pesticide"],
        "first_on": first_day,
        "last_on": last_day,
        "strata": [{"region_code": world.outlet.region_code, "size": 1}],
    }
    path = f"/api/v1/plans/{agency.post('/api/v1/plans', body)['plan_id']}"
    client.post(REPORTS, json={"code": world.code(batch), "troubles": ["other"]})
    agency.post(f"{path}/commitment")
    agency.post(f"{path}/draw", {})
    weights = {each["object_id"]: each["weight"] for each in agency.get(f"{path}/draw")["list"]["candidates"]}
    assert weights == {world.outlet.credit_code: 10 + 5 + 36}
