"""CSV files in and their refusals by line. UTF-8 with or without a byte-order mark, a header row, known columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..trace.kernel.errors import InvalidInput, SuiyuanError
from ..trace.kernel.texts import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: its line number, as an editor counts, and its fields by column."""

    file: str
    number: int
    fields: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.fields[column]

    def take(self, *columns: str) -> dict[str, str]:
        """The named fields, for a form."""
        return {column: self.fields[column] for column in columns}


class LineRefused(SuiyuanError):
    """A refusal with the place in the file that caused it. Keeps the code, field and evidence of its cause."""

    def __init__(self, line: Line, code: str, field: str | None, reason: dict[Language, str]) -> None:
        super().__init__(code, field=field)
        self.line = line
        self.reason = reason

    def text(self, language: Language) -> str:
        return f"{self.line.file}:{self.line.number}: {self.reason[language]}"


def read_table(path: Path, columns: Sequence[str]) -> list[Line]:
    """The rows of a CSV file that has at least `columns`.

    Raises InvalidInput `file.missing`, `file.not_utf8`, `file.columns`, `file.malformed`, `file.empty`.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("file.not_utf8", field=path.name) from None
    except OSError:
        raise InvalidInput("file.missing", field=path.name, path=path.name) from None
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise InvalidInput("file.columns", field=path.name, columns=", ".join(missing))
        lines: list[Line] = []
        for row in reader:
            if None in row or None in row.values():
                raise InvalidInput("file.malformed", field=path.name, reason=f"line {reader.line_num}: field count")
            lines.append(Line(path.name, reader.line_num, dict(row)))
    except csv.Error as error:
        raise InvalidInput("file.malformed", field=path.name, reason=str(error)) from None
    if not lines:
        raise InvalidInput("file.empty", field=path.name)
    return lines


@contextmanager
def blamed_on(line: Line) -> Iterator[None]:
    """Turns a refusal met inside into one that names file and line."""
    try:
        yield
    except LineRefused:
        raise
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = f"{field}: {first['msg']}"
        code = "number.malformed" if "decimal number" in first["msg"] else "request.body"
        raise LineRefused(line, code, field, {"zh": reason, "en": reason}) from None
    except ValueError as error:  # an enum's or a number's: `int("x")`, `SampleState("x")`
        raise LineRefused(line, "request.body", None, {"zh": str(error), "en": str(error)}) from None
    except SuiyuanError as error:
        reasons: dict[Language, str] = {"zh": error.text("zh"), "en": error.text("en")}
        raise LineRefused(line, error.code, error.field, reasons) from error
