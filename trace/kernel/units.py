"""Units of measure and exact decimals, as laboratory reports and labels write them."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from .errors import InvalidInput

MAX_DIGITS = 30


class Unit(StrEnum):
    """Units that declared contents, limits and measured values come in. Values are the printed forms."""

    PERCENT = "%"
    GRAM_PER_LITRE = "g/L"
    GRAM_PER_KILOGRAM = "g/kg"
    MILLIGRAM_PER_KILOGRAM = "mg/kg"
    MILLIGRAM_PER_MILLILITRE = "mg/mL"
    PERCENT_OF_LABEL = "% of label"
    PH = "pH"
    NONE = ""


_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def parse_decimal(value: str, field: str) -> Decimal:
    """An exact decimal with its written precision kept ("10.0" stays 10.0). Never a float.

    Raises InvalidInput `number.malformed` for anything but plain digits with an optional point: a comma is
    refused, since "1,5" means two different things.
    """
    stripped = value.strip()
    if not _DECIMAL.fullmatch(stripped) or len(stripped) > MAX_DIGITS:
        raise InvalidInput("number.malformed", field=field, value=value[:MAX_DIGITS])
    return Decimal(stripped)
