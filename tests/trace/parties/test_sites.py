"""Stores and shops of a party, and designated outlets of restricted pesticides: what is taken, and every refusal."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown, SuiyuanError
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR, Activity, Actor, Licence, Party, Role, Site
from suiyuan.trace.parties.service import NewLicence, NewSite

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

STORE = NewSite("贺兰中心库", "640122", "贺兰县示范路1号")
LONG = "长" * (limits.MAX_NAME_CHARACTERS + 1)


def add(world: World, new: NewSite = STORE, party: Party | None = None, actor: Actor | None = None) -> Site:
    owner = party or world.distributor
    return world.database.write(lambda work: parties.add_site(work, actor or world.actor(owner), owner.party_id, new))


def close(world: World, site: Site, actor: Actor = OPERATOR) -> Site:
    return world.database.write(lambda work: parties.close_site(work, actor, site.party_id, site.site_id))


def require(world: World, site: Site, party: Party | None = None) -> Site:
    with world.database.read() as connection:
        return parties.require_site(connection, (party or world.distributor).party_id, site.site_id, "to_site_id")


def sites(world: World, party: Party) -> list[Site]:
    with world.database.read() as connection:
        return parties.list_sites(connection, party.party_id)


def test_sites_are_added_listed_and_found(world: World) -> None:
    assert sites(world, world.distributor) == []
    first = add(world, replace(STORE, name=" 贺兰  中心库 "))
    second = add(world, NewSite("吴忠分库", "640302"), actor=world.actor(world.regulator))
    assert (first.name, first.region_code, first.address) == ("贺兰 中心库", "640122", "贺兰县示范路1号")
    assert first.site_id == parties.site_id_of(world.distributor.party_id, "贺兰 中心库")
    assert second.address == ""
    assert sorted(sites(world, world.distributor), key=lambda site: site.region_code) == [first, second]
    assert sites(world, world.outlet) == []
    assert require(world, first) == first
    with world.database.read() as connection:
        *_, earlier, latest = ledger.list_events(connection, world.distributor.party_id)
    assert (earlier.kind, earlier.actor_id) == ("site.added", world.distributor.party_id)
    assert f'"site_id":"{first.site_id}"' in earlier.payload
    assert (latest.kind, latest.actor_id) == ("site.added", world.regulator.party_id)


def test_a_closed_site_stays_on_record_and_takes_no_more(world: World, refuses: Refuses) -> None:
    site = add(world)
    world.later(days=1)
    closed = close(world, site, world.actor(world.distributor))
    assert closed == replace(site, closed_at=world.clock.now())
    assert sites(world, world.distributor) == [closed]
    with refuses(Conflict, "site.closed", field="to_site_id", name=site.name):
        require(world, site)
    with refuses(Conflict, "site.closed", field="site_id"):
        close(world, site)
    with refuses(Conflict, "site.duplicate", field="name", name=site.name):
        add(world)
    with world.database.read() as connection:
        assert ledger.list_events(connection, world.distributor.party_id)[-1].kind == "site.closed"


def test_a_name_is_used_once_by_each_party(world: World, refuses: Refuses) -> None:
    add(world)
    with refuses(Conflict, "site.duplicate", field="name"):
        add(world, replace(STORE, name="贺兰中心库 ", address="别处"))
    assert add(world, party=world.outlet).site_id != parties.site_id_of(world.distributor.party_id, STORE.name)


def test_two_at_once_add_one_site(world: World) -> None:
    outcomes: list[object] = []

    def attempt() -> None:
        try:
            outcomes.append(add(world))
        except SuiyuanError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (site,) = sites(world, world.distributor)
    assert sorted(outcomes, key=str) == sorted([site, "site.duplicate"], key=str)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, "text.missing", "name"),
        ({"name": LONG}, "text.malformed", "name"),
        ({"name": "库\x07"}, "text.malformed", "name"),
        ({"address": LONG}, "text.malformed", "address"),
        ({"region_code": ""}, "region.unknown", "region_code"),
        ({"region_code": "649999"}, "region.unknown", "region_code"),
    ],
)
def test_a_site_that_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    with refuses(InvalidInput, code, field=field):
        add(world, replace(STORE, **change))


def test_what_is_not_there_is_not_known(world: World, refuses: Refuses) -> None:
    site = add(world)
    with refuses(NotKnown, "site.unknown", field="to_site_id"):
        require(world, replace(site, site_id=uuid4()))
    with refuses(NotKnown, "site.unknown", field="to_site_id"):
        require(world, site, world.outlet)
    with refuses(NotKnown, "site.unknown", field="site_id"):
        close(world, replace(site, site_id=uuid4()))
    with refuses(NotKnown, "party.unknown"):
        add(world, party=replace(world.outlet, party_id=uuid4()), actor=OPERATOR)


def test_nobody_adds_or_closes_for_another(world: World, refuses: Refuses) -> None:
    site = add(world)
    for stranger in (world.maker, world.outlet, world.agency):
        with refuses(NotAllowed, "access.other_party"):
            add(world, replace(STORE, name="别人的库"), actor=world.actor(stranger))
        with refuses(NotAllowed, "access.other_party"):
            close(world, site, world.actor(stranger))


# ---------------------------------------------------------------------------------------------- designated outlets

DESIGNATED = NewLicence(
    "农药经许(宁)1", Activity.TRADE, "pesticide", date(2026, 1, 1), date(2026, 12, 31), covers_restricted=True
)


def record(world: World, new: NewLicence, party: Party) -> Licence:
    return world.database.write(lambda work: parties.record_licence(work, OPERATOR, party.party_id, new))


def require_designated(world: World, party: Party, on: date) -> Licence:
    with world.database.read() as connection:
        return parties.require_designated(connection, party, "pesticide", on, "to_id")


def test_a_designated_outlet_is_one_on_both_end_days(world: World, refuses: Refuses) -> None:
    licence = record(world, DESIGNATED, world.outlet)
    assert licence.covers_restricted
    for day in (date(2026, 1, 1), date(2026, 12, 31)):
        assert require_designated(world, world.outlet, day) == licence
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with refuses(NotAllowed, "licence.not_designated", field="to_id", party=world.outlet.name, on=day):
            require_designated(world, world.outlet, day)
    with world.database.read() as connection:
        assert licence in parties.list_licences(connection, world.outlet.party_id)
        assert '"covers_restricted":true' in ledger.list_events(connection, world.outlet.party_id)[-1].payload


def test_an_ordinary_licence_makes_no_designated_outlet(world: World, refuses: Refuses) -> None:
    assert world.outlet.roles == {Role.OUTLET}
    record(world, replace(DESIGNATED, covers_restricted=False), world.outlet)
    for party in (world.outlet, world.agency):
        with refuses(NotAllowed, "licence.not_designated", field="to_id", party=party.name):
            require_designated(world, party, date(2026, 7, 1))


@pytest.mark.parametrize(
    "change",
    [{"activity": Activity.PRODUCTION}, {"activity": Activity.FILING}, {"product_kind": "seed"}],
    ids=["production", "filing", "seed"],
)
def test_only_a_licence_to_trade_in_pesticides_covers_restricted_ones(
    world: World, refuses: Refuses, change: dict[str, Any]
) -> None:
    with refuses(InvalidInput, "licence.covers_restricted", field="covers_restricted"):
        record(world, replace(DESIGNATED, **change), world.outlet)
