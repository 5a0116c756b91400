"""Slows looks for unknown and malformed codes, and has what was counted written down in the background."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from starlette.types import Scope

from ..trace.codes.service import Outcome, Resolution
from ..trace.kernel.errors import TooMany
from ..trace.verification.probing import PREFIX_CHARACTERS
from ..trace.verification.service import probes
from .background import gathering
from .instance import Instance
from .routes.reports import source_of_host

logger = logging.getLogger("suiyuan")

FLUSH_SECONDS = 1.0
"""How long counts are gathered before they are written: what a power cut may lose of them."""


def guard(instance: Instance, resolution: Resolution, scope: Scope) -> None:
    """Counts a look that found no known code, by the address of its connection. Raises TooMany
    `answers.too_many_unknown`. Nothing is written here."""
    host, *_ = scope.get("client") or ("",)
    prefix = resolution.code[:PREFIX_CHARACTERS] if resolution.outcome is Outcome.UNKNOWN else None
    source = probes.remembered_source(instance.keyring, source_of_host(host))
    wait = instance.probes.look(source, prefix, instance.database.clock.now())
    if wait:
        raise TooMany("answers.too_many_unknown", field="code", retry_after_seconds=-(-wait // timedelta(seconds=1)))


def guard_text(instance: Instance, scanned: str, scope: Scope) -> Resolution:
    """The same for a text that something else than an answer is asked of; one that is a known code passes. Returns what
    the text turned out to be."""
    resolution = instance.answers.resolve(scanned)
    if resolution.outcome is not Outcome.KNOWN:
        guard(instance, resolution, scope)
    return resolution


def flush(instance: Instance) -> None:
    """Writes what was counted. What cannot be written is kept for the next time."""
    counts = instance.probes.drain()
    if not counts:
        return
    try:
        instance.database.write(lambda work: probes.flush(work, instance.keyring, counts))
    except Exception:  # a database that is away for a moment must not end the counting for good
        instance.probes.put_back(counts)
        logger.exception("looks for unknown codes were not written down")


@contextmanager
def tallying(instance: Instance) -> Iterator[None]:
    """Writes as long as the block lasts, and at its end, in a thread of its own; where the settings say so."""
    if not instance.settings.probe_tallies:
        yield
        return
    with gathering("probes", instance.probes.counted, FLUSH_SECONDS, lambda: flush(instance)):
        yield
