"""Signed labels: good as printed, worthless after any change, and held against the register when scanned."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.batches.service import MAX_BATCH_NUMBER_CHARACTERS
from suiyuan.trace.codes import label_keys
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level
from suiyuan.trace.codes.signing import (
    SIGNATURE_DIGITS,
    LabelStatement,
    has_fragment,
    public_bytes,
    read_statement,
    signed_fragment,
    signing_key,
)
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.limits import MAX_NAME_CHARACTERS, MAX_SCANNED_CHARACTERS
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

KEYRING = Keyring(bytes(range(32)))
KEYS = {number: public_bytes(KEYRING, number) for number in (1, 2)}
STATEMENT = LabelStatement("11722252247250743408010974953971", 1, date(2028, 9, 30), "20261001-1", "PD20172247")
IN_CHINESE = replace(STATEMENT, batch_number="甲.2026 A/1", registration_number="兽药字(2019)300012345")


def signed(statement: LabelStatement, host: str = "https://suiyuan.example") -> str:
    return f"{host}/c/{statement.code}#{signed_fragment(signing_key(KEYRING, statement.key_number), statement)}"


# ---------------------------------------------------------------------------------------------- the fragment

PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
    code=st.text(string.digits, min_size=20, max_size=32),
    key_number=st.sampled_from([1, 2]),
    expires_on=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    batch_number=PRINTABLE,
    registration_number=PRINTABLE | st.just(""),
)
def test_a_signed_label_is_read_back(
    code: str, key_number: int, expires_on: date, batch_number: str, registration_number: str
) -> None:
    statement = LabelStatement(code, key_number, expires_on, batch_number, registration_number)
    text = signed(statement)
    assert text.isascii()
    assert has_fragment(text)
    assert read_statement(text, KEYS) == statement
    assert read_statement(f" {text}\n", KEYS) == statement


def test_the_layout_is_the_one_drawn() -> None:
    head, _, fragment = signed(STATEMENT).partition("#")
    assert head == f"https://suiyuan.example/c/{STATEMENT.code}"
    form, key, expiry, batch, registration, signature = fragment.split(".")
    assert (form, key, expiry, batch, registration) == ("1", "1", "20280930", "20261001-1", "PD20172247")
    assert signature.isdigit()
    assert len(signature) == SIGNATURE_DIGITS == len(str(2**512 - 1))


def test_a_dot_in_a_number_does_not_shift_the_others() -> None:
    assert signed(IN_CHINESE).count(".") == signed(STATEMENT).count(".")
    assert read_statement(signed(IN_CHINESE), KEYS) == IN_CHINESE


@pytest.mark.parametrize("character", ["9", "批", "\U00020bb7"], ids=["digit", "chinese", "rare_chinese"])
def test_the_longest_numbers_that_can_be_registered_are_read_back(character: str) -> None:
    statement = replace(
        STATEMENT,
        batch_number=character * MAX_BATCH_NUMBER_CHARACTERS,
        registration_number=character * MAX_NAME_CHARACTERS,
    )
    text = signed(statement)
    assert len(text) <= MAX_SCANNED_CHARACTERS
    assert has_fragment(text)
    assert read_statement(text, KEYS) == statement


ALPHABET = string.ascii_letters + string.digits + ".%#/-_~"


@settings(max_examples=400, deadline=None)
@given(statement=st.sampled_from([STATEMENT, IN_CHINESE, replace(STATEMENT, registration_number="")]), data=st.data())
def test_any_changed_character_breaks_it(statement: LabelStatement, data: st.DataObject) -> None:
    """The host before the code is not signed: it may move."""
    text = signed(statement)
    first = text.index(statement.code)
    at = data.draw(st.integers(first, len(text) - 1))
    character = data.draw(st.sampled_from(ALPHABET))
    assume(character != text[at])
    assert read_statement(text[:at] + character + text[at + 1 :], KEYS) is None


def test_every_letter_in_the_other_case_breaks_it() -> None:
    text = signed(IN_CHINESE)
    places = [at for at in range(text.index("#"), len(text)) if text[at].isalpha()]
    assert len(places) > 10
    for at in places:
        assert read_statement(text[:at] + text[at].swapcase() + text[at + 1 :], KEYS) is None


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_character_more_or_less_breaks_it(data: st.DataObject) -> None:
    text = signed(IN_CHINESE)
    at = data.draw(st.integers(text.index(IN_CHINESE.code), len(text) - 1))
    assert read_statement(text[:at] + text[at + 1 :], KEYS) is None
    inserted = text[:at] + data.draw(st.sampled_from(ALPHABET)) + text[at:]
    assume(not inserted.endswith(text[text.index(IN_CHINESE.code) - 3 :]))  # before the code: that is the host
    assert read_statement(inserted, KEYS) is None


def test_another_way_to_write_the_same_numbers_breaks_it() -> None:
    text = signed(IN_CHINESE)
    for written, otherwise in (("#1.1.", "#1.01."), ("%20", "+"), ("(2019)", "%282019%29"), ("2026", "%32026")):
        changed = text.replace(written, otherwise) if written in text else text.replace(otherwise, written)
        assert changed != text
        assert read_statement(changed, KEYS) is None


def test_parts_of_two_good_labels_make_no_third() -> None:
    other = replace(STATEMENT, code="11722252247250743408010974953972")
    (left, one), (right, two) = signed(STATEMENT).split("#"), signed(other).split("#")
    assert read_statement(f"{left}#{two}", KEYS) is None
    assert read_statement(f"{right}#{one}", KEYS) is None


def test_a_key_that_is_not_published_signs_nothing() -> None:
    assert read_statement(signed(replace(STATEMENT, key_number=3)), KEYS) is None
    forged = signed_fragment(Ed25519PrivateKey.from_private_bytes(bytes(32)), STATEMENT)
    assert has_fragment(f"https://suiyuan.example/c/{STATEMENT.code}#{forged}")
    assert read_statement(f"https://suiyuan.example/c/{STATEMENT.code}#{forged}", KEYS) is None
    assert read_statement(signed(STATEMENT), {}) is None
    assert read_statement(signed(STATEMENT), {1: KEYS[2]}) is None


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "1",
        "1.1.20280930.B.R." + "9" * 155,
        "1.1.20280230.B.R." + "0" * 155,
        "1.1.00000000.B.R." + "1" * 155,
        "1.999999.20280930.B.R." + "1" * 155,
        "2.1.20280930.B.R." + "1" * 155,
        "1.1.20280930.%FF%FE.R." + "1" * 155,
        "1.1.２０２８０９３０.B.R." + "1" * 155,
        "1.1.20280930.B.R." + "١" * 155,
    ],
    ids=lambda fragment: fragment[:14],
)
def test_what_is_no_signature_is_none(fragment: str) -> None:
    assert read_statement(f"https://suiyuan.example/c/{STATEMENT.code}#{fragment}", KEYS) is None


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    assert read_statement(text, KEYS) is None
    assert not has_fragment(text)


def test_keys_are_derived_each_from_its_number_and_the_master_key() -> None:
    other = Keyring(bytes(range(1, 33)))
    found = {public_bytes(ring, number) for ring in (KEYRING, other) for number in (1, 2, 3)}
    assert len(found) == 6
    assert all(len(each) == 32 for each in found)
    assert public_bytes(Keyring(bytes(range(32))), 1) == KEYS[1]


# ---------------------------------------------------------------------------------------------- keys and their rotation


def test_the_first_key_is_made_when_needed_and_then_kept(world: World) -> None:
    with world.database.read() as connection:
        assert label_keys.list_keys(connection) == []
    made = [world.database.write(lambda work: label_keys.current_key(work, world.keyring)) for _ in range(2)]
    assert made[0] == made[1]
    assert (made[0].key_number, made[0].public_key) == (1, public_bytes(world.keyring, 1))
    assert (made[0].created_at, made[0].retired_at) == (world.clock.now(), None)


def test_a_rotation_retires_the_present_key_and_forgets_none(world: World) -> None:
    first = world.database.write(lambda work: label_keys.current_key(work, world.keyring))
    for _ in range(2):
        world.later(days=1)
        world.database.write(lambda work: label_keys.rotate(work, world.keyring))
    with world.database.read() as connection:
        keys = label_keys.list_keys(connection)
    assert [key.key_number for key in keys] == [1, 2, 3]
    assert [key.retired_at for key in keys] == [
        first.created_at + timedelta(days=1),
        first.created_at + timedelta(days=2),
        None,
    ]
    assert [key.public_key for key in keys] == [public_bytes(world.keyring, number) for number in (1, 2, 3)]
    current = world.database.write(lambda work: label_keys.current_key(work, world.keyring))
    assert current == keys[-1]


def test_a_rotation_before_any_key_makes_the_first(world: World) -> None:
    assert world.database.write(lambda work: label_keys.rotate(work, world.keyring)).key_number == 1


# ---------------------------------------------------------------------------------------------- in the answer


@pytest.fixture
def signed_batch(world: World) -> Batch:
    """In a shop, all of it: nothing but its signature can make it anything but genuine."""
    return in_a_shop(world, batch_number="20261001-签")


def in_a_shop(world: World, batch_number: str) -> Batch:
    new = replace(world.new_batch(batch_number=batch_number), is_signed=True)
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    world.database.write(lambda work: label_keys.current_key(work, world.keyring))
    return batch


def statement_of(world: World, batch: Batch, index: int = 0, key_number: int = 1) -> LabelStatement:
    code = world.code(batch, Level.UNIT, index)
    number = world.pesticide.registration_number
    return LabelStatement(code, key_number, batch.expires_on, batch.batch_number, number)


def verdict_of(answers: Answers, text: str) -> tuple[Verdict, bool]:
    """The verdict, and whether a bad signature is among its reasons."""
    answer = answers.answer(answers.resolve(text))
    return answer.verdict, ReasonCode.BAD_SIGNATURE in {reason.code for reason in answer.reasons}


GENUINE, SUSPECT = (Verdict.GENUINE, False), (Verdict.SUSPECT, True)


def test_a_signed_label_scanned_as_text_is_genuine(world: World, signed_batch: Batch, answers: Answers) -> None:
    statement = statement_of(world, signed_batch)
    resolution = answers.resolve(signed(statement))
    assert (resolution.code, resolution.statement, resolution.has_bad_signature) == (statement.code, statement, False)
    for text in (signed(statement), signed(statement, "http://192.168.1.20:8000"), f"  {signed(statement)}\n"):
        assert verdict_of(answers, text) == GENUINE
    assert verdict_of(answers, statement.code) == GENUINE


def test_a_label_signed_before_a_rotation_stays_good(world: World, signed_batch: Batch, answers: Answers) -> None:
    before = signed(statement_of(world, signed_batch))
    assert verdict_of(answers, before) == GENUINE
    world.database.write(lambda work: label_keys.rotate(work, world.keyring))
    after = signed(statement_of(world, signed_batch, 1, key_number=2))
    assert verdict_of(answers, before) == GENUINE
    assert verdict_of(answers, after) == GENUINE


def test_a_key_of_the_future_is_not_good_yet(world: World, signed_batch: Batch, answers: Answers) -> None:
    assert verdict_of(answers, signed(statement_of(world, signed_batch, key_number=2))) == SUSPECT


def test_a_forged_fragment_is_suspect(world: World, signed_batch: Batch, answers: Answers) -> None:
    statement = statement_of(world, signed_batch)
    forged = signed_fragment(Ed25519PrivateKey.from_private_bytes(bytes(32)), statement)
    assert verdict_of(answers, f"https://suiyuan.example/c/{statement.code}#{forged}") == SUSPECT
    good = signed(statement)
    last = str((int(good[-1]) + 1) % 10)
    assert verdict_of(answers, good[:-1] + last) == SUSPECT
    assert verdict_of(answers, good.replace(f"{signed_batch.expires_on:%Y%m%d}", "20991231")) == SUSPECT


@pytest.mark.parametrize("cut", [1, 2, 100, 155], ids=lambda cut: f"{cut}_short")
def test_a_fragment_that_was_cut_short_is_not_passed_over(
    world: World, signed_batch: Batch, answers: Answers, cut: int
) -> None:
    assert verdict_of(answers, signed(statement_of(world, signed_batch))[:-cut]) == SUSPECT


def test_a_good_fragment_on_another_code_is_suspect(world: World, signed_batch: Batch, answers: Answers) -> None:
    first, second = statement_of(world, signed_batch, 0), statement_of(world, signed_batch, 1)
    assert verdict_of(answers, signed(first).replace(first.code, second.code)) == SUSPECT


@pytest.mark.parametrize("change", ["batch_number", "registration_number", "expires_on"])
def test_a_code_in_a_statement_that_is_not_its_batchs_is_suspect(
    world: World, signed_batch: Batch, answers: Answers, change: str
) -> None:
    """Signed with our own key, so the signature holds: only the register tells."""
    other = in_a_shop(world, batch_number="另一批")
    changes: dict[str, object] = {
        "batch_number": other.batch_number,
        "registration_number": "PD20179999",
        "expires_on": signed_batch.expires_on + timedelta(days=365),
    }
    statement = replace(statement_of(world, signed_batch), **{change: changes[change]})
    assert answers.resolve(signed(statement)).statement == statement
    assert verdict_of(answers, signed(statement)) == SUSPECT


def test_the_signature_of_an_unknown_code_makes_it_no_better(
    world: World, signed_batch: Batch, answers: Answers
) -> None:
    code = statement_of(world, signed_batch).code
    unknown = code[:-1] + str((int(code[-1]) + 1) % 10)
    text = signed(replace(statement_of(world, signed_batch), code=unknown))
    assert answers.answer(answers.resolve(text)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", ["seed", "vet_drug"])
def test_labels_that_are_no_address_cannot_be_signed(world: World, refuses: Refuses, kind: str) -> None:
    new = replace(world.new_batch(getattr(world, kind)), is_signed=True)
    with refuses(InvalidInput, "batch.is_signed", field="is_signed"):
        world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
