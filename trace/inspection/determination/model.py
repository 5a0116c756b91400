"""What goes into a determination and what comes out: context and items, judgements with their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ...catalog.model import Ingredient, ProductKind
from ...kernel.rounding import ComparisonMethod
from ...kernel.sources import Verification
from ...kernel.texts import Language, text
from ...kernel.units import Unit
from ..model import Limit, MakerResponse


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


class NotJudgedReason(StrEnum):
    """Why the rules say nothing. It is never a silent pass."""

    NO_VALUE = "no_value"
    NO_LIMIT = "no_limit"
    NO_RULE = "no_rule"
    DECLARED_UNKNOWN = "declared_unknown"
    FORMULATION_UNKNOWN = "formulation_unknown"
    ACTIVE_NOT_TESTED = "active_not_tested"
    NO_COMMON_UNIT = "no_common_unit"
    NO_NATIONAL_MINIMUM = "no_national_minimum"
    SUBSPECIES_UNKNOWN = "subspecies_unknown"
    LABORATORY_TOLERANCE = "laboratory_tolerance"
    IS_DECLARED = "is_declared"
    NOT_OF_THIS_KIND = "not_of_this_kind"


class Caution(StrEnum):
    """What the person who confirms a suggestion must know of it."""

    RULE_UNVERIFIED = "rule_unverified"
    METHOD_MATTERS = "method_matters"
    BAN_UNVERIFIED = "ban_unverified"
    RESTRICTION_UNVERIFIED = "restriction_unverified"
    NO_LIST_OF_HIGH_TOXICITY = "no_list_of_high_toxicity"
    NO_CODE_ABOVE_LIMIT = "no_code_above_limit"


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
class Content:
    """A declared value, with its precision as written."""

    value: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class StandardLimit:
    """A limit of the product's registered standard. `standard` names it, "" where the report does not."""

    limit: Limit
    unit: Unit
    standard: str = ""


@dataclass(frozen=True, slots=True)
class SeedLot:
    """What decides which row of GB 4404.1 a seed lot has, in the words of the standard: 水稻, 常规种, 大田用种.

    `subspecies`: 籼 or 粳, of rice only; "" where it is not known.
    """

    crop: str
    type: str
    seed_class: str
    subspecies: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a laboratory report.

    `measured` is there if `observation` is MEASURED, in `unit`, with its digits as reported. `declared`: what the
    label states for it, where it is not the value of the ingredient of that name in the context. `standard`: its limit,
    where the report gives one.
    """

    name: str
    kind: ItemKind
    observation: Observation
    measured: Decimal | None = None
    unit: Unit = Unit.NONE
    declared: Content | None = None
    standard: StandardLimit | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What was sampled, and what is known of it. The rules are those of the day of sampling.

    `composition` is what the label declares: active ingredients, values of seed quality, drug substances. `standards`:
    limits of the registered standard by the name of the item. `allows_northern_moisture`: the place of sampling counts
    as north of the Great Wall or cold highland. `expires_on`: the last day of the shelf life.
    """

    kind: ProductKind
    sampled_on: date
    formulation: str = ""
    composition: tuple[Ingredient, ...] = ()
    standards: dict[str, StandardLimit] = field(default_factory=dict)
    seed: SeedLot | None = None
    allows_northern_moisture: bool = False
    expires_on: date | None = None
    maker_response: MakerResponse = MakerResponse.NONE


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of rules.toml as it was in force on the day of sampling."""

    rule_id: str
    version: str
    valid_from: date
    comparison: ComparisonMethod
    source: str
    read_at: str
    verification: Verification


@dataclass(frozen=True, slots=True)
class Law:
    """The articles that make a failure fake or substandard, from a day on."""

    kind: ProductKind
    valid_from: date
    fake: str
    substandard: str
    verification: Verification

    def article(self, fault: FaultClass) -> str:
        return self.fake if fault is FaultClass.FAKE else self.substandard


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reasoning, as data: a text under `determination.step.` and the values that fill it."""

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def text(self, language: Language) -> str:
        return text(f"determination.step.{self.key}", language, **dict(self.values))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of one item. `reason` is there if it was not judged; `rule` where one was applied."""

    item: str
    kind: ItemKind
    outcome: Suggestion
    reason: NotJudgedReason | None = None
    rule: Rule | None = None
    steps: tuple[Step, ...] = ()
    violations: tuple[ViolationCode, ...] = ()
    fault_class: FaultClass | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Determination:
    """The whole, item by item. `law` names the articles behind the fault class, None where none was in force.

    `suspected_counterfeit`: the maker named on the label denies the goods, so that a failure is not the maker's.
    """

    kind: ProductKind
    judgements: tuple[Judgement, ...]
    law: Law | None
    suspected_counterfeit: bool

    @property
    def outcome(self) -> Suggestion:
        """Failed by one item that fails; passed only where every item was judged and passed."""
        found = {each.outcome for each in self.judgements}
        if Suggestion.FAILED in found:
            return Suggestion.FAILED
        return Suggestion.PASSED if found == {Suggestion.PASSED} else Suggestion.NOT_JUDGED

    @property
    def violations(self) -> tuple[ViolationCode, ...]:
        """Every code, once, in the order of the list."""
        found = {code for each in self.judgements for code in each.violations}
        if self.suspected_counterfeit and self.kind is ProductKind.VET_DRUG:
            found.add(ViolationCode.V06)
        return tuple(code for code in ViolationCode if code in found)

    @property
    def fault_class(self) -> FaultClass | None:
        """The graver of the items' classes: fake goes before substandard. None where no article was in force."""
        if self.law is None:
            return None
        found = {each.fault_class for each in self.judgements}
        return next((fault for fault in FaultClass if fault in found), None)
