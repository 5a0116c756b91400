"""What a report may say, what it is looked up by, and how long a source waits. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from suiyuan.trace.enforcement.reports.model import (
    CHECK_ALPHABET,
    SOURCE_ALLOWANCES,
    AttemptKind,
    Position,
    check_of,
    pseudonym,
    read_reference,
    reference_of,
    require_scanned,
    require_telephone,
    require_words,
    rounded,
    until_midnight,
    wait_for,
)
from suiyuan.trace.kernel.errors import InvalidInput

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "typed",
    [
        "L20261124-0007-K3Q0",
        " l20261124-0007-k3q0 ",
        "Ｌ20261124－0007－K3Q0",
        "L20261124 - 0007 - K3QO",
        "L20261124-0007-\nK3Qo",
    ],
)
def test_a_reference_is_read_as_people_type_it(typed: str) -> None:
    assert read_reference(typed) == ("L20261124-0007", "K3Q0")


def test_a_reference_is_read_back() -> None:
    number, check = "L20261124-12345", check_of(bytes([0, 31, 32, 255]))
    assert check == "0Z0Z"
    assert read_reference(reference_of(number, check)) == (number, check)


NO_REFERENCES = (
    "",
    "-",
    "L20261124-0007",
    "L20261124-0007-",
    "L20261124-0007-K3Q",
    "L20261124-0007-K3QXX",
    "L2026-0007-K3QX",
    "X20261124-0007-K3QX",
    "L20261124-0007-K3U!",
    "L20261124-0007-K3QU",
    "\x00",
    "L" * 10_000,
)


@pytest.mark.parametrize("typed", NO_REFERENCES, ids=range(len(NO_REFERENCES)))
def test_what_is_no_reference(typed: str) -> None:
    assert read_reference(typed) is None


def test_every_check_can_come_of_chance_and_none_more_often_than_another() -> None:
    drawn = [check_of(bytes([byte]) * 4)[0] for byte in range(256)]
    assert {drawn.count(character) for character in CHECK_ALPHABET} == {8}
    assert set(drawn) == set(CHECK_ALPHABET)


def test_whatever_was_scanned_is_kept_but_for_what_no_screen_shows() -> None:
    seed_label = "作物种类:水稻\n品种名称:宁粳50号\t\n"
    assert require_scanned(seed_label) == seed_label.strip()
    assert require_scanned("a\x00b\x1b\ud800c\u202ed") == "abcd"
    assert require_scanned("x" * 4_296) == "x" * 4_296
    with pytest.raises(InvalidInput) as refused:
        require_scanned("x" * 4_297)
    assert (refused.value.code, refused.value.field) == ("text.malformed", "code")


def test_words_keep_their_lines() -> None:
    assert require_words("  打了  没用\r\n\r\n<b>退钱</b> ", 100) == "打了 没用\n<b>退钱</b>"
    for wrong in ("长" * 101, "a\x00b", "\ud800"):
        with pytest.raises(InvalidInput) as refused:
            require_words(wrong, 100)
        assert (refused.value.code, refused.value.field) == ("text.malformed", "words")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        (" ", ""),
        ("138 0013 8000", "13800138000"),
        ("(0951) 123-4567", "09511234567"),
        ("+86-13800138000", "+8613800138000"),
        ("１３８００１３８０００", "13800138000"),
    ],
)
def test_a_telephone_is_kept_as_digits(typed: str, kept: str) -> None:
    assert require_telephone(typed) == kept


@pytest.mark.parametrize("typed", ["12316", "1" * 16, "call me", "138001380O0", "13800138000<", "++8613800138000"])
def test_what_is_no_telephone_is_not_repeated(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_telephone(typed)
    assert (refused.value.code, refused.value.evidence) == ("report.telephone", {})


def test_a_position_is_a_village_and_not_a_house() -> None:
    assert rounded(Decimal("38.487193"), Decimal("106.230909")) == Position(Decimal("38.49"), Decimal("106.23"))
    assert rounded(Decimal(-90), Decimal(180)) == Position(Decimal("-90.00"), Decimal("180.00"))
    for wrong in ((Decimal("90.1"), Decimal(0)), (Decimal(0), Decimal("-180.5"))):
        with pytest.raises(InvalidInput) as refused:
            rounded(*wrong)
        assert refused.value.code == "report.position"


def test_a_pseudonym_is_of_one_source_one_day_and_one_installation() -> None:
    here = pseudonym(b"k" * 32, b"s" * 32, "192.0.2.1")
    assert here == pseudonym(b"k" * 32, b"s" * 32, "192.0.2.1")
    others = {
        pseudonym(b"k" * 32, b"s" * 32, "192.0.2.2"),
        pseudonym(b"k" * 32, b"t" * 32, "192.0.2.1"),
        pseudonym(b"l" * 32, b"s" * 32, "192.0.2.1"),
    }
    assert here not in others
    assert len(others) == 3


def test_who_was_early_waits_until_the_oldest_that_counts_is_an_hour_old() -> None:
    (hourly, daily) = SOURCE_ALLOWANCES[AttemptKind.REPORT]
    assert (hourly.attempts, hourly.period, daily.attempts, daily.period) == (5, HOUR, 20, 24 * HOUR)
    latest = [NOW - timedelta(minutes=minutes) for minutes in (1, 10, 20, 30, 50)]
    assert wait_for(HOUR, 5, latest, NOW) == timedelta(minutes=10)
    assert wait_for(HOUR, 5, latest[:4], NOW) == timedelta()
    assert wait_for(HOUR, 5, [], NOW) == timedelta()


def test_midnight_is_that_of_china() -> None:
    assert until_midnight(NOW) == 8 * HOUR
    assert until_midnight(NOW + 8 * HOUR) == 24 * HOUR
