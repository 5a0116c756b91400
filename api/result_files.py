"""Published results as files, the whole of what a search finds: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import orjson

from ..trace.inspection.publication.model import MAX_FILE_ROWS, PublicSample, Tables
from ..trace.kernel.texts import Language, text
from ..trace.parties.regions import region_name
from .ledger_files import FORMULA_STARTS
from .pages.rendering import number_text, word
from .pages.result_words import class_text, failure_text, result_link, violation_text
from .routes.result_document import sample_document, tables_document

WORD_JOINER = "\u2060"

COLUMNS = (
    "number",
    "taken_on",
    "kind",
    "product_name",
    "registration_number",
    "batch",
    "maker_name",
    "outlet",
    "region",
    "basis",
    "stage",
    "verdict",
    "fault_class",
    "violation",
    "failures",
    "laboratory",
    "report_number",
    "reported_on",
    "published_on",
    "link",
)


class ResultFormat(StrEnum):
    CSV = "csv"
    JSON = "json"

    @property
    def media_type(self) -> str:
        return {ResultFormat.CSV: "text/csv; charset=utf-8", ResultFormat.JSON: "application/json"}[self]


@dataclass(frozen=True, slots=True)
class ResultFile:
    """What was found on a day. `is_cut`: there is more than MAX_FILE_ROWS, and the file says so."""

    samples: tuple[PublicSample, ...]
    tables: Tables
    is_cut: bool
    made_on: date
    site: str
    language: Language

    @property
    def stem(self) -> str:
        return f"results-{self.made_on}"


def write_results(file: ResultFile, form: ResultFormat) -> bytes:
    return _csv(file) if form is ResultFormat.CSV else _json(file)


def _json(file: ResultFile) -> bytes:
    return orjson.dumps(
        {
            "is_cut": file.is_cut,
            "maximum": MAX_FILE_ROWS,
            **tables_document(file.tables),
            "samples": [sample_document(each) for each in file.samples],
        }
    )


def _csv(file: ResultFile) -> bytes:
    """UTF-8 with a byte-order mark, without which a spreadsheet in China reads it as GBK."""
    wrapper = io.StringIO(newline="")
    writer = csv.writer(wrapper)
    writer.writerow([text(f"page.results.{name}", file.language) for name in COLUMNS])
    writer.writerows([_safe(cell) for cell in _cells(each, file)] for each in file.samples)
    if file.is_cut:
        writer.writerow([text("page.results.cut", file.language, maximum=number_text(MAX_FILE_ROWS))])
    return wrapper.getvalue().encode("utf-8-sig")


def _cells(each: PublicSample, file: ResultFile) -> tuple[str, ...]:
    language = file.language
    return (
        each.sample_number,
        each.taken_on.isoformat(),
        word(each.kind, language),
        each.product_name,
        each.registration_number,
        each.batch_number,
        each.maker_name,
        each.outlet_name,
        region_name(each.region_code, language),
        word(each.basis, language),
        word(each.stage, language),
        word(each.verdict, language),
        class_text(each.fault_class, language),
        "; ".join(violation_text(code, language) for code in each.violations),
        "; ".join(failure_text(failure, language) for failure in each.failures),
        each.laboratory,
        each.report_number,
        each.reported_on.isoformat(),
        each.published_on.isoformat() if each.published_on else "",
        file.site + result_link(each),
    )


def _safe(cell: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front. What keeps units on one line of a
    page goes."""
    plain = cell.replace(WORD_JOINER, "")
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain
