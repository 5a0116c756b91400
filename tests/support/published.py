"""A published sample as publication holds it, for tests that need one without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection.items import FaultClass, Observation, ViolationCode
from suiyuan.trace.inspection.model import Basis, Stage
from suiyuan.trace.inspection.publication.model import Failure, PublicSample, PublicVerdict
from suiyuan.trace.kernel.units import Unit

_SAMPLE = PublicSample(
    batch_id=UUID(int=1),
    sample_id=UUID(int=2),
    sample_number="NX-1",
    plan_id=None,
    product_id=UUID(int=3),
    kind=ProductKind.PESTICIDE,
    product_name="阿维菌素乳油",
    registration_number="PD20172247",
    batch_number="B1",
    maker_name="某厂",
    maker_credit_code="91",
    outlet_name="某店",
    outlet_credit_code="92",
    region_code="640221",
    taken_on=date(2026, 11, 3),
    basis=Basis.RANDOM,
    stage=Stage.TRADE,
    verdict=PublicVerdict.FAILED,
    fault_class=FaultClass.SUBSTANDARD,
    violations=(ViolationCode.P02,),
    laboratory="某所",
    report_number="JY-1",
    reported_on=date(2026, 11, 20),
    version=1,
    items=("阿维菌素",),
    failures=(Failure("阿维菌素", "≥5.0", "1.3", Unit.PERCENT, Observation.MEASURED),),
    refusal_reason=None,
    published_on=date(2026, 11, 24),
)


def public_sample(**changes: Any) -> PublicSample:
    """A pesticide that failed and was published; `changes` by the names of its fields."""
    return replace(_SAMPLE, **changes)
