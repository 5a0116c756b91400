"""Arbitrary text at the answers, arbitrary JSON at every form: never a fault, always a document, nothing written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suiyuan.api.app import create_app
from suiyuan.api.forms.batches import BatchForm, CodeListForm, StopForm
from suiyuan.api.forms.movements import BundleForm, OfflineMovementForm, SettlementForm, UndoForm
from suiyuan.api.forms.parties import KeyForm, LicenceForm, PartyForm
from suiyuan.api.forms.products import IngredientForm, ProductForm
from suiyuan.api.forms.sales import SellForm
from suiyuan.api.forms.samples import FindingForm, MakerResponseForm, ReportForm, SampleForm, StateForm
from suiyuan.api.forms.stock import RepackForm, WriteOffForm
from suiyuan.api.forms.transfers import ReceiveForm, ShipForm, SpanForm
from suiyuan.api.instance import Instance
from suiyuan.api.settings import Settings
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import access
from suiyuan.trace.parties.model import OPERATOR
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.probing import Probes, Rate
from suiyuan.trace.verification.service import Answers

from ..support.protocols import Contents
from ..support.world import World
from .test_refusals_requests import POSTS

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
A_FORM = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""There are many forms."""

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON = {"Content-Type": "application/json"}


@dataclass
class Target:
    """One running service with one batch in it, for all examples of this module."""

    client: TestClient
    database: Database
    batch: Batch
    codes: list[str]
    headers: dict[str, str]
    paths: list[str]
    sample_id: str


@pytest.fixture(scope="module")
def target(
    sqlite_templates: dict[str, Path], known_world: World, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    path = tmp_path_factory.mktemp("fuzz") / "suiyuan.db"
    path.write_bytes(sqlite_templates["world"].read_bytes())
    clock = FixedClock(known_world.clock.now())
    database = Database(f"sqlite:///{path}", clock)
    resolver = Resolver(database, keyring)
    world = World(database, clock, keyring, resolver, known_world)
    batch = world.register_batch()
    sample = world.receive_sample(world.take_sample(batch))
    key = database.write(lambda work: access.issue_key(work, OPERATOR, world.regulator.party_id, ""))
    made_up = Settings(
        database_url="sqlite:///not/used.db",
        public_url="http://suiyuan.example",
        probe_tallies=False,
        scan_filing=False,
    )
    unslowed = Probes(source_rate=Rate(1_000_000, timedelta()))
    instance = Instance(made_up, database, keyring, resolver, Answers(database, resolver), unslowed)
    own = {"parties": world.maker.party_id, "batches": batch.batch_id, "samples": sample.sample_id}
    paths = [
        path.replace(ID, str(own.get(path.split("/")[3], ID)), 1) if (ID := path_id(path)) else path for path in POSTS
    ]
    codes = [world.code(batch, level, 0) for level in Level]
    with TestClient(create_app(made_up, instance), raise_server_exceptions=False) as client:
        yield Target(
            client, database, batch, codes, {"Authorization": f"Bearer {key.secret}"}, paths, str(sample.sample_id)
        )
    database.close()


def path_id(path: str) -> str:
    """The id of a path to something, or nothing."""
    parts = path.split("/")
    return parts[4] if len(parts) > 4 and "-" in parts[4] else ""


texts = st.text(max_size=200) | st.text(alphabet="0123456789 -/?=&#%.:cC\n", max_size=80)
"""Any text, and texts made of what addresses and codes are made of."""


@MANY
@given(text=texts)
def test_any_text_by_post(target: Target, text: str) -> None:
    response = target.client.post("/api/v1/answers", json={"text": text})
    assert response.status_code in (404, 422)
    found = response.json()
    assert found["code"].startswith(("code.", "request.body"))
    assert found.get("verdict", "unknown") == "unknown"


@MANY
@given(text=texts.filter(lambda text: text not in (".", "..")))  # a client takes those out of a path by itself
def test_any_text_in_the_address(target: Target, text: str) -> None:
    address = quote(text, safe="")
    for path in (f"/api/v1/answers/{address}", f"/api/v1/codes/{address}/label.png"):
        response = target.client.get(path)
        assert 400 <= response.status_code < 500, (path, response.status_code)
        assert response.json()["status"] == response.status_code
    for page in (f"/c/{address}", f"/c?text={address}"):
        response = target.client.get(page)
        assert response.status_code in (404, 422)
        assert response.text.startswith("<!doctype html>")


@FEW
@given(before=texts.filter(lambda text: not any(each.isalnum() for each in text)), level=st.sampled_from(list(Level)))
def test_a_code_with_noise_around_it(target: Target, before: str, level: Level) -> None:
    """Whatever stands around it, a known code is never answered as another one."""
    code = target.codes[level]
    response = target.client.post("/api/v1/answers", json={"text": f"{before} {code}"})
    assert response.status_code in (200, 404, 422)
    if response.status_code == 200:
        assert (response.json()["code"], response.json()["level"]) == (code, level.name.lower())


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", "0", "-1", "5,0", "1e9", "2026-11-24", "9999-12-31", "0001-01-01", "pesticide", "%", "²"])
)
FORMS = (
    LicenceForm,
    KeyForm,
    PartyForm,
    ProductForm,
    IngredientForm,
    BatchForm,
    StopForm,
    CodeListForm,
    ShipForm,
    SpanForm,
    ReceiveForm,
    SellForm,
    RepackForm,
    WriteOffForm,
    BundleForm,
    OfflineMovementForm,
    UndoForm,
    SettlementForm,
    SampleForm,
    ReportForm,
    FindingForm,
    StateForm,
    MakerResponseForm,
)
FIELDS = sorted({name for form in FORMS for name in form.model_fields})
names = st.sampled_from(FIELDS)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
documents = (
    st.dictionaries(names, values, max_size=8) | st.dictionaries(st.text(max_size=8), values, max_size=3) | values
)


@pytest.mark.parametrize("number", range(len(POSTS)), ids=[path.replace("/api/v1/", "") for path in POSTS])
@A_FORM
@given(document=documents)
def test_any_document_at_any_form(target: Target, contents: Contents, number: int, document: Any) -> None:
    before = contents(target.database)
    content = json.dumps(document).encode("ascii")
    path = target.paths[number]
    response = target.client.post(path, content=content, headers={**target.headers, **JSON})
    if response.status_code == 201:
        assert path.endswith("/keys"), "no random document is a whole form, but a key's label is optional"
        return
    assert 400 <= response.status_code < 500, (response.status_code, content)
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["detail"]
    assert contents(target.database) == before


def is_document(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


@FEW
@given(content=st.binary(max_size=200).filter(lambda content: not is_document(content)))
def test_any_bytes_at_any_form(target: Target, content: bytes) -> None:
    for path in target.paths:
        response = target.client.post(path, content=content, headers={**target.headers, **JSON})
        assert 400 <= response.status_code < 500
        assert response.json()["code"] == "request.body"


PARTY = {"credit_code": "91640104EXAMPLEA56", "name": "店", "region_code": "640121", "roles": ["outlet"]}
LICENCE = {
    "number": "1",
    "activity": "trade",
    "product_kind": "seed",
    "valid_from": "2026-01-01",
    "valid_until": "2030-01-01",
}
SITE = {"name": "库", "region_code": "640121", "address": "路1号"}
FINDING = {"item": "含量", "limit_kind": "at_most", "upper": "6", "measured": "5", "unit": "%", "outcome": "passed"}
REPORT = {"laboratory": "所", "report_number": "1", "reported_on": "2026-11-24", "findings": [FINDING]}
SAMPLE = {"code": "", "sample_number": "1", "taken_on": "2026-11-20", "region_code": "640221", "basis": "random"}
SHEET: dict[str, Any] = {
    "sample_number": "2",
    "taken_at": "2026-11-20T08:00:00+08:00",
    "region_code": "640221",
    "basis": "random",
    "place": "货架",
    "inspectors": [{"name": "甲", "certificate_number": "1"}, {"name": "乙", "certificate_number": "2"}],
    "portions": [{"role": "test", "seal_number": "F1"}, {"role": "reserve", "seal_number": "F2"}],
    "acknowledgement": "signed",
    "signed_by": "丙",
    "signature": "M1 1L2 2",
    "note": "",
}
PRODUCT = {
    "holder_id": "",
    "kind": "pesticide",
    "name": "乳油",
    "registration_number": "PD20190001",
    "shelf_life_days": 730,
    "composition": [{"name": "阿维菌素", "content": "5.0", "unit": "%"}],
    "code_registration_digits": "190001",
}
STOP = {"kind": "recall", "reason": "因"}


@MANY
@given(data=st.data())
def test_one_arbitrary_value_in_a_whole_form(target: Target, contents: Contents, data: st.DataObject) -> None:
    """Nearly right is the hardest to refuse. What is accepted after all must leave the invariants whole."""
    maker, batch, sample = target.paths[1].split("/")[4], target.batch.batch_id, target.sample_id
    path, body = data.draw(
        st.sampled_from(
            [
                ("parties", PARTY),
                (f"parties/{maker}/licences", LICENCE),
                (f"parties/{maker}/sites", SITE),
                ("products", {**PRODUCT, "holder_id": maker}),
                ("samples", {**SAMPLE, "code": target.codes[0], "agency_id": None}),
                ("sample-sheets", {**SHEET, "codes": target.codes[:1]}),
                (f"samples/{sample}/report", REPORT),
                (f"batches/{batch}/stops", STOP),
            ]
        )
    )
    body = copy.deepcopy(body)
    part: Any = body
    for rows in ("inspectors", "portions"):
        if rows in body and data.draw(st.booleans()):
            part = body[rows][0]
    if "findings" in body and data.draw(st.booleans()):
        part = body["findings"][0]
    elif "composition" in body and data.draw(st.booleans()):
        part = body["composition"][0]
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(values)
    before = contents(target.database)
    response = target.client.post(
        f"/api/v1/{path}", content=json.dumps(body).encode("ascii"), headers={**target.headers, **JSON}
    )
    assert response.status_code == 201 or 400 <= response.status_code < 500, (response.status_code, body)
    assert response.json()
    if response.status_code != 201:
        assert contents(target.database) == before
    with target.database.read() as connection:
        assert custody.broken_batches(connection) == []
        assert ledger.broken_chains(connection) == []
