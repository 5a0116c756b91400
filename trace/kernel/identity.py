"""A buyer's identity as something that can be compared and not read back.

    number as given → half-width, upper case, no spaces → checked → HMAC-SHA-256 under a key of this installation

The full number is not kept, logged or repeated, not even in a refusal. A plain hash would not do: there are so few
resident numbers that all can be tried. The last four characters stand beside it for people to tell buyers apart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from .errors import InvalidInput
from .normalise import registration_number as plain_form

IDENTITY_PURPOSE = "identity/v1"
"""What the secret is derived for (`Keyring.derive`). With another one, no stored reference matches any more."""

MIN_SECRET_BYTES = 32
LAST_CHARACTERS = 4

_RESIDENT = re.compile(r"[0-9]{6}(?:19|20)[0-9]{9}[0-9X]")


@dataclass(frozen=True, slots=True)
class IdentityReference:
    """`keyed_hash`: 64 hexadecimal digits, the same for the same number. `last_four`: the number's last characters."""

    keyed_hash: str
    last_four: str


def identity_reference(secret: bytes, text: str, field: str = "identity") -> IdentityReference:
    """The reference of a resident identity number or a unified social credit code.

    `secret` has at least 32 bytes, else ValueError. Raises InvalidInput `identity.check_character` for a resident
    number with a wrong last character, `identity.malformed` for what is neither. The number is not in the error.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"the key of identities has at least {MIN_SECRET_BYTES} bytes")
    number = _require_number(text, field)
    keyed_hash = hmac.new(secret, number.encode("ascii"), hashlib.sha256).hexdigest()
    return IdentityReference(keyed_hash, number[-LAST_CHARACTERS:])


def _require_number(text: str, field: str) -> str:
    """The number in plain form, once its check character is right.

    Divisions are not looked up: a number keeps that of its first issue, and no list has all that ever were. What reads
    as a resident number is not tried as a credit code, since one mistyped number in thirty would pass for one; but
    with a 9 in front, where firms begin and no resident's division does, it is.

    Source: GB 11643 (17 digits, of which 7-14 the day of birth, and a check character, ISO 7064 MOD 11-2); GB 32100.
    """
    number = plain_form(text)
    if _RESIDENT.fullmatch(number) and _has_birth_date(number):
        if ric.calc_check_digit(number) == number[-1]:
            return number
        if not number.startswith("9"):
            raise InvalidInput("identity.check_character", field=field)
    try:
        return uscc.validate(number)
    except ValidationError:
        raise InvalidInput("identity.malformed", field=field) from None


def _has_birth_date(number: str) -> bool:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return True
