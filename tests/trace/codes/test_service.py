"""The one door for codes: malformed, unknown or known; minted or imported; bound to one master key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suiyuan.trace.batches import code_lists
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes import service as codes
from suiyuan.trace.codes.claims import NO_CLAIMS, Claims
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level, MalformedReason, Place, Scheme
from suiyuan.trace.codes.schemes import with_check_digit
from suiyuan.trace.codes.service import Outcome, Resolution, Resolver
from suiyuan.trace.kernel.errors import InvalidInput, UnsafeToRun
from suiyuan.trace.kernel.ids import derived_id
from suiyuan.trace.store.database import Database

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses, Unchanged
    from tests.support.world import World

OTHER_KEY = Keyring(bytes(range(1, 33)))


def known(batch: Batch, code: str, level: Level, index: int) -> Resolution:
    return Resolution(
        Outcome.KNOWN, scheme=Scheme(batch.scheme), code=code, batch_id=batch.batch_id, level=level, index=index
    )


@pytest.mark.parametrize("size", [1, 10, 100_000_000])
@pytest.mark.parametrize("kind", ["pesticide", "seed", "fertiliser"])
def test_codes_of_a_batch_lead_back_to_their_place(world: World, kind: str, size: int) -> None:
    batch = world.register_batch(getattr(world, kind), size=size, units_per_carton=7, cartons_per_pallet=3)
    for level in Level:
        count = batch.packing.count_at(level, size)
        for index in {0, count // 2, count - 1}:
            code = world.code(batch, level, index)
            assert world.resolver.resolve(code) == known(batch, code, level, index)
            assert world.resolver.resolve(f"https://example.org/c/{code}") == known(batch, code, level, index)


def test_a_place_beyond_the_batch_is_unknown_at_every_level(world: World) -> None:
    batch = world.register_batch(size=20, units_per_carton=6, cartons_per_pallet=2)
    for level, count in ((Level.UNIT, 20), (Level.CARTON, 4 + 10), (Level.PALLET, 2 + 10)):
        for index in (count, count + 1, 10**11 - 1):
            code = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, level, index))
            assert world.resolver.resolve(code) == Resolution(Outcome.UNKNOWN, scheme=Scheme.PESTICIDE, code=code)


def test_a_serial_never_given_is_unknown_and_known_once_it_is(world: World) -> None:
    batch = world.register_batch()
    next_one = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial + 1, Level.UNIT, 0))
    assert world.resolver.resolve(next_one).outcome is Outcome.UNKNOWN
    later = world.register_batch()
    assert world.resolver.resolve(next_one).batch_id == later.batch_id


def test_a_batch_rolled_back_leaves_no_code_behind(world: World) -> None:
    code = world.keyring.encode(Scheme.OWN, "", Place(0, Level.UNIT, 0))
    assert world.resolver.resolve(code).outcome is Outcome.UNKNOWN

    def act_and_fail() -> None:
        def act(work: object) -> None:
            codes.allocate(work, Scheme.OWN, "", derived_id("batch", "x"), (10, 1, 1))  # type: ignore[arg-type]
            raise InvalidInput("batch.size", maximum=1)

        world.database.write(act)

    with pytest.raises(InvalidInput):
        act_and_fail()
    assert world.resolver.resolve(code).outcome is Outcome.UNKNOWN


def test_another_key_mints_other_codes(world: World) -> None:
    batch = world.register_batch(world.seed)
    code = world.code(batch)
    assert Resolver(world.database, OTHER_KEY).resolve(code).outcome is Outcome.UNKNOWN
    assert world.resolver.resolve(code).outcome is Outcome.KNOWN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", MalformedReason.EMPTY),
        (" \n\ufeff", MalformedReason.EMPTY),
        ("你好", MalformedReason.NO_CODE),
        ("1" * 4_297, MalformedReason.TOO_LONG),
        ("123456789012345678901", MalformedReason.WRONG_LENGTH),
        ("0" * 32, MalformedReason.BAD_STRUCTURE),
        ("9" * 24, MalformedReason.BAD_STRUCTURE),
        ("1" * 21 + str((int(with_check_digit("1" * 21)[-1]) + 1) % 10), MalformedReason.CHECK_DIGIT),
        (f"{with_check_digit('1' * 21)} {with_check_digit('2' * 21)}", MalformedReason.SEVERAL_CODES),
    ],
    ids=lambda value: value.value if isinstance(value, MalformedReason) else f"{len(value)}_characters",
)
def test_what_cannot_be_a_code_says_why(world: World, text: str, reason: MalformedReason) -> None:
    assert world.resolver.resolve(text) == Resolution(Outcome.MALFORMED, reason=reason)


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(codec=None), max_size=60),
    st.text("0123456789 -/?&=%c\n：", max_size=120),
    st.from_regex(r"https?://[a-z./]{1,20}/c/[0-9A-Za-z%]{1,40}(\?[a-z]=[0-9A-Za-z]{1,30}&){0,3}", fullmatch=True),
    st.sampled_from(
        [
            "\x00",
            "\ud800" * 20,
            "'; DROP TABLE batch; --",
            "%s" * 50,
            "A1\x00",
            "http://[::1",
            "https://example.org/c/%00%FF",
            "٣" * 32,
            "0" * 4_296,
            "a1?" * 1_000,
            "🌾" * 4_296,
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_no_text_raises_or_is_known_by_chance(resolver: Resolver, text: str) -> None:
    found = resolver.resolve(text)
    assert found.outcome in (Outcome.MALFORMED, Outcome.UNKNOWN)
    assert (found.reason is not None) == (found.outcome is Outcome.MALFORMED)
    assert found.batch_id is None


def test_resolving_writes_nothing(world: World, unchanged: Unchanged) -> None:
    code = world.code(world.register_batch())
    with unchanged(world.database):
        for text in (code, code[:-1], "9" * 20, ""):
            world.resolver.resolve(text)


def test_the_likeliest_of_several_readings_that_is_known_wins(world: World) -> None:
    """A seed label's address may carry several short words; the one that was issued is meant."""
    batch = world.register_batch(world.seed)
    code = world.code(batch)
    found = world.resolver.resolve(f"https://example.org/p?v=A1&c={code}&s=B2")
    assert (found.outcome, found.code) == (Outcome.KNOWN, code)
    found = world.resolver.resolve("https://example.org/p?v=A1&s=B2")
    assert (found.outcome, found.scheme, found.code) == (Outcome.UNKNOWN, Scheme.SEED, "A1")


def test_imported_codes_are_found_though_nothing_can_be_computed(world: World) -> None:
    batch = world.register_batch(world.vet_drug)
    code = "202610010000100000000001"
    assert world.resolver.resolve(code) == Resolution(Outcome.UNKNOWN, scheme=Scheme.VET_DRUG, code=code)
    world.database.write(
        lambda work: code_lists.import_codes(work, world.actor(world.maker), batch.batch_id, Level.UNIT, [code])
    )
    assert world.resolver.resolve(code) == known(batch, code, Level.UNIT, 0)
    found = world.resolver.resolve(f"{code}，氟苯尼考粉，兽药字150512539，示范药业，09510000001")
    assert replace(found, claims=NO_CLAIMS) == known(batch, code, Level.UNIT, 0)
    assert found.claims == Claims("氟苯尼考粉", "兽药字150512539", "示范药业")


def test_the_memory_of_blocks_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "MAX_CACHED_BLOCKS", 2)
    made = [world.register_batch(world.seed) for _ in range(4)]
    resolver = Resolver(world.database, world.keyring)
    for batch in (*made, *made):
        assert resolver.resolve(world.code(batch)).batch_id == batch.batch_id
        assert len(resolver._blocks) <= 2  # the bound is not visible from outside


# ---------------------------------------------------------------------------------------------- the master key


def test_the_first_key_binds_the_database_and_another_is_refused(
    database: Database, keyring: Keyring, refuses: Refuses
) -> None:
    assert not codes.has_master_key(database)
    codes.bind_master_key(database, keyring)
    assert codes.has_master_key(database)
    codes.bind_master_key(database, keyring)
    codes.bind_master_key(database, Keyring(bytes(range(32))))
    with refuses(UnsafeToRun, "master_key.changed"):
        codes.bind_master_key(database, OTHER_KEY)


def test_the_database_holds_a_fingerprint_and_no_key(database: Database, keyring: Keyring, dump: Dumps) -> None:
    codes.bind_master_key(database, keyring)
    stored = repr(dump(database))
    assert keyring.fingerprint() in stored
    assert bytes(range(32)).hex() not in stored
