"""Who may do what on the wire: keys, other parties' affairs, page sessions, and what the public never reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from suiyuan.api.app import create_app
from suiyuan.api.instance import Instance
from suiyuan.trace.codes.model import Level
from suiyuan.trace.inspection.model import SampleState
from suiyuan.trace.parties import service
from suiyuan.trace.parties.model import OPERATOR, Party, Role
from suiyuan.trace.parties.service import NewParty
from suiyuan.trace.store.database import Database

from ..support.protocols import Dumps, Unchanged
from ..support.world import World, credit_code
from .conftest import BASE_URL, Refused
from .wire import Caller

COOKIE = "suiyuan_session"


def csrf_of(page: str) -> str:
    tokens = set(re.findall(r'name="csrf" value="([^"]+)"', page))
    assert len(tokens) == 1
    return tokens.pop()


@pytest.fixture
def sign_in(client: TestClient) -> Callable[[str], str]:
    """Signs the client in with a key; gives the token that its forms must carry."""

    def enter(key: str) -> str:
        response = client.post("/sign-in", data={"key": key})
        assert (response.status_code, response.headers["location"]) == (303, "/desk")
        return csrf_of(client.get("/desk").text)

    return enter


# ------------------------------------------------------------------------------------------------- keys


def test_a_key_is_shown_once(world: World, database: Database, dump: Dumps, regulator: Caller) -> None:
    issued = regulator.post(f"/api/v1/parties/{world.outlet.party_id}/keys", {"label": "店里的手机"})
    assert set(issued) == {"key_id", "party_id", "label", "secret", "created_at"}
    outlet = Caller(regulator.http, issued["secret"])
    assert outlet.get("/api/v1/parties/me")["party_id"] == str(world.outlet.party_id)
    secret = issued["secret"].split("_", 2)[2]
    assert secret not in repr(dump(database)), "only its hash is kept"
    for path in (f"/api/v1/parties/{world.outlet.party_id}", "/api/v1/parties/me", "/api/v1/holdings"):
        assert secret not in outlet.send("GET", path).text
    another = outlet.post(f"/api/v1/parties/{world.outlet.party_id}/keys", {})
    assert another["secret"] != issued["secret"]


def test_a_key_in_the_address_or_a_cookie_is_no_key(world: World, maker: Caller, client: TestClient) -> None:
    for query in (f"?key={maker.key}", f"?access_token={maker.key}"):
        assert client.get(f"/api/v1/parties/me{query}").status_code == 401
    assert client.get("/api/v1/parties/me", headers={"Cookie": f"{COOKIE}={maker.key}"}).status_code == 401
    assert client.get("/desk", headers={"Cookie": f"{COOKIE}={maker.key}"}).status_code == 303


# ------------------------------------------------------------------------------------------------- other parties


def test_what_only_a_regulator_may(
    world: World, maker: Caller, agency: Caller, outlet: Caller, refused: Refused
) -> None:
    party = {"credit_code": "91640104EXAMPLEA56", "name": "店", "region_code": "640121", "roles": ["outlet"]}
    licence = {
        "number": "1",
        "activity": "trade",
        "product_kind": "pesticide",
        "valid_from": "2026-01-01",
        "valid_until": "2036-01-01",
    }
    for caller in (maker, agency, outlet):
        own = f"/api/v1/parties/{caller.party_id}/licences"
        refused(lambda caller=caller: caller.send("POST", "/api/v1/parties", party), 403, "access.role")
        refused(lambda caller=caller, own=own: caller.send("POST", own, licence), 403, "access.role")


def test_nobody_acts_for_another(world: World, maker: Caller, distributor: Caller, refused: Refused) -> None:
    """Everything a party may do for itself, tried by another one that has a valid key of its own."""
    batch = world.register_batch()
    drug = world.register_batch(world.vet_drug, pack_code="")
    sample = world.take_sample(batch)
    key_id = maker.key.split("_")[1]
    owner = str(world.maker.party_id)
    goods = {"codes": [world.code(batch)]}
    product = {"holder_id": owner, "kind": "feed", "name": "饲料", "shelf_life_days": 90}
    new_batch = {
        "product_id": str(world.fertiliser.product_id),
        "batch_number": "A1",
        "production_on": "2026-10-01",
        "size": 10,
        "units_per_carton": 5,
        "cartons_per_pallet": 2,
    }
    stop = {"kind": "recall", "reason": "竞争对手"}
    new_sample = {
        "batch_id": str(batch.batch_id),
        "sample_number": "N1",
        "taken_on": "2026-11-20",
        "region_code": "640221",
        "basis": "random",
        "agency_id": str(world.agency.party_id),
    }
    ship = {"from_id": owner, "to_id": str(world.outlet.party_id), **goods}
    acts: tuple[tuple[str, str, object, str], ...] = (
        ("POST", "/api/v1/transfers", ship, "access.other_party"),
        ("POST", "/api/v1/receipts", {"to_id": str(world.outlet.party_id), **goods}, "access.other_party"),
        ("POST", "/api/v1/products", product, "access.other_party"),
        ("POST", "/api/v1/batches", new_batch, "access.other_party"),
        ("POST", f"/api/v1/batches/{drug.batch_id}/codes", {"codes": ["2" * 24]}, "access.other_party"),
        ("POST", f"/api/v1/batches/{batch.batch_id}/stops", stop, "access.other_party"),
        ("POST", f"/api/v1/parties/{owner}/keys", {}, "access.other_party"),
        ("DELETE", f"/api/v1/keys/{key_id}", None, "access.other_party"),
        ("POST", "/api/v1/samples", new_sample, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/state", {"state": "withdrawn", "note": "因"}, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/decision", {}, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/reception", {"seals_are_intact": True}, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/objection", {"reason": "因"}, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/hold", {"reason": "因"}, "access.role"),
        ("POST", f"/api/v1/samples/{sample.sample_id}/maker-response", {"response": "denied"}, "access.role"),
        ("GET", f"/api/v1/parties/{owner}", None, "access.other_party"),
        ("GET", f"/api/v1/parties/{owner}/licences", None, "access.other_party"),
        ("GET", f"/api/v1/batches/{batch.batch_id}", None, "access.other_party"),
        ("GET", f"/api/v1/batches/{batch.batch_id}/codes", None, "access.other_party"),
        ("GET", f"/api/v1/batches/{batch.batch_id}/events", None, "access.other_party"),
        ("GET", f"/api/v1/samples/{sample.sample_id}", None, "access.other_party"),
    )
    for method, path, body, code in acts:
        refused(lambda method=method, path=path, body=body: distributor.send(method, path, body), 403, code)
    assert maker.get("/api/v1/parties/me")["party_id"] == owner, "its key was not withdrawn"


def test_one_agency_does_not_touch_anothers_sample(
    world: World, caller_of: Callable[[Party], Caller], refused: Refused
) -> None:
    other = caller_of(world.party(Role.INSPECTION_AGENCY))
    sample = world.take_sample(world.register_batch())
    path = f"/api/v1/samples/{sample.sample_id}"
    refused(lambda: other.send("GET", path), 403, "access.other_party")
    refused(
        lambda: other.send("POST", f"{path}/state", {"state": "withdrawn", "note": "因"}), 403, "access.other_party"
    )
    refused(lambda: other.send("POST", f"{path}/maker-response", {"response": "denied"}), 403, "access.other_party")


def test_each_sees_its_own_part_of_custody(
    world: World, maker: Caller, distributor: Caller, outlet: Caller, agency: Caller, regulator: Caller
) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.ship(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    path = f"/api/v1/batches/{batch.batch_id}/custody"

    def spans(caller: Caller) -> list[tuple[int, int]]:
        return [(span["start"], span["stop"]) for span in caller.get(path)]

    assert spans(regulator) == [(0, 6), (6, 12), (12, 24)]
    assert spans(maker) == [(12, 24)]
    assert spans(distributor) == [(0, 6), (6, 12)]
    assert spans(outlet) == [(0, 6)]
    assert spans(agency) == []


# ------------------------------------------------------------------------------------------------- page sessions


def test_the_session_cookie(client: TestClient, maker: Caller) -> None:
    response = client.post("/sign-in", data={"key": f"  {maker.key}\n"})
    assert (response.status_code, response.headers["location"]) == (303, "/desk")
    cookie = response.headers["set-cookie"]
    name, *flags = [part.strip().lower() for part in cookie.split(";")]
    assert name.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= set(flags)
    assert "secure" not in flags, "this installation is not on https"
    assert maker.key.split("_", 2)[2] not in cookie


def test_the_session_cookie_on_https(instance: Instance, maker: Caller) -> None:
    settings = instance.settings.model_copy(update={"public_url": "https://suiyuan.example"})
    secured = Instance(settings, instance.database, instance.keyring, instance.resolver, instance.answers)
    with TestClient(create_app(settings, secured), base_url="https://suiyuan.example") as client:
        cookie = client.post("/sign-in", data={"key": maker.key}, follow_redirects=False).headers["set-cookie"]
        assert "secure" in cookie.lower().split("; ")
        assert client.get("/desk").status_code == 200


def test_a_withdrawn_key_ends_its_session(
    world: World, client: TestClient, outlet: Caller, regulator: Caller, sign_in: Callable[[str], str]
) -> None:
    token = sign_in(outlet.key)
    regulator.delete(f"/api/v1/keys/{outlet.key.split('_')[1]}")
    for response in (client.get("/desk"), client.post("/desk/receive", data={"csrf": token, "codes": "1"})):
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    refused = client.post("/sign-in", data={"key": outlet.key})
    assert refused.status_code == 401
    assert "密钥无效或已停用。" in refused.text


def test_a_session_ends_with_signing_out(client: TestClient, outlet: Caller, sign_in: Callable[[str], str]) -> None:
    token = sign_in(outlet.key)
    assert client.post("/sign-out", data={"csrf": "wrong"}).status_code == 403
    assert client.get("/desk").status_code == 200
    response = client.post("/sign-out", data={"csrf": token})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert client.get("/desk").status_code == 303


@pytest.mark.parametrize("tamper", ["", "x", "e30.aaaa.bbbb", "İ", "cut", "flip", "id"])
def test_a_forged_cookie_is_no_session(
    client: TestClient, maker: Caller, outlet: Caller, sign_in: Callable[[str], str], tamper: str
) -> None:
    sign_in(outlet.key)
    good = client.cookies[COOKIE]
    forged = {
        "cut": good[:-2],
        "flip": ("A" if good[0] != "A" else "B") + good[1:],
        "id": maker.key.split("_")[1],
    }.get(tamper, tamper)
    client.cookies.clear()
    response = client.get("/desk", headers=[(b"Cookie", f"{COOKIE}={forged}".encode())])
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


def acts_of_the_desk(world: World, code: str) -> list[tuple[str, dict[str, str]]]:
    batch = {
        "product": str(world.pesticide.product_id),
        "batch_number": "B1",
        "production_on": "2026-10-01",
        "expires_on": "2028-10-01",
        "size": "24",
        "units_per_carton": "6",
        "cartons_per_pallet": "2",
        "pack_code": "001",
    }
    return [
        ("/desk/ship", {"receiver": str(world.distributor.party_id), "codes": code}),
        ("/desk/receive", {"codes": code}),
        ("/desk/batches", batch),
        ("/sign-out", {}),
    ]


def test_every_form_of_the_desk_needs_its_token(
    world: World,
    client: TestClient,
    maker: Caller,
    distributor: Caller,
    sign_in: Callable[[str], str],
    database: Database,
    unchanged: Unchanged,
) -> None:
    batch = world.register_batch()
    code = world.code(batch, Level.CARTON)
    others = sign_in(distributor.key)
    token = sign_in(maker.key)
    assert others != token
    for path, form in acts_of_the_desk(world, code):
        for wrong in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": others}, {"csrf": token[:-1]}, {"csrf": "令牌"}):
            with unchanged(database):
                response = client.post(path, data={**form, **wrong})
            assert response.status_code == 403, (path, wrong)
            assert "页面已过期" in response.text
    for path, form in acts_of_the_desk(world, code):
        response = client.post(path, data={**form, "csrf": token})
        assert response.status_code in (200, 303, 409), (path, response.status_code)
    assert world.holders(batch)[0] == (0, 6, "maker>distributor")


def test_the_desk_without_a_session_leads_to_signing_in(
    world: World, client: TestClient, database: Database, unchanged: Unchanged
) -> None:
    code = world.code(world.register_batch(), Level.CARTON)
    for path in ("/desk", "/desk/batches/new", f"/desk/batches/{uuid4()}"):
        response = client.get(path)
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    for path, form in acts_of_the_desk(world, code)[:3]:
        with unchanged(database):
            response = client.post(path, data=form)
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


def test_signing_in_never_echoes_the_key(client: TestClient, maker: Caller) -> None:
    wrong = maker.key[:-1] + ("A" if maker.key[-1] != "A" else "B")
    for key in (wrong, "hunter2hunter2", "<script>alert(1)</script>", "密" * 400, ""):
        response = client.post("/sign-in", data={"key": key})
        assert response.status_code == 401
        assert "set-cookie" not in response.headers
        if key:
            assert key not in response.text
            assert key[3:11] not in response.text
    accepted = client.post("/sign-in", data={"key": maker.key})
    assert maker.key not in accepted.text
    assert maker.key not in repr(accepted.headers)


def test_a_page_session_is_no_key_for_the_api(client: TestClient, maker: Caller, sign_in: Callable[[str], str]) -> None:
    """Else another site could use it: the API has no form token."""
    sign_in(maker.key)
    assert client.get("/api/v1/parties/me").status_code == 401


def test_a_maker_sees_no_other_makers_batch_page(
    world: World, client: TestClient, distributor: Caller, sign_in: Callable[[str], str]
) -> None:
    batch = world.register_batch()
    sign_in(distributor.key)
    response = client.get(f"/desk/batches/{batch.batch_id}")
    assert response.status_code == 403
    assert batch.batch_number not in response.text


# ------------------------------------------------------------------------------------------------- pages


def test_security_headers_of_every_page(
    world: World, client: TestClient, maker: Caller, sign_in: Callable[[str], str]
) -> None:
    batch = world.register_batch()
    token = sign_in(maker.key)
    pages = [
        client.get("/"),
        client.get("/published"),
        client.get("/sign-in"),
        client.get(f"/c/{world.code(batch)}"),
        client.get("/c/AB12"),
        client.get("/c/-"),
        client.get("/nothing"),
        client.get("/desk"),
        client.get("/desk/batches/new"),
        client.get(f"/desk/batches/{batch.batch_id}"),
        client.get(f"/desk/batches/{uuid4()}"),
        client.post("/desk/receive", data={"csrf": token, "codes": "?"}),
        client.post("/desk/batches", data={"csrf": token}),
        client.post("/desk/ship", data={"csrf": "wrong"}),
        client.post("/sign-in", data={"key": "wrong"}),
        client.put("/desk"),
    ]
    for response in pages:
        where = (response.request.method, response.request.url.path, response.status_code)
        headers = response.headers
        assert headers["content-type"].startswith("text/html"), where
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'", where
        assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'self'")
        assert "unsafe" not in headers["content-security-policy"], where
        assert headers["x-content-type-options"] == "nosniff", where
        assert headers["referrer-policy"] in ("same-origin", "no-referrer"), where
        assert headers["cache-control"] == "no-store", where
        # What the policy forbids is not there either.
        own = re.sub(
            r'<script src="/static/[a-z-]+(?:\.[0-9a-f]+)?\.js(?:\?[0-9a-z=]+)?" defer></script>', "", response.text
        )
        assert "<script" not in own, where
        assert " style=" not in response.text, where
        assert not re.search(r"\son[a-z]+=", response.text), where


# ------------------------------------------------------------------------------------------------- the public


TRADERS: tuple[tuple[Role, str, str], ...] = (
    (Role.DISTRIBUTOR, "隐姓埋名批发商行", "暗号批发"),
    (Role.OUTLET, "不可告人零售店甲", "暗号店甲"),
    (Role.OUTLET, "不可告人零售店乙", "暗号店乙"),
)


@pytest.fixture
def traders(world: World) -> Iterator[list[Party]]:
    parties: list[Party] = []
    for number, (role, name, short_name) in enumerate(TRADERS, start=900):
        new = NewParty(credit_code(number), name, "640303", frozenset({role}), short_name, f"0953-77{number}")
        party = world.database.write(lambda work, new=new: service.register_party(work, OPERATOR, new))
        for kind in ("pesticide", "seed", "vet_drug"):
            world.database.write(
                lambda work, party=party, kind=kind: world.license(work, party, kind, service.Activity.TRADE)
            )
        parties.append(party)
    yield parties


def test_the_public_never_reads_who_bought_and_sold(
    world: World, client: TestClient, traders: list[Party], maker: Caller
) -> None:
    """Whatever happened to the batch, on the answer as JSON and as a page, in both languages."""
    distributor, first, second = traders
    batch = world.register_batch()
    world.hand_over(world.maker, distributor, world.goods(batch))
    world.hand_over(distributor, first, world.goods(batch, (0, 6)))
    world.ship(distributor, second, world.goods(batch, (6, 12)))
    secrets = [
        secret
        for party in traders
        for secret in (party.name, party.short_name, party.credit_code, party.telephone, str(party.party_id))
    ]
    assert len(set(secrets)) == 15

    def check() -> None:
        for level, index in ((Level.UNIT, 0), (Level.UNIT, 7), (Level.UNIT, 23), (Level.CARTON, 1), (Level.PALLET, 0)):
            code = world.code(batch, level, index)
            for path in (f"/api/v1/answers/{code}", f"/c/{code}", f"/api/v1/codes/{code}/label.png"):
                for language in ("zh", "en"):
                    response = client.get(f"{path}?lang={language}")
                    assert response.status_code == 200
                    body = response.content.decode("utf-8", "replace") + repr(response.headers)
                    for secret in secrets:
                        assert secret not in body, (path, language)
        shown = client.get(f"/c/{world.code(batch)}?lang=zh").text
        shown = re.sub(r"<form[^>]* data-origin.*?</form>", "", shown, flags=re.DOTALL)  # it offers all counties
        assert "贺兰山农化有限公司" in shown, "the maker is named"
        assert "盐池县" not in shown

    check()
    world.sampled(batch, world.failed, SampleState.NOTIFIED)
    check()
    sample = world.sampled(batch, world.failed, SampleState.FINAL)
    check()
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    world.later(days=1)
    check()
    assert sample.sample_number in client.get(f"/api/v1/answers/{world.code(batch)}").text
    world.clock.instant += timedelta(days=1_000)
    check()


def test_labels_and_answers_name_no_file_of_the_server(client: TestClient, tmp_path: Path) -> None:
    for path in ("/nothing", "/api/v1/nothing", "/static/nothing", "/c/-", "/api/v1/answers/-"):
        body = client.get(path).text
        assert str(tmp_path) not in body
        assert "Traceback" not in body
        assert "site-packages" not in body


def test_links_lead_nowhere_else(client: TestClient) -> None:
    """The switch of language keeps the page, whatever the address looks like."""
    for path in ("/c//evil.example/x", "/c/x?next=//evil.example", f"/c/{'%2F' * 4}evil.example"):
        for link in re.findall(r'href="([^"]+)"', client.get(path).text):
            assert link.startswith(("/", "#")), link
            assert not link.startswith(("//", "/\\")), link
    assert BASE_URL not in client.get("/").text
