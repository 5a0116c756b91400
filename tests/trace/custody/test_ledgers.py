"""The legal ledgers of purchase and sale: what is booked where, corrections as corrections, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from suiyuan.trace.catalog.ledger_rules import LedgerSide
from suiyuan.trace.catalog.model import Product
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import MovementKind, Outcome, WriteOffCause
from suiyuan.trace.custody.service import Arrival, Circumstances, LedgerLine, NewSale, ledgers
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.identity import IdentityReference
from suiyuan.trace.parties.model import Party

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

BUY, SELL = LedgerSide.PURCHASE, LedgerSide.SALE
WHY = Circumstances(reason="试验")
Kind = MovementKind


def ledger(
    world: World, party: Party, side: LedgerSide, since: datetime | None = None, until: datetime | None = None
) -> list[LedgerLine]:
    now = world.clock.now()
    with world.database.read() as connection:
        return custody.ledger(
            connection, party.party_id, side, since or now - timedelta(days=400), until or now + timedelta(days=1)
        )


def brief(lines: Iterable[LedgerLine]) -> list[tuple[MovementKind, int, str, bool]]:
    """Kind, units, the counterparty's short name or "", and whether it corrects."""
    return [
        (line.kind, line.units, line.counterparty.name if line.counterparty else "", line.is_correction)
        for line in lines
    ]


def test_a_purchase_is_booked_on_arrival_and_a_sale_when_it_leaves(world: World) -> None:
    batch = world.register_batch(size=24)
    maker, outlet = world.maker, world.outlet
    world.ship(maker, outlet, world.goods(batch, (0, 12)))
    assert ledger(world, outlet, BUY) == []
    world.later(days=1)
    world.receive(outlet, world.goods(batch, (0, 6)))
    (bought,) = ledger(world, outlet, BUY)
    (sold,) = ledger(world, maker, SELL)
    assert brief([bought]) == [(Kind.RECEIVE, 6, maker.name, False)]
    assert brief([sold]) == [(Kind.SHIP, 12, outlet.name, False)]
    assert (bought.day, sold.day) == (world.today(), world.today() - timedelta(days=1))
    assert (bought.batch, bought.product, bought.maker, bought.sale) == (batch, world.pesticide, maker, None)
    assert ledger(world, maker, BUY) == ledger(world, outlet, SELL) == []


def test_what_never_arrived_is_taken_out_of_the_senders_sales(world: World) -> None:
    batch = world.register_batch(size=24)
    maker, outlet = world.maker, world.outlet
    world.ship(maker, outlet, world.goods(batch, (0, 12)))
    arrival = Arrival(damaged=tuple(world.goods(batch, (0, 2))), is_complete=True)
    world.act(outlet, custody.receive, world.goods(batch, (2, 6)), arrival=arrival)
    world.later(minutes=1)
    world.act(outlet, custody.refuse, world.goods(batch, (6, 9)), WHY)
    with world.database.read() as connection:
        short = next(each for each in custody.list_discrepancies(connection, maker.party_id) if each.kind == "short")
    world.later(minutes=1)
    world.act(maker, custody.settle, batch.batch_id, short.discrepancy_id, Outcome.LOST, "丢了")
    assert brief(ledger(world, maker, SELL)) == [
        (Kind.SHIP, 12, outlet.name, False),
        (Kind.REFUSE, -3, outlet.name, True),
        (Kind.SETTLE_LOST, -3, outlet.name, True),
    ]
    assert sorted(brief(ledger(world, outlet, BUY))) == [
        (Kind.RECEIVE, 4, maker.name, False),
        (Kind.RECEIVE_DAMAGED, 2, maker.name, False),
    ]


def test_what_was_missing_and_never_left_is_no_sale(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 8)), arrival=Arrival(is_complete=True))
    with world.database.read() as connection:
        (short,) = custody.list_discrepancies(connection, world.maker.party_id)
    world.later(minutes=1)
    world.act(world.maker, custody.settle, batch.batch_id, short.discrepancy_id, Outcome.NOT_SENT, "没装车")
    assert brief(ledger(world, world.maker, SELL)) == [
        (Kind.SHIP, 12, world.outlet.name, False),
        (Kind.SETTLE_FOUND, -4, world.outlet.name, True),
    ]


def test_a_surplus_that_was_sent_is_booked_on_both_sides(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 14)), arrival=Arrival(with_surplus=True))
    with world.database.read() as connection:
        (over,) = custody.list_discrepancies(connection, world.maker.party_id)
    world.later(minutes=1)
    world.act(world.maker, custody.settle, batch.batch_id, over.discrepancy_id, Outcome.SENT, "多装两瓶")
    assert brief(ledger(world, world.maker, SELL))[1:] == [(Kind.SETTLE_OVER, 2, world.outlet.name, False)]
    assert brief(ledger(world, world.outlet, BUY))[1:] == [(Kind.SETTLE_OVER, 2, world.maker.name, False)]


def test_a_return_is_taken_out_of_purchases_and_out_of_sales(world: World) -> None:
    batch = world.register_batch(size=24)
    maker, outlet = world.maker, world.outlet
    world.hand_over(maker, outlet, world.goods(batch, (0, 12)))
    world.act(outlet, custody.send_back, maker.party_id, world.goods(batch, (0, 6)), WHY)
    world.later(minutes=1)
    world.receive(maker, world.goods(batch, (0, 2)))
    world.later(minutes=1)
    world.act(maker, custody.refuse, world.goods(batch, (2, 6)), WHY)
    assert brief(ledger(world, outlet, BUY)) == [
        (Kind.RECEIVE, 12, maker.name, False),
        (Kind.RETURN, -6, maker.name, True),
        (Kind.REFUSE, 4, maker.name, False),
    ]
    assert brief(ledger(world, maker, SELL)) == [
        (Kind.SHIP, 12, outlet.name, False),
        (Kind.RECEIVE, -2, outlet.name, True),
    ]
    assert ledger(world, maker, BUY) == ledger(world, outlet, SELL) == []


def test_a_sale_to_a_farmer_names_what_was_kept_of_the_buyer(world: World) -> None:
    batch = world.register_batch(size=24)
    new = NewSale("马建国", "0953-7654321", "水稻", IdentityReference("ab" * 32, "002X"))
    world.sell(world.maker, world.goods(batch, (0, 3)), new)
    world.later(minutes=1)
    world.act(world.maker, custody.take_back, world.goods(batch, (0, 1)), WHY)
    sold, back = ledger(world, world.maker, SELL)
    assert brief([sold, back]) == [(Kind.SELL, 3, "", False), (Kind.TAKE_BACK, -1, "", True)]
    assert sold.sale is not None
    assert (sold.sale.buyer_name, sold.sale.intended_use, sold.sale.identity_last_four) == ("马建国", "水稻", "002X")
    assert (back.sale, back.reason) == (None, "试验")


def test_an_undo_is_a_correction_of_its_own_day(world: World) -> None:
    batch = world.register_batch(size=24)
    (sold,) = world.sell(world.maker, world.goods(batch, (0, 3)))
    sold_at = world.clock.now()
    world.later(days=3)
    world.undo(world.maker, sold)
    made, corrected = ledger(world, world.maker, SELL)
    assert brief([made, corrected]) == [(Kind.SELL, 3, "", False), (Kind.SELL, -3, "", True)]
    assert (corrected.day - made.day).days == 3
    assert made.sale is not None and made.sale == corrected.sale
    (alone,) = ledger(world, world.maker, SELL, since=sold_at + timedelta(days=1))
    assert alone == corrected  # with what was kept of a sale of an earlier period
    (before,) = ledger(world, world.maker, SELL, until=sold_at + timedelta(days=1))
    assert before == made


def test_an_undone_receipt_is_taken_out_of_the_purchases(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    (received,) = world.receive(world.outlet, world.goods(batch, (0, 6)))
    world.later(minutes=1)
    world.undo(world.outlet, received)
    assert brief(ledger(world, world.outlet, BUY)) == [
        (Kind.RECEIVE, 6, world.maker.name, False),
        (Kind.RECEIVE, -6, world.maker.name, True),
    ]


def test_what_is_no_trade_is_in_no_ledger(world: World) -> None:
    batch = world.register_batch(size=24)
    maker = world.maker
    world.act(maker, custody.relocate, None, world.goods(batch))
    world.act(maker, custody.unpack, world.goods(batch, (0, 6)))
    world.act(maker, custody.repack, 1, world.goods(batch, (0, 1)))
    world.act(maker, custody.write_off, WriteOffCause.LOST, world.goods(batch, (0, 1)))
    world.act(maker, custody.destroy, world.goods(batch, (0, 1)), WHY)
    world.act(world.agency, custody.sample, world.goods(batch, (1, 2)))
    world.act(world.regulator, custody.seize, world.goods(batch, (2, 3)), WHY)
    world.act(world.regulator, custody.release, world.goods(batch, (2, 3)), WHY)
    for party in (maker, world.agency, world.regulator):
        assert ledger(world, party, BUY) == ledger(world, party, SELL) == []


def test_sales_of_sanitary_pesticides_to_users_are_not_written_down(world: World) -> None:
    sanitary = world.restricted("氯菊酯", "WP20180001")
    batch, plain = world.register_batch(sanitary, size=24), world.register_batch(size=24)
    world.sell(world.maker, world.goods(batch, (0, 1)))
    world.ship(world.maker, world.outlet, world.goods(batch, (1, 3)))
    world.sell(world.maker, world.goods(plain, (0, 1)))
    lines = {(line.batch, line.kind) for line in ledger(world, world.maker, SELL)}
    assert lines == {(batch, Kind.SHIP), (plain, Kind.SELL)}


def test_each_kind_is_kept_as_long_as_its_rule_says(world: World) -> None:
    def kept(product: Product) -> date:
        batch = world.register_batch(product, expires_on=date(2029, 3, 1))
        (sold,) = world.sell(world.maker, world.goods(batch, (0, 1)))
        return next(
            line for line in ledger(world, world.maker, SELL) if line.movement_id == sold.movement_id
        ).keep_until

    assert kept(world.pesticide) == date(2028, 11, 24)
    assert kept(world.vet_drug) == date(2030, 3, 1)
    assert kept(world.seed) == date(2031, 11, 24)
    assert kept(world.fertiliser) == date(2028, 11, 24)


def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    first, last = world.clock.now(), world.clock.now() + timedelta(days=1)
    world.sell(world.maker, world.goods(batch, (0, 1)))
    world.clock.instant = last
    world.sell(world.maker, world.goods(batch, (1, 3)))
    assert [line.units for line in ledger(world, world.maker, SELL, first, last)] == [1]
    assert [line.units for line in ledger(world, world.maker, SELL, last, last + timedelta(seconds=1))] == [2]
    for until in (first, first - timedelta(seconds=1)):
        with refuses(InvalidInput, "period.reversed", field="until"):
            ledger(world, world.maker, SELL, first, until)


def test_a_ledger_that_would_be_too_long_is_asked_for_in_parts(
    world: World, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "MAX_LEDGER_LINES", 2)
    batch = world.register_batch(size=24)
    for place in range(2):
        world.sell(world.maker, world.goods(batch, (place, place + 1)))
    assert len(ledger(world, world.maker, SELL)) == 2
    world.sell(world.maker, world.goods(batch, (2, 3)))
    with refuses(InvalidInput, "ledger.too_long", field="until", maximum=2):
        ledger(world, world.maker, SELL)
