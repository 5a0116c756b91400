"""One application for all tests of a process, each over an installation of its own.

The framework works out two hundred routes at the first request that an application gets: a third of a second, which
would be more than most tests take themselves.
"""

from __future__ import annotations

from functools import cache

from fastapi import FastAPI

from suiyuan.api.app import create_app
from suiyuan.api.instance import Instance

_latest: list[Instance] = []


def application_over(instance: Instance) -> FastAPI:
    """The application, which serves `instance` from its next start-up on. One at a time: a test that needs two makes
    the second with `create_app`."""
    _latest[:] = [instance]
    return _application()


@cache
def _application() -> FastAPI:
    return create_app(instance=lambda: _latest[0])
