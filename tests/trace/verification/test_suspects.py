"""From looks to a suspect code, to what a regulator decides, to what the public reads and the detector learns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.enforcement.model import LeadKind
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.scans import Asker, CodeKey
from suiyuan.trace.verification.service import Answers, suspects
from suiyuan.trace.verification.signals.model import PlaceBasis, SignalKind, Suspicion
from suiyuan.trace.verification.suspects import Decision, SuspectState, calibration, caution_of

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

FAR = ("640302", "640402", "640502", "640181", "640381")
"""Counties in the north, the middle and the south of Ningxia."""

ELSEWHERE = ("640323", "640424", "640522", "640205", "640303", "640425")
"""Others, as far apart."""


def on_sale(world: World) -> tuple[Batch, str, CodeKey]:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch, world.code(batch, Level.UNIT, 7), (batch.batch_id, 0, 7)


def look(world: World, answers: Answers, code: str, county: str, telephone: str) -> None:
    """Somebody in a county looks with a telephone; the next one does half an hour later."""
    world.clock.instant += timedelta(minutes=30)
    asker = Asker(telephone, county, PlaceBasis.CONSENT if county else PlaceBasis.NONE)
    answers.record_scan_and_wait(answers.resolve(code), "page", asker)


def copied(world: World, answers: Answers) -> tuple[Batch, str, CodeKey]:
    """A code that was looked at in counties far apart within hours."""
    batch, code, key = on_sale(world)
    for number, county in enumerate(FAR):
        look(world, answers, code, county, f"telephone {number}")
    answers.filing.file()
    return batch, code, key


def verdict(answers: Answers, code: str) -> tuple[Verdict, ReasonCode]:
    answer = answers.answer(answers.resolve(code))
    return answer.verdict, answer.reasons[0].code


def test_looks_far_apart_make_a_code_suspect_and_no_other(world: World, answers: Answers) -> None:
    batch, code, key = copied(world, answers)
    assert verdict(answers, code) == (Verdict.SUSPECT, ReasonCode.POSSIBLY_COPIED)
    assert verdict(answers, world.code(batch, Level.UNIT, 8))[0] is Verdict.GENUINE
    with world.database.read() as connection:
        (found,) = suspects.list_suspects(connection, world.actor(world.regulator))
        file = suspects.require_suspect(connection, world.actor(world.regulator), key)
        assert suspects.codes_of(connection, world.keyring, [found]) == [code]
    assert (found.key, found.suspicion, found.state, found.looks) == (key, Suspicion.SUSPECT, SuspectState.OPEN, 5)
    assert SignalKind.IMPOSSIBLE_TRAVEL in {each.kind for each in found.signals}
    assert {each.region_code for each in file.looks} == set(FAR)
    told = {look_id for each in found.signals for look_id in each.look_ids}
    assert told <= {str(each.position) for each in file.looks}


def test_one_family_that_looks_often_is_no_signal(world: World, answers: Answers) -> None:
    _, code, _ = on_sale(world)
    home = world.outlet.region_code
    for number in range(12):
        look(world, answers, code, home, f"telephone {number % 3}")
    answers.filing.file()
    assert verdict(answers, code)[0] is Verdict.GENUINE
    assert answers.recorder.state((answers.resolve(code).require_batch_id("code"), 0, 7)).suspicion is Suspicion.NONE
    with world.database.read() as connection:
        assert suspects.list_suspects(connection, world.actor(world.regulator)) == []


def test_what_is_told_at_a_second_look_of_the_day_holds_for_the_first(world: World, answers: Answers) -> None:
    """Repeats weigh nothing: the county would be lost."""
    _, code, key = on_sale(world)
    for number, county in enumerate(FAR):
        look(world, answers, code, "", f"telephone {number}")
        look(world, answers, code, county, f"telephone {number}")
    answers.filing.file()
    assert answers.recorder.state(key).suspicion is Suspicion.SUSPECT


def test_looks_without_a_place_say_nothing(world: World, answers: Answers) -> None:
    _, code, key = on_sale(world)
    for number in range(12):
        look(world, answers, code, "", f"telephone {number}")
    answers.filing.file()
    assert answers.recorder.state(key).suspicion is None


def test_cartons_are_looked_at_all_along_their_way(world: World, answers: Answers) -> None:
    batch, _, _ = on_sale(world)
    for number, county in enumerate(FAR):
        look(world, answers, world.code(batch, Level.CARTON), county, f"telephone {number}")
    answers.filing.file()
    with world.database.read() as connection:
        assert suspects.list_suspects(connection, world.actor(world.regulator)) == []


def test_a_dealer_who_had_the_pack_is_explained_by_the_record(world: World, answers: Answers) -> None:
    batch = world.register_batch(size=24)
    code = world.code(batch, Level.UNIT, 3)
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    for party in (world.distributor, world.outlet):
        if party is world.outlet:
            world.hand_over(world.distributor, world.outlet, world.goods(batch))
        world.clock.instant += timedelta(minutes=5)
        asker = answers.asker("scanner", party.party_id)
        assert (asker.site_id, asker.region_code) == (party.party_id, party.region_code)
        answers.record_scan_and_wait(answers.resolve(code), "page", asker)
    answers.filing.file()
    with world.database.read() as connection:
        assert suspects.list_suspects(connection, world.actor(world.regulator)) == []


def test_what_was_dismissed_is_told_no_more_until_looks_add_to_it(world: World, answers: Answers) -> None:
    _, code, key = copied(world, answers)
    regulator = world.actor(world.regulator)
    before = world.database.write(lambda work: suspects.dismiss(work, regulator, key, "合作社在各县分发"))
    assert (before.state, before.reason) == (SuspectState.DISMISSED, "合作社在各县分发")
    assert verdict(answers, code)[0] is Verdict.GENUINE
    look(world, answers, code, FAR[-1], "telephone 4")
    answers.filing.file()
    assert verdict(answers, code)[0] is Verdict.GENUINE
    for number, county in enumerate(ELSEWHERE):
        look(world, answers, code, county, f"another telephone {number}")
    answers.filing.file()
    assert verdict(answers, code) == (Verdict.SUSPECT, ReasonCode.POSSIBLY_COPIED)
    with world.database.read() as connection:
        (again,) = suspects.list_suspects(connection, regulator)
    assert again.copied_odds > before.copied_odds


def test_what_was_confirmed_is_a_lead_and_stays_suspect(world: World, answers: Answers) -> None:
    batch, code, key = copied(world, answers)
    regulator = world.actor(world.regulator)
    found, lead = world.database.write(lambda work: suspects.confirm(work, regulator, key, "两店各有一包"))
    assert (lead.kind, lead.batch_id, lead.maker_id) == (LeadKind.SUSPECTED_COPY, batch.batch_id, batch.maker_id)
    assert (found.state, found.lead_number) == (SuspectState.CONFIRMED, lead.lead_number)
    assert "两店各有一包" in lead.summary
    look(world, answers, code, world.outlet.region_code, "telephone 9")
    answers.filing.file()
    assert verdict(answers, code)[0] is Verdict.SUSPECT
    with world.database.read() as connection:
        (event,) = ledger.list_events(connection, found.suspect_id)
        assert "suspect" not in {each.kind.partition(".")[0] for each in ledger.list_events(connection, key[0])}
        known = suspects.experience(connection, regulator)
    assert (event.kind, event.actor_id) == ("suspect.confirmed", world.regulator.party_id)
    assert (known.decided, known.confirmed, known.caution) == (1, 1, 1.0)


def test_who_may_decide_and_what_is_refused(world: World, answers: Answers, refuses: Refuses) -> None:
    _, _, key = copied(world, answers)
    regulator = world.actor(world.regulator)
    for actor in (world.actor(world.maker), world.actor(world.outlet), world.actor(world.agency)):
        with refuses(NotAllowed, "access.role"):
            world.database.write(lambda work, actor=actor: suspects.dismiss(work, actor, key, "查清"))
        with world.database.read() as connection, pytest.raises(NotAllowed):
            suspects.list_suspects(connection, actor)
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.database.write(lambda work: suspects.confirm(work, regulator, key, " "))
    with refuses(NotKnown, "suspect.unknown"):
        world.database.write(lambda work: suspects.dismiss(work, regulator, (key[0], 0, 8), "查清"))
    world.database.write(lambda work: suspects.dismiss(work, regulator, key, "查清"))
    with refuses(Conflict, "suspect.state"):
        world.database.write(lambda work: suspects.confirm(work, regulator, key, "又查"))


DECISIONS = st.lists(st.builds(Decision, st.floats(1e-3, 1e9), st.booleans()), max_size=40)


@given(DECISIONS)
def test_experience_only_makes_the_service_more_careful(decisions: list[Decision]) -> None:
    assert 0 < caution_of(decisions) <= 1
    assert caution_of([*decisions, Decision(10.0, is_confirmed=False)]) <= caution_of(decisions) + 1e-9
    assert sum(each.decided for each in calibration(decisions)) == len(decisions)


def test_dismissals_lower_stated_odds_to_what_is_found() -> None:
    """Stated at 9 to 1, found at 1 to 1: in the long run the odds are divided by nine."""
    many = [Decision(9.0, is_confirmed=number % 2 == 0) for number in range(4_000)]
    assert 9.0 * caution_of(many) == pytest.approx(1.0, rel=0.02)
    assert caution_of(many[:2]) > 0.3
    (found,) = calibration(many)
    assert (found.low, found.stated, found.confirmed) == (0.9, pytest.approx(0.9), 0.5)
