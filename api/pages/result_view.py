"""What the pages of the public search show: the form, counts and charts, the list, one sample, one batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ...trace.catalog.model import ProductKind
from ...trace.inspection.items import ViolationCode
from ...trace.inspection.model import Basis, Stage
from ...trace.inspection.publication.model import Counts, PublicSample, PublicVerdict, ResultPage, Tables
from ...trace.inspection.publication.service import BatchResults
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import REGIONS, region_name
from . import charts
from .answer_view import Fact
from .charts import Bar
from .desk_view import Choice
from .rendering import day_text, number_text, word
from .result_words import failure_text, faults_text, rate_text, result_link, violation_text
from .table_view import Column, Row, Table, TableSection, cell

FIRST_FIELDS = ("product", "maker", "kind", "region", "verdict")
"""What people ask by most; the others are folded away."""

MORE_FIELDS = ("batch", "outlet", "item", "from", "to", "basis", "stage", "violation")


@dataclass(frozen=True, slots=True)
class SearchField:
    """`choices` empty: a text. `kind` is the input's: text or date."""

    name: str
    label: str
    value: str
    error: str
    choices: tuple[Choice, ...] = ()
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class CountsView:
    """Numbers with their labels, the rate with its numerator and denominator last."""

    numbers: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """`drawing` is SVG, made here and safe to print."""

    title: str
    drawing: str


@dataclass(frozen=True, slots=True)
class ResultCard:
    """One line of the list. `tone` picks a mark beside the verdict."""

    title: str
    link: str
    verdict: str
    tone: str
    faults: str
    failures: tuple[str, ...]
    parties: str
    where: str


@dataclass(frozen=True, slots=True)
class SearchView:
    """`errors`: what is wrong with the conditions, by field; then there is nothing but the form."""

    first_fields: tuple[SearchField, ...]
    more_fields: tuple[SearchField, ...]
    errors: Mapping[str, str]
    is_more_open: bool
    counts: CountsView | None = None
    cards: tuple[ResultCard, ...] = ()
    charts: tuple[ChartView, ...] = ()
    numbers: tuple[TableSection, ...] = ()
    downloads: tuple[tuple[str, str], ...] = ()
    next: str = ""
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class BatchResultsView:
    title: str
    facts: tuple[Fact, ...]
    stops: tuple[str, ...]
    counts: CountsView | None
    cards: tuple[ResultCard, ...]
    withdrawn: tuple[ResultCard, ...]
    others: Table


def form_view(values: Mapping[str, str], errors: Mapping[str, str], language: Language) -> SearchView:
    """The form alone, as it was filled in."""
    regions = sorted(REGIONS, key=lambda code: (not code.startswith("64"), code))
    choices: dict[str, Iterable[Choice]] = {
        "kind": (Choice(each.value, word(each, language)) for each in ProductKind),
        "verdict": (Choice(each.value, word(each, language)) for each in PublicVerdict),
        "basis": (Choice(each.value, word(each, language)) for each in Basis),
        "stage": (Choice(each.value, word(each, language)) for each in Stage),
        "violation": (Choice(each.value, violation_text(each, language)) for each in ViolationCode),
        "region": (Choice(code, region_name(code, language)) for code in regions),
    }

    def field(name: str) -> SearchField:
        return SearchField(
            name=name,
            label=text(f"page.results.{name}", language),
            value=values.get(name, ""),
            error=errors.get(name, ""),
            choices=tuple(choices.get(name, ())),
            kind="date" if name in ("from", "to") else "text",
        )

    more = tuple(field(name) for name in MORE_FIELDS)
    return SearchView(
        first_fields=tuple(field(name) for name in FIRST_FIELDS),
        more_fields=more,
        errors=errors,
        is_more_open=any(each.value or each.error for each in more),
    )


def found_view(
    values: Mapping[str, str], counted: Tables, found: ResultPage, is_first: bool, language: Language
) -> SearchView:
    """The form with what was found: counts first, then the list, then charts and downloads."""
    form = form_view(values, {}, language)
    asked = {name: value for name, value in values.items() if value and name not in ("cursor", "lang")}
    following = urlencode({**asked, "cursor": found.next.written()}) if found.next else ""
    return SearchView(
        first_fields=form.first_fields,
        more_fields=form.more_fields,
        errors={},
        is_more_open=form.is_more_open,
        counts=counts_view(counted.total, language),
        cards=tuple(card(each, language) for each in found.samples),
        charts=chart_views(counted, language, "results"),
        numbers=number_tables(counted, language),
        downloads=tuple(
            (
                f"/results.{form}?{urlencode(asked)}" if asked else f"/results.{form}",
                text("page.results.download", language, form=form.upper()),
            )
            for form in ("csv", "json")
        ),
        next=f"/results?{following}" if following else "",
        is_first=is_first,
    )


def counts_view(counts: Counts, language: Language) -> CountsView | None:
    """None where nothing was counted: then there is no rate either."""
    if counts.samples == 0:
        return None
    numbers = [(name, number_text(getattr(counts, name))) for name in ("samples", "passed", "failed", "denied")]
    numbers.append(("rate", rate_text(counts, language)))
    return CountsView(
        tuple((text(f"page.results.{name}", language), value) for name, value in numbers),
        text("page.results.denied_note", language) if counts.denied else "",
    )


def chart_views(counted: Tables, language: Language, prefix: str) -> tuple[ChartView, ...]:
    """Pass rates by kind, stage and place, and samples by month. `prefix` keeps the ids of a page apart."""
    description = text("page.results.chart_text", language)
    drawn: list[ChartView] = []
    for name, counts in labelled(counted, language).items():
        title = text(f"page.results.chart_{name}", language)
        identity = f"{prefix}-{name}"
        if name == "month":
            rows = [charts.Column(label, each.samples, each.failed + each.denied) for label, each in counts.items()]
            drawing = charts.columns(identity, title, description, rows)
        else:
            bars = [Bar(label, each.pass_rate, rate_text(each, language)) for label, each in counts.items()]
            drawing = charts.bars(identity, title, description, bars)
        if drawing:
            drawn.append(ChartView(title, drawing))
    return tuple(drawn)


def number_tables(counted: Tables, language: Language) -> tuple[TableSection, ...]:
    """The numbers of the charts."""
    return tuple(
        TableSection("", counts_table(text(f"page.results.{name}", language), counts.items(), language))
        for name, counts in labelled(counted, language).items()
        if counts
    )


def counts_table(
    heading: str,
    counts: Iterable[tuple[str, Counts]],
    language: Language,
    empty: str = "",
    links: Sequence[str] = (),
) -> Table:
    """A row for each label: samples, passed, failed, denied, and the rate with what it comes of. `links`: where the
    labels lead, in their order."""
    names = ("samples", "passed", "failed", "denied")
    columns = [Column(heading), *(Column(text(f"page.results.{name}", language), is_number=True) for name in names)]
    columns.append(Column(text("page.results.rate", language)))
    rows = tuple(
        Row(
            (
                cell(label, link=links[number] if links else ""),
                *(cell(number_text(getattr(each, name))) for name in names),
                cell(rate_text(each, language), is_tight=True),
            )
        )
        for number, (label, each) in enumerate(counts)
    )
    return Table(tuple(columns), rows, empty)


def card(sample: PublicSample, language: Language) -> ResultCard:
    mark = text("page.list_mark", language)
    tones = {PublicVerdict.PASSED: "good", PublicVerdict.FAILED: "bad", PublicVerdict.DENIED: "warn"}
    verdict, tone = word(sample.verdict, language), tones[sample.verdict]
    if sample.withdrawn_on is not None:
        day = day_text(sample.withdrawn_on, language)
        verdict, tone = text("page.batch_results.withdrawn_on", language, day=day), "note"
    return ResultCard(
        title=f"{sample.product_name} {sample.batch_number}",
        link=result_link(sample),
        verdict=verdict,
        tone=tone,
        faults=faults_text(sample.fault_class, sample.violations, language),
        failures=tuple(failure_text(each, language) for each in sample.failures),
        parties=mark.join(filter(None, (sample.maker_name, sample.outlet_name))),
        where=" · ".join(
            (
                day_text(sample.taken_on, language),
                region_name(sample.region_code, language),
                word(sample.kind, language),
                word(sample.basis, language),
                sample.sample_number,
            )
        ),
    )


def batch_view(found: BatchResults, language: Language) -> BatchResultsView:
    facts = (
        ("product_name", found.product.name),
        ("registration_number", found.product.registration_number),
        ("batch", found.batch.batch_number),
        ("maker_name", found.maker.name),
    )
    return BatchResultsView(
        title=text("page.batch_results.title", language, product=found.product.name, number=found.batch.batch_number),
        facts=tuple(Fact(text(f"page.results.{name}", language), (value,)) for name, value in facts if value),
        stops=tuple(
            text(
                "page.batch_results.stop",
                language,
                kind=word(stop.kind, language),
                day=day_text(day_in_china(stop.ordered_at), language),
                reason=stop.reason,
            )
            for stop in found.stops
        ),
        counts=counts_view(found.counts, language),
        cards=tuple(card(each, language) for each in found.samples),
        withdrawn=tuple(card(each, language) for each in found.withdrawn),
        others=counts_table(
            text("page.results.batch", language),
            found.others.values(),
            language,
            empty=text("page.batch_results.no_others", language),
            links=[f"/results/batches/{batch_id}" for batch_id in found.others],
        ),
    )


def labelled(counted: Tables, language: Language) -> dict[str, dict[str, Counts]]:
    """The tables by the words that stand for their keys. Beyond Ningxia a county goes by its province's name, so that
    several may share one."""
    regions: dict[str, Counts] = {}
    for code, counts in counted.by_region.items():
        name = region_name(code, language)
        regions[name] = regions[name] + counts if name in regions else counts
    return {
        "kind": {word(kind, language): counts for kind, counts in counted.by_kind.items()},
        "stage": {word(stage, language): counts for stage, counts in counted.by_stage.items()},
        "region": regions,
        "month": dict(counted.by_month),
    }
