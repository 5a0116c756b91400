"""Notices: written with what they tell of, read by nobody but their party."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices
from suiyuan.trace.parties.model import NewNotice, Notice, NoticeKind, Party

if TYPE_CHECKING:
    from tests.support.protocols import Refuses, Unchanged
    from tests.support.world import World


def tell(world: World, *parties: Party, number: int = 1) -> list[Notice]:
    new = [NewNotice(each.party_id, NoticeKind.LEAD_OPENED, {"number": number}) for each in parties]
    return world.database.write(lambda work: notices.notify(work, new))


def listed(world: World, party: Party, is_unread: bool | None = None) -> list[Notice]:
    with world.database.read() as connection:
        return notices.list_notices(connection, party.party_id, is_unread=is_unread)


def unread(world: World, party: Party) -> int:
    with world.database.read() as connection:
        return notices.count_unread(connection, party.party_id)


def read(world: World, notice: Notice, party: Party) -> Notice:
    return world.database.write(
        lambda work: notices.mark_read(work, world.actor(party), party.party_id, notice.notice_id)
    )


def test_each_party_has_its_own(world: World) -> None:
    first, other = tell(world, world.outlet, world.maker)
    world.later(minutes=1)
    (second,) = tell(world, world.outlet, number=2)
    assert listed(world, world.outlet) == [second, first]
    assert listed(world, world.maker) == [other]
    assert listed(world, world.distributor) == []
    assert (first.facts, first.read_at) == ('{"number":1}', None)
    assert (unread(world, world.outlet), unread(world, world.distributor)) == (2, 0)


def test_reading_is_noted_once_with_an_event(world: World, unchanged: Unchanged) -> None:
    (notice,) = tell(world, world.outlet)
    world.later(hours=1)
    noted = read(world, notice, world.outlet)
    assert noted == replace(notice, read_at=world.clock.now())
    assert (listed(world, world.outlet, is_unread=True), listed(world, world.outlet, is_unread=False)) == ([], [noted])
    with world.database.read() as connection:
        event = ledger.list_events(connection, world.outlet.party_id)[-1]
    assert (event.kind, event.actor_id) == ("notice.read", world.outlet.party_id)
    assert str(notice.notice_id) in event.payload
    world.later(hours=1)
    with unchanged(world.database):
        assert read(world, notice, world.outlet) == noted


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_nobody_reads_or_marks_another_partys(world: World, refuses: Refuses) -> None:
    (notice,) = tell(world, world.outlet)
    with refuses(NotKnown, "notice.unknown", field="notice_id"):
        read(world, notice, world.maker)
    with refuses(NotKnown, "notice.unknown", field="notice_id"):
        read(world, replace(notice, notice_id=uuid4()), world.outlet)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: notices.mark_read(work, world.actor(world.maker), world.outlet.party_id, notice.notice_id)
        )


def test_pages_follow_each_other_without_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four made at one instant and one later, two a page."""
    made = tell(world, *[world.outlet] * 4)
    world.later(minutes=1)
    made += tell(world, world.outlet)
    monkeypatch.setattr(limits, "MAX_PAGE_ROWS", 2)
    found: list[Notice] = []
    before = None
    while True:
        with world.database.read() as connection:
            some = notices.list_notices(connection, world.outlet.party_id, before)
        if not some:
            break
        assert len(some) <= 2
        found += some
        before = (some[-1].created_at, some[-1].notice_id)
    assert len(found) == 5
    assert found[0] == made[-1]
    assert {each.notice_id for each in found} == {each.notice_id for each in made}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_nothing_is_told_of_what_was_rolled_back(world: World, unchanged: Unchanged) -> None:
    class Broken(Exception):
        pass

    def act(work: object) -> None:
        notices.notify(work, [NewNotice(world.outlet.party_id, NoticeKind.LEAD_OPENED, {})])  # type: ignore[arg-type]
        raise Broken

    with unchanged(world.database), pytest.raises(Broken):
        world.database.write(act)
    with unchanged(world.database):
        assert world.database.write(lambda work: notices.notify(work, [])) == []
