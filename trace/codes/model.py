"""Codes: what a label carries, what its random section hides, and how both are written.

Standard library and kernel only. Whether a text is a code at all is decided in schemes.py, finding one in whatever
was scanned or typed in extraction.py, and turning a code into a place and back in keyring.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from ..kernel.errors import InvalidInput
from ..kernel.values import statically_frozen


class Scheme(StrEnum):
    """Who laid down what a code looks like."""

    PESTICIDE = "pesticide"
    """32 digits. Source: 农业部公告第2579号, 农业农村部公告第1049号, the article on the code's structure."""

    SEED = "seed"
    """1 to 20 digits or letters. Source: 农作物种子标签二维码编码规则 (农业部办公厅, 2016-09-18)."""

    VET_DRUG = "vet_drug"
    """24 digits, issued by the national system only. Source: 农业农村部公告第174号 (2019)."""

    OWN = "own"
    """22 digits of this service, for cartons, pallets and goods without a statutory code."""

    GS1 = "gs1"
    """A GTIN of 14 digits and a serial number of 1 to 20 characters, as a Digital Link says them: a unit's second name
    beside its statutory code. Source: GS1 General Specifications, AI (01) and (21)."""


class Level(IntEnum):
    """Packaging levels, from the smallest pack sold upwards."""

    UNIT = 0
    CARTON = 1
    PALLET = 2


_LEVELS = tuple(Level)


@statically_frozen
class Place:
    """What the enciphered section of a code hides.

    `serial` numbers the batches of one scheme and prefix, `index` the packages of one batch and level, both from 0.
    """

    serial: int
    level: Level
    index: int


@dataclass(frozen=True)
class Layout:
    """Digit counts of a code this service mints. The level takes one digit between serial and index.

    No slots: `cached_property` keeps what every scan asks for in the instance's dictionary.
    """

    prefix_length: int
    serial_digits: int
    index_digits: int
    has_check_digit: bool

    @cached_property
    def enciphered_digits(self) -> int:
        return self.serial_digits + 1 + self.index_digits

    @cached_property
    def code_length(self) -> int:
        return self.prefix_length + self.enciphered_digits + self.has_check_digit

    @cached_property
    def index_limit(self) -> int:
        """The first index that does not fit."""
        return 10**self.index_digits


LAYOUTS: Mapping[Scheme, Layout] = MappingProxyType(
    {
        Scheme.PESTICIDE: Layout(prefix_length=11, serial_digits=9, index_digits=11, has_check_digit=False),
        Scheme.SEED: Layout(prefix_length=0, serial_digits=9, index_digits=10, has_check_digit=False),
        Scheme.OWN: Layout(prefix_length=0, serial_digits=9, index_digits=11, has_check_digit=True),
        Scheme.GS1: Layout(prefix_length=14, serial_digits=9, index_digits=10, has_check_digit=False),
    }
)
"""The schemes this service may mint, as (printed / hidden under FF1):

    pesticide   1    2-7            8            9-11       12-32
                class│registration │production  │pack code │21 digits
                     │six digits   │type        │          │serial:9│level:1│index:11
    seed        1-20
                20 digits
                serial:9│level:1│index:10
    own         1-21                        22
                21 digits                  │Luhn
                serial:9│level:1│index:11
    gs1         1-14        15-34
                GTIN (01)  │20 digits, the serial number (21)
                           │serial:9│level:1│index:10

VET_DRUG is missing on purpose: those codes come from the national system, and one that only looked like it would be
a forgery.
"""


def pack(layout: Layout, place: Place) -> int:
    """`place` as the number to encipher. Raises ValueError when serial or index do not fit their digits."""
    if not 0 <= place.serial < 10**layout.serial_digits:
        raise ValueError(f"serial {place.serial} does not fit {layout.serial_digits} digits")
    if not 0 <= place.index < layout.index_limit:
        raise ValueError(f"index {place.index} does not fit {layout.index_digits} digits")
    return (place.serial * 10 + place.level) * layout.index_limit + place.index


def unpack(layout: Layout, value: int) -> Place | None:
    """The place `value` stands for; None for a level digit above 2, which no code ever issued hides."""
    head, index = divmod(value, layout.index_limit)
    serial, level = divmod(head, 10)
    return Place(serial, _LEVELS[level], index) if level < len(_LEVELS) else None


class MalformedReason(StrEnum):
    """Why nothing in a scanned or typed text can be a code."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    """More than limits.MAX_SCANNED_CHARACTERS: it cannot have come from a label."""

    NO_CODE = "no_code"
    SEVERAL_CODES = "several_codes"
    """Two different codes of one kind, or more loose words than are worth trying."""

    CHECK_DIGIT = "check_digit"
    """22 digits whose last one is not the Luhn digit of the others: a slip in typing."""

    WRONG_LENGTH = "wrong_length"
    """More than 20 characters, and as many as no scheme has."""

    BAD_STRUCTURE = "bad_structure"
    """32 digits that no pesticide label can carry, or 24 digits that do not begin with a date."""

    NO_SERIAL = "no_serial"
    """A Digital Link of a product or a batch: it names no single pack."""

    GTIN_CHECK_DIGIT = "gtin_check_digit"
    """A Digital Link whose GTIN has a wrong check digit."""

    BAD_LINK = "bad_link"
    """A Digital Link with a right GTIN in which something else is not as GS1 lays down."""


@statically_frozen
class Candidate:
    """A text that has the form of a code of `scheme`. Nothing is said about whether it was ever issued."""

    scheme: Scheme
    code: str


@statically_frozen
class Extraction:
    """Either at least one candidate, the likeliest first, or the reason why there is none: exactly one of the two."""

    candidates: tuple[Candidate, ...]
    reason: MalformedReason | None


GROUP_CHARACTERS = 4
"""What people read aloud and compare at a glance."""


def grouped(code: str) -> str:
    """`code` for showing: groups of four characters with a space between, the last one possibly shorter."""
    return " ".join(code[start : start + GROUP_CHARACTERS] for start in range(0, len(code), GROUP_CHARACTERS))


def label_text(scheme: Scheme, code: str, base_url: str, *, variety_name: str = "", operator_name: str = "") -> str:
    """What the symbol on a label says.

        pesticide, own   {base_url}/c/{code}
        gs1              {base_url}/01/{GTIN}/21/{serial number}         a code of ours: digits throughout
        vet_drug         {code}                          Source: 农业农村部公告第174号: the code alone
        seed             品种名称：{variety_name}
                         生产经营者名称：{operator_name}
                         单元识别代码：{code}
                         追溯网址：{base_url}/c/{code}

    The two names belong to seed labels and are ignored for the others. Seed payload: exactly these four lines in
    this order, none may be missing, LF between them and none after the last.
    Source: 农作物种子标签二维码编码规则 (农业部办公厅, 2016-09-18).

    Raises InvalidInput `label.missing` for a blank item and `label.line_break` for an item of more than one line,
    which would shift the others.
    """
    if scheme is Scheme.VET_DRUG:
        return _one_line("code", code)
    base = _one_line("base_url", base_url).rstrip("/")
    if scheme is Scheme.GS1:
        gtin_digits = LAYOUTS[scheme].prefix_length
        return f"{base}/01/{_one_line('code', code)[:gtin_digits]}/21/{code[gtin_digits:]}"
    address = f"{base}/c/{_one_line('code', code)}"
    if scheme is not Scheme.SEED:
        return address
    return "\n".join(
        (
            f"品种名称：{_one_line('variety_name', variety_name)}",
            f"生产经营者名称：{_one_line('operator_name', operator_name)}",
            f"单元识别代码：{code}",
            f"追溯网址：{address}",
        )
    )


def _one_line(field: str, value: str) -> str:
    if not value.strip():
        raise InvalidInput("label.missing", field=field)
    if value.splitlines() != [value]:
        raise InvalidInput("label.line_break", field=field)
    return value


class ImportState(StrEnum):
    """RUNNING: stored in part and invisible. DONE: all of the file's codes resolve."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Import:
    """One file of codes issued elsewhere, for one level of one batch. Codes take indices from `first_index` on, in
    file order. `lines_read` is how far the file was taken in: an interrupted import goes on from there."""

    import_id: UUID
    batch_id: UUID
    scheme: Scheme
    level: Level
    file_name: str
    file_digest: str
    first_index: int
    codes_taken: int
    lines_read: int
    state: ImportState
    started_at: datetime


@dataclass(frozen=True, slots=True)
class LineFault:
    """Why one line of a file was not taken: `reason` is an error code under `code.`."""

    line: int
    reason: str
    given: str
