"""Values that the type checker keeps frozen. Assigning to a field does not pass `make lint`; here is the rest."""

from __future__ import annotations

import pytest

from suiyuan.trace.kernel.values import statically_frozen


@statically_frozen
class Pack:
    serial: int
    index: int = 0


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert Pack(7) == Pack(7, 0) != Pack(7, 1)
    assert {Pack(7), Pack(7, 0), Pack(7, 1)} == {Pack(7), Pack(7, 1)}
    assert repr(Pack(7)) == "Pack(serial=7, index=0)"


def test_nothing_can_be_added_to_a_value() -> None:
    with pytest.raises(AttributeError):
        setattr(Pack(7), "colour", "red")  # noqa: B010  # the point: pyright would not let it be written plainly
