"""Pseudonyms of devices: one person's looks of a day are told from another's, and nobody's of another day.

The salt of a day is drawn at random and forgotten with the day (enforcement/reports/attempts.py): afterwards not even
the operator can tell which address a pseudonym was.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from ...codes.keyring import Keyring
from ...enforcement.reports import attempts
from ...enforcement.reports.model import until_midnight
from ...store.database import Database

PURPOSE = "scan device/v1"
"""What the key of pseudonyms is derived for: another one than those of reports and probes, so that they cannot be
joined."""

PSEUDONYM_BYTES = 8
"""Of a million devices a day two share a pseudonym with a chance of 1 in 37 million."""

MAX_REMEMBERED = 10_000
"""Devices whose pseudonym is kept in memory, some 200 bytes each: who looks again looks soon."""


class DeviceNames:
    """Pseudonyms of the present day. Safe to share between threads."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._key = keyring.derive(PURPOSE)
        self._salted = b""
        self._names: dict[str, str] = {}
        self._until: datetime | None = None

    def is_current(self) -> bool:
        """Whether the salt is that of the present day."""
        return self._until is not None and self._database.clock.now() < self._until

    def renew(self) -> None:
        """Takes the salt of the present day, which may have to be drawn: writes."""
        now = self._database.clock.now()
        salt = self._database.write(attempts.require_salt)
        self._salted = hashlib.blake2b(salt, key=self._key[:64], digest_size=32).digest()
        self._names.clear()
        self._until = now + until_midnight(now)

    def name_of(self, source: str) -> str:
        """The pseudonym of an address and browser, 16 hexadecimal digits."""
        name = self._names.get(source)
        if name is None:
            if len(self._names) >= MAX_REMEMBERED:
                self._names.clear()
            salted = hashlib.blake2b(source.encode("utf-8", "replace"), key=self._salted, digest_size=PSEUDONYM_BYTES)
            name = self._names[source] = salted.hexdigest()
        return name
