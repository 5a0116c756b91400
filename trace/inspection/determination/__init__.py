"""Determination rules: from measured values to a suggested verdict, with the rule and the arithmetic shown."""

from . import document
from .model import (
    Caution,
    Content,
    Context,
    Determination,
    FaultClass,
    Item,
    ItemKind,
    Judgement,
    Law,
    NotJudgedReason,
    Observation,
    Rule,
    SeedLot,
    StandardLimit,
    Step,
    Suggestion,
    ViolationCode,
)
from .requirements import Requirement, read_requirement
from .suggesting import suggest

__all__ = [
    "Caution",
    "Content",
    "Context",
    "Determination",
    "FaultClass",
    "Item",
    "ItemKind",
    "Judgement",
    "Law",
    "NotJudgedReason",
    "Observation",
    "Requirement",
    "Rule",
    "SeedLot",
    "StandardLimit",
    "Step",
    "Suggestion",
    "ViolationCode",
    "document",
    "read_requirement",
    "suggest",
]
