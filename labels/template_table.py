"""One table of a template's file, read key by key: each value checked, every refusal naming the way to it."""

from __future__ import annotations

from typing import Any, cast

from ..trace.kernel.errors import InvalidInput

MAX_TEXTS = 40
_QUOTED_CHARACTERS = 50


class Table:
    """A table and the way to it. Every reading marks its key as known.

    Raises InvalidInput: `template.field_missing`, `template.malformed` for another type or word than expected,
    `template.size` for a number outside its bounds, `label.line_break`.
    """

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = values
        self._where = where
        self._known: set[str] = set()

    def _path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def _get(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        self._known.add(key)
        value = self._values.get(key, default)
        if value is None or value == "":
            raise InvalidInput("template.field_missing", field=self._path(key))
        # In Python True is a number; in a template it is a slip.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InvalidInput("template.malformed", field=self._path(key), detail=type(value).__name__)
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        value = float(self._get(key, (int, float), default))
        # Written so that "not a number", which TOML allows, fails too.
        if not least <= value <= most:
            raise InvalidInput("template.size", field=self._path(key), value=value, least=least, most=most)
        return value

    def offset(self, key: str, most: float) -> float:
        return self.number(key, 0, most)

    def text(self, key: str) -> str:
        value = cast(str, self._get(key, str))
        if value.splitlines() != [value]:
            raise InvalidInput("label.line_break", field=self._path(key))
        return value

    def flag(self, key: str) -> bool:
        return cast(bool, self._get(key, bool, default=False))

    def word(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._get(key, str, default)
        if value not in allowed:
            raise InvalidInput("template.malformed", field=self._path(key), detail=value[:_QUOTED_CHARACTERS])
        return value

    def words(self, key: str, allowed: frozenset[str]) -> list[str]:
        values = self._get(key, list)
        if not values or not all(isinstance(value, str) and value in allowed for value in values):
            raise InvalidInput(
                "template.malformed", field=self._path(key), detail=", ".join(map(str, values))[:_QUOTED_CHARACTERS]
            )
        return values

    def texts(self, keys: tuple[str, ...] | None = None) -> dict[str, str]:
        found = {key: self.text(key) for key in keys or tuple(self._values)}
        self.refuse_others()
        return found

    def table(self, key: str) -> Table:
        return Table(self._get(key, dict), self._path(key))

    def tables(self, key: str) -> list[Table]:
        values = self._get(key, list)
        if len(values) > MAX_TEXTS or not all(isinstance(value, dict) for value in values):
            raise InvalidInput("template.malformed", field=self._path(key), detail=f"{len(values)} texts")
        return [Table(value, f"{self._path(key)}.{number}") for number, value in enumerate(values)]

    def refuse_others(self) -> None:
        """A misspelt key would otherwise be left out without a word."""
        for key in self._values.keys() - self._known:
            raise InvalidInput("template.malformed", field=self._path(key), detail=key[:_QUOTED_CHARACTERS])
