"""How large a symbol is printed, and whether it can then be read.

A printer sets whole dots, so a module is a whole number of them: asked for a width, the symbol gets the largest module
that fits, and what is left goes to the quiet zone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..trace.kernel.errors import InvalidInput
from .symbol import QUIET_ZONE_MODULES

MM_PER_INCH = 25.4
LEAST_MODULE_MM = 0.25
"""Below this phones of farmers do not read reliably: refused."""

ADVISED_MODULE_MM = 0.33
"""Below this (13 mil) there is a warning."""

FORGIVEN = 1e-9
"""What floating point takes off a value that is exactly at its bound."""

SEED_AREA_MM2 = 200.0
SEED_QUIET_ZONE_MM = 2.0
"""At least 2 cm² and 2 mm. Source: 农作物种子标签二维码编码规则 (农业部办公厅, 2016-09-18)."""


@dataclass(frozen=True, slots=True)
class PrintedSymbol:
    """A symbol as a printer sets it. Millimetres; `dots` a module. `warnings` are codes under `label.`."""

    modules: int
    dots: int
    module_mm: float
    side_mm: float
    quiet_zone_mm: float
    warnings: tuple[str, ...] = ()


def printed_symbol(modules: int, width_mm: float, dpi: int, *, is_seed: bool = False) -> PrintedSymbol:
    """A symbol of `modules` a side in a square of `width_mm` including its quiet zone, on a printer of `dpi`.

    Raises InvalidInput `label.module_too_small` below 0.25 mm a module; for seed `label.seed_area` below 2 cm² and
    `label.quiet_zone` below 2 mm; `label.print_size` for a width or resolution that no printer has.
    """
    if not (0 < width_mm <= 500 and 72 <= dpi <= 4_800):
        raise InvalidInput("label.print_size", field="width_mm")
    dot_mm = MM_PER_INCH / dpi
    # The floor gives the whole dots that fit; the tiny addend forgives what division does to exact multiples.
    dots = math.floor(width_mm / dot_mm / (modules + 2 * QUIET_ZONE_MODULES) + FORGIVEN)
    if is_seed:
        dots = min(dots, math.floor((width_mm - 2 * SEED_QUIET_ZONE_MM) / dot_mm / modules + FORGIVEN))
    module_mm = dots * dot_mm
    if module_mm < LEAST_MODULE_MM - FORGIVEN:
        raise InvalidInput(
            "label.module_too_small", field="width_mm", module=round(module_mm, 3), least=LEAST_MODULE_MM
        )
    side_mm = modules * module_mm
    quiet_zone_mm = (width_mm - side_mm) / 2
    if is_seed:
        _require_seed_size(side_mm, quiet_zone_mm)
    warnings = ("module_small",) if module_mm < ADVISED_MODULE_MM - FORGIVEN else ()
    return PrintedSymbol(modules, dots, module_mm, side_mm, quiet_zone_mm, warnings)


def _require_seed_size(side_mm: float, quiet_zone_mm: float) -> None:
    if side_mm * side_mm < SEED_AREA_MM2:
        raise InvalidInput("label.seed_area", field="width_mm", least=math.ceil(10 * math.sqrt(SEED_AREA_MM2)) / 10)
    if quiet_zone_mm < SEED_QUIET_ZONE_MM - FORGIVEN:
        raise InvalidInput("label.quiet_zone", field="width_mm", least=SEED_QUIET_ZONE_MM)
