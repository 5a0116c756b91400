"""Print jobs and void codes: a range is printed once, again with a reason, and never once it is void."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.batches import printing
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, PrintJob, StopKind, Voided
from suiyuan.trace.batches.printing import PackageRange
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.limits import MAX_NOTE_CHARACTERS
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Actor
from suiyuan.trace.store.database import UnitOfWork
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

UNITS = PackageRange(0, 6, 12)


def print_labels(
    world: World, batch: Batch, which: PackageRange = UNITS, reason: str = "", by: Actor | None = None
) -> PrintJob:
    actor = by or world.actor(world.maker)
    return world.database.write(lambda work: printing.record_print(work, actor, batch.batch_id, which, "pdf", reason))


def void(
    world: World, batch: Batch, which: PackageRange = UNITS, reason: str = "标签被盗", by: Actor | None = None
) -> Voided:
    actor = by or world.actor(world.maker)
    return world.database.write(lambda work: printing.void(work, actor, batch.batch_id, which, reason))


def jobs(world: World, batch: Batch) -> list[PrintJob]:
    with world.database.read() as connection:
        return printing.list_print_jobs(connection, batch.batch_id)


# ---------------------------------------------------------------------------------------------- printing


def test_a_print_job_says_who_printed_what_when_and_is_logged(world: World) -> None:
    batch = world.register_batch()
    job = print_labels(world, batch)
    assert job == PrintJob(batch.batch_id, job.job_id, 0, 6, 12, "pdf", world.maker.party_id, world.clock.now(), "")
    assert jobs(world, batch) == [job]
    with world.database.read() as connection:
        event = ledger.list_events(connection, batch.batch_id)[-1]
    assert (event.kind, event.actor_id) == ("labels.printed", world.maker.party_id)
    assert event.payload == f'{{"form":"pdf","job_id":"{job.job_id}","level":0,"reason":"","span":[6,12]}}'


def test_a_range_is_printed_once_and_again_with_a_reason(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    first = print_labels(world, batch)
    for blank in ("", "  "):
        with refuses(Conflict, "print.printed_before", field="reason", first=6, last=11):
            print_labels(world, batch, reason=blank)
    world.later(minutes=5)
    second = print_labels(world, batch, reason="  卡纸，\n 重印 ")
    assert second.reason == "卡纸， 重印"
    with refuses(Conflict, "print.printed_before"):
        print_labels(world, batch)
    assert jobs(world, batch) == [first, second]


@pytest.mark.parametrize(
    "which",
    [
        PackageRange(0, 11, 12),
        PackageRange(0, 6, 7),
        PackageRange(0, 0, 24),
        PackageRange(0, 8, 10),
        PackageRange(0, 0, 7),
        PackageRange(0, 11, 24),
    ],
    ids=lambda which: f"{which.start}_{which.stop}",
)
def test_a_part_printed_before_needs_a_reason_too(world: World, refuses: Refuses, which: PackageRange) -> None:
    batch = world.register_batch()
    print_labels(world, batch)
    with refuses(Conflict, "print.printed_before", field="reason", first=6, last=11):
        print_labels(world, batch, which)
    assert print_labels(world, batch, which, "补印").reason == "补印"


def test_what_lies_beside_or_on_another_level_or_in_another_batch_is_free(world: World) -> None:
    batch, other = world.register_batch(), world.register_batch()
    print_labels(world, batch)
    for which in (PackageRange(0, 0, 6), PackageRange(0, 12, 24), PackageRange(1, 0, 4), PackageRange(2, 0, 2)):
        assert print_labels(world, batch, which).reason == ""
    assert print_labels(world, other).reason == ""
    assert len(jobs(world, batch)) == 5


OUTSIDE = [
    PackageRange(0, -1, 3),
    PackageRange(0, 3, 3),
    PackageRange(0, 5, 3),
    PackageRange(0, 0, 25),
    PackageRange(0, 24, 25),
    PackageRange(1, 0, 4 + 10 + 1),
    PackageRange(2, 0, 2 + 10 + 1),
    PackageRange(3, 0, 1),
    PackageRange(-1, 0, 1),
]


@pytest.mark.parametrize("which", OUTSIDE, ids=lambda which: f"{which.level}_{which.start}_{which.stop}")
def test_ranges_outside_the_batch_are_refused(world: World, refuses: Refuses, which: PackageRange) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, "print.range", field="start"):
        print_labels(world, batch, which)
    with refuses(InvalidInput, "print.range", field="start"):
        void(world, batch, which)


def test_who_may_neither_print_nor_void(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    unknown = replace(batch, batch_id=uuid4())
    for act in (print_labels, void):
        for party in (world.distributor, world.regulator):
            with refuses(NotAllowed, "access.other_party"):
                act(world, batch, by=world.actor(party))
        with refuses(NotKnown, "batch.unknown", field="batch_id"):
            act(world, unknown)


@pytest.mark.parametrize(
    ("reason", "code"), [("卡\x00纸", "text.malformed"), ("卡" * (MAX_NOTE_CHARACTERS + 1), "text.malformed")]
)
def test_a_reason_is_a_text(world: World, refuses: Refuses, reason: str, code: str) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, code, field="reason"):
        print_labels(world, batch, reason=reason)
    with refuses(InvalidInput, code, field="reason"):
        void(world, batch, reason=reason)


def test_units_that_carry_no_code_have_no_labels_to_print(world: World, refuses: Refuses) -> None:
    new = replace(world.new_batch(world.vet_drug), units_carry_codes=False)
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    with refuses(InvalidInput, "print.range", field="start"):
        print_labels(world, batch)
    assert print_labels(world, batch, PackageRange(1, 0, 4)).stop == 4


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_of_two_who_print_the_same_range_at_once_one_is_refused(world: World) -> None:
    """The second has begun, and seen nothing printed, before the first commits. SQLite lets no two writers begin."""
    batch = world.register_batch()
    actor = world.actor(world.maker)
    rival: list[PrintJob] = []

    def act(work: UnitOfWork) -> PrintJob:
        assert printing.list_print_jobs(work.connection, batch.batch_id) == rival
        if not rival:
            rival.append(print_labels(world, batch))
        return printing.record_print(work, actor, batch.batch_id, UNITS, "zpl")

    with pytest.raises(Conflict) as caught:
        world.database.write(act)
    assert caught.value.code == "print.printed_before"
    assert jobs(world, batch) == rival


# ---------------------------------------------------------------------------------------------- void codes


def test_a_void_range_is_kept_and_logged(world: World) -> None:
    batch = world.register_batch()
    voided = void(world, batch, reason=" 标签 \t被盗 ")
    assert voided == Voided(0, 6, 12, "标签 被盗", world.clock.now())
    assert printing.current_voided(world.database, batch.batch_id) == (voided,)
    with world.database.read() as connection:
        event = ledger.list_events(connection, batch.batch_id)[-1]
    assert (event.kind, event.payload) == ("codes.voided", '{"level":0,"reason":"标签 被盗","span":[6,12]}')


@pytest.mark.parametrize("reason", ["", " \n"])
def test_voiding_needs_a_reason(world: World, refuses: Refuses, reason: str) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, "text.missing", field="reason"):
        void(world, batch, reason=reason)


@pytest.mark.parametrize("which", [UNITS, PackageRange(0, 11, 13), PackageRange(0, 0, 7), PackageRange(0, 0, 24)])
def test_what_is_void_can_be_neither_printed_nor_voided_again(
    world: World, refuses: Refuses, which: PackageRange
) -> None:
    batch = world.register_batch()
    void(world, batch)
    for reason in ("", "无论如何"):
        with refuses(Conflict, "print.voided", field="start"):
            print_labels(world, batch, which, reason)
    with refuses(Conflict, "print.voided", field="start"):
        void(world, batch, which)


def test_beside_what_is_void_all_goes_on(world: World) -> None:
    batch, other = world.register_batch(), world.register_batch()
    void(world, batch)
    for which in (PackageRange(0, 0, 6), PackageRange(0, 12, 24), PackageRange(1, 1, 2)):
        assert print_labels(world, batch, which)
    assert print_labels(world, other)
    assert void(world, batch, PackageRange(0, 12, 13))
    assert void(world, batch, PackageRange(1, 1, 2))
    assert len(printing.current_voided(world.database, batch.batch_id)) == 3


def test_printed_labels_can_be_voided(world: World) -> None:
    batch = world.register_batch()
    job = print_labels(world, batch)
    void(world, batch, PackageRange(0, 8, 9), "印坏")
    assert jobs(world, batch) == [job]


def verdict_of(answers: Answers, code: str) -> tuple[Verdict, ReasonCode]:
    answer = answers.answer(answers.resolve(code))
    return answer.verdict, answer.reasons[0].code


def test_whoever_scans_a_void_code_is_told_to_stop(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    inside = [world.code(batch, Level.UNIT, index) for index in (6, 11)]
    beside = [
        world.code(batch, Level.UNIT, 5),
        world.code(batch, Level.UNIT, 12),
        world.code(batch, Level.CARTON, 6 // 6),
    ]
    for code in (*inside, *beside):
        assert verdict_of(answers, code)[0] is Verdict.GENUINE
    void(world, batch)
    for code in inside:
        assert verdict_of(answers, code) == (Verdict.STOP, ReasonCode.VOIDED)
        assert answers.answer(answers.resolve(code)).reasons[0].values == (("reason", "标签被盗"),)
    for code in beside:
        assert verdict_of(answers, code)[0] is Verdict.GENUINE


def test_a_void_carton_code_leaves_its_units_and_its_pallet_as_they_are(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    void(world, batch, PackageRange(1, 2, 3))
    assert verdict_of(answers, world.code(batch, Level.CARTON, 2)) == (Verdict.STOP, ReasonCode.VOIDED)
    for level, index in ((Level.UNIT, 2), (Level.UNIT, 12), (Level.CARTON, 1), (Level.CARTON, 3), (Level.PALLET, 1)):
        assert verdict_of(answers, world.code(batch, level, index))[0] is Verdict.GENUINE


def test_a_recall_stands_before_void(world: World, answers: Answers) -> None:

    batch = world.register_batch()
    void(world, batch)
    actor = world.actor(world.maker)
    world.database.write(lambda work: batches.stop_batch(work, actor, batch.batch_id, StopKind.RECALL, "渗漏"))
    assert verdict_of(answers, world.code(batch, Level.UNIT, 6)) == (Verdict.STOP, ReasonCode.RECALLED)
