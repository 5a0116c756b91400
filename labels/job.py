"""One way in: a job says what to print, `write_labels` chooses the writer.

Job ── symbols: tables, or one by one where more than digits differs
    └─ layout: template, values, sizes        checked before a byte is written
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import BinaryIO

from ..trace.codes.model import LAYOUTS, Scheme, label_text
from ..trace.codes.schemes import VET_DRUG_DIGITS, is_digits
from ..trace.kernel.errors import InvalidInput
from .affine import SymbolTable
from .affine_rows import Bytes
from .delimited import write_csv
from .layout import Layout, lay_out
from .pdf import write_pdf
from .pngs import LabelPainter, write_pngs
from .sheet import ROLL, Sheet
from .sources import SingleSymbols, Symbols, TableSymbols, as_codes
from .svg import svg_labels, write_svgs
from .symbol import ErrorCorrection
from .template import LabelFields, Template
from .tspl import write_tspl
from .zpl import write_zpl

DEFAULT_DPI = 300


class Form(StrEnum):
    """What a printer, or whoever feeds it, takes."""

    PDF = "pdf"
    PNG = "png"
    PNG_SYMBOLS = "png_symbols"
    SVG = "svg"
    ZPL = "zpl"
    ZPL_NATIVE = "zpl_native"
    TSPL = "tspl"
    TSPL_NATIVE = "tspl_native"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """What the file's name ends with."""
        if self in (Form.PNG, Form.PNG_SYMBOLS, Form.SVG):
            return ".zip"
        return "." + self.value.removesuffix("_native")

    @property
    def media_type(self) -> str:
        return {".pdf": "application/pdf", ".zip": "application/zip", ".csv": "text/csv; charset=utf-8"}.get(
            self.suffix, "application/octet-stream"
        )


@dataclass(frozen=True)
class Job:
    """Labels to print.

    `codes`: arrays (n, code length) of ASCII, such as trace.codes.issue.issue yields; used up by one writing. `sample`
    is one of them, for scheme and length: by default one is made up of `code_prefix` and zeros. `fragment` gives what
    follows `#` in the address of a signed label; symbols are then encoded one by one, as they are for codes with
    letters and for `is_datamatrix`, a Data Matrix symbol instead of QR. PDF alone heeds `sheet`, `title`, `created_at`.

    `link_stem`: the labels carry GS1 Digital Links beside the main symbol. Scheme is then GS1, `codes` are serial
    numbers, and a symbol says the stem with a serial number behind it (trace.batches.gtin_links).
    """

    template: Template
    fields: LabelFields
    scheme: Scheme
    base_url: str
    codes: Iterable[Bytes]
    code_prefix: str = ""
    sample: str = ""
    fragment: Callable[[str], str] | None = None
    error_correction: ErrorCorrection = "M"
    is_datamatrix: bool = False
    sheet: Sheet = ROLL
    dpi: int = DEFAULT_DPI
    title: str = ""
    link_stem: str = ""
    created_at: datetime | None = None

    @cached_property
    def sample_code(self) -> str:
        return self.sample or self.code_prefix.ljust(self._digits, "0")

    @cached_property
    def symbols(self) -> Symbols:
        """Raises InvalidInput as trace.codes.model.label_text and labels.symbol do."""
        is_plain = is_digits(self.sample_code) and len(self.sample_code) == self._digits
        if self.fragment or self.is_datamatrix or not is_plain:
            return SingleSymbols.for_payloads(
                self.payload, self.sample_code, self.error_correction, is_datamatrix=self.is_datamatrix
            )
        if self.link_stem:
            return TableSymbols(SymbolTable.build(self.link_stem, len(self.sample_code), self.error_correction))
        table = SymbolTable.for_labels(
            self.scheme,
            self.base_url,
            self.code_prefix,
            variety_name=self.fields.product,
            operator_name=self.fields.maker,
            error_correction=self.error_correction,
        )
        return TableSymbols(table, self.code_prefix)

    @cached_property
    def layout(self) -> Layout:
        """Raises InvalidInput as labels.layout.lay_out does."""
        return lay_out(
            self.template,
            self.fields,
            self.symbols.size,
            len(self.sample_code),
            self.dpi,
            is_seed=self.scheme is Scheme.SEED,
            has_letters=not is_digits(self.sample_code),
        )

    def payload(self, code: str) -> str:
        """What the symbol of `code` says."""
        if self.link_stem:
            return self.link_stem + code
        text = label_text(
            self.scheme,
            code,
            self.base_url,
            variety_name=self.fields.product,
            operator_name=self.fields.maker,
        )
        return f"{text}#{self.fragment(code)}" if self.fragment else text

    @property
    def _digits(self) -> int:
        if self.scheme not in LAYOUTS:
            return VET_DRUG_DIGITS
        layout = LAYOUTS[self.scheme]
        return layout.enciphered_digits if self.link_stem else layout.code_length


@dataclass(frozen=True, slots=True)
class Written:
    """`warnings`: codes under `label.`, such as `module_small`."""

    labels: int
    warnings: tuple[str, ...]


def write_labels(form: Form, file: BinaryIO, job: Job, progress: Callable[[int], object] | None = None) -> Written:
    """Writes the job's labels. `file` only needs `write`; `progress` is told the number of labels so far.

    Everything but the codes is checked before the first byte is written. Raises InvalidInput `label.no_codes` for an
    empty range, `label.native_datamatrix` where the printer would have to draw a Data Matrix symbol, `template.*` and
    `label.*` as labels.layout and labels.sources do.
    """
    if job.is_datamatrix and form in (Form.ZPL_NATIVE, Form.TSPL_NATIVE):
        raise InvalidInput("label.native_datamatrix", field="form")
    symbols = job.symbols
    arrays = iter(job.codes)
    first = next((array for array in arrays if len(array)), None)
    if first is None:
        raise InvalidInput("label.no_codes", field="range")
    codes = chain((first,), arrays)
    if form is Form.CSV:
        return Written(write_csv(file, symbols, codes, progress=progress), ())
    layout = job.layout
    match form:
        case Form.PDF:
            count = write_pdf(
                file,
                layout,
                symbols,
                codes,
                sheet=job.sheet,
                title=job.title,
                created_at=job.created_at,
                progress=progress,
            )
        case Form.PNG | Form.PNG_SYMBOLS:
            only = form is Form.PNG_SYMBOLS
            count = write_pngs(file, layout, symbols, codes, symbols_only=only, progress=progress)
        case Form.SVG:
            count = write_svgs(file, layout, symbols, codes, progress=progress)
        case Form.ZPL | Form.ZPL_NATIVE:
            count = write_zpl(file, layout, symbols, codes, native=form is Form.ZPL_NATIVE, progress=progress)
        case Form.TSPL | Form.TSPL_NATIVE:
            count = write_tspl(file, layout, symbols, codes, native=form is Form.TSPL_NATIVE, progress=progress)
    return Written(count, layout.warnings)


def preview_png(job: Job) -> bytes:
    """The label of the job's sample code as a PNG, without touching its codes. Raises as `write_labels` does."""
    return next(LabelPainter(job.layout, job.symbols).pngs(as_codes([job.sample_code])))


def preview_svg(job: Job) -> str:
    """The same as an SVG document."""
    return next(svg_labels(job.layout, job.symbols, as_codes([job.sample_code])))
