"""What scanned codes stand for, and every refusal of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suiyuan.trace.codes.model import Level, Place, Scheme
from suiyuan.trace.codes.schemes import with_check_digit
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Interval
from suiyuan.trace.custody.service import MAX_OFFENDERS, goods
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    import pytest

    from ...support.protocols import Refuses, Unchanged
    from ...support.world import World

UNIT, CARTON, PALLET = Level.UNIT, Level.CARTON, Level.PALLET


def test_codes_of_all_levels_mixed_name_units_once(world: World) -> None:
    """Cartons of 6, pallets of 12, 26 units: the last carton holds 2 and the last pallet one short carton."""
    first, second = world.register_batch(size=26), world.register_batch(world.seed)
    scanned = [
        world.code(first, CARTON, 1),
        world.code(first, UNIT, 5),
        world.code(first, UNIT, 7),  # lies in carton 1
        world.code(first, CARTON, 1),  # scanned twice
        world.code(first, PALLET, 2),
        world.code(second, PALLET, 1),
        world.code(first, UNIT, 20),
    ]
    found = {goods.batch_id: goods.intervals for goods in world.goods_of(*scanned)}
    assert found == {
        first.batch_id: (Interval(5, 12), Interval(20, 21), Interval(24, 26)),
        second.batch_id: (Interval(12, 24),),
    }


def test_codes_that_cannot_be_used_are_all_named_and_nothing_is_done(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    good = [world.code(batch, CARTON, index) for index in range(2)]
    beyond = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, UNIT, 24))
    unknown = with_check_digit("9" * 21)
    bad = [beyond, "不是码", unknown, ""]
    with refuses(InvalidInput, "custody.unusable_codes", field="codes", count=4, codes=bad):
        world.goods_of(good[0], bad[0], good[1], *bad[1:])


def test_of_very_many_bad_codes_a_hundred_are_named_and_none_at_length(world: World, refuses: Refuses) -> None:
    bad = [f"{number:04d}{'长' * 100}" for number in range(150)]
    named = [text[:60] for text in bad[:MAX_OFFENDERS]]
    with refuses(InvalidInput, "custody.unusable_codes", count=150, codes=named):
        world.goods_of(*bad)


def test_a_thousand_codes_are_taken_and_one_more_is_not(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    code = world.code(batch)
    most = limits.MAX_CODES_PER_REQUEST
    assert world.goods_of(*[code] * most) == world.goods(batch, (0, 1))
    with refuses(InvalidInput, "custody.too_many_codes", field="codes", maximum=most):
        world.goods_of(*[code] * (most + 1))
    with refuses(InvalidInput, "custody.no_codes", field="codes"):
        world.goods_of()


def test_reading_codes_writes_nothing(world: World, unchanged: Unchanged) -> None:
    batch = world.register_batch()
    with unchanged(world.database):
        world.goods_of(world.code(batch, PALLET, 0))


# ---------------------------------------------------------------------------------------------- files of codes


def test_a_file_of_codes_names_the_same_goods_as_a_scan(world: World) -> None:
    batch, other = world.register_batch(size=26), world.register_batch(world.seed)
    codes = [world.code(batch, PALLET, 0), world.code(other), world.code(batch, CARTON, 1), world.code(batch, UNIT, 13)]
    lines = list(enumerate(codes, start=2))
    assert custody.goods_of_lines(world.database, world.resolver, lines) == world.goods_of(*codes)


def test_lines_that_cannot_be_used_are_named_by_their_number(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    bad = [f"不是码{number}" for number in range(MAX_OFFENDERS + 20)]
    lines = [(1, world.code(batch)), *enumerate(bad, start=2)]
    named = [f"{number}: {text}" for number, text in enumerate(bad, start=2)][:MAX_OFFENDERS]
    with refuses(InvalidInput, "custody.unusable_lines", field="file", count=len(bad), codes=named):
        custody.goods_of_lines(world.database, world.resolver, lines)


def test_an_empty_file_and_one_that_is_too_long(
    world: World, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refuses(InvalidInput, "custody.no_codes", field="file"):
        custody.goods_of_lines(world.database, world.resolver, [])
    monkeypatch.setattr(goods, "MAX_CODES_PER_FILE", 3)
    batch = world.register_batch()
    lines = [(number, world.code(batch, UNIT, number)) for number in range(1, 5)]
    assert custody.goods_of_lines(world.database, world.resolver, lines[:3]) == world.goods(batch, (1, 4))
    with refuses(InvalidInput, "custody.too_many_lines", field="file", maximum=3):
        custody.goods_of_lines(world.database, world.resolver, lines)


# ---------------------------------------------------------------------------------------------- codes in refusals


def test_a_refusal_names_the_codes_whose_units_are_in_the_way_and_no_others(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (7, 8), (13, 14)))
    free, divided, pallet = (
        world.code(batch, CARTON, 0),
        world.code(batch, CARTON, 1),
        world.code(batch, PALLET, 1),
    )
    with refuses(
        Conflict,
        "custody.not_held",
        first=7,
        last=7,
        state="in_transit",
        units=2,
        in_the_way=["7-7: in_transit", "13-13: in_transit"],
        codes=[pallet, divided],
    ):
        world.ship(world.maker, world.outlet, world.goods_of(free, pallet, divided))


def test_of_very_many_codes_in_the_way_a_hundred_are_named(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=300)
    world.ship(world.maker, world.outlet, world.goods(batch))
    codes = [world.code(batch, UNIT, index) for index in range(0, 300, 2)]
    given = world.goods_of(*codes)
    ways = [f"{index}-{index}: in_transit" for index in range(0, 2 * MAX_OFFENDERS, 2)]
    with refuses(Conflict, "custody.not_held", units=150, in_the_way=ways, codes=codes[:MAX_OFFENDERS]):
        world.ship(world.maker, world.outlet, given)
