"""Parties, licences, products and samples that cannot be: refused by code and field, with nothing written."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ..support.world import World, credit_code
from .conftest import Refused
from .wire import Caller

NEW_CODE = "91640104EXAMPLEA56"


def party(**fields: object) -> dict[str, Any]:
    return {
        "credit_code": NEW_CODE,
        "name": "永宁示范店",
        "region_code": "640121",
        "roles": ["outlet"],
        **fields,
    }


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"credit_code": "91640104EXAMPLEA51"}, 422, "party.credit_code", "credit_code"),
        ({"credit_code": NEW_CODE[:-1]}, 422, "party.credit_code", "credit_code"),
        ({"credit_code": ""}, 422, "party.credit_code", "credit_code"),
        ({"credit_code": "9164010４EXAMPLEA51"}, 422, "party.credit_code", "credit_code"),
        ({"credit_code": "'; DROP TABLE party;"}, 422, "party.credit_code", "credit_code"),
        ({"credit_code": "9" * 100_000}, 422, "party.credit_code", "credit_code"),
        ({"name": " "}, 422, "text.missing", "name"),
        ({"name": "店" * 201}, 422, "text.malformed", "name"),
        ({"name": "店\x00"}, 422, "text.malformed", "name"),
        ({"telephone": "1" * 201}, 422, "text.malformed", "telephone"),
        ({"region_code": "649999"}, 422, "region.unknown", "region_code"),
        ({"region_code": "64"}, 422, "region.unknown", "region_code"),
        ({"region_code": "\x00"}, 422, "region.unknown", "region_code"),
        ({"roles": []}, 422, "party.roles", "roles"),
        ({"roles": ["king"]}, 422, "request.body", "roles.0"),
        ({"credit_code": credit_code(3)}, 409, "party.duplicate", "credit_code"),
        ({"is_operator": True}, 422, "request.body", "is_operator"),
        ({"party_id": str(uuid4())}, 422, "request.body", "party_id"),
    ],
)
def test_parties(
    regulator: Caller, refused: Refused, fields: dict[str, object], status: int, code: str, field: str
) -> None:
    refused(lambda: regulator.send("POST", "/api/v1/parties", party(**fields)), status, code, field)


@pytest.mark.usefixtures("world")
def test_a_party_without_the_fault_is_registered(regulator: Caller) -> None:
    found = regulator.post("/api/v1/parties", party(credit_code="９１640104exampleA５６ "))
    assert found["credit_code"] == NEW_CODE, "writing differences do not count"
    regulator.post("/api/v1/parties", party(), 409)


def licence(**fields: object) -> dict[str, Any]:
    return {
        "number": "农药经许(宁)1",
        "activity": "trade",
        "product_kind": "pesticide",
        "valid_from": "2026-01-01",
        "valid_until": "2030-12-31",
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"valid_until": "2025-12-31"}, "licence.period", "valid_until"),
        ({"number": ""}, "text.missing", "number"),
        ({"number": "1" * 201}, "text.malformed", "number"),
        ({"activity": "smuggling"}, "request.body", "activity"),
        ({"product_kind": "pesticides"}, "request.body", "product_kind"),
        ({"valid_from": "2026-13-01"}, "request.body", "valid_from"),
        ({"party_id": str(uuid4())}, "request.body", "party_id"),
    ],
)
def test_licences(
    world: World, regulator: Caller, refused: Refused, fields: dict[str, object], code: str, field: str
) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/licences"
    refused(lambda: regulator.send("POST", path, licence(**fields)), 422, code, field)


def test_a_licence_twice_or_of_nobody(world: World, regulator: Caller, refused: Refused) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/licences"
    regulator.post(path, licence())
    again = licence(valid_until="2040-12-31", number="农药经许（宁）1")
    refused(lambda: regulator.send("POST", path, again), 409, "licence.duplicate", "number")
    nobody = f"/api/v1/parties/{uuid4()}"
    refused(lambda: regulator.send("POST", f"{nobody}/licences", licence()), 404, "party.unknown", "party_id")
    refused(lambda: regulator.send("POST", f"{nobody}/keys", {}), 404, "party.unknown", "party_id")
    refused(lambda: regulator.send("GET", nobody), 404, "party.unknown", "party_id")


def product(**fields: object) -> dict[str, Any]:
    return {
        "kind": "pesticide",
        "name": "新乳油",
        "registration_number": "PD20190001",
        "shelf_life_days": 730,
        "composition": [{"name": "阿维菌素", "content": "5.0", "unit": "%"}],
        **fields,
    }


def part(**fields: object) -> dict[str, Any]:
    return {"composition": [{"name": "阿维菌素", "content": "5.0", "unit": "%", **fields}]}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"registration_number": ""}, 422, "product.registration_number", "registration_number"),
        ({"kind": "vet_drug", "registration_number": " "}, 422, "product.registration_number", "registration_number"),
        ({"name": ""}, 422, "text.missing", "name"),
        ({"name": "名\x1b[0m"}, 422, "text.malformed", "name"),
        ({"usage": "用" * 2_001}, 422, "text.malformed", "usage"),
        ({"shelf_life_days": 0}, 422, "product.shelf_life", "shelf_life_days"),
        ({"shelf_life_days": -1}, 422, "product.shelf_life", "shelf_life_days"),
        ({"shelf_life_days": 10**30}, 422, "product.shelf_life", "shelf_life_days"),
        ({"registration_number": "PD85105"}, 422, "product.code_digits", "code_registration_digits"),
        ({"code_registration_digits": "12345"}, 422, "product.code_digits", "code_registration_digits"),
        ({"code_registration_digits": "１２３４５６"}, 422, "product.code_digits", "code_registration_digits"),
        (part(content="-1"), 422, "product.composition", "composition"),
        (part(content="100.1"), 422, "product.composition", "composition"),
        (part(name=""), 422, "text.missing", "composition"),
        ({"composition": [{"name": "a", "content": 1, "unit": "%"}] * 51}, 422, "product.composition", "composition"),
        (part(content="5,0"), 422, "request.body", "composition.0.content"),
        (part(content="NaN"), 422, "request.body", "composition.0.content"),
        (part(content="Infinity"), 422, "request.body", "composition.0.content"),
        (part(content="1e5"), 422, "request.body", "composition.0.content"),
        (part(content="1" * 31), 422, "request.body", "composition.0.content"),
        (part(content=True), 422, "request.body", "composition.0.content"),
        (part(unit="spoons"), 422, "request.body", "composition.0.unit"),
        (part(secret=1), 422, "request.body", "composition.0.secret"),
        ({"kind": "potion"}, 422, "request.body", "kind"),
        ({"warnings": []}, 422, "request.body", "warnings"),
        ({"registration_number": "PD20172247", "name": "另一个名字"}, 409, "product.duplicate", "registration_number"),
        ({"registration_number": "pd 20172247"}, 409, "product.duplicate", "registration_number"),
    ],
)
def test_products(
    maker: Caller, refused: Refused, fields: dict[str, object], status: int, code: str, field: str
) -> None:
    refused(lambda: maker.send("POST", "/api/v1/products", product(**fields)), status, code, field)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("content", ["1e400", "-1e400", "1E+308", "9" * 4_000])
def test_numbers_that_no_label_carries(maker: Caller, refused: Refused, content: str) -> None:
    """As bare JSON numbers, which have no bounds of their own."""
    start = '{"kind": "feed", "name": "饲料", "shelf_life_days": 9, "composition": [{"name": "蛋白", "unit": "g/kg", '
    body = f'{start}"content": {content}}}]}}'
    refused(
        lambda: maker.http.post(
            "/api/v1/products", content=body.encode(), headers={**maker.headers, "Content-Type": "application/json"}
        ),
        422,
        "request.body",
        "composition.0.content",
    )


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("kind", "number"),
    [("pesticide", "PD2019-0001x"), ("vet_drug", "兽药字12345"), ("seed", "20170001")],
)
def test_an_odd_number_is_refused_and_then_taken_on_request(
    maker: Caller, refused: Refused, kind: str, number: str
) -> None:
    body = product(kind=kind, registration_number=number, code_registration_digits="190001")
    problem = refused(
        lambda: maker.send("POST", "/api/v1/products", body), 409, "registration.format", "registration_number"
    )
    assert problem["evidence"] == {"value": number}
    assert "accept_warnings" in problem["detail"]
    found = maker.post("/api/v1/products", {**body, "accept_warnings": True})
    assert (found["registration_number"], found["warnings"]) == (number, ["registration.format"])


def test_a_pesticide_whose_number_shows_no_class(world: World, maker: Caller, refused: Refused) -> None:
    """It can be registered with a warning accepted, but no statutory code can be made for it."""
    body = product(registration_number="XY20190001", code_registration_digits="190001", accept_warnings=True)
    found = maker.post("/api/v1/products", body)
    batch = {
        "product_id": found["product_id"],
        "batch_number": "A1",
        "production_on": "2026-10-01",
        "size": 10,
        "units_per_carton": 5,
        "cartons_per_pallet": 2,
        "pack_code": "001",
    }
    refused(lambda: maker.send("POST", "/api/v1/batches", batch), 422, "batch.registration_class", "product_id")


def sample(world: World, **fields: object) -> dict[str, Any]:
    return {
        "code": world.code(world.register_batch()),
        "sample_number": "NX-9",
        "taken_on": "2026-11-20",
        "region_code": "640221",
        "basis": "random",
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"taken_on": "2026-09-30"}, 422, "sample.day", "taken_on"),
        ({"taken_on": "2026-11-25"}, 422, "sample.day", "taken_on"),
        ({"region_code": "000000"}, 422, "region.unknown", "region_code"),
        ({"sample_number": ""}, 422, "text.missing", "sample_number"),
        ({"sample_number": "N\x00"}, 422, "text.malformed", "sample_number"),
        ({"basis": "whim"}, 422, "request.body", "basis"),
        ({"code": ""}, 422, "code.empty", "code"),
        ({"codes": ["<script>"]}, 422, "custody.unusable_codes", "codes"),
        ({"taken_on": None}, 422, "sample.day", "taken_on"),
        ({"plan_number": "无此计划"}, 404, "plan.unknown", "plan_id"),
        ({"sampled_from_credit_code": "1"}, 422, "party.credit_code", "sampled_from_credit_code"),
        ({"inspectors": [{"name": "甲", "certificate_number": "1"}]}, 422, "sheet.inspectors", "inspectors"),
        ({"code": "<script>"}, 422, "code.no_code", "code"),
        ({"code": "11722252247250743408010974953971"}, 404, "code.unknown", "code"),
        ({"batch_id": "11111111-1111-4111-8111-111111111111"}, 404, "batch.unknown", "batch_id"),
        ({"agency_id": "11111111-1111-4111-8111-111111111111"}, 403, "access.other_party", None),
        ({"findings": []}, 422, "request.body", "findings"),
    ],
)
def test_samples(
    world: World,
    agency: Caller,
    refused: Refused,
    fields: dict[str, object],
    status: int,
    code: str,
    field: str | None,
) -> None:
    body = sample(world, **fields)
    refused(lambda: agency.send("POST", "/api/v1/samples", body), status, code, field)


def finding(**fields: object) -> dict[str, Any]:
    return {
        "item": "有效成分",
        "limit_kind": "at_least",
        "lower": "5.0",
        "measured": "5.2",
        "unit": "%",
        "outcome": "passed",
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"outcome": "failed"}, "finding.outcome", "findings.0.outcome"),
        ({"measured": "4.9"}, "finding.outcome", "findings.0.outcome"),
        ({"measured": "-1", "outcome": "failed"}, "finding.measured", "findings.0.measured"),
        ({"measured": "101"}, "finding.measured", "findings.0.measured"),
        ({"unit": ""}, "finding.unit", "findings.0.unit"),
        ({"lower": None}, "finding.limit", "findings.0.limit_kind"),
        ({"upper": "6"}, "finding.limit", "findings.0.limit_kind"),
        ({"limit_kind": "between", "upper": "4"}, "finding.limit", "findings.0.lower"),
        ({"item": ""}, "text.missing", "findings.0.item"),
        ({"item": "项\x00"}, "text.malformed", "findings.0.item"),
        ({"measured": "5,2"}, "request.body", "findings.0.measured"),
        ({"unit": "ml"}, "request.body", "findings.0.unit"),
        ({"outcome": "unclear"}, "request.body", "findings.0.outcome"),
    ],
)
def test_findings(
    world: World, agency: Caller, refused: Refused, fields: dict[str, object], code: str, field: str
) -> None:
    sample = world.receive_sample(world.take_sample(world.register_batch()))
    path = f"/api/v1/samples/{sample.sample_id}/report"
    body = report(finding(**fields))
    refused(lambda: agency.send("POST", path, body), 422, code, field)


def report(*findings: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {
        "laboratory": "检定所",
        "report_number": "JY-1",
        "reported_on": "2026-11-24",
        "findings": list(findings),
        **fields,
    }


def test_reports_and_states(world: World, agency: Caller, maker: Caller, refused: Refused) -> None:
    taken = world.receive_sample(world.take_sample(world.register_batch()))
    path = f"/api/v1/samples/{taken.sample_id}"

    def posting(what: str, body: object, caller: Caller = agency) -> Any:
        return lambda: caller.send("POST", f"{path}/{what}", body)

    refused(posting("report", report()), 422, "finding.count", "findings")
    refused(posting("report", report(*[finding()] * 201)), 422, "finding.count", "findings")
    refused(posting("report", report(finding(), reported_on="2026-11-25")), 422, "sample.day", "reported_on")
    refused(posting("report", report(finding(), laboratory="")), 422, "text.missing", "laboratory")
    refused(posting("report", report(finding()), maker), 403, "access.role")
    refused(posting("state", {"state": "final"}), 409, "sample.state", "state")
    refused(posting("state", {"state": "reported"}), 422, "sample.own_step", "state")
    refused(posting("state", {"state": "lost"}), 422, "request.body", "state")
    refused(posting("maker-response", {"response": "perhaps"}), 422, "request.body", "response")
    agency.post(f"{path}/report", report(finding()))
    refused(posting("report", report(finding())), 409, "sample.state", "state")
    refused(posting("state", {"state": "withdrawn"}), 422, "text.missing", "reason")
    agency.post(f"{path}/state", {"state": "withdrawn", "note": "作废"}, 200)
    refused(posting("state", {"state": "final"}), 409, "sample.state", "state")
    unknown = f"/api/v1/samples/{uuid4()}"
    refused(lambda: agency.send("GET", unknown), 404, "sample.unknown", "sample_id")
    refused(lambda: agency.send("POST", f"{unknown}/state", {"state": "final"}), 404, "sample.unknown", "sample_id")
    again = {**sample(world), "sample_number": taken.sample_number}
    refused(lambda: agency.send("POST", "/api/v1/samples", again), 409, "sample.duplicate", "sample_number")
