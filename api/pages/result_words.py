"""Published results in words: rates beside their counts, failed items, violations, classes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import quote

from ...trace.inspection.items import FaultClass, ViolationCode
from ...trace.inspection.publication.model import Counts, Failure, PublicSample
from ...trace.kernel.texts import Language, text
from ...trace.kernel.units import Unit
from .rendering import number_text, word


def rate_text(counts: Counts, language: Language) -> str:
    """The pass rate, always with the counts it comes of; where nothing was judged, that there is none."""
    return share_text(counts.pass_rate, counts.passed, counts.judged, language)


def share_text(rate: Decimal | None, part: int, whole: int, language: Language) -> str:
    if rate is None:
        return text("page.results.no_rate", language)
    return text("page.results.rate_of", language, rate=rate, passed=number_text(part), judged=number_text(whole))


def quantity_text(value: str, unit: Unit, language: Language) -> str:
    """A value with its unit: 16 g/L, and without a space 58%. A value in words stands alone."""
    if not value or not any(character.isdigit() for character in value):
        return value
    printed = word(unit, language)
    return f"{value}{printed}" if unit is Unit.PERCENT else f"{value} {printed}".strip()


def failure_text(failure: Failure, language: Language) -> str:
    """An item that failed: what was required and what was found."""
    measured = quantity_text(failure.measured, failure.unit, language) or word(failure.observation, language)
    if not failure.requirement:
        return text("page.results.failure_plain", language, item=failure.item, measured=measured)
    return text("page.results.failure", language, item=failure.item, requirement=failure.requirement, measured=measured)


def violation_text(code: ViolationCode, language: Language) -> str:
    return f"{code.value} {text(f'violation.{code.value}', language)}"


def class_text(fault: FaultClass | None, language: Language) -> str:
    return "" if fault is None else text(f"determination.fault_class.{fault.value}", language)


def faults_text(fault: FaultClass | None, codes: Iterable[ViolationCode], language: Language) -> str:
    """Class and violations in one line."""
    parts = [class_text(fault, language), *(violation_text(code, language) for code in codes)]
    return text("page.list_mark", language).join(filter(None, parts))


def result_link(sample: PublicSample | str) -> str:
    """The permanent address of a sample."""
    number = sample if isinstance(sample, str) else sample.sample_number
    return f"/results/{quote(number)}"
