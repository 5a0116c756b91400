"""/api/v1/notices, /api/v1/webhooks and /api/v1/leads: what is told, to whom, and every refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from suiyuan.api.instance import Instance
from suiyuan.api.webhook_signing import secret_of
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import LeadKind, NewLead
from suiyuan.trace.parties import notices
from suiyuan.trace.parties.model import NewNotice, NoticeKind
from suiyuan.trace.parties.webhooks import MAX_WEBHOOKS

from ..support.world import World
from .conftest import Refused
from .wire import Caller

ADDRESS = "https://erp.example.cn/suiyuan"
LEAD = NewLead(LeadKind.FAILED_SPOT_CHECK, "640221", "NX-1: 有效成分含量")


def opened(world: World) -> str:
    actor = world.actor(world.agency)
    return str(world.database.write(lambda work: enforcement.open_lead(work, actor, LEAD)).lead_id)


# ------------------------------------------------------------------------------------------------- notices


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_recall_is_told_with_quantities_and_read(
    world: World, maker: Caller, outlet: Caller, distributor: Caller
) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "渗漏"})
    page = outlet.get("/api/v1/notices")
    (notice,) = page["notices"]
    assert (page["unread"], page["next"]) == (1, None)
    assert (notice["kind"], notice["batch_id"], notice["read_at"]) == ("batch_stopped", str(batch.batch_id), None)
    assert notice["facts"]["units"] == {"held": 6}
    zh, en = notice["texts"]["zh"], notice["texts"]["en"]
    assert zh["title"] == f"停止销售和使用：阿维菌素乳油 {batch.batch_number}"
    assert "企业召回：渗漏" in zh["lines"]
    assert "您单位：在库 6 件。" in zh["lines"]
    assert "You have: 6 in stock." in en["lines"]
    assert distributor.get("/api/v1/notices") == {"notices": [], "unread": 0, "next": None}
    read = outlet.post(f"/api/v1/notices/{notice['notice_id']}/read", status=200)
    assert read["read_at"] is not None
    assert outlet.get("/api/v1/notices?is_unread=true") == {"notices": [], "unread": 0, "next": None}
    assert outlet.get("/api/v1/notices?is_unread=false")["notices"] == [read]


def test_another_partys_notice_is_not_there(world: World, maker: Caller, outlet: Caller, refused: Refused) -> None:
    new = [NewNotice(world.outlet.party_id, NoticeKind.LEAD_OPENED, {})]
    (notice,) = world.database.write(lambda work: notices.notify(work, new))
    for path in (f"/api/v1/notices/{notice.notice_id}/read", f"/api/v1/notices/{uuid4()}/read"):
        refused(lambda path=path: maker.send("POST", path), 404, "notice.unknown", "notice_id")


def test_a_place_that_is_none(world: World, regulator: Caller, refused: Refused) -> None:
    for before in ("x", "_", "20261124T080000.000000_x", f"2026_{uuid4()}", "x" * 5_000):
        for path in ("/api/v1/notices", "/api/v1/leads"):
            address = f"{path}?before={before}"
            refused(lambda address=address: regulator.send("GET", address), 422, "page.mark", "before")


def test_the_page_after_the_first(world: World, outlet: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    new = [NewNotice(world.outlet.party_id, NoticeKind.STOP_LIFTED, lifted(number)) for number in range(201)]
    world.database.write(lambda work: notices.notify(work, new))
    first = outlet.get("/api/v1/notices")
    second = outlet.get(f"/api/v1/notices?before={first['next']}")
    assert (len(first["notices"]), len(second["notices"]), second["next"]) == (200, 1, None)
    ids = {each["notice_id"] for page in (first, second) for each in page["notices"]}
    assert (len(ids), first["unread"]) == (201, 201)


def lifted(number: int) -> dict[str, object]:
    return {
        "product": "乳油",
        "batch_number": str(number),
        "stop_kind": "recall",
        "span": [0, 6],
        "reason": "查清",
        "units": {},
        "is_still_stopped": False,
    }


# ------------------------------------------------------------------------------------------------- webhooks


def test_a_webhook_gives_its_secret_once(world: World, instance: Instance, outlet: Caller, maker: Caller) -> None:
    made = outlet.post("/api/v1/webhooks", {"address": ADDRESS})
    assert made["secret"] == secret_of(instance.keyring, made["webhook_id"])
    assert len(made["secret"]) == len("sywh_") + 43
    (listed,) = outlet.get("/api/v1/webhooks")
    assert (listed["webhook_id"], listed["address"]) == (made["webhook_id"], ADDRESS)
    assert "secret" not in listed
    assert maker.get("/api/v1/webhooks") == []
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "渗漏"})
    (waiting,) = outlet.get("/api/v1/webhooks/deliveries")
    assert (waiting["state"], waiting["attempts"], waiting["webhook_id"]) == ("waiting", 0, made["webhook_id"])
    assert maker.get("/api/v1/webhooks/deliveries") == []
    outlet.delete(f"/api/v1/webhooks/{made['webhook_id']}")
    assert outlet.get("/api/v1/webhooks") == []
    assert outlet.get("/api/v1/webhooks/deliveries")[0]["state"] == "cancelled"


def test_the_secret_is_in_no_table(world: World, instance: Instance, outlet: Caller, dump: Callable[..., Any]) -> None:
    made = outlet.http.post(
        "/api/v1/webhooks", json={"address": ADDRESS}, headers={**outlet.headers, "Idempotency-Key": "1"}
    ).json()
    assert made["secret"] not in repr(dump(world.database))
    assert made["webhook_id"] in repr(dump(world.database))


BAD_ADDRESSES = {
    "http": ("http://erp.example.cn/", "webhook.scheme"),
    "loopback": ("https://127.0.0.1/", "webhook.host"),
    "loopback by name": ("https://localhost/", "webhook.host"),
    "private": ("https://192.168.0.1/", "webhook.host"),
    "user name": ("https://a:b@erp.example.cn/", "webhook.address"),
    "10,000 characters": (f"https://erp.example.cn/{'x' * 10_000}", "webhook.address"),
    "nothing": ("", "webhook.address"),
    "control characters": ("https://erp.example.cn/\x00", "webhook.address"),
}


def test_addresses_that_nothing_is_sent_to(world: World, outlet: Caller, refused: Refused) -> None:
    for address, code in BAD_ADDRESSES.values():
        body = {"address": address}
        refused(lambda body=body: outlet.send("POST", "/api/v1/webhooks", body), 422, code, "address")


def test_webhooks_that_are_refused(world: World, outlet: Caller, maker: Caller, refused: Refused) -> None:
    made = outlet.post("/api/v1/webhooks", {"address": ADDRESS})
    refused(lambda: outlet.send("POST", "/api/v1/webhooks", {"address": ADDRESS}), 409, "webhook.duplicate", "address")
    path = f"/api/v1/webhooks/{made['webhook_id']}"
    refused(lambda: maker.send("DELETE", path), 404, "webhook.unknown", "webhook_id")
    refused(lambda: outlet.send("DELETE", f"/api/v1/webhooks/{uuid4()}"), 404, "webhook.unknown", "webhook_id")
    for number in range(MAX_WEBHOOKS - 1):
        outlet.post("/api/v1/webhooks", {"address": f"{ADDRESS}/{number}"})
    refused(
        lambda: outlet.send("POST", "/api/v1/webhooks", {"address": f"{ADDRESS}/more"}),
        409,
        "webhook.too_many",
        "address",
    )


# ------------------------------------------------------------------------------------------------- leads


def test_a_lead_is_listed_taken_up_and_closed(world: World, agency: Caller, regulator: Caller) -> None:
    lead_id = opened(world)
    (lead,) = regulator.get("/api/v1/leads?region_code=640200&kind=failed_spot_check&state=open")["leads"]
    assert (lead["lead_id"], lead["lead_number"], lead["state"]) == (lead_id, "L20261124-0001", "open")
    assert regulator.get("/api/v1/leads?state=closed") == {"leads": [], "next": None}
    assert agency.get(f"/api/v1/leads/{lead_id}") == lead
    taken = agency.post(f"/api/v1/leads/{lead_id}/take-up", {}, status=200)
    assert (taken["state"], taken["taken_up_by_id"]) == ("taken_up", str(world.agency.party_id))
    closed = agency.post(f"/api/v1/leads/{lead_id}/close", {"reason": "已移送"}, status=200)
    assert (closed["state"], closed["reason"]) == ("closed", "已移送")
    notice = regulator.get("/api/v1/notices")["notices"][0]
    assert notice["texts"]["zh"]["title"] == "新线索 L20261124-0001：抽检不合格"
    assert "石嘴山市平罗县" in notice["texts"]["zh"]["lines"][0]


def test_leads_are_for_those_who_enforce(
    world: World, maker: Caller, outlet: Caller, distributor: Caller, refused: Refused
) -> None:
    lead_id = opened(world)
    for caller in (maker, outlet, distributor):
        for method, path, body in (
            ("GET", "/api/v1/leads", None),
            ("GET", f"/api/v1/leads/{lead_id}", None),
            ("POST", f"/api/v1/leads/{lead_id}/take-up", {}),
            ("POST", f"/api/v1/leads/{lead_id}/close", {"reason": "无"}),
            ("GET", f"/api/v1/leads/{uuid4()}", None),
        ):
            refused(
                lambda caller=caller, method=method, path=path, body=body: caller.send(method, path, body),
                403,
                "access.role",
            )


def test_steps_of_a_lead_that_are_refused(world: World, regulator: Caller, agency: Caller, refused: Refused) -> None:
    lead_id = opened(world)
    close = f"/api/v1/leads/{lead_id}/close"
    refused(lambda: regulator.send("POST", close, {"reason": " "}), 422, "text.missing", "reason")
    refused(lambda: regulator.send("POST", close, {}), 422, "request.body", "reason")
    refused(lambda: agency.send("POST", close, {"reason": "无"}), 403, "access.role")
    unknown = f"/api/v1/leads/{uuid4()}"
    refused(lambda: regulator.send("GET", unknown), 404, "lead.unknown", "lead_id")
    refused(lambda: regulator.send("POST", f"{unknown}/take-up", {}), 404, "lead.unknown", "lead_id")
    refused(lambda: regulator.send("GET", "/api/v1/leads?region_code=6402"), 422, "region.unknown", "region_code")
    refused(lambda: regulator.send("GET", "/api/v1/leads?kind=rumour"), 422, "request.body", "query.kind")
    regulator.post(close, {"reason": "查无实据"}, status=200)
    for path, body in ((close, {"reason": "再来"}), (f"/api/v1/leads/{lead_id}/take-up", {})):
        problem = refused(lambda path=path, body=body: regulator.send("POST", path, body), 409, "lead.state", "lead_id")
        assert problem["evidence"] == {"number": "L20261124-0001", "state": "closed"}
