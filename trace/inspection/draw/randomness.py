"""From a secret and a public value to whole numbers without bias. Nothing here is random: the secret was.

    seed      = HMAC-SHA-256(key: secret of 32 bytes,
                             message: canonical JSON of {"algorithm", "list_sha256", "public_value"})

    stream    = block 0 ‖ block 1 ‖ …, one for each label:
    block n   = HMAC-SHA-256(key: seed, message: label in UTF-8 ‖ 00 ‖ n as 8 bytes, big-endian)

    below(m)  = the next ⌈b/8⌉ bytes of the stream, read big-endian, of which the first b bits,
                b being the number of bits of m − 1; where the number is m or more, the next bytes instead

    labels    objects/<stratum>    which objects of a stratum        redraw/<number>    each redraw, from 1
              inspectors           who inspects what

Each label has a stream of its own, so that the draw of one stratum depends on no other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

from ...ledger.model import canonical

Item = TypeVar("Item")

ALGORITHM = "suiyuan-draw-1"
"""Names everything in this folder that a result follows from. What changes a result needs another name."""

SECRET_BYTES = 32


def sha256(content: bytes) -> str:
    """In 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def seed_of(secret: bytes, list_sha256: str, public_value: str) -> bytes:
    """The 32 bytes that everything drawn follows from. `public_value` is "" where the list names no source of one."""
    message = canonical({"algorithm": ALGORITHM, "list_sha256": list_sha256, "public_value": public_value})
    return hmac.digest(secret, message.encode("utf-8"), "sha256")


class Stream:
    """The numbers of one label, in order."""

    def __init__(self, seed: bytes, label: str) -> None:
        self._seed = seed
        self._label = label.encode("utf-8") + b"\x00"
        self._blocks = 0
        self._left = b""

    def below(self, bound: int) -> int:
        """The next number, from 0 to `bound` − 1, each as likely as the others. Raises ValueError below 1.

        Numbers that are too large are dropped, not folded back, which would favour the small ones; at most every second
        one is, on average.
        """
        if bound < 1:
            raise ValueError("nothing to choose from")
        bits = (bound - 1).bit_length()
        length_bytes = (bits + 7) // 8
        while True:
            number = int.from_bytes(self._take(length_bytes), "big") >> (8 * length_bytes - bits)
            if number < bound:
                return number

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in an order of which each is as likely (Fisher and Yates, from the last place down)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def _take(self, length_bytes: int) -> bytes:
        while len(self._left) < length_bytes:
            self._left += hmac.digest(self._seed, self._label + self._blocks.to_bytes(8, "big"), "sha256")
            self._blocks += 1
        taken, self._left = self._left[:length_bytes], self._left[length_bytes:]
        return taken
