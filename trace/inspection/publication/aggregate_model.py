"""Counts of a campaign as an authority published them, and the rates that follow from them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .model import share


@dataclass(frozen=True, slots=True)
class PublishedAggregate:
    """One row of a bulletin: `samples` = `passed` + `failed`.

    `fail_percent` is the rate of failures that the source prints, None where it prints none; `fake_count` is how many
    of the failed it calls fake (假). `period` and `scope` stand as printed; `reliability`: sample_batches/README.md.
    """

    aggregate_id: str
    kind: str
    period: str
    authority: str
    scope: str
    samples: int
    passed: int
    failed: int
    fail_percent: Decimal | None
    fake_count: int | None
    note: str
    source: str
    reliability: str

    @property
    def pass_rate(self) -> Decimal | None:
        """Passed of all samples in percent, with one decimal."""
        return share(self.passed, self.samples)

    @property
    def differing_fail_rate(self) -> Decimal | None:
        """The rate of failures by the counts, with as many decimals as the printed one has, where it is not that one;
        None where they agree or none is printed."""
        if self.fail_percent is None:
            return None
        exponent = self.fail_percent.as_tuple().exponent
        computed = share(self.failed, self.samples, max(0, -exponent) if isinstance(exponent, int) else 0)
        return None if computed == self.fail_percent else computed
