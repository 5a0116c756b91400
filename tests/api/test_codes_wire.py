"""Packing, void codes, print jobs, symbols, label keys and imported codes over HTTP, as their users see them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient

from suiyuan.api.instance import Instance
from suiyuan.api.settings import Settings
from suiyuan.labels.symbol import qr_version
from suiyuan.trace.batches import printing
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.batches.printing import PackageRange
from suiyuan.trace.codes import label_keys
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, grouped
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.codes.signing import public_bytes, read_statement
from suiyuan.trace.custody import service as custody
from suiyuan.trace.parties import access
from suiyuan.trace.parties.model import OPERATOR, Party
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.service import Answers

from ..support.application import application_over

if TYPE_CHECKING:
    from tests.support.protocols import Unchanged
    from tests.support.world import World

BASE_URL = "http://suiyuan.example"
PROBLEM_JSON = "application/problem+json"
CODES = [f"20261001{7 * number:05d}{number:011d}" for number in range(1, 31)]
KEYS_PATH = "/.well-known/suiyuan-label-keys.json"


@dataclass(frozen=True)
class Speaker:
    """One party's key at the service; refusals are held against status, code and field, and change nothing."""

    http: TestClient
    key: str
    database: Database
    unchanged: Unchanged

    def send(self, method: str, path: str, body: object = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.http.request(method, path, headers=headers, json=body)

    def get(self, path: str) -> Any:
        response = self.send("GET", path)
        assert response.status_code == 200, response.text[:500]
        return response.json()

    def post(self, path: str, body: object, status: int = 201) -> Any:
        response = self.send("POST", path, body)
        assert response.status_code == status, response.text[:500]
        return response.json()

    def refused(
        self, method: str, path: str, body: object, status: int, code: str, field: str | None
    ) -> dict[str, Any]:
        with self.unchanged(self.database):
            response = self.send(method, path, body)
        assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM_JSON), response.text[:500]
        found = response.json()
        assert (found["code"], found.get("field"), found["status"]) == (code, field, status)
        assert found["detail"]
        return found


@pytest.fixture
def engine_name() -> str:
    """Most of what is tested here does not touch the engine."""
    return "sqlite"


@pytest.fixture
def client(
    database: Database, keyring: Keyring, resolver: Resolver, answers: Answers, tmp_path: Path
) -> Iterator[TestClient]:
    settings = Settings(
        database_url="sqlite:///not/used.db",
        master_key=None,
        master_key_file=tmp_path / "not-used.key",
        public_url=BASE_URL,
        probe_tallies=False,
        scan_filing=False,
    )
    database.write(lambda work: label_keys.current_key(work, keyring))  # as opening an instance does
    app = application_over(Instance(settings, database, keyring, resolver, answers))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def speaker_of(client: TestClient, database: Database, unchanged: Unchanged) -> Callable[[Party | None], Speaker]:
    def make(party: Party | None) -> Speaker:
        if party is None:
            return Speaker(client, "", database, unchanged)
        party_id = party.party_id
        key = database.write(lambda work: access.issue_key(work, OPERATOR, party_id, "测试")).secret
        return Speaker(client, key, database, unchanged)

    return make


@pytest.fixture
def maker(world: World, speaker_of: Callable[[Party | None], Speaker]) -> Speaker:
    return speaker_of(world.maker)


@pytest.fixture
def anyone(world: World, speaker_of: Callable[[Party | None], Speaker]) -> Speaker:
    return speaker_of(None)


def path_of(batch: Batch, what: str) -> str:
    return f"/api/v1/batches/{batch.batch_id}/{what}"


def scan(speaker: Speaker, text: str, status: int = 200) -> dict[str, Any]:
    return speaker.post("/api/v1/answers", {"text": text}, status)


def reasons(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


# ---------------------------------------------------------------------------------------------- packing


def test_irregular_packing_is_recorded_and_answered(world: World, maker: Speaker, anyone: Speaker) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    moved = {"level": "unit", "start": 4, "stop": 8, "container_index": 3, "reason": "分装"}
    moved["container_batch_id"] = None
    assert maker.post(path_of(batch, "packing"), moved) == [{**moved, "level": 0}]
    rejected = {"level": 0, "start": 5, "stop": 6, "reason": "破损"}
    assert maker.post(path_of(batch, "packing"), rejected) == [
        {**moved, "level": 0, "stop": 5},
        {**rejected, "container_index": None, "container_batch_id": None},
        {**moved, "level": 0, "start": 6},
    ]
    counts = [scan(anyone, world.code(batch, Level.CARTON, index))["units_inside"] for index in range(4)]
    assert counts == [4, 4, 6, 9]


def test_a_carton_of_two_batches_is_read_from_both_sides(world: World, maker: Speaker, anyone: Speaker) -> None:
    first, second = world.register_batch(), world.register_batch()
    moved = {"level": "unit", "start": 22, "stop": 24, "container_index": 4, "reason": "并箱"}
    maker.post(path_of(second, "packing"), {**moved, "container_batch_id": str(first.batch_id)})
    assert maker.get(path_of(first, "packages/carton/4")) == {
        "batch_id": str(first.batch_id),
        "level": 1,
        "index": 4,
        "is_spare": True,
        "container": None,
        "units": [{"batch_id": str(second.batch_id), "level": 0, "start": 22, "stop": 24}],
    }
    unit = maker.get(path_of(second, "packages/unit/22"))
    assert unit["container"] == {"batch_id": str(first.batch_id), "index": 4}
    assert scan(anyone, world.code(first, Level.CARTON, 4))["units_inside"] == 2


@pytest.mark.parametrize(
    ("what", "code", "field"),
    [
        ("packages/unit/24", "code.index", "index"),
        ("packages/carton/14", "code.index", "index"),
        ("packages/carton/-1", "code.index", "index"),
        (f"packages/unit/{10**30}", "code.index", "index"),
        ("packages/box/0", "request.body", "path.level"),
        ("packages/unit/x", "request.body", "path.index"),
    ],
)
def test_a_package_that_is_not_there_is_refused(world: World, maker: Speaker, what: str, code: str, field: str) -> None:
    maker.refused("GET", path_of(world.register_batch(), what), None, 422, code, field)


def test_labels_of_spare_cartons_are_printed_by_range_and_state_no_quantity(
    world: World, maker: Speaker, tmp_path: Path
) -> None:
    batch = world.register_batch()
    listed = maker.send("GET", path_of(batch, "codes?level=carton")).text.split()
    spare = maker.send("GET", path_of(batch, "codes?level=carton&start=4")).text.split()
    assert (len(listed), len(spare)) == (4, 10), "spare ones are listed where they are asked for"
    for start, stop, codes, says_quantity in ((2, 4, listed[2:], True), (4, 14, spare, False)):
        response = maker.send("POST", path_of(batch, "labels"), {"level": "carton", "start": start, "stop": stop})
        assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
        path = tmp_path / f"{start}.pdf"
        path.write_bytes(response.content)
        said = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True).stdout
        assert [code for code in codes if grouped(code) not in said] == []
        assert ("数量 6" in said, "数量" in said) == (says_quantity, says_quantity)


def test_a_batchs_packages_are_its_makers_to_read(
    world: World, maker: Speaker, speaker_of: Callable[[Party | None], Speaker]
) -> None:
    path = path_of(world.register_batch(), "packages/unit/0")
    assert maker.get(path)["container"]["index"] == 0
    speaker_of(world.outlet).refused("GET", path, None, 403, "access.other_party", None)


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"start": -1}, 422, "packing.span", "start"),
        ({"stop": 25}, 422, "packing.span", "start"),
        ({"start": 8}, 422, "packing.span", "start"),
        ({"stop": 10**30}, 422, "packing.span", "start"),
        ({"level": "pallet"}, 422, "packing.level", "level"),
        ({"level": "box"}, 422, "request.body", "level"),
        ({"level": 3}, 422, "request.body", "level"),
        ({"level": "²"}, 422, "request.body", "level"),
        ({"container_index": 14}, 422, "packing.container", "container_index"),
        ({"container_batch_id": "0190a0b0-0000-7000-8000-000000000000"}, 404, "batch.unknown", "container_batch_id"),
        ({"container_batch_id": "四"}, 422, "request.body", "container_batch_id"),
        ({"container_index": 10**30}, 422, "packing.container", "container_index"),
        ({"reason": " "}, 422, "text.missing", "reason"),
        ({"start": "四"}, 422, "request.body", "start"),
        ({"start": None}, 422, "request.body", "start"),
        ({"containr_index": 1}, 422, "request.body", "containr_index"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_packing_that_cannot_be_is_refused(
    world: World, maker: Speaker, change: dict[str, object], status: int, code: str, field: str
) -> None:
    batch = world.register_batch()
    body = {"level": "unit", "start": 4, "stop": 8, "container_index": 3, "reason": "分装", **change}
    maker.refused("POST", path_of(batch, "packing"), body, status, code, field)


# ---------------------------------------------------------------------------------------------- void codes, print jobs


def test_void_codes_answer_stop(world: World, maker: Speaker, anyone: Speaker) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    code, beside = world.code(batch, Level.UNIT, 7), world.code(batch, Level.UNIT, 8)
    assert scan(anyone, code)["verdict"] == "genuine"
    found = maker.post(path_of(batch, "voided"), {"start": 6, "stop": 8, "reason": "标签被盗"})
    assert {name: found[name] for name in ("level", "start", "stop", "reason")} == {
        "level": 0,
        "start": 6,
        "stop": 8,
        "reason": "标签被盗",
    }
    answer = scan(anyone, code)
    assert (answer["verdict"], reasons(answer)[0]) == ("stop", "voided")
    assert "标签被盗" in answer["reasons"][0]["title"] + answer["reasons"][0]["what_to_do"]
    assert scan(anyone, beside)["verdict"] == "genuine"
    again = {"level": "unit", "start": 7, "stop": 9, "reason": "再次"}
    maker.refused("POST", path_of(batch, "voided"), again, 409, "print.voided", "start")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"start": 6, "stop": 8}, "text.missing", "reason"),
        ({"start": 6, "stop": 6, "reason": "x"}, "print.range", "start"),
        ({"start": 0, "stop": 15, "level": "carton", "reason": "x"}, "print.range", "start"),
        ({"start": -(10**30), "stop": 10**30, "reason": "x"}, "print.range", "start"),
        ({"stop": 8, "reason": "x"}, "request.body", "start"),
        ({"start": 6.5, "stop": 8, "reason": "x"}, "request.body", "start"),
    ],
)
def test_voiding_that_cannot_be_is_refused(
    world: World, maker: Speaker, body: dict[str, object], code: str, field: str
) -> None:
    maker.refused("POST", path_of(world.register_batch(), "voided"), body, 422, code, field)


def test_print_jobs_are_listed_for_the_maker_and_those_who_watch(
    world: World, maker: Speaker, speaker_of: Callable[[Party | None], Speaker]
) -> None:
    batch = world.register_batch()
    assert maker.get(path_of(batch, "print-jobs")) == []
    actor = world.actor(world.maker)
    for reason in ("", "卡纸"):
        world.later(minutes=1)
        world.database.write(
            lambda work, reason=reason: printing.record_print(
                work, actor, batch.batch_id, PackageRange(0, 0, 24), "pdf", reason
            )
        )
    for party in (world.maker, world.regulator, world.agency):
        found = speaker_of(party).get(path_of(batch, "print-jobs"))
        assert [(each["form"], each["reason"], each["start"], each["stop"]) for each in found] == [
            ("pdf", "", 0, 24),
            ("pdf", "卡纸", 0, 24),
        ]
        assert {each["printed_by_id"] for each in found} == {str(world.maker.party_id)}


# ---------------------------------------------------------------------------------------------- who may what

WRITES = {
    "packing": {"level": "unit", "start": 0, "stop": 1, "reason": "x"},
    "voided": {"start": 0, "stop": 1, "reason": "x"},
    "codes": {"codes": CODES[:1]},
}


@pytest.mark.parametrize("what", WRITES)
def test_only_the_maker_writes_and_only_with_a_key(
    world: World, speaker_of: Callable[[Party | None], Speaker], what: str
) -> None:
    batch = world.register_batch(world.vet_drug)
    for party in (world.distributor, world.outlet, world.agency, world.regulator):
        speaker_of(party).refused("POST", path_of(batch, what), WRITES[what], 403, "access.other_party", None)
    nobody = speaker_of(None)
    nobody.refused("POST", path_of(batch, what), WRITES[what], 401, "access.none", None)
    unknown = replace(batch, batch_id=uuid4())
    speaker_of(world.maker).refused("POST", path_of(unknown, what), WRITES[what], 404, "batch.unknown", "batch_id")


def test_others_do_not_see_print_jobs(world: World, speaker_of: Callable[[Party | None], Speaker]) -> None:
    batch = world.register_batch()
    path = path_of(batch, "print-jobs")
    speaker_of(world.distributor).refused("GET", path, None, 403, "access.other_party", None)
    speaker_of(None).refused("GET", path, None, 401, "access.none", None)


# ---------------------------------------------------------------------------------------------- imported codes


def test_codes_are_imported_and_answer(world: World, maker: Speaker, anyone: Speaker) -> None:
    batch = world.register_batch(world.vet_drug)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    scan(anyone, CODES[0], 404)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in CODES[1])
    assert maker.post(path_of(batch, "codes"), {"codes": [CODES[0], f" {wide} "]}) == {"imported": 2}
    assert maker.post(path_of(batch, "codes"), {"level": "carton", "codes": CODES[5:7]}) == {"imported": 2}
    found = [scan(anyone, code) for code in (CODES[0], CODES[1], CODES[6])]
    assert [(each["verdict"], each["level"], each["index"]) for each in found] == [
        ("genuine", "unit", 0),
        ("genuine", "unit", 1),
        ("genuine", "carton", 1),
    ]


@pytest.mark.parametrize(
    ("codes", "status", "code", "evidence"),
    [
        ([], 422, "code.none_given", {}),
        ([*CODES[:2], "x", CODES[3], "y"], 422, "code.line_malformed", {"line": 3, "given": "x", "count": 2}),
        ([*CODES[:2], CODES[0]], 422, "code.line_repeated", {"line": 3, "given": CODES[0], "count": 1}),
        ([CODES[3], CODES[29]], 409, "code.imported_before", {"line": 2, "given": CODES[29]}),
        (CODES[:25], 422, "code.too_many", {"capacity": 24, "given": 25}),
    ],
    ids=["none", "malformed", "repeated", "before", "too_many"],
)
def test_a_list_with_a_fault_is_refused_whole(
    world: World, maker: Speaker, codes: list[str], status: int, code: str, evidence: dict[str, object]
) -> None:
    other = world.register_batch(world.vet_drug)
    maker.post(path_of(other, "codes"), {"codes": CODES[29:]})
    batch = world.register_batch(world.vet_drug)
    problem = maker.refused("POST", path_of(batch, "codes"), {"codes": codes}, status, code, "codes")
    assert evidence.items() <= problem.get("evidence", {}).items()


def test_vials_take_codes_for_their_cartons_only(world: World, maker: Speaker, anyone: Speaker) -> None:
    body = {
        "product_id": str(world.vet_drug.product_id),
        "batch_number": "小瓶-1",
        "production_on": "2026-10-01",
        "size": 24,
        "units_per_carton": 6,
        "cartons_per_pallet": 2,
        "units_carry_codes": False,
    }
    batch = maker.post("/api/v1/batches", body)
    assert batch["units_carry_codes"] is False
    path = f"/api/v1/batches/{batch['batch_id']}/codes"
    maker.refused("POST", path, {"codes": CODES[:1]}, 422, "code.too_many", "codes")
    maker.post(path, {"level": "carton", "codes": CODES[:4]})
    (goods,) = world.goods_of(*CODES[:4])
    world.hand_over(world.maker, world.outlet, [goods])
    answer = scan(anyone, CODES[2])
    assert answer["verdict"] == "genuine"
    assert "units_carry_no_code" in reasons(answer)
    pesticide = {**body, "product_id": str(world.pesticide.product_id), "pack_code": "001"}
    maker.refused("POST", "/api/v1/batches", pesticide, 422, "batch.units_carry_codes", "units_carry_codes")


# ---------------------------------------------------------------------------------------------- signed labels


def signed_batch(world: World, *, is_signed: bool = True) -> Batch:
    new = replace(world.new_batch(), is_signed=is_signed)
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch


def published(anyone: Speaker) -> dict[int, bytes]:
    return {key["number"]: bytes.fromhex(key["public_key"]) for key in anyone.get(KEYS_PATH)["keys"]}


def test_the_public_keys_are_there_for_everyone(world: World, anyone: Speaker) -> None:
    found = anyone.get(KEYS_PATH)
    assert found["algorithm"] == "Ed25519"
    (key,) = found["keys"]
    assert (key["number"], key["retired_at"]) == (1, None)
    assert key["public_key"] == public_bytes(world.keyring, 1).hex()
    world.later(days=1)
    world.database.write(lambda work: label_keys.rotate(work, world.keyring))
    first, second = anyone.get(KEYS_PATH)["keys"]
    assert (first["number"], second["number"]) == (1, 2)
    assert first["retired_at"] == second["created_at"] != first["created_at"]
    assert second["retired_at"] is None


def test_a_symbol_says_what_it_carries_and_what_its_signature_costs(world: World, anyone: Speaker) -> None:
    batch = signed_batch(world)
    for level in Level:
        code = world.code(batch, level)
        found = anyone.get(f"/api/v1/codes/{code}/symbol")
        plain, _, _ = found["text"].partition("#")
        assert plain == f"{BASE_URL}/c/{code}"
        assert found["qr_version"] == qr_version(found["text"])
        assert found["qr_version_unsigned"] == qr_version(plain)
        assert found["qr_version"] > found["qr_version_unsigned"]
        statement = read_statement(found["text"], published(anyone))
        assert statement is not None
        assert (statement.code, statement.batch_number, statement.expires_on, statement.registration_number) == (
            code,
            batch.batch_number,
            batch.expires_on,
            world.pesticide.registration_number,
        )


def test_a_symbol_without_a_signature_costs_nothing_more(world: World, anyone: Speaker) -> None:
    code = world.code(signed_batch(world, is_signed=False))
    version = qr_version(f"{BASE_URL}/c/{code}")
    assert anyone.get(f"/api/v1/codes/{code}/symbol") == {
        "text": f"{BASE_URL}/c/{code}",
        "qr_version": version,
        "qr_version_unsigned": version,
    }


def test_a_label_as_drawn_is_genuine_before_and_after_a_rotation(world: World, anyone: Speaker) -> None:
    batch = signed_batch(world)
    before = anyone.get(f"/api/v1/codes/{world.code(batch)}/symbol")["text"]
    world.database.write(lambda work: label_keys.rotate(work, world.keyring))
    after = anyone.get(f"/api/v1/codes/{world.code(batch)}/symbol")["text"]
    assert [text.partition("#1.")[2][:2] for text in (before, after)] == ["1.", "2."]
    for text in (before, after):
        answer = scan(anyone, text)
        assert answer["verdict"] == "genuine"
        assert "bad_signature" not in reasons(answer)


def test_a_forged_label_is_suspect(world: World, anyone: Speaker) -> None:
    batch = signed_batch(world)
    text = anyone.get(f"/api/v1/codes/{world.code(batch)}/symbol")["text"]
    forged = text[:-1] + str((int(text[-1]) + 1) % 10)
    moved = text.replace(world.code(batch), world.code(batch, Level.UNIT, 1))
    for each in (forged, moved):
        answer = scan(anyone, each)
        assert (answer["verdict"], reasons(answer)[0]) == ("suspect", "bad_signature")


def test_symbols_of_what_is_no_known_code_are_refused(world: World, maker: Speaker, anyone: Speaker) -> None:
    batch = world.register_batch(world.vet_drug)
    anyone.refused("GET", f"/api/v1/codes/{CODES[0]}/symbol", None, 404, "code.unknown", "code")
    anyone.refused("GET", "/api/v1/codes/123456789012345678901/symbol", None, 422, "code.wrong_length", "code")
    maker.post(path_of(batch, "codes"), {"codes": CODES[:1]})
    assert anyone.get(f"/api/v1/codes/{CODES[0]}/symbol")["text"] == CODES[0]


def test_batches_whose_symbol_is_no_address_cannot_be_signed(world: World, maker: Speaker) -> None:
    body = {
        "product_id": str(world.seed.product_id),
        "batch_number": "签-1",
        "production_on": "2026-10-01",
        "size": 24,
        "units_per_carton": 6,
        "cartons_per_pallet": 2,
        "is_signed": True,
    }
    maker.refused("POST", "/api/v1/batches", body, 422, "batch.is_signed", "is_signed")
