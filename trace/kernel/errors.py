"""The one tree of errors. Each has a stable code, a text in both languages and evidence for the log.

    SuiyuanError
    ├── InvalidInput       a value cannot be what it claims to be
    ├── NotKnown           the thing named does not exist here
    ├── Conflict           true elsewhere, but not against the present state
    ├── NotAuthenticated   nobody, or a key that is not valid
    ├── NotAllowed         somebody, but not for this act
    ├── TooMany            too often; later it may be done
    └── UnsafeToRun        the service refuses to start or go on

An error knows its code, not its HTTP status: the edge maps the class (api/errors.py).
"""

from __future__ import annotations

from .texts import Language, text


class SuiyuanError(Exception):
    """A refusal. `code` is a key under `error.` in the catalogue; `field` names the offending input, if one does.

    `evidence` fills the text's placeholders and goes to the log and into the problem document: no secrets in it.
    """

    def __init__(self, code: str, *, field: str | None = None, **evidence: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.evidence = evidence

    def text(self, language: Language) -> str:
        return text(f"error.{self.code}", language, **self.evidence)

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code}{where}: {self.text('en')}"


class InvalidInput(SuiyuanError):
    """A value that cannot be what it claims to be: wrong check digit, expiry before production, absurd size."""


class NotKnown(SuiyuanError):
    """The party, product, batch, transfer or code named does not exist here."""


class Conflict(SuiyuanError):
    """The request is well formed but the present state forbids it: not held, received twice, duplicate number."""


class NotAuthenticated(SuiyuanError):
    """No key, or one that is unknown or withdrawn."""


class NotAllowed(SuiyuanError):
    """The actor is known but has no right to this act, or a licence it needs is missing."""


class TooMany(SuiyuanError):
    """More often than is allowed in a time. Evidence `retry_after_seconds`: when it may be done again."""


class UnsafeToRun(SuiyuanError):
    """Going on would corrupt or lose something: the master key changed, the schema is not current."""
