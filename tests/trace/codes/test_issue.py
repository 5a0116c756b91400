"""Codes in bulk are the codes one at a time, in every layout, however the range is cut."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from suiyuan.trace.codes.ff1 import FF1
from suiyuan.trace.codes.ff1_vector import TILE, Digits, encrypt_range, is_vectorised
from suiyuan.trace.codes.issue import as_lines, issue, luhn_digits
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import LAYOUTS, Level, Place, Scheme
from suiyuan.trace.kernel.errors import InvalidInput

KEYRING = Keyring(bytes(range(32)))
PREFIXES = {Scheme.PESTICIDE: "11722252001", Scheme.SEED: "", Scheme.OWN: "", Scheme.GS1: "06901234567892"}
SCHEMES = list(LAYOUTS)


def texts(codes: Digits) -> list[str]:
    return as_lines(codes).decode().splitlines()


def issued(scheme: Scheme, serial: int, level: Level, start: int, stop: int, chunk: int = 1_000) -> list[str]:
    arrays = issue(KEYRING, scheme, PREFIXES[scheme], serial, level, start, stop, chunk=chunk)
    return [code for codes in arrays for code in texts(codes)]


def one_by_one(scheme: Scheme, serial: int, level: Level, indices: range) -> list[str]:
    return [KEYRING.encode(scheme, PREFIXES[scheme], Place(serial, level, index)) for index in indices]


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bulk_codes_equal_single_ones(scheme: Scheme, data: st.DataObject) -> None:
    layout = LAYOUTS[scheme]
    serial = data.draw(st.integers(0, 10**layout.serial_digits - 1))
    level = data.draw(st.sampled_from(Level))
    start = data.draw(st.integers(0, 10**layout.index_digits - 8))
    assert issued(scheme, serial, level, start, start + 8) == one_by_one(scheme, serial, level, range(start, start + 8))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_random_rows_of_a_large_block_equal_single_codes(scheme: Scheme) -> None:
    first, count = 99_990, TILE + 3_000
    codes = next(issue(KEYRING, scheme, PREFIXES[scheme], 7, Level.UNIT, first, first + count, chunk=count))
    assert codes.shape == (count, LAYOUTS[scheme].code_length)
    for row in [0, TILE - 1, TILE, count - 1, *np.random.default_rng(3).integers(0, count, 200).tolist()]:
        (expected,) = one_by_one(scheme, 7, Level.UNIT, range(first + row, first + row + 1))
        assert codes[row].tobytes().decode() == expected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_last_codes_of_a_layout_can_be_issued(scheme: Scheme) -> None:
    layout = LAYOUTS[scheme]
    last, end = 10**layout.serial_digits - 1, 10**layout.index_digits
    assert issued(scheme, last, Level.PALLET, end - 3, end) == one_by_one(
        scheme, last, Level.PALLET, range(end - 3, end)
    )


@pytest.mark.parametrize("chunk", [1, 7, 100, 4_096])
def test_the_size_of_a_chunk_changes_nothing(chunk: int) -> None:
    arrays = list(issue(KEYRING, Scheme.OWN, "", 3, Level.CARTON, 5, 105, chunk=chunk))
    assert max(len(codes) for codes in arrays) == min(chunk, 100)
    assert [text for codes in arrays for text in texts(codes)] == one_by_one(Scheme.OWN, 3, Level.CARTON, range(5, 105))


def test_an_array_is_the_callers_to_change() -> None:
    arrays = issue(KEYRING, Scheme.SEED, "", 3, Level.UNIT, 0, 20, chunk=10)
    next(arrays)[...] = 0
    assert texts(next(arrays)) == one_by_one(Scheme.SEED, 3, Level.UNIT, range(10, 20))


def test_an_empty_range_yields_nothing() -> None:
    assert issued(Scheme.OWN, 0, Level.UNIT, 5, 5) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (6, 5), (0, None), (None, None)])
def test_a_range_outside_the_layout_is_refused_before_anything_is_made(
    scheme: Scheme, start: int | None, stop: int | None
) -> None:
    beyond = 10 ** LAYOUTS[scheme].index_digits + 1
    with pytest.raises(InvalidInput) as caught:
        issue(
            KEYRING,
            scheme,
            PREFIXES[scheme],
            0,
            Level.UNIT,
            beyond if start is None else start,
            beyond if stop is None else stop,
        )
    assert (caught.value.code, caught.value.field) == ("code.index", "range")
    assert caught.value.text("zh")
    assert caught.value.text("en")


@pytest.mark.parametrize("serial", [-1, 10**9])
def test_a_serial_outside_the_layout_is_refused(serial: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        issue(KEYRING, Scheme.OWN, "", serial, Level.UNIT, 0, 1)
    assert (caught.value.code, caught.value.field) == ("code.capacity", "serial")


@pytest.mark.parametrize(
    ("scheme", "prefix", "chunk"),
    [(Scheme.VET_DRUG, "", 10), (Scheme.OWN, "1", 10), (Scheme.PESTICIDE, "41722252001", 10), (Scheme.OWN, "", 0)],
)
def test_what_only_a_programmer_can_get_wrong_is_a_value_error(scheme: Scheme, prefix: str, chunk: int) -> None:
    with pytest.raises(ValueError):
        issue(KEYRING, scheme, prefix, 0, Level.UNIT, 0, 1, chunk=chunk)


def test_lines_end_in_a_line_feed_each() -> None:
    codes = np.frombuffer(b"123456", dtype=np.uint8).reshape(2, 3)
    assert as_lines(codes) == b"123\n456\n"
    assert as_lines(codes[:, 1:]) == b"23\n56\n"
    assert as_lines(codes[:0]) == b""


@pytest.mark.parametrize("length", [1, 2, 10, 21, 40])
def test_check_digits_are_those_of_stdnum(length: int) -> None:
    digits = np.random.default_rng(length).integers(48, 58, (200, length), dtype=np.uint8)
    digits[0], digits[1] = ord("0"), ord("9")
    assert [chr(digit) for digit in luhn_digits(digits)] == [
        luhn.calc_check_digit(row.tobytes().decode()) for row in digits
    ]


def test_memory_does_not_grow_with_the_range() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for codes in issue(KEYRING, Scheme.OWN, "", 1, Level.UNIT, 0, count, chunk=2_000):
            as_lines(codes)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(100_000) <= 1.3 * peak(10_000)


def images(cipher: FF1, first: int, count: int) -> list[int]:
    out = np.empty((count, cipher.length), dtype=np.uint8)
    encrypt_range(cipher, first, out)
    return [int(row.tobytes()) for row in out]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_layout_is_in_the_fast_form(scheme: Scheme) -> None:
    assert is_vectorised(KEYRING.cipher(scheme, PREFIXES[scheme]))


@pytest.mark.parametrize("length", range(6, 41))
@pytest.mark.parametrize("tweak", [b"", b"batch", bytes(20)])
def test_every_length_and_tweak_gives_the_scalar_images(length: int, tweak: bytes) -> None:
    cipher = FF1(bytes(range(16)), 10, length, tweak)
    carries = 10 ** (length - length // 2) * 3 - 2
    for first in (0, carries, 10**length - 4):
        assert images(cipher, first, 4) == [cipher.encrypt_int(value) for value in range(first, first + 4)]


def test_lengths_outside_the_fast_form_are_told_apart() -> None:
    fast = [length for length in range(6, 41) if is_vectorised(FF1(bytes(16), 10, length))]
    assert fast == list(range(19, 27))
    assert not is_vectorised(FF1(bytes(16), 16, 21))


# Source: NIST, "FF1samples.pdf", the decimal samples without a tweak.
@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("2B7E151628AED2A6ABF7158809CF4F3C", 2433477484),
        ("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F", 2830668132),
        ("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94", 6657667009),
    ],
)
def test_published_samples(key: str, image: int) -> None:
    assert images(FF1(bytes.fromhex(key), 10, 10), 123456789, 1) == [image]


@settings(max_examples=60, deadline=None)
@given(key=st.binary(min_size=32, max_size=32), length=st.integers(19, 26), data=st.data())
def test_any_key_and_number_gives_the_scalar_image(key: bytes, length: int, data: st.DataObject) -> None:
    cipher = FF1(key, 10, length)
    first = data.draw(st.integers(0, 10**length - 3))
    assert images(cipher, first, 3) == [cipher.encrypt_int(value) for value in range(first, first + 3)]


@pytest.mark.parametrize(("first", "rows", "columns"), [(-1, 1, 21), (10**21, 1, 21), (10**21 - 1, 2, 21), (0, 1, 20)])
def test_numbers_and_widths_outside_the_domain_are_value_errors(first: int, rows: int, columns: int) -> None:
    with pytest.raises(ValueError):
        encrypt_range(FF1(bytes(16), 10, 21), first, np.empty((rows, columns), dtype=np.uint8))


def test_another_radix_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        encrypt_range(FF1(bytes(16), 16, 21), 0, np.empty((1, 21), dtype=np.uint8))
