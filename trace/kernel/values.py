"""Values made by the hundred thousand a second: dataclasses frozen by the type checker instead of at run time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Value = TypeVar("Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def statically_frozen(cls: type[Value]) -> type[Value]:
    """A dataclass with slots, equality and a hash, whose fields pyright lets nobody assign to.

    `frozen=True` would enforce the same at run time by a call for each field each time one is made. A scan makes four
    such values, and that would be a fifth of its look-up. For anything less often made, `frozen=True` is right.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
