"""A mass balance with its sums and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ...trace.custody.model import Balance


@dataclass(frozen=True, slots=True)
class BalanceDocument(Balance):
    """`total_in` is what came in, `total_out` where it is; `even` whether they are the same."""

    total_in: int = 0
    total_out: int = 0
    even: bool = True


def balance_document(balance: Balance) -> BalanceDocument:
    counted = {each.name: getattr(balance, each.name) for each in fields(balance)}
    return BalanceDocument(**counted, total_in=balance.came_in, total_out=balance.accounted_for, even=balance.is_even)
