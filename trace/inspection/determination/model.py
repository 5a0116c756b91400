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
from ..items import FaultClass, ItemKind, Observation, SeedLot, Suggestion, ViolationCode
from ..model import Limit, MakerResponse


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
