"""The canonical form and the links of a chain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.ledger.model import GENESIS, Event, Subject, canonical, event_hash, is_linked, plain
from suiyuan.trace.parties.model import Role

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdé", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_canonical_text_is_valid_json_and_canonical_again(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(dict(value))


def test_canonical_has_one_spelling() -> None:
    assert canonical({"b": [1, None, True], "a": "穗\n"}) == '{"a":"穗\\n","b":[1,null,true]}'


@pytest.mark.parametrize("value", [1.0, {"a": 0.5}, [[float("nan")]], {"a": [{"b": 1e3}]}])
def test_floating_point_numbers_are_refused_at_any_depth(value: Any) -> None:
    with pytest.raises(ValueError, match="floating-point"):
        canonical(value)


def test_domain_values_have_one_plain_form() -> None:
    party_id = UUID(int=1)
    tokyo = timezone(timedelta(hours=9))
    assert plain(
        {
            "id": party_id,
            "day": date(2026, 11, 24),
            "at": datetime(2026, 11, 24, 17, 0, tzinfo=tokyo),
            "amount": Decimal("10.0"),
            "role": Role.OUTLET,
            "roles": frozenset({Role.OUTLET, Role.DISTRIBUTOR}),
            "spans": ((0, 1),),
            "nothing": None,
        }
    ) == {
        "id": str(party_id),
        "day": "2026-11-24",
        "at": "2026-11-24T08:00:00+00:00",
        "amount": "10.0",
        "role": "outlet",
        "roles": ["distributor", "outlet"],
        "spans": [[0, 1]],
        "nothing": None,
    }
    for strange in (b"x", object(), 1.5):
        with pytest.raises(TypeError):
            plain(strange)


FIELDS: dict[str, Any] = {
    "subject_id": UUID(int=7),
    "sequence": 1,
    "subject": Subject.BATCH,
    "kind": "batch.registered",
    "occurred_at": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
    "actor_id": UUID(int=8),
    "payload": '{"size":24}',
    "previous_hash": GENESIS,
}


def chained(**change: Any) -> Event:
    fields = {**FIELDS, **change}
    return Event(**fields, hash=event_hash(**fields))


def test_the_hash_is_what_the_docstring_says_and_never_changes() -> None:
    text = (
        '{"actor":"00000000-0000-0000-0000-000000000008","at":"2026-11-24T08:00:00+00:00","kind":"batch.registered",'
        '"payload":"{\\"size\\":24}","previous":"' + "0" * 64 + '","sequence":1,"subject":"batch",'
        '"subject_id":"00000000-0000-0000-0000-000000000007"}'
    )
    assert event_hash(**FIELDS) == hashlib.sha256(b"\x00" + text.encode()).hexdigest()


CHANGES: list[tuple[str, Any]] = [
    ("subject_id", UUID(int=9)),
    ("sequence", 2),
    ("subject", Subject.PARTY),
    ("kind", "batch.stopped"),
    ("occurred_at", datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=UTC)),
    ("actor_id", None),
    ("payload", '{"size":25}'),
    ("previous_hash", "f" * 64),
    ("hash", "f" * 64),
]


@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[name for name, _ in CHANGES])
def test_no_field_can_be_changed_unnoticed(name: str, value: Any) -> None:
    first = chained()
    assert is_linked(first, None)
    assert not is_linked(replace(first, **{name: value}), None)


def test_events_link_in_order_only() -> None:
    first = chained()
    second = chained(sequence=2, previous_hash=first.hash)
    assert is_linked(second, first)
    assert not is_linked(second, None)
    assert not is_linked(first, first)
    assert not is_linked(chained(sequence=3, previous_hash=first.hash), first)
    assert not is_linked(chained(sequence=2), first)
