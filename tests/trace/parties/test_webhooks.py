"""Webhooks: which addresses are taken, one delivery for each notice and address, retries by the clock."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices, webhooks
from suiyuan.trace.parties.model import (
    Delivery,
    DeliveryState,
    DeliveryTrouble,
    NewNotice,
    NoticeKind,
    Party,
    Webhook,
)
from suiyuan.trace.parties.webhooks import MAX_ADDRESS_CHARACTERS, MAX_ATTEMPTS, MAX_WEBHOOKS, RETRY_AFTER

if TYPE_CHECKING:
    from tests.support.protocols import Refuses, Unchanged
    from tests.support.world import World

ADDRESS = "https://erp.example.cn/suiyuan?shop=1"


def register(world: World, address: str = ADDRESS, party: Party | None = None, **how: bool) -> Webhook:
    owner = party or world.outlet
    return world.database.write(
        lambda work: webhooks.register(work, world.actor(owner), owner.party_id, address, **how)
    )


def remove(world: World, hook: Webhook, party: Party | None = None) -> None:
    owner = party or world.outlet
    world.database.write(lambda work: webhooks.remove(work, world.actor(owner), owner.party_id, hook.webhook_id))


def tell(world: World, *parties: Party) -> None:
    new = [NewNotice(each.party_id, NoticeKind.LEAD_OPENED, {}) for each in parties]
    world.database.write(lambda work: notices.notify(work, new))


def due(world: World) -> list[Delivery]:
    with world.database.read() as connection:
        return webhooks.list_due(connection, world.clock.now())


def deliveries(world: World, party: Party | None = None) -> list[Delivery]:
    with world.database.read() as connection:
        return webhooks.list_deliveries(connection, (party or world.outlet).party_id)


def claim(world: World, seen: Delivery) -> Delivery | None:
    return world.database.write(lambda work: webhooks.claim(work, seen))


def settle(
    world: World, tried: Delivery, trouble: DeliveryTrouble | None, status: int | None = None
) -> Delivery | None:
    return world.database.write(lambda work: webhooks.settle(work, tried, trouble, status))


def claimed(world: World) -> Delivery:
    (seen,) = due(world)
    tried = claim(world, seen)
    assert tried is not None
    return tried


# ------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        "https://erp.example.cn:8443/",
        "https://8.8.8.8/x",
        "https://[2400:3200::1]/x",
        "https://xn--fiqs8s.example",
        f"https://a.example/{'x' * (MAX_ADDRESS_CHARACTERS - 18)}",
    ],
)
def test_addresses_of_the_public_network(address: str) -> None:
    assert webhooks.require_address(f" {address}\n") == address
    assert len(address) <= MAX_ADDRESS_CHARACTERS


BAD_ADDRESSES = {
    "nothing": ("", "webhook.address"),
    "no address": ("erp", "webhook.scheme"),
    "http": ("http://erp.example.cn/", "webhook.scheme"),
    "a file": ("file:///etc/passwd", "webhook.scheme"),
    "script": ("javascript:alert(1)", "webhook.scheme"),
    "no host": ("https:///x", "webhook.address"),
    "user name": ("https://u@erp.example.cn/", "webhook.address"),
    "user name and password": ("https://u:p@erp.example.cn/", "webhook.address"),
    "empty user name": ("https://@erp.example.cn/", "webhook.address"),
    "fragment": ("https://erp.example.cn/#x", "webhook.address"),
    "port 0": ("https://erp.example.cn:0/", "webhook.address"),
    "port too large": ("https://erp.example.cn:70000/", "webhook.address"),
    "port no number": ("https://erp.example.cn:x/", "webhook.address"),
    "half a bracket": ("https://[::1/", "webhook.address"),
    "white space": ("https://erp.example.cn/a b", "webhook.address"),
    "line break": ("https://erp.example.cn/\r\nX: y", "webhook.address"),
    "Chinese host": ("https://例子.cn/", "webhook.address"),
    "backslash": ("https://erp.example.cn\\@127.0.0.1/", "webhook.address"),
    "underscore first": ("https://_erp.example.cn/", "webhook.address"),
    "10,000 characters": (f"https://a.example/{'x' * 10_000}", "webhook.address"),
    "localhost": ("https://localhost/", "webhook.host"),
    "localhost with a dot": ("https://localhost./", "webhook.host"),
    "below localhost": ("https://a.localhost/", "webhook.host"),
    "an inner name": ("https://db.internal/", "webhook.host"),
    "a name without dots": ("https://erp/", "webhook.host"),
    "loopback": ("https://127.0.0.1/", "webhook.host"),
    "loopback, version 6": ("https://[::1]/", "webhook.host"),
    "loopback in version 6": ("https://[::ffff:127.0.0.1]/", "webhook.host"),
    "private": ("https://10.0.0.1/", "webhook.host"),
    "private, 192": ("https://192.168.1.1/", "webhook.host"),
    "metadata of a cloud": ("https://169.254.169.254/latest", "webhook.host"),
    "shared": ("https://100.64.0.1/", "webhook.host"),
    "unspecified": ("https://0.0.0.0/", "webhook.host"),
    "one number": ("https://2130706433/", "webhook.host"),
    "hexadecimal": ("https://0x7f000001/", "webhook.host"),
    "octal": ("https://0177.0.0.1/", "webhook.host"),
    "short": ("https://127.1/", "webhook.host"),
    "zone": ("https://[fe80::1%25eth0]/", "webhook.host"),
}


@pytest.mark.parametrize("bad", list(BAD_ADDRESSES))
def test_addresses_that_are_refused(bad: str) -> None:
    address, code = BAD_ADDRESSES[bad]
    with pytest.raises(InvalidInput) as caught:
        webhooks.require_address(address)
    assert (caught.value.code, caught.value.field) == (code, "address")
    assert caught.value.text("zh")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2400:3200::1", True),
        ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  # looked at, not listened on
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
    ],
)
def test_what_is_public(address: str, expected: bool) -> None:
    assert webhooks.is_public(ipaddress.ip_address(address)) is expected


def test_trials_may_stay_on_the_machine_and_no_further() -> None:
    for address in ("http://127.0.0.1:8080/x", "http://localhost/", "https://[::1]/", "http://erp.example.cn/"):
        assert webhooks.require_address(address, may_be_local=True) == address
    for address in ("http://10.0.0.1/", "http://169.254.169.254/", "ftp://127.0.0.1/"):
        with pytest.raises(InvalidInput):
            webhooks.require_address(address, may_be_local=True)


# ------------------------------------------------------------------------------------------------- registering


def test_a_webhook_is_registered_listed_and_removed(world: World, refuses: Refuses) -> None:
    hook = register(world)
    assert (hook.address, hook.created_at, hook.removed_at) == (ADDRESS, world.clock.now(), None)
    with world.database.read() as connection:
        assert webhooks.list_webhooks(connection, world.outlet.party_id) == [hook]
        assert webhooks.list_webhooks(connection, world.maker.party_id) == []
        event = ledger.list_events(connection, world.outlet.party_id)[-1]
    assert (event.kind, event.actor_id) == ("webhook.registered", world.outlet.party_id)
    remove(world, hook)
    with world.database.read() as connection:
        assert webhooks.list_webhooks(connection, world.outlet.party_id) == []
        assert ledger.list_events(connection, world.outlet.party_id)[-1].kind == "webhook.removed"
    with refuses(NotKnown, "webhook.unknown", field="webhook_id"):
        remove(world, hook)
    assert register(world).webhook_id != hook.webhook_id


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_is_refused(world: World, refuses: Refuses) -> None:
    hook = register(world)
    with refuses(Conflict, "webhook.duplicate", field="address"):
        register(world)
    with refuses(InvalidInput, "webhook.scheme", field="address"):
        register(world, "http://erp.example.cn/")
    with refuses(NotKnown, "webhook.unknown", field="webhook_id"):
        remove(world, hook, world.maker)
    with refuses(NotKnown, "webhook.unknown", field="webhook_id"):
        remove(world, replace(hook, webhook_id=uuid4()))
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: webhooks.register(work, world.actor(world.maker), world.outlet.party_id, ADDRESS)
        )
    for number in range(MAX_WEBHOOKS - 1):
        register(world, f"{ADDRESS}&{number}")
    with refuses(Conflict, "webhook.too_many", field="address", maximum=MAX_WEBHOOKS):
        register(world, f"{ADDRESS}&more")
    register(world, ADDRESS, world.maker)


# ------------------------------------------------------------------------------------------------- deliveries


def test_each_notice_leaves_one_delivery_for_each_address(world: World) -> None:
    first, second = register(world), register(world, f"{ADDRESS}&2")
    register(world, party=world.maker)
    world.database.errands.clear()
    tell(world, world.outlet, world.distributor)
    assert world.database.errands.is_set()
    found = deliveries(world)
    assert {each.webhook_id for each in found} == {first.webhook_id, second.webhook_id}
    assert {(each.state, each.attempts, each.next_attempt_at) for each in found} == {
        (DeliveryState.WAITING, 0, world.clock.now())
    }
    assert deliveries(world, world.distributor) == deliveries(world, world.maker) == []
    assert sorted(each.delivery_id for each in due(world)) == sorted(each.delivery_id for each in found)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_nobody_is_woken_where_nobody_listens(world: World) -> None:
    tell(world, world.outlet)
    assert not world.database.errands.is_set()
    assert due(world) == []


def test_a_delivery_is_claimed_once(world: World) -> None:
    register(world)
    tell(world, world.outlet)
    (seen,) = due(world)
    tried = claim(world, seen)
    assert tried is not None
    assert claim(world, seen) is None
    assert due(world) == [], "who claims it has a minute"
    assert deliveries(world) == [tried]
    assert settle(world, tried, None, 200) is not None
    (done,) = deliveries(world)
    assert (done.state, done.attempts, done.trouble, done.status) == (DeliveryState.DELIVERED, 1, None, 200)
    assert (done.settled_at, done.next_attempt_at) == (world.clock.now(), None)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_fails_is_tried_again_later_and_later_and_then_no_more(world: World) -> None:
    register(world)
    tell(world, world.outlet)
    for number in range(1, MAX_ATTEMPTS + 1):
        tried = claimed(world)
        assert tried.attempts == number
        settle(world, tried, DeliveryTrouble.STATUS, 500)
        assert due(world) == []
        if number < MAX_ATTEMPTS:
            wait = RETRY_AFTER[number - 1]
            world.later(seconds=wait.total_seconds() - 1)
            assert due(world) == []
            world.later(seconds=1)
    (failed,) = deliveries(world)
    assert (failed.state, failed.attempts, failed.status) == (DeliveryState.FAILED, MAX_ATTEMPTS, 500)
    assert failed.trouble is DeliveryTrouble.STATUS
    world.later(days=30)
    assert due(world) == []
    assert list(RETRY_AFTER) == sorted(RETRY_AFTER)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_sender_that_dies_amid_a_try_loses_nothing(world: World) -> None:
    register(world)
    tell(world, world.outlet)
    for number in range(MAX_ATTEMPTS):
        assert claimed(world).attempts == number + 1
        world.later(days=1)
    (seen,) = due(world)
    assert seen.trouble is DeliveryTrouble.INTERRUPTED
    assert claim(world, seen) is None
    (failed,) = deliveries(world)
    assert (failed.state, failed.trouble) == (DeliveryState.FAILED, DeliveryTrouble.INTERRUPTED)


def test_what_waits_for_a_removed_webhook_is_not_sent(world: World, unchanged: Unchanged) -> None:
    hook = register(world)
    tell(world, world.outlet)
    tried = claimed(world)
    remove(world, hook)
    with unchanged(world.database):
        assert settle(world, tried, None, 200) is None
    (cancelled,) = deliveries(world)
    assert (cancelled.state, cancelled.settled_at) == (DeliveryState.CANCELLED, world.clock.now())
    world.later(days=1)
    assert due(world) == []
    tell(world, world.outlet)
    assert len(deliveries(world)) == 1
