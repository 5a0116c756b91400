"""The common form, and field types that read the same from JSON, a page and a CSV file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from ...trace.codes.model import Level
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.units import parse_decimal


class Form(BaseModel):
    """Unknown fields are refused: a misspelt optional field must not pass for an absent one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _exact(value: Any) -> Any:
    """Decimals as text keep their printed precision; a JSON number is taken by its shortest spelling."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    if isinstance(value, int | float):
        value = f"{Decimal(str(value)):f}"
    if isinstance(value, str):
        try:
            return parse_decimal(value, "")
        except SuiyuanError as error:
            raise ValueError(error.text("en")) from None
    return value


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Between them lies every day that anything here can be about. Days at the calendar's ends cannot be counted from."""


def _utc(value: datetime) -> datetime:
    try:
        instant = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a year that no clock shows") from None
    if not FIRST_DAY.year <= instant.year <= LAST_DAY.year:
        raise ValueError(f"a time between {FIRST_DAY.year} and {LAST_DAY.year} is needed")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with its time zone, kept in UTC. One without is refused: nobody knows which was meant."""

Exact = Annotated[Decimal, BeforeValidator(_exact)]
OptionalExact = Annotated[Decimal | None, BeforeValidator(lambda value: None if value in (None, "") else _exact(value))]
BlankIsNone = BeforeValidator(_blank_is_none)


def _level(value: Any) -> Any:
    """A packaging level by its name (unit, carton, pallet) or its number."""
    if isinstance(value, str):
        name = value.strip().upper()
        return Level[name] if name in Level.__members__ else (int(name) if name.isdigit() else value)
    return value


LevelName = Annotated[Level, BeforeValidator(_level)]

_LEVEL = TypeAdapter[Level](LevelName)


def level_of_name(name: str) -> Level:
    """A packaging level by name or number. Raises InvalidInput `request.body`."""
    try:
        return _LEVEL.validate_python(name)
    except ValidationError:
        raise InvalidInput("request.body", field="level", reason=f"level: {name[:20]}") from None
