"""Reports of buyers: leads, looked up by number and check; nothing of the buyer reaches the log or outlives it."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import LeadKind, LeadState, NewLead
from suiyuan.trace.enforcement.reports import service as reports
from suiyuan.trace.enforcement.reports.attempts import count
from suiyuan.trace.enforcement.reports.model import (
    ALL_ALLOWANCES,
    MAX_PHOTOS,
    AttemptKind,
    NewReport,
    Position,
    Received,
    Trouble,
)
from suiyuan.trace.enforcement.reports.sealing import seal, unseal
from suiyuan.trace.kernel.errors import InvalidInput, NotAllowed, NotKnown, TooMany, UnsafeToRun
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices

from .reporting import HERE, NEW, TELEPHONE, THERE, all_leads, close, lead_of, look_up, read, send, send_code

if TYPE_CHECKING:
    from suiyuan.trace.store.database import UnitOfWork
    from tests.support.protocols import Dumps, Refuses
    from tests.support.world import World

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
POSITION = Position(Decimal("38.49"), Decimal("106.23"))


def test_a_report_is_a_lead_with_the_report_beside_it(world: World) -> None:
    photos = (b"\xff\xd8one", b"\xff\xd8two")
    new = replace(NEW, troubles=(Trouble.OTHER, Trouble.LOOKS_DIFFERENT), telephone=TELEPHONE, photos=photos)
    received = send(world, replace(new, position=POSITION, code_text="扫不出来"))
    assert received.lead_number == "L20261124-0001"
    assert received.reference.startswith("L20261124-0001-")
    lead = lead_of(world, received)
    assert (lead.kind, lead.state, lead.region_code) == (LeadKind.CONSUMER_REPORT, LeadState.OPEN, "640221")
    assert (lead.opened_by_id, lead.batch_id, lead.maker_id, lead.outlet_id) == (None, None, None, None)
    found = read(world, received)
    assert found.telephone == TELEPHONE
    assert found.reference == received.reference
    report = found.report
    assert report.troubles == (Trouble.LOOKS_DIFFERENT, Trouble.OTHER)
    assert (report.code_text, report.code, report.words) == ("扫不出来", "", NEW.words)
    assert (report.position, report.photos, report.erased_at) == (POSITION, 2, None)
    with world.database.read() as connection:
        actor = world.actor(world.agency)
        assert [reports.require_photo(connection, actor, lead.lead_id, number) for number in (1, 2)] == list(photos)
        (notice,) = notices.list_notices(connection, world.regulator.party_id)
        assert json.loads(notice.facts)["lead_number"] == lead.lead_number


@SQLITE
def test_what_is_known_of_the_code_stands_on_the_lead(world: World) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.sell(world.outlet, world.goods(batch, (0, 1)))
    code = world.code(batch)
    without = replace(NEW, region_code="")
    before = len(_events(world, batch.batch_id))
    sold = lead_of(world, send(world, replace(without, code_text=f"https://x.example/c/{code}")))
    assert (sold.batch_id, sold.maker_id) == (batch.batch_id, world.maker.party_id)
    assert (sold.outlet_id, sold.region_code) == (world.outlet.party_id, "640221")
    assert code in sold.summary
    at_maker = lead_of(world, send(world, replace(without, code_text=world.code(batch, index=20))))
    assert (at_maker.maker_id, at_maker.outlet_id, at_maker.region_code) == (world.maker.party_id, None, "640000")
    unknown = lead_of(world, send(world, replace(without, code_text=code[:-1] + "0123456789"[int(code[-1]) - 9])))
    assert (unknown.batch_id, unknown.maker_id, unknown.region_code) == (None, None, "640000")
    assert len(_events(world, batch.batch_id)) == before, "the maker reads its batch's chain"


def _events(world: World, subject_id: UUID) -> list[str]:
    with world.database.read() as connection:
        return [each.payload for each in ledger.list_events(connection, subject_id)]


@SQLITE
def test_the_log_has_what_can_be_proved_and_nothing_of_the_buyer(world: World, dump: Dumps) -> None:
    new = replace(NEW, telephone=TELEPHONE, position=POSITION, code_text="我叫马建国", photos=(b"\xff\xd8",))
    lead = lead_of(world, send(world, new))
    (payload,) = _events(world, lead.lead_id)
    found = json.loads(payload)
    assert found["troubles"] == ["looks_different"]
    assert len(found["words_digest"]) == 64
    assert found["photo_digests"] == [hashlib.sha256(b"\xff\xd8").hexdigest()]
    for secret in (TELEPHONE, NEW.words, "马建国", "38.49", HERE):
        assert secret not in payload
    rows = dump(world.database)
    assert TELEPHONE not in str(rows), "the telephone is sealed wherever it is kept"
    assert HERE not in str(rows)


def test_the_state_is_known_to_who_has_number_and_check(world: World) -> None:
    received = send(world, replace(NEW, telephone=TELEPHONE, position=POSITION))
    status = look_up(world, received.reference.lower())
    assert (status.state, status.received_on, status.closed_on) == (LeadState.OPEN, world.today(), None)
    lead = lead_of(world, received)
    taken = world.actor(world.agency)
    world.database.write(lambda work: enforcement.take_up(work, taken, lead.lead_id, "内部意见"))
    assert look_up(world, received.reference).state is LeadState.TAKEN_UP
    world.later(days=1)
    close(world, received, "已核查，是正品，新包装。")
    status = look_up(world, received.reference)
    assert (status.state, status.closed_on) == (LeadState.CLOSED, world.today())
    assert status.public_answer == "已核查，是正品，新包装。"
    assert "查无实据" not in str(status)
    events = _events(world, lead.lead_id)
    assert json.loads(events[-1]) == {"reason": "查无实据", "public_answer": "已核查，是正品，新包装。"}
    found = read(world, received)
    assert (found.telephone, found.report.has_telephone, found.report.position) == ("", False, None)
    assert found.report.erased_at == world.clock.now()
    assert found.report.words == NEW.words


@SQLITE
def test_numbers_cannot_be_walked_through(world: World) -> None:
    received = send(world)
    number, check = received.reference[:-5], received.reference[-4:]
    wrong = "0000" if check != "0000" else "1111"
    for reference in (number, f"{number}-{wrong}", "L20261124-0002-0000", "x", "", "\x00", "L" * 5_000) + ("y",) * 3:
        with pytest.raises(NotKnown, match=r"report\.unknown"):
            look_up(world, reference)
    with pytest.raises(TooMany) as refused:
        look_up(world, received.reference)
    assert refused.value.evidence == {"retry_after_seconds": 3_600, "minutes": 60}
    assert look_up(world, received.reference, THERE).state is LeadState.OPEN, "somebody else is not in the way"
    world.later(hours=1)
    assert look_up(world, received.reference).state is LeadState.OPEN
    assert send(world).lead_number.endswith("-0002"), "wrong checks do not count as reports"


@SQLITE
def test_a_lead_of_another_kind_cannot_be_looked_up(world: World, refuses: Refuses) -> None:
    new = NewLead(LeadKind.FAILED_SPOT_CHECK, "640221", "NX-1")
    lead = world.database.write(lambda work: enforcement.open_lead(work, world.actor(world.agency), new))
    with pytest.raises(NotKnown, match=r"report\.unknown"):
        look_up(world, f"{lead.lead_number}-0000")
    with refuses(NotKnown, "report.none", field="lead_id"):
        read(world, Received(lead.lead_number, "", lead.opened_at))
    with refuses(InvalidInput, "report.no_buyer", field="public_answer"):
        close(world, Received(lead.lead_number, "", lead.opened_at), "谢谢")


def test_a_sending_is_taken_once(world: World, dump: Dumps) -> None:
    new = replace(NEW, sent_id=uuid4())
    first = send(world, new)
    before = dump(world.database)
    assert send(world, new) == first
    assert send(world, new, THERE) == first
    assert dump(world.database) == before
    assert send(world, replace(new, sent_id=uuid4())).lead_number != first.lead_number


@SQLITE
def test_five_an_hour_and_twenty_a_day_of_one_source(world: World, refuses: Refuses) -> None:
    for hour in range(4):
        for minute in range(5):
            send(world)
            world.later(minutes=1 if minute < 4 else 0)
        # An hour after the first of five; at midnight, when it is 19:04, after the twentieth.
        with refuses(TooMany, "report.too_many", retry_after_seconds=3_360 if hour < 3 else 17_760):
            send(world)
        world.later(minutes=56)
    send(world, address=THERE)
    world.later(hours=4)
    send(world)
    assert len(all_leads(world)) == 22


@SQLITE
def test_all_sources_together_are_bounded_too(world: World, refuses: Refuses) -> None:
    (hourly, daily) = ALL_ALLOWANCES[AttemptKind.REPORT]
    assert daily.attempts >= hourly.attempts > 0

    def many(work: UnitOfWork) -> None:
        for number in range(hourly.attempts):
            count(work, world.keyring, AttemptKind.REPORT, f"192.0.2.{number}")

    world.database.write(many)
    with refuses(TooMany, "report.too_many", retry_after_seconds=3_600):
        send(world, address=THERE)
    world.later(hours=1)
    send(world, address=THERE)


@SQLITE
def test_what_is_counted_is_dropped_after_a_day_and_its_salt_with_it(world: World, dump: Dumps) -> None:
    send(world)
    yesterday = dump(world.database)["report_salt"]
    world.later(days=1, seconds=1)
    send(world)
    rows = dump(world.database)
    assert len(rows["report_attempt"]) == 1
    assert len(rows["report_salt"]) == 1
    assert rows["report_salt"] != yesterday


def test_of_two_at_once_only_one_is_the_last(world: World) -> None:
    for _ in range(4):
        send(world)
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            outcomes.append(send(world).lead_number)
        except TooMany as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["L20261124-0005", "report.too_many", "report.too_many"]


@SQLITE
def test_what_no_report_can_be(world: World, refuses: Refuses) -> None:
    wrong: list[tuple[NewReport, str, str]] = [
        (replace(NEW, troubles=()), "report.trouble", "troubles"),
        (replace(NEW, code_text="x" * 4_297), "text.malformed", "code"),
        (replace(NEW, words="长" * 2_001), "text.malformed", "words"),
        (replace(NEW, region_code="649999"), "region.unknown", "region_code"),
        (replace(NEW, telephone="没有"), "report.telephone", "telephone"),
        (replace(NEW, photos=(b"x",) * (MAX_PHOTOS + 1)), "report.photos", "photos"),
    ]
    for new, code, field in wrong:
        with refuses(InvalidInput, code, field=field):
            send(world, new)


@SQLITE
def test_only_authorities_read_a_report_and_only_regulators_its_telephone(world: World, refuses: Refuses) -> None:
    received = send(world, replace(NEW, telephone=TELEPHONE, photos=(b"\xff\xd8",)))
    lead = lead_of(world, received)
    agency = read(world, received, world.agency)
    assert (agency.telephone, agency.report.has_telephone) == ("", True)
    for party in (world.maker, world.outlet):
        with refuses(NotAllowed, "access.role"):
            read(world, received, party)
        with refuses(NotAllowed, "access.role"), world.database.read() as connection:
            reports.require_photo(connection, world.actor(party), lead.lead_id, 1)
    for number in (0, 2, -1, 2**70):
        with refuses(NotKnown, "report.photo_unknown", field="number"), world.database.read() as connection:
            reports.require_photo(connection, world.actor(world.agency), lead.lead_id, number)


@SQLITE
def test_a_telephone_sealed_with_another_key_is_not_opened(world: World) -> None:
    lead_id = uuid4()
    sealed = seal(world.keyring, lead_id, TELEPHONE)
    assert unseal(world.keyring, lead_id, sealed) == TELEPHONE
    assert seal(world.keyring, lead_id, TELEPHONE) != sealed
    for keyring, other in ((Keyring(bytes(32)), lead_id), (world.keyring, uuid4())):
        with pytest.raises(UnsafeToRun, match=r"report\.sealed"):
            unseal(keyring, other, sealed)


def test_complaints_count_codes_not_reports(world: World) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    long_ago = world.clock.now()
    for code in (world.code(batch), world.code(batch), world.code(batch, index=1), world.code(batch, index=20)):
        send_code(world, code, THERE)
    send_code(world, "没有码")
    with world.database.read() as connection:
        found = enforcement.complaints_by_party(connection, long_ago)
        later = enforcement.complaints_by_party(connection, world.clock.now().replace(year=2027))
    assert found == {world.maker.party_id: 3, world.outlet.party_id: 2}
    assert later == {}
