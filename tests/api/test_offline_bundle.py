"""The offline bundle on the wire: what is signed, that a change shows, and that an unchanged one is not sent again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient

from suiyuan.api.offline_bundle import SEAL_HEADER
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.ledger.model import canonical
from suiyuan.trace.parties.model import Party

from ..support.world import World
from .conftest import BASE_URL, Refused
from .desk import Desk
from .wire import Caller

PATH = "/api/v1/bundle"


@pytest.fixture
def batch(world: World) -> Batch:
    new = replace(world.new_batch(batch_number="A-1"), is_signed=True)
    return world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))


@pytest.fixture
def outlet(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.outlet)


def recall(world: World, batch: Batch) -> None:
    maker = world.actor(world.maker)
    world.database.write(lambda work: batches.stop_batch(work, maker, batch.batch_id, StopKind.RECALL, "渗漏"))


def require_sealed(client: TestClient, seal: dict[str, Any]) -> None:
    """Raises InvalidSignature unless the published key signed this seal, as any other program would find out."""
    key = client.get("/.well-known/suiyuan-bundle-key.json").json()
    assert (key["algorithm"], key["key_number"]) == ("Ed25519", seal["key_number"])
    statement = {name: value for name, value in seal.items() if name != "signature"}
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public_key"]))
    public.verify(base64.b64decode(seal["signature"]), canonical(statement).encode())


def test_the_bundle_is_sealed_and_says_what_is_stopped(
    world: World, client: TestClient, outlet: Caller, batch: Batch
) -> None:
    recall(world, batch)
    bundle = outlet.get(PATH)
    content = bundle.pop("content")
    require_sealed(client, bundle)
    assert bundle["content_sha256"] == sha256(canonical(content).encode()).hexdigest()
    assert (bundle["format"], bundle["service"]) == ("suiyuan-bundle-1", BASE_URL)
    made_at, valid_until = (datetime.fromisoformat(bundle[name]) for name in ("made_at", "valid_until"))
    assert (made_at, valid_until) == (world.clock.now(), world.clock.now() + timedelta(hours=72))
    published = client.get("/.well-known/suiyuan-label-keys.json").json()["keys"]
    assert content["label_keys"] == [{name: key[name] for name in ("number", "public_key")} for key in published]
    assert [each["name"] for each in content["products"]] == [world.pesticide.name]
    (stop,) = content["stops"]
    assert stop == {
        "registration_number": world.pesticide.registration_number,
        "batch_number": "A-1",
        "expires_on": str(batch.expires_on),
        "kind": "recall",
        "start": 0,
        "stop": 24,
        "is_whole": True,
    }


@pytest.mark.parametrize("member", ["made_at", "valid_until", "content_sha256", "service"])
def test_any_change_of_the_seal_shows(client: TestClient, outlet: Caller, member: str) -> None:
    bundle = outlet.get(PATH)
    del bundle["content"]
    with pytest.raises(InvalidSignature):
        require_sealed(client, {**bundle, member: bundle[member] + "0"})


def test_an_unchanged_bundle_is_not_sent_again_and_its_age_starts_anew(
    world: World, client: TestClient, outlet: Caller, batch: Batch
) -> None:
    first = outlet.send("GET", PATH)
    tag = first.headers["ETag"]
    world.later(hours=5)
    headers = {**outlet.headers, "If-None-Match": f'"elsewhere", {tag}'}
    again = client.get(PATH, headers=headers)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    seal = json.loads(base64.b64decode(again.headers[SEAL_HEADER]))
    require_sealed(client, seal)
    assert datetime.fromisoformat(seal["made_at"]) == world.clock.now()
    assert seal["content_sha256"] == first.json()["content_sha256"]

    recall(world, batch)
    changed = client.get(PATH, headers=headers)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert len(changed.json()["content"]["stops"]) == 1


def test_who_looks_at_goods_gets_it(world: World, caller_of: Callable[[Party], Caller]) -> None:
    for party in (world.agency, world.regulator, world.outlet, world.distributor):
        assert caller_of(party).get(PATH)["signature"]


def test_others_do_not(client: TestClient, world: World, maker: Caller, refused: Refused) -> None:
    refused(lambda: maker.send("GET", PATH), 403, "access.role")
    refused(lambda: client.get(PATH), 401, "access.none")


def test_a_signed_in_page_gets_the_same(world: World, client: TestClient, desk_of: Callable[[Party], Desk]) -> None:
    assert client.get("/offline/bundle").headers["location"] == "/sign-in"
    desk_of(world.outlet)
    answer = client.get("/offline/bundle")
    bundle = answer.json()
    del bundle["content"]
    require_sealed(client, bundle)
    assert client.get("/offline/bundle", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
