"""Forms of bulletins (通报)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from ...trace.catalog.model import ProductKind
from .base import FIRST_DAY, LAST_DAY, Form

KnownDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]

MAX_PLANS = 100
"""A province's plans of one year."""


class BulletinForm(Form):
    """`first_on` to `last_on`: days of sampling. `kinds` and `plan_numbers`: none stands for all."""

    number: str
    title: str
    first_on: KnownDay
    last_on: KnownDay
    kinds: list[ProductKind] = Field(default=[], max_length=len(ProductKind))
    plan_numbers: list[str] = Field(default=[], max_length=MAX_PLANS)


class BulletinVersionForm(Form):
    """`reason`: why it is published again; the public reads it. `title`: left out, that of the version before."""

    reason: str
    title: str = ""
