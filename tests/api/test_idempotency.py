"""A request that is sent again with its `Idempotency-Key`: answered as the first time, and carried out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from suiyuan.api.writes import KEY_HEADER, MAX_KEY_CHARACTERS, Replayed, Write
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import LeadKind, NewLead
from suiyuan.trace.inspection.model import Sample, SampleState
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR, Party, Role
from suiyuan.trace.parties.service import NewParty
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.verification import suspect_store
from suiyuan.trace.verification.signals.model import Assessment, Suspicion
from suiyuan.trace.verification.suspects import raised

from ..support.protocols import Refuses, Unchanged
from ..support.world import World, credit_code
from .conftest import Refused
from .laboratory_sheets import csv_of, row
from .wire import Caller, problem_of

NOT_WRITES = {
    ("POST", "/api/v1/answers"): "a look, public and without a party to name it; looking twice is counted twice",
    ("POST", "/api/v1/batches/{batch_id}/labels/preview.png"): "nothing is recorded",
    ("POST", "/api/v1/samples/duplicates"): "a question",
    ("POST", "/api/v1/receipts/verification"): "a question, public",
    ("POST", "/api/v1/reports"): "public and without a party; sent again it is known by its `sent_id`",
    ("POST", "/api/v1/scans/place"): "public and without a party; told once of a scan, again it changes nothing",
    ("POST", "/api/v1/scans/origin"): "the same",
}
KEPT_OTHERWISE = {
    ("POST", "/api/v1/parties/{party_id}/keys"): "its answer is a secret",
    ("POST", "/api/v1/batches/{batch_id}/labels"): "its answer is a file, made again",
}

CODES = [f"2026100199999{number:011d}" for number in range(3)]


@dataclass(frozen=True)
class Ask:
    """One request that would be carried out."""

    caller: Caller
    path: str
    body: object = None
    method: str = "POST"

    def send(self, key: str | None = "一".encode().hex(), **changes: Any) -> httpx2.Response:
        headers = {**self.caller.headers, **({} if key is None else {KEY_HEADER: key})}
        sent: dict[str, Any] = {} if self.body is None else {"json": self.body}
        if isinstance(self.body, bytes):
            headers["Content-Type"] = "text/csv"
            sent = {"content": self.body}
        return self.caller.http.request(self.method, self.path, **{"headers": headers, **sent, **changes})


SEALING: dict[str, Any] = {
    "portions": [{"role": "test", "seal_number": "FY-1"}, {"role": "reserve", "seal_number": "FY-2"}],
    "acknowledgement": "signed",
    "signed_by": "马建国",
}
PEOPLE = [{"name": "马晓燕", "certificate_number": "1"}, {"name": "王建军", "certificate_number": "2"}]


class Asks:
    """Makes the request of each write route, by method and path as the schema has it. What it needs is put in place."""

    def __init__(self, world: World, caller_of: Callable[[Party], Caller]) -> None:
        self.world = world
        self.caller_of = caller_of

    def __getitem__(self, route: tuple[str, str]) -> Ask:
        method, path = route
        return getattr(self, ROUTES[method, path])()

    @property
    def maker(self) -> Caller:
        return self.caller_of(self.world.maker)

    @property
    def regulator(self) -> Caller:
        return self.caller_of(self.world.regulator)

    @property
    def agency(self) -> Caller:
        return self.caller_of(self.world.agency)

    def party(self) -> Ask:
        body = {
            "credit_code": credit_code(900),
            "name": "店",
            "region_code": "640121",
            "roles": ["outlet", "distributor"],
        }
        return Ask(self.regulator, "/api/v1/parties", body)

    def licence(self) -> Ask:
        body = {"number": "新", "activity": "trade", "product_kind": "seed"}
        body |= {"valid_from": "2026-01-01", "valid_until": "2030-01-01"}
        return Ask(self.regulator, f"/api/v1/parties/{self.world.outlet.party_id}/licences", body)

    def key(self) -> Ask:
        return Ask(self.maker, f"/api/v1/parties/{self.world.maker.party_id}/keys", {"label": "门市"})

    def key_withdrawn(self) -> Ask:
        other = self.maker.key.split("_")[1]
        return Ask(self.maker, f"/api/v1/keys/{other}", method="DELETE")

    def site(self) -> Ask:
        return Ask(
            self.maker,
            f"/api/v1/parties/{self.world.maker.party_id}/sites",
            {"name": "二号库", "region_code": "640122"},
        )

    def site_closed(self) -> Ask:
        ask = self.site()
        made = ask.send(None).json()
        return Ask(ask.caller, f"{ask.path}/{made['site_id']}", method="DELETE")

    def product(self) -> Ask:
        body = {"kind": "feed", "name": "饲料", "shelf_life_days": 90}
        body |= {"composition": [{"name": "粗蛋白", "content": "16.50", "unit": "%"}]}
        return Ask(self.maker, "/api/v1/products", body)

    def batch(self) -> Ask:
        body = {"product_id": str(self.world.pesticide.product_id), "batch_number": "一", "production_on": "2026-10-01"}
        body |= {"size": 24, "units_per_carton": 6, "cartons_per_pallet": 2, "pack_code": "001"}
        return Ask(self.maker, "/api/v1/batches", body)

    def codes(self) -> Ask:
        batch = self.world.register_batch(self.world.vet_drug)
        return Ask(self.maker, f"/api/v1/batches/{batch.batch_id}/codes", {"codes": CODES})

    def labels(self) -> Ask:
        path = f"/api/v1/batches/{self.world.register_batch().batch_id}/labels"
        return Ask(self.maker, path, {"start": 0, "stop": 3, "form": "csv"})

    def packing(self) -> Ask:
        path = f"/api/v1/batches/{self.world.register_batch().batch_id}/packing"
        return Ask(self.maker, path, {"level": "unit", "start": 0, "stop": 2, "container_index": 3, "reason": "重装"})

    def voided(self) -> Ask:
        path = f"/api/v1/batches/{self.world.register_batch().batch_id}/voided"
        return Ask(self.maker, path, {"start": 0, "stop": 2, "reason": "丢失"})

    def stop(self) -> Ask:
        path = f"/api/v1/batches/{self.world.register_batch().batch_id}/stops"
        return Ask(self.maker, path, {"kind": "recall", "reason": "渗漏"})

    def stop_lifted(self) -> Ask:
        ask = self.stop()
        made = ask.send(None).json()
        return Ask(ask.caller, f"{ask.path}/{made['stop_id']}/lift", {"reason": "查清"})

    def shipment(self) -> Ask:
        code = self.world.code(self.world.register_batch(), Level.CARTON, 1)
        return Ask(self.maker, "/api/v1/transfers", {"to_id": str(self.world.outlet.party_id), "codes": [code]})

    def receipt(self) -> Ask:
        ask = self.shipment()
        ask.send(None)
        assert isinstance(ask.body, dict)
        return Ask(self.caller_of(self.world.outlet), "/api/v1/receipts", {"codes": ask.body["codes"]})

    def receipt_of_a_shipment(self) -> Ask:
        (moved,) = self.shipment().send(None).json()
        path = f"/api/v1/batches/{moved['batch_id']}/transfers/{moved['transfer_id']}/receipt"
        return Ask(self.caller_of(self.world.outlet), path)

    @property
    def outlet(self) -> Caller:
        return self.caller_of(self.world.outlet)

    def in_stock(self) -> tuple[Batch, list[str]]:
        """A batch of which the outlet has two cartons, and the code of the second."""
        batch = self.world.register_batch()
        self.world.hand_over(self.world.maker, self.world.outlet, self.world.goods(batch, (0, 12)))
        return batch, [self.world.code(batch, Level.CARTON, 1)]

    def goods_back(self) -> Ask:
        body = {"to_id": str(self.world.maker.party_id), "codes": self.in_stock()[1], "reason": "滞销"}
        return Ask(self.outlet, "/api/v1/returns", body)

    def refusal(self) -> Ask:
        ask = self.shipment()
        ask.send(None)
        assert isinstance(ask.body, dict)
        return Ask(self.outlet, "/api/v1/refusals", {"codes": ask.body["codes"], "reason": "未订货"})

    def refusal_of_a_shipment(self) -> Ask:
        (moved,) = self.shipment().send(None).json()
        path = f"/api/v1/batches/{moved['batch_id']}/transfers/{moved['transfer_id']}/refusal"
        return Ask(self.outlet, path, {"reason": "未订货"})

    def sale(self) -> Ask:
        body = {"codes": self.in_stock()[1], "buyer_name": "马某", "intended_use": "水稻"}
        return Ask(self.outlet, "/api/v1/sales", body)

    def taken_back(self) -> Ask:
        ask = self.sale()
        assert ask.send(None).status_code == 201
        assert isinstance(ask.body, dict)
        return Ask(self.outlet, "/api/v1/take-backs", {"codes": ask.body["codes"], "reason": "买错"})

    def relocation(self) -> Ask:
        path = f"/api/v1/parties/{self.world.outlet.party_id}/sites"
        site = self.outlet.post(path, {"name": "库房", "region_code": "640221"})
        return Ask(self.outlet, "/api/v1/relocations", {"codes": self.in_stock()[1], "site_id": site["site_id"]})

    def unpacking(self) -> Ask:
        return Ask(self.outlet, "/api/v1/unpackings", {"codes": self.in_stock()[1]})

    def repacking(self) -> Ask:
        batch, (carton,) = self.in_stock()
        return Ask(self.outlet, "/api/v1/repackings", {"codes": [self.world.code(batch)], "carton": carton})

    def written_off(self) -> Ask:
        return Ask(self.outlet, "/api/v1/write-offs", {"codes": self.in_stock()[1], "cause": "lost"})

    def destruction(self) -> Ask:
        ask = self.written_off()
        assert ask.send(None).status_code == 201
        assert isinstance(ask.body, dict)
        return Ask(self.outlet, "/api/v1/destructions", {"codes": ask.body["codes"], "reason": "深埋"})

    def draw(self) -> Ask:
        return Ask(self.agency, "/api/v1/sampled-units", {"codes": self.in_stock()[1]})

    def seizure(self) -> Ask:
        return Ask(self.regulator, "/api/v1/seizures", {"codes": self.in_stock()[1], "reason": "无证"})

    def released(self) -> Ask:
        ask = self.seizure()
        assert ask.send(None).status_code == 201
        return Ask(self.regulator, "/api/v1/releases", ask.body)

    def undone(self) -> Ask:
        ask = self.sale()
        (sold,) = ask.send(None).json()
        path = f"/api/v1/batches/{sold['batch_id']}/movements/{sold['movement_id']}/undo"
        return Ask(self.outlet, path, {"reason": "扫错"})

    def settlement(self) -> Ask:
        batch = self.world.register_batch()
        self.world.ship(self.world.maker, self.world.outlet, self.world.goods(batch, (0, 12)))
        self.outlet.post("/api/v1/receipts", {"codes": [self.world.code(batch, Level.CARTON, 0)], "is_complete": True})
        (found,) = self.maker.get("/api/v1/discrepancies")
        path = f"/api/v1/batches/{batch.batch_id}/discrepancies/{found['discrepancy_id']}/settlement"
        return Ask(self.maker, path, {"outcome": "not_sent", "note": "少装一箱"})

    def bundle(self) -> Ask:
        now = self.world.clock.now().isoformat()
        moved = {"client_id": "1", "kind": "write_off", "captured_at": now, "cause": "lost"}
        body = {"sent_at": now, "movements": [{**moved, "codes": self.in_stock()[1]}]}
        return Ask(self.outlet, "/api/v1/movement-bundles", body)

    def file(self) -> Ask:
        code = self.world.code(self.world.register_batch(), Level.CARTON, 1)
        path = f"/api/v1/movement-files?kind=ship&to_id={self.world.outlet.party_id}"
        return Ask(self.maker, path, code.encode("ascii"))

    def results(self) -> Ask:
        sample = self.world.receive_sample(self.world.take_sample(self.world.register_batch()))
        content = csv_of(row(sample_number=sample.sample_number, laboratory="某所"))
        return Ask(self.agency, "/api/v1/laboratory-files", content)

    def sample(self) -> Ask:
        body = {"batch_id": str(self.world.register_batch().batch_id), "sample_number": "NX-一"}
        body |= {"taken_on": "2026-11-20", "region_code": "640221", "basis": "random"}
        return Ask(self.agency, "/api/v1/samples", body)

    def sheet(self) -> Ask:
        code = self.world.code(self.world.register_batch())
        body: dict[str, Any] = {"codes": [code], "sample_number": "NX-一", "taken_at": "2026-11-20T08:00:00+08:00"}
        body |= {"region_code": "640221", "basis": "random", **SEALING, "inspectors": PEOPLE}
        return Ask(self.agency, "/api/v1/sample-sheets", body)

    def of_sample(self, sample: Sample, what: str, body: object = None, by: Caller | None = None) -> Ask:
        return Ask(by or self.agency, f"/api/v1/samples/{sample.sample_id}/{what}", body)

    def taken(self) -> Sample:
        return self.world.take_sample(self.world.register_batch())

    def come_to(self, *states: SampleState) -> Sample:
        return self.world.advance(self.world.report(self.taken(), [self.world.failed]), *states)

    def seal(self) -> Ask:
        return self.of_sample(self.taken(), "seal", SEALING)

    def reception(self) -> Ask:
        return self.of_sample(self.world.seal_sample(self.taken()), "reception", {"seals_are_intact": True})

    def decision(self) -> Ask:
        return self.of_sample(self.come_to(), "decision", {})

    def objection(self) -> Ask:
        return self.of_sample(self.come_to(SampleState.NOTIFIED), "objection", {"reason": "有异议"})

    def retest(self) -> Ask:
        sample = self.come_to(SampleState.NOTIFIED, SampleState.OBJECTION)
        return self.of_sample(sample, "retest", {"laboratory": "另一检定所"})

    def retest_report(self) -> Ask:
        ask = self.retest()
        assert ask.send(None).status_code == 201
        body = self.report().body
        assert isinstance(body, dict)
        return Ask(ask.caller, f"{ask.path}-report", body)

    def correction(self) -> Ask:
        body = self.report().body
        assert isinstance(body, dict)
        return self.of_sample(self.come_to(SampleState.FINAL), "correction", {**body, "reason": "换算错误"})

    def withdrawal(self) -> Ask:
        return self.of_sample(self.come_to(), "withdrawal", {"reason": "作废"})

    def hold(self) -> Ask:
        return self.of_sample(self.come_to(), "hold", {"reason": "初检不合格"}, self.regulator)

    def hold_released(self) -> Ask:
        ask = self.hold()
        assert ask.send(None).status_code == 201
        return Ask(ask.caller, f"{ask.path}/release", {"note": "查明"})

    def report(self) -> Ask:
        sample = self.world.receive_sample(self.world.take_sample(self.world.register_batch()))
        finding = {"item": "含量", "limit_kind": "at_most", "upper": "6.0", "measured": "5.20", "unit": "%"}
        body = {"laboratory": "所", "report_number": "1", "reported_on": "2026-11-24"}
        path = f"/api/v1/samples/{sample.sample_id}/report"
        return Ask(self.agency, path, {**body, "findings": [{**finding, "outcome": "passed"}]})

    def state(self) -> Ask:
        return self.of_sample(self.come_to(SampleState.NOTIFIED), "state", {"state": SampleState.FINAL.value})

    def maker_response(self) -> Ask:
        sample = self.world.report(self.world.take_sample(self.world.register_batch()), [self.world.failed])
        return Ask(self.agency, f"/api/v1/samples/{sample.sample_id}/maker-response", {"response": "confirmed"})

    def bulletin(self) -> Ask:
        self.world.sampled(self.world.register_batch(), self.world.passed, SampleState.PUBLISHED)
        body = {"number": "宁农通报〔2026〕3号", "title": "通报", "first_on": "2026-11-01", "last_on": "2026-11-24"}
        return Ask(self.regulator, "/api/v1/bulletins", body)

    def bulletin_again(self) -> Ask:
        first = self.bulletin()
        assert first.send(None).status_code == 201
        path = f"{first.path}/宁农通报〔2026〕3号/versions"
        return Ask(first.caller, path, {"reason": "更正", "title": "通报（更正）"})

    def notice_read(self) -> Ask:
        assert self.stop().send(None).status_code == 201
        (notice,) = self.maker.get("/api/v1/notices?is_unread=true")["notices"]
        return Ask(self.maker, f"/api/v1/notices/{notice['notice_id']}/read")

    def webhook(self) -> Ask:
        return Ask(self.maker, "/api/v1/webhooks", {"address": "https://erp.example.cn/suiyuan"})

    def webhook_removed(self) -> Ask:
        ask = self.webhook()
        made = ask.send(None).json()
        return Ask(ask.caller, f"{ask.path}/{made['webhook_id']}", method="DELETE")

    def lead(self) -> str:
        new = NewLead(LeadKind.FAILED_SPOT_CHECK, "640221", "NX-一")
        actor = self.world.actor(self.world.regulator)
        lead = self.world.database.write(lambda work: enforcement.open_lead(work, actor, new))
        return f"/api/v1/leads/{lead.lead_id}"

    def lead_taken_up(self) -> Ask:
        return Ask(self.agency, f"{self.lead()}/take-up", {"note": "去现场"})

    def lead_closed(self) -> Ask:
        return Ask(self.regulator, f"{self.lead()}/close", {"reason": "已移送"})

    def suspect(self, decision: str) -> Ask:
        batch = self.world.register_batch()
        found = Assessment(Suspicion.SUSPECT, 9.0, 9.0, (), 5, 5)
        new = raised((batch.batch_id, 0, 7), Suspicion.SUSPECT, found, "640104", self.world.clock.now())
        self.world.database.write(lambda work: suspect_store.add(work.connection, new))
        path = f"/api/v1/suspects/{self.world.code(batch, index=7)}/{decision}"
        return Ask(self.regulator, path, {"reason": "两店各有一包"})

    def suspect_dismissed(self) -> Ask:
        return self.suspect("dismiss")

    def suspect_confirmed(self) -> Ask:
        return self.suspect("confirm")

    def inspector(self, number: str = "NX-1") -> Ask:
        return Ask(self.agency, "/api/v1/inspectors", {"name": "王某", "certificate_number": number})

    def inspector_removed(self) -> Ask:
        ask = self.inspector()
        return Ask(ask.caller, f"{ask.path}/{ask.send(None).json()['inspector_id']}", method="DELETE")

    def interest(self) -> Ask:
        body = {"credit_code": self.world.outlet.credit_code, "reason": "亲属"}
        return Ask(self.agency, f"{self.inspector_removed().path}/interests", body)

    def interest_ended(self) -> Ask:
        ask = self.interest()
        assert ask.send(None).status_code == 201
        return Ask(ask.caller, f"{ask.path}/{self.world.outlet.party_id}", method="DELETE")

    def plan(self) -> Ask:
        terms: dict[str, Any] = {"title": "抽检", "kinds": ["pesticide"], "first_on": "2026-11-24"}
        terms |= {"last_on": "2026-12-31", "strata": [{"region_code": "640000", "size": 1}]}
        return Ask(self.agency, "/api/v1/plans", {"plan_number": "1", **terms})

    def plan_act(self, name: str, body: object = None) -> Ask:
        """An act on a draft that can be committed to."""
        for number in ("NX-1", "NX-2"):
            assert self.inspector(number).send(None).status_code == 201
        return Ask(self.agency, f"/api/v1/plans/{self.plan().send(None).json()['plan_id']}/{name}", body)

    def plan_revised(self) -> Ask:
        body = self.plan().body
        assert isinstance(body, dict)
        return self.plan_act("revision", {name: value for name, value in body.items() if name != "plan_number"})

    def plan_cancelled(self) -> Ask:
        return self.plan_act("cancellation", {"reason": "重复"})

    def commitment(self) -> Ask:
        return self.plan_act("commitment")

    def plan_drawn(self) -> Ask:
        ask = self.commitment()
        assert ask.send(None).status_code == 201
        return Ask(ask.caller, ask.path.replace("/commitment", "/draw"), {})

    def draw_published(self) -> Ask:
        ask = self.plan_drawn()
        assert ask.send(None).status_code == 201
        return Ask(ask.caller, ask.path.replace("/draw", "/publication"))

    def object_drawn(self) -> tuple[str, str]:
        """The address of a plan, and the credit code of the one object drawn."""
        path = self.draw_published().path.removesuffix("/publication")
        (visit,) = self.agency.get(f"{path}/visits")
        shops = (self.world.maker, self.world.distributor, self.world.outlet, self.world.second_outlet)
        return path, next(shop.credit_code for shop in shops if str(shop.party_id) == visit["party_id"])

    def redraw(self) -> Ask:
        path, code = self.object_drawn()
        return Ask(self.agency, f"{path}/redraws", {"credit_code": code, "reason": "停业"})

    def visit(self) -> Ask:
        path, code = self.object_drawn()
        return Ask(self.agency, f"{path}/visits", {"credit_code": code, "visited_on": "2026-11-24"})


_BATCH = "/api/v1/batches/{batch_id}"
_INSPECTOR = "/api/v1/inspectors/{inspector_id}"
_PLAN = "/api/v1/plans/{plan_id}"
_SAMPLE = "/api/v1/samples/{sample_id}"
ROUTES: dict[tuple[str, str], str] = {
    ("POST", "/api/v1/notices/{notice_id}/read"): "notice_read",
    ("POST", "/api/v1/webhooks"): "webhook",
    ("DELETE", "/api/v1/webhooks/{webhook_id}"): "webhook_removed",
    ("POST", "/api/v1/leads/{lead_id}/take-up"): "lead_taken_up",
    ("POST", "/api/v1/leads/{lead_id}/close"): "lead_closed",
    ("POST", "/api/v1/suspects/{code}/dismiss"): "suspect_dismissed",
    ("POST", "/api/v1/suspects/{code}/confirm"): "suspect_confirmed",
    ("POST", "/api/v1/parties"): "party",
    ("POST", "/api/v1/parties/{party_id}/licences"): "licence",
    ("POST", "/api/v1/parties/{party_id}/keys"): "key",
    ("DELETE", "/api/v1/keys/{key_id}"): "key_withdrawn",
    ("POST", "/api/v1/parties/{party_id}/sites"): "site",
    ("DELETE", "/api/v1/parties/{party_id}/sites/{site_id}"): "site_closed",
    ("POST", "/api/v1/products"): "product",
    ("POST", "/api/v1/batches"): "batch",
    ("POST", f"{_BATCH}/codes"): "codes",
    ("POST", f"{_BATCH}/labels"): "labels",
    ("POST", f"{_BATCH}/packing"): "packing",
    ("POST", f"{_BATCH}/voided"): "voided",
    ("POST", f"{_BATCH}/stops"): "stop",
    ("POST", f"{_BATCH}/stops/{{stop_id}}/lift"): "stop_lifted",
    ("POST", "/api/v1/transfers"): "shipment",
    ("POST", "/api/v1/receipts"): "receipt",
    ("POST", f"{_BATCH}/transfers/{{transfer_id}}/receipt"): "receipt_of_a_shipment",
    ("POST", "/api/v1/returns"): "goods_back",
    ("POST", "/api/v1/refusals"): "refusal",
    ("POST", f"{_BATCH}/transfers/{{transfer_id}}/refusal"): "refusal_of_a_shipment",
    ("POST", "/api/v1/sales"): "sale",
    ("POST", "/api/v1/take-backs"): "taken_back",
    ("POST", "/api/v1/relocations"): "relocation",
    ("POST", "/api/v1/unpackings"): "unpacking",
    ("POST", "/api/v1/repackings"): "repacking",
    ("POST", "/api/v1/write-offs"): "written_off",
    ("POST", "/api/v1/destructions"): "destruction",
    ("POST", "/api/v1/sampled-units"): "draw",
    ("POST", "/api/v1/seizures"): "seizure",
    ("POST", "/api/v1/releases"): "released",
    ("POST", f"{_BATCH}/movements/{{movement_id}}/undo"): "undone",
    ("POST", f"{_BATCH}/discrepancies/{{discrepancy_id}}/settlement"): "settlement",
    ("POST", "/api/v1/movement-bundles"): "bundle",
    ("POST", "/api/v1/movement-files"): "file",
    ("POST", "/api/v1/laboratory-files"): "results",
    ("POST", "/api/v1/samples"): "sample",
    ("POST", "/api/v1/sample-sheets"): "sheet",
    ("POST", f"{_SAMPLE}/seal"): "seal",
    ("POST", f"{_SAMPLE}/reception"): "reception",
    ("POST", f"{_SAMPLE}/decision"): "decision",
    ("POST", f"{_SAMPLE}/objection"): "objection",
    ("POST", f"{_SAMPLE}/retest"): "retest",
    ("POST", f"{_SAMPLE}/retest-report"): "retest_report",
    ("POST", f"{_SAMPLE}/correction"): "correction",
    ("POST", f"{_SAMPLE}/withdrawal"): "withdrawal",
    ("POST", f"{_SAMPLE}/hold"): "hold",
    ("POST", f"{_SAMPLE}/hold/release"): "hold_released",
    ("POST", f"{_SAMPLE}/report"): "report",
    ("POST", f"{_SAMPLE}/state"): "state",
    ("POST", f"{_SAMPLE}/maker-response"): "maker_response",
    ("POST", "/api/v1/bulletins"): "bulletin",
    ("POST", "/api/v1/bulletins/{number}/versions"): "bulletin_again",
    ("POST", "/api/v1/inspectors"): "inspector",
    ("DELETE", _INSPECTOR): "inspector_removed",
    ("POST", f"{_INSPECTOR}/interests"): "interest",
    ("DELETE", f"{_INSPECTOR}/interests/{{party_id}}"): "interest_ended",
    ("POST", "/api/v1/plans"): "plan",
    ("POST", f"{_PLAN}/revision"): "plan_revised",
    ("POST", f"{_PLAN}/cancellation"): "plan_cancelled",
    ("POST", f"{_PLAN}/commitment"): "commitment",
    ("POST", f"{_PLAN}/draw"): "plan_drawn",
    ("POST", f"{_PLAN}/publication"): "draw_published",
    ("POST", f"{_PLAN}/redraws"): "redraw",
    ("POST", f"{_PLAN}/visits"): "visit",
}
"""How each write route is asked: the name of a method of Asks."""


@pytest.fixture
def asks(world: World, caller_of: Callable[[Party], Caller]) -> Asks:
    return Asks(world, caller_of)


# ---------------------------------------------------------------------------------------------- every route


def operations(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and schema of all that is no mere reading."""
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "head", "options"):
                yield method.upper(), path, operation


def test_the_routes_above_are_all_that_write(client: TestClient) -> None:
    """A write that is added without a case here, or without the header, fails this test."""
    found = {(method, path): operation for method, path, operation in operations(client)}
    assert set(found) == set(ROUTES) | set(NOT_WRITES)
    for route, operation in found.items():
        named = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert (KEY_HEADER in named) == (route in ROUTES), route
        if route in ROUTES:
            assert named[KEY_HEADER]["required"] is False
            assert "first answer" in named[KEY_HEADER]["description"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in KEPT_OTHERWISE], ids=" ".join)
def test_a_repeated_request_gets_the_first_answer(
    asks: Asks, database: Database, unchanged: Unchanged, route: tuple[str, str]
) -> None:
    ask = asks[route]
    first = ask.send()
    assert first.status_code in (200, 201, 204), first.text
    assert "idempotency-replayed" not in first.headers
    with unchanged(database):
        again = ask.send()
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("content-type") == first.headers.get("content-type")


@pytest.mark.parametrize("route", list(ROUTES), ids=" ".join)
def test_a_key_belongs_to_one_request(asks: Asks, refused: Refused, route: tuple[str, str]) -> None:
    ask = asks[route]
    assert ask.send().is_success
    other = Ask(
        asks.caller_of(party_of(asks, ask)), "/api/v1/products", {"kind": "feed", "name": "x", "shelf_life_days": 9}
    )
    refused(lambda: other.send(), 422, "idempotency.reused", KEY_HEADER)
    address = f"{ask.path}{'&' if '?' in ask.path else '?'}lang=en"
    refused(lambda: replace(ask, path=address).send(), 422, "idempotency.reused", KEY_HEADER)


def party_of(asks: Asks, ask: Ask) -> Party:
    named = (asks.world.maker, asks.world.regulator, asks.world.agency, asks.world.outlet)
    return next(party for party in named if str(party.party_id) == ask.caller.party_id)


def test_a_key_with_another_body(asks: Asks, refused: Refused) -> None:
    ask = asks.stop()
    assert ask.send().status_code == 201
    for body in ({"kind": "recall", "reason": "渗漏 "}, {"reason": "渗漏", "kind": "recall"}):
        changed = Ask(ask.caller, ask.path, body)
        refused(lambda changed=changed: changed.send(), 422, "idempotency.reused", KEY_HEADER)
    assert ask.send("another").json()["stop_id"] != ask.send().json()["stop_id"]


def test_two_parties_may_use_one_key(world: World, asks: Asks) -> None:
    path = f"/api/v1/batches/{world.register_batch().batch_id}/stops"
    stops = [
        Ask(caller, path, {"kind": "recall", "reason": "渗漏"}).send("1").json()
        for caller in (asks.maker, asks.regulator)
    ]
    assert {stop["ordered_by_id"] for stop in stops} == {str(world.maker.party_id), str(world.regulator.party_id)}


def test_two_api_keys_of_one_party_name_the_same_requests(asks: Asks, database: Database, unchanged: Unchanged) -> None:
    ask = asks.stop()
    other = Ask(asks.maker, ask.path, ask.body)
    first = ask.send()
    with unchanged(database):
        again = other.send()
    assert again.content == first.content


def test_without_a_key_every_request_is_a_new_one(asks: Asks) -> None:
    ask = asks.stop()
    assert ask.send(None).json()["stop_id"] != ask.send(None).json()["stop_id"]


# ---------------------------------------------------------------------------------------------- what is not kept


def test_a_refusal_is_not_kept(asks: Asks, refused: Refused) -> None:
    """Refused for the present, carried out later under the same key."""
    shipment = asks.shipment()
    assert isinstance(shipment.body, dict)
    receipt = Ask(asks.caller_of(asks.world.outlet), "/api/v1/receipts", {"codes": shipment.body["codes"]})
    refused(lambda: receipt.send(), 409, "custody.not_in_transit", "codes")
    assert shipment.send(None).status_code == 201
    first = receipt.send()
    assert first.status_code == 201
    assert receipt.send().content == first.content


def test_the_secret_of_a_new_key_is_not_kept(
    asks: Asks, database: Database, unchanged: Unchanged, dump: Callable[[Database], object]
) -> None:
    ask = asks.key()
    made = ask.send()
    assert made.status_code == 201
    key = made.json()
    with unchanged(database):
        problem = problem_of(ask.send(), 409, "idempotency.secret", KEY_HEADER)
    assert problem["evidence"] == {"key_id": key["key_id"]}
    assert key["secret"].split("_", 2)[2] not in str(dump(database))
    assert asks.maker.delete(f"/api/v1/keys/{key['key_id']}") == ""


def test_labels_are_made_again_and_recorded_once(asks: Asks, database: Database, unchanged: Unchanged) -> None:
    ask = asks.labels()
    first = ask.send()
    assert first.status_code == 200
    assert len(first.content.splitlines()) >= 3
    assert "idempotency-replayed" not in first.headers
    with unchanged(database):
        again = ask.send()
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-disposition"] == first.headers["content-disposition"]
    problem_of(ask.send("another"), 409, "print.printed_before", "reason")


# ---------------------------------------------------------------------------------------------- malformed keys


@pytest.mark.parametrize(
    "key",
    ["", " ", "x" * (MAX_KEY_CHARACTERS + 1), "收货一", "a\tb", "a\x7fb", "caf\xe9"],
    ids=["empty", "blank", "too_long", "chinese", "tab", "delete", "latin"],
)
def test_a_malformed_key(asks: Asks, refused: Refused, key: str) -> None:
    ask = asks.stop()
    headers = [(name.encode(), value.encode()) for name, value in ask.caller.headers.items()]
    headers.append((KEY_HEADER.encode(), key.encode("latin-1" if key.isascii() or "\xe9" in key else "utf-8")))
    problem = refused(lambda: ask.send(headers=headers), 422, "idempotency.key", KEY_HEADER)
    assert KEY_HEADER in problem["detail"]


def test_two_keys_at_once(asks: Asks, refused: Refused) -> None:
    ask = asks.stop()
    headers = [*ask.caller.headers.items(), (KEY_HEADER, "a"), (KEY_HEADER, "b")]
    refused(lambda: ask.send(headers=headers), 422, "idempotency.key", KEY_HEADER)


@pytest.mark.parametrize("key", ["1", "x" * MAX_KEY_CHARACTERS, '"8e03978e-40d5"', "a b", "~!@#$%^&*()"])
def test_odd_but_good_keys(asks: Asks, key: str) -> None:
    ask = asks.stop()
    assert ask.send(key).content == ask.send(key).content


def test_without_an_api_key_nothing_is_replayed(asks: Asks, refused: Refused) -> None:
    ask = asks.stop()
    assert ask.send().status_code == 201
    refused(lambda: ask.send(headers={KEY_HEADER: "一".encode().hex()}), 401, "access.none")


# ---------------------------------------------------------------------------------------------- at the same time


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_two_at_once_are_carried_out_once(asks: Asks, world: World) -> None:
    batch = world.register_batch(size=600)
    codes = [world.code(batch, Level.UNIT, index) for index in range(20)]
    to_id = str(world.outlet.party_id)
    barrier = Barrier(2)

    def ship(number: int) -> httpx2.Response:
        ask = Ask(callers[number % 2], "/api/v1/transfers", {"to_id": to_id, "codes": [codes[number // 2]]})
        barrier.wait(10)
        return ask.send(f"shipment {number // 2}")

    callers = [asks.maker, asks.maker]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ship, range(2 * len(codes))))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert all(one.content == other.content for one, other in pairs)
    assert all(sum("idempotency-replayed" in each.headers for each in pair) == 1 for pair in pairs)
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    assert kinds.count("custody.shipped") == len(codes)


class Broken(Exception):
    """What a test breaks with."""


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_the_act_and_its_answer_are_there_together_or_not_at_all(
    world: World, database: Database, unchanged: Unchanged
) -> None:
    write = Write(database, world.actor(world.regulator), "1", "digest", 201)
    new = NewParty(credit_code(900), "店", "640121", frozenset({Role.OUTLET}))

    def register(work: UnitOfWork) -> Party:
        return parties.register_party(work, OPERATOR, new)

    def body(party: Party) -> str:
        raise Broken

    with unchanged(database), pytest.raises(Broken):
        write.once(register, body)
    with unchanged(database), pytest.raises(Broken):
        write.run(lambda work: body(register(work)))
    party = write.run(register)
    with unchanged(database), pytest.raises(Replayed) as replayed:
        write.run(register)
    assert str(party.party_id) in replayed.value.answer.body


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_another_digest_under_the_key_does_nothing(world: World, database: Database, refuses: Refuses) -> None:
    actor = world.actor(world.regulator)
    Write(database, actor, "1", "digest", 201).run(lambda work: "done")
    with refuses(InvalidInput, "idempotency.reused", field=KEY_HEADER):
        Write(database, actor, "1", "another", 201).run(lambda work: "done")
