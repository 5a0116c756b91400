"""Organisations and licences: what is taken, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR, Activity, Actor, Licence, Party, Role, latest_cover
from suiyuan.trace.parties.service import NewLicence, NewParty, require_credit_code

if TYPE_CHECKING:
    from suiyuan.trace.store.database import Database
    from tests.support.protocols import Refuses
    from tests.support.world import World

CODE = "91640100MA0000099" + uscc.calc_check_digit("91640100MA0000099")
SHOP = NewParty(CODE, "永宁县望远镇 农资店", "640121", frozenset({Role.OUTLET, Role.DISTRIBUTOR}))
LONG = "长" * (limits.MAX_NAME_CHARACTERS + 1)


def register(database: Database, new: NewParty, actor: Actor = OPERATOR) -> Party:
    return database.write(lambda work: parties.register_party(work, actor, new))


def test_a_party_is_registered_and_found_by_its_credit_code(database: Database) -> None:
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in CODE.lower())
    shop = register(database, replace(SHOP, credit_code=f" {full_width} ", telephone="０９５１－１"))
    assert shop.credit_code == CODE
    assert shop.telephone == "0951-1"
    assert shop.short_name == shop.name
    with database.read() as connection:
        assert parties.require_party(connection, shop.party_id) == shop
        assert parties.require_party_by_credit_code(connection, CODE.lower()) == shop
        assert parties.list_parties(connection) == [shop]
        assert parties.list_parties(connection, []) == []
        (event,) = ledger.list_events(connection, shop.party_id)
    assert event.kind == "party.registered"
    assert event.actor_id is None
    assert f'"credit_code":"{CODE}"' in event.payload
    assert '"roles":["distributor","outlet"]' in event.payload


@given(body=st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), wrong=st.integers(1, 30))
def test_only_the_right_check_digit_passes(body: str, wrong: int) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    digits = f"91640100{body}"
    right = uscc.calc_check_digit(digits)
    assert require_credit_code(digits + right) == digits + right
    other = alphabet[(alphabet.index(right) + wrong) % len(alphabet)]
    with pytest.raises(InvalidInput) as refused:
        require_credit_code(digits + other)
    assert (refused.value.code, refused.value.field) == ("party.credit_code", "credit_code")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"credit_code": ""}, "party.credit_code", "credit_code"),
        ({"credit_code": CODE[:-1]}, "party.credit_code", "credit_code"),
        ({"credit_code": CODE + "0"}, "party.credit_code", "credit_code"),
        ({"credit_code": "I" + CODE[1:]}, "party.credit_code", "credit_code"),
        ({"credit_code": CODE[:8] + "\x00" + CODE[9:]}, "party.credit_code", "credit_code"),
        ({"credit_code": "9" * 10_000}, "party.credit_code", "credit_code"),
        ({"name": ""}, "text.missing", "name"),
        ({"name": " \t"}, "text.missing", "name"),
        ({"name": LONG}, "text.malformed", "name"),
        ({"name": "店\x07"}, "text.malformed", "name"),
        ({"name": "店\ud800"}, "text.malformed", "name"),
        ({"short_name": LONG}, "text.malformed", "short_name"),
        ({"telephone": LONG}, "text.malformed", "telephone"),
        ({"roles": frozenset()}, "party.roles", "roles"),
        ({"region_code": "640199"}, "region.unknown", "region_code"),
        ({"region_code": "990000"}, "region.unknown", "region_code"),
        ({"region_code": "6401"}, "region.unknown", "region_code"),
        ({"region_code": "６４０１０４"}, "region.unknown", "region_code"),
        ({"region_code": "640104\n"}, "region.unknown", "region_code"),
    ],
)
def test_what_cannot_be_is_refused(
    database: Database, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    with refuses(InvalidInput, code, field=field):
        register(database, replace(SHOP, **change))


def test_one_credit_code_is_registered_once(database: Database, refuses: Refuses) -> None:
    register(database, SHOP)
    with refuses(Conflict, "party.duplicate", field="credit_code", credit_code=CODE):
        register(database, replace(SHOP, credit_code=CODE.lower(), name="另一个名字"))


def test_only_the_regulator_registers_and_licenses(world: World, refuses: Refuses) -> None:
    for stranger in (world.maker, world.outlet, world.agency):
        with refuses(NotAllowed, "access.role", needed="regulator"):
            register(world.database, SHOP, world.actor(stranger))
        with refuses(NotAllowed, "access.role", needed="regulator"):
            record(world, LICENCE, world.outlet, world.actor(stranger))
    assert register(world.database, SHOP, world.actor(world.regulator)).credit_code == CODE


def test_an_unknown_party_is_named(database: Database) -> None:
    ghost = uuid4()
    with database.read() as connection:
        assert parties.find_party(connection, ghost) is None
        with pytest.raises(NotKnown) as refused:
            parties.require_party(connection, ghost, "to_id")
        assert (refused.value.code, refused.value.field) == ("party.unknown", "to_id")
        with pytest.raises(NotKnown):
            parties.require_party_by_credit_code(connection, CODE)


# ---------------------------------------------------------------------------------------------- licences

LICENCE = NewLicence("（宁）农药经许 ０１", Activity.TRADE, "pesticide", date(2026, 1, 1), date(2026, 12, 31))


def record(world: World, new: NewLicence, party: Party, actor: Actor = OPERATOR) -> Licence:
    return world.database.write(lambda work: parties.record_licence(work, actor, party.party_id, new))


def require(world: World, party: Party, on: date, *activities: Activity, kind: str = "pesticide") -> Licence:
    with world.database.read() as connection:
        return parties.require_licence(connection, party, activities or (Activity.TRADE,), kind, on)


def test_a_licence_covers_both_its_end_days(world: World) -> None:
    shop = world.party(Role.OUTLET)
    licence = record(world, LICENCE, shop)
    assert licence.number == "(宁)农药经许 01"
    for day in (date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)):
        assert require(world, shop, day) == licence
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(NotAllowed) as refused:
            require(world, shop, day)
        assert refused.value.code == "licence.expired"
        assert refused.value.evidence["on"] == day
    with world.database.read() as connection:
        assert parties.list_licences(connection, shop.party_id) == [licence]
        assert [event.kind for event in ledger.list_events(connection, shop.party_id)] == [
            "party.registered",
            "licence.recorded",
        ]


def test_a_licence_is_for_one_kind_and_one_activity(world: World) -> None:
    shop = world.party(Role.OUTLET)
    record(world, LICENCE, shop)
    on = date(2026, 7, 1)
    assert require(world, shop, on, Activity.FILING, Activity.TRADE).number == "(宁)农药经许 01"
    for kind, activity in (("seed", Activity.TRADE), ("pesticide", Activity.PRODUCTION)):
        with pytest.raises(NotAllowed) as refused:
            require(world, shop, on, activity, kind=kind)
        assert refused.value.code == "licence.missing"


def test_of_several_licences_any_that_is_valid_will_do(world: World) -> None:
    shop = world.party(Role.OUTLET)
    record(world, replace(LICENCE, number="旧", valid_until=date(2026, 3, 31)), shop)
    record(world, replace(LICENCE, number="新", valid_from=date(2026, 6, 1)), shop)
    assert require(world, shop, date(2026, 2, 1)).number == "旧"
    assert require(world, shop, date(2026, 6, 1)).number == "新"
    with pytest.raises(NotAllowed) as refused:
        require(world, shop, date(2026, 5, 1))
    assert refused.value.evidence["number"] == "新"


def test_latest_cover_puts_the_longest_first() -> None:
    party_id = uuid4()
    licences = [
        Licence(party_id, str(year), Activity.TRADE, kind, date(2020, 1, 1), date(year, 1, 1))
        for year, kind in ((2026, "seed"), (2028, "seed"), (2027, "seed"), (2029, "pesticide"))
    ]
    assert [each.number for each in latest_cover(licences, [Activity.TRADE], "seed")] == ["2028", "2027", "2026"]
    assert latest_cover(licences, [Activity.FILING], "seed") == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"number": " "}, "text.missing", "number"),
        ({"number": LONG}, "text.malformed", "number"),
        ({"valid_until": date(2025, 12, 31)}, "licence.period", "valid_until"),
    ],
    ids=["blank", "long", "ends_before_it_begins"],
)
def test_a_licence_that_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    with refuses(InvalidInput, code, field=field):
        record(world, replace(LICENCE, **change), world.outlet)


def test_a_licence_is_recorded_once_per_kind_and_for_a_known_party(world: World, refuses: Refuses) -> None:
    record(world, LICENCE, world.outlet)
    with refuses(Conflict, "licence.duplicate", field="number", number="(宁)农药经许 01"):
        record(world, replace(LICENCE, number="(宁)农药经许 01"), world.outlet)
    record(world, replace(LICENCE, product_kind="seed"), world.outlet)
    with refuses(NotKnown, "party.unknown"):
        record(world, LICENCE, replace(world.outlet, party_id=uuid4()))
