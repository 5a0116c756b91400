"""Files of codes issued elsewhere: all or nothing, unseen until finished, and resumed wherever they were cut off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suiyuan.trace.batches import code_lists
from suiyuan.trace.batches.code_lists import CodeFile
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes import importing
from suiyuan.trace.codes import service as codes
from suiyuan.trace.codes.importing import NumberedLine
from suiyuan.trace.codes.model import Import, Level, Scheme
from suiyuan.trace.codes.service import Outcome
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown, SuiyuanError
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Actor
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses, Unchanged
    from tests.support.world import World

T = TypeVar("T")

_numbers = count(1)


def vet_code(number: int) -> str:
    """A nationally issued code; as with random ones, the order of the file is not that of the codes."""
    return f"20261001{number * 61_803 % 100_000:05d}{number:011d}"


def fresh(how_many: int) -> list[str]:
    """Codes that no test has used yet."""
    return [vet_code(next(_numbers)) for _ in range(how_many)]


def digest_of(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def numbered(lines: Sequence[str]) -> list[NumberedLine]:
    """As a reader of files gives them: from 1, blank lines left out but counted."""
    return [(number, line) for number, line in enumerate(lines, start=1) if line]


def listed(lines: Sequence[str], name: str = "codes.txt") -> CodeFile:
    return CodeFile(name, digest_of(lines), lambda: numbered(lines))


class Cut(Exception):
    """The power went."""


def cut_before(lines: Sequence[str], cut: int) -> CodeFile:
    """The same file, but reading ends in a fault before its line at place `cut`."""

    def read() -> Iterator[NumberedLine]:
        for place, line in enumerate(numbered(lines)):
            if place == cut:
                raise Cut
            yield line
        raise Cut

    return replace(listed(lines), lines=read)


def take(
    world: World,
    batch: Batch,
    file: CodeFile,
    level: Level = Level.UNIT,
    by: Actor | None = None,
    progress: Callable[[int], None] = lambda lines_read: None,
) -> int:
    actor = by or world.actor(world.maker)
    return code_lists.import_code_file(world.database, actor, batch.batch_id, level, file, progress)


def interrupt(world: World, batch: Batch, lines: Sequence[str], cut: int, level: Level = Level.UNIT) -> None:
    with pytest.raises(Cut):
        take(world, batch, cut_before(lines, cut), level)


def take_list(world: World, batch: Batch, lines: Sequence[str]) -> int:
    actor = world.actor(world.maker)
    return world.database.write(lambda work: code_lists.import_codes(work, actor, batch.batch_id, Level.UNIT, lines))


def places(world: World, lines: Sequence[str]) -> list[tuple[object, Level, int] | None]:
    """Where each code leads, None for an unknown one."""
    found = [world.resolver.resolve(line) for line in lines]
    return [None if each.outcome is Outcome.UNKNOWN else (each.batch_id, each.level, each.index) for each in found]


def in_order(batch: Batch, how_many: int, first: int = 0, level: Level = Level.UNIT) -> list[object]:
    return [(batch.batch_id, level, index) for index in range(first, first + how_many)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_LINES", 4)
    monkeypatch.setattr(importing, "LOOK_UP_CODES", 3)


@pytest.fixture
def batch(world: World) -> Batch:
    return world.register_batch(world.vet_drug, size=24)


# ---------------------------------------------------------------------------------------------- whole files


def test_a_file_is_taken_whole_in_its_order(world: World, batch: Batch) -> None:
    lines = fresh(11)
    assert lines != sorted(lines)
    read: list[int] = []
    assert take(world, batch, listed(lines), progress=read.append) == 11
    assert places(world, lines) == in_order(batch, 11)
    assert [world.code(batch, Level.UNIT, index) for index in range(11)] == lines
    assert read == [4, 8, 11]
    with world.database.read() as connection:
        events = ledger.list_events(connection, batch.batch_id)
    assert [event.kind for event in events] == ["batch.registered", "codes.imported"]
    assert events[-1].payload == f'{{"count":11,"file_digest":"{digest_of(lines)}","level":0}}'
    assert events[-1].actor_id == world.maker.party_id


def test_files_of_one_level_follow_each_other_and_levels_count_apart(world: World, batch: Batch) -> None:
    first, cartons, second = fresh(5), fresh(4), fresh(6)
    take(world, batch, listed(first))
    take(world, batch, listed(cartons), Level.CARTON)
    take(world, batch, listed(second))
    assert places(world, first + second) == in_order(batch, 11)
    assert places(world, cartons) == in_order(batch, 4, level=Level.CARTON)


def test_blank_lines_count_in_the_numbers_and_take_no_place(world: World, batch: Batch, refuses: Refuses) -> None:
    one, two, three = fresh(3)
    assert take(world, batch, listed(["", one, "", "", two, ""])) == 2
    assert places(world, [one, two]) == in_order(batch, 2)
    with refuses(InvalidInput, "code.line_malformed", line=4, given="x"):
        take(world, batch, listed(["", three, "", "x"]))


@pytest.mark.parametrize("lines", [[], ["", "", ""]], ids=["none", "blank"])
def test_a_file_without_codes_is_refused(world: World, batch: Batch, refuses: Refuses, lines: list[str]) -> None:
    with refuses(InvalidInput, "code.none_given", field="codes"):
        take(world, batch, listed(lines))


# ---------------------------------------------------------------------------------------------- bad lines


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        (1, "2026100100000"),
        (4, "20261301" + "0" * 16),
        (5, "2026100100000000000000000"),
        (9, "追溯码"),
        (11, "2026100100000000000000Ox"),
    ],
    ids=["short", "no_such_month", "long", "heading", "letters"],
)
def test_a_malformed_line_is_named_and_nothing_is_left(
    world: World, batch: Batch, refuses: Refuses, line: int, bad: str
) -> None:
    lines = fresh(11)
    lines[line - 1] = bad
    with refuses(InvalidInput, "code.line_malformed", field="codes", line=line, given=bad, count=1):
        take(world, batch, listed(lines))
    assert places(world, [each for each in lines if each != bad]) == [None] * 10


@pytest.mark.parametrize(
    ("line", "of"), [(2, 1), (4, 1), (5, 1), (5, 4), (11, 1), (11, 9)], ids=lambda number: str(number)
)
def test_a_repeated_line_is_named_within_a_chunk_and_across(
    world: World, batch: Batch, refuses: Refuses, line: int, of: int
) -> None:
    lines = fresh(11)
    lines[line - 1] = lines[of - 1]
    with refuses(InvalidInput, "code.line_repeated", field="codes", line=line, given=lines[of - 1]):
        take(world, batch, listed(lines))
    assert places(world, lines) == [None] * 11


@pytest.mark.parametrize("line", [1, 3, 4, 5, 11])
def test_a_code_imported_before_is_named_whoever_brought_it(
    world: World, batch: Batch, refuses: Refuses, line: int
) -> None:
    other = world.register_batch(world.vet_drug)
    mine, theirs = fresh(3), fresh(3)
    take(world, batch, listed(mine))
    take(world, other, listed(theirs))
    for given_before in (mine[1], theirs[2]):
        lines = fresh(11)
        lines[line - 1] = given_before
        with refuses(Conflict, "code.imported_before", field="codes", line=line, given=given_before):
            take(world, batch, listed(lines))
    assert places(world, mine) == in_order(batch, 3)
    assert places(world, theirs) == in_order(other, 3)


def refusal(act: Callable[[], object]) -> SuiyuanError:
    with pytest.raises(SuiyuanError) as caught:
        act()
    return caught.value


def test_every_bad_line_is_told_in_one_refusal_in_the_files_order(world: World, batch: Batch) -> None:
    before = fresh(1)
    take(world, batch, listed(before))
    lines = fresh(14)
    lines[12], lines[9], lines[6], lines[1] = "x", lines[8], before[0], "y"
    error = refusal(lambda: take(world, batch, listed(lines)))
    assert (type(error), error.code, error.evidence["line"]) == (InvalidInput, "code.line_malformed", 2)
    assert error.evidence["count"] == 4
    assert error.evidence["codes"] == [
        "2: line_malformed: y",
        f"7: imported_before: {before[0]}",
        f"10: line_repeated: {lines[8]}",
        "13: line_malformed: x",
    ]


def test_codes_imported_before_are_all_named_with_their_lines(world: World, batch: Batch) -> None:
    before = fresh(2)
    take(world, batch, listed(before))
    lines = fresh(9)
    lines[2], lines[7] = before
    error = refusal(lambda: take(world, batch, listed(lines)))
    assert (type(error), error.code) == (Conflict, "code.imported_before")
    assert error.evidence.get("count") == 2
    assert error.evidence.get("codes") == [f"3: imported_before: {before[0]}", f"8: imported_before: {before[1]}"]


@pytest.mark.parametrize("kind", ["malformed", "repeated", "before"])
def test_the_sentence_names_the_line(world: World, batch: Batch, kind: str) -> None:
    """The command line prints the sentence and no evidence."""
    before = fresh(1)
    take(world, batch, listed(before))
    lines = fresh(11)
    lines[7] = {"malformed": "兽药", "repeated": lines[0], "before": before[0]}[kind]
    error = refusal(lambda: take(world, batch, listed(lines)))
    given_code = lines[7]
    assert "8" in error.text("zh").replace(given_code, "")
    assert "8" in error.text("en").replace(given_code, "")


def test_one_line_with_two_faults_counts_once(world: World, batch: Batch) -> None:
    before = fresh(1)
    take(world, batch, listed(before))
    lines = [*fresh(1), before[0], before[0]]
    error = refusal(lambda: take(world, batch, listed(lines)))
    named = error.evidence["codes"]
    assert isinstance(named, list)
    assert [each.split(":")[0] for each in named] == ["2", "3"]


def test_reading_stops_at_a_hundred_bad_lines(world: World, batch: Batch, refuses: Refuses) -> None:
    read: list[int] = []

    def lines() -> Iterator[NumberedLine]:
        for number in range(1, 1_001):
            read.append(number)
            yield number, f"bad {number}"

    with refuses(InvalidInput, "code.line_malformed", line=1, count=100):
        take(world, batch, CodeFile("bad.txt", "0" * 64, lines))
    assert len(read) == importing.MAX_FAULTS == 100


def test_a_fault_of_the_reader_leaves_nothing_behind(world: World, batch: Batch, refuses: Refuses) -> None:
    """A file that turns out to be GBK after the first chunks."""
    lines = fresh(9)

    def read() -> Iterator[NumberedLine]:
        yield from numbered(lines)
        raise InvalidInput("file.not_utf8", field="codes.txt")

    with refuses(InvalidInput, "file.not_utf8", field="codes.txt"):
        take(world, batch, replace(listed(lines), lines=read))


def test_a_file_that_was_refused_can_be_mended_and_given_again(world: World, batch: Batch) -> None:
    lines = fresh(11)
    bad = [*lines[:8], "x", *lines[9:]]
    for _ in range(2):
        assert refusal(lambda: take(world, batch, listed(bad))).code == "code.line_malformed"
    assert take(world, batch, listed(lines)) == 11
    assert places(world, lines) == in_order(batch, 11)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_file_is_taken_or_refused_as_a_plain_check_says(
    world: World, unchanged: Unchanged, data: st.DataObject
) -> None:
    """Each line is a new code, one of the file's own, one of an earlier file, or no code."""
    batch = world.register_batch(world.vet_drug, size=24)
    before = fresh(2)
    take(world, batch, listed(before))
    lines: list[str] = []
    expected: dict[int, str] = {}
    kinds = data.draw(st.lists(st.sampled_from("nnnnnnnrbx"), min_size=1, max_size=14))
    for number, kind in enumerate(kinds, start=1):
        if kind == "r" and lines:
            lines.append(data.draw(st.sampled_from(lines)))
        else:
            lines.append({"b": before[0], "x": "x"}.get(kind) or fresh(1)[0])
        if lines[-1] == "x":
            expected[number] = "line_malformed"
        elif lines[-1] in lines[:-1] and lines[-1] != before[0]:
            expected[number] = "line_repeated"
        elif lines[-1] == before[0]:
            expected[number] = "imported_before"
    if not expected:
        assert take(world, batch, listed(lines)) == len(lines)
        assert places(world, lines) == in_order(batch, len(lines), first=2)
        return
    with unchanged(world.database):
        error = refusal(lambda: take(world, batch, listed(lines)))
    assert error.evidence["line"] == min(expected)
    named = error.evidence.get("codes")
    if isinstance(named, list):
        found = {int(each.split(":")[0]) for each in named}
        # Once a line is bad nothing is stored any more, so a repeat of a line in an earlier chunk may go unnamed.
        unnamed = {expected[line] for line in set(expected) - found}
        assert found <= set(expected)
        assert unnamed <= {"line_repeated"}
    if set(expected.values()) == {"line_malformed"} or set(expected.values()) == {"line_repeated"}:
        assert isinstance(error, InvalidInput)


# ---------------------------------------------------------------------------------------------- room


def test_a_file_may_fill_the_batch_and_no_more(world: World, batch: Batch, refuses: Refuses) -> None:
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=24):
        take(world, batch, listed(fresh(25)))
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=4 + batch.spare_cartons):
        take(world, batch, listed(fresh(5 + batch.spare_cartons)), Level.CARTON)
    assert take(world, batch, listed(fresh(20))) == 20
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=24):
        take(world, batch, listed(fresh(5)))
    assert take(world, batch, listed(fresh(4))) == 4
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=24):
        take(world, batch, listed(fresh(1)))


def test_reading_stops_where_the_batch_is_full(world: World, batch: Batch, refuses: Refuses) -> None:
    lines, read = fresh(200), list[int]()

    def lines_read() -> Iterator[NumberedLine]:
        for line in numbered(lines):
            read.append(line[0])
            yield line

    with refuses(InvalidInput, "code.too_many", capacity=24):
        take(world, batch, replace(listed(lines), lines=lines_read))
    assert len(read) <= 28


def test_an_import_cut_off_beyond_the_batchs_end_is_refused_when_it_goes_on(world: World, batch: Batch) -> None:
    """Killed between the chunk that overflowed and its refusal: no chunk is left to notice it."""
    lines = fresh(4)
    begun = world.database.write(
        lambda work: importing.begin(work, Scheme.VET_DRUG, batch.batch_id, Level.UNIT, "a.txt", digest_of(lines))
    )

    def killed(lines_read: int) -> None:
        raise Cut

    with pytest.raises(Cut):
        importing.import_lines(world.database, begun, numbered(lines), 4, killed)
    again = world.database.write(
        lambda work: importing.begin(work, Scheme.VET_DRUG, batch.batch_id, Level.UNIT, "a.txt", digest_of(lines))
    )
    assert again.lines_read == 4
    with pytest.raises(InvalidInput) as caught:
        importing.import_lines(world.database, again, numbered(lines), 3)
    assert caught.value.code == "code.too_many"


# ---------------------------------------------------------------------------------------------- cut off, resumed


def test_no_code_resolves_before_the_last_line_is_in(world: World, batch: Batch) -> None:
    lines = fresh(11)
    seen: list[list[object]] = []
    take(world, batch, listed(lines), progress=lambda lines_read: seen.append(list(places(world, lines))))
    assert seen == [[None] * 11] * 3
    assert places(world, lines) == in_order(batch, 11)


def test_no_code_is_given_out_before_the_last_line_is_in(world: World, batch: Batch, refuses: Refuses) -> None:
    lines = fresh(11)
    interrupt(world, batch, lines, 9)
    with refuses(NotKnown, "code.not_imported", field="index", index=0):
        world.code(batch, Level.UNIT, 0)
    take(world, batch, listed(lines))
    assert world.code(batch, Level.UNIT, 0) == lines[0]


def test_codes_of_an_unfinished_file_are_not_counted(world: World, batch: Batch) -> None:
    interrupt(world, batch, fresh(11), 9)
    with world.database.read() as connection:
        assert code_lists.count_imported(connection, batch.batch_id, Level.UNIT) == 0


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(cuts=st.lists(st.integers(0, 17), max_size=4), blanks=st.lists(st.booleans(), min_size=16, max_size=16))
def test_cut_off_anywhere_it_goes_on_and_ends_the_same(world: World, cuts: list[int], blanks: list[bool]) -> None:
    batch = world.register_batch(world.vet_drug, size=24)
    given_codes = fresh(16)
    lines = [line for code, blank in zip(given_codes, blanks, strict=True) for line in ([""] if blank else []) + [code]]
    kept = 0
    for cut in cuts:
        interrupt(world, batch, lines, cut)
        kept = max(kept, min(cut, 16) // 4 * 4)
        assert places(world, given_codes) == [None] * 16
    read: list[int] = []
    assert take(world, batch, listed(lines), progress=read.append) == 16
    assert places(world, given_codes) == in_order(batch, 16)
    assert len(read) == (16 - kept) // 4
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    assert kinds == ["batch.registered", "codes.imported"]


def test_a_bad_line_after_the_cut_takes_back_what_was_stored_before(world: World, batch: Batch, dump: Dumps) -> None:
    lines = [*fresh(9), "x", *fresh(1)]
    before = dump(world.database)
    interrupt(world, batch, lines, 9)
    assert dump(world.database) != before
    error = refusal(lambda: take(world, batch, listed(lines)))
    assert (error.code, error.evidence["line"]) == ("code.line_malformed", 10)
    assert dump(world.database) == before


def test_a_line_repeated_from_before_the_cut_is_found_after_it(world: World, batch: Batch) -> None:
    lines = fresh(10)
    lines[9] = lines[1]
    interrupt(world, batch, lines, 5)
    error = refusal(lambda: take(world, batch, listed(lines)))
    assert (error.code, error.evidence["line"]) == ("code.line_repeated", 10)


def test_while_one_file_is_unfinished_another_is_refused(world: World, batch: Batch, refuses: Refuses) -> None:
    lines = fresh(11)
    interrupt(world, batch, lines, 5)
    with refuses(Conflict, "code.import_unfinished", field="file", file="codes.txt"):
        take(world, batch, listed(fresh(2), "other.txt"))
    other = world.register_batch(world.vet_drug)
    for elsewhere, level in ((batch, Level.CARTON), (other, Level.UNIT)):
        assert take(world, elsewhere, listed(fresh(2)), level) == 2
    assert take(world, batch, listed(lines)) == 11
    assert places(world, lines) == in_order(batch, 11)


def test_a_short_list_waits_for_the_unfinished_file_too(world: World, batch: Batch, refuses: Refuses) -> None:
    """Both would take the same package indices."""
    interrupt(world, batch, fresh(11), 5)
    with refuses(Conflict, "code.import_unfinished", field="file", file="codes.txt"):
        take_list(world, batch, fresh(2))


def test_no_acknowledged_code_is_lost_where_a_file_and_a_list_meet(world: World, batch: Batch) -> None:
    lines, short = fresh(11), fresh(2)
    interrupt(world, batch, lines, 5)
    acknowledged: list[str] = []
    for given_codes, act in (
        (short, lambda: take_list(world, batch, short)),
        (lines, lambda: take(world, batch, listed(lines))),
    ):
        try:
            act()
        except SuiyuanError:
            continue
        acknowledged += given_codes
    assert acknowledged
    assert None not in places(world, acknowledged)


def test_an_unfinished_file_can_be_abandoned(world: World, batch: Batch, dump: Dumps) -> None:
    actor = world.actor(world.maker)
    before = dump(world.database)
    lines = fresh(11)
    interrupt(world, batch, lines, 9)
    world.database.write(lambda work: code_lists.abandon_import(work, actor, batch.batch_id, Level.UNIT))
    assert dump(world.database) == before
    other = [*lines[3:], *fresh(2)]
    assert take(world, batch, listed(other)) == 10
    assert places(world, other) == in_order(batch, 10)


def test_what_is_not_unfinished_cannot_be_abandoned(world: World, batch: Batch, refuses: Refuses) -> None:
    def abandon(level: Level = Level.UNIT, by: Actor | None = None, which: Batch = batch) -> None:
        actor = by or world.actor(world.maker)
        world.database.write(lambda work: code_lists.abandon_import(work, actor, which.batch_id, level))

    with refuses(NotKnown, "code.no_import", field="batch_id"):
        abandon()
    take(world, batch, listed(fresh(5)))
    with refuses(NotKnown, "code.no_import"):
        abandon()
    interrupt(world, batch, fresh(11), 5)
    with refuses(NotKnown, "code.no_import"):
        abandon(Level.CARTON)
    with refuses(NotAllowed, "access.other_party"):
        abandon(by=world.actor(world.distributor))
    with refuses(NotKnown, "batch.unknown"):
        abandon(which=replace(batch, batch_id=uuid4()))


def test_the_same_file_is_taken_once_under_any_name(world: World, batch: Batch, refuses: Refuses) -> None:
    lines = fresh(5)
    take(world, batch, listed(lines, "first.csv"))
    with refuses(Conflict, "code.file_imported_before", field="file", file="first.csv"):
        take(world, batch, listed(lines, "second.csv"))


def test_who_may_not_import_and_where(world: World, batch: Batch, refuses: Refuses) -> None:
    for party in (world.distributor, world.regulator):
        with refuses(NotAllowed, "access.other_party"):
            take(world, batch, listed(fresh(1)), by=world.actor(party))
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        take(world, replace(batch, batch_id=uuid4()), listed(fresh(1)))


# ---------------------------------------------------------------------------------------------- two at once


def test_the_same_file_given_twice_at_once_loses_nothing(world: World, batch: Batch) -> None:
    """The second process has begun when the first goes through the whole file and finishes."""
    lines = fresh(11)

    def read() -> Iterator[NumberedLine]:
        assert take(world, batch, listed(lines)) == 11
        yield from numbered(lines)

    assert isinstance(refusal(lambda: take(world, batch, replace(listed(lines), lines=read))), Conflict)
    assert places(world, lines) == in_order(batch, 11)


def test_the_same_file_given_twice_at_once_is_no_fault_of_its_lines(world: World, batch: Batch) -> None:
    """The second goes on while the first is half way: whoever is refused, the lines are not to blame."""
    lines = fresh(11)

    def read() -> Iterator[NumberedLine]:
        interrupt(world, batch, lines, 5)
        yield from numbered(lines)

    try:
        take(world, batch, replace(listed(lines), lines=read))
    except SuiyuanError as error:
        assert isinstance(error, Conflict)
        assert take(world, batch, listed(lines)) == 11
    assert places(world, lines) == in_order(batch, 11)


def test_an_import_abandoned_while_it_runs_leaves_nothing(world: World, batch: Batch, dump: Dumps) -> None:
    actor = world.actor(world.maker)
    before = dump(world.database)
    lines = fresh(11)

    def abandon(lines_read: int) -> None:
        if lines_read == 8:
            world.database.write(lambda work: code_lists.abandon_import(work, actor, batch.batch_id, Level.UNIT))

    assert isinstance(refusal(lambda: take(world, batch, listed(lines), progress=abandon)), Conflict)
    assert dump(world.database) == before


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_of_two_files_begun_at_once_one_is_refused(world: World, batch: Batch) -> None:
    """The second looked before the first committed. SQLite lets no two writers begin."""
    started: list[Import] = []

    def begin(work: UnitOfWork, name: str) -> Import:
        return importing.begin(work, Scheme.VET_DRUG, batch.batch_id, Level.UNIT, name, digest_of([name]))

    def act(work: UnitOfWork) -> Import:
        assert codes.count_imported(work.connection, batch.batch_id, Level.UNIT) == 0
        if not started:
            started.append(world.database.write(lambda rival: begin(rival, "first.txt")))
        return begin(work, "second.txt")

    with pytest.raises(Conflict) as caught:
        world.database.write(act)
    assert (caught.value.code, caught.value.evidence) == ("code.import_unfinished", {"file": "first.txt"})


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_of_two_short_lists_at_once_both_are_taken_one_after_the_other(world: World, batch: Batch) -> None:
    first, second = fresh(5), fresh(5)
    actor = world.actor(world.maker)
    rivals: list[int] = []

    def act(work: UnitOfWork) -> int:
        assert codes.count_imported(work.connection, batch.batch_id, Level.UNIT) == 5 * len(rivals)
        if not rivals:
            rivals.append(take_list(world, batch, first))
        return code_lists.import_codes(work, actor, batch.batch_id, Level.UNIT, second)

    assert world.database.write(act) == 5
    assert places(world, first + second) == in_order(batch, 10)


class BusyOnce(Database):
    """Its third write finds the database busy, as any may."""

    writes = 0

    def write(self, act: Callable[[UnitOfWork], T]) -> T:
        self.writes += 1
        if self.writes == 3:
            raise Conflict("store.busy")
        return super().write(act)


def test_a_busy_database_does_not_throw_away_what_was_stored(world: World, batch: Batch, database_url: str) -> None:
    """`store.busy` is over in a moment; a refusal of the file is not."""
    lines = fresh(11)
    actor = world.actor(world.maker)
    busy = BusyOnce(database_url, world.clock)
    try:
        error = refusal(lambda: code_lists.import_code_file(busy, actor, batch.batch_id, Level.UNIT, listed(lines)))
    finally:
        busy.close()
    assert error.code == "store.busy"
    read: list[int] = []
    assert take(world, batch, listed(lines), progress=read.append) == 11
    assert read == [8, 11]
    assert places(world, lines) == in_order(batch, 11)


# ---------------------------------------------------------------------------------------------- small vials


@pytest.fixture
def vials(world: World) -> Batch:
    """Vials of up to 5 ml: their labels have no room for a code."""
    new = replace(world.new_batch(world.vet_drug), units_carry_codes=False)
    return world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))


def test_units_that_carry_no_code_take_none(world: World, vials: Batch, refuses: Refuses) -> None:
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=0, given=1):
        take_list(world, vials, fresh(1))
    with refuses(InvalidInput, "code.too_many", field="codes", capacity=0):
        take(world, vials, listed(fresh(9)))
    assert take(world, vials, listed(fresh(4)), Level.CARTON) == 4


def test_a_vial_is_found_by_its_carton_and_stays_genuine(world: World, vials: Batch, answers: Answers) -> None:
    lines = fresh(4)
    take(world, vials, listed(lines), Level.CARTON)
    world.hand_over(world.maker, world.outlet, world.goods_of(lines[1]))
    assert world.holders(vials) == [(0, 6, "maker"), (6, 12, "outlet"), (12, 24, "maker")]
    answer = answers.answer(answers.resolve(lines[1]))
    assert answer.verdict is Verdict.GENUINE
    found = {reason.code: dict(reason.values) for reason in answer.reasons}
    assert found[ReasonCode.UNITS_CARRY_NO_CODE] == {"units": "6"}
    assert ReasonCode.NOT_A_SALES_UNIT not in found
    assert (answer.facts.level, answer.facts.units_inside) == (Level.CARTON, 6)


def test_a_carton_whose_units_carry_codes_is_only_no_sales_unit(world: World, batch: Batch, answers: Answers) -> None:
    lines = fresh(1)
    take(world, batch, listed(lines), Level.CARTON)
    codes_found = {reason.code for reason in answers.answer(answers.resolve(lines[0])).reasons}
    assert ReasonCode.NOT_A_SALES_UNIT in codes_found
    assert ReasonCode.UNITS_CARRY_NO_CODE not in codes_found


@pytest.mark.parametrize("kind", ["pesticide", "seed", "fertiliser"])
def test_only_packs_of_veterinary_drugs_may_go_without_a_code(world: World, refuses: Refuses, kind: str) -> None:
    new = replace(world.new_batch(getattr(world, kind)), units_carry_codes=False)
    with refuses(InvalidInput, "batch.units_carry_codes", field="units_carry_codes"):
        world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
