"""What a label says of itself beside its code, so that it can be held against what is registered.

Three kinds of label carry more than a code or an address: older veterinary drug labels (24 digits, name, approval
number, short maker name, telephone, joined by full-width commas), seed labels (four lines), and those with a GS1
Digital Link (GTIN, batch number). The text is somebody's claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..kernel.limits import MAX_SCANNED_CHARACTERS
from ..kernel.normalise import half_width
from .gs1.gtin_link import find_gtin_links
from .model import Scheme

_APPROVAL = re.compile(r"兽药(?:字|添字|生字|原字|临字)(?:\((?:19|20)[0-9]{2}\))?[0-9]{9}(?![0-9])")
_NUMBER = re.compile(r"兽药.*字.*[0-9]|兽药证字|批准文号")
"""An approval number of any form, perhaps with its title: no name."""

_TELEPHONE = re.compile(r"[0-9+() -]{6,20}")
_CODE = re.compile(r"[0-9]{24}")
_SEED_TITLES = ("品种名称", "生产经营者名称", "进口商名称", "单元识别代码", "追溯网址")


@dataclass(frozen=True, slots=True)
class Claims:
    """Claimed product name, registration number, maker, GTIN and batch number; empty where the label says nothing."""

    product_name: str = ""
    registration_number: str = ""
    maker_name: str = ""
    gtin: str = ""
    batch_number: str = ""

    def __bool__(self) -> bool:
        return bool(self.product_name or self.registration_number or self.maker_name or self.gtin or self.batch_number)


NO_CLAIMS = Claims()

_CLAIMING = frozenset({Scheme.VET_DRUG, Scheme.SEED})
"""Schemes whose labels say more than a code, beside a link that may stand on any."""


def read_claims(text: str, scheme: Scheme) -> Claims:
    """The claims in a scanned text of a code of `scheme`. Never raises; empty where there are none."""
    has_link = "/01/" in text
    if not (has_link or scheme in _CLAIMING) or len(text) > MAX_SCANNED_CHARACTERS:
        return NO_CLAIMS
    plain = half_width(text)
    printed = _printed_claims(plain, scheme)
    link = next((found.link for found in find_gtin_links(plain) if found.link), None) if has_link else None
    return printed if link is None else replace(printed, gtin=link.gtin, batch_number=link.batch or "")


def _printed_claims(plain: str, scheme: Scheme) -> Claims:
    if scheme is Scheme.VET_DRUG:
        return _vet_drug_claims(plain)
    if scheme is Scheme.SEED:
        return _seed_claims(plain)
    return NO_CLAIMS


def _vet_drug_claims(plain: str) -> Claims:
    fields = [field.strip() for field in plain.split(",")]
    names = [
        field
        for field in fields
        if field and not _CODE.search(field) and not _NUMBER.search(field) and not _TELEPHONE.fullmatch(field)
    ]
    approval = _APPROVAL.search("".join(plain.split()))
    if len(fields) < 3 or any("://" in field for field in fields):
        return Claims(registration_number=approval.group() if approval else "")
    return Claims(
        product_name=names[0] if names else "",
        registration_number=approval.group() if approval else "",
        maker_name=names[1] if len(names) > 1 else "",
    )


def _seed_claims(plain: str) -> Claims:
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    if len(lines) != 4:
        return NO_CLAIMS
    variety, producer = (_without_title(line) for line in lines[:2])
    return Claims(product_name=variety, maker_name=producer)


def _without_title(line: str) -> str:
    title, colon, value = line.partition(":")
    return value.strip() if colon and title.strip() in _SEED_TITLES else line


def agree(claimed: str, registered: str) -> bool:
    """Whether a claimed name can be the registered one: short and full names of one firm or product both pass.

    True where one contains the other, spaces and full-width forms aside; labels shorten names freely.
    """
    left, right = ("".join(half_width(name).split()).lower() for name in (claimed, registered))
    if left in right or right in left:
        return True
    shorter, longer = sorted((left, right), key=len)
    remaining = iter(longer)
    return len(shorter) > 1 and all(character in remaining for character in shorter)
