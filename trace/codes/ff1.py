"""FF1: encryption that turns a number of n digits into another number of n digits, and back.

Source: NIST SP 800-38G (March 2016), algorithms 7 (FF1.Encrypt) and 8 (FF1.Decrypt), with the larger minimum
domain of the draft revision 1. A Feistel network of ten rounds over the two halves of the number:

    value = A · radix^v + B          u = ⌊n/2⌋ digits in A, v = n - u digits in B
    round i:   C = (A + y) mod radix^m,   A = B,   B = C        m = u in even rounds, v in odd ones

`y` comes from AES in CBC-MAC mode over `P ‖ Q`:

    P   01 02 01 │ radix:3 │ 0A │ u mod 256:1 │ n:4 │ t:4                     one block, the same in every call
    Q   tweak:t │ zeros │ round:1 │ B:b                                      only the last b+1 bytes change

Whatever does not change is put through AES once, when the cipher is made. For 21 decimal digits b is 5, so each round
costs exactly one AES block.

Numbers are written big-endian, which is what `to_bytes` and `from_bytes` do unasked; asking costs a scan 4 % of its
time.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
"""Numerals of the text form, by value; the first `radix` of them are used."""

ROUNDS = 10
BLOCK_BYTES = 16
BLOCK_BITS = 8 * BLOCK_BYTES

MIN_DOMAIN = 1_000_000
"""Fewer values than this can be tabulated by an attacker. Source: SP 800-38G revision 1 (draft), 5.2."""

MAX_RADIX = 2**16
MAX_LENGTH = 4_096
"""Digits. The standard allows 2^32; nothing a label could carry is longer, and an absurd length is a mistake."""

CIPH = Callable[[bytes], bytes]
"""AES under one key, on whole blocks: what the standard calls CIPH."""


class FF1:
    """The permutation of `[0, radix**length)` that one key and tweak select.

    `key` has 16, 24 or 32 bytes, `radix` lies in 2..65536 (2..36 for the text form), `length` counts digits.
    Raises ValueError for any other argument, and when radix**length is below MIN_DOMAIN: all are programming errors.

    One instance may be used from any number of threads: nothing changes after `__init__` but the AES contexts, which
    are not safe to share. Each call takes an idle one, or makes one, and puts it back; no thread waits for another.
    """

    def __init__(self, key: bytes, radix: int, length: int, tweak: bytes = b"") -> None:
        if len(key) not in (16, 24, 32):
            raise ValueError(f"an AES key has 16, 24 or 32 bytes, not {len(key)}")
        if not 2 <= radix <= MAX_RADIX:
            raise ValueError(f"radix {radix} is outside 2..{MAX_RADIX}")
        if not 2 <= length <= MAX_LENGTH or radix**length < MIN_DOMAIN:
            raise ValueError(f"{length} digits of radix {radix} are outside the domain FF1 is safe for")
        self.radix = radix
        self.length = length
        left_digits = length // 2
        right_digits = length - left_digits
        self._left_modulus = radix**left_digits
        self._right_modulus = radix**right_digits
        self._domain = radix**length

        # ECB of single blocks is the bare AES permutation that the standard calls CIPH; no data is encrypted with it.
        self._aes = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
        self._idle: list[CIPH] = []

        half_bytes = ((self._right_modulus - 1).bit_length() + 7) // 8
        stretch_bytes = 4 * -(-half_bytes // 4) + 4
        self._stretch_blocks = -(-stretch_bytes // BLOCK_BYTES)
        self._unused_bits = 8 * (BLOCK_BYTES * self._stretch_blocks - stretch_bytes)

        fixed = tweak + bytes((-len(tweak) - half_bytes - 1) % BLOCK_BYTES)
        whole = len(fixed) // BLOCK_BYTES * BLOCK_BYTES
        head = (
            bytes((1, 2, 1))
            + radix.to_bytes(3)
            + bytes((ROUNDS, left_digits % 256))
            + length.to_bytes(4)
            + len(tweak).to_bytes(4)
        )
        ciph = self._borrow()
        state = _chain(ciph, bytes(BLOCK_BYTES), head + fixed[:whole])
        self._idle.append(ciph)
        self._varying_bytes = len(fixed) - whole + 1 + half_bytes
        rest = int.from_bytes(fixed[whole:]) << (8 * (half_bytes + 1))
        # The chained state enters by XOR into the first of the varying blocks, so it can be folded in here.
        base = rest ^ (int.from_bytes(state) << (8 * self._varying_bytes - BLOCK_BITS))
        self._bases = tuple(base ^ (number << (8 * half_bytes)) for number in range(ROUNDS))
        self._base_pairs_backwards = tuple(zip(self._bases[-2::-2], self._bases[-1::-2], strict=True))
        self._is_single_block = self._varying_bytes == BLOCK_BYTES and self._stretch_blocks == 1

    def encrypt_int(self, value: int) -> int:
        """The image of `value`. Raises ValueError outside `[0, radix**length)`."""
        left, right = self._halves(value)
        even, odd, stretch, bases = self._left_modulus, self._right_modulus, self._stretch, self._bases
        ciph = self._borrow()
        for number in range(0, ROUNDS, 2):
            left = (left + stretch(ciph, bases[number] ^ right)) % even
            right = (right + stretch(ciph, bases[number + 1] ^ left)) % odd
        self._idle.append(ciph)
        return left * odd + right

    def decrypt_int(self, value: int) -> int:
        """The number whose image is `value`. Raises ValueError outside `[0, radix**length)`."""
        left, right = self._halves(value)
        if not self._is_single_block:
            return self._decrypt_stretching(left, right)
        # As in `_decrypt_stretching`, with `_stretch` of one block in and one out written out: every code of this
        # service is of this kind, and it takes a third off the time of a scan's look-up.
        even, odd, unused = self._left_modulus, self._right_modulus, self._unused_bits
        read, ciph = int.from_bytes, self._borrow()
        for first, second in self._base_pairs_backwards:
            right = (right - (read(ciph((second ^ left).to_bytes(BLOCK_BYTES))) >> unused)) % odd
            left = (left - (read(ciph((first ^ right).to_bytes(BLOCK_BYTES))) >> unused)) % even
        self._idle.append(ciph)
        return left * odd + right

    def encrypt(self, numerals: str) -> str:
        """As `encrypt_int`, on exactly `length` numerals of ALPHABET. Raises ValueError for any other text."""
        return self._numerals(self.encrypt_int(self._value(numerals)))

    def decrypt(self, numerals: str) -> str:
        """As `decrypt_int`, on exactly `length` numerals of ALPHABET. Raises ValueError for any other text."""
        return self._numerals(self.decrypt_int(self._value(numerals)))

    def _borrow(self) -> CIPH:
        """An AES context nobody else uses, to be appended to `_idle` afterwards."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._aes.encryptor().update

    def _decrypt_stretching(self, left: int, right: int) -> int:
        """`decrypt_int` of a number's halves, however many blocks a round takes."""
        even, odd, stretch, bases = self._left_modulus, self._right_modulus, self._stretch, self._bases
        ciph = self._borrow()
        for number in range(ROUNDS - 2, -1, -2):
            right = (right - stretch(ciph, bases[number + 1] ^ left)) % odd
            left = (left - stretch(ciph, bases[number] ^ right)) % even
        self._idle.append(ciph)
        return left * odd + right

    def _halves(self, value: int) -> tuple[int, int]:
        if not 0 <= value < self._domain:
            raise ValueError(f"a value outside [0, {self.radix}**{self.length})")
        return divmod(value, self._right_modulus)

    def _stretch(self, ciph: CIPH, varying: int) -> int:
        """`y` of one round: the blocks that vary, chained to the fixed state and drawn out to the length needed."""
        block = varying.to_bytes(self._varying_bytes)
        result = ciph(block) if len(block) == BLOCK_BYTES else _chain(ciph, bytes(BLOCK_BYTES), block)
        number = int.from_bytes(result)
        if self._stretch_blocks > 1:
            first = number
            for counter in range(1, self._stretch_blocks):
                more = ciph((first ^ counter).to_bytes(BLOCK_BYTES))
                number = (number << BLOCK_BITS) | int.from_bytes(more)
        return number >> self._unused_bits

    def _value(self, numerals: str) -> int:
        # int() alone would let signs, underscores, spaces and foreign digits through.
        allowed = ALPHABET[: self.radix]
        if self.radix > len(ALPHABET) or len(numerals) != self.length or any(one not in allowed for one in numerals):
            raise ValueError(f"not {self.length} numerals of radix {self.radix}")
        return int(numerals, self.radix)

    def _numerals(self, value: int) -> str:
        digits: list[str] = []
        for _ in range(self.length):
            value, digit = divmod(value, self.radix)
            digits.append(ALPHABET[digit])
        return "".join(reversed(digits))


def _chain(ciph: CIPH, state: bytes, blocks: bytes) -> bytes:
    """The standard's PRF (algorithm 6): AES-CBC-MAC of whole blocks, going on from `state`."""
    for start in range(0, len(blocks), BLOCK_BYTES):
        mixed = int.from_bytes(state) ^ int.from_bytes(blocks[start : start + BLOCK_BYTES])
        state = ciph(mixed.to_bytes(BLOCK_BYTES))
    return state
