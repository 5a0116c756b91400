"""Bundles of movements made offline: each taken in or refused by itself, in order, by a clock set right, and once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from suiyuan.api.forms.movements import MAX_BUNDLE_MOVEMENTS
from suiyuan.api.writes import KEY_HEADER
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.store.database import Database

from ..support.protocols import Dumps, Unchanged
from ..support.world import World
from .conftest import Refused
from .wire import Caller, problem_of

IDENTITY = "11010519491231002X"
PATH = "/api/v1/movement-bundles"
SALE = {"kind": "sell", "buyer_name": "马某", "intended_use": "水稻"}


class Handset:
    """A client with a clock of its own, `behind` ours, that numbers what it does."""

    def __init__(self, world: World, caller: Caller, behind: timedelta = timedelta()) -> None:
        self.world = world
        self.caller = caller
        self.behind = behind

    def now(self) -> datetime:
        return self.world.clock.now() - self.behind

    def made(self, client_id: str, **fields: object) -> dict[str, Any]:
        return {"client_id": client_id, "captured_at": self.now().isoformat(), **fields}

    def sending(self, *movements: object) -> Callable[[], httpx2.Response]:
        content = json.dumps({"sent_at": self.now().isoformat(), "movements": movements})
        headers = {**self.caller.headers, "Content-Type": "application/json"}
        return lambda: self.caller.http.post(PATH, content=content.encode("ascii"), headers=headers)

    def send(self, *movements: object) -> list[dict[str, Any]]:
        response = self.sending(*movements)()
        assert response.status_code == 200, response.text
        answers = response.json()["answers"]
        assert [each["client_id"] for each in answers] == [each["client_id"] for each in movements]  # type: ignore[index]
        return answers


@pytest.fixture
def handset(world: World, outlet: Caller) -> Handset:
    return Handset(world, outlet)


@pytest.fixture
def batch(world: World) -> Batch:
    """24 units in 4 cartons: two with the outlet, the others on their way to it."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.ship(world.maker, world.outlet, world.goods(batch, (12, 24)))
    return batch


def carton(world: World, batch: Batch, index: int) -> list[str]:
    return [world.code(batch, Level.CARTON, index)]


def unit(world: World, batch: Batch, index: int) -> list[str]:
    return [world.code(batch, Level.UNIT, index)]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_each_is_taken_in_or_refused_by_itself_and_in_order(
    world: World, handset: Handset, batch: Batch, database: Database, unchanged: Unchanged
) -> None:
    world.later(hours=2)
    day = [
        handset.made("1", kind="receive", codes=carton(world, batch, 2)),
        handset.made("2", **SALE, codes=unit(world, batch, 12)),
        handset.made("3", **SALE, codes=unit(world, batch, 12)),
        handset.made("4", **SALE, codes=unit(world, batch, 18)),
        handset.made("5", kind="write_off", codes=unit(world, batch, 13), cause="damaged"),
    ]
    world.later(hours=1)
    answers = handset.send(*day)
    assert [each["is_accepted"] for each in answers] == [True, True, False, False, True]
    assert [each["movements"][0]["units"] for each in answers if each["is_accepted"]] == [6, 1, 1]
    refusals = {each["client_id"]: each["problem"] for each in answers if not each["is_accepted"]}
    assert (refusals["3"]["code"], refusals["3"]["evidence"]["state"]) == ("custody.not_held", "sold")
    assert refusals["4"]["evidence"]["codes"] == unit(world, batch, 18)
    assert world.holders(batch) == [
        (0, 12, "outlet"),
        (12, 13, "outlet:sold"),
        (13, 14, "outlet:written_off"),
        (14, 18, "outlet"),
        (18, 24, "maker>outlet"),
    ]
    with unchanged(database):
        world.later(minutes=5)
        assert handset.send(*day) == answers
        assert handset.send(*reversed(day)) == answers[::-1]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_refusal_stands_even_where_it_would_be_possible_by_now(
    world: World, handset: Handset, batch: Batch, database: Database, unchanged: Unchanged
) -> None:
    sold = handset.made("1", **SALE, codes=unit(world, batch, 12))
    (refused,) = handset.send(sold)
    handset.send(handset.made("2", kind="receive", codes=carton(world, batch, 2)))
    with unchanged(database):
        assert handset.send(sold) == [refused]
    (accepted,) = handset.send({**sold, "client_id": "3"})
    assert accepted["is_accepted"]


def test_a_name_belongs_to_one_movement(
    world: World, handset: Handset, batch: Batch, database: Database, unchanged: Unchanged, maker: Caller
) -> None:
    first = handset.made("1", **SALE, codes=unit(world, batch, 0))
    (accepted,) = handset.send(first)
    with unchanged(database):
        for changed in ({"codes": unit(world, batch, 1)}, {"buyer_name": "马"}, {"reason": ""}, {"kind": "write_off"}):
            (answer,) = handset.send({**first, **changed})
            expected = "request.body" if "kind" in changed else "offline.reused"
            assert (answer["is_accepted"], answer["problem"]["code"]) == (False, expected)
            assert answer["problem"]["status"] == 422
        assert answer["problem"]["field"] == "cause"
        assert handset.send(dict(reversed(first.items()))) == [accepted]
    # Another party's names are its own.
    (other,) = Handset(world, maker).send({**first, "kind": "relocate", "codes": []} | {"buyer_name": None})
    assert other["problem"]["code"] == "request.body"


def test_two_of_one_name_in_one_bundle(world: World, handset: Handset, batch: Batch) -> None:
    one = handset.made("1", **SALE, codes=unit(world, batch, 0))
    answers = handset.send(one, one, {**one, "codes": unit(world, batch, 1)})
    assert answers[0] == answers[1]
    assert answers[2]["problem"]["code"] == "offline.reused"


@pytest.mark.parametrize(
    "behind", [timedelta(hours=-23), timedelta(hours=-1), timedelta(minutes=90), timedelta(hours=23)]
)
def test_a_clock_that_is_off_is_set_right(world: World, outlet: Caller, batch: Batch, behind: timedelta) -> None:
    handset = Handset(world, outlet, behind)
    done_at = world.clock.now()
    moved = handset.made("1", **SALE, codes=unit(world, batch, 0))
    world.later(hours=5)
    assert handset.send(moved)[0]["is_accepted"]
    (latest, *_) = outlet.get("/api/v1/movements")["movements"]
    assert (latest["occurred_at"], latest["recorded_at"]) == tuple(
        at.isoformat().replace("+00:00", "Z") for at in (done_at, world.clock.now())
    )


@pytest.mark.parametrize("behind", [timedelta(hours=24, seconds=1), timedelta(hours=-25), timedelta(days=20 * 365)])
def test_a_clock_that_was_never_set(
    world: World, outlet: Caller, batch: Batch, behind: timedelta, refused: Refused
) -> None:
    handset = Handset(world, outlet, behind)
    moved = handset.made("1", **SALE, codes=unit(world, batch, 0))
    problem = refused(handset.sending(moved), 422, "offline.clock_skew", "sent_at")
    assert problem["evidence"] == {"hours": 24}


def test_times_that_cannot_be(
    world: World, handset: Handset, batch: Batch, database: Database, unchanged: Unchanged
) -> None:
    sale = {**SALE, "codes": unit(world, batch, 0)}
    now = world.clock.now()
    cases = [
        ((now + timedelta(minutes=6)).isoformat(), "custody.captured_in_future"),
        ("2026-09-01T00:00:00Z", "custody.captured_before_batch"),
        ("2026-11-24T08:00:00", "request.body"),
        ("0001-01-01T00:00:00Z", "request.body"),
        ("9999-12-31T23:59:59Z", "request.body"),
        (-1, "request.body"),
        (None, "text.missing"),
    ]
    bundle = [{**sale, "client_id": str(number), "captured_at": at} for number, (at, _) in enumerate(cases)]
    bundle.append({**sale, "client_id": "none"})
    answers = handset.send(*bundle)
    assert [each["problem"]["code"] for each in answers] == [*(code for _, code in cases), "text.missing"]
    assert {each["problem"]["field"] for each in answers} == {"captured_at"}
    with unchanged(database):
        assert handset.send(*bundle) == answers


def test_movements_that_are_none_are_refused_alone(world: World, handset: Handset, batch: Batch) -> None:
    good = handset.made("good", **SALE, codes=unit(world, batch, 0))
    bad: list[tuple[dict[str, Any], str, str | None]] = [
        ({"kind": "steal"}, "offline.kind", "kind"),
        ({"kind": "undo"}, "offline.kind", "kind"),
        ({"kind": "sell", "codes": "x"}, "request.body", "codes"),
        ({"kind": "sell", "code": "x"}, "request.body", "code"),
        ({"kind": "sell", "codes": ["\ud800"]}, "request.body", "codes.0"),
        ({"kind": "ship", "codes": []}, "request.body", "to_id"),
        ({"kind": "sell"}, "custody.no_codes", "codes"),
        ({"kind": "sell", "codes": ["x"] * 1_001}, "custody.too_many_codes", "codes"),
        ({"kind": "seize", "codes": unit(world, batch, 0), "reason": "查"}, "access.role", None),
    ]
    bundle = [handset.made(f"bad{number}", **fields) for number, (fields, _, _) in enumerate(bad)]
    answers = handset.send(*bundle[:5], good, *bundle[5:])
    assert answers.pop(5)["is_accepted"]
    assert [each["problem"]["code"] for each in answers] == [code for _, code, _ in bad]
    for each, (_, _, field) in zip(answers, bad, strict=True):
        assert field is None or each["problem"]["field"] == field


@pytest.mark.usefixtures("world")
def test_bundles_that_are_none(world: World, handset: Handset, batch: Batch, refused: Refused) -> None:
    one = handset.made("1", **SALE, codes=unit(world, batch, 0))
    many = [{**one, "client_id": str(number)} for number in range(MAX_BUNDLE_MOVEMENTS + 1)]
    refused(handset.sending(*many), 422, "request.body", "movements")
    refused(handset.sending(), 422, "request.body", "movements")
    for client_id in ("", " ", "a b", "收货", "x" * 101, 1, None):
        refused(handset.sending({**one, "client_id": client_id}), 422, "request.body", "movements.0.client_id")
    refused(handset.sending({**one, "\ud800": 1}), 422, "request.body", "movements.0")
    for sent_at in ("2026-11-24T08:00:00", "", None, "9999-12-31T23:59:59Z"):
        body = {"sent_at": sent_at, "movements": [one]}
        refused(lambda body=body: handset.caller.send("POST", PATH, body), 422, "request.body", "sent_at")


def test_a_named_bundle_is_answered_again_even_days_later(
    world: World, handset: Handset, batch: Batch, database: Database, unchanged: Unchanged
) -> None:
    """Its clock would be too far off by then: the same bytes state the same time of sending."""
    send = handset.sending(handset.made("1", **SALE, codes=unit(world, batch, 0)))
    headers = {**handset.caller.headers, KEY_HEADER: "monday"}
    content = send().request.content

    def again() -> httpx2.Response:
        return handset.caller.http.post(PATH, content=content, headers={**headers, "Content-Type": "application/json"})

    first = again()
    world.later(days=3)
    with unchanged(database):
        second = again()
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    problem_of(send(), 422, "offline.clock_skew", "sent_at")


def test_no_identity_number_is_kept(
    world: World, handset: Handset, batch: Batch, dump: Dumps, database: Database
) -> None:
    sold = handset.made("1", **SALE, codes=unit(world, batch, 0), buyer_identity=IDENTITY)
    wrong = handset.made("2", **SALE, codes=unit(world, batch, 1), buyer_identity=IDENTITY[:-1] + "1")
    answers = handset.send(sold, wrong)
    assert [each["is_accepted"] for each in answers] == [True, False]
    assert answers[1]["problem"]["code"] == "identity.check_character"
    assert IDENTITY[:-1] not in f"{dump(database)} {answers}"
