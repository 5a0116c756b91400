"""What a laboratory looks at and finds, in the words that reports, rules and publications share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ItemKind(StrEnum):
    """What a laboratory looked at. The first three groups belong to one kind of goods, the others to any."""

    ACTIVE_CONTENT = "active_content"
    TOTAL_CONTENT = "total_content"
    UNDECLARED_ACTIVE = "undeclared_active"
    PHYSICAL = "physical"

    AUTHENTICITY = "authenticity"
    PURITY = "purity"
    GERMINATION = "germination"
    SEED_MOISTURE = "seed_moisture"
    CLEANLINESS = "cleanliness"
    UNDECLARED_GM = "undeclared_gm"
    LABEL_PERMIT = "label_permit"

    DRUG_CONTENT = "drug_content"
    IDENTIFICATION = "identification"
    CHECK_ITEM = "check_item"
    ILLEGAL_ADDITION = "illegal_addition"
    TRACEABILITY = "traceability"

    LABEL_REGISTRATION = "label_registration"
    LABEL_CONTENT = "label_content"
    LABEL_USE_RANGE = "label_use_range"
    LABEL_TOXICITY = "label_toxicity"
    LABEL_PRECAUTIONS = "label_precautions"
    LABEL_TRADE_MARK = "label_trade_mark"

    OTHER_LIMIT = "other_limit"
    BANNED_ACTIVE = "banned_active"
    SHELF_LIFE = "shelf_life"


class Observation(StrEnum):
    """How the result was reported."""

    MEASURED = "measured"
    NOT_DETECTED = "not_detected"
    DETECTED = "detected"
    COMPLIES = "complies"
    DOES_NOT_COMPLY = "does_not_comply"


class Suggestion(StrEnum):
    """What the rules say of an item, or of the whole. An inspector confirms it or overrides it with a reason."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"


class FaultClass(StrEnum):
    """假 and 劣 of the statutes."""

    FAKE = "fake"
    SUBSTANDARD = "substandard"


class ViolationCode(StrEnum):
    """Codes of violations.toml; several may stand against one sample."""

    P01 = "P01"
    P02 = "P02"
    P03 = "P03"
    P04 = "P04"
    P05 = "P05"
    P06 = "P06"
    P07 = "P07"
    P08 = "P08"
    L01 = "L01"
    L02 = "L02"
    L03 = "L03"
    L04 = "L04"
    L05 = "L05"
    L06 = "L06"
    S01 = "S01"
    S02 = "S02"
    S03 = "S03"
    S04 = "S04"
    S05 = "S05"
    S06 = "S06"
    S07 = "S07"
    V01 = "V01"
    V02 = "V02"
    V03 = "V03"
    V04 = "V04"
    V05 = "V05"
    V06 = "V06"


@dataclass(frozen=True, slots=True)
class SeedLot:
    """What decides which row of GB 4404.1 a seed lot has, in the words of the standard: 水稻, 常规种, 大田用种.

    `subspecies`: 籼 or 粳, of rice only; "" where it is not known.
    """

    crop: str
    type: str
    seed_class: str
    subspecies: str = ""
