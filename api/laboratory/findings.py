"""One finding from one row: its cells, and what they must say together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ...trace.inspection.determination.requirements import read_requirement
from ...trace.inspection.items import ItemKind, Observation
from ...trace.inspection.model import NO_LIMIT, Finding, Limit, LimitKind, Outcome
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.texts import text
from ...trace.kernel.units import Unit
from .cells import RowReader
from .words import unit_at_end

MOST: dict[Unit, Decimal] = {Unit.PERCENT: Decimal(100), Unit.PH: Decimal(14)}
"""What a value can be at most. Per cent of the label may be more than a hundred."""


@dataclass(frozen=True, slots=True)
class _Required:
    """What the requirement of a row says: a limit, a declared content, and the unit that is written with them."""

    limit: Limit = NO_LIMIT
    declared: Decimal | None = None
    is_declared_only: bool = False
    unit: Unit | None = None


def read_finding(row: RowReader) -> Finding | None:
    """The finding of a row, None where a cell of it is faulty. Every fault is noted at its cell."""
    item = row.text("item", required=True)
    kind = row.word("kind", ItemKind)
    if kind is None and not row.is_faulty("kind"):
        row.blame("kind", InvalidInput("text.missing"))
    measured, unit = row.number("measured"), row.word("unit", Unit) or Unit.NONE
    observation = _observation(row, item, measured)
    required = _required(row, item, unit, observation)
    declared, declared_unit = _declared(row, item, unit, required)
    detection_limit, uncertainty = row.number("detection_limit"), row.number("uncertainty")
    _require_unit(
        row, item, unit, {"measured": measured, "detection_limit": detection_limit, "uncertainty": uncertainty}
    )
    method, outcome = row.text("method"), row.word("outcome", Outcome)
    requirement = row.text("requirement")
    if observation is None or kind is None or not row.is_sound:
        return None
    return Finding(
        item=item,
        requirement=requirement,
        limit=required.limit,
        measured=measured,
        measured_text="" if measured is not None else text(f"word.observation.{observation.name.lower()}", "zh"),
        unit=unit,
        outcome=outcome,
        kind=kind,
        observation=observation,
        declared=declared,
        declared_unit=declared_unit,
        method=method,
        detection_limit=detection_limit,
        uncertainty=uncertainty,
    )


def _observation(row: RowReader, item: str, measured: Decimal | None) -> Observation | None:
    """Blank is measured where a value is there. A value goes with that and with nothing else."""
    found = row.word("observation", Observation)
    if row.is_faulty("observation") or row.is_faulty("measured"):
        return None
    if found is None and measured is None:
        row.blame("measured", InvalidInput("laboratory.no_result", item=item))
        return None
    if found is not None and (found is Observation.MEASURED) != (measured is not None):
        row.blame("observation", InvalidInput("finding.observation", item=item))
        return None
    return found or Observation.MEASURED


def _required(row: RowReader, item: str, unit: Unit, observation: Observation | None) -> _Required:
    """A requirement in words is taken as words where nothing was measured against it."""
    written = row.written("requirement")
    if not written:
        return _Required()
    plain, own_unit = unit_at_end(written)
    found = read_requirement(plain)
    if found is None:
        if observation is Observation.MEASURED:
            row.blame("requirement", InvalidInput("laboratory.requirement", value=written[:40]))
        return _Required()
    limit = found.limit or NO_LIMIT
    is_number = limit.kind in (LimitKind.AT_LEAST, LimitKind.AT_MOST, LimitKind.BETWEEN)
    if is_number and own_unit not in (None, unit) and not row.is_faulty("unit"):
        wanted = own_unit.value if own_unit else ""
        row.blame("unit", InvalidInput("finding.unit_mismatch", item=item, unit=unit.value, wanted=wanted))
    return _Required(limit, found.declared, found.limit is None, own_unit)


def _declared(row: RowReader, item: str, unit: Unit, required: _Required) -> tuple[Decimal | None, Unit]:
    """What the label declares: as it is given, else as the requirement says."""
    given, given_unit = row.number("declared"), row.word("declared_unit", Unit)
    if row.is_faulty("declared") or row.is_faulty("declared_unit"):
        return None, Unit.NONE
    if given is not None and required.is_declared_only and given != required.declared:
        row.blame("declared", InvalidInput("laboratory.declared_twice", item=item))
    declared = required.declared if given is None else given
    if declared is None:
        if given_unit is not None:
            row.blame("declared", InvalidInput("laboratory.declared_unit_alone"))
        return None, Unit.NONE
    declared_unit = given_unit or required.unit or (Unit.NONE if unit is Unit.PERCENT_OF_LABEL else unit)
    if declared_unit is Unit.NONE:
        row.blame("declared_unit", InvalidInput("laboratory.declared_unit", item=item))
    elif not declared or declared > MOST.get(declared_unit, declared):
        row.blame("requirement" if given is None else "declared", InvalidInput("finding.declared", item=item))
    elif unit not in (declared_unit, Unit.PERCENT_OF_LABEL, Unit.NONE):
        wanted = declared_unit.value
        row.blame("unit", InvalidInput("finding.unit_mismatch", item=item, unit=unit.value, wanted=wanted))
    return declared, declared_unit


def _require_unit(row: RowReader, item: str, unit: Unit, values: dict[str, Decimal | None]) -> None:
    """Every number has a unit, and lies where values of that unit can lie."""
    for column, value in values.items():
        if value is None:
            continue
        if unit is Unit.NONE:
            if not row.is_faulty("unit"):
                row.blame("unit", InvalidInput("finding.unit", item=item))
        elif value > MOST.get(unit, value):
            row.blame(column, InvalidInput("finding.measured", item=item))
