"""The issue's story from the first registration to the farmer's answer, through HTTP alone, on both engines."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.parties import access, service
from suiyuan.trace.parties.model import OPERATOR, Role
from suiyuan.trace.parties.service import NewParty
from suiyuan.trace.store.database import Database

from ..support.world import credit_code
from .conftest import BASE_URL
from .wire import Caller

PARTIES: tuple[tuple[str, str, str, list[str]], ...] = (
    ("maker", "贺兰山农化有限公司", "640122", ["manufacturer"]),
    ("distributor", "银川农资批发有限公司", "640104", ["distributor"]),
    ("outlet", "平罗县惠农农资店", "640221", ["outlet"]),
    ("second_outlet", "同心县丰收农资店", "640324", ["outlet"]),
    ("agency", "宁夏农产品质量检测中心", "640106", ["inspection_agency", "laboratory"]),
)

PESTICIDE = {
    "kind": "pesticide",
    "name": "5%阿维菌素乳油",
    "registration_number": "PD20172247",
    "shelf_life_days": 730,
    "composition": [{"name": "阿维菌素", "content": "5.0", "unit": "%"}],
    "formulation": "乳油",
}
SEED = {
    "kind": "seed",
    "name": "宁粳50号",
    "registration_number": "宁审稻20200001",
    "shelf_life_days": 365,
    "composition": [{"name": "发芽率", "content": 85, "unit": "%"}],
}
VET_DRUG = {
    "kind": "vet_drug",
    "name": "恩诺沙星注射液",
    "registration_number": "兽药字300012345",
    "shelf_life_days": 730,
    "composition": [{"name": "恩诺沙星", "content": "100", "unit": "mg/mL"}],
}
NATIONAL_CODES = [f"2026100199999{number:011d}" for number in range(12)]


@dataclass
class Chain:
    """Everyone's key, and the public without one."""

    client: TestClient
    clock: FixedClock
    regulator: Caller
    maker: Caller
    distributor: Caller
    outlet: Caller
    second_outlet: Caller
    agency: Caller

    def answer(self, code: str, query: str = "") -> dict[str, Any]:
        response = self.client.get(f"/api/v1/answers/{code}{query}")
        assert response.status_code == 200, response.text
        return response.json()

    def look(self, code: str) -> dict[str, Any]:
        """The answer, without counting as a scan."""
        return self.answer(code, "?record=false")

    def read_label(self, code: str) -> str:
        """What an independent decoder reads from the label of a code."""
        response = self.client.get(f"/api/v1/codes/{code}/label.png")
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
        (symbol,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(response.content)))
        return symbol.text

    def hand_over(self, sender: Caller, receiver: Caller, codes: list[str]) -> None:
        shipped = sender.post("/api/v1/transfers", {"to_id": receiver.party_id, "codes": codes})
        self.clock.instant += timedelta(hours=1)
        received = receiver.post("/api/v1/receipts", {"codes": codes})
        assert {each["transfer_id"] for each in received} == {each["transfer_id"] for each in shipped}
        assert [each["kind"] for each in received] == ["receive"] * len(shipped)
        self.clock.instant += timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def chain(client: TestClient, clock: FixedClock, database: Database) -> Chain:
    """The regulator comes with the machine; it registers everyone else, their licences and their keys."""
    new = NewParty(credit_code(1), "宁夏农业农村厅", "640000", frozenset({Role.REGULATOR}))
    party = database.write(lambda work: service.register_party(work, OPERATOR, new))
    key = database.write(lambda work: access.issue_key(work, OPERATOR, party.party_id, ""))
    regulator = Caller(client, key.secret, str(party.party_id))
    callers: dict[str, Caller] = {}
    for number, (name, full_name, region_code, roles) in enumerate(PARTIES, start=2):
        body = {"credit_code": credit_code(number), "name": full_name, "region_code": region_code, "roles": roles}
        party_id = regulator.post("/api/v1/parties", body)["party_id"]
        secret = regulator.post(f"/api/v1/parties/{party_id}/keys", {"label": "第一把"})["secret"]
        callers[name] = Caller(client, secret, party_id)
    chain = Chain(client=client, clock=clock, regulator=regulator, **callers)
    for kind in ("pesticide", "seed", "vet_drug"):
        license_party(chain, chain.maker, kind, "production")
        license_party(chain, chain.distributor, kind, "trade")
        license_party(chain, chain.outlet, kind, "filing" if kind == "seed" else "trade")
        license_party(chain, chain.second_outlet, kind, "trade")
    return chain


def license_party(chain: Chain, party: Caller, kind: str, activity: str) -> None:
    body = {
        "number": f"{activity}-{kind}",
        "activity": activity,
        "product_kind": kind,
        "valid_from": "2026-01-01",
        "valid_until": "2030-12-31",
    }
    licence = chain.regulator.post(f"/api/v1/parties/{party.party_id}/licences", body)
    assert licence in party.get(f"/api/v1/parties/{party.party_id}/licences")


def batch_of(product: dict[str, Any], number: str, **fields: object) -> dict[str, Any]:
    return {
        "product_id": product["product_id"],
        "batch_number": number,
        "production_on": "2026-11-02",
        "size": 24,
        "units_per_carton": 6,
        "cartons_per_pallet": 2,
        "pack_code": "001",
        "factory_result": "passed",
        "factory_report_number": f"CJ-{number}",
        "factory_inspected_on": "2026-11-03",
        **fields,
    }


def reasons(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def way(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["role"], step["region_code"]) for step in answer["way"]]


def test_from_a_registered_batch_to_the_farmers_answer(chain: Chain) -> None:
    maker, distributor, outlet = chain.maker, chain.distributor, chain.outlet
    product = maker.post("/api/v1/products", PESTICIDE)
    assert maker.get("/api/v1/products") == [product]
    batch = maker.post("/api/v1/batches", batch_of(product, "AW1102A"))
    assert batch["expires_on"] == "2028-11-01"
    assert maker.get("/api/v1/batches") == [batch]
    units, cartons, pallets = (maker.codes(batch, level) for level in ("unit", "carton", "pallet"))
    assert [len(units), len(cartons), len(pallets)] == [24, 4, 2]
    assert len({*units, *cartons, *pallets}) == 30
    assert all(len(code) == 32 and code.startswith("11722471001") for code in (*units, *cartons, *pallets))

    # Not out of the factory yet: the label is right, and the answer says so with care.
    text = chain.read_label(units[7])
    assert text == f"{BASE_URL}/c/{units[7]}"
    before = chain.client.post("/api/v1/answers", json={"text": text}).json()
    assert (before["verdict"], reasons(before)) == ("caution", ["not_yet_shipped", "registered", "not_sampled"])
    assert (before["level"], before["index"], before["units_inside"]) == ("unit", 7, 1)
    assert before["batch"]["batch_id"] == batch["batch_id"]
    assert (before["sampled"], before["samples"], before["stops"]) == (False, [], [])
    assert way(before) == [("manufacturer", "640122")]

    # A pallet to the distributor, two cartons and a loose unit on to two shops.
    shipped = maker.post("/api/v1/transfers", {"to_id": distributor.party_id, "codes": pallets})
    assert chain.look(units[7])["verdict"] == "caution"
    assert reasons(chain.look(units[7]))[0] == "in_transit"
    (inbound,) = distributor.get("/api/v1/inbound")
    assert (inbound["intervals"], inbound["from_id"]) == ([{"start": 0, "stop": 24}], maker.party_id)
    transfer = f"/api/v1/batches/{batch['batch_id']}/transfers/{shipped[0]['transfer_id']}/receipt"
    distributor.post(transfer)
    assert distributor.get("/api/v1/inbound") == []
    assert [each["units"] for each in distributor.get("/api/v1/holdings")] == [24]
    chain.hand_over(distributor, outlet, [cartons[1], units[0]])
    chain.hand_over(distributor, chain.second_outlet, [cartons[2]])
    assert [each["units"] for each in outlet.get("/api/v1/holdings")] == [7]
    assert [each["units"] for each in chain.second_outlet.get("/api/v1/holdings")] == [6]
    assert [each["units"] for each in distributor.get("/api/v1/holdings")] == [11]
    assert maker.get("/api/v1/holdings") == []

    # The farmer's answer: genuine, the whole way, and the first scan counted.
    answer = chain.answer(units[7])
    assert (answer["verdict"], answer["whereabouts"]) == ("genuine", "with_dealer")
    assert answer["title"] == "正品"
    assert way(answer) == [("manufacturer", "640122"), ("distributor", "640104"), ("outlet", "640221")]
    assert all(step["shipped_on"] <= step["received_on"] for step in answer["way"][2:])
    assert answer["maker"]["name"] == "贺兰山农化有限公司"
    assert answer["product"]["composition"] == [{"name": "阿维菌素", "content": "5.0", "unit": "%"}]
    assert (answer["batch"]["factory_result"], answer["batch"]["ruleset"]) == ("passed", "1049")
    assert way(chain.look(units[12])) == [("manufacturer", "640122"), ("distributor", "640104"), ("outlet", "640324")]
    assert way(chain.look(units[1])) == [("manufacturer", "640122"), ("distributor", "640104")]
    assert chain.look(pallets[0])["whereabouts"] == "divided"

    # The regulator sees who holds what, and that nothing is held twice.
    spans = chain.regulator.get(f"/api/v1/batches/{batch['batch_id']}/custody")
    assert [(span["start"], span["stop"]) for span in spans] == [(0, 1), (1, 6), (6, 12), (12, 18), (18, 24)]
    events = maker.get(f"/api/v1/batches/{batch['batch_id']}/events")
    assert [event["kind"] for event in events] == ["batch.registered"] + ["custody.shipped", "custody.received"] * 3
    assert [event["sequence"] for event in events] == list(range(1, 8))


def test_scans_are_counted_and_looks_are_not(chain: Chain) -> None:
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    batch = chain.maker.post("/api/v1/batches", batch_of(product, "AW1102A"))
    code, other = chain.maker.codes(batch)[:2]
    assert chain.look(code)["scans"] == {"count": 0, "first_on": None, "last_on": None}
    assert chain.look(code)["scans"]["count"] == 0
    first_at = chain.clock.instant
    assert chain.answer(code)["scans"]["count"] == 0, "a scan does not count itself"
    chain.clock.instant += timedelta(days=1)
    assert chain.client.get(f"/c/{code}").status_code == 200
    chain.clock.instant += timedelta(days=1)
    assert chain.client.post("/api/v1/answers", json={"text": f"码：{code}"}).status_code == 200
    answer = chain.look(code)
    assert answer["scans"]["count"] == 3
    assert answer["scans"]["first_on"] == f"{first_at:%Y-%m-%d}"
    assert answer["scans"]["last_on"] == f"{chain.clock.instant:%Y-%m-%d}"
    seen = next(reason for reason in answer["reasons"] if reason["code"] == "seen_before")
    assert seen["values"] == {"count": "3", "first": "2026-11-24"}
    assert chain.look(code)["scans"]["count"] == 3
    assert chain.look(other)["scans"]["count"] == 0


def test_a_failed_spot_check_stops_the_batch_everywhere(chain: Chain) -> None:
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    batch = chain.maker.post("/api/v1/batches", batch_of(product, "AW1102B"))
    units, cartons = chain.maker.codes(batch), chain.maker.codes(batch, "carton")
    chain.hand_over(chain.maker, chain.distributor, cartons)
    chain.hand_over(chain.distributor, chain.outlet, cartons[:2])
    assert chain.look(units[0])["verdict"] == "genuine"

    new_sample = {
        "code": units[3],
        "sample_number": "NX-2026-0007",
        "taken_on": "2026-11-20",
        "region_code": "640221",
        "basis": "targeted",
        "inspectors": [
            {"name": "马晓燕", "certificate_number": "宁农执法001"},
            {"name": "王建军", "certificate_number": "宁农执法002"},
        ],
    }
    sample = chain.agency.post("/api/v1/samples", new_sample)
    assert (sample["batch_id"], sample["state"]) == (batch["batch_id"], "taken")
    path = f"/api/v1/samples/{sample['sample_id']}"
    sealing = {
        "portions": [{"role": "test", "seal_number": "FY-1"}, {"role": "reserve", "seal_number": "FY-2"}],
        "acknowledgement": "signed",
        "signed_by": "马建国",
    }
    assert chain.agency.post(f"{path}/seal", sealing)["state"] == "sealed"
    assert chain.agency.post(f"{path}/reception", {"seals_are_intact": True})["state"] == "received"
    report = {
        "laboratory": "宁夏农药检定所",
        "report_number": "JY-2026-0007",
        "reported_on": "2026-11-24",
        "findings": [
            {
                "item": "阿维菌素",
                "requirement": "4.5–5.5",
                "limit_kind": "between",
                "lower": "4.5",
                "upper": "5.5",
                "measured": "1.30",
                "unit": "%",
                "outcome": "failed",
            },
            {"item": "pH值", "limit_kind": "between", "lower": 4.5, "upper": 7, "measured": 5.8, "unit": "pH",
             "outcome": "passed"},
        ],
    }  # fmt: skip
    assert chain.agency.post(f"{path}/report", report)["state"] == "reported"
    assert chain.agency.post(f"{path}/decision", {})["results"][0]["decision"]["verdict"] == "failed"
    assert chain.agency.post(f"{path}/state", {"state": "notified"}, 200)["state"] == "notified"

    review = chain.look(units[0])
    assert (review["verdict"], review["stops"]) == ("genuine", [])
    assert "sampling_under_review" in reasons(review)
    assert review["samples"][0]["findings"] == []
    assert "1.30" not in chain.client.get(f"/api/v1/answers/{units[0]}?record=false").text

    assert chain.agency.post(f"{path}/maker-response", {"response": "confirmed"}, 200)["maker_response"] == "confirmed"
    assert chain.agency.post(f"{path}/state", {"state": "final"}, 200)["state"] == "final"
    for code in (*units, *cartons):
        assert chain.look(code)["verdict"] == "stop"
    answer = chain.look(units[23])
    assert reasons(answer)[0] == "failed_spot_check"
    (shown,) = answer["samples"]
    assert (shown["laboratory"], shown["report_number"]) == ("宁夏农药检定所", "JY-2026-0007")
    assert (shown["taken_on"], shown["reported_on"], shown["basis"]) == ("2026-11-20", "2026-11-24", "targeted")
    failed = shown["findings"][0]
    assert (failed["measured"], failed["lower"], failed["upper"], failed["unit"], failed["outcome"]) == (
        "1.30",
        "4.5",
        "5.5",
        "%",
        "failed",
    )
    page = chain.client.get(f"/c/{units[23]}").text
    assert "不要使用" in page
    assert "1.30%" in page
    assert "4.5–5.5" in page

    # Nobody ships it any more; what is already on the road may still be received, since the goods are there.
    refusal = chain.outlet.post("/api/v1/transfers", {"to_id": chain.distributor.party_id, "codes": cartons[:1]}, 409)
    assert "custody.batch_stopped" in refusal
    stop = answer["stops"][0]
    assert (stop["kind"], stop["ordered_by"]) == ("failed_spot_check", "宁夏农产品质量检测中心")


def test_a_recall_of_one_carton(chain: Chain) -> None:
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    batch = chain.maker.post("/api/v1/batches", batch_of(product, "AW1102D"))
    cartons, units = chain.maker.codes(batch, "carton"), chain.maker.codes(batch)
    chain.hand_over(chain.maker, chain.distributor, cartons)
    stops = f"/api/v1/batches/{batch['batch_id']}/stops"
    recall = {"kind": "recall", "reason": "封口不严", "interval": {"start": 6, "stop": 12}}
    assert chain.maker.post(stops, recall)["interval"] == recall["interval"]
    inside, beside = chain.look(units[6]), chain.look(units[12])
    assert (inside["verdict"], reasons(inside)[0], inside["stops_elsewhere"]) == ("stop", "recalled", [])
    assert [stop["interval"] for stop in inside["stops"]] == [recall["interval"]]
    assert (beside["verdict"], reasons(beside)[:2], beside["stops"]) == (
        "genuine",
        ["registered", "other_part_stopped"],
        [],
    )
    assert [stop["interval"] for stop in beside["stops_elsewhere"]] == [recall["interval"]]
    assert "封口不严" in beside["reasons"][1]["title"]
    assert chain.look(cartons[1])["verdict"] == "stop"
    to = {"to_id": chain.outlet.party_id}
    refusal = chain.distributor.post("/api/v1/transfers", {**to, "codes": cartons}, 409)
    assert "custody.batch_stopped" in refusal
    chain.distributor.post("/api/v1/transfers", {**to, "codes": [cartons[0], *cartons[2:]]})


def test_recall_by_the_maker_stop_by_the_regulator_and_their_end(chain: Chain) -> None:
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    batch = chain.maker.post("/api/v1/batches", batch_of(product, "AW1102C"))
    cartons = chain.maker.codes(batch, "carton")
    chain.hand_over(chain.maker, chain.distributor, cartons)
    code = chain.maker.codes(batch)[0]
    on_the_road = {"to_id": chain.outlet.party_id, "codes": cartons[:1]}
    chain.distributor.post("/api/v1/transfers", on_the_road)

    stops = f"/api/v1/batches/{batch['batch_id']}/stops"
    recall = chain.maker.post(stops, {"kind": "recall", "reason": "封口不严"})
    answer = chain.look(code)
    assert (answer["verdict"], reasons(answer)[0]) == ("stop", "recalled")
    assert [(stop["kind"], stop["reason"]) for stop in answer["stops"]] == [("recall", "封口不严")]
    ordered = chain.regulator.post(stops, {"kind": "regulator", "reason": "标签缺陷"})
    assert reasons(chain.look(code))[:2] == ["recalled", "stopped_by_regulator"]
    chain.outlet.post("/api/v1/receipts", {"codes": cartons[:1]})

    chain.maker.post(f"{stops}/{recall['stop_id']}/lift", {"reason": "已重新封口"}, 204)
    assert reasons(chain.look(code))[0] == "stopped_by_regulator"
    chain.maker.post(f"{stops}/{ordered['stop_id']}/lift", {"reason": "自己解除"}, 403)
    chain.regulator.post(f"{stops}/{ordered['stop_id']}/lift", {"reason": "已改正"}, 204)
    assert chain.look(code)["verdict"] == "genuine"
    kinds = [event["kind"] for event in chain.regulator.get(f"/api/v1/batches/{batch['batch_id']}/events")]
    told = "batch.holders_notified"
    assert kinds[-9:] == [
        *("batch.stopped", told, "batch.stopped", told),
        "custody.received",
        *("batch.stop_lifted", told, "batch.stop_lifted", told),
    ]


def test_seed_and_veterinary_drug_go_the_same_way(chain: Chain) -> None:
    maker = chain.maker
    seed = maker.post("/api/v1/batches", batch_of(maker.post("/api/v1/products", SEED), "NJ50-1", pack_code=""))
    code = maker.codes(seed)[0]
    assert len(code) == 20
    lines = chain.read_label(code).split("\n")
    assert lines == [
        "品种名称：宁粳50号",
        "生产经营者名称：贺兰山农化有限公司",
        f"单元识别代码：{code}",
        f"追溯网址：{BASE_URL}/c/{code}",
    ]
    read = chain.client.post("/api/v1/answers", json={"text": "\n".join(lines)}).json()
    assert (read["scheme"], read["code"], read["batch"]["batch_id"]) == ("seed", code, seed["batch_id"])

    product = maker.post("/api/v1/products", VET_DRUG)
    drug = maker.post("/api/v1/batches", batch_of(product, "EN-1", size=12, pack_code=""))
    path = f"/api/v1/batches/{drug['batch_id']}/codes"
    assert maker.send("GET", path).status_code == 404, "nationally issued codes are imported, never minted"
    assert maker.post(path, {"level": "unit", "codes": NATIONAL_CODES}) == {"imported": 12}
    assert maker.codes(drug) == NATIONAL_CODES
    assert chain.read_label(NATIONAL_CODES[5]) == NATIONAL_CODES[5], "announcement 174: the code alone"

    chain.hand_over(maker, chain.distributor, [*NATIONAL_CODES, *maker.codes(seed, "carton")])
    chain.hand_over(chain.distributor, chain.outlet, [NATIONAL_CODES[5], code])
    for shown, scheme, index in ((NATIONAL_CODES[5], "vet_drug", 5), (code, "seed", 0)):
        answer = chain.answer(shown)
        assert (answer["verdict"], answer["scheme"], answer["index"]) == ("genuine", scheme, index)
        assert way(answer)[-1] == ("outlet", "640221")
    assert way(chain.look(NATIONAL_CODES[6]))[-1] == ("distributor", "640104")


def test_a_hundred_million_codes_exist_at_once(chain: Chain) -> None:
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    body = batch_of(product, "AW1102Z", size=100_000_000, units_per_carton=40, cartons_per_pallet=60)
    batch = chain.maker.post("/api/v1/batches", body)
    last = chain.maker.codes(batch, "unit", start=99_999_999)
    assert len(last) == 1, "a page is cut at the batch's end"
    answer = chain.look(last[0])
    assert (answer["index"], answer["units_inside"]) == (99_999_999, 1)
    short_pallet = chain.maker.codes(batch, "pallet", start=41_666)
    assert chain.look(short_pallet[0])["units_inside"] == 100_000_000 - 41_666 * 2_400


def test_no_cache_keeps_an_answer(chain: Chain) -> None:
    """It would go on saying "genuine" after a recall."""
    product = chain.maker.post("/api/v1/products", PESTICIDE)
    code = chain.maker.codes(chain.maker.post("/api/v1/batches", batch_of(product, "AW1102D")))[0]
    for path in (f"/api/v1/answers/{code}", "/api/v1/answers/11722252247250743408010974953971", f"/c/{code}"):
        assert chain.client.get(path).headers["cache-control"] == "no-store"
