"""Reports of buyers: what they say, how it is looked up, how often it may be sent. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ...kernel.clock import CHINA, day_in_china
from ...kernel.errors import InvalidInput
from ...kernel.limits import MAX_SCANNED_CHARACTERS
from ...kernel.normalise import half_width
from ..model import LeadState

MAX_PHOTOS = 3
"""The front, the code, and what is wrong."""

MAX_PUBLIC_ANSWER_CHARACTERS = 200
"""A sentence or two on a phone's screen."""

CHECK_CHARACTERS = 4
CHECK_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, read aloud without mistakes: no I, L, O or U. Four of them are a million; with
MAX_WRONG_CHECKS_PER_HOUR a source needs years for one number."""

_LOOK_ALIKES = str.maketrans("OIL", "011")
_REFERENCE = re.compile(rf"(?P<number>L[0-9]{{8}}-[0-9]{{4,9}})-(?P<check>[{CHECK_ALPHABET}]{{{CHECK_CHARACTERS}}})")

DEGREES_STEP = Decimal("0.01")
"""1.1 km from south to north, 0.9 km from west to east at 38° north: a village, not a house."""

_TELEPHONE = re.compile(r"\+?[0-9]{7,15}")
"""Seven digits: a fixed line without its area code. Fifteen: Source: ITU-T E.164, section 6."""

COMPLAINTS_COUNT_FOR = timedelta(days=366)
"""Complaints count for a draw's risk weights for twelve months (inspection/draw/weights.py)."""


class Trouble(StrEnum):
    """What is wrong with the goods, in the buyer's eyes."""

    LOOKS_DIFFERENT = "looks_different"
    PRICE_TOO_LOW = "price_too_low"
    NO_EFFECT = "no_effect"
    """It did nothing, or harmed the crop."""
    OPENED = "opened"
    """Opened, or filled again."""
    OTHER = "other"


class AttemptKind(StrEnum):
    """What a source may do so and so often."""

    REPORT = "report"
    WRONG_CHECK = "wrong_check"


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `attempts` within `period`, of one source or of all together."""

    attempts: int
    period: timedelta


SOURCE_ALLOWANCES = {
    AttemptKind.REPORT: (Allowance(5, timedelta(hours=1)), Allowance(20, timedelta(days=1))),
    AttemptKind.WRONG_CHECK: (Allowance(10, timedelta(hours=1)),),
}
"""Of one source: a village behind one address can still report; a campaign cannot. Wrong checks are typing errors."""

ALL_ALLOWANCES = {
    AttemptKind.REPORT: (Allowance(120, timedelta(hours=1)), Allowance(600, timedelta(days=1))),
    AttemptKind.WRONG_CHECK: (),
}
"""Of all sources: what a province's inspectors can still look at, and at most a gigabyte of photos a day."""

ATTEMPTS_KEPT_FOR = timedelta(days=1)
"""The longest period above: what is older counts for nothing and is deleted."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody stands, in degrees of WGS 84, already rounded to DEGREES_STEP."""

    latitude_degrees: Decimal
    longitude_degrees: Decimal


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody reports. `code_text`: what was scanned or typed, whatever it is. `region_code` "" where no county
    was named. `photos`: JPEG without any metadata. `sent_id` names the sending: sent again it is one report."""

    troubles: tuple[Trouble, ...]
    code_text: str = ""
    words: str = ""
    region_code: str = ""
    position: Position | None = None
    telephone: str = ""
    photos: tuple[bytes, ...] = ()
    sent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What is kept of a report beside its lead. `code` is the form of the code found in `code_text`, "" where none is.
    `erased_at`: when telephone and position were deleted, with the end of the lead."""

    lead_id: UUID
    code_text: str
    code: str
    troubles: tuple[Trouble, ...]
    words: str
    region_code: str
    position: Position | None
    has_telephone: bool
    photos: int
    public_answer: str
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as the table has it: with its check and the sealed telephone."""

    report: Report
    sent_id: UUID
    check_text: str
    telephone_sealed: str


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report as an authority reads it. `telephone` is "" for those who may not have it; `reference` is what the
    buyer looks it up by."""

    report: Report
    reference: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Received:
    """What the buyer is told: the number, and the reference (number and check) to look it up by."""

    lead_number: str
    reference: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """What anybody with the reference may know of a report: how far it is. `public_answer` is "" unless it is closed
    and the authority gave one."""

    reference: str
    state: LeadState
    received_on: date
    closed_on: date | None
    public_answer: str


def reference_of(lead_number: str, check: str) -> str:
    """What a report is looked up by:

    L20261124-0007-K3QX
    │└──────┘ └──┘ └──┘ check: random, so that numbers cannot be walked through
    └─ the lead's number (model.number_of)
    """
    return f"{lead_number}-{check}"


def read_reference(text: str) -> tuple[str, str] | None:
    """The number and the check in a reference as people type it: any case, spaces, O for 0. None where it is none."""
    plain = "".join(half_width(text).upper().split())
    head, dash, check = plain.rpartition("-")
    match = _REFERENCE.fullmatch(f"{head}{dash}{check.translate(_LOOK_ALIKES)}")
    return None if match is None else (match["number"], match["check"])


def check_of(random: bytes) -> str:
    """The check made of CHECK_CHARACTERS random bytes."""
    return "".join(CHECK_ALPHABET[byte % len(CHECK_ALPHABET)] for byte in random)


def require_scanned(text: str) -> str:
    """What was scanned or typed, whatever it is, without the characters that no screen shows and no database holds.

    Raises InvalidInput `text.malformed` past MAX_SCANNED_CHARACTERS.
    """
    if len(text) > MAX_SCANNED_CHARACTERS:
        raise InvalidInput("text.malformed", field="code", maximum=MAX_SCANNED_CHARACTERS)
    return "".join(character for character in text if character.isprintable() or character in "\n\t").strip()


def require_words(text: str, maximum: int) -> str:
    """Words over several lines, each without needless white space. Raises InvalidInput `text.malformed`."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    folded = "\n".join(line for line in lines if line)
    if len(folded) > maximum or not all(line.isprintable() for line in lines):
        raise InvalidInput("text.malformed", field="words", maximum=maximum)
    return folded


def require_telephone(text: str) -> str:
    """A telephone number as digits, with + in front where it had one; "" where none was given.

    Raises InvalidInput `report.telephone`, without the number.
    """
    plain = re.sub(r"[\s()-]", "", half_width(text))
    if plain and not _TELEPHONE.fullmatch(plain):
        raise InvalidInput("report.telephone", field="telephone")
    return plain


def rounded(latitude_degrees: Decimal, longitude_degrees: Decimal) -> Position:
    """The place to about a kilometre. Raises InvalidInput `report.position` off the globe."""
    if not (abs(latitude_degrees) <= 90 and abs(longitude_degrees) <= 180):
        raise InvalidInput("report.position", field="latitude")
    return Position(latitude_degrees.quantize(DEGREES_STEP), longitude_degrees.quantize(DEGREES_STEP))


def pseudonym(key: bytes, salt: bytes, address: str) -> str:
    """Who sends, as something that can be compared for a day and not read back: HMAC-SHA-256 of the address, its key
    made of the installation's and the day's salt. Once the salt is deleted nobody, not even the operator, can try
    addresses against it."""
    return hmac.new(key + salt, address.encode("utf-8"), "sha256").hexdigest()


def wait_for(period: timedelta, attempts: int, latest: Sequence[datetime], now: datetime) -> timedelta:
    """How long until one more is allowed where `attempts` are within `period`; zero where it is now. `latest`: the
    newest attempts of the period, newest first, as many as are allowed where there are that many."""
    if len(latest) < attempts:
        return timedelta()
    return latest[attempts - 1] + period - now


def until_midnight(now: datetime) -> timedelta:
    """Until the next day in China, when sources get new pseudonyms."""
    following = datetime.combine(day_in_china(now) + timedelta(days=1), datetime.min.time(), CHINA)
    return following - now
