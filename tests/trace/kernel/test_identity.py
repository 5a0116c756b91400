"""Identities as keyed references: what is taken, what is refused, and that the number is nowhere afterwards."""

from __future__ import annotations

import hashlib
import hmac
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.identity import IDENTITY_PURPOSE, identity_reference

RESIDENT = "11010519491231002X"
"""The example of GB 11643 itself."""

FIRM = "91110000600037341L"
SECRET = bytes(range(32))


def full_width(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) for each in text)


@pytest.mark.parametrize(("number", "last_four"), [(RESIDENT, "002X"), (FIRM, "341L"), ("360426199101010071", "0071")])
def test_a_reference_is_the_keyed_hash_and_the_last_four(number: str, last_four: str) -> None:
    found = identity_reference(SECRET, number)
    assert found.keyed_hash == hmac.new(SECRET, number.encode("ascii"), hashlib.sha256).hexdigest()
    assert found.last_four == last_four
    assert number not in repr(found)


@pytest.mark.parametrize("written", [RESIDENT.lower(), full_width(RESIDENT), f" {RESIDENT[:6]} {RESIDENT[6:]}\n"])
def test_writing_differences_do_not_count(written: str) -> None:
    assert identity_reference(SECRET, written) == identity_reference(SECRET, RESIDENT)


def test_another_key_gives_another_hash(keyring: Keyring) -> None:
    other = identity_reference(keyring.derive(IDENTITY_PURPOSE), RESIDENT)
    assert other.keyed_hash != identity_reference(SECRET, RESIDENT).keyed_hash
    assert other == identity_reference(keyring.derive(IDENTITY_PURPOSE), RESIDENT)


def test_a_short_key_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        identity_reference(SECRET[:31], RESIDENT)


@given(
    place=st.integers(110000, 829999),
    born=st.dates().filter(lambda day: 1900 <= day.year <= 2099),
    order=st.integers(0, 999),
    wrong=st.integers(1, 10),
)
def test_only_the_right_check_character_passes(place: int, born: object, order: int, wrong: int) -> None:
    alphabet = "0123456789X"
    body = f"{place}{born:%Y%m%d}{order:03}"
    right = ric.calc_check_digit(body + "0")
    assert identity_reference(SECRET, body + right).last_four == f"{order:03}{right}"
    other = body + alphabet[(alphabet.index(right) + wrong) % len(alphabet)]
    with pytest.raises(InvalidInput) as refused:
        identity_reference(SECRET, other, "buyer_identity")
    assert (refused.value.code, refused.value.field) == ("identity.check_character", "buyer_identity")


def test_a_firms_code_of_digits_that_reads_as_a_birth_date_is_taken() -> None:
    """A region that ends in 19 or 20 puts a year where a resident number has one."""
    body = "91110119850101234"
    firm = body + uscc.calc_check_digit(body)
    assert ric.calc_check_digit(firm) != firm[-1]
    assert identity_reference(SECRET, firm).last_four == firm[-4:]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "identity.malformed"),
        ("110105491231002", "identity.malformed"),
        (RESIDENT + "0", "identity.malformed"),
        ("11010519490231002X", "identity.malformed"),
        ("X1010519491231002X", "identity.malformed"),
        (FIRM[:-1] + "M", "identity.malformed"),
        ("9" * 10_000, "identity.malformed"),
        ("张三", "identity.malformed"),
        ("\x00" * 18, "identity.malformed"),
        ("110105194912310021", "identity.check_character"),
    ],
    ids=["empty", "fifteen", "nineteen", "no_such_day", "letter", "firm", "long", "name", "nul", "check"],
)
def test_a_refusal_does_not_repeat_what_was_given(number: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        identity_reference(SECRET, number, "buyer_identity")
    error = refused.value
    assert (error.code, error.field, error.evidence) == (code, "buyer_identity", {})
    if number:
        said = (*map(str, error.args), str(error), error.text("zh"), error.text("en"))
        assert not any(number in each for each in said)
        assert number not in "".join(traceback.format_exception_only(error))
