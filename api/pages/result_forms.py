"""The form for one sample's results: a block for each item, read by the same rules as a row of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...trace.catalog.model import Product, ProductKind
from ...trace.inspection.items import ItemKind, Observation
from ...trace.inspection.model import Outcome, Sample
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.limits import MAX_FINDINGS_PER_SAMPLE, MAX_NAME_CHARACTERS
from ...trace.kernel.texts import Language, text
from ...trace.kernel.units import Unit
from ..laboratory.columns import COLUMNS
from ..laboratory.faults import Fault, FileRefused
from ..laboratory.reading import ResultFile, results_in
from ..laboratory.rows import SheetRow
from ..laboratory.words import find_word
from .answer_view import Fact
from .desk_view import Choice
from .form_view import refusal_text
from .laboratory_view import blind_facts
from .rendering import word

HEAD = ("report_number", "reported_on", "laboratory")
ALWAYS = ("item", "kind", "declared", "declared_unit", "requirement", "measured", "unit", "observation")
MORE = ("method", "detection_limit", "uncertainty", "outcome")
OF_THE_LABORATORY = ("requirement", "measured", "observation", *MORE)
"""What is left empty of an item that was not tested."""

NUMBERS = frozenset({"declared", "measured", "detection_limit", "uncertainty"})

BLANK_ROWS = 3
ROWS_ADDED = 5

_KIND_OF_GOODS = {
    ProductKind.PESTICIDE: ItemKind.ACTIVE_CONTENT,
    ProductKind.VET_DRUG: ItemKind.DRUG_CONTENT,
}
"""What is measured of a declared component."""


@dataclass(frozen=True, slots=True)
class ResultField:
    """`kind` is `text`, `number`, `day` or `select`; `name` is its id too. `hint` is "" here, and there for the
    macros of forms."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[Choice, ...] = ()
    error: str = ""
    hint: str = ""
    maximum: int = MAX_NAME_CHARACTERS


@dataclass(frozen=True, slots=True)
class ResultBlock:
    """One item. `more` is folded away unless something is in it."""

    number: int
    fields: tuple[ResultField, ...]
    more: tuple[ResultField, ...]
    is_open: bool

    @property
    def all_fields(self) -> tuple[ResultField, ...]:
        return (*self.fields, *self.more)


@dataclass(frozen=True, slots=True)
class ResultsView:
    """`trouble` are the faults of no field. `rows` counts the blocks, for the next sending."""

    action: str
    number: str
    facts: tuple[Fact, ...]
    head: tuple[ResultField, ...]
    blocks: tuple[ResultBlock, ...]
    trouble: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.blocks)

    @property
    def faulty(self) -> list[ResultField]:
        fields = [*self.head, *(field for block in self.blocks for field in block.all_fields)]
        return [field for field in fields if field.error]


def first_values(product: Product) -> dict[str, str]:
    """The form as it is first shown: an item for each declared component, and some blank ones."""
    values = {"rows": str(len(product.composition) + BLANK_ROWS)}
    for position, part in enumerate(product.composition):
        kind = _KIND_OF_GOODS.get(product.kind) or find_word(ItemKind, part.name) or ItemKind.OTHER_LIMIT
        given = {"item": part.name, "kind": kind.value, "declared": str(part.content), "declared_unit": part.unit.value}
        values |= {f"{name}-{position}": value for name, value in {**given, "unit": part.unit.value}.items()}
    return values


def with_more_rows(values: Mapping[str, str]) -> dict[str, str]:
    return {**values, "rows": str(min(rows_of(values) + ROWS_ADDED, MAX_FINDINGS_PER_SAMPLE))}


def rows_of(values: Mapping[str, str]) -> int:
    """How many blocks the form had."""
    written = values.get("rows", "")
    return max(1, min(int(written) if written.isascii() and written.isdigit() else 1, MAX_FINDINGS_PER_SAMPLE))


def results_sent(sample: Sample, product: Product, values: Mapping[str, str]) -> ResultFile:
    """What was filled in, as a file of one sample; row 1 is the first item. Items left without a result are left out.

    Raises InvalidInput `finding.count` where nothing was filled in.
    """
    declared = {part.name for part in product.composition}
    head = {"sample_number": sample.sample_number, **{name: values.get(name, "") for name in HEAD}}
    rows = [SheetRow(0, tuple(column.name for column in COLUMNS))]
    for position in range(rows_of(values)):
        given = {name: values.get(f"{name}-{position}", "").strip() for name in (*ALWAYS, *MORE)}
        if not any(given[name] for name in OF_THE_LABORATORY) and (not given["item"] or given["item"] in declared):
            continue
        rows.append(SheetRow(position + 1, tuple({**head, **given}.get(column.name, "") for column in COLUMNS)))
    if len(rows) == 1:
        raise InvalidInput("finding.count", field="findings", maximum=MAX_FINDINGS_PER_SAMPLE)
    return results_in(rows)


def results_view(
    sample: Sample,
    product: Product,
    language: Language,
    values: Mapping[str, str],
    *,
    names_laboratory: bool,
    error: SuiyuanError | None = None,
) -> ResultsView:
    """The form, with what is wrong at each field. `names_laboratory`: the report may be of another one than who sends
    it, and so it is asked for."""
    faults = error.faults if isinstance(error, FileRefused) else ()
    errors = {_field_of(fault): fault.cause.text(language) for fault in reversed(faults)}
    make = _Fields(language, values, errors)
    head = tuple(make(name, name) for name in HEAD if name != "laboratory" or names_laboratory)
    blocks = tuple(_block(make, position) for position in range(rows_of(values)))
    shown = {field.name for field in head} | {field.name for block in blocks for field in block.all_fields}
    trouble = [message for name, message in errors.items() if name not in shown]
    if error is not None and not faults:
        trouble.append(refusal_text(error, language))
    return ResultsView(
        action=f"/desk/laboratory/{sample.sample_id}",
        number=sample.sample_number,
        facts=blind_facts(sample, product, language),
        head=head,
        blocks=blocks,
        trouble=tuple(trouble),
    )


def _field_of(fault: Fault) -> str:
    return fault.field if fault.field in HEAD else f"{fault.field}-{fault.row - 1}"


def _block(make: _Fields, position: int) -> ResultBlock:
    more = tuple(make(f"{name}-{position}", name) for name in MORE)
    fields = tuple(make(f"{name}-{position}", name) for name in ALWAYS)
    return ResultBlock(position + 1, fields, more, any(field.value or field.error for field in more))


class _Fields:
    """Makes fields: their words in the reader's language, what was sent, what is wrong with it."""

    def __init__(self, language: Language, values: Mapping[str, str], errors: Mapping[str, str]) -> None:
        self._language: Language = language
        self._values = values
        self._errors = errors

    def __call__(self, name: str, column: str) -> ResultField:
        choices = self._choices(column)
        kind = "select" if choices else "number" if column in NUMBERS else "day" if column == "reported_on" else "text"
        label = text(f"laboratory.column.{column}", self._language)
        label = label[:1].upper() + label[1:]
        return ResultField(name, label, kind, self._values.get(name, ""), choices, self._errors.get(name, ""))

    def _choices(self, column: str) -> tuple[Choice, ...]:
        if column in ("unit", "declared_unit"):
            return tuple(Choice(unit.value, unit.value) for unit in Unit if unit.value)
        words: Sequence[Iterable[ItemKind | Observation | Outcome]] = {
            "kind": (ItemKind,),
            "observation": (Observation,),
            "outcome": (Outcome,),
        }.get(column, ())
        return tuple(Choice(each.value, word(each, self._language)) for enum in words for each in enum)
