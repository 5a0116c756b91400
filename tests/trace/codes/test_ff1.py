"""FF1 against the published samples, and as a permutation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from suiyuan.trace.codes.ff1 import ALPHABET, FF1

KEY_128 = "2B7E151628AED2A6ABF7158809CF4F3C"
KEY_192 = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F"
KEY_256 = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94"
TWEAK_10 = "39383736353433323130"
TWEAK_11 = "3737373770717273373737"

# Source: NIST, "FF1samples.pdf", samples 1 to 9: key, radix, tweak, plaintext, ciphertext.
NIST_SAMPLES = [
    (KEY_128, 10, "", "0123456789", "2433477484"),
    (KEY_128, 10, TWEAK_10, "0123456789", "6124200773"),
    (KEY_128, 36, TWEAK_11, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (KEY_192, 10, "", "0123456789", "2830668132"),
    (KEY_192, 10, TWEAK_10, "0123456789", "2496655549"),
    (KEY_192, 36, TWEAK_11, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (KEY_256, 10, "", "0123456789", "6657667009"),
    (KEY_256, 10, TWEAK_10, "0123456789", "1001623463"),
    (KEY_256, 36, TWEAK_11, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "image"), NIST_SAMPLES)
def test_published_samples_hold_in_both_directions(key: str, radix: int, tweak: str, plain: str, image: str) -> None:
    cipher = FF1(bytes.fromhex(key), radix, len(plain), bytes.fromhex(tweak))
    assert cipher.encrypt(plain) == image
    assert cipher.decrypt(image) == plain
    assert cipher.encrypt_int(int(plain, radix)) == int(image, radix)
    assert cipher.decrypt_int(int(image, radix)) == int(plain, radix)


def reference_encrypt(key: bytes, radix: int, tweak: bytes, numerals: list[int]) -> list[int]:
    """Algorithm 7 step by step with nothing precomputed: the yardstick for lengths and tweaks without a sample."""

    def aes(block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305  # the bare AES permutation

    def number(digits: list[int]) -> int:
        value = 0
        for digit in digits:
            value = value * radix + digit
        return value

    def digits_of(value: int, count: int) -> list[int]:
        out: list[int] = []
        for _ in range(count):
            value, digit = divmod(value, radix)
            out.insert(0, digit)
        return out

    n, t = len(numerals), len(tweak)
    u = n // 2
    v = n - u
    a, b_half = numerals[:u], numerals[u:]
    b = -(-(radix**v - 1).bit_length() // 8)
    d = 4 * -(-b // 4) + 4
    p = bytes([1, 2, 1, *radix.to_bytes(3, "big"), 10, u % 256, *n.to_bytes(4, "big"), *t.to_bytes(4, "big")])
    for i in range(10):
        q = tweak + bytes((-t - b - 1) % 16) + bytes([i]) + number(b_half).to_bytes(b, "big")
        mac = bytes(16)
        for start in range(0, len(p + q), 16):
            mac = aes(bytes(x ^ y for x, y in zip(mac, (p + q)[start : start + 16], strict=True)))
        s = mac
        for j in range(1, -(-d // 16)):
            s += aes(bytes(x ^ y for x, y in zip(mac, j.to_bytes(16, "big"), strict=True)))
        m = u if i % 2 == 0 else v
        a, b_half = b_half, digits_of((number(a) + int.from_bytes(s[:d], "big")) % radix**m, m)
    return a + b_half


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_agrees_with_the_algorithm_as_written(data: st.DataObject) -> None:
    """Odd and even lengths, halves of one block and of several, tweaks shorter and longer than a block."""
    radix = data.draw(st.sampled_from([2, 10, 16, 36]))
    length = data.draw(st.integers(min_value=20, max_value=200))
    key = data.draw(st.binary(min_size=32, max_size=32))
    tweak = data.draw(st.binary(max_size=40))
    numerals = data.draw(st.lists(st.integers(0, radix - 1), min_size=length, max_size=length))
    text = "".join(ALPHABET[digit] for digit in numerals)
    cipher = FF1(key, radix, length, tweak)
    image = cipher.encrypt(text)
    assert image == "".join(ALPHABET[digit] for digit in reference_encrypt(key, radix, tweak, numerals))
    assert cipher.decrypt(image) == text


@given(st.integers(0, 10**21 - 1))
def test_round_trip_of_the_length_on_labels(value: int) -> None:
    cipher = FF1(bytes(32), 10, 21)
    assert cipher.decrypt_int(cipher.encrypt_int(value)) == value


def test_is_a_bijection_of_the_smallest_domain() -> None:
    """No two of a tenth of all values share an image, and each image leads back: on a finite set that is a bijection.

    All 10^6 values take seven seconds and were run once by hand.
    """
    cipher = FF1(bytes(16), 10, 6)
    values = range(3, 10**6, 10)
    images = [cipher.encrypt_int(value) for value in values]
    assert len(set(images)) == len(values)
    assert all(0 <= image < 10**6 for image in images)
    assert [cipher.decrypt_int(image) for image in images[:10_000]] == list(values[:10_000])


def test_key_and_tweak_both_matter() -> None:
    images = {
        FF1(bytes(32), 10, 21).encrypt_int(1),
        FF1(bytes(31) + b"\x01", 10, 21).encrypt_int(1),
        FF1(bytes(32), 10, 21, b"a").encrypt_int(1),
        FF1(bytes(32), 10, 21, b"\x00").encrypt_int(1),
    }
    assert len(images) == 4


def test_threads_share_one_cipher() -> None:
    cipher = FF1(bytes(32), 10, 21)
    values = range(4_000)
    expected = [cipher.encrypt_int(value) for value in values]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(cipher.encrypt_int, values)) == expected
        assert list(pool.map(cipher.decrypt_int, expected)) == list(values)
    assert len(cipher._idle) <= 8  # no more AES contexts than threads ever were at work at once


def test_an_aes_context_is_used_again() -> None:
    for cipher in (FF1(bytes(32), 10, 21), FF1(bytes(32), 36, 200)):
        for value in range(20):
            assert cipher.decrypt_int(cipher.encrypt_int(value)) == value
        assert len(cipher._idle) == 1  # not visible from outside


@pytest.mark.parametrize(
    ("key_bytes", "radix", "length"),
    [(15, 10, 21), (33, 10, 21), (32, 1, 21), (32, 65_537, 21), (32, 10, 5), (32, 2, 19), (32, 1_001, 1), (32, 10, -1)],
)
def test_refuses_arguments_outside_the_standard(key_bytes: int, radix: int, length: int) -> None:
    with pytest.raises(ValueError, match=r"key|radix|digits"):
        FF1(bytes(key_bytes), radix, length)


@pytest.mark.parametrize("value", [-1, 10**21])
def test_refuses_numbers_outside_the_domain(value: int) -> None:
    cipher = FF1(bytes(32), 10, 21)
    with pytest.raises(ValueError, match="outside"):
        cipher.encrypt_int(value)
    with pytest.raises(ValueError, match="outside"):
        cipher.decrypt_int(value)


@pytest.mark.parametrize("numerals", ["", "12345", "1234567", "12345a", "+12345", "1_2345", " 12345", "１２３４５６"])
def test_refuses_other_numerals(numerals: str) -> None:
    with pytest.raises(ValueError, match="numerals"):
        FF1(bytes(32), 10, 6).encrypt(numerals)
