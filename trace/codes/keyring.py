"""Every key of the service, derived from one master key; codes from places and places from codes.

    master key (32 bytes)
    ├── suiyuan/codes/ff1/v1/{scheme}/{prefix}    AES-256 key of FF1 for the codes that begin with `prefix`
    ├── suiyuan/derive/v1/{purpose}               whatever else needs a secret
    └── suiyuan/fingerprint/v1                    16 bytes that may be shown

Source: HKDF with SHA-256, RFC 5869, no salt. Changing any of these strings makes every printed label unreadable.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .ff1 import FF1
from .model import LAYOUTS, Place, Scheme, pack, unpack
from .schemes import has_check_digit, is_digits, is_prefix, with_check_digit

MASTER_KEY_BYTES = 32
DERIVED_KEY_BYTES = 32
FINGERPRINT_BYTES = 16
DECIMAL = 10

MAX_CACHED_CIPHERS = 4_096
"""About 2 KiB each. A prefix is one pack of one product, so a province's worth fits; a miss costs some 20 µs."""


class Keyring:
    """The master key at work. `master_key` has exactly 32 bytes, else ValueError. Safe to use from many threads."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES} bytes, not {len(master_key)}")
        self._master_key = bytes(master_key)
        # The cache belongs to the instance: on a method it would keep every keyring, and its key, alive.
        self._cached_cipher = lru_cache(maxsize=MAX_CACHED_CIPHERS)(self._make_cipher)

    def __repr__(self) -> str:
        return f"<Keyring {self.fingerprint()}>"

    def cipher(self, scheme: Scheme, prefix: str) -> FF1:
        """The cipher of all codes of `scheme` that begin with `prefix`.

        Raises ValueError for a scheme this service does not mint and for a prefix it cannot have.
        """
        return self._cached_cipher(scheme, prefix)

    def encode(self, scheme: Scheme, prefix: str, place: Place) -> str:
        """The whole code for `place`: prefix, enciphered digits and the check digit if the scheme has one.

        Raises ValueError as `cipher` does, and for a place that does not fit the layout.
        """
        cipher = self._cached_cipher(scheme, prefix)
        layout = LAYOUTS[scheme]
        image = cipher.encrypt_int(pack(layout, place))
        code = f"{prefix}{image:0{layout.enciphered_digits}d}"
        return with_check_digit(code) if layout.has_check_digit else code

    def decode(self, scheme: Scheme, code: str) -> Place | None:
        """The place that `code` would stand for; None for a text this service cannot have minted.

        A place says nothing by itself: three texts in ten of the right form give one. Only a batch that has this
        serial under this prefix, and this many packages of this level, makes the code one of ours.
        """
        layout = LAYOUTS.get(scheme)
        if layout is None or len(code) != layout.code_length or not is_digits(code):
            return None
        hidden = int(code[layout.prefix_length :])
        if layout.has_check_digit:
            if not has_check_digit(code):
                return None
            hidden //= DECIMAL
        try:
            # Only ciphers of right prefixes are made, and kept: a scan of one more code need not look at its prefix.
            cipher = self._cached_cipher(scheme, code[: layout.prefix_length])
        except ValueError:
            return None
        return unpack(layout, cipher.decrypt_int(hidden))

    def fingerprint(self) -> str:
        """32 hexadecimal digits that tell master keys apart and reveal nothing of them."""
        return self._derive("suiyuan/fingerprint/v1", FINGERPRINT_BYTES).hex()

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for `purpose`, such as signing cookies, unrelated to those of other purposes."""
        return self._derive(f"suiyuan/derive/v1/{purpose}", DERIVED_KEY_BYTES)

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """The private key of signatures for `purpose`: derived, stored nowhere."""
        return Ed25519PrivateKey.from_private_bytes(self.derive(purpose))

    def public_key(self, purpose: str) -> bytes:
        """The 32 bytes that signatures for `purpose` are checked with."""
        return self.signing_key(purpose).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def _make_cipher(self, scheme: Scheme, prefix: str) -> FF1:
        if not is_prefix(scheme, prefix):
            raise ValueError(f"no code of {scheme} minted here begins with {prefix!r}")
        key = self._derive(f"suiyuan/codes/ff1/v1/{scheme}/{prefix}", DERIVED_KEY_BYTES)
        return FF1(key, DECIMAL, LAYOUTS[scheme].enciphered_digits)

    def _derive(self, info: str, length_bytes: int) -> bytes:
        return HKDF(SHA256(), length_bytes, salt=None, info=info.encode()).derive(self._master_key)
