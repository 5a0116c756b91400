"""Codes from places and back, under keys that have nothing to do with one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.extraction import extract
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import LAYOUTS, Candidate, Level, Place, Scheme
from suiyuan.trace.codes.schemes import is_well_formed

MASTER_KEY = bytes(range(32))
KEYRING = Keyring(MASTER_KEY)
PREFIXES = {Scheme.PESTICIDE: "11722252247", Scheme.SEED: "", Scheme.OWN: "", Scheme.GS1: "06901234567892"}


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        (Scheme.PESTICIDE, "11722252247501813539394202643222"),
        (Scheme.SEED, "78872100816586722953"),
        (Scheme.OWN, "0192541215409482449969"),
    ],
)
def test_codes_never_change_once_printed(scheme: Scheme, code: str) -> None:
    """Fixed outputs: whatever alters them makes the labels in the field unreadable."""
    place = Place(7, Level.CARTON, 123)
    assert KEYRING.encode(scheme, PREFIXES[scheme], place) == code
    assert KEYRING.decode(scheme, code) == place


@pytest.mark.parametrize("scheme", list(LAYOUTS))
@given(data=st.data())
def test_round_trip(scheme: Scheme, data: st.DataObject) -> None:
    layout = LAYOUTS[scheme]
    place = Place(
        data.draw(st.integers(0, 10**layout.serial_digits - 1)),
        data.draw(st.sampled_from(Level)),
        data.draw(st.integers(0, 10**layout.index_digits - 1)),
    )
    pesticide = st.from_regex(r"[123][0-9]{6}[123][0-9]{3}", fullmatch=True)
    prefix = data.draw(pesticide) if scheme is Scheme.PESTICIDE else PREFIXES[scheme]
    code = KEYRING.encode(scheme, prefix, place)
    assert code.startswith(prefix)
    assert is_well_formed(scheme, code)
    assert KEYRING.decode(scheme, code) == place
    assert extract(code).candidates == (Candidate(scheme, code),)


def test_neighbours_look_unrelated() -> None:
    codes = [KEYRING.encode(Scheme.SEED, "", Place(0, Level.UNIT, index)) for index in range(1_000)]
    assert len(set(codes)) == 1_000
    assert len({code[:6] for code in codes}) > 990
    assert len({code[-6:] for code in codes}) > 990


def test_prefix_scheme_and_master_key_each_change_the_image() -> None:
    place = Place(1, Level.UNIT, 1)
    images = {
        KEYRING.encode(Scheme.PESTICIDE, "11722252247", place)[11:],
        KEYRING.encode(Scheme.PESTICIDE, "11722252248", place)[11:],
        Keyring(bytes(32)).encode(Scheme.PESTICIDE, "11722252247", place)[11:],
        KEYRING.encode(Scheme.OWN, "", place)[:21],
    }
    assert len(images) == 4


def test_a_code_moved_under_another_prefix_decodes_elsewhere() -> None:
    place = Place(1, Level.UNIT, 1)
    code = KEYRING.encode(Scheme.PESTICIDE, "11722252247", place)
    assert KEYRING.decode(Scheme.PESTICIDE, "11722252248" + code[11:]) != place


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        (Scheme.VET_DRUG, "202403150123456789012345"),
        (Scheme.PESTICIDE, "41722252247501813539394202643222"),
        (Scheme.PESTICIDE, "1172225224750181353939420264322"),
        (Scheme.PESTICIDE, "1172225224750181353939420264322x"),
        (Scheme.PESTICIDE, "1172225224750181353939420264322２"),
        (Scheme.OWN, "0192541215409482449960"),
        (Scheme.SEED, "AB12"),
        (Scheme.SEED, "7887210081658672295A"),
        (Scheme.SEED, ""),
    ],
)
def test_decode_gives_nothing_for_what_was_not_minted_here(scheme: Scheme, code: str) -> None:
    assert KEYRING.decode(scheme, code) is None


@pytest.mark.parametrize(
    ("scheme", "prefix"),
    [(Scheme.VET_DRUG, ""), (Scheme.PESTICIDE, ""), (Scheme.PESTICIDE, "41722252247"), (Scheme.SEED, "1")],
)
def test_minting_needs_a_scheme_and_prefix_of_ours(scheme: Scheme, prefix: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        KEYRING.encode(scheme, prefix, Place(0, Level.UNIT, 0))


def test_cipher_is_made_once_per_prefix() -> None:
    assert KEYRING.cipher(Scheme.SEED, "") is KEYRING.cipher(Scheme.SEED, "")
    assert KEYRING.cipher(Scheme.SEED, "") is not KEYRING.cipher(Scheme.OWN, "")


def test_threads_share_one_keyring() -> None:
    places = [Place(serial, Level.UNIT, serial * 7) for serial in range(2_000)]
    prefixes = [f"1172225{1 + number % 3}{number % 50:03d}" for number in range(2_000)]

    def there_and_back(prefix: str, place: Place) -> bool:
        return KEYRING.decode(Scheme.PESTICIDE, KEYRING.encode(Scheme.PESTICIDE, prefix, place)) == place

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, prefixes, places))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_master_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(length))


def test_neither_text_nor_fingerprint_shows_the_key() -> None:
    shown = f"{KEYRING!r} {KEYRING}"
    assert MASTER_KEY.hex() not in shown
    assert repr(MASTER_KEY) not in shown
    assert len(bytes.fromhex(KEYRING.fingerprint())) == 16
    assert KEYRING.fingerprint() == Keyring(MASTER_KEY).fingerprint() != Keyring(bytes(32)).fingerprint()


def test_derived_keys_differ_by_purpose() -> None:
    keys = {
        KEYRING.derive("cookies"),
        KEYRING.derive("cookies "),
        KEYRING.derive(""),
        Keyring(bytes(32)).derive("cookies"),
    }
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert KEYRING.derive("cookies") in keys
