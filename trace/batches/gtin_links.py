"""A unit's second name: its GS1 Digital Link, where the product had a GTIN when the batch was registered.

{base_url}/01/{GTIN}/10/{batch number}/21/{serial number}
└───────────────── stem ─────────────────┘ 20 digits, computed as codes are
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..codes.ff1_vector import Digits
from ..codes.gs1 import Gs1Refused, gtin_link
from ..codes.issue import issue
from ..codes.keyring import Keyring
from ..codes.model import LAYOUTS, Level, Place, Scheme
from ..kernel.errors import InvalidInput
from .model import Batch

_LAYOUT = LAYOUTS[Scheme.GS1]
_ANY_SERIAL = "0" * _LAYOUT.enciphered_digits
_BATCH_NUMBER = "10"


def link_stem(batch: Batch, base_url: str) -> str:
    """What stands before the serial number in the links of a batch's units; the last slash is part of it.

    Raises InvalidInput `link.no_gtin`, and `link.batch_number` where the batch number does not go into a link: it is
    left out of none, because a link that says less than the pack could not be held against it.
    """
    if not batch.gtin:
        raise InvalidInput("link.no_gtin", field="batch_id", batch_number=batch.batch_number)
    # A segment of dots alone leads elsewhere: browsers take it for a step in the path.
    if not batch.batch_number.strip("."):
        raise InvalidInput("link.batch_number", field="batch_number", value=batch.batch_number)
    try:
        link = gtin_link(base_url, batch.gtin, batch.batch_number, _ANY_SERIAL)
    except Gs1Refused as refusal:
        if refusal.evidence["ai"] != _BATCH_NUMBER:
            raise
        raise InvalidInput("link.batch_number", field="batch_number", value=batch.batch_number) from refusal
    return link.removesuffix(_ANY_SERIAL)


def unit_link(keyring: Keyring, batch: Batch, index: int, base_url: str) -> str:
    """The link of unit `index`. Raises InvalidInput `code.index` outside the batch, and as `link_stem`."""
    if not 0 <= index < batch.size:
        raise InvalidInput("code.index", field="index", index=index)
    stem = link_stem(batch, base_url)
    return (
        stem
        + keyring.encode(Scheme.GS1, batch.gtin, Place(batch.gtin_serial, Level.UNIT, index))[_LAYOUT.prefix_length :]
    )


def serials_of(keyring: Keyring, batch: Batch, start: int, stop: int) -> Iterator[Digits]:
    """The serial numbers of units `[start, stop)` as arrays (n, 20) of ASCII, in constant memory.

    Raises InvalidInput `link.no_gtin`, `code.index` outside the batch, at once.
    """
    if not batch.gtin:
        raise InvalidInput("link.no_gtin", field="batch_id", batch_number=batch.batch_number)
    if not 0 <= start < stop <= batch.size:
        raise InvalidInput("code.index", field="range", index=start)
    codes = issue(keyring, Scheme.GS1, batch.gtin, batch.gtin_serial, Level.UNIT, start, stop)
    return (np.ascontiguousarray(block[:, _LAYOUT.prefix_length :]) for block in codes)
