"""What a mistyped code was meant to be: read as people type, mended where one code is known, never a way to guess."""

from __future__ import annotations

import pytest

from suiyuan.trace.codes.extraction import extract
from suiyuan.trace.codes.model import Scheme, grouped
from suiyuan.trace.codes.schemes import has_check_digit, with_check_digit
from suiyuan.trace.codes.suggestions import (
    MAX_NEAR_FORMS,
    Slip,
    as_digits,
    has_look_alikes,
    near_forms,
    slip_of,
)
from suiyuan.trace.kernel.limits import MAX_SCANNED_CHARACTERS

OWN = with_check_digit("019254121540948244996")
PESTICIDE = "11722252247250743408010974953971"
VET_DRUG = "202403150123456789012345"


class Register:
    """Codes known here, and how often that was asked."""

    def __init__(self, *known: str) -> None:
        self.known = frozenset(known)
        self.asked: list[tuple[Scheme, str]] = []

    def __call__(self, scheme: Scheme, code: str) -> bool:
        self.asked.append((scheme, code))
        return code in self.known


def with_digit(code: str, place: int, digit: str) -> str:
    return code[:place] + digit + code[place + 1 :]


def swapped(code: str, place: int) -> str:
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (grouped(PESTICIDE), PESTICIDE),
        ("１１７２　２２５２　２４７２　５０７４　３４０８　０１０９　７４９５　３９７１", PESTICIDE),
        ("1172-2252–2472—5074.3408,0109，7495・3971", PESTICIDE),
        ("l172 2252 2472 5O74 34o8 OIO9 7495 397I", PESTICIDE),
        ("1172 2252 2472 5074 340B 0109 7495 39 7 i", PESTICIDE),
        ("ｌ１７２ 2252 2472 5074 3408 0109 7495 3971", PESTICIDE),
        ("2O24 O315 0123 4567 B901 2345", VET_DRUG.replace("6789", "67B9").replace("B", "8")),
        (grouped(OWN).replace("0", "O"), OWN),
        ("123", "123"),
        ("B1O", ""),
        ("O" * 20, ""),
        ("Z172 2252 2472 5074 3408 0109 7495 3971", ""),
        (f"农药 {PESTICIDE}", ""),
        (f"https://elsewhere.example/c/{PESTICIDE}", ""),
        ("١" * 32, ""),
        ("", ""),
        ("---", ""),
        ("1" * (MAX_SCANNED_CHARACTERS + 1), ""),
    ],
)
def test_a_typed_code_is_read_as_digits_only_where_nothing_else_can_stand(typed: str, read: str) -> None:
    assert as_digits(typed) == read


def test_letters_read_as_digits_are_told() -> None:
    assert has_look_alikes("l172 2252")
    assert not has_look_alikes("1172 2252 – 2472")


def test_a_seed_code_keeps_its_letters() -> None:
    """Where letters may stand the text is a code as it is, and nobody asks how else it could be read."""
    candidates = extract("OIB8 OIB8").candidates
    assert [(each.scheme, each.code) for each in candidates] == [(Scheme.SEED, "OIB8OIB8")]


def test_every_single_slip_leads_back() -> None:
    """Each wrong digit, and each swap of unequal neighbours that the check digit sees, has the code among its near
    forms; and near forms are few, right, and near."""
    code = OWN
    wrong = [with_digit(code, place, digit) for place in range(22) for digit in "0123456789"]
    wrong += [swapped(code, place) for place in range(21)]
    slips = {each for each in wrong if each != code and not has_check_digit(each)}
    assert len(slips) >= 22 * 9
    for typed in slips:
        forms = list(near_forms(typed))
        assert code in forms
        assert len(forms) == len(set(forms)) <= MAX_NEAR_FORMS
        for form in forms:
            assert has_check_digit(form)
            places = [place for place in range(22) if form[place] != typed[place]]
            assert len(places) == 1 or (len(places) == 2 and form == swapped(typed, places[0]))


@pytest.mark.parametrize("text", [OWN, PESTICIDE, OWN[:-1], "", "x" * 22])
def test_nothing_is_near_a_text_that_is_right_or_of_another_form(text: str) -> None:
    assert list(near_forms(text)) == []


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        (with_digit(OWN, 0, "7"), (1,)),
        (with_digit(OWN, 9, "7" if OWN[9] != "7" else "6"), (3,)),
        (with_digit(OWN, 21, str((int(OWN[21]) + 1) % 10)), (6,)),
        (swapped(OWN, 5), (2,)),
        (swapped(OWN, 3), (1, 2)),
    ],
)
def test_the_one_known_code_is_suggested_and_the_group_named(typed: str, groups: tuple[int, ...]) -> None:
    register = Register(OWN)
    assert slip_of(grouped(typed), register) == Slip(typed, groups, OWN, Scheme.OWN)
    assert 0 < len(register.asked) <= MAX_NEAR_FORMS
    assert all(scheme is Scheme.OWN and has_check_digit(code) for scheme, code in register.asked)


def test_of_two_known_codes_none_is_suggested() -> None:
    typed = with_digit(OWN, 0, "7")
    first, second, *_ = near_forms(typed)
    assert slip_of(typed, Register(first)).meant == first
    assert slip_of(typed, Register(first, second)) == Slip(typed, scheme=Scheme.OWN)
    assert slip_of(typed, Register()) == Slip(typed, scheme=Scheme.OWN)


@pytest.mark.parametrize("typed", [OWN, PESTICIDE, VET_DRUG, PESTICIDE[1:] + "9", "AB12", OWN[:-1], "农药"])
def test_nothing_is_looked_up_for_a_text_without_a_failed_check_digit(typed: str) -> None:
    """Else a right code that is not known here would be a question about all codes near it."""
    register = Register(OWN, PESTICIDE, VET_DRUG)
    assert slip_of(typed, register).meant == ""
    assert register.asked == []


@pytest.mark.parametrize(
    ("typed", "group", "scheme"),
    [
        ("9" + PESTICIDE[1:], 1, Scheme.PESTICIDE),
        (with_digit(PESTICIDE, 7, "8"), 2, Scheme.PESTICIDE),
        ("2124" + VET_DRUG[4:], 1, Scheme.VET_DRUG),
        ("20241315" + VET_DRUG[8:], 2, Scheme.VET_DRUG),
        ("20240230" + VET_DRUG[8:], 2, Scheme.VET_DRUG),
    ],
)
def test_the_group_that_breaks_a_known_structure_is_named(typed: str, group: int, scheme: Scheme) -> None:
    assert slip_of(typed, Register()) == Slip(typed, (group,), scheme=scheme)


@pytest.mark.parametrize(
    ("count", "scheme", "difference"),
    [
        (31, Scheme.PESTICIDE, -1),
        (34, Scheme.PESTICIDE, 2),
        (21, Scheme.OWN, -1),
        (25, Scheme.VET_DRUG, 1),
        (23, None, 0),
        (28, None, 0),
        (13, None, 0),
    ],
)
def test_the_nearest_length_is_named_where_one_is(count: int, scheme: Scheme | None, difference: int) -> None:
    assert slip_of("1" * count, Register()) == Slip("1" * count, scheme=scheme, difference=difference)
