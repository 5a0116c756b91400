"""What a scan tells beside its code, and what regulators make of it, on the wire and on the pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from suiyuan.api.app import create_app
from suiyuan.api.instance import Instance
from suiyuan.api.routes.scans import name_of, position_of
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.kernel.errors import NotKnown
from suiyuan.trace.parties.model import Party
from suiyuan.trace.verification import store
from suiyuan.trace.verification.scans import Said, Scan
from suiyuan.trace.verification.service import suspects
from suiyuan.trace.verification.signals.model import PlaceBasis, SignalKind
from suiyuan.trace.verification.signals.places import counties

from ..support.protocols import Unchanged
from ..support.world import World
from .conftest import BASE_URL, Refused
from .desk import Desk
from .wire import Caller, problem_of

YINCHUAN, GUYUAN, PARIS = (38.48, 106.34), (36.0, 106.28), (48.86, 2.35)
"""Latitude and longitude: in Xingqing, in Yuanzhou 275 km to the south, and far from any county."""

FAR = ("640302", "640402", "640502", "640181", "640104")
"""Counties in all parts of Ningxia, the last of them Xingqing."""


@pytest.fixture
def code(world: World) -> str:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return world.code(batch, index=7)


@pytest.fixture
def telephones(client: TestClient) -> Iterator[Callable[[int], TestClient]]:
    """The same service, asked from one telephone after the other."""
    yield lambda number: TestClient(client.app, base_url=BASE_URL, client=(f"192.0.2.{number}", 50_000))


def scans(instance: Instance) -> list[Scan]:
    """Everything in the log, in its order."""
    with instance.database.read() as connection:
        return store.scans_at(connection, range(1, 100))


def scan_name(page: str) -> str:
    found = re.search(r'data-scan="([^"]+)"', page)
    assert found
    return found[1]


def ask(telephone: TestClient, code: str, position: tuple[float, float]) -> dict[str, Any]:
    latitude, longitude = position
    body = {"text": code, "latitude": latitude, "longitude": longitude}
    response = telephone.post("/api/v1/answers", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_position_is_kept_as_a_county_only(client: TestClient, code: str, instance: Instance) -> None:
    ask(client, code, YINCHUAN)
    ask(client, code, PARIS)
    assert client.get(f"/api/v1/answers/{code}").status_code == 200
    here, far, silent = scans(instance)
    assert (here.region_code, here.basis) == ("640104", PlaceBasis.CONSENT)
    assert (far.region_code, far.basis) == (silent.region_code, silent.basis) == ("", PlaceBasis.NONE)
    assert "38.47" not in repr(instance.database.driver_connection().execute("SELECT * FROM scan").fetchall())


def test_one_telephone_is_one_device_for_a_day(
    telephones: Callable[[int], TestClient], code: str, world: World, instance: Instance
) -> None:
    for number in (1, 1, 2):
        telephones(number).get(f"/c/{code}")
    telephones(1).get(f"/c/{code}", headers={"User-Agent": "another browser"})
    world.clock.instant += timedelta(days=1)
    telephones(1).get(f"/c/{code}")
    devices = [each.device for each in scans(instance)]
    assert devices[0] == devices[1]
    assert len(set(devices)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in devices)


def test_a_dealer_who_is_signed_in_looks_from_the_county_of_the_shop(
    outlet: Caller, agency: Caller, code: str, world: World, instance: Instance, desk_of: Callable[[Party], Desk]
) -> None:
    outlet.get(f"/api/v1/answers/{code}")
    agency.get(f"/api/v1/answers/{code}")
    desk_of(world.outlet).page(f"/c/{code}")
    outlet.http.cookies.clear()
    assert outlet.http.get(f"/api/v1/answers/{code}", headers={"Authorization": "Bearer nonsense"}).status_code == 200
    by_key, by_agency, by_page, by_nobody = scans(instance)
    shop = (world.outlet.party_id, world.outlet.region_code, PlaceBasis.OUTLET)
    for each in (by_key, by_page):
        assert (each.site_id, each.region_code, each.basis) == shop
    for each in (by_agency, by_nobody):
        assert (each.site_id, each.region_code, each.basis) == (None, "", PlaceBasis.NONE)


def test_the_place_can_be_told_after_the_answer_once(
    client: TestClient, code: str, instance: Instance, world: World
) -> None:
    name = scan_name(client.get(f"/c/{code}").text)
    body = {"scan": name, "latitude": YINCHUAN[0], "longitude": YINCHUAN[1]}
    world.clock.instant += timedelta(minutes=10)
    told = client.post("/api/v1/scans/place", json=body)
    assert (told.json()["region_code"], told.json()["region"]) == ("640104", "银川市兴庆区")
    assert client.post("/api/v1/scans/place", json={**body, "latitude": GUYUAN[0]}).status_code == 200
    seen, remark = scans(instance)
    assert (seen.region_code, seen.basis, remark.about) == ("640104", PlaceBasis.CONSENT, seen.position)
    instance.answers.filing.file()
    state = instance.answers.recorder.state(seen.key)
    assert (state.scans, state.suspicion is None) == (1, False)
    assert state.last_at == seen.scanned_at, "what is told later is no scan"
    assert client.get(f"/api/v1/scans/{code}").json() == {
        "days": [{"day": "2026-11-24", "region_code": "640104", "scans": 1}]
    }
    world.clock.instant += timedelta(hours=1)
    problem_of(client.post("/api/v1/scans/place", json=body), 404, "scan.unknown", "scan")


@pytest.mark.parametrize(
    ("change", "status", "error", "field"),
    [
        ({"scan": "1.0011223344556677"}, 404, "scan.unknown", "scan"),
        ({"scan": "x"}, 404, "scan.unknown", "scan"),
        ({"scan": "9" * 40 + ".00"}, 404, "scan.unknown", "scan"),
        ({"latitude": 91}, 422, "request.body", "latitude"),
        ({"longitude": "NaN"}, 422, "request.body", "longitude"),
        ({"longitude": None}, 422, "request.body", "longitude"),
        ({"name": "somebody"}, 422, "request.body", "name"),
    ],
)
def test_a_place_that_is_none_is_refused(
    client: TestClient, code: str, refused: Refused, change: dict[str, object], status: int, error: str, field: str
) -> None:
    name = scan_name(client.get(f"/c/{code}").text)
    body = {"scan": name, "latitude": YINCHUAN[0], "longitude": YINCHUAN[1], **change}
    refused(lambda: client.post("/api/v1/scans/place", json=body), status, error, field)


def test_where_the_pack_is_from_is_asked_where_it_matters_and_told_once(
    telephones: Callable[[int], TestClient], code: str, instance: Instance, world: World
) -> None:
    """The shop is in Yuanzhou by the answer, the record has the pack in another county."""
    telephone = telephones(1)
    name = scan_name(telephone.get(f"/c/{code}").text)
    body = {"scan": name, "latitude": GUYUAN[0], "longitude": GUYUAN[1]}
    told = telephone.post("/api/v1/scans/place", json=body).json()
    assert (told["region"], told["asks"]) == ("固原市原州区", True)
    before = telephone.get(f"/api/v1/answers/{code}?record=false").json()["verdict"]
    origin = {"scan": name, "said": "shop", "bought_in": "640402"}
    assert telephone.post("/api/v1/scans/origin", json=origin).status_code == 204
    assert telephone.post("/api/v1/scans/origin", json={**origin, "bought_in": "640104"}).status_code == 204
    seen, *remarks = scans(instance)
    assert (seen.region_code, seen.said, seen.bought_in) == ("640402", Said.SHOP, "640402")
    assert [each.about for each in remarks] == [seen.position] * 2
    instance.answers.filing.file()
    with instance.database.read() as connection:
        (suspect,) = suspects.list_suspects(connection, world.actor(world.regulator))
    assert SignalKind.BOUGHT_ELSEWHERE in {each.kind for each in suspect.signals}
    assert (before, suspect.looks) == ("genuine", 1)


def test_a_browser_without_script_tells_it_with_the_form(
    telephones: Callable[[int], TestClient], code: str, instance: Instance
) -> None:
    ask(telephones(1), code, GUYUAN)
    instance.answers.filing.file()
    page = telephones(2).get(f"/c/{code}").text
    card = re.search(r"<form[^>]*data-origin[^>]*>", page)
    assert card
    assert " hidden" not in card[0]
    sent = {"scan": scan_name(page), "said": "shop", "bought_in": "640402"}
    thanks = telephones(2).post("/scans/origin", data=sent)
    assert (thanks.status_code, "谢谢，已记下" in thanks.text) == (200, True)
    assert scans(instance)[1].said is Said.SHOP


@pytest.mark.parametrize(
    ("change", "status", "error", "field"),
    [
        ({"bought_in": ""}, 422, "scan.shop", "bought_in"),
        ({"bought_in": "640000"}, 422, "scan.shop", "bought_in"),
        ({"bought_in": "999999"}, 422, "scan.shop", "bought_in"),
        ({"said": "photograph"}, 422, "scan.shop", "bought_in"),
        ({"said": "stolen"}, 422, "request.body", "said"),
        ({"scan": "2.00"}, 404, "scan.unknown", "scan"),
    ],
)
def test_an_origin_that_is_none_is_refused(
    client: TestClient, code: str, refused: Refused, change: dict[str, object], status: int, error: str, field: str
) -> None:
    name = scan_name(client.get(f"/c/{code}").text)
    body = {"scan": name, "said": "shop", "bought_in": "640402", **change}
    refused(lambda: client.post("/api/v1/scans/origin", json=body), status, error, field)


def test_a_form_that_says_nothing_is_refused(
    client: TestClient, code: str, unchanged: Unchanged, instance: Instance
) -> None:
    name = scan_name(client.get(f"/c/{code}").text)
    with unchanged(instance.database):
        assert client.post("/scans/origin", data={"scan": name}).status_code == 422
        assert client.post("/scans/origin", data={"said": "shop"}).status_code == 422


def test_half_a_position_is_refused(client: TestClient, code: str, refused: Refused) -> None:
    body = {"text": code, "latitude": 38.0}
    refused(lambda: client.post("/api/v1/answers", json=body), 422, "scan.half_a_position", "latitude")


def test_nobody_names_the_scan_of_somebody_else(keyring: Keyring) -> None:
    assert position_of(keyring, name_of(keyring, 12)) == 12
    other = name_of(keyring, 12).replace("12.", "13.")
    with pytest.raises(NotKnown):
        position_of(keyring, other)


def test_the_page_tells_scans_by_county_and_day(client: TestClient, code: str, world: World) -> None:
    ask(client, code, YINCHUAN)
    ask(client, code, YINCHUAN)
    world.clock.instant += timedelta(days=1)
    page = client.get(f"/c/{code}").text
    assert "2026年11月24日 银川市兴庆区 2 次" in page
    assert "2026年11月25日 不知道在哪个县 1 次" in page
    assert "2026-11-24" in client.get(f"/api/v1/scans/{code}").text


def test_the_history_of_what_is_unknown_is_refused(client: TestClient, refused: Refused) -> None:
    refused(lambda: client.get("/api/v1/scans/" + "12011231100" + "7" * 21), 404, "code.unknown", "code")
    refused(lambda: client.get("/api/v1/scans/x"), 422, "code.no_code", "code")


@pytest.fixture
def suspect_code(telephones: Callable[[int], TestClient], code: str, world: World, instance: Instance) -> str:
    """One code, at the centres of counties far from each other within two hours."""
    centres = {each.code: (each.latitude, each.longitude) for each in counties()}
    for number, county in enumerate(FAR):
        world.clock.instant += timedelta(minutes=20)
        ask(telephones(number + 1), code, centres[county])
    instance.answers.filing.file()
    return code


def test_the_public_reads_a_possibility_and_regulators_decide(
    client: TestClient, suspect_code: str, regulator: Caller, outlet: Caller, refused: Refused
) -> None:
    path = f"/api/v1/suspects/{suspect_code}"
    answer = client.get(f"/api/v1/answers/{suspect_code}").json()
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("suspect", "possibly_copied")
    page = client.get(f"/c/{suspect_code}").text
    assert "可能被抄到了别的包装上" in page
    assert "这不等于您手里的是假的" in page
    (listed,) = regulator.get("/api/v1/suspects?state=open")["suspects"]
    assert (listed["code"], listed["state"], listed["suspicion"]) == (suspect_code, "open", "suspect")
    found = regulator.get(path)
    assert {each["region_code"] for each in found["looks"]} == set(FAR)
    assert {number for each in found["signals"] for number in each["scans"]} <= {
        each["scan"] for each in found["looks"]
    }
    refused(lambda: outlet.send("GET", path), 403, "access.role")
    refused(lambda: regulator.send("POST", f"{path}/dismiss", {"reason": ""}), 422, "text.missing", "reason")
    decided = regulator.post(f"{path}/confirm", {"reason": "两店各有一包"}, 200)
    assert (decided["state"], bool(decided["lead_number"])) == ("confirmed", True)
    refused(lambda: regulator.send("POST", f"{path}/dismiss", {"reason": "又查"}), 409, "suspect.state", "state")
    assert regulator.get("/api/v1/suspects/experience")["decided"] == 1
    assert regulator.get("/api/v1/suspects?state=open")["suspects"] == []
    assert regulator.get("/api/v1/leads?kind=suspected_copy")["leads"][0]["lead_number"] == decided["lead_number"]


def test_the_desk_shows_what_was_seen_and_takes_the_decision(
    suspect_code: str, world: World, desk_of: Callable[[Party], Desk], client: TestClient
) -> None:
    desk = desk_of(world.regulator)
    assert 'href="/desk/suspects"' in desk.page()
    assert f'href="/desk/suspects/{suspect_code}"' in desk.page("/desk/suspects")
    assert suspect_code not in desk.page("/desk/suspects?state=open&region=640300")
    page = desk.page(f"/desk/suspects/{suspect_code}")
    assert "公里的两地被查询" in page
    assert "固原市原州区" in page
    path = f"/desk/suspects/{suspect_code}/dismiss"
    assert "aria-invalid" in desk.send(path, 422, reason="")
    assert "已排除。" in desk.send(path, reason="合作社在两县分发")
    assert suspect_code in desk.page("/desk/suspects?state=dismissed")
    assert client.get(f"/api/v1/answers/{suspect_code}?record=false").json()["verdict"] == "genuine"


def test_suspects_are_for_regulators(world: World, desk_of: Callable[[Party], Desk]) -> None:
    desk = desk_of(world.outlet)
    assert "/desk/suspects" not in desk.page()
    desk.page("/desk/suspects", 403)


def test_the_server_files_what_was_scanned(instance: Instance, code: str) -> None:
    """As long as it runs, and what is left when it ends."""
    settings = instance.settings.model_copy(update={"scan_filing": True})
    served = Instance(settings, instance.database, instance.keyring, instance.resolver, instance.answers)
    with TestClient(create_app(settings, served), base_url=BASE_URL) as client:
        ask(client, code, YINCHUAN)
    with instance.database.read() as connection:
        assert store.flow(connection) == store.Flow(1, 1)
