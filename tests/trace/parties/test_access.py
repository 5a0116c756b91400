"""Keys: shown once, kept as a hash, refused from the moment they are withdrawn; and what an actor may."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.kernel.errors import InvalidInput, NotAllowed, NotAuthenticated, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import access
from suiyuan.trace.parties.model import OPERATOR, Actor, IssuedKey, Party, Role

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses
    from tests.support.world import World


def issue(world: World, party: Party, actor: Actor | None = None, label: str = "店里的手机") -> IssuedKey:
    by = actor or world.actor(party)
    return world.database.write(lambda work: access.issue_key(work, by, party.party_id, label))


def withdraw(world: World, key_id: str, actor: Actor) -> None:
    world.database.write(lambda work: access.withdraw_key(work, actor, key_id))


def who(world: World, key: str) -> Actor:
    with world.database.read() as connection:
        return access.authenticate(connection, key)


def test_a_key_stands_for_its_party_and_only_its_hash_is_kept(world: World, dump: Dumps) -> None:
    key = issue(world, world.outlet)
    assert re.fullmatch(r"sy_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", key.secret)
    assert who(world, key.secret) == world.actor(world.outlet)
    assert who(world, f" {key.secret}\n") == world.actor(world.outlet)
    secret = key.secret.removeprefix(f"sy_{key.key_id}_")
    stored = repr(dump(world.database))
    assert secret not in stored
    assert hashlib.sha256(secret.encode()).hexdigest() in stored
    with world.database.read() as connection:
        assert access.actor_by_key_id(connection, access.key_id_of(key.secret)) == world.actor(world.outlet)
        assert ledger.list_events(connection, world.outlet.party_id)[-1].kind == "key.issued"


def test_no_two_keys_are_alike(world: World) -> None:
    keys = [issue(world, world.outlet) for _ in range(5)]
    assert len({key.key_id for key in keys}) == len({key.secret[-43:] for key in keys}) == 5


def test_any_other_text_is_refused_with_one_error(world: World) -> None:
    key = issue(world, world.outlet)
    other = issue(world, world.maker)
    last = "A" if key.secret[-1] != "A" else "B"
    for wrong in (
        "",
        "sy_",
        key.key_id,
        key.secret[:-1],
        key.secret[:-1] + last,
        key.secret.upper(),
        key.secret + "A",
        key.secret.replace("_", "-", 1),
        f"sy_{other.key_id}_{key.secret[-43:]}",
        f"sy_aaaaaaaa_{key.secret[-43:]}",
        "sy_" + "密" * 52,
        "\x00",
    ):
        with pytest.raises(NotAuthenticated) as refused:
            who(world, wrong)
        assert (refused.value.code, refused.value.field, refused.value.evidence) == ("access.key", None, {})


def test_a_withdrawn_key_is_refused_at_once_and_the_others_are_not(world: World, refuses: Refuses) -> None:
    key, kept = issue(world, world.outlet), issue(world, world.outlet)
    withdraw(world, key.key_id, world.actor(world.outlet))
    with refuses(NotAuthenticated, "access.key"):
        who(world, key.secret)
    with refuses(NotAuthenticated, "access.key"), world.database.read() as connection:
        access.actor_by_key_id(connection, key.key_id)
    assert who(world, kept.secret) == world.actor(world.outlet)
    with refuses(NotKnown, "key.unknown", field="key_id"):
        withdraw(world, key.key_id, world.actor(world.outlet))
    with world.database.read() as connection:
        assert ledger.list_events(connection, world.outlet.party_id)[-1].kind == "key.withdrawn"


def test_who_may_issue_and_withdraw(world: World, refuses: Refuses) -> None:
    key = issue(world, world.outlet, world.actor(world.regulator))
    for stranger in (world.maker, world.agency, world.second_outlet):
        with refuses(NotAllowed, "access.other_party"):
            issue(world, world.outlet, world.actor(stranger))
        with refuses(NotAllowed, "access.other_party"):
            withdraw(world, key.key_id, world.actor(stranger))
    with refuses(NotKnown, "party.unknown"):
        issue(world, replace(world.outlet, party_id=uuid4()), OPERATOR)
    with refuses(NotKnown, "key.unknown"):
        withdraw(world, "aaaaaaaa", OPERATOR)
    with refuses(InvalidInput, "text.malformed", field="label"):
        issue(world, world.outlet, label="长" * 201)
    withdraw(world, key.key_id, world.actor(world.regulator))


@given(text=st.text())
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        access.key_id_of(text)


def test_an_actor_acts_for_itself_in_its_own_roles() -> None:
    party_id = uuid4()
    actor = Actor(party_id, frozenset({Role.OUTLET}))
    actor.require_self(party_id)
    actor.require_role(Role.DISTRIBUTOR, Role.OUTLET)
    assert actor.has_role(Role.OUTLET)
    assert not actor.has_role(Role.REGULATOR)
    with pytest.raises(NotAllowed) as refused:
        actor.require_self(uuid4())
    assert refused.value.code == "access.other_party"
    with pytest.raises(NotAllowed) as refused:
        actor.require_role(Role.REGULATOR, Role.LABORATORY)
    assert (refused.value.code, refused.value.evidence) == ("access.role", {"needed": "laboratory, regulator"})
    with pytest.raises(NotAllowed):
        Actor(None).require_self(party_id)
    OPERATOR.require_self(party_id)
    OPERATOR.require_role(Role.REGULATOR)
