"""What the pages of the desk and the plain pages show. Days, amounts and names come as strings ready to print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...trace.inspection.model import PublishedResult
from ...trace.kernel.texts import Language, catalogue, text
from .answer_parts import Fact
from .table_view import Table


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Flash:
    """What the last act did. `lines` names single codes or fields; `is_error` makes it an alert; `link` leads on."""

    title: str
    lines: tuple[str, ...] = ()
    is_error: bool = False
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go. `note` says why, in few words."""

    address: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class InboundCard:
    """One shipment on the way to this party. `receipt` takes all of it in, `differences` is the page for what is
    wrong with it; `is_return`: goods that come back."""

    product: str
    batch_number: str
    sender: str
    amount: str
    since: str
    receipt: str
    differences: str
    is_return: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk's first page. `warnings` come first; `acts` are the daily ones, `more_acts` the rest, `records` what can
    be looked up."""

    party_name: str
    roles: str
    region: str
    is_manufacturer: bool
    stock: Table
    warnings: tuple[Link, ...] = ()
    acts: tuple[Link, ...] = ()
    more_acts: tuple[Link, ...] = ()
    records: tuple[Link, ...] = ()
    inbound: tuple[InboundCard, ...] = ()
    batches: Table | None = None


@dataclass(frozen=True, slots=True)
class BatchForm:
    """The form for a new batch. `values` and `errors` are by field name; a field without a value starts empty."""

    products: tuple[Choice, ...]
    production_types: tuple[Choice, ...]
    factory_results: tuple[Choice, ...]
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class LabelSample:
    """One code of a batch with the picture of its label."""

    code: str
    grouped: str
    level: str
    image: str
    link: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as its maker sees it. `stops` empty means that it may be sold; `is_sellable_in_part`, that some of it
    may. `warnings` forbid nothing."""

    title: str
    facts: tuple[Fact, ...]
    stops: tuple[str, ...] = ()
    is_sellable_in_part: bool = False
    warnings: tuple[str, ...] = ()
    samples: tuple[LabelSample, ...] = ()
    print_link: str = ""
    holders_link: str = ""


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One print job: packages `first` to `last`, counted from 1 as people count."""

    day: str
    level: str
    first: int
    last: int
    form: str
    reason: str


@dataclass(frozen=True, slots=True)
class LabelsView:
    """The page where a maker prints. `values` are by field name; `preview` is the picture of the chosen template.
    `count` packages are regular, `spare` ones follow them."""

    title: str
    here: str
    back: str
    templates: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    forms: tuple[Choice, ...]
    sheets: tuple[Choice, ...]
    values: Mapping[str, str]
    preview: str
    count: int
    spare: int = 0
    jobs: tuple[PrintRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A result that an authority published elsewhere. `link` is the source's address, or empty."""

    product: str
    producer: str
    lot: str
    item: str
    measured: str
    limit: str
    verdict: str
    has_failed: bool
    faults: str
    authority: str
    place: str
    source: str
    link: str


_ADDRESS = re.compile(r"https?://[^\s,;)\"'<>]+")


def published_row(result: PublishedResult, language: Language) -> PublishedRow:
    """A cited result for the page. Names and values stay as the source prints them."""
    mark = text("page.list_mark", language)
    address = _ADDRESS.search(result.source)
    faults = [_word("published_fault", fault, language) for fault in result.fault_class.split(";") if fault]
    return PublishedRow(
        product=result.product,
        producer=result.labelled_producer,
        lot=mark.join(filter(None, (result.labelled_registration_number, result.lot_or_production_date))),
        item=result.item,
        measured=_measured(result),
        limit=result.requirement,
        verdict=_word("published_verdict", result.verdict, language),
        has_failed=result.verdict != "pass",
        faults=mark.join(faults),
        authority=f"{result.authority} · {result.period}" if result.period else result.authority,
        place=result.place,
        source=result.source,
        link=address.group() if address else "",
    )


def _measured(result: PublishedResult) -> str:
    """The value with its unit as the source prints it: 1.3%, 16 g/L; empty where it gives only a verdict."""
    if not result.measured or not result.unit:
        return result.measured
    return f"{result.measured}{'' if result.unit.startswith('%') else ' '}{result.unit}"


def _word(group: str, value: str, language: Language) -> str:
    """The word for a source's own value; a value without one is shown as it stands."""
    entry = catalogue().get(f"word.{group}.{value}")
    return entry[language] if entry else value
