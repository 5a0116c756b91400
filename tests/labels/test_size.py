"""Symbols in whole dots, and the bounds at which printing is warned of and refused, from both sides."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suiyuan.labels.size import ADVISED_MODULE_MM, LEAST_MODULE_MM, SEED_AREA_MM2, SEED_QUIET_ZONE_MM, printed_symbol
from suiyuan.labels.symbol import QUIET_ZONE_MODULES
from suiyuan.trace.kernel.errors import InvalidInput

INCH = Fraction(254, 10)
LEAST, ADVISED = Fraction(1, 4), Fraction(33, 100)
QUIET = 2 * QUIET_ZONE_MODULES
SYMBOL_SIDES = st.integers(0, 39).map(lambda version: 21 + 4 * version)
RESOLUTIONS = st.one_of(st.sampled_from([203, 300, 600, 1_200]), st.integers(72, 4_800))


def refused(modules: int, width_mm: float, dpi: int, *, is_seed: bool = False) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        printed_symbol(modules, width_mm, dpi, is_seed=is_seed)
    assert caught.value.field == "width_mm"
    assert caught.value.text("zh")
    assert caught.value.text("en")
    return caught.value


def test_the_bounds_are_those_of_the_issue_and_the_rule() -> None:
    assert (LEAST_MODULE_MM, ADVISED_MODULE_MM) == (0.25, 0.33)
    assert (SEED_AREA_MM2, SEED_QUIET_ZONE_MM) == (200.0, 2.0)


@given(SYMBOL_SIDES, RESOLUTIONS, st.integers(1, 60))
def test_a_width_of_so_many_whole_dots_gets_them(modules: int, dpi: int, dots: int) -> None:
    """The width is the nearest float to the exact multiple: division must not lose a dot over that."""
    exact = INCH / dpi * dots
    width = exact * (modules + QUIET)
    assume(width <= 500 and exact >= LEAST + Fraction(1, 10**9))
    found = printed_symbol(modules, float(width), dpi)
    assert found.dots == dots
    assert found.module_mm == pytest.approx(float(exact))
    assert found.side_mm == pytest.approx(float(exact * modules))
    assert found.quiet_zone_mm == pytest.approx(float(exact * QUIET_ZONE_MODULES))


@given(SYMBOL_SIDES, RESOLUTIONS, st.floats(5, 500))
def test_the_largest_whole_module_that_fits_is_taken(modules: int, dpi: int, width_mm: float) -> None:
    dot = INCH / dpi
    dots = math.floor(Fraction(width_mm) / dot / (modules + QUIET))
    slack = Fraction(width_mm) / dot / (modules + QUIET) - dots
    assume(Fraction(1, 10**6) < slack < 1 - Fraction(1, 10**6))
    assume(abs(dot * dots - LEAST) > Fraction(1, 10**9))
    if dot * dots < LEAST:
        assert refused(modules, width_mm, dpi).code == "label.module_too_small"
        return
    found = printed_symbol(modules, width_mm, dpi)
    assert found.dots == dots
    assert found.side_mm + 2 * found.quiet_zone_mm == pytest.approx(width_mm)
    assert found.quiet_zone_mm >= QUIET_ZONE_MODULES * found.module_mm - 1e-6
    assert found.warnings == (("module_small",) if dot * dots < ADVISED else ())


@pytest.mark.parametrize(("dpi", "dots"), [(508, 5), (1_016, 10), (1_524, 15), (2_540, 25), (4_064, 40), (4_572, 45)])
def test_exactly_a_quarter_of_a_millimetre_is_taken_with_a_warning(dpi: int, dots: int) -> None:
    assert INCH / dpi * dots == LEAST
    found = printed_symbol(33, float(LEAST * (33 + QUIET)), dpi)
    assert (found.dots, found.warnings) == (dots, ("module_small",))


@pytest.mark.parametrize(("dpi", "dots"), [(4_800, 47), (2_540, 24), (600, 5), (203, 1), (300, 2)])
def test_the_next_dot_below_a_quarter_is_refused(dpi: int, dots: int) -> None:
    module = INCH / dpi * dots
    assert module < LEAST <= module + INCH / dpi
    error = refused(33, float(module * (33 + QUIET)), dpi)
    assert (error.code, error.evidence["least"]) == ("label.module_too_small", 0.25)
    assert error.evidence["module"] == pytest.approx(float(module), abs=5e-4)


@pytest.mark.parametrize(
    ("dpi", "dots", "warnings"),
    [(2_540, 33, ()), (2_540, 32, ("module_small",)), (4_800, 63, ()), (4_800, 62, ("module_small",)), (300, 4, ())],
)
def test_the_warning_ends_at_a_third_of_a_millimetre(dpi: int, dots: int, warnings: tuple[str, ...]) -> None:
    assert (INCH / dpi * dots < ADVISED) == bool(warnings)
    assert printed_symbol(25, float(INCH / dpi * dots * (25 + QUIET)), dpi).warnings == warnings


@pytest.mark.parametrize(
    ("width_mm", "dpi"),
    [
        (0, 300),
        (-20, 300),
        (500.001, 300),
        (math.nan, 300),
        (math.inf, 300),
        (20, 0),
        (20, -300),
        (20, 71),
        (20, 4_801),
    ],
)
def test_sizes_no_printer_has_are_refused(width_mm: float, dpi: int) -> None:
    assert refused(25, width_mm, dpi).code == "label.print_size"


@pytest.mark.parametrize(("width_mm", "dpi"), [(500, 72), (500, 4_800), (500, 300), (20, 4_800)])
def test_the_last_sizes_a_printer_has_are_taken(width_mm: float, dpi: int) -> None:
    assert printed_symbol(25, width_mm, dpi).dots >= 1


def test_a_width_too_small_for_a_single_dot_a_module_is_too_small() -> None:
    assert refused(177, 0.001, 300).code == "label.module_too_small"


# ---------------------------------------------------------------------------------------------- seed


def test_a_seed_symbol_has_two_square_centimetres() -> None:
    """41 modules at 2540 dpi, 0.01 mm a dot: 35 dots give a side of 14.35 mm, 34 give 13.94 mm."""
    found = printed_symbol(41, 41 * 0.35 + 4.3, 2_540, is_seed=True)
    assert found.side_mm**2 >= SEED_AREA_MM2
    small = 41 * 0.34 + 8 * 0.34
    assert refused(41, small, 2_540, is_seed=True).code == "label.seed_area"
    assert printed_symbol(41, small, 2_540).dots == 34


def test_the_side_that_the_refusal_asks_for_would_be_enough() -> None:
    least = refused(41, 41 * 0.34 + 8 * 0.34, 2_540, is_seed=True).evidence["least"]
    assert isinstance(least, float)
    assert least**2 >= SEED_AREA_MM2


def test_a_seed_symbol_has_two_millimetres_around_it() -> None:
    """29 modules of 10 dots at 508 dpi, 0.5 mm each: a side of 14.5 mm, and four modules are the 2 mm exactly."""
    found = printed_symbol(29, 14.5 + 4.0, 508, is_seed=True)
    assert (found.dots, found.quiet_zone_mm) == (10, pytest.approx(2.0))
    assert found.quiet_zone_mm >= SEED_QUIET_ZONE_MM - 1e-9
    short = refused(29, 14.5 + 3.9, 508, is_seed=True)
    assert short.code in ("label.seed_area", "label.quiet_zone")


def test_a_width_with_room_for_both_is_not_refused_for_its_quiet_zone() -> None:
    """41 modules: 35 dots of 0.01 mm leave 2 mm on each side of 14.35 mm; the 37 that would fit leave only 1.59 mm."""
    found = printed_symbol(41, 41 * 0.35 + 4.0 + 0.002, 2_540, is_seed=True)
    assert found.dots == 35


@given(SYMBOL_SIDES, RESOLUTIONS, st.floats(10, 100))
def test_a_seed_symbol_is_taken_wherever_the_rule_can_be_kept(modules: int, dpi: int, width_mm: float) -> None:
    dot = INCH / dpi
    room = (Fraction(width_mm) - Fraction(4)) / dot / modules
    fits = Fraction(width_mm) / dot / (modules + QUIET)
    dots = math.floor(min(room, fits))
    assume(all(abs(each - round(each)) > Fraction(1, 10**6) for each in (room, fits)))
    assume(abs(dots * dot - LEAST) > Fraction(1, 10**9))
    if dots * dot < LEAST or (modules * dots * dot) ** 2 < 200:
        codes = ("label.module_too_small", "label.seed_area", "label.quiet_zone")
        assert refused(modules, width_mm, dpi, is_seed=True).code in codes
        return
    found = printed_symbol(modules, width_mm, dpi, is_seed=True)
    assert found.dots == dots
    assert found.side_mm**2 >= SEED_AREA_MM2
    assert found.quiet_zone_mm >= SEED_QUIET_ZONE_MM
