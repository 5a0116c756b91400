"""Receipts: what they say, that any change of them shows, and that what is no receipt is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from suiyuan.api.receipts import MAX_RECEIPT_BYTES, fault_of, public_key, read_key, read_receipt, signed, written
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Scheme
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.ledger.model import canonical
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.judge import judge
from suiyuan.trace.verification.model import Facts, Verdict

from ..conftest import NOW
from ..support.protocols import Unchanged
from ..support.world import World
from .conftest import BASE_URL, Refused
from .running import Installation

VERIFICATION = "/api/v1/receipts/verification"
KEYRING = Keyring(bytes(range(32)))
PUBLIC = public_key(KEYRING)
UNKNOWN = "2" * 32


def receipt_of_unknown() -> dict[str, Any]:
    return signed(judge(Facts(Scheme.PESTICIDE, UNKNOWN), NOW), BASE_URL, KEYRING)


def fault(document: object) -> str | None:
    """Of a document as it is checked: the refusal's code, that of the fault, or None."""
    try:
        return fault_of(read_receipt(json.dumps(document)), PUBLIC)
    except InvalidInput as error:
        return error.code


def genuine(world: World) -> str:
    batch = world.register_batch()
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.sampled(batch)
    return world.code(batch)


def stopped(world: World) -> str:
    batch = world.register_batch()
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "瓶身渗漏")
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    return world.code(batch)


def badly_signed(world: World) -> str:
    return f"{BASE_URL}/c/{genuine(world)}#1.1.20281001.B1.PD1.{'1' * 155}"


SCANNED: dict[Verdict, Callable[[World], str]] = {
    Verdict.GENUINE: genuine,
    Verdict.CAUTION: lambda world: world.code(world.register_batch()),
    Verdict.STOP: stopped,
    Verdict.SUSPECT: badly_signed,
    Verdict.UNKNOWN: lambda _: UNKNOWN,
}


@pytest.mark.parametrize("verdict", Verdict)
def test_the_answer_is_kept_and_holds(
    world: World, client: TestClient, database: Database, unchanged: Unchanged, verdict: Verdict
) -> None:
    scanned = SCANNED[verdict](world)
    with unchanged(database):
        response = client.get("/receipts", params={"text": scanned})
        found = response.json()
        assert (response.status_code, found["verdict"], found["service"]) == (200, verdict.value, BASE_URL)
        checked = client.post(VERIFICATION, json={"document": response.text}).json()
        page = client.post("/receipts/verify", data={"document": json.dumps(found, indent=2)})
    assert (checked["is_genuine"], checked["reason"]) == (True, None)
    assert page.status_code == 200
    assert "签名有效" in page.text and (found["batch"] is None or found["batch"]["batch_number"] in page.text)
    assert response.headers["cache-control"] == "no-store"


def test_what_a_receipt_says(world: World, client: TestClient) -> None:
    code = genuine(world)
    client.get(f"/api/v1/answers/{code}")
    response = client.get(f"/api/v1/receipts/{code}")
    answer = client.get(f"/api/v1/answers/{code}?record=false").json()
    found = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert response.content == written(found), "one spelling"
    assert found["reasons"] == [{"code": each["code"], "values": each["values"]} for each in answer["reasons"]]
    assert (found["code"], found["scheme"], found["scans"]) == (
        code,
        "pesticide",
        {"count": 1, "first_on": "2026-11-24"},
    )
    assert [(each["outcome"], each["state"]) for each in found["samples"]] == [("passed", "final")]
    assert found["product"]["composition"] == [{"name": "主成分", "content": "5.0", "unit": "%"}]
    for partner in (world.distributor.name, world.outlet.name, world.outlet.credit_code):
        assert partner not in response.text


def test_results_that_are_not_final_are_not_told(world: World, client: TestClient) -> None:
    batch = world.register_batch()
    world.report(world.take_sample(batch), [world.failed])
    (sample,) = client.get(f"/api/v1/receipts/{world.code(batch)}").json()["samples"]
    assert (sample["outcome"], sample["state"]) == (None, "reported")


def test_stops_are_told_without_more_than_the_answer_tells(world: World, client: TestClient) -> None:
    found = client.get(f"/api/v1/receipts/{stopped(world)}").json()
    assert (found["stop_count"], [stop["kind"] for stop in found["stops"]]) == (1, ["recall"])
    assert (found["stops"][0]["start"], found["stops"][0]["stop"]) == (0, 24)


@pytest.mark.usefixtures("world")
def test_the_file_has_a_name_and_the_answer_a_link_to_it(client: TestClient, world: World) -> None:
    code = world.code(world.register_batch())
    response = client.get(f"/receipts/{code}")
    said = response.headers["content-disposition"]
    assert f'filename="suiyuan-{code}-20261124T080000Z.json"' in said
    assert f"filename*=UTF-8''{quote('穗源')}-{code}-20261124T080000Z.json" in said
    assert f'href="/receipts?text={code}"' in client.get(f"/c/{code}").text
    pasted = client.get("/c", params={"text": badly_signed(world)}).text
    assert "/receipts?text=http%3A//suiyuan.example/c/" in pasted, "what was scanned, not its code alone"


def test_a_text_without_a_code_gets_none(client: TestClient, refused: Refused) -> None:
    for path in ("<script>", "一", "..."):
        problem = refused(lambda path=path: client.get(f"/api/v1/receipts/{quote(path)}"), 422, "code.no_code", "code")
        assert problem["detail"]
    assert client.get(f"/receipts/{quote('一')}").status_code == 422
    assert client.get("/receipts").status_code == 422


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, containers too."""
    if at:
        yield at
    if isinstance(value, dict):
        for name, child in value.items():
            yield from paths(child, (*at, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths(child, (*at, index))


def changed(document: Any, path: tuple[str | int, ...], value: object) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


def test_every_change_shows(world: World, client: TestClient) -> None:
    document = client.get("/receipts", params={"text": stopped(world)}).json()
    places = list(paths(document))
    assert len(places) > 40 and fault(document) is None

    @settings(max_examples=100, deadline=None, database=None)
    @given(st.sampled_from(places), VALUES)
    def check(path: tuple[str | int, ...], value: object) -> None:
        other = changed(document, path, value)
        if json.dumps(other, sort_keys=True) != json.dumps(document, sort_keys=True):
            assert fault(other) in REFUSED

    check()
    for path in places:
        assert fault(changed(document, path, "x")) in REFUSED, path
    for name in document:
        assert fault({each: value for each, value in document.items() if each != name}) in ("receipt.members", FORMAT)


FORMAT = "receipt.format"
REFUSED = ("receipt.signature", "receipt.key_number", "receipt.number", FORMAT)


def test_a_signature_has_one_spelling() -> None:
    document = receipt_of_unknown()
    signature = document["signature"]
    assert fault(document) is None
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = alphabet[alphabet.index(signature[-3]) ^ 1]
    for other in (f"{signature[:-3]}{twin}==", f" {signature}", signature[:-2], "", "一", signature[:40], None, [], 1):
        assert fault({**document, "signature": other}) == "receipt.signature", other
    assert fault({**document, "key_number": 2}) == "receipt.key_number"
    other_key = public_key(Keyring(bytes(32)))
    assert fault_of(read_receipt(json.dumps(document)), other_key) == "receipt.signature"


GOOD = canonical(receipt_of_unknown())

NO_RECEIPTS = {
    "nothing": ("", "receipt.not_json"),
    "text": ("你好", "receipt.not_json"),
    "a list": ("[]", "receipt.not_json"),
    "half": (GOOD[:100], "receipt.not_json"),
    "two": (GOOD + GOOD, "receipt.not_json"),
    "deep": ('{"a":' * 9_000, "receipt.not_json"),
    "deep and whole": ('{"a":' + "[" * 900 + "]" * 900 + "}", "receipt.not_json receipt.format"),
    "a name twice": ('{"format": "suiyuan-receipt-1", ' + GOOD[1:], "receipt.not_json"),
    "a surrogate": (GOOD.replace(UNKNOWN, "\\ud800"), "receipt.not_json"),
    "a huge number": (GOOD.replace('"key_number":1', f'"key_number":{"9" * 5_000}'), "receipt.not_json"),
    "a float": (GOOD.replace('"key_number":1', '"key_number":1.0'), "receipt.number"),
    "NaN": (GOOD.replace('"key_number":1', '"key_number":NaN'), "receipt.number"),
    "another format": (GOOD.replace("suiyuan-receipt-1", "suiyuan-receipt-2"), "receipt.format"),
    "an unknown member": ('{"more": 1, ' + GOOD[1:], "receipt.members"),
    "too large": (GOOD + " " * MAX_RECEIPT_BYTES, "receipt.too_large"),
}


@pytest.mark.parametrize("case", list(NO_RECEIPTS))
def test_what_is_no_receipt_is_refused(case: str) -> None:
    content, code = NO_RECEIPTS[case]
    for given_as in (content, content.encode("utf-8")):
        with pytest.raises(InvalidInput) as caught:
            read_receipt(given_as)
        assert (caught.value.code in code.split(), caught.value.field) == (True, "document")
    with pytest.raises(InvalidInput):
        read_receipt(b"\xff\xfe")


def test_refusals_on_the_wire(client: TestClient, refused: Refused) -> None:
    for case in ("text", "a float", "an unknown member"):
        content, code = NO_RECEIPTS[case]
        refused(lambda content=content: client.post(VERIFICATION, json={"document": content}), 422, code, "document")
    large = {"document": "x" * (MAX_RECEIPT_BYTES + 1)}
    problem = refused(lambda: client.post(VERIFICATION, json=large), 422, "receipt.too_large", "document")
    assert problem["evidence"] == {"maximum": MAX_RECEIPT_BYTES}
    refused(lambda: client.post(VERIFICATION, json={"document": GOOD, "x": 1}), 422, "request.body", "x")
    refused(lambda: client.post(VERIFICATION, json={"document": {}}), 422, "request.body", "document")
    wrong = client.post(VERIFICATION, json={"document": GOOD.replace("unknown", "genuine", 1)}).json()
    assert (wrong["is_genuine"], wrong["reason"]) == (False, "receipt.signature")
    assert wrong["detail"]


def test_the_page_says_what_is_wrong_and_keeps_what_was_pasted(client: TestClient) -> None:
    assert "验证查询凭证" in client.get("/receipts/verify").text
    response = client.post("/receipts/verify", data={"document": "</textarea><script>"})
    assert response.status_code == 422
    assert "&lt;/textarea&gt;&lt;script&gt;" in response.text and "不是查询凭证" in response.text
    altered = client.post("/receipts/verify?lang=en", data={"document": GOOD.replace(UNKNOWN, "3" * 32)})
    assert altered.status_code == 422
    assert "The signature does not hold" in altered.text and "签名有效" not in altered.text


def test_the_published_key_checks_it_without_the_service(client: TestClient, tmp_path: Path) -> None:
    published = client.get("/.well-known/suiyuan-receipt-key.json")
    assert published.json() == {"algorithm": "Ed25519", "key_number": 1, "public_key": PUBLIC.hex()}
    key, file, altered = (tmp_path / name for name in ("key.json", "receipt.json", "altered.json"))
    key.write_bytes(published.content)
    file.write_text(GOOD, encoding="utf-8")
    altered.write_text(GOOD.replace("unknown", "genuine", 1), encoding="utf-8")
    here = Installation(tmp_path, is_in_process=True)
    for named in (str(key), PUBLIC.hex()):
        done = here.run("receipt", "verify", file, "--key", named)
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        assert f"said unknown of {UNKNOWN}" in done.stdout
    for arguments, code in (
        ((altered, "--key", str(key)), "receipt.signature"),
        ((file, "--key", "00" * 32), "receipt.signature"),
        ((file, "--key", str(file)), "receipt.key"),
        ((key, "--key", str(key)), "receipt.format"),
        ((tmp_path / "none", "--key", str(key)), "file.access"),
        ((file, "--key", "none"), "file.access"),
    ):
        done = here.run("receipt", "verify", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert f"[{code}]" in done.stderr
    assert not here.database.exists(), "no installation is asked, none is made"


@pytest.mark.parametrize(
    "content", ["", "00", "zz" * 32, "{}", '{"public_key": 1}', '{"public_key": "00"}', "{" * 9_000]
)
def test_what_is_no_key(content: str) -> None:
    with pytest.raises(InvalidInput, match=r"receipt\.key"):
        read_key(content)
